"""Files that somebody gave to the data desk, until they are imported or thrown away."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Integer,
    LargeBinary,
    Table,
    Text,
    func,
)

from data.rows.columns import SCHEMA, code, identity, made_in, metadata, one_of

UPLOAD_STATES = ("open", "imported")

upload = Table(
    "upload",
    metadata,
    identity(),
    code(),
    made_in(),
    Column("kind", Text, nullable=False, comment="as in getu import --as"),
    Column("file_name", Text, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("sha256", Text, nullable=False),
    *one_of("state", UPLOAD_STATES),
    Column("made_by", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    CheckConstraint("bytes > 0", name="bytes"),
)

upload_part = Table(
    "upload_part",
    metadata,
    Column(
        "upload_id",
        BigInteger,
        ForeignKey(f"{SCHEMA}.upload.id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("number", Integer, primary_key=True),
    code(),
    Column("content", LargeBinary, nullable=False),
)
