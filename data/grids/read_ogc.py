"""What ``/ogc`` serves: one query per collection, paged, by bounding box, place and day.

Geometry leaves as GeoJSON text in longitude and latitude (CRS84; CGCS2000 is taken as equal).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from sqlalchemy import Connection, text

from data.rows.reading import rows_of

Box = tuple[float, float, float, float]
"""West, south, east, north in degrees."""


@dataclass(frozen=True, slots=True)
class GridQuery:
    """What a request asks for.

    ``within``: a division code; everything whose code begins with it. ``boxes``: one box, or two
    where the box crosses the antimeridian; empty = everywhere. ``first``, ``last``: days, each
    None = open; ``at_data_day``: neither was given, so what stands on the county's own data day.
    ``feature``: the id of the only feature wanted.
    """

    within: str = ""
    boxes: tuple[Box, ...] = ()
    first: date | None = None
    last: date | None = None
    at_data_day: bool = True
    feature: int | None = None


@dataclass(frozen=True, slots=True)
class DivisionRow:
    """A division. Of every row here ``geometry`` is GeoJSON, ``county`` a code, a day without an
    end None."""

    id: int
    geometry: str
    code: str
    county: str
    kind: str
    name: str
    name_en: str | None
    parent: str | None
    is_temporary: bool
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class PlotRow:
    """A plot of the newest tessellation; ``building``: the id of the one that it was made for."""

    id: int
    geometry: str
    code: str
    county: str
    kind: str
    building: int | None
    area_m2: float
    version: int


@dataclass(frozen=True, slots=True)
class StationRow:
    """A station; ``categories`` and ``services`` are lists in one text."""

    id: int
    geometry: str
    code: str
    county: str
    name: str
    tier: str | None
    categories: str
    state: str
    rooms: int | None
    services: str | None
    phone: str | None
    external_id: str | None
    source: str
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class BuildingRow:
    """A building without its counts."""

    id: int
    geometry: str
    code: str
    county: str
    name: str | None
    number: str | None
    estate: str | None
    use: str | None
    life: str
    levels: int | None
    levels_estimated: bool
    external_id: str | None
    source: str
    valid_from: date | None
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class GridRow:
    """A grid as its plan was judged; ``plan``: the plan's name, ``in_force``: not a draft's."""

    id: int
    geometry: str
    code: str
    county: str
    number: int
    name: str | None
    community: str
    type: str
    upstream_code: str | None
    households: int | None
    persons: int | None
    buildings: int | None
    area_m2: float
    in_force: bool
    plan: str
    plan_id: int
    valid_from: date | None
    valid_to: date | None


Row = DivisionRow | PlotRow | StationRow | BuildingRow | GridRow


@dataclass(frozen=True, slots=True)
class Counts:
    """A building's newest counts by measure, and the day of the newest of them."""

    values: Mapping[str, int]
    as_of: date


# {life} is what stands on the days asked for: half-open from valid_from to valid_to.
_LIFE = """(
    CASE WHEN :now THEN NOT has_ended({0}.valid_to, c.day)
    ELSE (CAST(:last AS date) IS NULL OR {0}.valid_from <= :last)
     AND (CAST(:first AS date) IS NULL OR NOT has_ended({0}.valid_to, :first)) END)"""
_COUNTY = """JOIN (SELECT code, getu.plans_on(code, data_as_of) AS day FROM county OFFSET 0) c
    ON lies_in({0}.code, c.code)"""
_ALIVE = _LIFE.format("f")

