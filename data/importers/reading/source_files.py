"""The file itself: there, readable, within bounds, and its fingerprint."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path, PurePosixPath
from typing import IO, Final

from data.importers.reading.faults import Faults

MAX_BYTES: Final = 1_000_000_000
MAX_ENTRIES: Final = 1000
MAX_UNPACKED: Final = 2_000_000_000
MAX_RATIO: Final = 200.0


def check_file(path: Path, *, max_bytes: int = MAX_BYTES) -> None:
    """Raise ``InputError`` unless ``path`` is a file that may be read."""
    faults = Faults(path.name or str(path))
    if is_geodatabase(path):
        faults.add("file_is_geodatabase")
    elif path.is_dir():
        faults.add("file_is_folder")
    elif not path.is_file():
        faults.add("file_missing")
    elif (size := path.stat().st_size) == 0:
        faults.add("file_empty")
    elif size > max_bytes:
        faults.add("file_too_big", megabytes=size / 1e6, most=max_bytes / 1e6)
    faults.stop()


def is_geodatabase(path: Path) -> bool:
    """Tell whether a folder is one of Esri's file geodatabases."""
    return path.suffix.lower() == ".gdb" and path.is_dir()


def sha256(path: Path) -> str:
    """Return the file's fingerprint (hex)."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check_archive(path: Path, data: IO[bytes] | None = None) -> list[str]:
    """Return the names of a zip's files, after checking its bounds. ``data``: where it lies itself.

    Raises ``InputError`` for a broken or encrypted archive, too many entries, and one that
    unpacks to too much (in bytes or in ratio).
    """
    faults = Faults(path.name)
    try:
        with zipfile.ZipFile(data or path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, OSError, NotImplementedError):
        faults.add("file_unreadable")
        faults.stop()
        raise
    unpacked = sum(e.file_size for e in entries)
    packed = max(sum(e.compress_size for e in entries), 1)
    if len(entries) > MAX_ENTRIES:
        faults.add("zip_entries", entries=len(entries), most=MAX_ENTRIES)
    if unpacked > MAX_UNPACKED or (unpacked > 10_000_000 and unpacked / packed > MAX_RATIO):
        faults.add("zip_too_big", megabytes=unpacked / 1e6, ratio=unpacked / packed)
    if any(e.flag_bits & 1 for e in entries):
        faults.add("zip_encrypted")
    if any(".." in PurePosixPath(e.filename).parts for e in entries):
        faults.add("file_unreadable")
    faults.stop()
    return [e.filename for e in entries if e.file_size]
