"""``getu calendar``: which years of working days are known; a year as published, from a file."""

from __future__ import annotations

import argparse
from pathlib import Path

from dashboard.text import Language, text

NAME = "calendar"
HELP = "tell which years of working days are published, or bring one from a file"
EXAMPLE = "getu calendar 2027.csv"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    said = "a CSV of days off and worked weekends: 2027-01-01,holiday"
    parser.add_argument("file", nargs="?", type=Path, help=said)
    parser.add_argument("--county", default="",
                        help="whose days they are, by code (the whole country's)")  # fmt: skip


def run(args: argparse.Namespace) -> int:
    """Tell, or store the days and make all deadlines again: 0 done, 2 cannot."""
    from dashboard.access.principal import command
    from dashboard.settings import read_settings
    from data.access.audit import record
    from data.demands.calendar.read import published_years
    from data.demands.calendar.write import read_calendar_file, store_days
    from data.divisions.read_counties import list_counties
    from data.engine import program_engine, session
    from data.migrations import migrate
    from data.server import running_server
    from layers.demands.clocks import compare_clocks

    lang: Language = args.lang
    days = read_calendar_file(args.file) if args.file else []
    with running_server(read_settings().database) as server:
        migrate(server)
        engine = program_engine(server, pool_size=1, statement_timeout_s=None)
        try:
            with session(engine, command()) as c:
                if days:
                    stored = store_days(c, args.county, days, args.file.name)
                    moved = sum(
                        len(compare_clocks(c, county.code, keep=True).differing)
                        for county in list_counties(c)
                        if county.code.startswith(args.county)
                    )
                    detail = {"days": stored, "deadlines": moved, "file": args.file.name}
                    record(c, "calendar.brought", args.county, None, detail)
                    print(text("command.calendar.brought", lang, detail))
                years = published_years(c, args.county)
        finally:
            engine.dispose()
    print(text("command.calendar.years", lang, {"first": years[0], "last": years[-1]}))
    return 0
