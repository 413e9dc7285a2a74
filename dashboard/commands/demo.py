"""``getu demo``: load a demonstration county."""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import asdict

from dashboard.text import Language, text
from dashboard.text.help import progress

NAME = "demo"
HELP = "load a demonstration county, or list what there is"
EXAMPLE = "getu demo chishui"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    parser.add_argument("key", nargs="?", help="which county (default: chishui)")
    parser.add_argument(
        "--replace", action="store_true", help="make a loaded demonstration afresh, drafts and all"
    )
    parser.add_argument("--list", action="store_true", help="list the counties and their figures")


def run(args: argparse.Namespace) -> int:
    """Load one county in one transaction; what was there before stays if anything fails."""
    from dashboard.intake import demonstration

    lang: Language = args.lang
    if args.list:
        for row in demonstration.listing():
            parts = [f"{row.key:<10} {row.name:<20}"]
            parts.append(text("command.demo.grids", lang, {"grids": row.grids}))
            if row.communities is not None:  # of a province: not declared
                parts.append(text("command.demo.communities", lang, asdict(row)))
            parts.append(text("command.demo.as_of", lang, {"date": str(row.as_of)}))
            print("  ".join(parts))
        return 0
    from dashboard.access.principal import command
    from dashboard.settings import read_settings
    from data.access.audit import record
    from data.engine import program_engine, session
    from data.migrations.apart import migrate_apart
    from data.server import running_server

    settings = read_settings()
    started = time.monotonic()
    with running_server(settings.database) as server:
        migrate_apart(server)
        engine = program_engine(server, pool_size=1, statement_timeout_s=None)
        try:
            with session(engine, command()) as c:
                demonstration.load(
                    c, args.key or settings.demo_key, _Show(lang), replace=args.replace
                )
                told = {"key": args.key or settings.demo_key, "replace": args.replace}
                record(c, "county.demonstrated", "", None, told)
        finally:
            engine.dispose()
    seconds = round(time.monotonic() - started)
    print(text("command.demo.loaded", lang, {"seconds": seconds}))
    return 0


class _Show:
    """Shows on a terminal what is being made, in one line that is written again."""

    def __init__(self, lang: Language) -> None:
        self._lang: Language = lang

    def __call__(self, what: str, share: float) -> None:
        if sys.stderr.isatty():
            end = "\n" if what == "done" else ""
            said = progress(what, self._lang)
            print(f"\r\033[K{said} {share:.0%}", end=end, file=sys.stderr, flush=True)
