"""The files of the state folder that a backup holds: written beside, then put in place together."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from data.backups.archive import PIECE, Backup
from data.backups.manifest import STATE
from data.embedded.paths import StatePaths
from layers.kit.errors import ServerError

MODE = 0o600


@contextmanager
def put_state(backup: Backup, paths: StatePaths | None) -> Iterator[None]:
    """Put a backup's own files in place; where the block fails they are as they were before.

    A file that is there and differs is moved aside. All of them are written and on the disk before
    the first gets its name. Raises ServerError.
    """
    if paths is None:
        yield
        return
    written: list[tuple[Path, Path]] = []
    undo: list[tuple[Path, Path | None]] = []
    try:
        for name in sorted(backup.manifest["files"]):
            target = _target(name, paths.root)
            if target is not None and not _is_there(backup, name, target):
                written.append((_write(backup, name, target), target))
        for new, target in written:
            aside = None
            if target.exists():
                aside = target.with_name(f".{target.name}.before-{datetime.now(UTC):%Y%m%dT%H%M%S}")
                target.rename(aside)
            undo.append((target, aside))
            new.rename(target)
        yield
    except BaseException as error:
        for target, aside in reversed(undo):
            with suppress(OSError):
                target.unlink(missing_ok=True)
                if aside is not None:
                    aside.rename(target)
        if isinstance(error, OSError):
            raise ServerError(
                "the files of the backup cannot be put into {root} ({error}), nothing was changed: "
                "free some space, or set GETU_HOME to another disk",
                root=paths.root,
                error=error.strerror or str(error),
            ) from error
        raise
    finally:
        for new, _ in written:
            with suppress(OSError):
                new.unlink(missing_ok=True)


def _target(name: str, root: Path) -> Path | None:
    inside = PurePosixPath(name.removeprefix(STATE))
    if not name.startswith(STATE) or ".." in inside.parts or inside.is_absolute():
        return None  # the dump; or no backup of ours
    return root / inside


def _is_there(backup: Backup, name: str, target: Path) -> bool:
    """Tell whether a file is there; a list that has gone on since stays as it is."""
    said = backup.manifest["files"][name]
    if not target.exists():
        return False
    content = target.read_bytes()
    if target.suffix == ".jsonl":
        content = content[: said["bytes"]]
    return hashlib.sha256(content).hexdigest() == said["sha256"]


def _write(backup: Backup, name: str, target: Path) -> Path:
    """Write a file beside its place, readable by its owner alone whatever the backup says."""
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = target.with_name(f".{target.name}.unfinished")
    number = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, MODE)
    with os.fdopen(number, "wb") as file, backup.member(name) as source:
        os.fchmod(file.fileno(), MODE)
        shutil.copyfileobj(source, file, PIECE)
        file.flush()
        os.fsync(file.fileno())
    return new
