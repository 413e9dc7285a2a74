"""One import from a file to the database: all of it, or nothing and the whole fault list."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import UTC, date, datetime
from logging import getLogger
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, insert

from data import tables
from data.engine import transaction
from data.importers import (
    buildings,
    demands,
    divisions,
    elevation,
    grids,
    osm_town,
    stations,
    streets,
)
from data.importers.county_state import read_county_state
from data.importers.faults import Faults
from data.importers.kinds import Context, ImportOptions, Prepared, Progress
from data.importers.notes import Note
from data.importers.source_files import check_file, sha256
from data.write.county import add_fallbacks
from layers.kit.errors import InputError
from layers.kit.findings import Finding

logger = getLogger(__name__)

READERS: Final[Mapping[str, Callable[[Context], Prepared]]] = {
    "osm": osm_town.read,
    "divisions": divisions.read,
    "buildings": buildings.read,
    "streets": streets.read,
    "stations": stations.read,
    "demands": demands.read,
    "elevation": elevation.read,
    "grids": grids.read,
}
# These make their county when it is not there; the others need one.
MAKES_COUNTY: Final = ("osm", "divisions", "buildings")
CHANGES_PLOTS: Final = ("osm", "divisions", "buildings", "streets")


@dataclass(frozen=True, slots=True)
class ImportSummary:
    """What an import did, or would do (``dry_run``).

    ``counts``: rows by frame. ``notes``: what was estimated or assumed. ``findings``: warnings
    and infos; errors raise. ``changes_plots``: the county's plots are to be made anew.
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
        transaction(bind) if isinstance(bind, Engine) else nullcontext(bind)
    )
    with opened as connection:
        state = read_county_state(connection, county_code)
        if not state.exists and kind not in MAKES_COUNTY:
            faults.add("county_missing", county=county_code)
            faults.stop()
        context = Context(
            path=path,
            state=state,
            options=options,
            day=options.as_of or today or datetime.now(UTC).date(),
            faults=faults,
            progress=progress or _silent,
            connection=connection,
        )
        prepared = READERS[kind](context)
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
        changes_plots=kind in CHANGES_PLOTS,
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
        raise InputError(f"unknown kind {kind!r}", (finding,))
    if not re.fullmatch(r"\d+", code) or len(code) not in lengths:
        raise InputError(
            f"{code!r} is no county code: six digits, without padding",
            (Finding("county_code", field="county", values={"code": code[:40]}),),
        )


def _silent(_: str) -> None:
    return None


def _record(
    c: Connection,
    kind: str,
    context: Context,
    prepared: Prepared,
    fingerprint: str,
    written: int,
) -> None:
    options = context.options
    mappings: list[dict[str, Any]] = [
        {"code": "note.column", "values": {"ours": ours, "theirs": theirs}}
        for ours, theirs in options.columns.items()
    ]
    c.execute(
        insert(tables.import_run).values(
            code=context.state.code,
            kind=kind,
            file_name=context.path.name,
            sha256=fingerprint,
            rows_read=prepared.rows_read,
            rows_written=written,
            notes=[*mappings, *(n.as_dict() for n in prepared.notes)],
            made_by=options.made_by,
        )
    )
    fallbacks = [n.as_dict() for n in prepared.notes if n.code.startswith("fallback.")]
    if fallbacks and kind not in ("osm", "divisions"):
        add_fallbacks(c, context.state.code, fallbacks)
