"""``getu backup``: everything in one file, while people work; and proof that it can be restored."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from dashboard.commands import DONE
from dashboard.text import Language, text
from layers.kit import clock

if TYPE_CHECKING:
    from dashboard.settings import Settings
    from data.access.actions import Action
    from data.backups.restoring import Restored
    from data.backups.write import Made
    from data.server import Server
    from layers.kit.principal import Principal

NAME = "backup"
HELP = "write everything to one file while people work, or try out whether the newest one holds"
EXAMPLE = "getu backup /mnt/backup\n  getu backup drill"
DRILL = "drill"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    parser.add_argument(
        "target", nargs="?",
        help="file or folder (else GETU_BACKUP_DIR, or backups in the state folder), or: drill",
    )  # fmt: skip
    parser.add_argument(
        "--due", action="store_true", help="only what is due now (what getu serve says by itself)"
    )
    parser.add_argument("file", nargs="?", type=Path, help="drill: which backup (the newest)")


def run(args: argparse.Namespace) -> int:
    """Make a backup, or restore one into a database that is dropped again: 0 done, 2 cannot."""
    from dashboard.access.principal import command
    from dashboard.settings import read_settings
    from data.backups import kept
    from data.server import running_server

    lang: Language = args.lang
    settings = read_settings()
    folder = settings.backups.folder
    if args.due:
        return _do_what_is_due(settings)
    with running_server(settings.database) as server:
        if args.target == DRILL:
            file, tried = kept.drill_newest(server, folder, args.file)
            _enter(server, command(), "backups.drilled", file, tried)
            tables = len(tried.manifest["tables"])
            proof = {"file": file, "rows": tried.rows, "tables": tables}
            print(text("command.backup.drilled", lang, proof))
            return DONE
        target = Path(args.target) if args.target else None
        keeping = settings.backups.keeping if settings.backups.is_scheduled else None
        made = kept.keep(server, settings.database.paths, folder, target, keeping)
        _enter(server, command(), "backups.made", made.path, made)
    said = {
        "file": made.path, "rows": made.rows, "tables": len(made.manifest["tables"]),
        "size": f"{made.bytes / 2**20:.1f}",
    }  # fmt: skip
    print(text("command.backup.made", lang, said))
    if made.path.stat().st_mode & 0o077:
        print(text("command.backup.is_open", lang, said))
    return DONE


def _enter(
    server: Server, who: Principal, action: Action, file: Path, done: Made | Restored
) -> None:
    """Write it into the audit; where no entry is taken (a full disk) the backup is still there."""
    from logging import getLogger

    from data.backups.kept import enter_in_audit
    from layers.kit.errors import GetuError

    try:
        enter_in_audit(server, who, action, file, done.rows, made_at=done.manifest["made_at"])
    except GetuError as error:
        getLogger(__name__).warning("%s", error)


def _do_what_is_due(settings: Settings) -> int:
    """Make a backup, or try one out, if it is time and nobody else does; note what became of it."""
    from data.backups import kept
    from data.backups.keeping import due, read_status
    from data.server import running_server
    from layers.kit.errors import GetuError
    from layers.kit.principal import system

    backups = settings.backups
    with kept.alone(backups.folder) as is_alone:
        now = clock.now()
        step = due(backups, read_status(backups.folder), now) if is_alone else None
        if step is None:
            return DONE
        try:
            with running_server(settings.database) as server:
                if step == "drill":
                    file, tried = kept.drill_newest(server, backups.folder)
                    _enter(server, system(), "backups.drilled", file, tried)
                else:
                    paths = settings.database.paths
                    made = kept.keep(server, paths, backups.folder, keeping=backups.keeping)
                    _enter(server, system(), "backups.made", made.path, made)
        except GetuError as error:
            if step == "backup":
                kept.note_failure(backups.folder, error)
            raise
    return DONE
