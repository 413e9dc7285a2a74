"""``getu clocks``: every demand's deadline made again from its events, and compared."""

from __future__ import annotations

import argparse

from dashboard.text import Language, text

NAME = "clocks"
HELP = "make every demand's deadline again from its events and compare it with what is kept"
EXAMPLE = "getu clocks --keep"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    parser.add_argument("--keep", action="store_true", help="write what differs")


def run(args: argparse.Namespace) -> int:
    """Compare: 0 all are alike (or were written), 1 some differ, 2 cannot."""
    from dashboard.access.principal import command
    from dashboard.settings import read_settings
    from data.divisions.read_counties import list_counties
    from data.engine import program_engine, session
    from data.migrations import migrate
    from data.server import running_server
    from layers.demands.clocks import compare_clocks

    lang: Language = args.lang
    differing = 0
    with running_server(read_settings().database) as server:
        migrate(server)
        engine = program_engine(server, pool_size=1, statement_timeout_s=None)
        try:
            with session(engine, command()) as c:
                for county in list_counties(c):
                    found = compare_clocks(c, county.code, keep=args.keep)
                    differing += len(found.differing)
                    said = {
                        "county": county.code,
                        "demands": found.demands,
                        "differing": len(found.differing),
                    }
                    print(text("command.clocks.compared", lang, said))
        finally:
            engine.dispose()
    return 1 if differing and not args.keep else 0
