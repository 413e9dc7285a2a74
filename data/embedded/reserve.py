"""A full disk: kept off before PostgreSQL stops for it, which it does when its log has no room.

Beside the cluster lies a file that holds some room for nothing. Where the disk is nearly full, the
file goes, and what is just being written is cancelled: so the database can end it, and goes on
answering questions. It lies there again as soon as there is room enough for both.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import suppress
from logging import getLogger
from pathlib import Path
from typing import Final

from data.embedded import cluster
from data.embedded.access import SUPERUSER
from data.embedded.paths import RESERVE_NAME, StatePaths

logger = getLogger(__name__)
RESERVE_BYTES: Final = 128 * 2**20
NEARLY_FULL: Final = 96 * 2**20
"""Free bytes below which nothing more is written: some segments of the log, and their ends."""
_PIECE: Final = bytes(2**20)
# Statements that have changed something, of the program and of its commands alike.
_CANCEL: Final = """
    SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
    WHERE backend_type = 'client backend' AND backend_xid IS NOT NULL AND pid <> pg_backend_pid()
"""


def free_bytes(folder: Path) -> int:
    """Return what is free on a folder's disk for an ordinary user."""
    return shutil.disk_usage(folder).free


def room(root: Path | None) -> int:
    """Return what is free where temporary files lie and in ``root``, on the fuller disk of both.

    ``root``: the state folder of the embedded database; None for a server elsewhere. What its
    reserve has given back is no room: it is to be laid aside again.
    """
    free = free_bytes(Path(tempfile.gettempdir()))
    if root is None or not root.exists():
        return free
    given_back = 0 if (root / RESERVE_NAME).exists() else RESERVE_BYTES
    return min(free, max(0, free_bytes(root) - given_back))


def watch_disk(paths: StatePaths) -> None:
    """Look once: give the reserve back and end what writes, or lay the reserve aside again."""
    free = free_bytes(paths.root)
    reserve = paths.reserve
    held = reserve.stat().st_size if reserve.exists() else 0
    if free < NEARLY_FULL:
        if held:
            logger.error("the disk of %s is full: what is being written is ended", paths.root)
        reserve.unlink(missing_ok=True)
        _end_writing(paths)
    elif held < RESERVE_BYTES and free > 2 * (RESERVE_BYTES + NEARLY_FULL):
        with suppress(OSError):
            _lay(reserve)


def _lay(reserve: Path) -> None:
    """Write the file, block by block: a file with holes holds no room."""
    with reserve.open("wb") as file:
        for _ in range(RESERVE_BYTES // len(_PIECE)):
            file.write(_PIECE)
        file.flush()
        os.fsync(file.fileno())


def _end_writing(paths: StatePaths) -> None:
    import psycopg

    running = cluster.server_process(paths)
    if running is None:
        return
    address = cluster.connection_text(running[1], SUPERUSER, "postgres")
    with suppress(psycopg.Error), psycopg.connect(address, autocommit=True) as connection:
        connection.execute(_CANCEL)
