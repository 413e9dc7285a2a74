"""One answer for a building of 305 households: page, tile, count, rows, picture, legend, script."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pyogrio
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, text

from data.engine import owner_engine, transaction
from data.exporters.plans.pictures import CLASSES
from data.grids.read import plan_totals
from data.plans.read_exports import before_after
from layers.grids import figures, layer
from layers.grids.papers.map_pages import plan_picture
from layers.grids.rules import limit_findings
from layers.kit.load import LOAD_CLASSES, is_over_limit, load_class, script
from tests.conftest import ROOT
from tests.demonstration import Loaded


def test_a_building_over_the_limit_alone_is_a_class_of_its_own() -> None:
    assert load_class(300, 300, 1) == "load-100"
    assert load_class(305, 300, 1) == "load-alone"
    assert load_class(305, 300, 2) == load_class(305, 300, 0) == "load-over"
    assert not is_over_limit(305, 300, 1)


@given(st.integers(0, 900), st.integers(0, 9))
def test_colour_and_finding_say_the_same(households: int, plots: int) -> None:
    found = limit_findings(["g"], [households], [plots], 300)
    by_code = {"grid_over_limit": "load-over", "building_over_limit": "load-alone"}
    said = load_class(households, 300, plots)
    assert (said if found else None) == (by_code[found[0].code] if found else None)


def test_pictures_know_every_class() -> None:
    assert tuple(CLASSES) == LOAD_CLASSES


@pytest.mark.database
def test_a_building_over_the_limit_has_one_answer_everywhere(
    spare_liping: Loaded, tmp_path: Path
) -> None:
    loaded = spare_liping
    (grid,) = loaded.rows(
        "SELECT plan_id, grid_id, households FROM plan_grid ORDER BY households DESC LIMIT 1"
    )
    limit, one = grid["households"] - 5, grid["grid_id"]
    with owner_engine(loaded.server).begin() as c:
        c.execute(text("SET search_path = getu, public"))
        c.execute(text("ALTER TABLE plan_grid DISABLE TRIGGER published_is_immutable"))
        c.execute(text("UPDATE plan_grid SET plots = 1 WHERE grid_id = :g"), {"g": one})
        c.execute(text("ALTER TABLE plan_grid ENABLE TRIGGER published_is_immutable"))
        c.execute(text("UPDATE policy SET households_max = :limit"), {"limit": limit})
    query = loaded.query()
    rest = {"households": limit, "plots": 2}  # the others are within it or over it with plots
    with transaction(loaded.engine) as c:
        drawn = {
            f["properties"]["id"]: f["properties"]
            for f in json.loads(layer.prepare(layer.load(c, query), query).body)["features"]
        }
        assert drawn[one]["households"] == limit + 5
        assert drawn[one]["load"] == load_class(limit + 5, limit, 1) == "load-alone"
        assert [i for i, p in drawn.items() if p.get("load") == "load-alone"] == [one]
        over = {i for i, p in drawn.items() if p.get("load") == "load-over"}
        assert over == {
            i for i, p in drawn.items() if i != one and p.get("households", 0) > rest["households"]
        }
        totals = plan_totals(c, loaded.code, loaded.as_of, limit, layer.live(query))
        assert (totals.over_limit, totals.buildings_over_limit) == (len(over), 1)
        said = {f.key: f for f in figures.figures(c, query)}
        assert said["summary.building_over_limit"].value == 1
        assert said["summary.over_limit"].value == len(over)
        alone = figures.grids(c, loaded.query(only="building_over_limit"))
        assert [row["id"] for row in alone] == [one]
        assert one not in [row["id"] for row in figures.grids(c, loaded.query(only="over_limit"))]
        assert classes_on_tiles(c, loaded, tmp_path)[one] == LOAD_CLASSES.index("load-alone")
        papers = before_after(c, grid["plan_id"], grid["plan_id"], limit)
        assert sum(row.over_before for row in papers) == len(over)
        assert sum(row.over_after for row in papers) == len(over)
        picture = plan_picture(c, grid["plan_id"])
        assert [g.load for g in picture.grids].count("load-alone") == 1
        assert "load-alone" in [s.css for s in layer.legend(query).swatches]
        note = layer.inspect(c, query, str(one)).sections[0][1][0].note
        assert note == "grids.alone_over"


def classes_on_tiles(c: Connection, loaded: Loaded, folder: Path) -> dict[int, int]:
    """Return the class of every grid on the tile of zoom 10 that holds the county's middle."""
    (at,) = loaded.rows(
        "SELECT ST_X(m) AS lon, ST_Y(m) AS lat"
        " FROM (SELECT ST_Centroid(ST_Extent(geom)) AS m FROM plan_grid) x"
    )
    x = int((at["lon"] + 180) / 360 * 2**10)
    y = int((1 - math.asinh(math.tan(math.radians(at["lat"]))) / math.pi) / 2 * 2**10)
    file = folder / "tile.mvt"
    file.write_bytes(layer.tile(c, loaded.query(), 10, x, y).body)
    frame = pyogrio.read_dataframe(file, layer="grid", X=x, Y=y, Z=10)
    return dict(zip(frame["id"].astype(int), frame["load"].astype(int), strict=True))


def test_the_script_of_the_pages_says_the_same() -> None:
    written = (ROOT / "assets" / "shared" / "load.js").read_text(encoding="utf-8")
    assert written == script(), "write it anew: python -m layers.kit.load"
