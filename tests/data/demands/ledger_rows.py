"""Rows of the ledger by hand, as SQL of the program writes them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, text

from data.demands.workflows.read import StoredWorkflow
from data.demands.workflows.write import EVER, add_version
from layers.kit.demands.standard import STANDARD

COUNTY = "522624"
RECEIVED = datetime(2026, 3, 2, 1, tzinfo=UTC)

_DEMAND = text(
    """
    INSERT INTO demand (code, source, title, category, channel, version_id, is_own, received_at)
    VALUES (:code, 't', '路灯不亮', '市政设施', '来访', :version, :is_own, '2026-03-02 09:00+08')
    RETURNING id
    """
)
_EVENT = text(
    """
    INSERT INTO demand_event (code, demand_id, seq, at, version_id, from_step, action, to_step,
                              actor)
    VALUES (:code, :demand, :seq, :at, :version, :before, :action, :after, :actor)
    """
)


def add_workflow(c: Connection, code: str = COUNTY) -> StoredWorkflow:
    return add_version(c, code, STANDARD, EVER, "t")


def add_demand(
    c: Connection, version: int, *steps: str, code: str = COUNTY, is_own: bool = False
) -> int:
    """Add a demand that was received and took steps: ``accept:accepted``."""
    demand = int(
        c.execute(_DEMAND, {"code": code, "version": version, "is_own": is_own}).scalar_one()
    )
    before = "start"
    for seq, step in enumerate(("receive:received", *steps), start=1):
        action, _, after = step.partition(":")
        add_event(c, demand, version, seq, before, action, after, code=code)
        before = after
    return demand


def add_event(
    c: Connection,
    demand: int,
    version: int,
    seq: int,
    before: str,
    action: str,
    after: str,
    *,
    actor: str = "甲",
    hour: int | None = None,
    code: str = COUNTY,
) -> None:
    values = {"code": code, "demand": demand, "version": version, "seq": seq, "before": before,
              "action": action, "after": after, "actor": actor,
              "at": RECEIVED + timedelta(hours=seq if hour is None else hour)}  # fmt: skip
    c.execute(_EVENT, values)


def add_county(c: Connection) -> None:
    c.execute(
        text(
            """
            WITH made AS (
                INSERT INTO division (code, kind, name, valid_from)
                VALUES (:code, 'county', '三穗县', '2021-01-01') RETURNING code, id
            )
            INSERT INTO county (code, division_id, measuring_srid, data_as_of, loaded_as_of, title,
                                title_en, fallbacks, revision)
            SELECT code, id, 4545, '2026-01-01', '2026-01-01', 't', 't', '[]', 1 FROM made
            """
        ),
        {"code": COUNTY},
    )
