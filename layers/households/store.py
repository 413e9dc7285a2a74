"""Household tables between the database and the pure modules: open, rule, preview, publish.

An upload is open until it is published or discarded. Every act raises its version: who works
on what another has changed meanwhile is told (ConflictError), and nothing is lost.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from data.access.audit import record
from data.divisions.read_counties import county as read_county
from data.divisions.write_county import move_data_day, touch
from data.households import read, write
from data.households.rows import BuildingPlace, NewUpload, UploadRow
from data.importers.reading.faults import Faults
from data.importers.reading.source_files import sha256
from layers.households.county_register import read_register
from layers.households.matching.match import match
from layers.households.matching.register import Match, Register, community_of
from layers.households.reading import Look, look, read_table
from layers.households.rulings import (
    RulingResult,
    Verdict,
    check_version,
    hold_upload,
    rule,
    take_back_ruling,
)
from layers.households.snapshots import (
    history,
    roll_back,
    snapshots,
    take_back_roll_back,
    unplaced_total,
)
from layers.households.tables.headers import Layout
from layers.households.tables.table import WrittenRow
from layers.households.uploads import (
    QueuedRow,
    Upload,
    UploadNotes,
    candidate_values,
    finding_value,
    measure_of,
    queued_row,
    upload_of,
)
from layers.kit.errors import ConflictError, InputError
from layers.kit.findings import Finding


def open_upload(
    c: Connection,
    county: str,
    path: Path,
    file_name: str,
    made_by: str,
    *,
    sheet: str | None = None,
    columns: Layout | None = None,
    effective_on: date,
    source: str = "import",
    skip_faulty_rows: bool = False,
) -> int:
    """Read a table, tie its rows to buildings, store it as an open upload; return its id.

    ``columns``: as ``look`` guessed and a person corrected; None takes the guess.
    Raises InputError with every fault; then nothing was changed. Raises NotFoundError for a county
    that is not loaded.
    """
    read_county(c, county)
    chosen, found, layout, table = read_table(path, file_name, sheet, columns)
    faults = Faults(file_name)
    faults.extend(_named(table.findings, file_name))
    if not table.written and not faults.errors:
        faults.add("file_without_rows")
    faults.stop(skip_rows=skip_faulty_rows)
    register = read_register(c, county)
    matches = match(register, table.written)
    measures = tuple(dict.fromkeys(m for w in table.written for m in w.values))
    elsewhere = sum(
        w.community is not None and community_of(register, w.community) is None
        for w in table.written
    )
    notes: UploadNotes = {
        "titles": [*found.title, file_name, chosen.name],
        "elsewhere": elsewhere,
        "left_out": dict(table.left_out),
    }
    upload_id = write.add_upload(
        c,
        NewUpload(
            code=county,
            file=file_name,
            sha256=sha256(path),
            sheet=chosen.name,
            layout=layout.as_dict(),
            measures=list(measures),
            rows=len(table.written),
            effective_on=effective_on,
            source=source,
            findings=[finding_value(f) for f in (*found.findings, *faults.findings)],
            notes=[notes],
            state="open",
            made_by=made_by,
        ),
    )
    write.add_rows(c, _row_values(register, county, upload_id, table.written, matches))
    detail = {"file": file_name, "sheet": chosen.name, "rows": len(table.written)}
    record(c, "household_table.open", county, f"count_upload:{upload_id}", detail, by=made_by)
    return upload_id


def uploads(c: Connection, county: str, state: str | None = None) -> list[Upload]:
    """Return a county's uploads, the newest first."""
    return [upload_of(row, _states(c, row)) for row in read.uploads(c, county, state)]


def upload(c: Connection, upload_id: int) -> Upload:
    """Return one upload. Raises NotFoundError."""
    row = read.upload(c, upload_id)
    return upload_of(row, _states(c, row))


def queue(
    c: Connection,
    upload_id: int,
    offset: int = 0,
    limit: int = 50,
    *,
    states: Sequence[str] = ("queued",),
) -> list[QueuedRow]:
    """Return rows that wait for a ruling (or are in other ``states``), in the file's order."""
    rows = read.upload_rows(c, upload_id, states=states, offset=offset, limit=limit)
    return [queued_row(r) for r in rows]


