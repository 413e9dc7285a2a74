"""Backups made into their folder and tried out there; what became of it is written down."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from logging import getLogger
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from data.access.actions import Action
from data.access.audit import record
from data.backups.keeping import Keeping, backup_name, backups, note, too_many
from data.backups.restoring import Restored, drill
from data.backups.write import Made, make_backup
from data.embedded.paths import StatePaths
from data.engine import program_engine, session
from data.server import Server
from layers.kit.errors import GetuError, InputError, ServerError
from layers.kit.principal import Principal

logger = getLogger(__name__)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def keep(
    server: Server,
    paths: StatePaths,
    folder: Path,
    target: Path | None = None,
    keeping: Keeping | None = None,
) -> Made:
    """Make a backup: as the file ``target``, or in that folder under the name of its time.

    Without a target it goes to ``folder``, old ones go when ``keeping`` is given, and the folder's
    status is written, whether all went well or not. Raises ServerError, ConflictError.
    """
    if target is not None and not target.is_dir():
        if not target.parent.is_dir():
            raise InputError("there is no folder {folder}", folder=target.parent)
        return make_backup(server, paths, target)
    scheduled = target is None or target.resolve() == folder.resolve()
    where = target or _made_folder(folder)
    began = datetime.now(UTC)
    try:
        made = make_backup(server, paths, where / backup_name(began))
    except GetuError as error:
        if scheduled:
            note(where, failed_at=_now(), failed=error.said.line())
        raise
    if scheduled:
        took = (datetime.now(UTC) - began).total_seconds()
        note(
            where, backed_up_at=_now(), file=made.path.name, bytes=made.bytes,
            seconds=round(took, 1), failed_at=None, failed=None,
        )  # fmt: skip
        if keeping is not None:
            for old in too_many(backups(where), keeping):
                old.unlink(missing_ok=True)
                logger.info("the backup %s was old and is removed", old.name)
    return made


def _made_folder(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise ServerError(
            "the folder of backups {folder} cannot be used ({error}): set GETU_BACKUP_DIR",
            folder=folder,
            error=error.strerror,
        ) from error
    return folder


def drill_newest(server: Server, folder: Path, file: Path | None = None) -> tuple[Path, Restored]:
    """Try out a backup, the newest of the folder unless one is named; note how it went.

    Raises InputError where there is none, or it does not hold.
    """
    if file is not None:
        return file, drill(server, file)
    newest = next(iter(backups(folder)), None)
    if newest is None:
        raise InputError("there is no backup in {folder}: make one by getu backup", folder=folder)
    try:
        tried = drill(server, newest)
    except GetuError as error:
        note(folder, drill_failed_at=_now(), drill_failed=error.said.line())
        raise
    note(folder, drilled_at=_now(), drill_failed_at=None, drill_failed=None)
    return newest, tried


def enter_in_audit(
    server: Server, who: Principal, action: Action, file: Path, rows: int, **detail: object
) -> None:
    """Write into the audit of a database what was done with a backup, and by whom.

    Raises ServerError where the database takes no entry.
    """
    engine = program_engine(server, pool_size=1)
    try:
        with session(engine, who) as c:
            record(c, action, "", None, {"file": str(file), "rows": rows, **detail})
    except SQLAlchemyError as error:
        raise ServerError(
            "the audit could not be written: {said}", said=str(error).splitlines()[0]
        ) from error
    finally:
        engine.dispose()


@contextmanager
def alone(folder: Path) -> Iterator[bool]:
    """Tell whether no other process is at work on a folder's backups, and keep others away."""
    _made_folder(folder)
    number = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        yield False
    else:
        yield True
    finally:
        os.close(number)


def note_failure(folder: Path, error: GetuError) -> None:
    """Write down why there is no backup, where it failed before it was begun."""
    note(folder, failed_at=_now(), failed=error.said.line())
