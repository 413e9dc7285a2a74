"""Household tables between the database and the pure modules: open, rule, preview, publish.

An upload is open until it is published or discarded. Every act raises its version: who works
on what another has changed meanwhile is told (ConflictError), and nothing is lost.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final, Literal

from sqlalchemy import Connection, RowMapping

from data.importers.faults import Faults
from data.importers.source_files import sha256
from data.read import households as read
from data.write import households as write
from data.write.county import touch
from layers.households.headers import Layout
from layers.households.matching import match
from layers.households.reading import Look, look, read_table
from layers.households.register import (
    Building,
    Match,
    Register,
    community_of,
    make_register,
    written_name,
)
from layers.households.snapshots import (
    history,
    roll_back,
    snapshots,
    take_back_roll_back,
    unplaced_total,
)
from layers.households.table import Written
from layers.households.uploads import (
    QueuedRow,
    Upload,
    measure_of,
    queued_row,
    upload_of,
    written_of,
)
from layers.kit.errors import ConflictError, InputError
from layers.kit.findings import Finding

Verdict = Literal["building", "not_ours", "unplaced"]
ONE_OFF: Final = ("named_twice", "disagree")
"""A ruling on such a row corrects this row; the name itself means another building."""


@dataclass(frozen=True, slots=True)
class Ruled:
    """What a ruling did: the upload's new version; rows ruled, and rows that followed from it."""

    version: int
    ruled: int
    followed: int


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
    Raises InputError with every fault; then nothing was changed.
    """
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
    notes = {
        "titles": [*found.title, file_name, chosen.name],
        "elsewhere": elsewhere,
        "left_out": dict(table.left_out),
    }
    upload_id = write.add_upload(
        c,
        {
            "code": county,
            "file": file_name,
            "sha256": sha256(path),
            "sheet": chosen.name,
            "layout": layout.as_dict(),
            "measures": list(measures),
            "rows": len(table.written),
            "effective_on": effective_on,
            "source": source,
            "findings": [_stored(f) for f in (*found.findings, *faults.findings)],
            "notes": [notes],
            "state": "open",
            "made_by": made_by,
        },
    )
    write.add_rows(c, _row_values(register, county, upload_id, table.written, matches))
    detail = {"file": file_name, "sheet": chosen.name, "rows": len(table.written)}
    write.note(c, county, made_by, "household_table.open", f"count_upload:{upload_id}", detail)
    return upload_id


def read_register(c: Connection, county: str) -> Register:
    """Return the county's buildings as matching knows them, rulings and aliases included."""
    places = read.place_names(c, county)
    buildings = (
        Building(
            int(b["id"]), b["community"], b["estate"], b["number"], b["name"],
            tuple(b["addresses"]), tuple(b["aliases"]), b["external_id"],
        )
        for b in read.known_buildings(c, county)
    )  # fmt: skip
    communities = {p["code"]: p["name"] for p in places if p["kind"] == "community"}
    others = [p["name"] for p in places if p["kind"] != "community"]
    return make_register(buildings, communities, others, read.rulings(c, county))


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


def places(c: Connection, building_ids: Sequence[int]) -> dict[int, RowMapping]:
    """Return what candidates are known by: name, estate, number, community, address, lon, lat,
    ``geometry`` (GeoJSON text, EPSG:4326)."""
    return read.building_places(c, building_ids)


def rule(
    c: Connection,
    upload_id: int,
    row_ids: Sequence[int],
    building_id: int | None,
    verdict: Verdict,
    by: str,
    version: int,
) -> Ruled:
    """Say what rows mean. Rows written the same follow; the name is remembered for next time.

    ``verdict``: building (then ``building_id``), not_ours, unplaced. ``version``: the upload's as
    the person saw it. An alias may teach how an estate is called: what it places now follows.
    Raises ConflictError when one of the rows was changed since, or the upload is no longer open.
    """
    head = _hold(c, upload_id)
    if (verdict == "building") != (building_id is not None):
        raise InputError("a ruling names a building, or says that there is none")
    rows = _fresh(read.upload_rows(c, upload_id, ids=row_ids) if row_ids else [], version)
    if len(rows) != len(set(row_ids)):
        raise InputError("these rows are not in this upload")
    if building_id is not None and building_id not in read.building_places(c, [building_id]):
        raise InputError("there is no such building")
    now = write.step_upload(c, upload_id)
    state = {"building": "placed", "not_ours": "ignored", "unplaced": "unplaced"}[verdict]
    how = "ruled" if verdict == "building" else f"ruled_{verdict}"
    same = {int(r["id"]): r for r in rows}
    for row in rows:
        if row["how"] in ONE_OFF:
            continue
        for other in read.upload_rows(c, upload_id, states=("queued",), key=row["written_key"]):
            if other["how"] not in ONE_OFF:
                same.setdefault(int(other["id"]), other)
        name = written_name(written_of(row))
        if building_id is not None:
            write.add_alias(c, building_id, name, by)
        else:
            write.set_verdict(c, head["code"], row["written_key"], name, verdict, by)
    write.set_rows(c, list(same), state=state, how=how, building_id=building_id, by=by, version=now)
    followed = _match_again(c, head, now, ("queued",)) if building_id is not None else 0
    detail = {"rows": sorted(same), "building": building_id, "verdict": verdict}
    write.note(c, head["code"], by, "household_table.rule", f"count_upload:{upload_id}", detail)
    return Ruled(now, len(same), followed)


