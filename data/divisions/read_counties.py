"""Which counties are loaded, and what a request needs to know of one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, text

from layers.kit.errors import NotFoundError
from layers.kit.json import parsed
from layers.kit.layer import Query
from layers.kit.words import SentenceValue


@dataclass(frozen=True, slots=True)
class CountyRow:
    """A loaded county. ``bounds``: west, south, east, north in degrees, None without a border."""

    code: str
    name: str
    name_en: str
    title: str
    title_en: str
    demo_key: str | None
    data_as_of: date
    revision: int
    bounds: tuple[float, float, float, float] | None
    fallbacks: tuple[SentenceValue, ...]


_COUNTIES = """
SELECT c.code, d.name, coalesce(d.name_en, d.name) AS name_en, c.title, c.title_en, c.demo_key,
       c.data_as_of, c.revision + getu.turns(c.code) AS revision, c.fallbacks,
       ST_XMin(b.box) AS west, ST_YMin(b.box) AS south, ST_XMax(b.box) AS east,
       ST_YMax(b.box) AS north
FROM county c
JOIN division d ON d.id = c.division_id
LEFT JOIN LATERAL (
    SELECT ST_Extent(m.geom) AS box FROM division m
    WHERE lies_in(m.code, c.code) AND m.valid_to IS NULL
      AND (m.kind = 'community' OR m.id = d.id)
      -- A county's own border may be far wider than the town that is mapped inside it.
      AND (m.kind = 'community' OR NOT EXISTS (
          SELECT FROM division x WHERE lies_in(x.code, c.code) AND x.kind = 'community'
            AND x.geom IS NOT NULL))
) b ON true
"""


def list_counties(c: Connection) -> list[CountyRow]:
    """Return every loaded county, the one loaded first first."""
    return [_row(r) for r in c.execute(text(_COUNTIES + " ORDER BY c.loaded_at, c.code"))]


def standing(c: Connection) -> tuple[tuple[str, int, date], ...]:
    """Return which counties there are, with revision and data day: what has changed changes it."""
    rows = c.execute(
        text(
            """
            SELECT code, revision + getu.turns(code) AS revision, data_as_of
            FROM county ORDER BY loaded_at, code
            """
        )
    )
    return tuple((str(row.code), int(row.revision), row.data_as_of) for row in rows)


MOST_NAMED = 12
MOST_CODE = 20


def county_count(c: Connection) -> int:
    """Return how many counties are loaded."""
    return int(c.execute(text("SELECT count(*) FROM county")).scalar_one())


def not_loaded(c: Connection, code: str) -> NotFoundError:
    """Return what is said of a county that is not there: its code, and which ones are."""
    rows = c.execute(
        text(
            "SELECT k.code, d.name FROM county k JOIN division d ON d.id = k.division_id"
            " ORDER BY k.code LIMIT :most"
        ),
        {"most": MOST_NAMED + 1},
    ).all()
    code = code[:MOST_CODE]
    if not rows:
        return NotFoundError(
            "county {code} is not loaded, nor any other: getu demo or getu import brings one",
            code=code,
        )
    named = ", ".join(f"{row.code} {row.name}" for row in rows[:MOST_NAMED])
    more = " …" if len(rows) > MOST_NAMED else ""
    return NotFoundError(
        "county {code} is not loaded; loaded: {loaded}", code=code, loaded=named + more
    )


def county(c: Connection, code: str) -> CountyRow:
    """Return one county. Raises NotFoundError."""
    row = c.execute(text(_COUNTIES + " WHERE c.code = :code"), {"code": code}).first()
    if row is None:
        raise not_loaded(c, code)
    return _row(row)


def _row(r: Any) -> CountyRow:
    bounds = None if r.west is None else (r.west, r.south, r.east, r.north)
    return CountyRow(
        r.code,
        r.name,
        r.name_en,
        r.title,
        r.title_en,
        r.demo_key,
        r.data_as_of,
        int(r.revision),
        bounds,
        tuple(parsed(SentenceValue, f, "county.fallbacks") for f in r.fallbacks),
    )


def query(c: Connection, code: str, values: dict[str, str] | None = None) -> Query:
    """Return the county's part of a layer query, by the policy valid at its data date.

    Raises NotFoundError when the county is not loaded.
    """
    row = c.execute(
        text(
            """
            SELECT c.measuring_srid, c.data_as_of, c.revision + getu.turns(c.code) AS revision,
                   getu.today(c.data_as_of) AS today,
                   getu.plans_on(c.code, c.data_as_of) AS plans_on, p.households_max,
                   p.household_measure, p.flat_speed_m_s, p.tie_max_m, p.minutes,
                   p.area_households_max, getu.reach() AS reach,
                   c.demo_key IS NOT NULL AS is_demonstration
            FROM county c
            JOIN county_policy p ON p.code = c.code
            WHERE c.code = :code
            """
        ),
        {"code": code},
    ).first()
    if row is None:
        raise not_loaded(c, code)
    return Query(
        county=code,
        measuring_srid=row.measuring_srid,
        data_as_of=row.data_as_of,
        households_max=row.households_max,
        household_measure=row.household_measure,
        flat_speed_m_s=row.flat_speed_m_s,
        tie_max_m=row.tie_max_m,
        minutes=tuple(row.minutes),
        revision=int(row.revision),
        area_households_max=row.area_households_max,
        values=values or {},
        scope="" if code.startswith(row.reach) else row.reach,
        today=row.today,
        plans_on=row.plans_on,
        is_demonstration=row.is_demonstration,
    )


def revision(c: Connection, code: str) -> int:
    """Return the county's revision. Raises NotFoundError."""
    return revision_seen(c, code)[0]


def revision_seen(c: Connection, code: str) -> tuple[int, str]:
    """Return the county's revision, and the part of it that is seen. Raises NotFoundError."""
    row = c.execute(
        text(
            """
            SELECT revision + getu.turns(code) AS revision, getu.reach() AS reach
            FROM county WHERE code = :code
            """
        ),
        {"code": code},
    ).first()
    if row is None:
        raise not_loaded(c, code)
    return int(row.revision), "" if code.startswith(row.reach) else str(row.reach)
