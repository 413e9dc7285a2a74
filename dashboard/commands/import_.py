"""``getu import``: a file becomes part of a county, whole or not at all."""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final

from dashboard.commands import CANNOT, DONE, FINDINGS
from dashboard.text import Language, text
from dashboard.text.findings import say
from dashboard.text.help import progress
from layers.kit import clock
from layers.kit.errors import InputError
from layers.kit.findings import Finding
from layers.kit.tables.cells import FORMULA_SIGNS
from layers.kit.words import Words

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from dashboard.intake.household_table import TableOutcome
    from dashboard.intake.whole import Made
    from data.importers.judging.changes import Changes
    from data.importers.judging.kind import ImportOptions
    from data.importers.run import ImportSummary

NAME = "import"
HELP = "import a file into a county: divisions, buildings, streets, stations, old grids, OSM, …"
EXAMPLE = (
    "getu import town.osm.pbf --as osm --county 094720 --name Bayreuth\n"
    "  getu import 诉求.csv --as demands --county 522624 --crs gcj02 "
    "--columns external_id=工单号,received_at=受理时间,lon=x,lat=y --dry-run\n"
    "  getu import 11月住户表.xlsx --as households --county 520381 --as-of 2026-11-30 --publish"
)
KINDS: Final = (
    *("osm", "divisions", "buildings", "streets", "stations", "demands", "duty", "elevation"),
    *("grids", "borders", "households"),
)
LISTED: Final = 40
LISTED_OF_A_RULE: Final = 6
EXAMPLES: Final = 5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    parser.add_argument("file", type=Path, help="anything GDAL reads, .csv, .xlsx, .tif, .osm.pbf")
    parser.add_argument("--as", dest="kind", choices=KINDS, required=True, help="what it holds")
    parser.add_argument("--county", required=True, metavar="CODE", help="six digits")
    parser.add_argument("--crs", help="EPSG:n, gcj02 or bd09; overrides what the file declares")
    parser.add_argument(
        "--columns",
        action="append",
        default=[],
        metavar="OURS=THEIRS,…",
        help="which of their columns is which of ours; lon and lat for tables",
    )
    parser.add_argument("--layer", help="layer or worksheet, when the file has several")
    parser.add_argument("--encoding", help="text encoding, such as GBK, when it is not recognised")
    parser.add_argument(
        "--as-of", type=date.fromisoformat, metavar="DATE", help="the date that the data stand for"
    )
    parser.add_argument("--source", default="import", help="who gave it; ids are unique within it")
    parser.add_argument("--name", help="name of a county that is made; grids: of the plan")
    parser.add_argument("--name-en", help="its English name")
    parser.add_argument("--dry-run", action="store_true", help="read and judge, write nothing")
    parser.add_argument(
        "--skip-faulty-rows", action="store_true", help="leave rows with errors out, and say so"
    )
    parser.add_argument(
        "--replace", action="store_true", help="osm: remove the county of this code first"
    )
    parser.add_argument("--no-plots", action="store_true", help="do not make plots afterwards")
    parser.add_argument(
        "--rule",
        choices=("ask", "larger"),
        default="ask",
        help="grids, borders: what is in doubt is kept to be ruled on, or goes as proposed",
    )
    parser.add_argument(
        "--publish",
        action="store_true",
        help="households: publish at once when every row has its building",
    )
    parser.add_argument(
        "--unplaced",
        action="store_true",
        help="households: publish also with rows that have no building; they stay visible",
    )
    parser.add_argument("--faults", type=Path, metavar="CSV", help="write every fault to this file")


