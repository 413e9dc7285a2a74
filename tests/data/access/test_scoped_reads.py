"""The hottest reads of a town in a database of forty counties: each finds its rows by an index."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date
from typing import Any

import psycopg
import pytest
from sqlalchemy import Connection, Engine, event, make_url

from data.buildings.read_edits import features_of, features_within
from data.buildings.read_places import building_places, find_buildings
from data.demands.read import demand_points
from data.engine import program_engine, session
from data.ground.read_tiles import tile
from data.households.read import known_buildings, newest_counts
from data.server import Server
from data.stations.read import household_doors, station_points
from data.stations.read_coverage import all_stations, door_facts, footprints, grid_places
from layers.kit.principal import Principal
from tests.data.access.every_table import fill
from tests.demonstration import administrator

pytestmark = pytest.mark.database
COUNTY, TOWN, DAY = "522301", "522301001", date(2024, 6, 1)
MANY = 20_000
LARGE = ("building", "building_count", "demand", "station", "plan_grid")
# Forty counties of ten towns each; every thing on a place of its own within its county.
CODE = "(522300 + n % 40)::text || lpad((1 + n / 40 % 10)::text, 3, '0') || '001'"
AT = "105 + (n % 40) * 0.1 + (n / 40 % 25) * 0.003, 26 + (n / 1000) * 0.003"
BOX = f"ST_Multi(ST_Expand(ST_SetSRID(ST_MakePoint({AT}), 4490), 0.0001))"
POINT = f"ST_SetSRID(ST_MakePoint({AT}), 4490)"
ROWS = (
    f"""
    INSERT INTO building (id, code, life, use, source, valid_from, geom)
    SELECT n, {CODE}, 'occupied', 'dwelling', 'test', '2024-01-01', {BOX}
    FROM generate_series(1, {MANY}) n
    """,
    f"""
    INSERT INTO building_count (snapshot_id, building_id, measure, code, value, source, confidence)
    SELECT (SELECT min(id) FROM count_snapshot WHERE code = '522301'), n, 'resident', {CODE}, 3,
           'test', 'counted' FROM generate_series(1, {MANY}) n
    """,
    f"""
    INSERT INTO demand (id, code, source, title, category, channel, version_id, state, phase,
                        received_at, geom)
    SELECT n, {CODE}, 'test', 't', 'c', 'c', 1, 'closed', 'closed', '2024-05-01', {POINT}
    FROM generate_series(1, {MANY}) n
    """,
    f"""
    INSERT INTO station (id, code, categories, name, state, service_rule, source, valid_from, geom)
    SELECT n, {CODE}, '{{service_centre}}', 's', 'open', 'nearest', 'test', '2024-01-01', {POINT}
    FROM generate_series(1, {MANY}) n
    """,
    f"""
    INSERT INTO plan_grid (plan_id, grid_id, code, community_id, number, name, households,
                           buildings, plots, area_m2, geom, label_point)
    SELECT 1, n, {CODE}, 1, n, 'g', 3, 1, 1, 1, {BOX}, {POINT} FROM generate_series(1, {MANY}) n
    """,
    "ANALYZE",
)
READS: dict[str, Callable[[Connection], object]] = {
    "doors": lambda c: household_doors(c, COUNTY, 4545, "resident"),
    "footprints": lambda c: footprints(c, COUNTY),
    "facts": lambda c: door_facts(c, COUNTY, DAY),
    "in a box": lambda c: features_within(c, COUNTY, "resident", (105.1, 26, 105.11, 26.01), 100),
    "by number": lambda c: features_of(c, COUNTY, "resident", [1, 41, 81]),
    "by name": lambda c: find_buildings(c, COUNTY, "一栋", 10),
    "places": lambda c: building_places(c, COUNTY),
    "known": lambda c: known_buildings(c, COUNTY),
    "counts": lambda c: newest_counts(c, COUNTY, "resident"),
    "demands": lambda c: demand_points(c, COUNTY, 4545),
    "open stations": lambda c: station_points(c, COUNTY, 4545),
    "stations": lambda c: all_stations(c, COUNTY, 4545),
    "grids": lambda c: grid_places(c, COUNTY, DAY),
    "tile": lambda c: tile(c, COUNTY, 15, 25951, 13911),
}


@pytest.fixture(scope="module")
def counties(new_database: Callable[[], Server]) -> Iterator[Engine]:
    server = new_database()
    name = make_url(server.owner_url).database
    admin = psycopg.conninfo.make_conninfo(administrator(server), dbname=name)
    fill(admin)
    with psycopg.connect(admin) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("SET search_path = getu, public")
        for statement in ROWS:
            connection.execute(statement)
    engine = program_engine(server, pool_size=1)
    yield engine
    engine.dispose()


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from nodes(part)


def scanned(c: Connection, statement: str, values: Any) -> list[str]:
    """Return the large tables that a statement reads from end to end."""
    explained = c.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", values).scalar()
    return [
        str(n["Relation Name"])
        for n in nodes(explained[0]["Plan"])
        if n.get("Relation Name") in LARGE and is_whole(n)
    ]


def is_whole(node: dict[str, Any]) -> bool:
    kind = node["Node Type"]
    return kind == "Seq Scan" or (kind.startswith("Index") and "Index Cond" not in node)


@pytest.mark.parametrize("name", READS)
def test_a_town_finds_its_rows_by_an_index(counties: Engine, name: str) -> None:
    asked: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        asked.append((statement, values))

    with session(counties, Principal("某人", "staff", TOWN, frozenset())) as c:
        event.listen(counties, "before_cursor_execute", note)
        # What the rows of this database say nothing of may be missed after the question.
        with suppress(KeyError, ValueError, TypeError):
            READS[name](c)
        event.remove(counties, "before_cursor_execute", note)
        found = {s[:60]: tables for s, v in asked if (tables := scanned(c, s, v))}
    assert asked
    assert found == {}
