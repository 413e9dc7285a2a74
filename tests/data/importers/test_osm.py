"""A hand-written extract: every mapping and every estimate with its arithmetic."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from data.importers.osm import tags as osm_tags
from data.importers.osm.communities import _cells, _populated
from data.importers.osm.households import levels_of
from data.importers.osm.town import OsmTown, read_osm
from layers.kit.errors import InputError
from tests.properties import examples

COUNTY = "094720"
LON, LAT = 11.5, 50.0  # UTM 32; one degree is about 71.7 km × 111.2 km here
STAMP = 'timestamp="2014-05-06T00:00:00Z"'
METRE_X, METRE_Y = 1 / 71_698, 1 / 111_229


class Sheet:
    """Writes an ``.osm`` file: points in metres east and north of a corner."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.ids = 0
        self.known: dict[tuple[float, float], int] = {}

    def node(self, x: float, y: float, **tags: str) -> int:
        if not tags and (x, y) in self.known:
            return self.known[x, y]
        self.ids += 1
        self.known.setdefault((x, y), self.ids)
        lon, lat = LON + x * METRE_X, LAT + y * METRE_Y
        self.parts.append(
            f'<node id="{self.ids}" version="1" {STAMP} '
            f'lon="{lon:.7f}" lat="{lat:.7f}">{self._tags(tags)}</node>'
        )
        return self.ids

    def way(self, points: list[tuple[float, float]], **tags: str) -> int:
        refs = [self.node(*p) for p in points]
        self.ids += 1
        nodes = "".join(f'<nd ref="{r}"/>' for r in refs)
        self.parts.append(
            f'<way id="{self.ids}" version="1" {STAMP}>{nodes}{self._tags(tags)}</way>'
        )
        return self.ids

    def box(self, x: float, y: float, width: float, height: float, **tags: str) -> int:
        corners = [(x, y), (x + width, y), (x + width, y + height), (x, y + height), (x, y)]
        return self.way(corners, **tags)

    def relation(self, outer: list[int], inner: list[int], **tags: str) -> int:
        self.ids += 1
        members = "".join(
            f'<member type="way" ref="{r}" role="{role}"/>'
            for role, refs in (("outer", outer), ("inner", inner))
            for r in refs
        )
        self.parts.append(
            f'<relation id="{self.ids}" version="1">{members}{self._tags(tags)}</relation>'
        )
        return self.ids

    @staticmethod
    def _tags(tags: dict[str, str]) -> str:
        return "".join(f'<tag k="{k.replace("__", ":")}" v="{v}"/>' for k, v in tags.items())

    def save(self, path: Path) -> Path:
        order = {"<node": 0, "<way ": 1, "<rela": 2}
        body = "".join(sorted(self.parts, key=lambda part: order[part[:5]]))
        path.write_text(f'<osm version="0.6" generator="test">{body}</osm>', "utf-8")
        return path


def read(sheet: Sheet, folder: Path) -> OsmTown:
    return read_osm(sheet.save(folder / "town.osm"), COUNTY, lambda _: None)


def with_street(sheet: Sheet) -> Sheet:
    sheet.way([(0, -20), (100, -20)], highway="residential", name="Hauptstraße")
    return sheet


def households(town: OsmTown) -> dict[str, int]:
    of = town.counts[town.counts["measure"] == "resident"].set_index("building")["value"]
    return {name: int(of[i]) for i, name in enumerate(town.buildings["name"])}


