"""Divisions with dates and successors, counties, policies, published figures."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Float,
    ForeignKey,
    Integer,
    Numeric,
    Table,
    Text,
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

division = Table(
    "division",
    metadata,
    identity(),
    code(),
    Column("is_temporary", Boolean, nullable=False, server_default="false"),
    *one_of("kind", ("province", "prefecture", "county", "subdistrict", "community")),
    Column("name", Text, nullable=False),
    Column("name_en", Text),
    loose_reference("parent_id", "division"),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date, comment="first day that it is no longer valid"),
    geometry("MULTIPOLYGON", nullable=True),
    CheckConstraint("valid_to > valid_from", name="dates"),
    UniqueConstraint("code", "valid_from"),
)

division_successor = Table(
    "division_successor",
    metadata,
    Column(
        "division_id",
        BigInteger,
        ForeignKey(f"{SCHEMA}.division.id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column(
        "successor_id",
        BigInteger,
        ForeignKey(f"{SCHEMA}.division.id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("on_date", Date, nullable=False),
    Column("document_number", Text, comment="文号"),
)

county = Table(
    "county",
    metadata,
    Column("code", Text, primary_key=True, comment="6 digits"),
    reference("division_id", "division"),
    Column("measuring_srid", Integer, nullable=False, comment="EPSG of the CRS in metres"),
    Column("demo_key", Text, comment="演示数据: key of the demonstration, else null"),
    Column("data_as_of", Date, comment="截至: the date that the loaded figures stand for"),
    Column("title", Text, nullable=False),
    Column("title_en", Text, nullable=False),
    Column("fallbacks", JSONB, nullable=False, server_default="[]", comment="what was estimated"),
    Column("revision", BigInteger, nullable=False, server_default="1"),
    Column("loaded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("loaded_as_of", Date, comment="the date that the county was loaded for"),
)

policy = Table(
    "policy",
    metadata,
    identity(),
    code(),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date),
    Column("households_max", Integer, nullable=False, server_default="300"),
    Column("households_min", Integer),
    Column("area_households_max", Integer, comment="片区上限"),
    *one_of("household_measure", ("resident", "registered", "rented", "vacant", "dwellings")),
    Column("flat_speed_m_s", Float, nullable=False, server_default="1.1"),
    Column("tie_max_m", Float, nullable=False, server_default="200"),
    Column("minutes", JSONB, nullable=False, server_default="[5, 10, 15]"),
    Column("stages", JSONB, nullable=False),
    Column("words", JSONB, nullable=False, server_default="{}", comment="the county's own words"),
    Column("source_document", Text),
)

published_figure = Table(
    "published_figure",
    metadata,
    identity(),
    code(),
    Column("key", Text, nullable=False),
    Column("value", Numeric, nullable=False),
    Column("unit", Text, nullable=False),
    Column("is_approx", Boolean, nullable=False, server_default="false", comment="余"),
    Column("as_of", Date, nullable=False),
    Column("source", Text, nullable=False),
    UniqueConstraint("code", "key", "as_of"),
)
