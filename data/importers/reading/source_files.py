"""The file itself: there, readable, within bounds, and its fingerprint."""

from __future__ import annotations

import hashlib
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import Final

from data.importers.reading.faults import Faults

MAX_BYTES: Final = 1_000_000_000
MAX_ENTRIES: Final = 1000
MAX_UNPACKED: Final = 2_000_000_000
MAX_RATIO: Final = 200.0
_INSIDE_ZIP: Final = (".shp", ".gpkg", ".geojson", ".json", ".csv", ".fgb", ".gml", ".kml")


def check_file(path: Path, *, max_bytes: int = MAX_BYTES) -> None:
    """Raise ``InputError`` unless ``path`` is a file that may be read."""
    faults = Faults(path.name or str(path))
    if path.is_dir():
        faults.add("file_is_folder")
    elif not path.is_file():
        faults.add("file_missing")
    elif (size := path.stat().st_size) == 0:
        faults.add("file_empty")
    elif size > max_bytes:
        faults.add("file_too_big", megabytes=size / 1e6, most=max_bytes / 1e6)
    faults.stop()


def sha256(path: Path) -> str:
    """Return the file's fingerprint (hex)."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check_archive(path: Path) -> list[str]:
    """Return the names of a zip's files, after checking its bounds.

    Raises ``InputError`` for a broken or encrypted archive, too many entries, and one that
    unpacks to too much (in bytes or in ratio).
    """
    faults = Faults(path.name)
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, OSError, NotImplementedError) as error:
        faults.add("file_unreadable", reason=str(error)[:200])
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
        faults.add("file_unreadable", reason="..")
    faults.stop()
    return [e.filename for e in entries if e.file_size]


def open_zip(path: Path) -> str:
    """Return the one data file inside a zip; raises ``InputError`` unless there is exactly one."""
    faults = Faults(path.name)
    found = [
        name
        for name in check_archive(path)
        if PurePosixPath(name).suffix.lower() in _INSIDE_ZIP and not name.startswith("__MACOSX")
    ]
    if len(found) != 1:
        faults.add("zip_contents", found=", ".join(found[:10]) or "-")
    faults.stop()
    return found[0]


def shapefile_encoding(path: Path, inner: str | None = None) -> str | None:
    """Return the encoding of a shapefile without ``.cpg``: UTF-8 when its bytes are, else GBK.

    ``inner``: the .shp inside the zip ``path``. None when a ``.cpg`` says it.
    """
    if inner is None:
        beside = {p.name.lower(): p for p in path.parent.glob(f"{path.stem}.*")}
        if f"{path.stem}.cpg".lower() in beside:
            return None
        dbf = beside.get(f"{path.stem}.dbf".lower())
        data = dbf.read_bytes() if dbf and dbf.stat().st_size <= MAX_BYTES else b""
    else:
        try:
            with zipfile.ZipFile(path) as archive:
                stem = inner[: -len(".shp")].lower()
                names = {n.lower(): n for n in archive.namelist()}
                if f"{stem}.cpg" in names:
                    return None
                data = archive.read(names[f"{stem}.dbf"]) if f"{stem}.dbf" in names else b""
        except (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError) as error:
            faults = Faults(path.name)
            faults.add("file_unreadable", reason=str(error)[:200])
            faults.stop()
            raise
    header = int.from_bytes(data[8:10], "little") if len(data) > 10 else 0
    # Field names stand before the header's end and may be Chinese too.
    text = data[32:header] + data[header:]
    try:
        text.decode("utf-8")
    except UnicodeDecodeError:
        return "GBK"
    return "UTF-8"