def test_households_follow_footprint_levels_and_use(tmp_path: Path) -> None:
    sheet = with_street(Sheet())
    sheet.box(0, 0, 11, 10, building="yes", name="plain")
    sheet.box(20, 0, 22, 10, building="apartments", building__levels="6", name="block")
    sheet.box(50, 0, 20, 10, building="yes", building__levels="3", name="with shop")
    sheet.node(60, 5, shop="bakery")
    sheet.box(80, 0, 6, 6, building="yes", name="shed")
    sheet.box(100, 0, 60, 50, building="yes", name="hall")
    sheet.box(0, 60, 10, 10, building="garages", name="garages")
    sheet.box(20, 60, 10, 10, building="church", name="church")
    sheet.box(40, 60, 20, 10, building="yes", name="flats", building__flats="7")
    sheet.box(200, 0, 40, 40, landuse="industrial")
    sheet.box(205, 5, 20, 10, building="yes", name="works")
    sheet.box(0, 100, 60, 40, amenity="school")
    sheet.box(5, 105, 20, 10, building="yes", name="class rooms")
    town = read(sheet, tmp_path)
    use = dict(zip(town.buildings["name"], town.buildings["use"], strict=True))
    assert use == {
        "plain": "dwelling", "block": "dwelling", "with shop": "mixed", "shed": "other",
        "hall": "other", "garages": "other", "church": "public", "flats": "dwelling",
        "works": "industry", "class rooms": "public",
    }  # fmt: skip
    assert households(town) == {
        "plain": 1,  # 110 m² × 2 levels × 0.6 ÷ 110 = 1.2
        "block": 7,  # 220 × 6 × 0.6 ÷ 110 = 7.2
        "with shop": 2,  # 200 × (3 - 1) × 0.6 ÷ 110 = 2.18
        "shed": 0,  # 36 m² < 50
        "hall": 0,  # 3,000 m² > 2,000
        "garages": 0, "church": 0, "works": 0, "class rooms": 0,
        "flats": 7,  # the map says so
    }  # fmt: skip
    measures = town.counts.groupby("measure")["confidence"].value_counts().to_dict()
    assert measures["dwellings", "reported"] == 1
    assert measures["resident", "estimated"] == 10
    estimated = dict(zip(town.buildings["name"], town.buildings["levels_estimated"], strict=True))
    assert not estimated["block"]
    assert estimated["plain"]
    note = next(n for n in town.notes if n.code == "fallback.osm_households")
    assert note.values["households"] == 17  # 1 + 7 + 2 + 7
    assert note.values["reported"] == 1


def test_streets_get_classes_and_what_nobody_walks_is_a_barrier(tmp_path: Path) -> None:
    sheet = Sheet()
    sheet.box(0, 0, 10, 10, building="house")
    lines = {
        "primary_link": "main_street", "tertiary": "street", "living_street": "street",
        "service": "service", "track": "track", "footway": "path", "steps": "steps",
    }  # fmt: skip
    for n, highway in enumerate(lines):
        sheet.way([(0, 20 + n), (50, 20 + n)], highway=highway, oneway="yes", layer="1")
    sheet.way([(0, 40), (50, 40)], highway="service", service="alley", bridge="yes")
    sheet.way([(0, 41), (50, 41)], highway="motorway", ref="A 9")
    sheet.way([(0, 42), (50, 42)], highway="motorway", bridge="yes")
    sheet.way([(0, 43), (50, 43)], highway="residential", access="no")
    sheet.way([(0, 44), (50, 44)], highway="construction")
    sheet.way([(0, 45), (50, 45)], railway="rail", name="Bahn")
    sheet.way([(0, 46), (50, 46)], railway="rail", tunnel="yes")
    town = read(sheet, tmp_path)
    assert list(town.streets["class"]) == [*lines.values(), "lane"]
    assert list(town.streets["bridge"]) == [False] * 7 + [True]
    assert list(town.streets["oneway"]) == [True] * 7 + [False]
    assert list(town.streets["layer"]) == [1] * 7 + [0]
    assert list(zip(town.barriers["kind"], town.barriers["name"], strict=True)) == [
        ("wall", "A 9"),
        ("rail", "Bahn"),
    ]


def test_streets_that_share_a_node_share_an_exact_vertex(tmp_path: Path) -> None:
    sheet = Sheet()
    sheet.box(0, 0, 10, 10, building="house")
    sheet.way([(0, 20), (30, 20), (60, 20)], highway="residential")
    sheet.way([(30, 20), (30, 70)], highway="path")
    a, b = read(sheet, tmp_path).streets.geometry
    assert a.coords[1] == b.coords[0]


