"""A row of every place in every table, made from the tables' definitions alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import count
from typing import Any, Final

import psycopg
from geoalchemy2 import Geometry
from psycopg import sql
from sqlalchemy import (
    ARRAY,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Float,
    Integer,
    LargeBinary,
    Numeric,
    Table,
    Time,
)
from sqlalchemy.dialects.postgresql import JSONB

from data.access.scopes import PARTS
from data.tables import metadata

OWN, NEXT, FOREIGN, COUNTY = "522301001001", "522301002001", "522401001001", "522301"
PLACES: Final = (OWN, NEXT, FOREIGN, COUNTY)
MADE: Final = {OWN: ("522301", "522301001"), NEXT: ("522301", "522301002"),
               FOREIGN: ("522401", "all"), COUNTY: ("522301", "all")}  # fmt: skip
"""Place → code and scope of a row that belongs to it although it is filed under the county."""
SHAPES: Final = {
    "GEOMETRY": "LINESTRING(105 26, 105.1 26.1)",
    "POINT": "POINT(105 26)",
    "LINESTRING": "LINESTRING(105 26, 105.1 26.1)",
    "POLYGON": "POLYGON((105 26, 105.1 26, 105.1 26.1, 105 26))",
    "MULTIPOLYGON": "MULTIPOLYGON(((105 26, 105.1 26, 105.1 26.1, 105 26)))",
}
BESIDES: Final[dict[str, dict[str, Any]]] = {"post": {"division_id": 1}}
"""What a check of several columns asks for."""
numbers = count(1_000_000)


def fill(admin: str) -> dict[str, dict[int, str]]:
    """Put a row of each place into every table; return by table which id is of which place.

    ``admin``: address of a superuser, whom no policy binds; references are not looked at.
    """
    ids: dict[str, dict[int, str]] = {}
    with psycopg.connect(admin) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("SET search_path = getu, public")
        for table in metadata.sorted_tables:
            of_table = ids.setdefault(table.name, {})
            for place in PLACES:
                values = dict(_values(table, place, ids))
                values |= {k: (v, None) for k, v in BESIDES.get(table.name, {}).items()}
                number = next(numbers)
                if "id" in table.c:
                    values["id"] = (number, None)
                    of_table[number] = place
                connection.execute(_insert(table, values), [v for v, _ in values.values()])
    return ids


def _insert(table: Table, values: dict[str, tuple[Any, str | None]]) -> sql.Composed:
    marks = [
        sql.SQL("ST_GeomFromText(%s, 4490)") if kind == "shape" else sql.SQL("%s")
        for _, kind in values.values()
    ]
    return sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
        sql.Identifier(table.name),
        sql.SQL(", ").join(map(sql.Identifier, values)),
        sql.SQL(", ").join(marks),
    )


def _values(
    table: Table, place: str, ids: dict[str, dict[int, str]]
) -> Iterator[tuple[str, tuple[Any, str | None]]]:
    is_made = "scope" in table.c
    for column in table.c:
        if column.name == "id":
            continue
        if column.name == "code":
            yield "code", (MADE[place][0] if is_made else place, None)
        elif column.name == "scope":
            yield "scope", (MADE[place][1], None)
        elif table.name in PARTS and column.name == PARTS[table.name][0]:
            owners = ids[PARTS[table.name][1]]
            yield column.name, (next(n for n, where in owners.items() if where == place), None)
        elif not column.nullable and column.server_default is None and column.identity is None:
            yield column.name, _value(table, column)


def _value(table: Table, column: Column) -> tuple[Any, str | None]:
    kind = column.type
    if isinstance(kind, Geometry):
        return SHAPES[kind.geometry_type], "shape"
    if isinstance(kind, Boolean):
        return False, None
    if isinstance(kind, ARRAY):
        return [], None
    if isinstance(kind, JSONB):
        return "{}", None
    if isinstance(kind, DateTime | Date):
        return "2024-01-01", None
    if isinstance(kind, Time):
        return "09:00", None
    if isinstance(kind, LargeBinary):
        return str(next(numbers)).encode(), None
    if isinstance(kind, Integer | Float | Numeric):
        counted = column.foreign_keys or column.primary_key
        return next(numbers) if counted or "sequence" in column.name else 1, None
    for check in table.constraints:
        if isinstance(check, CheckConstraint):
            listed = re.match(rf"{column.name} IN \('([^']*)'", str(check.sqltext))
            if listed:
                return listed[1], None
    return f"t{next(numbers)}", None
