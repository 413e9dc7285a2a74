"""Stations with tier, categories, state and hours."""

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    Column,
    Date,
    Index,
    Integer,
    Table,
    Text,
    Time,
)

from data.rows.columns import code, geometry, identity, loose_reference, metadata, one_of, reference

TIERS = ("county", "subdistrict", "community", "grid")
STATION_STATES = ("planned", "open", "suspended", "moved")
SERVICE_RULES = ("nearest", "own_division", "comes_to_the_house")

station = Table(
    "station",
    metadata,
    identity(),
    code(),
    reference("community_id", "division", nullable=True),
    loose_reference("grid_id", "grid"),
    *one_of("tier", TIERS, nullable=True),
    Column("categories", ARRAY(Text), nullable=False),
    Column("name", Text, nullable=False),
    *one_of("state", STATION_STATES),
    *one_of("service_rule", SERVICE_RULES),
    Column("rooms", Integer),
    Column("services", ARRAY(Text), nullable=False, server_default="{}"),
    Column("phone", Text),
    Column("external_id", Text),
    Column("source", Text, nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date),
    geometry("POINT"),
)
Index(
    "uq_station_external",
    station.c.source,
    station.c.external_id,
    station.c.code,
    unique=True,
    postgresql_where=station.c.external_id.isnot(None),
)

station_state = Table(
    "station_state",
    metadata,
    identity(),
    code(),
    reference("station_id", "station"),
    *one_of("state", STATION_STATES),
    Column("starts_on", Date, nullable=False),
    Column("reason", Text),
)

station_hours = Table(
    "station_hours",
    metadata,
    identity(),
    code(),
    reference("station_id", "station"),
    Column("weekday", Integer, nullable=False, comment="1 Monday … 7 Sunday"),
    Column("opens", Time, nullable=False),
    Column("closes", Time, nullable=False),
    CheckConstraint("weekday BETWEEN 1 AND 7", name="weekday"),
)