def test_water_and_land_get_kinds(tmp_path: Path) -> None:
    sheet = with_street(Sheet())
    sheet.box(0, 0, 10, 10, building="house")
    sheet.box(20, 0, 50, 50, natural="water")  # 2,500 m² < 2 ha: a pond
    sheet.box(20, 60, 200, 200, natural="water")  # 4 ha: a lake
    sheet.box(-60, 0, 50, 50, natural="water", water="river")
    sheet.way([(0, 30), (0, 80)], waterway="stream", name="Bach")
    sheet.way([(5, 30), (5, 80)], waterway="ditch")
    sheet.way([(6, 30), (6, 80)], waterway="stream", tunnel="culvert")
    outer = sheet.box(0, 12, 9, 9)
    inner = sheet.box(3, 15, 3, 3)
    sheet.relation([outer], [inner], type="multipolygon", leisure="park", name="Park")
    town = read(sheet, tmp_path)
    assert sorted(town.water["kind"]) == ["lake", "pond", "river", "stream"]
    park = town.lands[town.lands["kind"] == "park"]
    assert list(park["name"]) == ["Park"]
    assert park.geometry.iloc[0].area == pytest.approx(81 - 9, rel=0.01)


def test_amenities_become_stations_once_each(tmp_path: Path) -> None:
    sheet = with_street(Sheet())
    sheet.box(0, 0, 40, 40, building="yes", amenity="townhall", name="Rathaus", phone="0921 1")
    sheet.node(20, 20, amenity="townhall")  # the same, again, inside it
    sheet.node(5, 30, amenity="pharmacy", name="Apotheke", opening_hours="Mo-Fr 08:00-18:00")
    sheet.node(9, 30, amenity="pharmacy", name="Apotheke")  # the same name, 4 m away
    sheet.node(30, 30, amenity="social_facility", social_facility="nursing_home", name="Heim")
    sheet.node(31, 31, amenity="social_facility", social_facility__for="homeless")
    sheet.node(32, 32, leisure="fitness_station")
    sheet.node(33, 33, leisure="pitch", access="private")
    sheet.node(35, 35, amenity="bench")
    town = read(sheet, tmp_path)
    found = dict(zip(town.stations["name"], town.stations["categories"], strict=True))
    assert found == {
        "Rathaus": ["service_centre"],
        "Apotheke": ["pharmacy"],
        "Heim": ["elderly_care"],
        "fitness station (全域社区)": ["fitness"],
    }
    hours = dict(zip(town.stations["name"], town.stations["hours"], strict=True))
    assert hours["Apotheke"] == [(d, "08:00", "18:00") for d in range(1, 6)]
    assert set(town.stations["community_code"]) == {f"{COUNTY}001001"}
    assert set(town.stations["tier"]) == {None}


def test_every_station_category_of_the_mapping_is_one_of_ours() -> None:
    from data.importers.kinds.stations import CATEGORIES

    used = {c for values in osm_tags._STATIONS.values() for c in values.values()}
    assert used <= set(CATEGORIES.values())


def test_addresses_come_from_the_building_and_from_points_in_it(tmp_path: Path) -> None:
    sheet = with_street(Sheet())
    sheet.box(0, 0, 12, 10, building="yes", addr__street="Hauptstraße", addr__housenumber="5")
    sheet.box(20, 0, 12, 10, building="yes", alt_name="Altes Haus;Haus")
    sheet.node(25, 5, addr__street="中山路", addr__housenumber="7")
    sheet.node(27, 5, addr__street="中山路", addr__housenumber="9号")
    first, second = read(sheet, tmp_path).buildings.to_dict("records")
    assert (first["address"], first["number"]) == ("Hauptstraße 5", "5")
    assert second["address"] == "中山路7号"
    assert second["aliases"] == ["Altes Haus", "Haus", "中山路9号"]


def test_footprints_are_parted_repaired_and_counted_once(tmp_path: Path) -> None:
    sheet = with_street(Sheet())
    first, second = sheet.box(0, 0, 10, 10), sheet.box(20, 0, 10, 10)
    relation = sheet.relation([first, second], [], type="multipolygon", building="yes")
    sheet.box(40, 0, 10, 10, building="yes")
    sheet.box(40, 0, 10, 10, building="yes")  # drawn twice
    town = read(sheet, tmp_path)
    assert len(town.buildings) == 3
    assert f"relation/{relation}#1" in set(town.buildings["external_id"])
    note = next(n for n in town.notes if n.code == "fallback.osm_footprints")
    assert note.values["doubles"] == 1


