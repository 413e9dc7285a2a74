"""The building desk's log: what was drawn, moved, cut, joined and removed, and by whom."""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Index,
    Table,
    Text,
    UniqueConstraint,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB

from data.rows.columns import code, identity, loose_reference, made_in, metadata

building_edit = Table(
    "building_edit",
    metadata,
    identity(),
    code(),
    made_in(),
    Column("kind", Text, nullable=False),
    Column(
        "buildings",
        ARRAY(BigInteger),
        nullable=False,
        server_default="{}",
        comment="every building that it changed, ended or began",
    ),
    Column("asked", JSONB, nullable=False, server_default="{}", comment="the request as it came"),
    Column(
        "changes",
        JSONB,
        nullable=False,
        server_default="[]",
        comment="[{id, version, before, after}, …]; null before = began, null after = ended",
    ),
    Column(
        "plots",
        JSONB,
        nullable=False,
        server_default="[]",
        comment="by community: tessellations, plots replaced, what plans lost; see retessellate",
    ),
    Column("answer", JSONB, nullable=False, server_default="{}", comment="what was told"),
    loose_reference("of_edit", "building_edit"),
    Column("is_undone", Boolean, nullable=False, server_default="false"),
    Column(
        "is_superseded",
        Boolean,
        nullable=False,
        server_default="false",
        comment="undone, then another way was taken: it cannot be redone",
    ),
    Column("refused", Text, comment="why it was not done: somebody else was first"),
    Column("token", Text, comment="of the request, so that a repeated send does nothing"),
    Column("made_by", Text, nullable=False),
    Column("made_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    UniqueConstraint("code", "token"),
    Index("ix_building_edit_buildings", "buildings", postgresql_using="gin"),
)
