"""A county's removal: the one writer that knows every table."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, Table, delete, func, select, text

from data import tables
from layers.kit.errors import InputError

# Not removed with a county: who did what stays on record.
KEPT = {"audit_entry", "import_run", "app_user"}
# Histories that the program may not delete from: they go with the plan that they tell of.
CASCADED = {"plan_stage"}
# They go with the ledger, which the database itself removes (0027_ledger.sql).
OF_LEDGER = {"demand", "demand_event", "workflow_version", "workflow_step", "workflow_action"}


@dataclass(frozen=True, slots=True)
class Holdings:
    """What goes with a county: how much of what people made and brought."""

    plans: int
    drafts: int
    buildings: int
    snapshots: int
    demands: int
    stations: int
    posts: int
    edits: int
    cases: int
    scenarios: int


def county_holdings(c: Connection, code: str) -> Holdings:
    """Return what ``delete_county`` would remove. ``plans`` were published, ``drafts`` were not."""

    def count(table: Table, *conditions: ColumnElement[bool]) -> int:
        own = table.c.code.startswith(code, autoescape=True)
        return int(c.scalar(select(func.count()).select_from(table).where(own, *conditions)) or 0)

    published = tables.plan.c.published_at.is_not(None)
    return Holdings(
        plans=count(tables.plan, published),
        drafts=count(tables.plan, ~published),
        buildings=count(tables.building),
        snapshots=count(tables.count_snapshot),
        demands=count(tables.demand),
        stations=count(tables.station),
        posts=count(tables.post),
        edits=count(tables.building_edit),
        cases=count(tables.case_set),
        scenarios=count(tables.scenario),
    )


def delete_county(c: Connection, code: str) -> None:
    """Remove a county and everything under its code, published plans included."""
    c.execute(text("SET LOCAL statement_timeout = 0"))
    # Owners first: their cascades take the rows that triggers protect from editing.
    refuse_own_demands(c, code)
    c.execute(text("SELECT getu.remove_ledger(:code)"), {"code": code})
    first = (tables.plan, tables.division)
    last = tables.part_version  # every table's rows raise its versions as they go
    rest = [
        t
        for t in reversed(tables.metadata.sorted_tables)
        if t not in (*first, last) and "code" in t.c and t.name not in KEPT | CASCADED | OF_LEDGER
    ]
    for table in (*first, *rest, last):
        c.execute(delete(table).where(table.c.code.startswith(code, autoescape=True)))


def refuse_own_demands(c: Connection, code: str) -> None:
    """Raise InputError where demands were received here that no file could bring back."""
    many = c.execute(
        text(
            """
            SELECT count(*) FROM demand d JOIN county k ON k.code = left(d.code, 6)
            WHERE lies_in(d.code, :code) AND d.is_own AND k.demo_key IS NULL
            """
        ),
        {"code": code},
    ).scalar_one()
    if many:
        raise InputError(
            "{demands} demands were received in county {county}: it cannot be replaced; use "
            "another database (GETU_HOME)",
            demands=int(many),
            county=code,
        )