def test_without_places_one_community_is_the_hull_and_fifty_metres(tmp_path: Path) -> None:
    sheet = with_street(Sheet())
    sheet.box(0, 0, 100, 100, building="yes")
    town = read(sheet, tmp_path)
    assert list(town.divisions["code"]) == [f"{COUNTY}001001", f"{COUNTY}001"]
    # 100 × 100 m, 50 m around it: 100² + 4 × 100 × 50 + π × 50² = 37,854 m²
    assert town.county.area == pytest.approx(37_854, rel=0.01)
    assert "fallback.osm_hull" in {n.code for n in town.notes}
    assert town.srid == 32632
    assert str(town.newest) == "2014-05-06"


def two_villages(sheet: Sheet) -> None:
    for east in (0, 2000):
        for n in range(60):
            sheet.box(east + n % 10 * 20, n // 10 * 20, 10, 10, building="yes")
    sheet.node(100, 60, place="village", name="Westdorf")
    sheet.node(2100, 60, place="village", name="Ostdorf")
    sheet.node(500, 60, place="village", name="Leerdorf")  # nobody lives near it


def test_named_places_with_buildings_become_communities(tmp_path: Path) -> None:
    sheet = with_street(Sheet())
    two_villages(sheet)
    town = read(sheet, tmp_path)
    leaf = town.divisions[town.divisions["kind"] == "community"]
    assert list(leaf["name"]) == ["Westdorf", "Ostdorf"]
    assert list(town.buildings["community_code"].value_counts()) == [60, 60]
    assert shapely.coverage_is_valid(leaf.geometry.to_numpy())
    assert leaf.geometry.area.sum() == pytest.approx(town.county.area, rel=1e-9)
    assert leaf["is_temporary"].all()


def test_whole_borders_win_over_places(tmp_path: Path) -> None:
    sheet = with_street(Sheet())
    two_villages(sheet)
    middle = sheet.way([(1000, -100), (1000, 400)])
    west = sheet.way([(1000, -100), (-100, -100), (-100, 400), (1000, 400)])
    east = sheet.way([(1000, -100), (2500, -100), (2500, 400), (1000, 400)])
    for side, name in ((west, "Gemeinde West"), (east, "Gemeinde Ost")):
        sheet.relation(
            [middle, side],
            [],
            type="boundary",
            boundary="administrative",
            admin_level="8",
            name=name,
        )
    town = read(sheet, tmp_path)
    leaf = town.divisions[town.divisions["kind"] == "community"]
    assert list(leaf["name"]) == ["Gemeinde West", "Gemeinde Ost"]
    assert leaf.geometry.area.to_numpy() == pytest.approx([1100 * 500, 1500 * 500], rel=0.01)
    assert "fallback.osm_borders" in {n.code for n in town.notes}


def test_an_extract_without_buildings_or_streets_is_refused_with_both_reasons(
    tmp_path: Path,
) -> None:
    sheet = Sheet()
    sheet.node(0, 0, amenity="bench")
    with pytest.raises(InputError) as caught:
        read(sheet, tmp_path)
    assert [f.values["what"] for f in caught.value.findings] == ["building", "highway"]
    noise = tmp_path / "noise.osm.pbf"
    noise.write_bytes(b"no extract" * 100)
    with pytest.raises(InputError) as caught:
        read_osm(noise, COUNTY, lambda _: None)
    assert caught.value.findings[0].code == "file_unreadable"


@settings(max_examples=examples(40))
@given(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 300)), min_size=2, max_size=12,
                unique=True))  # fmt: skip
def test_cells_of_any_places_tile_the_hull(places: list[tuple[int, int]]) -> None:
    hull = shapely.buffer(shapely.box(-10.0, -10.0, 410.0, 310.0), 30.0)
    cells = _cells(np.array(places, float), hull)
    assert shapely.coverage_is_valid(cells)
    assert shapely.area(cells).sum() == pytest.approx(hull.area, rel=1e-6)
    assert all(c.intersects(shapely.Point(p)) for c, p in zip(cells, places, strict=True))


