"""Run the SQL file beside a migration, as it stands."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection


def run_file(connection: Connection, migration: str) -> None:
    """Run the ``.sql`` file of the same name as the migration module ``migration``.

    It goes to the driver untouched, within the connection's transaction, so that ``%`` and ``:``
    mean what they mean in PostgreSQL and one file may hold many statements.
    """
    statements = Path(migration).with_suffix(".sql").read_text(encoding="utf-8")
    driver = connection.connection.driver_connection
    if driver is None:
        raise RuntimeError("the connection was closed before its migration ran")
    driver.execute(statements, prepare=False)
