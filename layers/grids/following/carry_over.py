"""Plots and plans after an edit of buildings: a new tessellation, drafts moved to it, plans told.

1. Published plans keep their tessellation. A building that came, went or moved is hung on the plot
   of the plan that holds its larger share, so that live figures count it at once.
2. A draft is seen through the map from new plots to old ones: its assignment, its locks and every
   operation of its log are taken along that map, so replaying the log still gives the plan.
3. An edit that is taken back brings back the very plots that stood before, while they are kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy import Connection

from data.divisions import read_communities
from data.plans import read as plans
from data.plans.drafts import read_log as draft_log
from data.plans.drafts import write_log
from data.plans.retessellation import read, write
from data.plans.rows import HeldDraft, NewestTessellation, Operation, Policy, StoredPlot
from layers.grids.drafts.plot_store import PlotStore
from layers.grids.drafts.state import load_state, write_grids
from layers.grids.following.hanging import FollowingPlan, FootprintChange, hang, plan_told
from layers.grids.following.record import PlotFinding, Record, Report, as_row
from layers.grids.plots.renew import Ground, Patch, Pieces, parents, retessellate
from layers.kit.crs import to_measuring
from layers.kit.json import parsed

KEPT_VERSIONS = 8
"""Older plots kept per community beside those that plans use: the last edits that can be undone to
the digit. Further back, undoing makes plots anew around the edit."""


@dataclass(frozen=True)
class Renewal:
    """A community's plots after an edit. ``new``, ``old``: ids, new plot i comes from old plot i.

    ``taken``, ``added``: ids of the plots that went and came. ``findings``: of the new plots.
    """

    before: int
    after: int
    new: NDArray[np.int64]
    old: NDArray[np.int64]
    taken: tuple[int, ...]
    added: tuple[int, ...]
    findings: tuple[PlotFinding, ...]
    lost: Mapping[int, Mapping[int, int]]


def follow(
    c: Connection,
    plot_store: PlotStore,
    policy: Policy,
    community_id: int,
    edited: Sequence[FootprintChange],
    today: str,
    back: Record | None = None,
) -> Record | None:
    """Bring a community's plots and plans after some buildings; return the record for the log.

    The rows of the buildings are written already. ``back``: the record of the edit that is taken
    back (or done again). None where the community has no plots.
    """
    row = read.newest(c, community_id)
    if row is None:
        return None
    hung = hang(c, community_id, edited, today, back["hung"] if back else None)
    renewal = _returned(c, row, back) if back else None
    if renewal is None:
        renewal = _renewed(c, row, community_id, policy.measuring_srid, edited)
    report: Report = {
        "community": {"id": community_id, "code": row.code, "name": row.name},
        "plots_before": len(read.whole(c, row.id)),
        "plots_after": len(read.whole(c, renewal.after if renewal else row.id)),
        "plans": list(hung.plans),
        "findings": list(renewal.findings) if renewal else [],
    }
    record: Record = {"community": community_id, "hung": list(hung.rows), "report": report}
    if renewal is not None:
        lost: dict[str, list[tuple[int, int]]] = {}
        for draft in read.drafts(c, community_id):
            told = _carry(c, plot_store, policy, community_id, draft, renewal, edited, lost)
            report["plans"].append(told)
        added = set(renewal.added)
        record["before"], record["after"] = renewal.before, renewal.after
        record["children"] = [
            (int(n), int(o))
            for n, o in zip(renewal.new, renewal.old, strict=True)
            if int(n) in added
        ]
        record["taken"], record["lost"] = list(renewal.taken), lost
        write.forget_versions(c, community_id, KEPT_VERSIONS)
    return record


def _pieces(rows: Sequence[StoredPlot], srid: int) -> Pieces:
    stored = np.asarray(shapely.from_wkb([bytes(r.geometry) for r in rows]), dtype=object)
    river = np.array([r.kind == "river" for r in rows], bool)
    return Pieces(stored, np.asarray(to_measuring(stored, srid), dtype=object), river)


def _renewed(
    c: Connection,
    row: NewestTessellation,
    community_id: int,
    srid: int,
    edited: Sequence[FootprintChange],
) -> Renewal | None:
    """Make the plots around an edit anew; further out, then everywhere, where that does not fit."""
    shapes = [s for e in edited for s in (e.before, e.after) if s is not None]
    names = [e.id for e in edited]
    seeds = read.plots_touched(c, row.id, list(shapely.to_wkb(shapes)), names)
    if not seeds:
        return None
    nearest = sorted({*seeds, *read.neighbours(c, seeds)})
    ground = Ground(*read_communities.community_ground(c, community_id, srid))
    standing = {e.id for e in edited if e.after is not None}
    everything = read.whole(c, row.id)
    wider = sorted({*nearest, *read.neighbours(c, nearest)})
    attempts = ((nearest, True), (wider, True), (everything.tolist(), True),
                (everything.tolist(), False))  # fmt: skip
    for ids, to_fit in attempts:
        taken_rows = read.plots(c, ids)
        around_ids = read.touching(c, row.id, ids) if len(ids) < len(everything) else []
        taken, around = _pieces(taken_rows, srid), _pieces(read.plots(c, around_ids), srid)
        inside = {*read.standing_on(c, ids)} - {e.id for e in edited}
        buildings = read.footprints(c, sorted(inside | standing), srid)
        if around_ids:
            region = shapely.coverage_union_all(taken.metric)
        else:
            region = read.outline(c, community_id, srid)
        patch = retessellate(region, taken, around, buildings, ground, srid, to_fit=to_fit)
        if patch is not None:
            break
    else:
        raise RuntimeError(f"the plots of community {row.code} could not be made anew")
    return _store(c, row, community_id, patch, taken_rows, taken, around_ids, srid, set(names))


def _store(
    c: Connection,
    row: NewestTessellation,
    community_id: int,
    patch: Patch,
    taken_rows: Sequence[StoredPlot],
    taken: Pieces,
    around_ids: Sequence[int],
    srid: int,
    changed: set[int],
) -> Renewal:
    """Write the next version of a community's plots."""
    told = [as_row(f) for f in patch.findings]
    about = {str(b) for b in patch.plot_of} | {str(b) for b in changed}
    before = [parsed(PlotFinding, f, "tessellation.findings") for f in row.findings]
    findings = [f for f in before if f.get("subject") not in about] + told
    after = write.add_version(c, community_id, row.code, findings)
    everything = read.whole(c, row.id)
    taken_ids = np.array([r.id for r in taken_rows], np.int64)
    kept = everything[~np.isin(everything, taken_ids)]
    ids = np.array(write.new_plot_ids(c, len(kept) + len(patch.kind)), np.int64)
    kept_new, added = ids[: len(kept)], ids[len(kept) :]
    borders = read.borders(c, kept.tolist())
    write.copy_plots(c, after, kept.tolist(), kept_new.tolist(), borders)
    beside = kept_new[np.searchsorted(kept, np.array(around_ids, np.int64))]
    if patch.adjusted:
        moved = [int(beside[at]) for at in patch.adjusted]
        write.set_plot_shapes(c, moved, list(patch.adjusted.values()))
    places = np.concatenate((added, beside))
    pairs = patch.neighbours
    write.add_plots(
        c,
        after,
        community_id,
        row.code,
        ids=added.tolist(),
        buildings=patch.building,
        kinds=patch.kind,
        areas_m2=patch.area_m2.tolist(),
        shapes=patch.stored,
        plot_of={b: int(added[at]) for b, at in patch.plot_of.items()},
        borders=list(
            zip(
                places[pairs["a"].to_numpy(np.int64)].tolist(),
                places[pairs["b"].to_numpy(np.int64)].tolist(),
                pairs["shared_m"].tolist(),
                pairs["barrier"].tolist(),
                strict=True,
            )
        ),
    )
    fresh = Pieces(
        patch.stored,
        np.asarray(to_measuring(patch.stored, srid), dtype=object),
        np.zeros(len(added), bool),
    )
    buildings = [r.building_id for r in taken_rows]
    of = parents(taken, buildings, fresh, patch.building, changed)
    return Renewal(
        row.id,
        after,
        ids,
        np.concatenate((kept, taken_ids[of])),
        tuple(taken_ids.tolist()),
        tuple(added.tolist()),
        tuple(told),
        {},
    )


