"""The file of a backup: a zip with a seal, written in one go and put in place when it is whole.

1. Members are stored as they are (the dump is compressed already), so any unzip program opens it.
2. The zip's comment ends with the SHA-256 of every byte before it: a byte that flipped anywhere,
   and a file that is cut, are found before anything of it is used.
3. It is written under a temporary name, mode 600, synced to the disk, and renamed.
4. Whoever writes one holds it locked: what a killed one left in the folder goes with the next.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Final

from data.backups import manifest as manifests
from data.backups.manifest import MANIFEST, Manifest, StoredFile
from layers.kit.errors import ConflictError, InputError, ServerError

SEAL: Final = b"getu backup sha256 "
DIGITS: Final = 64
PIECE: Final = 1024 * 1024
MODE: Final = 0o600
UNFINISHED: Final = ".unfinished"


class Writing:
    """A backup that is being written: members are added one after the other."""

    def __init__(self, file: IO[bytes]) -> None:
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_STORED, allowZip64=True)
        self.files: dict[str, StoredFile] = {}

    def add(self, name: str, source: IO[bytes], mode: int = 0o600) -> None:
        """Add a member, read to its end."""
        told, size = hashlib.sha256(), 0
        with self._zip.open(name, "w", force_zip64=True) as member:
            while piece := source.read(PIECE):
                told.update(piece)
                size += len(piece)
                member.write(piece)
        self.files[name] = {"bytes": size, "sha256": told.hexdigest(), "mode": mode}

    def abandon(self) -> None:
        """Write no more, not even when this is forgotten: the disk may be full."""
        self._zip.fp = None

    def close(self, manifest: Manifest) -> None:
        """Add the manifest, and room for the seal."""
        self._zip.writestr(MANIFEST, manifests.written(manifest))
        self._zip.comment = SEAL + b"0" * DIGITS
        self._zip.close()


@contextmanager
def writing(target: Path) -> Iterator[Writing]:
    """Give a backup to be written to ``target``; nothing is there unless all went well.

    Raises ConflictError when the file is there already, ServerError when it cannot be written.
    """
    if target.exists():
        raise ConflictError("{file} is there already: name another file", file=target)
    unfinished = target.with_name(f".{target.name}.{os.getpid()}{UNFINISHED}")
    try:
        _remove_abandoned(target.parent)
        number = os.open(unfinished, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, MODE)
        with os.fdopen(number, "w+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            archive = Writing(file)
            try:
                yield archive
            except BaseException:
                archive.abandon()
                raise
            _seal(file)
            os.fsync(file.fileno())
        unfinished.rename(target)
        _sync_folder(target.parent)
    except OSError as error:
        raise ServerError(
            "the backup {file} could not be written ({error}): free some space, or name another "
            "folder",
            file=target,
            error=error.strerror or str(error),
        ) from error
    finally:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)


def _remove_abandoned(folder: Path) -> None:
    """Remove what killed ones left: files that nobody holds any more (clause 4)."""
    for path in folder.glob(f".*.zip.*{UNFINISHED}"):
        with suppress(OSError), path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.unlink()


def _seal(file: IO[bytes]) -> None:
    """Write the checksum of all that comes before it over the file's last bytes (clause 2)."""
    file.flush()
    size = file.seek(0, os.SEEK_END)
    told = _digest(file, size - DIGITS)
    file.seek(size - DIGITS)
    file.write(told)
    file.flush()


def _digest(file: IO[bytes], size: int) -> bytes:
    told = hashlib.sha256()
    file.seek(0)
    while size > 0:
        piece = file.read(min(PIECE, size))
        if not piece:
            break
        told.update(piece)
        size -= len(piece)
    return told.hexdigest().encode()


def _sync_folder(folder: Path) -> None:
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


class Backup:
    """A backup that was looked at and is whole."""

    def __init__(self, path: Path, archive: zipfile.ZipFile, manifest: Manifest) -> None:
        self.path, self.manifest = path, manifest
        self._zip = archive

    @contextmanager
    def member(self, name: str) -> Iterator[IO[bytes]]:
        """Give a member to be read."""
        with self._zip.open(name) as file:
            yield file


@contextmanager
def opened(path: Path) -> Iterator[Backup]:
    """Give a backup whose seal, members and manifest agree. Raises InputError, which says what not.

    The whole file is read before anything of it is believed.
    """
    damaged = InputError(
        "{file} is damaged or not complete, nothing was changed: take another backup", file=path
    )
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - DIGITS - len(SEAL)))
            end = file.read()
            if not end.startswith(SEAL):
                raise damaged
            if _digest(file, size - DIGITS) != end[len(SEAL) :]:
                raise damaged
            with zipfile.ZipFile(file) as archive:
                manifest = manifests.read(archive.read(MANIFEST))
                _compare(archive, manifest, damaged)
                yield Backup(path, archive, manifest)
    except FileNotFoundError as error:
        raise InputError("there is no file {file}", file=path) from error
    except (zipfile.BadZipFile, KeyError) as error:
        raise damaged from error
    except IsADirectoryError as error:
        raise InputError("{file} is a folder: name a backup in it", file=path) from error
    except PermissionError as error:
        raise InputError("{file} may not be read by this user", file=path) from error


def _compare(archive: zipfile.ZipFile, manifest: Manifest, damaged: InputError) -> None:
    """Raise ``damaged`` unless the members are those that the manifest names, byte for byte."""
    names = set(archive.namelist()) - {MANIFEST}
    if names != set(manifest["files"]):
        raise damaged
    for name, said in manifest["files"].items():
        told = hashlib.sha256()
        with archive.open(name) as member:
            while piece := member.read(PIECE):
                told.update(piece)
        if told.hexdigest() != said["sha256"]:
            raise damaged