def run(args: argparse.Namespace) -> int:
    """Import one file: 0 done, 1 faulty rows or cases to rule on, 2 cannot be imported at all."""
    from dashboard.access.principal import command
    from dashboard.intake.old_grids import bring
    from dashboard.settings import read_settings
    from data.engine import program_engine, session
    from data.importers.reading.source_files import check_file
    from data.importers.run import check_county_code
    from data.migrations.apart import migrate_apart
    from data.server import running_server

    lang: Language = args.lang
    show = _Progress(lang)
    waits = False
    made: Sequence[tuple[str, Words]]
    summary: ImportSummary | None = None
    findings: Sequence[Finding] = ()
    try:
        options = read_options(args)
        check_county_code(args.kind if args.kind != "households" else "buildings", args.county)
        check_file(args.file, max_bytes=20_000_000_000)
        with running_server(read_settings().database) as server:
            migrate_apart(server)
            engine = program_engine(server, pool_size=1, statement_timeout_s=None)
            try:
                with session(engine, command()) as c:
                    if args.kind in ("grids", "borders"):
                        rule, kind = args.rule, args.kind
                        brought = bring(c, kind, args.file, args.county, options, show, rule)
                        summary, made, waits = brought.summary, brought.said, brought.waits
                    elif args.kind == "households":
                        table = _household_table(c, args, options)
                        findings, made, waits = table.findings, table.said, table.waits
                    else:
                        summary, made = import_file(c, args, options, show)
            finally:
                engine.dispose()
    except InputError as error:
        show.end()
        if not error.findings:
            raise
        return _refuse(error, args, lang)
    show.end()
    _write_faults(args.faults, summary.findings if summary else findings, lang)
    for line in summary_lines(summary, lang) if summary else ():
        print(line)
    for key, values in made:
        print(text(key, lang, values))
    for line in fault_lines(findings, lang):
        print(line)
    return FINDINGS if waits else DONE


def _household_table(
    c: Connection, args: argparse.Namespace, options: ImportOptions
) -> TableOutcome:
    from dashboard.intake.household_table import bring_table

    today = clock.today()
    return bring_table(
        c,
        args.file,
        args.county,
        options,
        today,
        publish_now=args.publish,
        unplaced=args.unplaced,
    )


def import_file(
    c: Connection, args: argparse.Namespace, options: ImportOptions, show: Callable[[str], None]
) -> tuple[ImportSummary, Made]:
    """Import what the arguments name, with the plots and the draft that follow from it."""
    from dashboard.intake.whole import import_whole

    return import_whole(
        c, args.kind, args.file, args.county, options, show, plots=not args.no_plots
    )


def read_options(args: argparse.Namespace) -> ImportOptions:
    """Return the options of the command line. Raises ``InputError`` for a broken ``--columns``."""
    from data.importers.judging.kind import ImportOptions

    columns: dict[str, str] = {}
    for part in ",".join(args.columns).split(","):
        if not part.strip():
            continue
        ours, separator, theirs = part.partition("=")
        if not separator or not ours.strip() or not theirs.strip():
            written = repr(part.strip())
            raise InputError("--columns {part} is not of the form ours=theirs", part=written)
        columns[ours.strip()] = theirs.strip()
    return ImportOptions(
        crs=args.crs,
        columns=columns,
        layer=args.layer,
        encoding=args.encoding,
        as_of=args.as_of,
        name=args.name,
        name_en=args.name_en,
        source=args.source,
        skip_faulty_rows=args.skip_faulty_rows,
        replace=args.replace,
        dry_run=args.dry_run,
    )


def summary_lines(summary: ImportSummary, lang: Language) -> list[str]:
    """Return what an import did, what it estimated, and its hints, line by line."""
    values = {
        "file": summary.file,
        "read": summary.rows_read,
        "written": summary.rows_written,
        "seconds": round(summary.seconds, 1),
    }
    lines = [text("import.would" if summary.dry_run else "import.done", lang, values)]
    counts = ", ".join(
        f"{number:,} {text(f'import.count.{name}', lang)}"
        for name, number in summary.counts.items()
    )
    lines.append(f"{text('import.contains', lang)} {counts}")
    if summary.notes:
        lines.append(text("import.assumed", lang))
        lines += [f"  - {text(note.code, lang, note.values)}" for note in summary.notes]
    if summary.changes is not None:
        lines += change_lines(summary.changes, lang)
    if summary.findings:
        lines.append(text("import.found", lang, {"count": len(summary.findings)}))
        lines += fault_lines(summary.findings, lang)
    return lines


