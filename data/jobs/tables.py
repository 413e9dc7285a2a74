"""Work that runs behind a page: asked for by one browser, done by whichever process is free."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from data.rows.columns import SCHEMA, code, identity, metadata, one_of

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
    Column(
        "scope", Text, nullable=False, server_default=text("current_setting('getu.scope', true)"),
        comment="of whoever asked: the job reaches as far",
    ),
    Column(
        "role", Text, server_default=text("NULLIF(current_setting('getu.role', true), '')"),
        comment="of whoever asked; null = everything may be tried",
    ),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("started_at", DateTime(timezone=True)),
    Column("alive_at", DateTime(timezone=True), comment="last sign of life of its worker"),
    Column("finished_at", DateTime(timezone=True)),
    Column("shared_key", Text, comment="what is made and of which data; jobs of one key are one"),
    Column(
        "askers", ARRAY(Text), nullable=False, server_default="{}",
        comment="tokens of those who wait for it; it is cancelled when none is left",
    ),
    Column(
        "owners", ARRAY(Text), nullable=False, server_default="{}",
        comment="who asked for what is shared: theirs to see, also after they left",
    ),
    CheckConstraint("progress >= 0 AND progress <= 1", name="progress"),
    Index("ix_job_state", "state"),
    Index(
        "uq_job_shared", "kind", "shared_key", unique=True,
        postgresql_where=text("state IN ('waiting', 'running') AND NOT cancel_requested"),
    ),
)  # fmt: skip

job_file = Table(
    "job_file",
    metadata,
    Column(
        "job_id",
        BigInteger,
        ForeignKey(f"{SCHEMA}.job.id", ondelete="CASCADE"),
        primary_key=True,
    ),
    code(),
    Column("name", Text, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("made_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)
