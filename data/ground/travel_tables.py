"""How people walk and vehicles drive in a county, and which parts of its data changed when."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Float,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB

from data.rows.columns import code, identity, metadata, one_of

TRAVEL_KINDS = ("walk", "vehicle")

travel_profile = Table(
    "travel_profile",
    metadata,
    identity(),
    code(),
    Column("key", Text, nullable=False, comment="adult, elderly, vehicle, or own1 …"),
    *one_of("kind", TRAVEL_KINDS),
    Column("title", Text, comment="what the county calls it; null: the program's own name"),
    Column("flat_speed_m_s", Float, nullable=False),
    Column("off_street_speed_m_s", Float, nullable=False),
    Column("steps_factor", Float, nullable=False, server_default="1"),
    Column("has_slopes", Boolean, nullable=False, server_default="true"),
    Column("speeds_km_h", JSONB, comment="vehicle: by street class"),
    Column("start_s", Float, nullable=False, server_default="0", comment="before it moves"),
    Column("source", Text, nullable=False),
    Column("changed_by", Text, nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    UniqueConstraint("code", "key"),
    CheckConstraint(
        "flat_speed_m_s > 0 AND off_street_speed_m_s > 0 AND steps_factor > 0 AND start_s >= 0",
        name="speeds",
    ),
)

part_version = Table(
    "part_version",
    metadata,
    Column("code", Text, nullable=False, comment="county"),
    Column("part", Text, nullable=False),
    Column("version", BigInteger, nullable=False, comment="rises with every change of the part"),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    PrimaryKeyConstraint("code", "part"),
)
