"""The ground: streets as nodes and edges with elevation, water, land, barriers, terrain."""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Integer,
    LargeBinary,
    Table,
    Text,
)

from data.rows.columns import SCHEMA, code, geometry, identity, metadata, one_of

STREET_CLASSES = (
    "main_street",
    "street",
    "lane",
    "path",
    "steps",
    "service",
    "track",
)

street_node = Table(
    "street_node",
    metadata,
    identity(),
    code(),
    Column("elevation_m", Float),
    geometry("POINT"),
)

street_edge = Table(
    "street_edge",
    metadata,
    identity(),
    code(),
    Column(
        "source_node",
        BigInteger,
        ForeignKey(f"{SCHEMA}.street_node.id", ondelete="CASCADE"),
        nullable=False,
        index=True,
    ),
    Column(
        "target_node",
        BigInteger,
        ForeignKey(f"{SCHEMA}.street_node.id", ondelete="CASCADE"),
        nullable=False,
        index=True,
    ),
    *one_of("class", STREET_CLASSES),
    Column("name", Text),
    Column("is_bridge", Boolean, nullable=False, server_default="false"),
    Column("is_tunnel", Boolean, nullable=False, server_default="false"),
    Column("is_oneway", Boolean, nullable=False, server_default="false"),
    Column("layer", Integer, nullable=False, server_default="0"),
    Column("external_id", Text),
    Column("length_m", Float, nullable=False),
    Column("elevations_m", ARRAY(Float), comment="at the start, every 25 m, and at the end"),
    geometry("LINESTRING"),
)

barrier = Table(
    "barrier",
    metadata,
    identity(),
    code(),
    *one_of("kind", ("rail", "wall")),
    Column("name", Text),
    geometry("LINESTRING"),
)

water = Table(
    "water",
    metadata,
    identity(),
    code(),
    *one_of("kind", ("river", "stream", "lake", "pond")),
    Column("name", Text),
    geometry("GEOMETRY"),
    CheckConstraint("ST_Dimension(geom) IN (1, 2)", name="dimension"),
)

land = Table(
    "land",
    metadata,
    identity(),
    code(),
    Column("kind", Text, nullable=False),
    Column("name", Text),
    geometry("MULTIPOLYGON"),
)

elevation = Table(
    "elevation",
    metadata,
    Column("code", Text, primary_key=True, comment="county"),
    Column("srid", Integer, nullable=False),
    Column("west", Float, nullable=False),
    Column("north", Float, nullable=False),
    Column("cell_x", Float, nullable=False),
    Column("cell_y", Float, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("columns", Integer, nullable=False),
    Column("heights", LargeBinary, nullable=False, comment="zlib of float32, north row first"),
    Column("source", Text, nullable=False),
)
