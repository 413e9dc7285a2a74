"""The demand ledger (诉求台账): what was asked for, and its append-only history.

``state``, ``phase``, ``seq`` and ``changed_at`` of a demand are those of its last event: the
database writes them, nobody else may. ``deadline_at`` is what the clock makes of the events.
"""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Float,
    ForeignKeyConstraint,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from data.rows.columns import (
    SCHEMA,
    code,
    geometry,
    held_reference,
    identity,
    loose_reference,
    metadata,
    one_of,
)
from layers.kit.demands.steps import STEPS

DEMAND_STATES = tuple(STEPS)
"""The phases of a demand, by which figures count and files tell its state."""

demand = Table(
    "demand",
    metadata,
    identity(),
    code(),
    Column("external_id", Text),
    Column("source", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("size", Text, comment="a size of its workflow"),
    Column("importance", Integer),
    Column("urgency", Integer),
    held_reference("version_id", "workflow_version"),
    Column("state", Text, nullable=False, server_default="start", comment="step of its workflow"),
    Column("phase", Text, nullable=False, server_default="start", comment="of that step"),
    Column("seq", Integer, nullable=False, server_default="0", comment="of its last event"),
    Column("changed_at", DateTime(timezone=True), comment="when its last event was"),
    Column("is_own", Boolean, nullable=False, server_default=text("false"),
           comment="received here: no other platform says where it stands"),
    Column("received_at", DateTime(timezone=True), nullable=False),
    Column("deadline_at", DateTime(timezone=True), comment="of the clock; made again from events"),
    Column("closed_at", DateTime(timezone=True)),
    *one_of("handled_by", ("direct", "department"), nullable=True),
    loose_reference("organisation_id", "organisation"),
    loose_reference("building_id", "building"),
    loose_reference("merged_into", "demand"),
    Column("is_satisfied", Boolean),
    Column("score", Float),
    geometry("POINT", nullable=True),
    CheckConstraint("closed_at >= received_at", name="closed"),
)  # fmt: skip
Index("ix_demand_code_received", demand.c.code, demand.c.received_at)
Index(
    "uq_demand_external",
    demand.c.source,
    demand.c.external_id,
    demand.c.code,
    unique=True,
    postgresql_where=demand.c.external_id.isnot(None),
)

WRITTEN_BY_EVENTS = ("state", "phase", "seq", "changed_at")
"""Columns of a demand that only the database itself writes."""

demand_event = Table(
    "demand_event",
    metadata,
    Column("demand_id", demand.c.id.type, nullable=False),
    Column("seq", Integer, nullable=False),
    code(),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("version_id", demand.c.version_id.type, nullable=False),
    Column("from_step", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("to_step", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("unit", Text),
    Column("note", Text),
    Column("payload", JSONB, nullable=False, server_default="{}"),
    Column("key", Text, comment="the same key twice is the same deed"),
    Column("written_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    PrimaryKeyConstraint("demand_id", "seq"),
    ForeignKeyConstraint(["demand_id"], [f"{SCHEMA}.demand.id"], name="fk_demand_event_demand_id"),
    ForeignKeyConstraint(
        ["version_id", "from_step", "action", "to_step"],
        [
            f"{SCHEMA}.workflow_action.version_id",
            f"{SCHEMA}.workflow_action.from_step",
            f"{SCHEMA}.workflow_action.key",
            f"{SCHEMA}.workflow_action.to_step",
        ],
        name="fk_demand_event_step",
    ),
)
Index(
    "uq_demand_event_key",
    demand_event.c.demand_id,
    demand_event.c.key,
    unique=True,
    postgresql_where=demand_event.c.key.isnot(None),
)