def _returned(c: Connection, row: NewestTessellation, back: Record) -> Renewal | None:
    """Bring back the plots that stood before an edit, where they are kept and nothing followed."""
    stood, came = back.get("before"), back.get("after")
    if stood is None or came != row.id or not read.tessellation_exists(c, stood):
        return None
    now, then = read.whole(c, row.id), read.whole(c, stood)
    added = np.array([n for n, _ in back["children"]], np.int64)
    taken = np.array(back["taken"], np.int64)
    same_now = now[~np.isin(now, added)]
    same_then = then[~np.isin(then, taken)]
    child: dict[int, int] = {}
    for n, o in back["children"]:
        child.setdefault(int(o), int(n))
    rows_then: dict[int, StoredPlot] = {r.id: r for r in read.plots(c, taken.tolist())}
    rows_now = read.plots(c, added.tolist())
    orphans = [int(q) for q in taken if int(q) not in child]
    if orphans and rows_now:
        shapes_now = np.asarray(shapely.from_wkb([bytes(r.geometry) for r in rows_now]), object)
        for q in orphans:
            shape = shapely.from_wkb(bytes(rows_then[q].geometry))
            common = shapely.area(shapely.intersection(shapes_now, shape))
            child[q] = int(rows_now[int(np.argmax(common))].id)
    write.make_newest(c, stood)
    return Renewal(
        row.id,
        stood,
        np.concatenate((same_then, taken)),
        np.concatenate((same_now, np.array([child[int(q)] for q in taken], np.int64))),
        tuple(added.tolist()),
        tuple(taken.tolist()),
        (),
        {int(p): {int(q): int(g) for q, g in rows} for p, rows in back.get("lost", {}).items()},
    )


