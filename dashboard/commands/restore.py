"""``getu restore``: a backup takes the place of an empty database, or nothing is changed."""

from __future__ import annotations

import argparse
from pathlib import Path

from dashboard.commands import DONE
from dashboard.text import Language, text

NAME = "restore"
HELP = "put a backup into an empty server; every table is compared first, else nothing is changed"
EXAMPLE = "getu restore /mnt/backup/getu-20261129T023000Z.zip"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    parser.add_argument("file", type=Path, help="the backup")
    parser.add_argument(
        "--other-postgis",
        action="store_true",
        help="also where PostGIS is of another release than it was",
    )


def run(args: argparse.Namespace) -> int:
    """Restore: 0 done, 2 when it cannot be or what came out is not what was kept."""
    from dashboard.access.principal import command
    from dashboard.settings import read_settings
    from data.backups.kept import enter_in_audit
    from data.backups.restoring import Restored, restore
    from data.server import Server, running_server

    lang: Language = args.lang

    def enter(new: Server, done: Restored) -> None:
        made_at = done.manifest["made_at"]
        enter_in_audit(new, command(), "backups.restored", args.file, done.rows, made_at=made_at)

    settings = read_settings()
    with running_server(settings.database) as server:
        done = restore(
            server, settings.database.paths, args.file, other_postgis=args.other_postgis,
            finish=enter,
        )  # fmt: skip
    values = {
        "file": args.file, "rows": done.rows, "tables": len(done.manifest["tables"]),
        "made_at": done.manifest["made_at"],
    }  # fmt: skip
    print(text("command.restore.done", lang, values))
    if done.migrated:
        print(text("command.restore.migrated", lang))
    return DONE
