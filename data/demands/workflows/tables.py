"""Versioned workflows. A version is written once: demands finish under the one they began with."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    Date,
    ForeignKeyConstraint,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from data.rows.columns import SCHEMA, code, held_reference, identity, metadata
from layers.kit.demands.workflow import KINDS, PHASES


def _listed(values: tuple[str, ...]) -> str:
    return ", ".join(f"'{value}'" for value in values)


workflow_version = Table(
    "workflow_version",
    metadata,
    identity(),
    code(),
    Column("key", Text, nullable=False, comment="demands, or what else a county keeps"),
    Column("number", Integer, nullable=False),
    Column("in_force_from", Date, nullable=False),
    Column("definition", JSONB, nullable=False, comment="layers.kit.demands.workflow.Workflow"),
    Column("made_by", Text, nullable=False),
    UniqueConstraint("code", "key", "number"),
)

workflow_step = Table(
    "workflow_step",
    metadata,
    held_reference("version_id", "workflow_version"),
    code(),
    Column("key", Text, nullable=False),
    Column("position", Integer, nullable=False),
    Column("phase", Text, nullable=False, comment="what it means in every county"),
    PrimaryKeyConstraint("version_id", "key"),
    CheckConstraint(f"phase IN ({_listed(PHASES)})", name="phase"),
)

workflow_action = Table(
    "workflow_action",
    metadata,
    Column("version_id", workflow_step.c.version_id.type, nullable=False),
    code(),
    Column("from_step", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("to_step", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("request", Text, comment="what is asked for, granted, refused or ended"),
    Column("role", Text, nullable=False),
    Column("carries", ARRAY(Text), nullable=False),
    PrimaryKeyConstraint("version_id", "from_step", "key", "to_step"),
    CheckConstraint(f"kind IN ({_listed(KINDS)})", name="kind"),
    ForeignKeyConstraint(
        ["version_id", "from_step"],
        [f"{SCHEMA}.workflow_step.version_id", f"{SCHEMA}.workflow_step.key"],
        name="fk_workflow_action_from_step",
    ),
    ForeignKeyConstraint(
        ["version_id", "to_step"],
        [f"{SCHEMA}.workflow_step.version_id", f"{SCHEMA}.workflow_step.key"],
        name="fk_workflow_action_to_step",
    ),
)