def change_lines(changes: Changes, lang: Language) -> list[str]:
    """Return a few examples of what is new, changed and gone."""
    lines = []
    for what in ("new", "changed", "gone"):
        told = changes.of(what)
        for change in told[:EXAMPLES]:
            named = ", ".join(change.fields)
            lines.append(f"  {text(f'import.change.{what}', lang)} {change.name}"
                         + (f" ({named})" if named else ""))  # fmt: skip
        if len(told) > EXAMPLES:
            lines.append("  " + text("import.more_changes", lang, {"count": len(told) - EXAMPLES}))
    return lines


def fault_lines(findings: Sequence[Finding], lang: Language) -> list[str]:
    """Return the faults as sentences: of each rule the first few rows, and how many more."""
    listed: list[str] = []
    shown: dict[tuple[str, str | None], int] = {}
    for finding in findings:
        key = (finding.code, finding.field)
        shown[key] = shown.get(key, 0) + 1
        if shown[key] <= LISTED_OF_A_RULE and len(listed) < LISTED:
            listed.append(f"  - {sentence(finding, lang)}")
    if len(findings) > len(listed):
        listed.append("  " + text("import.more", lang, {"count": len(findings) - len(listed)}))
    return listed


def sentence(finding: Finding, lang: Language) -> str:
    """Return one fault: how grave, where, what, and what to do."""
    where = [text(f"import.severity.{finding.severity}", lang)]
    if finding.row is not None:
        line = finding.values.get("line")
        key = "import.row" if line is None else "import.row_of_sheet"
        where.append(text(key, lang, {"row": finding.row, "line": line}))
    if finding.field is not None:
        where.append(finding.field)
    colon = ":" if lang == "en" else "："
    said = say(finding, lang)
    return (
        f"{', '.join(where)}{colon} {said}" if lang == "en" else f"{' '.join(where)}{colon}{said}"
    )


def _refuse(error: InputError, args: argparse.Namespace, lang: Language) -> int:
    _write_faults(args.faults, error.findings, lang)
    errors = [f for f in error.findings if f.severity == "error"]
    values = {"file": args.file.name, "count": len(errors)}
    print(text("import.refused", lang, values), file=sys.stderr)
    for line in fault_lines([*errors, *(f for f in error.findings if f not in errors)], lang):
        print(line, file=sys.stderr)
    if all(f.row is not None for f in errors):
        print(text("import.skip_hint", lang), file=sys.stderr)
        return FINDINGS
    return CANNOT


def _write_faults(path: Path | None, findings: Sequence[Finding], lang: Language) -> None:
    if path is None:
        return
    try:
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(("row", "severity", "field", "rule", "message"))
            for f in findings:
                said = say(f, lang)
                rows.writerow((f.row, f.severity, _cell(f.field), f.code, _cell(said)))
    except OSError as error:
        raise InputError(
            "cannot write {path}: its folder is not there, is full, or is not yours to write in",
            path=path,
        ) from error


def _cell(value: str | None) -> str | None:
    """Escape what a spreadsheet would take for a formula."""
    return f"'{value}" if value and value.startswith(FORMULA_SIGNS) else value


class _Progress:
    """Progress on standard error: one line that is rewritten on a terminal, plain lines else."""

    def __init__(self, lang: Language) -> None:
        self._lang: Language = lang
        self._terminal = sys.stderr.isatty()
        self._last = ""

    def __call__(self, message: str) -> None:
        message = progress(message, self._lang)
        if self._terminal:
            print(f"\r\033[K{message}", end="", file=sys.stderr, flush=True)
        elif message.rstrip("0123456789%") != self._last:
            print(message, file=sys.stderr, flush=True)
        self._last = message.rstrip("0123456789%")

    def end(self) -> None:
        """Clear the line on a terminal."""
        if self._terminal and self._last:
            print("\r\033[K", end="", file=sys.stderr, flush=True)
