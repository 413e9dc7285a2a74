"""Scans and pictures of plans that lie under a county's map while somebody draws over them."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    DateTime,
    Float,
    Integer,
    LargeBinary,
    Table,
    Text,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB

from data.rows.columns import code, geometry, identity, made_in, metadata, one_of

PLACEMENTS = ("none", "similarity", "affine", "own")

pinned_sheet = Table(
    "pinned_sheet",
    metadata,
    identity(),
    code(),
    made_in(),
    Column("name", Text, nullable=False),
    Column("file_name", Text, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("width", Integer, nullable=False, comment="pixels of the picture as it is kept"),
    Column("height", Integer, nullable=False),
    Column("picture", LargeBinary, nullable=False),
    *one_of("placement", PLACEMENTS),
    Column("pins", JSONB, nullable=False, server_default="[]", comment="x, y, lon, lat"),
    Column("residual_m", Float, comment="root mean square over the pins; null = nothing to check"),
    Column("version", Integer, nullable=False, server_default="1", comment="optimistic lock"),
    Column("made_by", Text, nullable=False),
    Column("made_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("pinned_by", Text),
    Column("pinned_at", DateTime(timezone=True)),
    # The corners in the picture's order: top left, top right, bottom right, bottom left.
    geometry("POLYGON", nullable=True),
    CheckConstraint("width > 0 AND height > 0", name="size"),
    CheckConstraint("(placement = 'none') = (geom IS NULL)", name="placed"),
)
