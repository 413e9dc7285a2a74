"""``getu export``: a county's rows, or a plan, as a file that comes in again unchanged."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Final

from dashboard.commands import DONE
from dashboard.text import Language, text
from layers.kit.errors import InputError

if TYPE_CHECKING:
    from sqlalchemy import Connection

NAME = "export"
HELP = "write a plan, coverage, or a county's grids, stations, demands, duty … to a file"
EXAMPLE = (
    "getu export stations --county 522624 --out 站点.xlsx\n"
    "  getu export plan --county 522301 --plan 2 --out 网格方案.gpkg"
)
ROWS: Final = ("grids", "stations", "demands", "duty", "buildings", "streets", "divisions")
KINDS: Final = ("plan", "coverage", *ROWS)
ASKED: Final = ("minutes", "services", "profile", "way", "tier")
IN_FORCE: Final = "in-force"
SUFFIXES: Final = {".json": "geojson", ".zip": "shp"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    parser.add_argument("what", choices=KINDS, help="what to write")
    parser.add_argument("--county", required=True, metavar="CODE", help="six digits")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="the file to write")
    parser.add_argument(
        "--format",
        help="gpkg, geojson, csv, xlsx; of plans also shp, docx, pdf, png; else by --out",
    )
    parser.add_argument(
        "--plan", type=_plan_wanted, default=IN_FORCE, metavar="ID", help=f"which plan ({IN_FORCE})"
    )
    parser.add_argument("--community", metavar="CODE", help="plan: of one community, code or name")
    parser.add_argument("--minutes", help="coverage: within how many minutes on foot (15)")
    parser.add_argument("--services", help="coverage: categories, with commas (the party's own)")
    parser.add_argument("--profile", help="coverage: who walks (adult)")
    parser.add_argument(
        "--way", help="coverage: to_station, round_trip …, as the page's address says"
    )
    parser.add_argument("--tier", help="coverage: stations of one tier only")
    parser.add_argument(
        "--by", choices=("grids", "communities"), default="grids", help="coverage: a row for each"
    )
    parser.add_argument("--gbk", action="store_true", help="plan as shp: text in GBK, not UTF-8")


def run(args: argparse.Namespace) -> int:
    """Write one file: 0 done, 2 cannot."""
    from dashboard.access.principal import command
    from dashboard.settings import read_settings
    from data.engine import program_engine, session
    from data.migrations.apart import migrate_apart
    from data.server import running_server

    lang: Language = args.lang
    form = args.format or SUFFIXES.get(args.out.suffix.lower(), args.out.suffix.lower()[1:])
    if not form:
        raise InputError(
            "{out} has no ending: name it like grids.gpkg, or give --format", out=args.out
        )
    with running_server(read_settings().database) as server:
        migrate_apart(server)
        engine = program_engine(server, pool_size=1, statement_timeout_s=None)
        try:
            with session(engine, command()) as c:
                content = content_of(c, args, form, lang)
        finally:
            engine.dispose()
    write_whole(args.out, content)
    values = {"file": str(args.out), "kilobytes": max(1, round(len(content) / 1000))}
    print(text("export.done", lang, values))
    return DONE


def content_of(c: Connection, args: argparse.Namespace, form: str, lang: Language) -> bytes:
    """Return the file's content. Raises InputError or NotFoundError, which say what there is."""
    from data.divisions import read_counties as counties
    from data.exporters.kinds import export_file

    counties.county(c, args.county)
    if args.what in ROWS:
        return export_file(c, args.what, args.county, form, lang, lambda key: text(key, lang))
    if args.what == "coverage":
        return _coverage(c, args, form, lang)
    return _plan(c, args, form)


def _coverage(c: Connection, args: argparse.Namespace, form: str, lang: Language) -> bytes:
    from dashboard.exports.coverage_tables import SUFFIXES as FORMS
    from dashboard.exports.coverage_tables import coverage_bytes

    if form not in FORMS:
        raise InputError(
            "coverage leaves as {forms}, not as {form}", forms=", ".join(FORMS), form=form
        )
    asked = {name: str(getattr(args, name)) for name in ASKED if getattr(args, name)}
    return coverage_bytes(c, args.county, asked, form, args.by, lang)


def _plan(c: Connection, args: argparse.Namespace, form: str) -> bytes:
    from dashboard.exports.plan import export_plan

    encoding = "GBK" if args.gbk else "UTF-8"
    return export_plan(c, args.county, form, args.plan, args.community, encoding).content


def _plan_wanted(written: str) -> int | str:
    """Read ``--plan``: an id, or the plan in force."""
    if written == IN_FORCE or written.isdecimal():
        return written if written == IN_FORCE else int(written)
    raise argparse.ArgumentTypeError(f"{written!r} is neither the id of a plan nor {IN_FORCE}")


def write_whole(path: Path, content: bytes) -> None:
    """Write a file at once under its name, so that no half of it is ever there."""
    beside = path.with_name(f".{path.name}.part")
    try:
        beside.write_bytes(content)
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise InputError(
            "cannot write {path}: its folder is not there, is full, or is not yours to write in",
            path=path,
        ) from error
