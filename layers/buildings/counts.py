"""Counts of buildings that are cut, joined or split: shared out in every snapshot, sums kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from data.buildings import write_edits as write
from data.buildings.rows import NewCount
from data.households import read_counts as read
from layers.buildings.shapes import shared_out
from layers.kit.ids import SnapshotId

Part = tuple[int, tuple[int, ...], float, int | None, str]
"""A building that takes over: id, from which, its weight, its exact households, its code."""


@dataclass(frozen=True, slots=True)
class CountSum:
    """What some buildings held together in a snapshot, of one measure."""

    snapshot_id: SnapshotId
    value: int
    source: str
    confidence: str


def hand_over(c: Connection, parts: Sequence[Part], measure: str) -> None:
    """Give buildings that begin the counts of those that they come from.

    In each snapshot a measure's value is what the sources held then (their newest value up to
    it); it is shared out by weight, and by the exact households in proportion. The newest values of
    ``measure`` that were given exactly count as reported, what was shared out as estimated.
    """
    groups: dict[tuple[int, ...], list[Part]] = {}
    for part in parts:
        groups.setdefault(part[1], []).append(part)
    for sources, group in groups.items():
        exact = all(p[3] is not None for p in group)
        weights = [float(p[3] or 0) for p in group] if exact else [p[2] for p in group]
        if sum(weights) <= 0:
            weights = [1.0] * len(group)
        whole = _held(c, sources)
        last = max((at for at, (m, _) in enumerate(whole) if m == measure), default=-1)
        rows = []
        for at, (name, held) in enumerate(whole):
            shares = shared_out(held.value, weights)
            sure = len(group) == 1 or (exact and at == last)
            for (building, _, _, _, code), value in zip(group, shares, strict=True):
                confidence = held.confidence if sure else "estimated"
                rows.append(
                    NewCount(held.snapshot_id, building, name, code, value, held.source, confidence)
                )
        write.add_counts(c, rows)


def _held(c: Connection, sources: Sequence[int]) -> list[tuple[str, CountSum]]:
    """Return what some buildings held together in every snapshot that counts any, in order."""
    value: dict[tuple[int, str], int] = {}
    result: dict[tuple[int, str], CountSum] = {}
    for row in read.dated(c, sources):
        value[row.building_id, row.measure] = row.value
        known = [value.get((b, row.measure)) for b in sources]
        result[row.snapshot_id, row.measure] = CountSum(
            row.snapshot_id,
            sum(v for v in known if v is not None),
            row.source,
            # A sum over buildings of which some are unknown is an estimate.
            row.confidence if None not in known else "estimated",
        )
    return [(measure, held) for (_, measure), held in result.items()]


def hand_back(
    c: Connection,
    wholes: Sequence[int],
    parts: Sequence[int],
    codes: Mapping[int, str],
    measure: str,
) -> None:
    """Give buildings that stand again what came in for their parts after these took over.

    Snapshots that count a building already are left as they are.
    """
    own = {(row.snapshot_id, row.measure) for row in read.dated(c, wholes)}
    last: dict[str, list[int]] = {}
    for name in {row.measure for row in read.dated(c, wholes)} | {measure}:
        newest: dict[int, int] = {
            r.building_id: r.value for r in read.dated(c, wholes) if r.measure == name
        }
        last[name] = [newest.get(b, 0) for b in wholes]
    rows = []
    for name, held in _held(c, parts):
        if (held.snapshot_id, name) in own:
            continue
        weights = last.get(name) or [1] * len(wholes)
        shares = shared_out(held.value, weights if sum(weights) else [1] * len(wholes))
        for building, value in zip(wholes, shares, strict=True):
            confidence = held.confidence if len(wholes) == 1 else "estimated"
            code = codes[building]
            rows.append(
                NewCount(held.snapshot_id, building, name, code, value, held.source, confidence)
            )
    write.add_counts(c, rows)
