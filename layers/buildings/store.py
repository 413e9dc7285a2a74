"""Edits of buildings between the database and the rules: saved whole, undone, done again.

One editor of a county at a time; everything of one edit in the caller's transaction: rows, counts,
plots, drafts, log. A request that is sent twice is done once (its token).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypedDict

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Connection

from data.buildings import read_edits as read
from data.buildings import write_edits as write
from data.buildings.rows import EditChange, StateRow
from data.divisions import read_communities
from data.divisions.write_county import touch
from data.plans import read as plans
from data.plans.rows import Policy
from layers.buildings import counts
from layers.buildings.edit import Attributes, EditOrder, Kind, Outcome, edit
from layers.buildings.following import follow_plots, office_day
from layers.buildings.rows import (
    Change,
    Neighbour,
    Neighbourhood,
    StandingBuilding,
    called,
    label_of,
)
from layers.buildings.states import (
    in_degrees,
    in_metres,
    seen_by_plots,
    standing_from,
    stands_as,
    state_after,
    values_in_metres,
)
from layers.grids.following.record import Record, Report
from layers.kit import clock
from layers.kit.errors import ConflictError, InputError, Message, NotFoundError, message_of
from layers.kit.findings import Finding
from layers.kit.json import StoredJson, parsed
from layers.kit.records.buildings import BuildingState


@dataclass(frozen=True)
class EditRequest:
    """An edit as it came. ``shapes``: EPSG:4490 by building id (0: the new one); ``versions``: of
    the buildings as they were shown; ``asked``: the request, for the log."""

    kind: Kind
    by: str
    buildings: tuple[int, ...] = ()
    versions: Mapping[int, int] | None = None
    shapes: Mapping[int, BaseGeometry] | None = None
    line: BaseGeometry | None = None
    values: Attributes | None = None
    confirm: frozenset[str] = frozenset()
    token: str | None = None
    asked: StoredJson | None = None
    today: date | None = None
    source: str | None = None


class Answer(TypedDict, total=False):
    """What was told of an edit, as it is kept for a repeated send."""

    changed: list[int]
    removed: list[int]
    plots: list[Report]


@dataclass(frozen=True)
class EditResult:
    """An edit that was saved. ``changed``, ``removed``: ids; ``plots``: a report by community;
    ``findings``: what should be known, geometry in the measuring CRS ``srid``."""

    edit: int
    changed: tuple[int, ...]
    removed: tuple[int, ...]
    plots: tuple[Report, ...]
    findings: tuple[Finding, ...] = ()
    srid: int = 4490
    repeated: bool = False


@dataclass(frozen=True)
class LateEdit:
    """An edit that came too late. It is kept in the log as ``edit``; None where it is not."""

    edit: int | None
    reason: Message


def save_edit(c: Connection, county: str, sent: EditRequest) -> EditResult | LateEdit:
    """Make an edit. Raises InputError with its faults, NotFoundError."""
    write.hold_edits(c, county)
    repeated = _repeated(c, county, sent.token)
    if repeated is not None:
        return repeated
    policy = plans.policy(c, county)
    rows = read.states(c, county, sent.buildings, policy.household_measure)
    missing = sorted(set(sent.buildings) - set(rows))
    if missing:
        raise NotFoundError("building {missing} is not in this county", missing=missing[0])
    late = _late(c, county, rows, sent.versions or {})
    if late is not None:
        return _keep_refused(c, county, sent, late)
    srid = policy.measuring_srid
    today = (sent.today or office_day()).isoformat()
    standing = [standing_from(rows[i], srid) for i in sent.buildings]
    shapes = dict(sent.shapes or {})
    values = values_in_metres(sent.values or {}, srid)
    metric = dict(zip(shapes, in_metres(list(shapes.values()), srid), strict=True))
    line = None if sent.line is None else in_metres([sent.line], srid)[0]
    _check_values(c, county, sent.kind, values, sent.buildings)
    wanted = EditOrder(sent.kind, today, metric, line, values, sent.by, sent.confirm)
    outcome = edit(wanted, standing, _around(c, county, srid, sent.kind, standing, metric))
    return _save(c, policy, sent, outcome, today)


def _repeated(c: Connection, county: str, token: str | None) -> EditResult | LateEdit | None:
    found = read.edit_by_token(c, county, token) if token else None
    if found is None:
        return None
    if found.refused is not None:
        return LateEdit(found.id, message_of(found.refused))
    answer = parsed(Answer, found.answer, "building_edit.answer")
    return EditResult(
        found.id,
        tuple(answer.get("changed", ())),
        tuple(answer.get("removed", ())),
        tuple(answer.get("plots", ())),
        repeated=True,
    )


def _late(
    c: Connection, county: str, rows: Mapping[int, StateRow], versions: Mapping[int, int]
) -> Message | None:
    """Return who changed which building since it was shown, or None."""
    changed = [i for i, version in versions.items() if i in rows and rows[i].version != version]
    changed += [i for i, r in rows.items() if r.state["valid_to"] is not None]
    if not changed:
        return None
    return _who(c, county, changed, [label_of(rows[i].state, i) for i in changed])


def _who(c: Connection, county: str, ids: Sequence[int], labels: Sequence[str]) -> Message:
    """Return the sentence that says who was first."""
    last = read.last_hand(c, county, ids)
    what = "、".join(labels[:3])
    if last is None:
        return Message("{what}: changed since by an import", {"what": what})
    when = clock.minute(last.made_at)
    told = {"what": what, "by": last.made_by, "kind": last.kind, "at": when}
    return Message("{what}: {by} · {kind} · {at}", told)


def _keep_refused(c: Connection, county: str, sent: EditRequest, reason: Message) -> LateEdit:
    kept = write.log_edit(
        c,
        county,
        sent.kind,
        sent.by,
        buildings=sent.buildings,
        asked=sent.asked,
        token=sent.token,
        refused=reason.line(),
    )
    return LateEdit(kept, reason)


def _check_values(
    c: Connection, county: str, kind: Kind, values: Attributes, ids: Sequence[int]
) -> None:
    external = values.get("external_id")
    if external is not None and kind in ("draw", "attributes"):
        if len(ids) > 1:
            raise InputError("", (Finding("external_id_of_several"),))
        holder = read.external_id_holder(c, county, external, ids)
        if holder is not None:
            said = {
                "external_id": external,
                "other": called(holder.name, None, holder.number, None, holder.id),
            }
            raise InputError("", (Finding("external_id_taken", values=said),))
    estate = values.get("estate_id")
    if estate is not None and estate not in {e.id for e in read.estates(c, county)}:
        raise InputError("estate {estate} is not in this county", estate=estate)


def _around(
    c: Connection,
    county: str,
    srid: int,
    kind: Kind,
    standing: Sequence[StandingBuilding],
    metric: Mapping[int, BaseGeometry],
) -> Neighbourhood:
    frame = read_communities.communities(c, county, srid)
    drawn = [s for s in metric.values() if s is not None and not s.is_empty]
    others: list[Neighbour] = []
    if kind in ("draw", "move", "reshape") and drawn:
        own = {b.id for b in standing}
        boxes = [tuple(s.bounds) for s in in_degrees(drawn, srid)]
        for row in read.near(c, county, boxes):
            if row.id not in own:
                shape = in_metres([shapely.from_wkb(row.geometry)], srid)[0]
                shape = shape if shape.is_valid else shape.buffer(0)
                label = called(row.name, row.estate, row.number, None, row.id)
                others.append(Neighbour(row.id, label, shape))
    return Neighbourhood(
        [int(i) for i in frame["id"]],
        list(frame["code"]),
        list(frame["name"]),
        np.asarray(frame.geometry.array, dtype=object),
        others,
    )


def _save(
    c: Connection, policy: Policy, sent: EditRequest, outcome: Outcome, today: str
) -> EditResult:
    """Write the rows, then what follows them, then the log."""
    srid = policy.measuring_srid
    fresh = [change for change in outcome.changes if change.id is None]
    ids = iter(write.new_ids(c, len(fresh)))
    log: list[EditChange] = []
    begun: list[tuple[int, Change]] = []
    for change in outcome.changes:
        building_id = change.id if change.id is not None else next(ids)
        after = state_after(change, srid)
        if sent.source and change.before is None:
            after["source"] = sent.source
        before = change.before
        if before is not None and before == after:
            continue
        version = write.put_state(c, building_id, before, after)
        log.append({"id": building_id, "version": version, "before": before, "after": after})
        if change.of:
            begun.append((building_id, change))
    counts.hand_over(c, [(i, b.of, b.weight, b.households, b.after["code"]) for i, b in begun],
                     policy.household_measure)  # fmt: skip
    plots = follow_plots(c, policy, log, today)
    return _logged(c, policy, sent, outcome, log, begun, plots, srid)


def _logged(
    c: Connection,
    policy: Policy,
    sent: EditRequest,
    outcome: Outcome,
    log: Sequence[EditChange],
    begun: Sequence[tuple[int, Change]],
    plots: Sequence[Record],
    srid: int,
) -> EditResult:
    weights = {i: (list(b.of), b.weight, b.households) for i, b in begun}
    edit_id = write.log_edit(
        c,
        policy.code,
        sent.kind,
        sent.by,
        buildings=[row["id"] for row in log],
        asked=sent.asked,
        changes=[{**row, "of": weights.get(row["id"])} for row in log],
        plots=plots,
        token=sent.token,
    )
    touch(c, policy.code)
    saved = _saved(edit_id, log, plots, outcome.findings, srid)
    write.set_answer(c, edit_id, _answer(saved))
    return saved


def _saved(
    edit_id: int,
    log: Sequence[EditChange],
    plots: Sequence[Record],
    findings: Sequence[Finding],
    srid: int,
) -> EditResult:
    ended = tuple(r["id"] for r in log if seen_by_plots(r["after"])[1] is None)
    changed = tuple(r["id"] for r in log if r["id"] not in ended)
    reports = tuple(record["report"] for record in plots)
    return EditResult(edit_id, changed, ended, reports, tuple(findings), srid)


def _answer(saved: EditResult) -> Answer:
    return {
        "changed": list(saved.changed),
        "removed": list(saved.removed),
        "plots": list(saved.plots),
    }


def step(
    c: Connection,
    county: str,
    by: str,
    *,
    redo: bool,
    token: str | None = None,
    today: date | None = None,
) -> EditResult | LateEdit:
    """Undo somebody's last edit, or redo the first one that was undone.

    Raises InputError where there is none; ConflictError where somebody changed the same buildings.
    """
    write.hold_edits(c, county)
    repeated = _repeated(c, county, token)
    if repeated is not None:
        return repeated
    policy = plans.policy(c, county)
    found = read.edit_to(c, county, by, redo=redo)
    if found is None:
        if redo:
            raise InputError("there is nothing to redo")
        raise InputError("there is nothing to undo")
    changes = found.changes
    ids = [row["id"] for row in changes]
    rows = read.states(c, county, ids, policy.household_measure)
    late = [
        r["id"]
        for r in changes
        if r["id"] not in rows
        or not stands_as(rows[r["id"]].state, r["before"] if redo else r["after"])
    ]
    if late:
        labels = [label_of(rows[i].state, i) for i in late if i in rows]
        raise ConflictError(_who(c, county, late, labels))
    day = (today or office_day()).isoformat()
    log = [_stepped(c, row, rows[row["id"]].state, day, redo=redo) for row in changes]
    _step_counts(c, changes, policy.household_measure, redo=redo)
    back = [parsed(Record, kept, "building_edit.plots") for kept in found.plots]
    plots = follow_plots(c, policy, log, day, back)
    versions = {row["id"]: row["version"] for row in log}
    kept: list[EditChange] = [{**row, "version": versions[row["id"]]} for row in changes]
    write.set_done(c, found.id, undone=not redo, changes=kept, plots=plots)
    edit_id = write.log_edit(
        c, county, "redo" if redo else "undo", by, buildings=ids, token=token, of_edit=found.id
    )
    touch(c, county)
    saved = _saved(edit_id, log, plots, (), policy.measuring_srid)
    write.set_answer(c, edit_id, _answer(saved))
    return saved


def _stepped(
    c: Connection, row: EditChange, now: BuildingState, day: str, *, redo: bool
) -> EditChange:
    """Put one row into the state that it had before an edit (or after it, ``redo``)."""
    goal = row["after"] if redo else row["before"]
    if goal is None:
        version = write.take_back(c, row["id"], day)
    else:
        version = write.put_state(c, row["id"], now, goal)
    return {"id": row["id"], "version": version, "before": now, "after": goal}


def _step_counts(c: Connection, changes: Sequence[EditChange], measure: str, *, redo: bool) -> None:
    """Let counts follow: to the parts when an edit is done again, back when it is undone."""
    parts = [(row, of) for row in changes if (of := row.get("of"))]
    if not parts:
        return
    own = tuple(row["id"] for row, _ in parts)
    if redo:
        write.drop_counts(c, own)
        begun = [
            (row["id"], tuple(sources), weight, households, row["after"]["code"])
            for row, (sources, weight, households) in parts
            if row["after"] is not None
        ]
        counts.hand_over(c, begun, measure)
        return
    # What came in for the parts since then goes to the whole that stands again.
    wholes = sorted({i for _, of in parts for i in of[0]})
    codes = {row["id"]: row["before"]["code"] for row in changes if row["before"]}
    counts.hand_back(c, wholes, own, codes, measure)
