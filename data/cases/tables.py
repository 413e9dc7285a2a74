"""Foreign polygons that follow no plot, the buildings they leave in doubt, and who ruled what."""

from sqlalchemy import (
    Boolean,
    Column,
    DateTime,
    Float,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB

from data.rows.columns import (
    code,
    geometry,
    identity,
    loose_reference,
    made_in,
    metadata,
    one_of,
    reference,
)

CASE_SET_KINDS = ("grids", "borders")
CASE_SET_STATES = ("open", "done", "discarded")

case_set = Table(
    "case_set",
    metadata,
    identity(),
    code(),
    made_in(),
    *one_of("kind", CASE_SET_KINDS),
    *one_of("state", CASE_SET_STATES),
    Column("name", Text, nullable=False),
    Column("file_name", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("sequence", Integer, nullable=False, server_default="0", comment="of the last ruling"),
    Column("report", JSONB, nullable=False, server_default="{}", comment="what needs no ruling"),
    loose_reference("plan_id", "plan"),
    Column("made_by", Text, nullable=False),
    Column("made_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("closed_by", Text),
    Column("closed_at", DateTime(timezone=True)),
)

case_claimant = Table(
    "case_claimant",
    metadata,
    identity(),
    code(),
    reference("set_id", "case_set"),
    Column("position", Integer, nullable=False, comment="0, 1, … in the order of the file"),
    Column("label", Text, nullable=False, comment="the file's code; #n where it has none"),
    Column("name", Text),
    Column("upstream_code", Text, comment="the upstream platform's code"),
    Column("is_stored", Boolean, nullable=False, server_default="false",
           comment="a border that stands and that the file does not bring"),
    geometry("MULTIPOLYGON"),
    UniqueConstraint("set_id", "position"),
)  # fmt: skip

case_item = Table(
    "case_item",
    metadata,
    identity(),
    code(),
    reference("set_id", "case_set"),
    reference("community_id", "division", nullable=True),
    reference("building_id", "building", nullable=True),
    Column("kind", Text, nullable=False),
    Column("households", Integer, comment="null = unknown"),
    Column("area_m2", Float, nullable=False),
    Column("claims", JSONB, nullable=False, comment="the larger first"),
    Column("proposal", Integer, nullable=False, comment="position of a claimant"),
    Column("ruled_to", Integer, comment="position of a claimant"),
    Column("is_deferred", Boolean, nullable=False, server_default="false", comment="暂不定"),
    Column("ruled_by", Text),
    Column("ruled_at", DateTime(timezone=True)),
    Column("sequence", Integer, nullable=False, server_default="0", comment="last ruling on it"),
    geometry("MULTIPOLYGON", nullable=True),
    UniqueConstraint("set_id", "building_id"),
)

case_ruling = Table(
    "case_ruling",
    metadata,
    identity(),
    code(),
    reference("set_id", "case_set"),
    Column("sequence", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("changes", JSONB, nullable=False, comment="[[item, before, after], …]"),
    Column("is_undone", Boolean, nullable=False, server_default="false"),
    Column("made_by", Text, nullable=False),
    Column("made_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    UniqueConstraint("set_id", "sequence"),
)
