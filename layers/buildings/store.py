"""Edits of buildings between the database and the rules: saved whole, undone, done again.

One editor of a county at a time; everything of one edit in the caller's transaction: rows, counts,
plots, drafts, log. A request that is sent twice is done once (its token).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Connection

from data.read import building_edits as read
from data.read import communities as read_communities
from data.read import plans
from data.write import building_edits as write
from data.write.county import touch
from layers.buildings import counts
from layers.buildings.edit import Around, Change, Kind, Outcome, Standing, Wanted, edit, label_of
from layers.buildings.shapes import follow as follow_shape
from layers.grids import carry_over
from layers.grids.carry_over import Edited
from layers.grids.draft_state import Row
from layers.grids.grounds import Grounds
from layers.kit.crs import to_measuring, to_storage
from layers.kit.errors import ConflictError, InputError, NotFoundError
from layers.kit.findings import Finding


@dataclass(frozen=True)
class Sent:
    """An edit as it came. ``shapes``: EPSG:4490 by building id (0: the new one); ``versions``: of
    the buildings as they were shown; ``asked``: the request, for the log."""

    kind: Kind
    by: str
    buildings: tuple[int, ...] = ()
    versions: Mapping[int, int] | None = None
    shapes: Mapping[int, BaseGeometry] | None = None
    line: BaseGeometry | None = None
    values: Mapping[str, Any] | None = None
    confirm: frozenset[str] = frozenset()
    token: str | None = None
    asked: Mapping[str, Any] | None = None
    today: date | None = None
    source: str | None = None


@dataclass(frozen=True)
class Saved:
    """An edit that was saved. ``changed``, ``removed``: ids; ``plots``: a report by community;
    ``findings``: what should be known, geometry in the measuring CRS ``srid``."""

    edit: int
    changed: tuple[int, ...]
    removed: tuple[int, ...]
    plots: tuple[Mapping[str, Any], ...]
    findings: tuple[Finding, ...] = ()
    srid: int = 4490
    repeated: bool = False


@dataclass(frozen=True)
class Refused:
    """An edit that came too late. It is kept in the log as ``edit``; None where it is not."""

    edit: int | None
    reason: str


def save_edit(c: Connection, county: str, sent: Sent) -> Saved | Refused:
    """Make an edit. Raises InputError with its faults, NotFoundError."""
    write.hold_edits(c, county)
    repeated = _repeated(c, county, sent.token)
    if repeated is not None:
        return repeated
    policy = plans.policy(c, county)
    rows = read.states(c, county, sent.buildings, policy["household_measure"])
    missing = sorted(set(sent.buildings) - set(rows))
    if missing:
        raise NotFoundError(f"building {missing[0]} is not in this county")
    late = _late(c, county, rows, sent.versions or {})
    if late is not None:
        return _keep_refused(c, county, sent, late)
    srid = policy["measuring_srid"]
    today = (sent.today or _today()).isoformat()
    standing = [_standing(i, rows[i], srid) for i in sent.buildings]
    shapes = dict(sent.shapes or {})
    values = _measured(dict(sent.values or {}), srid)
    metric = dict(zip(shapes, _metric(list(shapes.values()), srid), strict=True))
    line = None if sent.line is None else _metric([sent.line], srid)[0]
    _check_values(c, county, sent.kind, values, sent.buildings)
    wanted = Wanted(sent.kind, today, metric, line, {**values, "by": sent.by}, sent.confirm)
    outcome = edit(wanted, standing, _around(c, county, srid, sent.kind, standing, metric))
    return _save(c, policy, sent, outcome, today)


def _today() -> date:
    return datetime.now(UTC).date()


def _repeated(c: Connection, county: str, token: str | None) -> Saved | Refused | None:
    found = read.edit_by_token(c, county, token) if token else None
    if found is None:
        return None
    if found["refused"] is not None:
        return Refused(found["id"], found["refused"])
    answer = found["answer"]
    return Saved(
        found["id"],
        tuple(answer.get("changed", ())),
        tuple(answer.get("removed", ())),
        tuple(answer.get("plots", ())),
        repeated=True,
    )


def _late(
    c: Connection, county: str, rows: Mapping[int, Row], versions: Mapping[int, int]
) -> str | None:
    """Return who changed which building since it was shown, or None."""
    changed = [i for i, version in versions.items() if i in rows and rows[i]["version"] != version]
    changed += [i for i, r in rows.items() if r["state"]["valid_to"] is not None]
    if not changed:
        return None
    return _who(c, county, changed, [label_of(rows[i]["state"], i) for i in changed])


def _who(c: Connection, county: str, ids: Sequence[int], labels: Sequence[str]) -> str:
    """Return the sentence that says who was first."""
    last = read.last_hand(c, county, ids)
    what = "、".join(labels[:3])
    if last is None:
        return f"{what}: changed since by an import"
    when = last["made_at"].strftime("%Y-%m-%d %H:%M")
    return f"{what}: {last['made_by']} · {last['kind']} · {when} UTC"


def _keep_refused(c: Connection, county: str, sent: Sent, reason: str) -> Refused:
    kept = write.log_edit(
        c,
        county,
        sent.kind,
        sent.by,
        buildings=sent.buildings,
        asked=sent.asked,
        token=sent.token,
        refused=reason,
    )
    return Refused(kept, reason)


def _metric(shapes: Sequence[BaseGeometry], srid: int) -> list[BaseGeometry]:
    return list(to_measuring(np.array(shapes, dtype=object), srid)) if len(shapes) else []


def _degrees(shapes: Sequence[BaseGeometry], srid: int) -> list[BaseGeometry]:
    return list(to_storage(np.array(shapes, dtype=object), srid))


def _shape(state: Mapping[str, Any]) -> BaseGeometry:
    shape = shapely.from_wkb(bytes.fromhex(state["geometry"]))
    single = shape.geom_type == "MultiPolygon" and len(shape.geoms) == 1
    return shape.geoms[0] if single else shape


def _standing(building_id: int, row: Row, srid: int) -> Standing:
    shape = _metric([_shape(row["state"])], srid)[0]
    return Standing(building_id, row["version"], row["state"], shape, row["households"])


def _measured(values: dict[str, Any], srid: int) -> dict[str, Any]:
    """Return values with the places of entrances in the measuring CRS."""
    if "entrances" in values:
        points = [p for _, p in values["entrances"] if p is not None]
        moved = iter(_metric(points, srid))
        values["entrances"] = [
            (name, None if p is None else next(moved)) for name, p in values["entrances"]
        ]
    return values


def _check_values(
    c: Connection, county: str, kind: Kind, values: Mapping[str, Any], ids: Sequence[int]
) -> None:
    external = values.get("external_id")
    if external is not None and kind in ("draw", "attributes"):
        if len(ids) > 1:
            raise InputError("", (Finding("external_id_of_several"),))
        holder = read.external_id_holder(c, county, external, ids)
        if holder is not None:
            said = {"external_id": external, "other": label_of(dict(holder), holder["id"])}
            raise InputError("", (Finding("external_id_taken", values=said),))
    estate = values.get("estate_id")
    if estate is not None and estate not in {e["id"] for e in read.estates(c, county)}:
        raise InputError(f"estate {estate} is not in this county")


def _around(
    c: Connection,
    county: str,
    srid: int,
    kind: Kind,
    standing: Sequence[Standing],
    metric: Mapping[int, BaseGeometry],
) -> Around:
    frame = read_communities.communities(c, county, srid)
    drawn = [s for s in metric.values() if s is not None and not s.is_empty]
    others: list[Standing] = []
    if kind in ("draw", "move", "reshape") and drawn:
        own = {b.id for b in standing}
        boxes = [tuple(s.bounds) for s in _degrees(drawn, srid)]
        for row in read.near(c, county, boxes):
            if row["id"] not in own:
                shape = _metric([shapely.from_wkb(bytes(row["geometry"]))], srid)[0]
                shape = shape if shape.is_valid else shape.buffer(0)
                state = {k: row[k] for k in ("name", "number", "estate")}
                others.append(Standing(row["id"], row["version"], state, shape))
    return Around(
        [int(i) for i in frame["id"]],
        list(frame["code"]),
        list(frame["name"]),
        np.asarray(frame.geometry.array, dtype=object),
        others,
    )


def _save(
    c: Connection,
    policy: Row,
    sent: Sent,
    outcome: Outcome,
    today: str,
) -> Saved:
    """Write the rows, then what follows them, then the log."""
    srid = policy["measuring_srid"]
    fresh = [change for change in outcome.changes if change.id is None]
    ids = iter(write.new_ids(c, len(fresh)))
    log: list[dict[str, Any]] = []
    begun: list[tuple[int, Change]] = []
    for change in outcome.changes:
        building_id = change.id if change.id is not None else next(ids)
        after = _stored(change, srid)
        if sent.source and change.before is None:
            after["source"] = sent.source
        before = change.before
        if before is not None and dict(before) == after:
            continue
        version = write.put_state(c, building_id, before, after)
        log.append({"id": building_id, "version": version, "before": before, "after": after})
        if change.of:
            begun.append((building_id, change))
    counts.hand_over(c, [(i, b.of, b.weight, b.households, b.after["code"]) for i, b in begun],
                     policy["household_measure"])  # fmt: skip
    plots = _follow(c, policy, log, today)
    return _logged(c, policy, sent, outcome, log, begun, plots, srid)


def _stored(change: Change, srid: int) -> dict[str, Any]:
    """Return a row's state as the database keeps it: geometry in hex, EPSG:4490."""
    after = dict(change.after)
    if change.shape is not None:
        shape = _degrees([change.shape], srid)[0]
        if shape.geom_type == "Polygon":
            shape = shapely.MultiPolygon([shape])
        after["geometry"] = shapely.to_wkb(shape, hex=True, byte_order=1).lower()
        if change.shape_before is not None and after["entrances"]:
            after["entrances"] = [
                _entrance_moved(e, change.shape_before, change.shape, srid)
                for e in after["entrances"]
            ]
    if change.entrances is not None:
        after["entrances"] = [
            [name, None if point is None else _hex(point, srid)] for name, point in change.entrances
        ]
    return after


