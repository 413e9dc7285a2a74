"""How columns are written, so that every table says the same thing the same way."""

from __future__ import annotations

from geoalchemy2 import Geometry
from sqlalchemy import BigInteger, Column, ForeignKey, Identity, MetaData, Text, text
from sqlalchemy.sql.schema import Table

SCHEMA = "getu"
STORAGE_SRID = 4490  # CGCS2000, degrees

metadata = MetaData(
    schema=SCHEMA,
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    },
)


def identity() -> Column:
    """Return the internal id: never contains a code, never reused."""
    return Column("id", BigInteger, Identity(always=False), primary_key=True)


def code() -> Column:
    """Return the division code of a row, for scope and partitioning."""
    return Column(
        "code",
        Text,
        nullable=False,
        index=True,
        comment="division code, digits without padding: 6 county, 9, 12, 15 grid",
    )


def made_in() -> Column:
    """Return the scope that a row was made in, written by its session (data/access/scopes.py)."""
    return Column(
        "scope",
        Text,
        nullable=False,
        server_default=text("current_setting('getu.scope', true)"),
        comment="of whoever made it: all, or a prefix of codes",
    )


def reference(name: str, target: str, *, nullable: bool = False, index: bool = True) -> Column:
    """Return a foreign key to ``target`` (table name) that goes when its owner goes."""
    return Column(
        name,
        BigInteger,
        ForeignKey(f"{SCHEMA}.{target}.id", ondelete="CASCADE"),
        nullable=nullable,
        index=index,
    )


def held_reference(name: str, target: str) -> Column:
    """Return a foreign key that holds its target: what it names does not go while it is there."""
    return Column(name, BigInteger, ForeignKey(f"{SCHEMA}.{target}.id"), nullable=False)


def loose_reference(name: str, target: str) -> Column:
    """Return an optional foreign key that is emptied when its target goes."""
    return Column(
        name,
        BigInteger,
        ForeignKey(f"{SCHEMA}.{target}.id", ondelete="SET NULL"),
        nullable=True,
        index=True,
    )


def geometry(kind: str, *, nullable: bool = False, name: str = "geom") -> Column:
    """Return a geometry column in EPSG:4490 with its spatial index."""
    return Column(name, Geometry(kind, srid=STORAGE_SRID, spatial_index=True), nullable=nullable)


def one_of(name: str, values: tuple[str, ...], *, nullable: bool = False) -> tuple:
    """Return a text column and the check that bounds it to ``values``."""
    from sqlalchemy import CheckConstraint

    listed = ", ".join(f"'{value}'" for value in values)
    return (
        Column(name, Text, nullable=nullable),
        CheckConstraint(f"{name} IN ({listed})", name=name),
    )


__all__ = [
    "SCHEMA",
    "STORAGE_SRID",
    "Table",
    "code",
    "geometry",
    "held_reference",
    "identity",
    "loose_reference",
    "made_in",
    "metadata",
    "one_of",
    "reference",
]