def test_places_with_too_few_buildings_give_them_to_their_neighbours() -> None:
    places = np.array([[0.0, 0.0], [100.0, 0.0], [1000.0, 0.0]])
    houses = np.concatenate([
        np.full((80, 2), 1.0), np.full((10, 2), 99.0), np.full((60, 2), 999.0)
    ])  # fmt: skip
    assert _populated(places, houses).tolist() == [0, 2]  # 10 < 50: the second goes


@pytest.mark.real_data
def test_bayreuth_is_read_whole(shared_data: Path) -> None:
    town = read_osm(shared_data / "osm_bayreuth" / "north-bayreuth.osm.pbf", COUNTY, lambda _: None)
    assert (town.srid, len(town.buildings)) == (32632, 4267)
    leaf = town.divisions[town.divisions["kind"] == "community"]
    assert len(leaf) == 15
    assert shapely.coverage_is_valid(leaf.geometry.to_numpy())
    assert town.buildings["community_code"].notna().all()
    categories = [c for cs in town.stations["categories"] for c in cs]
    assert (categories.count("kindergarten"), categories.count("pharmacy")) == (3, 1)
    assert town.buildings["levels_estimated"].all()
    assert 0 < households_total(town) == 6862


def households_total(town: OsmTown) -> int:
    return int(town.counts.loc[town.counts["measure"] == "resident", "value"].sum())


CASE = Path(__file__).parent / "cases" / "osm_levels_selfcross_underground.osm"


def test_levels_flats_and_what_lies_underground_are_read_as_they_are_meant() -> None:
    town = read_osm(CASE, COUNTY, lambda _: None)
    own = town.buildings.set_index("name")
    six = ["L6", "L5_6", "L5-6", "L6层", "L六", "L6+1"]
    assert own.loc[six, "levels"].tolist() == [6] * 6
    assert not own.loc[six, "levels_estimated"].any()
    assert own.loc[["L6.5", "L１０"], "levels"].tolist() == [7, 10]
    unknown = ["L1e3", "L-2", "LNaN", "L999"]
    assert own.loc[unknown, "levels_estimated"].all()
    count = households(town)
    assert (own.loc["地下", "use"], count["地下"]) == ("other", 0)
    assert [count[name] for name in ("F", "F12", "Frange")] == [12, 12, 12]


def test_a_broken_outline_is_mended_or_named() -> None:
    town = read_osm(CASE, COUNTY, lambda _: None)
    assert {"没闭合", "自交"} <= set(town.buildings["name"])
    mended = next(n.values for n in town.notes if n.code == "fallback.osm_outlines_mended")
    assert (mended["closed"], mended["crossing"]) == (1, 1)
    assert "way/193 没闭合" in str(mended["names"])
    lost = next(n.values for n in town.notes if n.code == "fallback.osm_outlines_lost")
    assert (lost["buildings"], lost["names"]) == (2, "relation/188 缺外环、node/203 点楼")


@pytest.mark.parametrize(
    ("written", "levels"),
    [("5;6", 6), ("5; 6;7", 7), ("5-6层", 6), ("3~4", 4), ("十二", 12), ("二十一层", 21), ("6F", 6),
     ("6.5", 7), ("6+1", 6), ("０", 0), ("-1", -1), ("6;x", -1), ("", -1), ("99", -1), ("1e3", -1)],
)  # fmt: skip
def test_levels_in_every_writing(written: str, levels: int) -> None:
    assert levels_of(written) == levels


@pytest.mark.parametrize(
    ("tags", "below"),
    [
        ({"location": "underground"}, True),
        ({"layer": "-1"}, True),
        ({"layer": "-1", "building:levels": "6"}, False),  # stands under a bridge
        ({"parking": "underground"}, True),
        ({"name": "东城小区地下车库"}, True),
        ({"building:levels": "0", "building:levels:underground": "2"}, True),
        ({"building:levels": "6", "building:levels:underground": "2"}, False),
        ({"level": "-1;-2"}, True),
        ({"layer": "1"}, False),
    ],
)
def test_what_lies_underground_is_told(tags: dict[str, str], below: bool) -> None:
    assert osm_tags.is_underground({"building": "yes", **tags}) == below
