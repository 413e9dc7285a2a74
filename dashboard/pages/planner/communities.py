"""Communities split, borders moved, official codes entered, over HTTP (docs/planner-api.md)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypedDict

import numpy as np
from flask import Blueprint, Response, jsonify
from sqlalchemy import Connection

from dashboard.access.principal import present
from dashboard.services import Services
from dashboard.web.bodies import body, day, sentence, who, whole, whole_or_none, wholes
from data.access.audit import unchanged
from data.divisions import read_changes as read_territories
from data.divisions.rows import ChangeRow, DivisionSaid
from data.engine import session
from data.plans import read
from layers.grids.communities.apply import carry_out
from layers.grids.communities.change import ChangeOrder, ChangeScript, prepare
from layers.grids.communities.codes import Official, enter_code
from layers.grids.communities.follow import Follow, follow
from layers.grids.communities.reversal import take_back
from layers.grids.drafts.plot_store import PlotStore
from layers.kit.errors import InputError
from layers.kit.json import JsonObject


def add_community_routes(api: Blueprint, services: Services, plot_store: PlotStore) -> None:
    """Add ``/<county>/territories`` and what belongs to it."""

    @api.get("/<county>/territories")
    def territories(county: str) -> Response:
        with session(services.engine, present()) as c:
            policy = read.policy(c, county)
            return jsonify(
                as_of=policy.data_as_of.isoformat(),
                today=policy.today.isoformat(),
                changes=[_change(r) for r in read_territories.changes(c, county)],
                temporary=[
                    {
                        "id": r.id,
                        "code": r.code,
                        "name": r.name,
                        "day": max(policy.data_as_of, min(r.valid_from, policy.today)).isoformat(),
                    }
                    for r in read_territories.temporary(c, county)
                ],
            )

    @api.post("/<county>/territories")
    def change(county: str) -> Response:
        values = body()
        wanted = _wanted(values)
        with session(services.engine, present()) as c:
            if values.get("preview") is True:
                prepared = prepare(c, plot_store, county, wanted)
                unchanged()
                return jsonify(preview_json(c, prepared, follow(c, prepared)))
            done = carry_out(c, plot_store, county, wanted)
        answer = jsonify(
            change=done.change,
            plan=done.plan,
            communities=list(done.communities),
            drafts=list(done.drafts),
        )
        answer.status_code = 201
        return answer

    @api.post("/territories/<int:change_id>/take-back")
    def back(change_id: int) -> Response:
        by = who(body())
        with session(services.engine, present()) as c:
            return jsonify(county=take_back(c, change_id, by))

    @api.post("/<county>/official-codes")
    def official(county: str) -> Response:
        values = body()
        wanted = Official(
            whole(values, "community"),
            sentence(values, "code", needed=True, most=20) or "",
            day(values, "on"),
            who(values),
            sentence(values, "name", most=60),
            sentence(values, "document_number", most=80),
        )
        with session(services.engine, present()) as c:
            return jsonify(change=enter_code(c, county, wanted))


def _wanted(values: JsonObject) -> ChangeOrder:
    kind: Any = values.get("kind")
    if kind not in ("split", "border"):
        raise InputError("kind must be split or border")
    return ChangeOrder(
        kind,
        whole(values, "community"),
        whole(values, "tessellation"),
        wholes(values, "plots"),
        wholes(values, "grids"),
        day(values, "on"),
        who(values),
        whole_or_none(values, "to"),
        sentence(values, "name", most=60),
        sentence(values, "document_number", most=80),
    )


# ``from`` is a word of the language, so this one is written as a call.
ChangeValue = TypedDict(
    "ChangeValue",
    {
        "id": int,
        "kind": str,
        "on": str,
        "document_number": str | None,
        "plan": int | None,
        "from": list[DivisionSaid],
        "to": list[DivisionSaid],
        "by": str,
        "at": str,
        "taken_back_by": str | None,
        "taken_back_at": str | None,
        "may_be_taken_back": bool,
    },
)
"""A change of communities in the list of them."""


def _change(row: ChangeRow) -> ChangeValue:
    back = row.taken_back_at
    return {
        "id": row.id,
        "kind": row.kind,
        "on": row.on_date.isoformat(),
        "document_number": row.document_number,
        "plan": row.plan_id,
        "from": row.summary["from"],
        "to": row.summary["to"],
        "by": row.made_by,
        "at": row.made_at.isoformat(),
        "taken_back_by": row.taken_back_by,
        "taken_back_at": None if back is None else back.isoformat(),
        "may_be_taken_back": back is None and row.kind != "official_code",
    }


class PartValue(TypedDict):
    """A community as it would be, and what belongs to it; None: nobody knows."""

    name: str
    code: str
    is_temporary: bool
    goes_on: bool
    households: int
    persons: int | None
    buildings: int
    grids: int
    new_grids: int
    largest: int
    posts: int
    vacant: int
    stations: int
    estates: int
    demands: int
    open_demands: int
    was_households: int | None


class CutValue(TypedDict):
    """A piece that a new border cuts off a grid, and the grid that takes it."""

    grid: str
    households: int
    plots: int
    community: str
    into: str | None


class DraftName(TypedDict):
    """An open draft that the change would touch."""

    id: int
    name: str


class ChangePreview(TypedDict):
    """What a change would do. ``goes_along``: plots that follow without being asked for."""

    kind: str
    on: str
    plan: bool
    parts: list[PartValue]
    cuts: list[CutValue]
    goes_along: list[int]
    drafts: list[DraftName]


def preview_json(c: Connection, change: ChangeScript, along: Follow) -> ChangePreview:
    """Return what a change would do, community by community."""
    drafts = read_territories.open_drafts(c, [d.id for d in change.divisions])
    names = {
        g.id: str(g.name if g.before is None else g.before.name) for g in change.grids.values()
    }
    asked = np.zeros(len(change.after), np.bool_)
    asked[list(change.wanted.plots)] = True
    first = change.land.community == 0
    whole_grids = np.isin(change.land.grid, list(change.wanted.grids))
    along_too = (change.after == 1) & first & ~asked & ~whole_grids
    return {
        "kind": change.wanted.kind,
        "on": change.on.isoformat(),
        "plan": change.has_plan,
        "parts": [_part(change, along, at) for at in range(len(change.parts))],
        "cuts": [
            {
                "grid": names[cut.grid],
                "households": cut.households,
                "plots": len(cut.plots),
                "community": change.parts[cut.community].name,
                "into": None if cut.into < 0 else change.grids[cut.into].name,
            }
            for cut in change.cuts
        ],
        "goes_along": np.flatnonzero(along_too).tolist(),
        "drafts": [{"id": d.id, "name": d.name} for d in drafts],
    }


def _part(change: ChangeScript, along: Follow, at: int) -> PartValue:
    part = change.parts[at]
    own = np.flatnonzero(change.after == at)
    grids = [g for g in change.grids.values() if g.part == at]
    ids = {g.id for g in grids}
    loads = [int(change.land.households[change.regrouped.grid == g.id].sum()) for g in grids]
    posts = [p for p in along.posts if p.grid_id in ids]
    return {
        "name": part.name,
        "code": part.code,
        "is_temporary": part.is_temporary,
        "goes_on": part.continues is not None,
        "households": along.households[at],
        "persons": _persons(change, own),
        "buildings": sum(r.part == at for r in along.buildings),
        "grids": len(grids),
        "new_grids": sum(g.before is None for g in grids),
        "largest": max(loads, default=0),
        "posts": len(posts),
        "vacant": sum(not p.is_held for p in posts),
        "stations": sum(r.part == at for r in along.stations),
        "estates": sum(r.part == at for r in along.estates),
        "demands": sum(r.part == at for r in along.demands),
        "open_demands": sum(r.part == at and r.id in along.open_demands for r in along.demands),
        "was_households": _before(change, at),
    }


def _persons(change: ChangeScript, own: Sequence[int] | np.ndarray) -> int | None:
    known = [a.graph.problem.persons for a in change.abouts if a.persons_known]
    if len(known) < len(change.abouts) or any(k is None for k in known):
        return None
    return int(np.concatenate([k for k in known if k is not None])[own].sum())


def _before(change: ChangeScript, at: int) -> int | None:
    if change.parts[at].continues is None:
        return None
    return int(change.land.households[change.land.community == at].sum())