# Each source gives id, geom, code, county and the collection's own columns, without an order.
_DIVISIONS = f"""
    SELECT f.id, f.geom, f.code, c.code AS county, f.kind, f.name, f.name_en, p.code AS parent,
           f.is_temporary, f.valid_from, f.valid_to
    FROM division f {_COUNTY.format("f")}
    LEFT JOIN division p ON p.id = f.parent_id
    WHERE f.geom IS NOT NULL AND {_ALIVE}
"""
_PLOTS = f"""
    SELECT f.id, f.geom, f.code, c.code AS county, f.kind, f.building_id AS building, f.area_m2,
           t.version
    FROM plot f {_COUNTY.format("f")}
    JOIN tessellation t ON t.id = f.tessellation_id
    WHERE t.version = (SELECT max(n.version) FROM tessellation n
                       WHERE n.community_id = t.community_id)
"""
_STATIONS = f"""
    SELECT f.id, f.geom, f.code, c.code AS county, f.name, f.tier,
           array_to_string(f.categories, ',') AS categories, f.state, f.rooms,
           array_to_string(f.services, '、') AS services, f.phone, f.external_id, f.source,
           f.valid_from, f.valid_to
    FROM station f {_COUNTY.format("f")}
    WHERE {_ALIVE}
"""
_BUILDINGS = f"""
    SELECT f.id, f.geom, f.code, c.code AS county, f.name, f.number, e.name AS estate, f.use,
           f.life, f.levels, f.levels_estimated, f.external_id, f.source, f.valid_from, f.valid_to
    FROM building f {_COUNTY.format("f")}
    LEFT JOIN estate e ON e.id = f.estate_id
    WHERE {_ALIVE}
"""
# The plan in force; where none was ever in force the newest draft, and then ``in_force`` is false.
_GRIDS = f"""
    SELECT DISTINCT ON (pg.grid_id) pg.grid_id AS id, pg.geom, pg.code, c.code AS county,
           pg.number, pg.name, d.name AS community, g.type, g.upstream_code, pg.households,
           pg.persons, pg.buildings, pg.area_m2, f.valid_from IS NOT NULL AS in_force,
           p.name AS plan, p.id AS plan_id, f.valid_from, f.valid_to
    FROM (SELECT pc.*, pc.in_force_from AS valid_from, pc.in_force_to AS valid_to
          FROM plan_community pc) f
    {_COUNTY.format("f")}
    JOIN plan p ON p.id = f.plan_id
    JOIN plan_grid pg ON pg.plan_id = f.plan_id AND pg.community_id = f.community_id
    JOIN grid g ON g.id = pg.grid_id
    JOIN division d ON d.id = f.community_id
    WHERE CASE WHEN f.valid_from IS NULL THEN :now AND NOT EXISTS (
                 SELECT FROM plan_community o WHERE o.community_id = f.community_id
                  AND (o.in_force_from IS NOT NULL OR o.plan_id > f.plan_id))
               ELSE {_LIFE.format("f")} AND (NOT :now OR f.valid_from <= c.day) END
    ORDER BY pg.grid_id, f.valid_from DESC NULLS LAST, pg.plan_id DESC
"""
_KINDS: Mapping[str, Callable[..., Row]] = {
    "divisions": DivisionRow,
    "communities": DivisionRow,
    "grids": GridRow,
    "plots": PlotRow,
    "buildings": BuildingRow,
    "stations": StationRow,
}
_SOURCES: Mapping[str, str] = {
    "divisions": _DIVISIONS,
    "communities": _DIVISIONS + " AND f.kind = 'community'",
    "grids": _GRIDS,
    "plots": _PLOTS,
    "buildings": _BUILDINGS,
    "stations": _STATIONS,
}
TABLES = tuple(_SOURCES)

_FILTER = """
    WHERE lies_in(s.code, :within) AND (CAST(:feature AS bigint) IS NULL OR s.id = :feature)
      AND (CAST(:boxes AS geometry) IS NULL OR s.geom && CAST(:boxes AS geometry)
           AND ST_Intersects(s.geom, CAST(:boxes AS geometry)))
"""
_COUNTS = """
    SELECT building_id, measure, value, effective_on
    FROM newest_counts_of(:ids) ORDER BY building_id, measure
"""
MEASURES = (
    *("resident", "registered", "rented", "vacant", "dwellings"),
    *("persons", "elderly", "children", "employed", "floating_population"),
)


def _values(wanted: GridQuery) -> dict[str, Any]:
    boxes = None
    if wanted.boxes:
        rings = [f"(({w} {s},{e} {s},{e} {n},{w} {n},{w} {s}))" for w, s, e, n in wanted.boxes]
        boxes = f"SRID=4490;MULTIPOLYGON({','.join(rings)})"
    return {
        "within": f"{wanted.within}%",
        "boxes": boxes,
        "feature": wanted.feature,
        "first": wanted.first,
        "last": wanted.last,
        "now": wanted.at_data_day,
    }


def matching_ids(c: Connection, collection: str, wanted: GridQuery) -> list[int]:
    """Return the ids of all features of a collection that fit, in order."""
    sql = f"SELECT s.id FROM ({_SOURCES[collection]}) s {_FILTER} ORDER BY s.id"
    return [int(row[0]) for row in c.execute(text(sql), _values(wanted))]


def features(c: Connection, collection: str, wanted: GridQuery, ids: list[int]) -> Sequence[Row]:
    """Return the features of a page of ``matching_ids``."""
    kind: Any = _KINDS[collection]
    columns = ", ".join(f"s.{f.name}" for f in fields(kind) if f.name != "geometry")
    sql = f"""
        SELECT {columns}, ST_AsGeoJSON(s.geom, 7, 0) AS geometry
        FROM ({_SOURCES[collection]}) s WHERE s.id = ANY(:ids) ORDER BY s.id
    """
    found: list[Row] = rows_of(kind, c, sql, **_values(wanted), ids=ids)
    return found


def newest_counts(c: Connection, buildings: list[int]) -> dict[int, Counts]:
    """Return each building's newest counts; a building or a measure without any is not named."""
    values: dict[int, dict[str, int]] = {}
    days: dict[int, date] = {}
    for row in c.execute(text(_COUNTS), {"ids": buildings}):
        own = int(row.building_id)
        values.setdefault(own, {})[row.measure] = row.value
        days[own] = max(days.get(own, row.effective_on), row.effective_on)
    return {own: Counts(counts, days[own]) for own, counts in values.items()}


def extent(c: Connection, within: str) -> Box | None:
    """Return the bounds of the loaded counties' communities, None when there is none."""
    row = c.execute(
        text(
            """
            SELECT ST_XMin(b) AS west, ST_YMin(b) AS south, ST_XMax(b) AS east, ST_YMax(b) AS north
            FROM (SELECT ST_Extent(geom) FROM division
                  WHERE lies_in(code, :within) AND valid_to IS NULL) AS e(b)
            """
        ),
        {"within": f"{within}%"},
    ).one()
    return None if row.west is None else (row.west, row.south, row.east, row.north)
