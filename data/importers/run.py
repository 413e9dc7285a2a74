"""One import from a file to the database: all of it, or nothing and the whole fault list."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import date
from logging import getLogger
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, insert, select, text

from data.access import tables as access_tables
from data.access.audit import record
from data.divisions.write_county import add_fallbacks
from data.engine import session
from data.importers.judging.changes import Changes
from data.importers.judging.county_state import read_county_state
from data.importers.judging.kind import Context, ImportOptions, ImportScript, Progress
from data.importers.kinds import borders, divisions, duty, elevation, grids, stations, streets
from data.importers.kinds.buildings import footprints as buildings
from data.importers.kinds.demands import ledger as demands
from data.importers.osm import store as osm_town
from data.importers.reading.faults import Faults
from data.importers.reading.notes import Note
from data.importers.reading.source_files import check_file, sha256
from layers.kit import clock
from layers.kit.errors import ConflictError, InputError
from layers.kit.findings import Finding
from layers.kit.principal import system

logger = getLogger(__name__)

READERS: Final[Mapping[str, Callable[[Context], ImportScript]]] = {
    "osm": osm_town.read,
    "divisions": divisions.read,
    "buildings": buildings.read,
    "streets": streets.read,
    "stations": stations.read,
    "demands": demands.read,
    "duty": duty.read,
    "elevation": elevation.read,
    "grids": grids.read,
    "borders": borders.read,
}
# These make their county when it is not there; the others need one.
MAKES_COUNTY: Final = ("osm", "divisions", "buildings")
CHANGES_PLOTS: Final = ("osm", "divisions", "buildings", "streets")


@dataclass(frozen=True, slots=True)
class ImportSummary:
    """What an import did, or would do (``dry_run``).

    ``counts``: rows by frame. ``notes``: what was estimated or assumed. ``findings``: warnings
    and infos; errors raise. ``changes_plots``: the county's plots are to be made anew.
    ``changes``: the fate of each row, ``shapes``: what would come (EPSG:4490), as the reader gave.
    """

    kind: str
    county: str
    file: str
    sha256: str
    rows_read: int
    rows_written: int
    counts: Mapping[str, int]
    notes: tuple[Note, ...]
    findings: tuple[Finding, ...]
    seconds: float
    dry_run: bool
    changes_plots: bool
    changes: Changes | None = None
    shapes: Sequence[Any] = ()


def run_import(
    bind: Engine | Connection,
    kind: str,
    path: Path,
    county_code: str,
    options: ImportOptions | None = None,
    progress: Progress | None = None,
    today: date | None = None,
) -> ImportSummary:
    """Read a file, judge it whole, and store it in one transaction with its ``import_run``.

    ``bind``: an engine (a transaction of its own) or a connection (the caller's transaction).
    Raises ``InputError`` with every fault; then nothing was changed.
    """
    started = time.monotonic()
    options = options or ImportOptions()
    check_county_code(kind, county_code)
    check_file(path, max_bytes=20_000_000_000)
    fingerprint = sha256(path)
    faults = Faults(path.name)
    opened: AbstractContextManager[Connection] = (
        session(bind, system()) if isinstance(bind, Engine) else nullcontext(bind)
    )
    progress = progress or _silent
    with opened as connection:
        take_turn(connection, county_code, progress)
        state = read_county_state(connection, county_code)
        if not state.exists and kind not in MAKES_COUNTY:
            faults.add("county_missing", county=county_code)
            faults.stop()
        context = Context(
            path=path,
            state=state,
            options=options,
            day=options.as_of or today or clock.today(),
            faults=faults,
            progress=progress,
            connection=connection,
        )
        warn_of_old_file(connection, kind, context, fingerprint)
        prepared = READERS[kind](context)
        _compare_with_expected(prepared, options)
        written = 0
        if not options.dry_run:
            written = prepared.write(connection)
            _record(connection, kind, context, prepared, fingerprint, written)
    summary = ImportSummary(
        kind=kind,
        county=county_code,
        file=path.name,
        sha256=fingerprint,
        rows_read=prepared.rows_read,
        rows_written=written,
        counts=prepared.counts,
        notes=prepared.notes,
        findings=faults.findings,
        seconds=time.monotonic() - started,
        dry_run=options.dry_run,
        changes_plots=kind in CHANGES_PLOTS and (options.dry_run or written > 0),
        changes=prepared.changes,
        shapes=prepared.shapes,
    )
    logger.info(
        "import %s: %d read, %d written, %.1f s", kind, summary.rows_read, written, summary.seconds
    )
    return summary


def check_county_code(kind: str, code: str) -> None:
    """Raise ``InputError`` unless a code is a county's; ``divisions`` also takes a prefix of it."""
    lengths = (2, 4, 6) if kind == "divisions" else (6,)
    if kind not in READERS:
        finding = Finding("kind_unknown", values={"kind": kind, "kinds": ", ".join(READERS)})
        raise InputError("unknown kind {kind!r}", (finding,), kind=kind)
    if not re.fullmatch(r"\d+", code) or len(code) not in lengths:
        raise InputError(
            "{code!r} is no county code: six digits, without padding",
            (Finding("county_code", field="county", values={"code": code[:40]}),),
            code=code,
        )


def take_turn(c: Connection, county_code: str, progress: Progress) -> None:
    """Wait until no other import of the county is under way; the turn ends with the transaction.

    Asked for again and again, so that whoever waits is told, and may give up.
    """
    values = {"name": "getu import", "county": county_code[:6]}
    free = text("SELECT pg_try_advisory_xact_lock(hashtext(:name), hashtext(:county))")
    while not c.execute(free, values).scalar_one():
        progress("waiting")
        time.sleep(0.3)


def warn_of_old_file(c: Connection, kind: str, context: Context, fingerprint: str) -> None:
    """Warn when a file was imported before, or stands for a day before the newest one's.

    Such a file is last year's as often as it is a repetition; importing it again is allowed.
    """
    run = access_tables.import_run
    earlier = c.execute(
        select(run.c.at, run.c.sha256, run.c.as_of, run.c.file_name)
        .where(run.c.code == context.state.code, run.c.kind == kind)
        .order_by(run.c.at.desc())
        .limit(500)
    ).all()
    same = next((r for r in earlier if r.sha256 == fingerprint), None)
    if same is not None:
        context.faults.add("file_seen_before", severity="warning", at=f"{same.at:%Y-%m-%d}",
                           name=same.file_name)  # fmt: skip
    newest = max((r.as_of for r in earlier if r.as_of is not None), default=None)
    if newest is not None and context.day < newest:
        context.faults.add("file_is_older", severity="warning", day=context.day.isoformat(),
                           newest=newest.isoformat())  # fmt: skip


def _compare_with_expected(prepared: ImportScript, options: ImportOptions) -> None:
    if options.expected is None or prepared.changes is None:
        return
    if prepared.changes.digest() != options.expected:
        raise ConflictError(
            "the data changed after the preview (another import or an edit): look at the preview "
            "again; nothing was imported"
        )


def _silent(_: str) -> None:
    return None


def _record(
    c: Connection,
    kind: str,
    context: Context,
    prepared: ImportScript,
    fingerprint: str,
    written: int,
) -> None:
    options = context.options
    mappings: list[dict[str, Any]] = [
        {"code": "note.column", "values": {"ours": ours, "theirs": theirs}}
        for ours, theirs in options.columns.items()
    ]
    c.execute(
        insert(access_tables.import_run).values(
            code=context.state.code,
            kind=kind,
            file_name=context.path.name,
            sha256=fingerprint,
            rows_read=prepared.rows_read,
            rows_written=written,
            notes=[*mappings, *(n.as_dict() for n in prepared.notes)],
            made_by=options.made_by,
            as_of=context.day,
            changes=prepared.changes.counts if prepared.changes is not None else {},
        )
    )
    detail = {"kind": kind, "sha256": fingerprint, "rows": written, "as_of": str(context.day)}
    record(c, "file.imported", context.state.code, f"import:{kind}", detail, by=options.made_by)
    fallbacks = [n.as_dict() for n in prepared.notes if n.code.startswith("fallback.")]
    if fallbacks and kind not in ("osm", "divisions"):
        add_fallbacks(c, context.state.code, fallbacks)
