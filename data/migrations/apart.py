"""Migrations in a process of their own, so that the one which serves pages never is the owner.

``python -m data.migrations.apart`` reads a server's addresses from its standard input (arguments
and environment of a process can be seen by others) and writes one line: what it did, or what is
wrong.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict
from logging import getLogger
from pathlib import Path

from data.engine import opens, program_engine, transaction
from data.migrations import head_revision, migrate, revision_of
from data.server import Server
from layers.kit.errors import GetuError, ServerError, message_of

logger = getLogger(__name__)
PROJECT = Path(__file__).resolve().parents[2]


def migrate_apart(server: Server) -> bool:
    """Do what ``migrate`` does, by another process where there is something to do.

    Whether there is, the program's own login sees. Raises ServerError with one line.
    """
    if _is_at_head(server):
        return False
    answer = subprocess.run(
        [sys.executable, "-m", __name__],
        input=json.dumps(asdict(server)),
        env=os.environ | {"PYTHONPATH": str(PROJECT)},
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    try:
        told = json.loads(answer.stdout)
    except ValueError:
        told = {}
    if told.get("error"):
        details = told.get("details")
        raise ServerError(message_of(told["error"]), message_of(details) if details else None)
    if answer.returncode != 0 or "migrated" not in told:
        raise ServerError("the migrations ended before they were done: try again")
    if told["migrated"]:
        logger.info("migrated the database to %s", head_revision())
    return bool(told["migrated"])


def _is_at_head(server: Server) -> bool:
    engine = program_engine(server, pool_size=1)
    try:
        with transaction(engine) as connection:
            if revision_of(connection) != head_revision():
                return False
            return not server.key or opens(connection, server.key)
    except GetuError:  # the program's role is not there yet, say: the migrations find out
        return False
    finally:
        engine.dispose()


def main() -> int:
    """Migrate the server that standard input tells of; answer in one line of JSON."""
    try:
        migrated = migrate(Server(**json.loads(sys.stdin.read())))
    except GetuError as error:
        details = error.details if isinstance(error, ServerError) else None
        line = {"error": error.said.line(), "details": details.line() if details else None}
        sys.stdout.write(json.dumps(line))
        return 2
    sys.stdout.write(json.dumps({"migrated": migrated}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
