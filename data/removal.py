"""A county's removal: the one writer that knows every table."""

from __future__ import annotations

from sqlalchemy import Connection, delete, text

from data import tables

# Not removed with a county: who did what stays on record.
KEPT = {"audit_entry", "import_run", "app_user"}
# Histories that the program may not delete from: they go with the plan or demand they tell of.
CASCADED = {"demand_event", "plan_stage"}


def delete_county(c: Connection, code: str) -> None:
    """Remove a county and everything under its code, published plans included."""
    c.execute(text("SET LOCAL statement_timeout = 0"))
    # Owners first: their cascades take the rows that triggers protect from editing.
    first = (tables.plan, tables.demand, tables.division)
    last = tables.part_version  # every table's rows raise its versions as they go
    rest = [
        t
        for t in reversed(tables.metadata.sorted_tables)
        if t not in (*first, last) and "code" in t.c and t.name not in KEPT | CASCADED
    ]
    for table in (*first, *rest, last):
        c.execute(delete(table).where(table.c.code.startswith(code, autoescape=True)))
