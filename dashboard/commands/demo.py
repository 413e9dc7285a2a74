"""``getu demo``: load a demonstration county."""

from __future__ import annotations

import argparse
import sys
import time

NAME = "demo"
HELP = "load a demonstration county (演示数据), or list what there is"
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

    if args.list:
        for row in demonstration.listing():
            about = f"{row['key']:<10} {row['name']:<20} {row['grids']:>6,} grids"
            if row["communities"] is not None:  # of a province: not declared
                about += f" {row['communities']:>3} communities {row['households']:>7,} households"
            print(f"{about}  截至 {row['as_of']}")
        return 0
    from dashboard.settings import read_settings
    from data.engine import program_engine, transaction
    from data.migrations import migrate
    from data.server import running_server

    settings = read_settings()
    started = time.monotonic()
    with running_server(settings.database) as server:
        migrate(server)
        engine = program_engine(server, pool_size=1, statement_timeout_s=None)
        try:
            with transaction(engine) as c:
                demonstration.load(c, args.key or settings.demo_key, _show, replace=args.replace)
        finally:
            engine.dispose()
    print(f"loaded in {time.monotonic() - started:.0f} s")
    return 0


def _show(what: str, share: float) -> None:
    if sys.stderr.isatty():
        end = "\n" if what == "done" else ""
        print(f"\r\033[K{what} {share:.0%}", end=end, file=sys.stderr, flush=True)
