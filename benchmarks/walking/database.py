"""A PostgreSQL of this benchmark's own with pgRouting, removed afterwards."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy.engine import make_url

from data.embedded import cluster
from data.server import database_settings, running_server

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def pgrouting() -> Iterator[Any]:
    """Give a connection, or None with the reason printed."""
    home = Path(tempfile.mkdtemp(prefix="getu-bench-"))
    home.chmod(0o755)
    try:
        settings = database_settings(ROOT, {"GETU_HOME": str(home)})
        with running_server(settings) as server:
            url = make_url(server.owner_url).set(
                drivername="postgresql", username=cluster.SUPERUSER
            )
            with psycopg.connect(
                url.render_as_string(hide_password=False), autocommit=True
            ) as connection:
                try:
                    connection.execute("CREATE EXTENSION pgrouting CASCADE")
                except psycopg.Error as error:
                    reason = error.diag.message_primary
                    print(f"pgRouting is not there ({reason}): its rows stay empty")
                    yield None
                else:
                    yield connection
    finally:
        shutil.rmtree(home, ignore_errors=True)


def version(connection: Any) -> str:
    return str(connection.execute("SELECT pgr_version()").fetchone()[0])


def lay_edges(connection: Any, network: Any) -> None:
    """Write the reversed graph."""
    connection.execute(
        "CREATE TEMPORARY TABLE edge (id int, source int, target int, cost float8, "
        "reverse_cost float8)"
    )
    with connection.cursor() as cursor, cursor.copy("COPY edge FROM STDIN") as copy:
        for row in zip(
            range(len(network.u)), network.u.tolist(), network.v.tolist(),
            network.backward_s.tolist(), network.forward_s.tolist(), strict=True,
        ):  # fmt: skip
            copy.write_row(row)
    connection.execute("ANALYZE edge")


def driving_distance(connection: Any, nodes: Any, limit_s: float, *, nearest: bool) -> int:
    """Return how many rows pgr_drivingDistance gives."""
    return int(
        connection.execute(
            "SELECT count(*) FROM pgr_drivingDistance('SELECT * FROM edge', %s::bigint[], "
            "%s::float8, directed => true, equicost => %s)",
            ([int(node) for node in nodes], limit_s, nearest),
        ).fetchone()[0]
    )