def _hex(point: BaseGeometry, srid: int) -> str:
    there = _degrees([point], srid)[0]
    return str(shapely.to_wkb(there, hex=True, byte_order=1)).lower()


def _entrance_moved(
    entrance: Sequence[Any], before: BaseGeometry, after: BaseGeometry, srid: int
) -> list[Any]:
    name, place = entrance
    if place is None:
        return [name, None]
    point = _metric([shapely.from_wkb(bytes.fromhex(place))], srid)[0]
    return [name, _hex(follow_shape(point, before, after), srid)]


def _follow(
    c: Connection,
    policy: Row,
    log: Sequence[Mapping[str, Any]],
    today: str,
    back: Sequence[Mapping[str, Any]] = (),
) -> list[dict[str, Any]]:
    """Bring plots and plans after the rows that were written, community by community."""
    by_community: dict[int, list[Edited]] = {}
    for row in log:
        sides = [_seen(row["before"]), _seen(row["after"])]
        homes = {home for home, _ in sides if home is not None}
        if sides[0] == sides[1]:
            continue
        label = label_of(row["after"] or row["before"] or {}, row["id"])
        for home in homes:
            shapes = [_shape_of(row[k]) if s[0] == home else None
                      for k, s in zip(("before", "after"), sides, strict=True)]  # fmt: skip
            by_community.setdefault(home, []).append(Edited(row["id"], label, *shapes))
    known = {record["community"]: record for record in back}
    # Of this transaction alone: what is read here is not committed yet.
    grounds = Grounds(size=4)
    records = []
    for community in sorted(by_community):
        record = carry_over.follow(
            c, grounds, policy, community, by_community[community], today, known.get(community)
        )
        if record is not None:
            records.append(record)
    return records