def places(c: Connection, building_ids: Sequence[int]) -> dict[int, BuildingPlace]:
    """Return what candidates are known by."""
    return read.building_places(c, building_ids)


def discard(c: Connection, upload_id: int, by: str, version: int) -> None:
    """Close an upload without publishing it. Raises ConflictError."""
    head = hold_upload(c, upload_id)
    check_version(head, version)
    write.step_upload(c, upload_id, state="discarded")
    write.prune_rows(c, head.code)
    record(c, "household_table.discard", head.code, f"count_upload:{upload_id}", {}, by=by)


def publish(
    c: Connection,
    upload_id: int,
    by: str,
    version: int,
    *,
    unplaced: bool = False,
    seen: int | None = None,
) -> int:
    """Make an upload the county's newest counts; return the snapshot's id.

    Buildings that the table does not name keep their older counts. The county's data day moves to
    the table's where that is later, and the list of imports names it. ``unplaced``: rows that still
    wait become unplaced households; without it they are an InputError. ``seen``: the newest
    snapshot in the preview that the person saw. Raises ConflictError when the upload or the
    county's snapshots changed since.
    """
    county = read.upload(c, upload_id).code
    write.hold_county(c, county)
    head = hold_upload(c, upload_id)
    check_version(head, version)
    if seen is not None and read.newest_snapshot(c, county)[0] != seen:
        raise ConflictError("other counts were published meanwhile: look at the preview again")
    waiting = [r.id for r in read.upload_rows(c, upload_id, states=("queued",))]
    if waiting and not unplaced:
        finding = Finding("households_queue_not_empty", values={"rows": len(waiting)})
        raise InputError("{count} rows wait for a ruling", (finding,), count=len(waiting))
    snapshot_id = write.add_snapshot(c, county, head.effective_on, head.source)
    counts, left = write.fill_snapshot(c, snapshot_id, upload_id, head.source)
    now = write.step_upload(c, upload_id, state="published", snapshot_id=snapshot_id)
    if waiting:
        write.set_rows(
            c, waiting, state="unplaced", how="left", building_id=None, by=None, version=now
        )
    move_data_day(c, county)
    write.add_import_run(c, upload_id, by, counts)
    write.prune_rows(c, county)
    touch(c, county)
    detail = {"snapshot": snapshot_id, "counts": counts, "unplaced": left}
    record(c, "household_table.publish", county, f"count_upload:{upload_id}", detail, by=by)
    return snapshot_id


def _states(c: Connection, row: UploadRow) -> dict[str, int]:
    states: dict[str, int] = {}
    for s in read.row_sums(c, row.id, "resident"):
        states[s.state] = states.get(s.state, 0) + s.rows
    return states


def _named(findings: Sequence[Finding], file: str) -> list[Finding]:
    return [dataclasses.replace(f, values={"file": file, **f.values}) for f in findings]


def _row_values(
    register: Register,
    county: str,
    upload_id: int,
    written: Sequence[WrittenRow],
    matches: Sequence[Match],
) -> list[tuple[Any, ...]]:
    codes: dict[str | None, str] = {}
    rows = []
    for w, m in zip(written, matches, strict=True):
        if w.community not in codes:
            codes[w.community] = community_of(register, w.community) or county
        own = register.buildings[m.building_id].community if m.building_id is not None else None
        rows.append(
            (
                upload_id, own or codes[w.community], w.row, w.rows, w.community, w.estate,
                w.building, w.entrance, w.address, w.code, m.key, dict(w.values), m.state, m.how,
                m.score, candidate_values(m.candidates), m.building_id,
            )
        )  # fmt: skip
    return rows


__all__ = [
    "Look",
    "QueuedRow",
    "RulingResult",
    "Upload",
    "Verdict",
    "discard",
    "history",
    "look",
    "measure_of",
    "open_upload",
    "places",
    "publish",
    "queue",
    "read_register",
    "roll_back",
    "rule",
    "snapshots",
    "take_back_roll_back",
    "take_back_ruling",
    "unplaced_total",
    "upload",
    "uploads",
]