def _carry(
    c: Connection,
    plot_store: PlotStore,
    policy: Policy,
    community_id: int,
    draft: HeldDraft,
    renewal: Renewal,
    edited: Sequence[FootprintChange],
    lost: dict[str, list[tuple[int, int]]],
) -> FollowingPlan:
    """Move a draft to the new plots (clause 2); say what changed in it."""
    plan_id, source = draft.id, draft.tessellation
    new, old = renewal.new, renewal.old
    if source != renewal.before:
        new, old = _from_elsewhere(c, source, renewal.after, policy.measuring_srid)
    stood = read.assigned(c, plan_id, source)
    names = [e.id for e in edited]
    seat = read.plots_of_buildings(c, source, names)
    gone = sorted(set(stood) - {int(v) for v in old})
    lost[str(plan_id)] = [(q, stood[q]) for q in gone]
    own = plans.tessellation(c, renewal.after).code
    codes = dict.fromkeys(stood.values(), own)
    codes |= {g: row.code for g, row in plans.draft_grids(c, plan_id, community_id).items()}
    known = renewal.lost.get(plan_id, {})
    other = {q: g for q, g in known.items() if g in codes}
    log = draft_log.operations(c, plan_id, community_id, after=-(2**31))
    write.set_moves(c, _translated(log, new, old, other))
    came = list(zip(new.tolist(), old.tolist(), strict=True))
    held = {n: other.get(n, stood[o]) for n, o in came if o in stood}
    locked = set(read.locked(c, plan_id, list(stood)))
    write.carry_draft(
        c,
        plan_id,
        community_id,
        renewal.after,
        leaves=list(stood),
        grids=held,
        codes=codes,
        locks={n: own for n, o in came if o in locked},
    )
    write_log.log_operation(
        c,
        plan_id,
        community_id=community_id,
        code=own,
        sequence=draft.version,
        kind="plots",
        moves=[],
        made_by="getu",
    )
    write_log.set_version(c, plan_id, draft.version + 1)
    head = plans.plan_head(c, plan_id)
    state = load_state(c, plot_store, head, community_id)
    fresh = {int(v) for v in renewal.added} if source == renewal.before else {int(v) for v in new}
    taken = set(renewal.taken)
    before = {g for q, g in stood.items() if q in taken}
    touched = before | {g for q, g in held.items() if q in fresh}
    if source != renewal.before:
        touched = {*stood.values(), *held.values()}
    write_grids(c, state, touched)
    now = read.plots_of_buildings(c, renewal.after, names)
    moved = [
        (e.id, stood.get(seat.get(e.id, -1)), held.get(now.get(e.id, -1)))
        for e in edited
        if stood.get(seat.get(e.id, -1)) != held.get(now.get(e.id, -1))
    ]
    buildings = int(state.about.graph.buildings.sum())
    return plan_told(c, plan_id, draft.name, buildings, moved)


def _from_elsewhere(
    c: Connection, source: int, target: int, srid: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return which plot of another version every plot of the newest comes from."""
    old_ids, new_ids = read.whole(c, source), read.whole(c, target)
    old_rows, new_rows = read.plots(c, old_ids.tolist()), read.plots(c, new_ids.tolist())
    of = parents(
        _pieces(old_rows, srid),
        [r.building_id for r in old_rows],
        _pieces(new_rows, srid),
        [r.building_id for r in new_rows],
    )
    return new_ids, old_ids[of]


def _translated(
    log: Sequence[Operation],
    new: NDArray[np.int64],
    old: NDArray[np.int64],
    other: Mapping[int, int],
) -> dict[int, list[list[int | None]]]:
    """Return the moves of every operation in terms of new plots, by row id.

    Plots of ``other`` start with a grid of their own and take part in no operation.
    """
    children: dict[int, list[int]] = {}
    for n, o in zip(new.tolist(), old.tolist(), strict=True):
        if n not in other:
            children.setdefault(o, []).append(n)
    result: dict[int, list[list[int | None]]] = {}
    for row in log:
        moves: list[list[int | None]] = [
            [n, m[1], m[2]] for m in row.moves for n in children.get(m[0] or 0, ())
        ]
        if row.kind == "start":
            moves += [[n, None, g] for n, g in other.items()]
            moves.sort(key=lambda m: m[0] or 0)
        result[row.id] = moves
    return result
