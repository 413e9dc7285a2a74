"""Rulings about rows of a table: what they place, what follows, how they are taken back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from sqlalchemy import Connection

from data.access.audit import record
from data.households import read, write
from data.households.rows import CountRow, NewMatch, UploadRow
from layers.households.county_register import read_register
from layers.households.matching.match import match
from layers.households.matching.register import Match, written_name
from layers.households.matching.repeats import entrance_of
from layers.households.tables.names import estate_key, plain, readings
from layers.households.uploads import candidate_values, candidates_of, written_of
from layers.kit.errors import ConflictError, InputError

Verdict = Literal["building", "not_ours", "unplaced"]
ONE_OFF: Final = ("named_twice", "disagree")
"""A ruling on such a row corrects this row; the name itself means another building."""
FOLLOWING: Final = ("alias", "estate_taught", "named_twice", "ruled_not_ours", "ruled_unplaced")
"""How rows go that may have followed from a ruling about another."""


@dataclass(frozen=True, slots=True)
class RulingResult:
    """What a ruling did: the upload's new version; rows ruled, and rows that followed from it."""

    version: int
    ruled: int
    followed: int


def rule(
    c: Connection,
    upload_id: int,
    row_ids: Sequence[int],
    building_id: int | None,
    verdict: Verdict,
    by: str,
    version: int,
) -> RulingResult:
    """Say what rows mean. Rows written the same follow; the name is remembered for next time.

    ``verdict``: building (then ``building_id``), not_ours, unplaced. ``version``: the upload's as
    the person saw it. An alias may teach how an estate is called: what it places now follows.
    Raises ConflictError when one of the rows was changed since, or the upload is no longer open.
    """
    head = hold_upload(c, upload_id)
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
    same = {r.id: r for r in rows}
    for row in rows:
        if row.ruled_at is not None:  # somebody thinks better of it
            write.forget_ruling(c, head.code, row.building_id, row.written_key, row.ruled_at)
        if _is_one_off(row):
            continue
        for other in read.upload_rows(c, upload_id, key=row.written_key):
            waits = other.state == "queued" and not _is_one_off(other)
            if waits or (row.ruled_by and other.ruled_at == row.ruled_at):
                same.setdefault(other.id, other)
        name = written_name(written_of(row))
        if building_id is not None:
            write.add_alias(c, building_id, name, by)
        else:
            write.set_verdict(c, head.code, row.written_key, name, verdict, by)
    write.set_rows(c, list(same), state=state, how=how, building_id=building_id, by=by, version=now)
    followed = 0
    if building_id is not None:
        followed = _follow(c, head, now, _estates(rows))
    detail = {"rows": sorted(same), "building": building_id, "verdict": verdict}
    record(c, "household_table.rule", head.code, f"count_upload:{upload_id}", detail, by=by)
    return RulingResult(now, len(same), followed)


def _is_one_off(row: CountRow) -> bool:
    """Tell whether a row waits, or waited before it was ruled, for a correction of itself."""
    return row.how in ONE_OFF or any(k["reason"] in ONE_OFF for k in candidates_of(row))


def take_back_ruling(
    c: Connection, upload_id: int, row_ids: Sequence[int], by: str, version: int
) -> RulingResult:
    """Forget rulings: their rows, and those that followed from them, are matched anew.

    Raises ConflictError as ``rule`` does.
    """
    head = hold_upload(c, upload_id)
    rows = _fresh(read.upload_rows(c, upload_id, ids=row_ids) if row_ids else [], version)
    now = write.step_upload(c, upload_id)
    same: dict[int, CountRow] = {}
    for row in rows:
        if row.ruled_at is None:
            raise InputError("nobody ruled about this row")
        write.forget_ruling(c, head.code, row.building_id, row.written_key, row.ruled_at)
        for other in read.upload_rows(c, upload_id, key=row.written_key):
            if other.ruled_at == row.ruled_at:
                same[other.id] = other
    changed = _match_anew(c, head, now, list(same.values()))
    detail = {"rows": sorted(same)}
    record(c, "household_table.unrule", head.code, f"count_upload:{upload_id}", detail, by=by)
    return RulingResult(now, len(same), changed - len(same))