def take_back_ruling(
    c: Connection, upload_id: int, row_ids: Sequence[int], by: str, version: int
) -> Ruled:
    """Forget rulings: their rows, and those that followed from them, are matched anew.

    Raises ConflictError as ``rule`` does.
    """
    head = _hold(c, upload_id)
    rows = _fresh(read.upload_rows(c, upload_id, ids=row_ids) if row_ids else [], version)
    now = write.step_upload(c, upload_id)
    same: dict[int, RowMapping] = {}
    for row in rows:
        if row["ruled_by"] is None:
            raise InputError("nobody ruled about this row")
        write.forget_ruling(
            c, head["code"], row["building_id"], row["written_key"], row["ruled_at"]
        )
        for other in read.upload_rows(c, upload_id, key=row["written_key"]):
            if other["ruled_at"] == row["ruled_at"]:
                same[int(other["id"])] = other
    changed = _match_again(c, head, now, (), frozenset(same))
    detail = {"rows": sorted(same)}
    write.note(c, head["code"], by, "household_table.unrule", f"count_upload:{upload_id}", detail)
    return Ruled(now, len(same), changed - len(same))


def _match_again(
    c: Connection,
    head: RowMapping,
    version: int,
    states: Sequence[str],
    forgotten: frozenset[int] = frozenset(),
) -> int:
    """Match an upload anew and store what differs; return how many rows changed.

    With ``states`` only rows in them change, and only to be placed. Without, the rows in
    ``forgotten`` and those that were placed by an alias change. Other rulings always stand.
    """
    rows = read.upload_rows(c, head["id"])
    register = read_register(c, head["code"])
    found = match(register, [written_of(r) for r in rows])
    changed = []
    for row, m in zip(rows, found, strict=True):
        if states:
            takes = row["state"] in states and m.state == "placed"
        elif row["id"] in forgotten:
            takes = True
        else:
            takes = row["ruled_by"] is None and (
                row["how"] in ("alias", "estate_taught", "named_twice", "ruled_not_ours",
                               "ruled_unplaced")
                and (m.state, m.building_id) != (row["state"], row["building_id"])
            )  # fmt: skip
        if takes:
            changed.append(
                {
                    "id": row["id"],
                    "state": m.state,
                    "how": m.how,
                    "score": m.score,
                    "building_id": m.building_id,
                    "candidates": [dataclasses.asdict(k) for k in m.candidates],
                    "version": version,
                }
            )
    write.set_matches(c, changed)
    return len(changed)


def discard(c: Connection, upload_id: int, by: str, version: int) -> None:
    """Close an upload without publishing it. Raises ConflictError."""
    head = _hold(c, upload_id)
    _check_version(head, version)
    write.step_upload(c, upload_id, state="discarded")
    write.note(c, head["code"], by, "household_table.discard", f"count_upload:{upload_id}", {})


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

    Buildings that the table does not name keep their older counts. ``unplaced``: rows that still
    wait become unplaced households; without it they are an InputError. ``seen``: the newest
    snapshot in the preview that the person saw. Raises ConflictError when the upload or the
    county's snapshots changed since.
    """
    county = str(read.upload(c, upload_id)["code"])
    write.hold_county(c, county)
    head = _hold(c, upload_id)
    _check_version(head, version)
    if seen is not None and read.newest_snapshot(c, county)[0] != seen:
        raise ConflictError("other counts were published meanwhile: look at the preview again")
    waiting = [int(r["id"]) for r in read.upload_rows(c, upload_id, states=("queued",))]
    if waiting and not unplaced:
        finding = Finding("households_queue_not_empty", values={"rows": len(waiting)})
        raise InputError(f"{len(waiting)} rows wait for a ruling", (finding,))
    snapshot_id = write.add_snapshot(c, county, head["effective_on"], head["source"])
    counts, left = write.fill_snapshot(c, snapshot_id, upload_id, head["source"])
    now = write.step_upload(c, upload_id, state="published", snapshot_id=snapshot_id)
    if waiting:
        write.set_rows(
            c, waiting, state="unplaced", how="left", building_id=None, by=None, version=now
        )
    touch(c, county)
    detail = {"snapshot": snapshot_id, "counts": counts, "unplaced": left}
    write.note(c, county, by, "household_table.publish", f"count_upload:{upload_id}", detail)
    return snapshot_id


def _states(c: Connection, row: RowMapping) -> dict[str, int]:
    states: dict[str, int] = {}
    for s in read.row_sums(c, row["id"], "resident"):
        states[s["state"]] = states.get(s["state"], 0) + int(s["rows"])
    return states


def _hold(c: Connection, upload_id: int) -> RowMapping:
    head = read.upload(c, upload_id, hold=True)
    if head["state"] != "open":
        raise ConflictError("this table is closed: somebody published or discarded it")
    return head


def _check_version(head: RowMapping, version: int) -> None:
    if head["version"] != version:
        raise ConflictError("somebody ruled about this table meanwhile: look at it again")


def _fresh(rows: list[RowMapping], version: int) -> list[RowMapping]:
    if any(r["version"] > version for r in rows):
        raise ConflictError("somebody ruled about this row meanwhile: look at it again")
    return rows


def _named(findings: Sequence[Finding], file: str) -> list[Finding]:
    return [dataclasses.replace(f, values={"file": file, **f.values}) for f in findings]


def _stored(f: Finding) -> dict[str, Any]:
    return {
        "code": f.code,
        "severity": f.severity,
        "row": f.row,
        "field": f.field,
        "values": dict(f.values),
    }


def _row_values(
    register: Register,
    county: str,
    upload_id: int,
    written: Sequence[Written],
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
                m.score, [dataclasses.asdict(k) for k in m.candidates], m.building_id,
            )
        )  # fmt: skip
    return rows


__all__ = [
    "Look",
    "QueuedRow",
    "Ruled",
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
    "roll_back",
    "rule",
    "snapshots",
    "take_back_roll_back",
    "take_back_ruling",
    "unplaced_total",
    "upload",
    "uploads",
]
