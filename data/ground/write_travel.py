"""A county's own figures of how people walk and vehicles drive."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, delete, func
from sqlalchemy.dialects.postgresql import insert as upsert

from data.access.audit import record, unchanged
from data.divisions.write_county import touch
from data.ground import travel_tables
from layers.kit.errors import InputError

BY_MAX = 60
COLUMNS = (
    "kind", "title", "flat_speed_m_s", "off_street_speed_m_s", "steps_factor", "has_slopes",
    "speeds_km_h", "start_s", "source",
)  # fmt: skip


def save_profile(c: Connection, county: str, key: str, values: Mapping[str, Any], by: str) -> None:
    """Write a profile (``values`` by ``COLUMNS``), the audit and the county's revision.

    Raises InputError without the name of who changes it.
    """
    by = _named(by)
    row = {name: values[name] for name in COLUMNS}
    row |= {"title": row["title"] or None, "speeds_km_h": dict(row["speeds_km_h"]) or None}
    statement = upsert(travel_tables.travel_profile).values(
        code=county, key=key, changed_by=by, **row
    )
    c.execute(
        statement.on_conflict_do_update(
            index_elements=["code", "key"],
            set_={**row, "changed_by": by, "changed_at": func.now()},
        )
    )
    record(c, "profile.saved", county, f"profile:{key}", row, by=by)
    touch(c, county)


def remove_profile(c: Connection, county: str, key: str, by: str) -> bool:
    """Take a profile away: an own one is gone, another is the program's default again.

    Return whether there was one. Raises InputError without the name of who changes it.
    """
    by = _named(by)
    table = travel_tables.travel_profile
    done = c.execute(delete(table).where(table.c.code == county, table.c.key == key))
    if done.rowcount:
        record(c, "profile.removed", county, f"profile:{key}", by=by)
        touch(c, county)
    else:
        unchanged()
    return bool(done.rowcount)


def _named(by: str) -> str:
    clean = " ".join(by.split())[:BY_MAX]
    if not clean:
        raise InputError("say who changes this profile")
    return clean