def _seen(state: Mapping[str, Any] | None) -> tuple[int | None, str | None]:
    """Return what plots see of a row: its community and footprint while it stands."""
    if state is None or state.get("valid_to") is not None:
        return None, None
    return state.get("community_id"), state["geometry"]


def _shape_of(state: Mapping[str, Any]) -> BaseGeometry:
    shape = _shape(state)
    return shape if shape.is_valid else shapely.make_valid(shape)


def _logged(
    c: Connection,
    policy: Row,
    sent: Sent,
    outcome: Outcome,
    log: Sequence[Mapping[str, Any]],
    begun: Sequence[tuple[int, Change]],
    plots: Sequence[dict[str, Any]],
    srid: int,
) -> Saved:
    weights = {i: [list(b.of), b.weight, b.households] for i, b in begun}
    edit_id = write.log_edit(
        c,
        policy["code"],
        sent.kind,
        sent.by,
        buildings=[row["id"] for row in log],
        asked=sent.asked,
        changes=[{**row, "of": weights.get(row["id"])} for row in log],
        plots=plots,
        token=sent.token,
    )
    touch(c, policy["code"])
    saved = _saved(edit_id, log, plots, outcome.findings, srid)
    write.set_answer(c, edit_id, _answer(saved))
    return saved


def _saved(
    edit_id: int,
    log: Sequence[Mapping[str, Any]],
    plots: Sequence[Mapping[str, Any]],
    findings: Sequence[Finding],
    srid: int,
) -> Saved:
    ended = tuple(r["id"] for r in log if _seen(r["after"])[1] is None)
    changed = tuple(r["id"] for r in log if r["id"] not in ended)
    reports = tuple(record["report"] for record in plots)
    return Saved(edit_id, changed, ended, reports, tuple(findings), srid)


