"""Rows and checksums of every table, and what the server is: what a backup is compared by."""

from __future__ import annotations

from typing import Final

import psycopg
from psycopg import sql

from data.backups.manifest import TableSum
from data.engine import SCHEMA

# What makes text of a value must be the same wherever it is asked.
SETTINGS: Final = (
    "SET timezone = 'UTC'; SET datestyle = 'ISO, YMD'; SET intervalstyle = 'postgres';"
    " SET bytea_output = 'hex'; SET extra_float_digits = 1; SET statement_timeout = 0;"
    " SET row_security = off"
)
"""``row_security``: whoever may not see every row is refused, where he would silently see fewer."""
LEFT_BEHIND: Final = ("gate_key",)
"""What is of one installation: each start fills in its own key."""
_TABLES: Final = """
    SELECT c.relname,
           array_agg(a.attname ORDER BY a.attname) AS columns,
           array_agg(a.atttypid = 'bytea'::regtype ORDER BY a.attname) AS is_bytes
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = %s
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE c.relkind = 'r' AND NOT c.relname = ANY (%s)
    GROUP BY c.relname ORDER BY c.relname
"""


def table_sums(connection: psycopg.Connection) -> dict[str, TableSum]:
    """Return rows and checksum of each table that a backup holds, as this transaction sees them.

    The checksum is the sum of 64 bits of each row's SHA-256: the same in any order of rows, and
    of columns. The connection has said ``SETTINGS``.
    """
    found: dict[str, TableSum] = {}
    for name, columns, is_bytes in connection.execute(
        _TABLES, [SCHEMA, list(LEFT_BEHIND)]
    ).fetchall():
        values = sql.SQL(", ").join(
            # Bytes are hashed first: their text is twice as long, and may be too long.
            sql.SQL("sha256({})").format(sql.Identifier(column)) if raw else sql.Identifier(column)
            for column, raw in zip(columns, is_bytes, strict=True)
        )
        row = connection.execute(
            sql.SQL(
                "SELECT count(*), coalesce(sum(('x' || encode(substr(sha256(convert_to("
                "ROW({})::text, 'UTF8')), 1, 8), 'hex'))::bit(64)::bigint), 0)::text FROM {}"
            ).format(values, sql.Identifier(SCHEMA, name))
        ).fetchone()
        assert row is not None
        found[name] = {"rows": int(row[0]), "checksum": str(row[1])}
    return found


def postgis_version(connection: psycopg.Connection) -> str | None:
    """Return the release of PostGIS in this database, None where it has none."""
    row = connection.execute(
        "SELECT extversion FROM pg_extension WHERE extname = 'postgis'"
    ).fetchone()
    return None if row is None else str(row[0])


def postgis_to_come(connection: psycopg.Connection) -> str | None:
    """Return the release of PostGIS in this database, or that which would be added to it."""
    row = connection.execute(
        "SELECT default_version FROM pg_available_extensions WHERE name = 'postgis'"
    ).fetchone()
    return postgis_version(connection) or (None if row is None else str(row[0]))


def database_bytes(connection: psycopg.Connection) -> int:
    """Return how much the database takes on its disk."""
    row = connection.execute("SELECT pg_database_size(current_database())").fetchone()
    assert row is not None
    return int(row[0])


def revision(connection: psycopg.Connection) -> str | None:
    """Return the revision of the migrations, None where there are none of ours."""
    row = connection.execute("SELECT to_regclass(%s)", [f"{SCHEMA}.alembic_version"]).fetchone()
    if row is None or row[0] is None:
        return None
    found = connection.execute(
        sql.SQL("SELECT version_num FROM {}").format(sql.Identifier(SCHEMA, "alembic_version"))
    ).fetchone()
    return None if found is None else str(found[0])
