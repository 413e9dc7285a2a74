"""Stations that are tried out (模拟方案), and questions where the next ones should go."""

from sqlalchemy import BigInteger, Column, DateTime, Float, Integer, Table, Text, func
from sqlalchemy.dialects.postgresql import JSONB

from data.rows.columns import code, identity, loose_reference, made_in, metadata, one_of

SCENARIO_STATES = ("draft", "adopted", "discarded")
SITING_STATES = ("running", "done", "cancelled", "failed")

scenario = Table(
    "scenario",
    metadata,
    identity(),
    code(),
    made_in(),
    Column("title", Text, nullable=False),
    *one_of("state", SCENARIO_STATES),
    Column("operations", JSONB, nullable=False, server_default="[]", comment="in order"),
    Column(
        "position", Integer, nullable=False, server_default="0",
        comment="how many hold; the rest is undone",
    ),
    Column("version", Integer, nullable=False, server_default="1", comment="optimistic lock"),
    Column("made_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("decided_at", DateTime(timezone=True)),
    Column("decided_by", Text),
    Column("reason", Text),
)  # fmt: skip

siting = Table(
    "siting",
    metadata,
    identity(),
    code(),
    made_in(),
    *one_of("state", SITING_STATES),
    Column("question", JSONB, nullable=False),
    Column("revision", BigInteger, nullable=False),
    Column("answer", JSONB, comment="the best so far, then the proven one"),
    Column("seconds", Float, nullable=False, server_default="0"),
    Column("made_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    loose_reference("job_id", "job"),
)
