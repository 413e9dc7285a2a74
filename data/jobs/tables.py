"""Work that runs behind a page: asked for by one browser, done by whichever process is free."""

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
    func,
)
from sqlalchemy.dialects.postgresql import JSONB

from data.rows.columns import code, identity, metadata, one_of

JOB_STATES = ("waiting", "running", "done", "cancelled", "failed")

job = Table(
    "job",
    metadata,
    identity(),
    code(),
    Column("kind", Text, nullable=False),
    *one_of("state", JOB_STATES),
    Column("progress", Float, nullable=False, server_default="0", comment="share, 0 to 1"),
    Column("message", Text, comment="what it is doing, or why it failed"),
    Column("cancel_requested", Boolean, nullable=False, server_default="false"),
    Column("request", JSONB, nullable=False),
    Column("result", JSONB),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("worker", Text, comment="who does it: host, process and a number"),
    Column("made_by", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("started_at", DateTime(timezone=True)),
    Column("alive_at", DateTime(timezone=True), comment="last sign of life of its worker"),
    Column("finished_at", DateTime(timezone=True)),
    CheckConstraint("progress >= 0 AND progress <= 1", name="progress"),
    Index("ix_job_state", "state"),
)