def _estates(rows: Iterable[CountRow]) -> set[str]:
    """Return how rows call their estates: what a ruling about one of them can teach."""
    found = set()
    for row in rows:
        w = written_of(row)
        texts = (plain(w.estate), plain(written_name(w)))
        found |= {estate_key(plain(w.estate))} if w.estate else set()
        found |= {estate_key(r.estate) for text in texts for r in readings(text) if r.estate}
    return found


def _follow(c: Connection, head: UploadRow, version: int, estates: set[str]) -> int:
    """Place what waits under the estate names that were just taught; return how many rows.

    Rows of other estates learn nothing from it and are not matched again.
    """
    waiting = read.upload_rows(c, head.id, states=("queued",))
    rows = [r for r in waiting if estates & _estates([r])]
    if not rows:
        return 0
    found = _matched(c, head, rows)
    return _store(
        c, version, [(r, m) for r, m in zip(rows, found, strict=True) if m.state == "placed"]
    )


def _match_anew(c: Connection, head: UploadRow, version: int, forgotten: Sequence[CountRow]) -> int:
    """Match rows whose ruling was forgotten, and what may have followed from it; return how many.

    What may have followed: rows of the same estate's name, and rows about the same buildings.
    Other rulings always stand.
    """
    ids = {r.id for r in forgotten}
    estates = _estates(forgotten)
    buildings = {r.building_id for r in forgotten} - {None}
    rows = [
        r for r in read.upload_rows(c, head.id)
        if r.id in ids or r.building_id in buildings or estates & _estates([r])
        or any(k["building_id"] in buildings for k in candidates_of(r))
    ]  # fmt: skip
    changed = []
    for row, m in zip(rows, _matched(c, head, rows), strict=True):
        follows = row.ruled_by is None and row.how in FOLLOWING
        if row.id in ids or (follows and (m.state, m.building_id) != (row.state, row.building_id)):
            changed.append((row, m))
    return _store(c, version, changed)


def _matched(c: Connection, head: UploadRow, rows: Sequence[CountRow]) -> list[Match]:
    """Match some rows of an upload, the buildings that its other rows name being held."""
    held: dict[int, set[str | None]] = {}
    for row in read.placed_entrances(c, head.id, [r.id for r in rows]):
        held.setdefault(row.building_id, set()).add(entrance_of(written_of(row)))
    return match(
        read_register(c, head.code),
        [written_of(r) for r in rows],
        {building: frozenset(doors) for building, doors in held.items()},
    )


def _store(c: Connection, version: int, changed: Sequence[tuple[CountRow, Match]]) -> int:
    """Store where rows go now; return how many."""
    write.set_matches(
        c,
        [
            NewMatch(
                id=row.id,
                state=m.state,
                how=m.how,
                score=m.score,
                building_id=m.building_id,
                candidates=candidate_values(m.candidates),
                version=version,
            )
            for row, m in changed
        ],
    )
    return len(changed)


def hold_upload(c: Connection, upload_id: int) -> UploadRow:
    """Lock an open upload until the transaction ends. Raises ConflictError when it is closed."""
    head = read.upload(c, upload_id, hold=True)
    if head.state != "open":
        raise ConflictError("this table is closed: somebody published or discarded it")
    return head


def check_version(head: UploadRow, version: int) -> None:
    """Raise ConflictError when an upload was changed since a person saw it."""
    if head.version != version:
        raise ConflictError("somebody ruled about this table meanwhile: look at it again")


def _fresh(rows: list[CountRow], version: int) -> list[CountRow]:
    if any(r.version > version for r in rows):
        raise ConflictError("somebody ruled about this row meanwhile: look at it again")
    return rows
