"""Plots: tessellations of a community, versioned, with neighbours and barriers."""

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Float,
    ForeignKey,
    Integer,
    Table,
    UniqueConstraint,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB

from data.rows.columns import (
    SCHEMA,
    code,
    geometry,
    identity,
    loose_reference,
    metadata,
    one_of,
    reference,
)

BARRIERS = ("none", "street", "main_street", "rail", "water", "wall")
PLOT_KINDS = ("building", "road", "river", "park", "land")

tessellation = Table(
    "tessellation",
    metadata,
    identity(),
    code(),
    reference("community_id", "division"),
    Column("version", Integer, nullable=False),
    Column("made_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("findings", JSONB, nullable=False, server_default="[]"),
    UniqueConstraint("community_id", "version"),
)

plot = Table(
    "plot",
    metadata,
    identity(),
    code(),
    reference("tessellation_id", "tessellation"),
    reference("community_id", "division"),
    loose_reference("building_id", "building"),
    *one_of("kind", PLOT_KINDS),
    Column("area_m2", Float, nullable=False),
    geometry("POLYGON"),
)

plot_building = Table(
    "plot_building",
    metadata,
    Column(
        "plot_id",
        BigInteger,
        ForeignKey(f"{SCHEMA}.plot.id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column(
        "building_id",
        BigInteger,
        ForeignKey(f"{SCHEMA}.building.id", ondelete="CASCADE"),
        primary_key=True,
        index=True,
    ),
    code(),
    comment="every building of a plot: a tower on a podium shares the podium's",
)

plot_neighbour = Table(
    "plot_neighbour",
    metadata,
    Column(
        "plot_a",
        BigInteger,
        ForeignKey(f"{SCHEMA}.plot.id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column(
        "plot_b",
        BigInteger,
        ForeignKey(f"{SCHEMA}.plot.id", ondelete="CASCADE"),
        primary_key=True,
        index=True,
    ),
    code(),
    Column("shared_m", Float, nullable=False),
    *one_of("barrier", BARRIERS),
)
