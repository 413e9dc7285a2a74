"""Each layer on a loaded county: its contract, and its figures against SQL."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
import shapely
from sqlalchemy import text

from dashboard.services import Services, make_services
from dashboard.text import catalogue
from data.engine import transaction
from layers.kit.errors import InputError, NotFoundError
from layers.kit.layer import Inspection, Legend, Swatch
from layers.service_circles.store import Towns, coverage, tied_stations
from tests.demonstration import Loaded

pytestmark = pytest.mark.database
KEYS = ("base_map", "grids", "service_circles", "demands", "hot_spots", "stations")


@pytest.fixture(scope="module")
def services(liping: Loaded) -> Services:
    return make_services(liping.engine)


def features(services: Services, key: str, county: str, **values: str) -> list[dict[str, Any]]:
    return list(json.loads(services.payload(key, county, values).body)["features"])


# ---- the contract -----------------------------------------------------------------------------


def test_the_registry_holds_the_layers_in_drawing_order(services: Services) -> None:
    assert tuple(services.layers) == KEYS


@pytest.mark.parametrize("key", KEYS)
def test_a_layer_names_its_texts_its_hints_and_its_legend(
    services: Services, liping: Loaded, key: str
) -> None:
    layer = services.layers[key]
    legend = layer.legend(liping.query())
    assert isinstance(legend, Legend)
    assert legend.swatches
    named = [layer.title, legend.unit, legend.note, *(s.label for s in legend.swatches)]
    named += [f.label for f in layer.tooltip] + [f.unit for f in layer.tooltip]
    assert [k for k in named if k is not None and k not in catalogue()] == []
    for item in legend.swatches:
        assert isinstance(item, Swatch)
        for lang in ("zh", "en"):
            catalogue()[item.label][lang].format(**item.values)


@pytest.mark.parametrize("key", ["grids", "service_circles", "stations"])
def test_features_have_the_fields_of_the_hint_and_nothing_bound_as_html(
    services: Services, liping: Loaded, key: str
) -> None:
    found = features(services, key, liping.code)
    assert found
    for one in found:
        assert isinstance(one["properties"]["id"], int)
        assert {f.name for f in services.layers[key].tooltip} <= one["properties"].keys()
        assert not {"popup", "tooltip"} & one["properties"].keys()


@pytest.mark.parametrize("key", KEYS)
def test_a_layer_of_an_unknown_county_is_not_found(services: Services, key: str) -> None:
    with pytest.raises(NotFoundError):
        services.payload(key, "999999", {})


@pytest.mark.parametrize("key", ["grids", "stations"])
def test_an_inspection_speaks_by_text_keys(services: Services, liping: Loaded, key: str) -> None:
    for one in features(services, key, liping.code)[:4]:
        found = services.inspection(key, liping.code, str(one["properties"]["id"]), {})
        assert isinstance(found, Inspection)
        assert found.title == one["properties"]["name"]
        keys = [found.kind] + [title for title, _ in found.sections]
        facts = [fact for _, facts in found.sections for fact in facts]
        keys += [fact.label for fact in facts]
        keys += [k for fact in facts for k in (fact.unit, fact.note) if k]
        assert [k for k in keys if k not in catalogue()] == []


@pytest.mark.parametrize("feature", ["0", "-1", "1.5", "x", "", "1 OR 1=1", "9" * 30])
@pytest.mark.parametrize("key", ["grids", "stations", "demands"])
def test_a_feature_that_does_not_exist_is_not_found(
    services: Services, liping: Loaded, key: str, feature: str
) -> None:
    with pytest.raises(NotFoundError):
        services.inspection(key, liping.code, feature, {})


# ---- grids ------------------------------------------------------------------------------------


def test_grids_carry_their_figures_and_the_class_of_their_load(
    services: Services, liping: Loaded
) -> None:
    found = {
        f["properties"]["code"]: f["properties"] for f in features(services, "grids", liping.code)
    }
    rows = liping.rows(
        "SELECT code, households, persons, buildings FROM plan_grid WHERE code LIKE :code || '%'"
    )
    assert len(found) == len(rows) == 12
    for row in rows:
        one = found[row["code"]]
        for figure in ("households", "persons", "buildings"):
            assert one[figure] == row[figure]
        share = row["households"] / 300
        expected = "load-50" if share <= 0.5 else "load-80" if share <= 0.8 else "load-100"
        assert one["load"] == expected
        assert one["draft"] is False


def test_grids_leave_as_valid_polygons_in_degrees(services: Services, liping: Loaded) -> None:
    for one in features(services, "grids", liping.code):
        shape = shapely.geometry.shape(one["geometry"])
        assert shape.is_valid
        assert shape.covers(shapely.Point(one["properties"]["label"]))


def test_a_day_chooses_the_plan_that_stood_on_it(services: Services, liping: Loaded) -> None:
    start = liping.value(
        "SELECT min(in_force_from) FROM plan_community WHERE code LIKE :code || '%'"
    )
    assert len(features(services, "grids", liping.code, as_of=start.isoformat())) == 12
    before = (start - timedelta(days=1)).isoformat()
    assert features(services, "grids", liping.code, as_of=before) == []


def test_two_plans_stand_each_on_their_own_days(spare_liping: Loaded) -> None:
    # The plan in force ends on 1 January 2027; a copy with all grids but one stands from then on.
    with transaction(spare_liping.engine) as c:
        c.execute(text("UPDATE plan_community SET in_force_to = '2027-01-01'"))
        new = c.scalar(
            text(
                "INSERT INTO plan (code, name, stage, made_by) VALUES (:code, 'next', '启用', 't')"
                " RETURNING id"
            ),
            {"code": spare_liping.code},
        )
        columns = (
            "grid_id, code, community_id, number, name, households, persons, buildings, plots,"
            " area_m2, geom, label_point"
        )
        c.execute(
            text(
                f"INSERT INTO plan_grid (plan_id, {columns}) SELECT :new, {columns} FROM plan_grid"
                " ORDER BY code LIMIT 11"
            ),
            {"new": new},
        )
        c.execute(
            text(
                "INSERT INTO plan_community (code, plan_id, community_id, in_force_from)"
                " SELECT code, :new, community_id, '2027-01-01' FROM plan_community"
            ),
            {"new": new},
        )
    services = make_services(spare_liping.engine)
    for day, grids in (("2026-12-31", 12), ("2027-01-01", 11), ("2030-01-01", 11)):
        assert len(features(services, "grids", spare_liping.code, as_of=day)) == grids


@pytest.mark.parametrize("value", ["yesterday", "2026-13-01", "2026-02-30", "1", "'; --"])
def test_a_value_that_is_no_date_is_refused_in_one_line(
    services: Services, liping: Loaded, value: str
) -> None:
    with pytest.raises(InputError, match="is not a date: write YYYY-MM-DD") as refused:
        services.payload("grids", liping.code, {"as_of": value})
    assert "\n" not in str(refused.value)


# ---- demands --------------------------------------------------------------------------------


def test_heat_has_one_scale_for_every_range(services: Services, liping: Loaded) -> None:
    whole = services.payload("demands", liping.code, {})
    first, last = liping.rows(
        "SELECT min(received_at)::date + 30 AS first, min(received_at)::date + 60 AS last"
        " FROM demand WHERE code LIKE :code || '%'"
    )[0].values()
    month = services.payload(
        "demands", liping.code, {"first": first.isoformat(), "last": last.isoformat()}
    )
    assert whole.media_type == month.media_type == "image/webp"
    assert whole.headers["X-Getu-Scale"] == month.headers["X-Getu-Scale"]
    assert whole.body != month.body


def test_a_range_that_ends_before_it_begins_is_refused(services: Services, liping: Loaded) -> None:
    with pytest.raises(InputError, match=r"ends \(2026-01-01\) before it begins"):
        services.payload("demands", liping.code, {"first": "2026-02-01", "last": "2026-01-01"})


# ---- circles ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def towns() -> Towns:
    return Towns()


def test_coverage_grows_with_the_minutes_and_never_beyond_the_total(
    liping: Loaded, towns: Towns
) -> None:
    with transaction(liping.engine) as c:
        query = liping.query()
        found = coverage(c, query, towns.get(c, query))
    five, ten, fifteen = found.covered
    assert 0 <= five <= ten <= fifteen <= found.households - found.untied
    assert found.households == 2_672
    assert found.minutes == (5, 10, 15)


def test_the_coverage_of_all_scopes_adds_up_to_the_countys(liping: Loaded, towns: Towns) -> None:
    with transaction(liping.engine) as c:
        query = liping.query()
        town = towns.get(c, query)
        whole = coverage(c, query, town)
        scopes = sorted(set(town.codes.tolist()))
        parts = [coverage(c, query, town, scope=code) for code in scopes]
        nowhere = coverage(c, query, town, scope="999999")
    assert whole.households == sum(p.households for p in parts)
    assert whole.untied == sum(p.untied for p in parts)
    for position in range(3):
        assert whole.covered[position] == sum(p.covered[position] for p in parts)
    assert (nowhere.households, nowhere.covered) == (0, (0, 0, 0))


def test_no_station_covers_nobody(liping: Loaded, towns: Towns) -> None:
    with transaction(liping.engine) as c:
        query = liping.query()
        none = coverage(c, query, towns.get(c, query), category="no_such_category")
    assert none.stations == 0
    assert none.covered == (0, 0, 0)


def test_a_station_that_is_not_open_is_not_found(spare_liping: Loaded) -> None:
    station = spare_liping.value(
        "SELECT min(id) FROM station WHERE state = 'open' AND 'service_station' = ANY(categories)"
        " OR state = 'open' AND 'service_centre' = ANY(categories)"
    )
    services = make_services(spare_liping.engine)
    assert features(services, "service_circles", spare_liping.code, station=str(station))
    with transaction(spare_liping.engine) as c:
        c.execute(text("UPDATE station SET state = 'suspended' WHERE id = :id"), {"id": station})
        c.execute(text("UPDATE county SET revision = revision + 1"))
    with pytest.raises(NotFoundError, match=f"station {station} is not open"):
        services.payload("service_circles", spare_liping.code, {"station": str(station)})
    with pytest.raises(NotFoundError):
        services.payload("service_circles", spare_liping.code, {"station": "999999999"})
    with pytest.raises(InputError, match="is not a station's id"):
        services.payload("service_circles", spare_liping.code, {"station": "x"})


def test_every_open_station_has_a_circle_of_its_own_whatever_it_serves(
    services: Services, liping: Loaded
) -> None:
    # A click on a school or a clinic asks for its circle while the party's stations are chosen.
    open_ones = liping.rows(
        "SELECT min(id) AS id, categories[1] AS category FROM station"
        " WHERE code LIKE :code || '%' AND state = 'open' GROUP BY categories[1]"
    )
    assert len(open_ones) > 2
    empty = [
        r["category"]
        for r in open_ones
        if not features(services, "service_circles", liping.code, station=str(r["id"]))
    ]
    assert empty == []


def test_the_rings_of_a_station_do_not_overlap_and_lie_around_it(
    services: Services, liping: Loaded
) -> None:
    station = liping.rows(
        "SELECT id, ST_X(geom) AS x, ST_Y(geom) AS y FROM station"
        " WHERE code LIKE :code || '%' AND state = 'open' ORDER BY id LIMIT 1"
    )[0]
    found = features(services, "service_circles", liping.code, station=str(station["id"]))
    minutes = [f["properties"]["minutes"] for f in found]
    assert minutes == sorted(minutes, reverse=True)  # the longest is drawn first
    rings = shapely.make_valid([shapely.geometry.shape(f["geometry"]) for f in found])
    whole = shapely.union_all(rings)
    assert shapely.area(rings).sum() == pytest.approx(whole.area, rel=1e-3)
    # The station may stand back from the street by the tie's reach (200 m ≈ 0.002°).
    assert whole.distance(shapely.Point(station["x"], station["y"])) < 0.002


def test_a_town_is_built_once_per_revision(liping: Loaded) -> None:
    towns = Towns(size=1)
    with transaction(liping.engine) as c:
        query = liping.query()
        first = towns.get(c, query)
        assert towns.get(c, query) is first
        stations = tied_stations(c, query, first)
    assert len(stations.ids) == len(stations.ties)
    assert np.issubdtype(stations.ids.dtype, np.integer)


# ---- stations ---------------------------------------------------------------------------------


def test_stations_leave_with_the_mark_of_their_tier(services: Services, liping: Loaded) -> None:
    found = {f["properties"]["id"]: f for f in features(services, "stations", liping.code)}
    rows = liping.rows(
        "SELECT id, name, tier, state, categories, ST_X(geom) AS x, ST_Y(geom) AS y FROM station"
        " WHERE code LIKE :code || '%'"
    )
    assert found.keys() == {r["id"] for r in rows}
    party = {"service_centre", "service_station", "red_station"}
    for row in rows:
        one = found[row["id"]]["properties"]
        is_party = bool(party & set(row["categories"]))
        assert one["shape"] == ((row["tier"] or "community") if is_party else "other")
        assert one["state"] == row["state"]
        assert found[row["id"]]["geometry"]["coordinates"] == pytest.approx(
            [row["x"], row["y"]], abs=1e-6
        )


def test_the_terrain_is_a_picture_of_the_town_and_its_slopes(
    services: Services, liping: Loaded
) -> None:
    payload = services.payload("base_map", liping.code, {})
    assert payload.media_type == "image/webp"
    assert len(payload.body) > 1_000


@pytest.fixture
def empty_county(spare_liping: Loaded) -> Services:
    """A county with borders and nothing else."""
    with transaction(spare_liping.engine) as c:
        c.execute(text("DELETE FROM plan"))
        c.execute(text("SELECT getu.remove_ledger(:code)"), {"code": spare_liping.code})
        for table in ("station", "building", "street_node", "elevation"):
            c.execute(text(f"DELETE FROM {table}"))
    return make_services(spare_liping.engine)


def test_a_county_with_borders_alone_has_layers_that_are_empty(
    empty_county: Services, spare_liping: Loaded
) -> None:
    code = spare_liping.code
    assert features(empty_county, "grids", code) == []
    assert features(empty_county, "stations", code) == []
    assert empty_county.payload("demands", code, {}).headers["X-Getu-Scale"] == "0"
    assert empty_county.payload("base_map", code, {}).media_type == "image/webp"
    assert features(empty_county, "service_circles", code) == []
    assert empty_county.coverage(code) is None


def test_no_door_is_reached_across_water_wall_or_rail(liping: Loaded) -> None:
    """PostGIS as the oracle: a way from a door to its street that crosses the base map's barriers
    begins or ends in them (a house over the water, a bank that was drawn too wide).
    """
    query = liping.query()
    with transaction(liping.engine) as c:
        town = Towns().get(c, query)
        tied = ~town.ties.untied
        ends = np.column_stack([
            town.ties.door_x, town.ties.door_y, town.ties.street_x, town.ties.street_y
        ])[tied]  # fmt: skip
        crossing = c.execute(
            text(
                """
                WITH way AS (
                    SELECT ST_SetSRID(ST_MakeLine(ST_MakePoint(a, b), ST_MakePoint(x, y)), :srid)
                             AS geom
                    FROM unnest(CAST(:a AS float[]), CAST(:b AS float[]),
                                CAST(:x AS float[]), CAST(:y AS float[])) w(a, b, x, y)
                ), bar AS (
                    SELECT ST_Transform(g.geom, :srid) AS geom
                    FROM (SELECT code, geom FROM water UNION ALL SELECT code, geom FROM barrier) g
                    WHERE g.code LIKE :county
                )
                SELECT count(*) AS all_ways, count(*) FILTER (WHERE EXISTS (
                    SELECT FROM bar WHERE ST_Intersects(bar.geom, way.geom)
                      AND NOT ST_Intersects(bar.geom, ST_StartPoint(way.geom))
                      AND NOT ST_Intersects(bar.geom, ST_EndPoint(way.geom)))) AS barred,
                    (SELECT count(*) FROM bar) AS bars
                FROM way
                """
            ),
            {
                "srid": query.measuring_srid,
                "county": f"{query.county}%",
                **{n: ends[:, k].tolist() for k, n in enumerate("abxy")},
            },
        ).one()
    assert crossing.all_ways > 50
    assert crossing.bars > 0
    assert crossing.barred == 0
