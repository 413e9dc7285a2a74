"""Estates, buildings and dated household counts."""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    func,
)

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

LIVES = ("planned", "building", "delivered", "occupied", "demolished")
USES = ("dwelling", "shop", "public", "dormitory", "mixed", "industry", "other")
HOUSEHOLD_MEASURES = ("resident", "registered", "rented", "vacant", "dwellings")
PERSON_MEASURES = ("persons", "elderly", "children", "employed", "floating_population")

estate = Table(
    "estate",
    metadata,
    identity(),
    code(),
    Column("name", Text, nullable=False),
    Column("kind", Text),
    Column("has_property_management", Boolean),
    *one_of("life", LIVES),
    Column("expected_households", Integer),
    Column("expected_on", Date),
    geometry("MULTIPOLYGON", nullable=True),
)

building = Table(
    "building",
    metadata,
    identity(),
    code(),
    reference("community_id", "division", nullable=True),
    loose_reference("estate_id", "estate"),
    Column("name", Text, comment="名称"),
    Column("number", Text, comment="栋号"),
    Column("levels", Integer),
    Column("levels_estimated", Boolean, nullable=False, server_default="false"),
    *one_of("life", LIVES),
    *one_of("use", USES),
    Column("external_id", Text),
    Column("source", Text, nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date),
    Column("version", Integer, nullable=False, server_default="1", comment="optimistic lock"),
    geometry("MULTIPOLYGON"),
)
Index(
    "uq_building_external",
    building.c.source,
    building.c.external_id,
    building.c.code,
    unique=True,
    postgresql_where=building.c.external_id.isnot(None),
)

building_alias = Table(
    "building_alias",
    metadata,
    identity(),
    code(),
    reference("building_id", "building"),
    Column("alias", Text, nullable=False),
    Column("ruled_by", Text, comment="who decided that this name means this building"),
    Column("ruled_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

building_address = Table(
    "building_address",
    metadata,
    identity(),
    code(),
    reference("building_id", "building"),
    Column("address", Text, nullable=False),
)

building_life = Table(
    "building_life",
    metadata,
    identity(),
    code(),
    reference("building_id", "building"),
    *one_of("life", LIVES),
    Column("starts_on", Date, nullable=False),
)

building_use = Table(
    "building_use",
    metadata,
    identity(),
    code(),
    reference("building_id", "building"),
    *one_of("use", USES),
    Column("levels", ARRAY(Integer), comment="which floors; null = not known"),
)

building_entrance = Table(
    "building_entrance",
    metadata,
    identity(),
    code(),
    reference("building_id", "building"),
    Column("name", Text, nullable=False, comment="单元"),
    geometry("POINT", nullable=True),
)

count_snapshot = Table(
    "count_snapshot",
    metadata,
    identity(),
    code(),
    Column("effective_on", Date, nullable=False, comment="截至"),
    Column("source", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("rolled_back_at", DateTime(timezone=True)),
)

building_count = Table(
    "building_count",
    metadata,
    Column(
        "snapshot_id",
        BigInteger,
        ForeignKey(f"{SCHEMA}.count_snapshot.id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column(
        "building_id",
        BigInteger,
        ForeignKey(f"{SCHEMA}.building.id", ondelete="CASCADE"),
        primary_key=True,
        index=True,
    ),
    Column("measure", Text, primary_key=True),
    code(),
    Column("value", Integer, nullable=False),
    Column("source", Text, nullable=False),
    *one_of("confidence", ("counted", "reported", "estimated")),
    CheckConstraint("value >= 0", name="value"),
    CheckConstraint(
        "measure IN (" + ", ".join(f"'{m}'" for m in HOUSEHOLD_MEASURES + PERSON_MEASURES) + ")",
        name="measure",
    ),
)

unplaced_count = Table(
    "unplaced_count",
    metadata,
    identity(),
    code(),
    reference("snapshot_id", "count_snapshot"),
    Column("row_number", Integer, nullable=False),
    Column("written", Text, nullable=False, comment="the building as the file wrote it"),
    Column("measure", Text, nullable=False),
    Column("value", Integer, nullable=False),
)
