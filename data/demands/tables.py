"""The demand ledger (诉求台账) with its append-only history."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Float,
    Index,
    Integer,
    Table,
    Text,
)

from data.rows.columns import code, geometry, identity, loose_reference, metadata, one_of, reference

DEMAND_STATES = (
    "received",
    "accepted",
    "dispatched",
    "handling",
    "replied",
    "closed",
    "merged",
    "withdrawn",
)

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
    *one_of("size", ("small", "big", "hard"), nullable=True),
    Column("importance", Integer),
    Column("urgency", Integer),
    *one_of("state", DEMAND_STATES),
    Column("received_at", DateTime(timezone=True), nullable=False),
    Column("deadline_at", DateTime(timezone=True)),
    Column("closed_at", DateTime(timezone=True)),
    *one_of("handled_by", ("direct", "department"), nullable=True),
    loose_reference("organisation_id", "organisation"),
    loose_reference("building_id", "building"),
    loose_reference("merged_into", "demand"),
    Column("is_satisfied", Boolean),
    Column("score", Float),
    geometry("POINT", nullable=True),
    CheckConstraint("closed_at >= received_at", name="closed"),
)
Index("ix_demand_code_received", demand.c.code, demand.c.received_at)
Index(
    "uq_demand_external",
    demand.c.source,
    demand.c.external_id,
    demand.c.code,
    unique=True,
    postgresql_where=demand.c.external_id.isnot(None),
)

demand_event = Table(
    "demand_event",
    metadata,
    identity(),
    code(),
    reference("demand_id", "demand"),
    Column("at", DateTime(timezone=True), nullable=False),
    *one_of("step", DEMAND_STATES),
    Column("actor", Text, nullable=False),
    Column("note", Text),
)
