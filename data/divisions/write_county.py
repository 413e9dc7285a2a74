"""A county: its row, its policy, its revision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from shapely.geometry.base import BaseGeometry
from sqlalchemy import BigInteger, Connection, cast, func, insert, select, text, update

from data.divisions import tables
from data.rows.bulk import stored_geometry
from layers.kit.words import SentenceValue

DEFAULT_STAGES = ("草稿", "征求意见", "送审", "批复", "启用")
DEFAULT_POLICY: Mapping[str, Any] = {
    "households_max": 300,
    "household_measure": "resident",
    "stages": list(DEFAULT_STAGES),
    "words": {},
}


def county_exists(c: Connection, code: str) -> bool:
    """Tell whether a county is loaded."""
    found = c.execute(select(tables.county.c.code).where(tables.county.c.code == code)).first()
    return found is not None


def create_county(
    c: Connection,
    *,
    code: str,
    name: str,
    name_en: str,
    measuring_srid: int,
    title: str,
    title_en: str,
    data_as_of: date,
    demo_key: str | None = None,
    policy: Mapping[str, Any] | None = None,
    fallbacks: Sequence[SentenceValue] = (),
    geometry: BaseGeometry | None = None,
    valid_from: date | None = None,
) -> int:
    """Create a county with its policy; return its division id.

    ``geometry`` is in ``measuring_srid``. ``valid_from``: since when county and policy stand (the
    data's day unless said). ``policy`` overrides ``DEFAULT_POLICY``.
    ``fallbacks``: what was estimated, as ``{"code": text key, "values": {…}}``.
    """
    stored = stored_geometry([geometry], measuring_srid, multi=True)[0] if geometry else None
    division_id = c.execute(
        insert(tables.division)
        .values(
            code=code,
            kind="county",
            name=name,
            name_en=name_en,
            valid_from=valid_from or data_as_of,
            geom=stored,
        )
        .returning(tables.division.c.id)
    ).scalar_one()
    c.execute(
        insert(tables.county).values(
            code=code,
            division_id=division_id,
            measuring_srid=measuring_srid,
            demo_key=demo_key,
            data_as_of=data_as_of,
            loaded_as_of=data_as_of,
            title=title,
            title_en=title_en,
            fallbacks=[dict(f) for f in fallbacks],
            # Milliseconds, so that a county loaded anew never takes a number that it had: what a
            # revision sent is kept by caches, and by browsers for a year.
            revision=cast(func.extract("epoch", func.clock_timestamp()) * 1000, BigInteger),
        )
    )
    values = {**DEFAULT_POLICY, **(policy or {})}
    c.execute(
        insert(tables.policy).values(code=code, valid_from=valid_from or data_as_of, **values)
    )
    return int(division_id)


def is_demonstration(c: Connection, code: str) -> bool:
    """Tell whether a loaded county is a demonstration, which may be replaced."""
    key = c.execute(select(tables.county.c.demo_key).where(tables.county.c.code == code)).scalar()
    return key is not None


def add_fallbacks(c: Connection, code: str, fallbacks: Sequence[SentenceValue]) -> None:
    """Add what an import estimated to what the county's screen says is estimated."""
    current = c.execute(
        select(tables.county.c.fallbacks).where(tables.county.c.code == code)
    ).scalar_one()
    merged = {str(f["code"]): dict(f) for f in [*current, *fallbacks]}
    c.execute(
        update(tables.county)
        .where(tables.county.c.code == code)
        .values(fallbacks=list(merged.values()))
    )


def touch(c: Connection, code: str) -> int:
    """Raise the county's revision after a change; return it. Caches are keyed by it."""
    return int(
        c.execute(
            update(tables.county)
            .where(tables.county.c.code == code)
            .values(revision=tables.county.c.revision + 1)
            .returning(tables.county.c.revision)
        ).scalar_one()
    )


def move_data_day(c: Connection, code: str) -> None:
    """Set the county's data day to its newest household table's, or the day it was loaded for.

    1. Tables that were rolled back do not count; nor do single buildings that were counted later.
    2. Rolling back never goes behind a decision: the day on which a plan that the county goes by
       came into force, or a community was split, stays past.
    """
    c.execute(
        text(
            """
            UPDATE county k SET data_as_of = greatest(
                coalesce(k.loaded_as_of, k.data_as_of),
                (SELECT max(s.effective_on) FROM standing_snapshot s
                 JOIN count_upload u ON u.snapshot_id = s.id
                 WHERE s.code = k.code),
                (SELECT max(pc.in_force_from) FROM plan_community pc
                 WHERE lies_in(pc.code, :within) AND pc.in_force_from <= k.data_as_of),
                (SELECT max(ds.on_date) FROM division_successor ds
                 JOIN division d ON d.id = ds.successor_id
                 WHERE lies_in(d.code, :within) AND ds.on_date <= k.data_as_of))
            WHERE k.code = :code
            """
        ),
        {"code": code, "within": f"{code}%"},
    )
