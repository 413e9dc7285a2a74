"""The first page over a real town: an OpenStreetMap extract with its elevation, imported whole."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text as sql

from dashboard.commands import import_
from dashboard.text import text
from data.engine import program_engine, transaction
from data.server import Server
from tests.browser.conftest import Log, Open, served
from tests.browser.screen import click, facts, first_number, tiles, wait_for_title
from tests.demonstration import Loaded

pytestmark = [pytest.mark.browser, pytest.mark.database, pytest.mark.real_data]
COUNTY = "094720"
EXTRACT = ("osm", "north-bayreuth.osm.pbf")
TERRAIN = ("elevation", "bayreuth_srtm.tif")


def silent(message: str) -> None:
    """Show no progress."""


def import_file(loaded: Loaded, kind: str, file: Path) -> None:
    parser = argparse.ArgumentParser()
    import_.add_arguments(parser)
    args = parser.parse_args([str(file), "--as", kind, "--county", COUNTY, "--name", "Bayreuth"])
    with transaction(loaded.engine) as c:
        import_.import_file(c, args, import_.read_options(args), silent)


@pytest.fixture(scope="module")
def bayreuth(new_database: Callable[[], Server], shared_data: Path) -> Iterator[Loaded]:
    server = new_database()
    loaded = Loaded(server, program_engine(server, pool_size=4, statement_timeout_s=None), COUNTY)
    for kind, name in (EXTRACT, TERRAIN):
        file = shared_data / "osm_bayreuth" / name
        if not file.exists():
            pytest.skip(f"needs {file.name}, which is not on this machine")
        import_file(loaded, kind, file)
    yield loaded
    loaded.engine.dispose()


@pytest.fixture(scope="module")
def town(bayreuth: Loaded, log: Log) -> Iterator[str]:
    with served(bayreuth) as address:
        log.served.add(address.removeprefix("http://"))
        yield address


@pytest.fixture(scope="module")
def totals(bayreuth: Loaded) -> Any:
    return bayreuth.rows(
        """
        SELECT (SELECT count(*) FROM building) AS buildings,
               (SELECT sum(value) FROM building_count WHERE measure = 'resident') AS households,
               (SELECT count(*) FROM plan_grid) AS grids,
               (SELECT sum(households) FROM plan_grid) AS in_grids,
               (SELECT sum(buildings) FROM plan_grid) AS buildings_in_grids,
               (SELECT max(households) FROM plan_grid) AS largest
        """
    )[0]


def test_every_building_and_household_of_the_extract_is_in_one_grid(totals: Any) -> None:
    assert totals["buildings"] > 4_000
    assert totals["in_grids"] == totals["households"] > 0
    assert totals["buildings_in_grids"] == totals["buildings"]


def test_the_towns_figures_on_the_screen_are_those_of_sql(
    open_page: Open, town: str, totals: Any
) -> None:
    page = open_page(town)
    said = facts(page)
    measure = text("measure.resident", "zh")
    assert said[text("summary.households", "zh")] == f"{totals['households']:,} {measure}"
    assert said[text("grids.buildings", "zh")] == f"{totals['buildings']:,} 栋"
    assert said[text("summary.grid_count", "zh")] == f"{totals['grids']:,} 个网格"
    assert said[text("summary.largest", "zh")] == f"{totals['largest']:,} 户"
    assert tiles(page)[text("summary.over_limit", "zh")].endswith(f"/ {totals['grids']:,} 个网格")
    # A plan that nobody approved is called a draft.
    assert text("summary.draft", "zh") in page.inner_text(".inspector")
    drawn = page.locator(".leaflet-grids-pane path.leaflet-interactive").count()
    assert drawn == totals["grids"]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_what_was_estimated_is_said_on_the_screen(
    open_page: Open, town: str, bayreuth: Loaded, lang: Any
) -> None:
    fallbacks = bayreuth.value("SELECT fallbacks FROM county WHERE code = :code")
    codes = {f["code"] for f in fallbacks}
    assert {"fallback.osm_households", "fallback.osm_levels", "fallback.osm_use"} <= codes
    page = open_page(f"{town}/?lang={lang}")
    said = page.inner_text(".inspector .estimated")
    assert text("figures.estimated", lang) in said
    for one in fallbacks:
        sentence = text(one["code"], lang, one["values"])
        assert "{" not in sentence
        assert sentence in said


def test_a_clicked_grid_of_the_real_town_shows_its_figures(
    open_page: Open, town: str, bayreuth: Loaded
) -> None:
    grid = bayreuth.rows(
        "SELECT name, households, buildings, ST_X(label_point) AS lon, ST_Y(label_point) AS lat"
        " FROM plan_grid ORDER BY area_m2 DESC LIMIT 1"
    )[0]
    page = open_page(f"{town}/?at={grid['lat']},{grid['lon']},16&layers=base_map,grids")
    click(page, grid["lon"], grid["lat"])
    wait_for_title(page, grid["name"])
    said = facts(page)
    assert first_number(said[text("grids.households", "zh")]) == grid["households"]
    assert first_number(said[text("grids.buildings", "zh")]) == grid["buildings"]


def test_the_terrain_is_that_of_the_elevation_file(bayreuth: Loaded) -> None:
    with transaction(bayreuth.engine) as c:
        lowest, highest = c.execute(
            sql("SELECT min(elevation_m), max(elevation_m) FROM street_node")
        ).one()
    # Bayreuth lies at about 340 m, its hills up to 500 m.
    assert 300 < lowest < 360
    assert 400 < highest < 600
