"""Temporary files of a server: in a folder of its own, which goes with it, or at the next start."""

from __future__ import annotations

import fcntl
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from data.embedded.paths import fingerprint

LOCK = "lock"


@contextmanager
def temporary_folder(root: Path) -> Iterator[Path]:
    """Let every temporary file of this process and of its children lie in one folder.

    ``root``: the state folder of the checkout. What servers of it left that were killed is removed
    first: a lock tells the living from the dead. The folder lies where temporary files lie, since
    the path of a socket in it must be short.
    """
    place = Path(tempfile.gettempdir())
    prefix = f"getu-{fingerprint(root)}-"
    for left in place.glob(f"{prefix}*"):
        _remove_dead(left)
    before = tempfile.tempdir
    own = Path(tempfile.mkdtemp(prefix=prefix))
    with (own / LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        tempfile.tempdir = str(own)
        try:
            yield own
        finally:
            tempfile.tempdir = before
            shutil.rmtree(own, ignore_errors=True)


def _remove_dead(folder: Path) -> None:
    try:
        with (folder / LOCK).open("r+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
    except OSError:
        return  # a living server's, or another user's
