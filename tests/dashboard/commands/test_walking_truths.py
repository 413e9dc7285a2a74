"""Small towns that went wrong: doors tie to streets that one can step onto, and what an answer
lacks is said. Right values are worked out beside each.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
import shapely

from dashboard.commands import main

CASES = Path(__file__).parent / "cases" / "walking"
X, Y = 400_000, 3_160_000  # metres of EPSG:4545


def run(folder: Path, command: str, *more: str) -> tuple[int, dict[str, Any]]:
    written = folder / "report.json"
    written.unlink(missing_ok=True)
    code = main([command, "--out", str(folder / "out.gpkg"), "--report", str(written), *more])
    return code, json.loads(written.read_text(encoding="utf-8"))


def case(name: str, *more: str, stations: str = "--stations", file: str = "st") -> list[str]:
    folder = CASES / name
    given = {"--buildings": "b", "--streets": "s", stations: file}
    named = [
        word for option, stem in given.items() for word in (option, folder / f"{stem}.geojson")
    ]
    return [*map(str, named), *more]


def by_code(report: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {finding["code"]: finding for finding in report["findings"]}


def walk_s(folder: Path) -> list[float]:
    return pyogrio.read_dataframe(folder / "out.gpkg", layer="buildings")["walk_s"].tolist()


def write(path: Path, shapes: list[Any], **columns: Any) -> str:
    moved = list(shapely.transform(shapes, lambda xy: xy + np.array([X, Y])))
    gpd.GeoDataFrame(columns, geometry=moved, crs=4545).to_file(path)
    return str(path)


def line(*points: tuple[float, float]) -> Any:
    return shapely.LineString(points)


HOUSE = shapely.box(0, 0, 10, 10)


def town(
    folder: Path, streets: list[Any], houses: list[Any] | None = None, **tags: list[Any]
) -> list[str]:
    """A house at the origin, a station at 100 m east on the street at y = 60."""
    lines = write(folder / "s.gpkg", streets, **(tags or {"class": ["street"] * len(streets)}))
    doors = houses or [HOUSE]
    buildings = write(folder / "b.gpkg", doors, id=list(range(len(doors))),
                      households=[5] * len(doors))  # fmt: skip
    station = write(folder / "st.gpkg", [shapely.Point(100, 60)], id=["S"])
    return ["--buildings", buildings, "--streets", lines, "--stations", station]


def test_a_house_beside_a_tunnel_ties_to_the_street_on_the_ground(tmp_path: Path) -> None:
    code, report = run(tmp_path, "coverage", *case("tunnel"))
    # 50 m to the street, 90 or 100 m along it, 2 m to the station, at 1.1 m/s: 132 s.
    assert walk_s(tmp_path)[0] == pytest.approx(132, abs=6)
    assert (code, report["by_minutes"][0]["covered"]) == (0, 5)


@pytest.mark.parametrize(
    "tags",
    [
        {"tunnel": [1, 0], "layer": [-1, 0]},
        {"tunnel": [1, 0], "layer": [0, 0]},
        {"tunnel": ["yes", None]},
        {"bridge": ["viaduct", "no"], "layer": [1, 0]},
        {"layer": [1, 0]},
        {"layer": [-1, 0]},
        {"highway": ["motorway", "residential"]},
        {"highway": ["residential", "residential"], "foot": ["no", None]},
    ],
)
def test_what_is_not_at_the_house_s_level_is_not_stepped_onto(
    tags: dict[str, list[Any]], tmp_path: Path
) -> None:
    """The near line leaves far away in the west; the street at y = 60 is the way."""
    near, street = line((-900, 15), (900, 15)), line((-900, 15), (-900, 60), (300, 60))
    run(tmp_path, "coverage", *town(tmp_path, [near, street], **tags))
    assert walk_s(tmp_path)[0] == pytest.approx((50 + 90) / 1.1, abs=6)


def test_a_passage_under_a_house_is_on_the_ground(tmp_path: Path) -> None:
    through, street = line((5, -40), (5, 60)), line((5, 60), (300, 60))
    tags = {"highway": ["footway", "residential"], "tunnel": ["building_passage", None]}
    run(tmp_path, "coverage", *town(tmp_path, [through, street], **tags))
    assert walk_s(tmp_path)[0] == pytest.approx((50 + 95) / 1.1, abs=6)


@pytest.mark.parametrize(
    ("shape", "tags", "bars"),
    [
        (line((-500, 12), (500, 12)), {"barrier": "wall"}, True),
        (line((-500, 12), (500, 12)), {"railway": "rail"}, True),
        (line((-500, 12), (500, 12)), {"railway": "rail", "tunnel": "yes"}, False),
        (line((-500, 12), (500, 12)), {"railway": "rail", "bridge": "yes"}, False),
        (line((-500, 12), (500, 12)), {"waterway": "stream"}, True),
        (line((-500, 12), (500, 12)), {"waterway": "ditch"}, False),
        (line((4, 12), (8, 12)), {"barrier": "gate"}, False),
        (shapely.box(-500, 11, 500, 13), {"natural": "water"}, True),
        (line((-500, 12), (500, 12)), {"note": "围墙"}, True),  # no tags: every row bars
        (line((-500, 10), (500, 10)), {"barrier": "wall"}, False),  # the house's own wall
    ],
)
def test_nobody_walks_through_a_wall_to_the_street(
    shape: Any, tags: dict[str, str], bars: bool, tmp_path: Path
) -> None:
    """A street at y = 15 behind the barrier leads nowhere quickly; one at y = -20 does."""
    streets = [line((-900, 15), (900, 15)), line((-900, 15), (-900, -20), (900, -20)),
               line((100, -20), (100, 60))]  # fmt: skip
    streets[1] = line((-900, 15), (-900, -20), (100, -20), (900, -20))
    barriers = write(tmp_path / "w.gpkg", [shape], **{k: [v] for k, v in tags.items()})
    run(tmp_path, "coverage", *town(tmp_path, streets), "--barriers", barriers)
    seconds = walk_s(tmp_path)[0]
    # Over y = -20: 20 m, 90 m along, 80 m up. Else 5 m to y = 15 and 900 m and more around.
    assert (seconds == pytest.approx((20 + 95 + 80) / 1.1, abs=8)) is bars


def test_a_house_that_walls_shut_in_is_untied(tmp_path: Path) -> None:
    yard = shapely.box(-5, -5, 15, 15).boundary
    barriers = write(tmp_path / "w.gpkg", [yard], barrier=["wall"])
    given = town(tmp_path, [line((-900, 60), (900, 60))])
    _, report = run(tmp_path, "coverage", *given, "--barriers", barriers)
    assert report["untied"] == 5


def test_entrances_are_where_walks_begin(tmp_path: Path) -> None:
    """A slab 100 m long at the street; its only door is on the back, at its far end."""
    street = line((0, -10), (0, 60), (100, 60))
    slab = shapely.box(5, 0, 105, 10)
    given = town(tmp_path, [street], [slab])
    run(tmp_path, "coverage", *given)
    assert walk_s(tmp_path)[0] < 200
    door = write(tmp_path / "e.gpkg", [shapely.Point(105, 10)], building_id=["0"])
    run(tmp_path, "coverage", *given, "--entrances", door)
    # 50 m up to the street at y = 60, 5 m along it.
    assert walk_s(tmp_path)[0] == pytest.approx(50 / 1.1, abs=6)
    nameless = write(tmp_path / "f.gpkg", [shapely.Point(105, 10)], note=["门"])
    run(tmp_path, "coverage", *given, "--entrances", nameless)
    assert walk_s(tmp_path)[0] == pytest.approx(50 / 1.1, abs=6)


def test_a_short_unconnected_piece_hides_no_street_and_is_said(tmp_path: Path) -> None:
    code, report = run(tmp_path, "coverage", *case("island"))
    assert (code, report["by_minutes"][0]["covered"]) == (0, 10)
    assert "0 households hang on them" in by_code(report)["street_island"]["message"]


def test_households_of_a_hamlet_that_is_joined_to_nothing_are_counted(tmp_path: Path) -> None:
    streets = [line((-900, 60), (900, 60)), line((0, -500), (900, -500))]
    given = town(tmp_path, streets, [HOUSE, shapely.box(10, -490, 20, -480)])
    _, report = run(tmp_path, "coverage", *given)
    assert "5 households hang on them" in by_code(report)["street_island"]["message"]
    assert report["unreachable"] == 5


def test_one_void_cell_is_one_cell_of_street_without_height(tmp_path: Path) -> None:
    _, report = run(
        tmp_path, "coverage", *case("dem", "--elevation", str(CASES / "dem" / "up10_onecell.tif"))
    )
    # A cell of 30 m on 1,010 m of street.
    assert by_code(report)["elevation_missing"]["message"].startswith("3.0% of")


@pytest.mark.parametrize("turned", [False, True])
def test_the_order_of_rows_decides_no_tie(turned: bool, tmp_path: Path) -> None:
    """A house half-way between two streets, a station at each end: the place decides."""
    streets = [line((0, -20), (400, -20)), line((0, 30), (0, -20)), line((0, 30), (400, 30))]
    order = [2, 1, 0] if turned else [0, 1, 2]
    given = town(tmp_path, [streets[k] for k in order], [shapely.Point(200, 5)])
    stations = [shapely.Point(100, -20), shapely.Point(300, -20)]
    names = ["west", "east"]
    step = -1 if turned else 1
    given[-1] = write(tmp_path / "st2.gpkg", stations[::step], id=names[::step])
    run(tmp_path, "coverage", *given)
    layer = pyogrio.read_dataframe(tmp_path / "out.gpkg", layer="buildings")
    assert layer["station"].tolist() == ["west"]


def test_bad_values_are_listed_and_written(tmp_path: Path, capsys: Any) -> None:
    code, report = run(tmp_path, "coverage", *case("badvalues"))
    assert (code, [f["row"] for f in report["findings"]]) == (2, [1, 2, 4])
    printed = capsys.readouterr().err
    assert "buildings row 4 households: 十二 is not a whole number" in printed


def test_many_streets_that_all_cross_are_said_shortly(tmp_path: Path) -> None:
    """400 chords of one circle: 79,800 crossings, of which 1,000 are listed."""
    angle = np.pi * np.arange(400) / 400
    ends = 3000 * np.column_stack([np.cos(angle), np.sin(angle)])
    chords = [line(tuple(-end), tuple(end)) for end in ends]
    _, report = run(tmp_path, "coverage", *town(tmp_path, chords))
    codes = [finding["code"] for finding in report["findings"]]
    assert (codes.count("street_crossing"), codes.count("street_crossings_many")) == (1000, 1)


SITES = {"stations": "--candidates", "file": "c"}


@pytest.mark.parametrize("objective", ["cover", "all"])
def test_households_out_of_every_candidate_s_reach_are_said(objective: str, tmp_path: Path) -> None:
    new = () if objective == "all" else ("--new", "1")
    given = case("s_infeasible", "--objective", objective, *new, **SITES)
    code, report = run(tmp_path, "site", *given)
    assert (code, report["unreachable_by_any_candidate"]) == (1, 8)
    assert by_code(report)["households_unreachable"]["message"].startswith("8 households")


def test_fewer_sites_than_asked_are_said(tmp_path: Path) -> None:
    code, report = run(tmp_path, "site", *case("s_infeasible", "--new", "5", **SITES))
    assert (code, len(report["sites"])) == (1, 1)
    assert "5 new sites were asked for, 1" in by_code(report)["sites_fewer"]["message"]


@pytest.mark.parametrize("objective", ["cover", "distance"])
def test_a_capacity_below_one_building_is_said(objective: str, tmp_path: Path) -> None:
    given = case("s_big", "--new", "2", "--most", "500", "--objective", objective, **SITES)
    code, report = run(tmp_path, "site", *given)
    found = by_code(report)["capacity_below_building"]
    assert (code, found["row"]) == (1, 1)
    assert "900" in found["message"]


def test_a_site_serves_no_more_than_it_may_when_distance_counts(tmp_path: Path) -> None:
    given = case("s_big", "--new", "2", "--most", "600", "--objective", "distance", **SITES)
    _, report = run(tmp_path, "site", *given)
    assert [s["marginal_households"] for s in report["sites"]] == [600, 400]
    assert report["proved"] is True


def test_another_column_may_count_instead_of_households(tmp_path: Path) -> None:
    """Most households live in the west, most elderly in the east."""
    houses = [shapely.Point(-2000, 3), shapely.Point(2000, 3)]
    buildings = write(tmp_path / "b.gpkg", houses, households=[90, 10], elderly=[2, 30])
    streets = write(tmp_path / "s.gpkg", [line((-3000, 0), (3000, 0))], highway=["residential"])
    sites = write(tmp_path / "c.gpkg", [shapely.Point(-2000, 0), shapely.Point(2000, 0)],
                  id=["west", "east"])  # fmt: skip
    given = ["--buildings", buildings, "--streets", streets, "--candidates", sites, "--new", "1"]
    for objective in ("cover", "distance"):
        _, report = run(tmp_path, "site", *given, "--objective", objective)
        assert [site["id"] for site in report["sites"]] == ["west"]
        _, report = run(tmp_path, "site", *given, "--objective", objective, "--weight", "Elderly")
        assert [site["id"] for site in report["sites"]] == ["east"]
        assert report["unit"].startswith("weight")