def _answer(saved: Saved) -> dict[str, Any]:
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
) -> Saved | Refused:
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
        raise InputError("there is nothing to redo" if redo else "there is nothing to undo")
    changes = found["changes"]
    ids = [row["id"] for row in changes]
    rows = read.states(c, county, ids, policy["household_measure"])
    late = [
        r["id"]
        for r in changes
        if r["id"] not in rows
        or not _stands_as(rows[r["id"]]["state"], r["before"] if redo else r["after"])
    ]
    if late:
        labels = [label_of(rows[i]["state"], i) for i in late if i in rows]
        raise ConflictError(_who(c, county, late, labels))
    day = (today or _today()).isoformat()
    log = [_stepped(c, row, rows[row["id"]]["state"], day, redo=redo) for row in changes]
    _step_counts(c, changes, policy["household_measure"], redo=redo)
    plots = _follow(c, policy, log, day, found["plots"])
    versions = {row["id"]: row["version"] for row in log}
    kept = [{**row, "version": versions[row["id"]]} for row in changes]
    write.set_done(c, found["id"], undone=not redo, changes=kept, plots=plots)
    edit_id = write.log_edit(
        c,
        county,
        "redo" if redo else "undo",
        by,
        buildings=ids,
        token=token,
        of_edit=found["id"],
    )
    touch(c, county)
    saved = _saved(edit_id, log, plots, (), policy["measuring_srid"])
    write.set_answer(c, edit_id, _answer(saved))
    return saved


def follow_import(c: Connection, county: str, today: date | None = None) -> bool:
    """Bring plots and plans after the buildings of the import that was just written.

    False where there are no plots yet, or too much came at once to be logged: then the county's
    plots are to be made as a whole.
    """
    found = read.last_import(c, county)
    policy = plans.policy(c, county)
    planned = {r["id"] for r in plans.communities_planned(c, county, policy["data_as_of"])}
    if found is None or not found["changes"]:
        return False
    homes = {_seen(row[k])[0] for row in found["changes"] for k in ("before", "after")}
    if not homes - {None} <= planned:
        return False
    day = (today or _today()).isoformat()
    plots = _follow(c, policy, found["changes"], day)
    write.set_done(c, found["id"], undone=False, changes=found["changes"], plots=plots)
    return True


KEPT = ("code", "community_id", "estate_id", "name", "number", "levels", "levels_estimated",
        "life", "use", "external_id", "source", "valid_from", "valid_to", "geometry", "addresses",
        "aliases", "entrances", "lives", "uses")  # fmt: skip


def _stands_as(state: Mapping[str, Any], left: Mapping[str, Any] | None) -> bool:
    """Tell whether a row is as an edit left it; None: it had not begun."""
    if left is None:
        return state["valid_to"] is not None
    return all(state.get(name) == left.get(name) for name in KEPT)


def _stepped(
    c: Connection, row: Mapping[str, Any], now: Mapping[str, Any], day: str, *, redo: bool
) -> dict[str, Any]:
    """Put one row into the state that it had before an edit (or after it, ``redo``)."""
    goal = row["after"] if redo else row["before"]
    if goal is None:
        version = write.take_back(c, row["id"], day)
    else:
        version = write.put_state(c, row["id"], now, goal)
    return {"id": row["id"], "version": version, "before": now, "after": goal}


def _step_counts(
    c: Connection, changes: Sequence[Mapping[str, Any]], measure: str, *, redo: bool
) -> None:
    """Let counts follow: to the parts when an edit is done again, back when it is undone."""
    parts = [row for row in changes if row.get("of")]
    if not parts:
        return
    if redo:
        write.drop_counts(c, [row["id"] for row in parts])
        counts.hand_over(
            c,
            [(r["id"], tuple(r["of"][0]), r["of"][1], r["of"][2], r["after"]["code"])
             for r in parts],
            measure,
        )  # fmt: skip
        return
    # What came in for the parts since then goes to the whole that stands again.
    wholes = sorted({i for row in parts for i in row["of"][0]})
    codes = {row["id"]: row["before"]["code"] for row in changes if row["before"]}
    own = tuple(row["id"] for row in parts)
    counts.hand_back(c, wholes, own, codes, measure)
