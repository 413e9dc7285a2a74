"""Keys of the state folder: files of mode 600, made once."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from tempfile import mkstemp


def key_of(file: Path, make: Callable[[], bytes]) -> bytes:
    """Return the key in a file; where there is none, what ``make`` gives is put there first.

    Processes that start at once get the same key. Raises OSError.
    """
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        _put(file, make())
    if file.stat().st_mode & 0o077:
        file.chmod(0o600)
    return file.read_bytes()


def _put(file: Path, key: bytes) -> None:
    handle, own = mkstemp(dir=file.parent, prefix=f".{file.name}")  # of mode 600
    try:
        os.write(handle, key)
        os.fsync(handle)
    finally:
        os.close(handle)
    try:
        file.hardlink_to(own)  # whole at once, and never over another process's key
    except FileExistsError:
        pass
    finally:
        Path(own).unlink()
