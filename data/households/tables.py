"""Tables of household counts as offices send them, and what was ruled about names in them."""

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Float,
    Index,
    Integer,
    Table,
    Text,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB

from data.rows.columns import code, identity, loose_reference, made_in, metadata, one_of, reference

UPLOAD_STATES = ("open", "published", "discarded")
ROW_STATES = ("placed", "queued", "unplaced", "ignored")
VERDICTS = ("not_ours", "unplaced")

count_upload = Table(
    "count_upload",
    metadata,
    identity(),
    code(),
    made_in(),
    Column("file", Text, nullable=False, comment="as the office called it"),
    Column("sha256", Text, nullable=False, index=True),
    Column("sheet", Text, nullable=False),
    Column("layout", JSONB, nullable=False, comment="which column is what, where rows begin"),
    Column("measures", ARRAY(Text), nullable=False, comment="definitions that the table counts"),
    Column("rows", Integer, nullable=False),
    Column("effective_on", Date, nullable=False, comment="截至"),
    Column("source", Text, nullable=False),
    Column("findings", JSONB, nullable=False, server_default="[]", comment="warnings of reading"),
    Column("notes", JSONB, nullable=False, server_default="[]", comment="what was assumed"),
    *one_of("state", UPLOAD_STATES),
    Column("version", Integer, nullable=False, server_default="0", comment="rises with each act"),
    loose_reference("snapshot_id", "count_snapshot"),
    Column("made_by", Text, nullable=False),
    Column("made_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("changed_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

count_row = Table(
    "count_row",
    metadata,
    identity(),
    code(),
    reference("upload_id", "count_upload", index=False),
    Column("row_number", Integer, nullable=False, comment="as the spreadsheet shows it"),
    Column("rows", Integer, nullable=False, server_default="1", comment="rows that were summed"),
    Column("community", Text),
    Column("estate", Text),
    Column("building", Text),
    Column("entrance", Text),
    Column("address", Text),
    Column("external_code", Text),
    Column("written_key", Text, nullable=False, comment="the place as written, normalised"),
    Column("counted", JSONB, nullable=False, comment="value by measure; null = not written"),
    *one_of("state", ROW_STATES),
    Column("how", Text, nullable=False, comment="what it was placed by, or why it was not"),
    Column("score", Float, comment="0 to 1"),
    Column("candidates", JSONB, nullable=False, server_default="[]"),
    loose_reference("building_id", "building"),
    Column("ruled_by", Text),
    Column("ruled_at", DateTime(timezone=True)),
    Column("version", Integer, nullable=False, server_default="0", comment="of the last change"),
    CheckConstraint("building_id IS NULL OR state = 'placed'", name="placed"),
    Index("ix_count_row_upload_id", "upload_id", "state", "row_number"),
    Index("ix_count_row_written_key", "upload_id", "written_key"),
)

written_ruling = Table(
    "written_ruling",
    metadata,
    identity(),
    code(),
    Column("written", Text, nullable=False, comment="a place as offices write it"),
    Column("written_key", Text, nullable=False),
    *one_of("verdict", VERDICTS),
    Column("ruled_by", Text, nullable=False),
    Column("ruled_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Index("uq_written_ruling_code", "code", "written_key", unique=True),
)
