"""Two plans compared over HTTP (docs/planner-api.md)."""

from __future__ import annotations

from typing import NotRequired, TypedDict

from flask import Blueprint, Response, jsonify, request

from dashboard.access.principal import present
from dashboard.services import Services
from data.engine import session
from data.plans.rows import PlanHead
from layers.grids.division.measures import Measures
from layers.grids.drafts.pairs import CommunityPair, PlanPair, pair_plans
from layers.grids.drafts.plot_store import PlotStore
from layers.kit.errors import InputError


def add_comparison_routes(api: Blueprint, services: Services, plot_store: PlotStore) -> None:
    """Add ``/compare``."""

    @api.get("/compare")
    def compare() -> Response:
        first, second = _id("a"), _id("b")
        if first is None or second is None:
            raise InputError("name two plans: ?a=1&b=2")
        community = _id("community")
        with session(services.engine, present()) as c:
            pair = pair_plans(c, plot_store, first, second, community)
        return jsonify(pair_json(pair, arrays=community is not None))


def _id(name: str) -> int | None:
    value = request.args.get(name)
    if value is None or value == "":
        return None
    if not value.isdecimal() or len(value) > 18:
        raise InputError("{name} must be the id of a plan or community", name=name)
    return int(value)


class PlanName(TypedDict):
    """Which plan is compared."""

    id: int
    name: str
    stage: str


class MeasuresValue(TypedDict):
    """How good a plan is: shares 0-1, metres, households."""

    grids: int
    lower_bound: int
    households: int
    over_limit: int
    oversize_buildings: int
    in_pieces: int
    largest: int
    smallest: int
    load_mean: float
    load_deviation: float
    compactness: float
    border_m: int
    street_border_m: int
    street_share: float
    estates_small: int
    estates_split: int


class PlanValue(PlanName):
    """A plan of the pair with its measures."""

    measures: MeasuresValue


class MovedValue(TypedDict):
    """What changes grid in all; workers are None where no plan is staffed."""

    plots: int
    buildings: int
    households: int
    persons: int
    area_m2: int
    workers: int | None
    unstaffed: int | None


# ``from`` is a word of the language, so this one is written as a call.
FlowValue = TypedDict(
    "FlowValue",
    {
        "from": str | None,
        "to": str | None,
        "from_id": int,
        "to_id": int,
        "community": int,
        "buildings": int,
        "households": int,
        "persons": int | None,
        "workers": int | None,
    },
)


class PairCommunity(TypedDict):
    """A community of both plans; ``a`` and ``b``: the code of each plot's grid."""

    id: int
    code: str
    name: str
    tessellation: int
    same_plots: bool
    moved_households: int
    moved_plots: NotRequired[list[int]]
    a: NotRequired[list[str | None]]
    b: NotRequired[list[str | None]]


class PairValue(TypedDict):
    """Two plans compared."""

    a: PlanValue
    b: PlanValue
    moved: MovedValue
    from_to: list[FlowValue]
    communities: list[PairCommunity]


def pair_json(pair: PlanPair, *, arrays: bool) -> PairValue:
    """Return a comparison as JSON; ``arrays``: with the plots of each community."""
    before, after = pair.measures
    flows = [row for p in pair.communities for row in _flows(pair, p)]
    is_staffed = bool(pair.posts[0])
    all_flows = [f for p in pair.communities for f in p.difference.flows]
    return {
        "a": {**_head(pair.heads[0]), "measures": measures_json(before)},
        "b": {**_head(pair.heads[1]), "measures": measures_json(after)},
        "moved": {
            "plots": sum(f.plots for f in all_flows),
            "buildings": sum(f.buildings for f in all_flows),
            "households": sum(f.households for f in all_flows),
            "persons": sum(f.persons for f in all_flows),
            "area_m2": round(sum(f.area_m2 for f in all_flows)),
            "workers": sum(row["workers"] or 0 for row in flows) if is_staffed else None,
            "unstaffed": sum(pair.unstaffed(p) for p in pair.communities) if is_staffed else None,
        },
        "from_to": flows,
        "communities": [_community(pair, p, arrays=arrays) for p in pair.communities],
    }


def _flows(pair: PlanPair, p: CommunityPair) -> list[FlowValue]:
    """Return who goes where; posts that change grid without a building have a row of their own."""
    workers = pair.workers_moved(p)
    rows = []
    for f in p.difference.flows:
        posts = workers.pop((f.source, f.target), 0)
        persons = f.persons if p.about.persons_known else None
        rows.append(_flow(pair, p, (f.source, f.target), f.buildings, f.households, persons, posts))
    rows += [_flow(pair, p, ends, 0, 0, 0, posts) for ends, posts in sorted(workers.items())]
    return rows


def _flow(
    pair: PlanPair,
    p: CommunityPair,
    ends: tuple[int, int],
    buildings: int,
    households: int,
    persons: int | None,
    posts: int,
) -> FlowValue:
    return {
        "from": pair.codes[0].get(ends[0]),
        "to": pair.codes[1].get(ends[1]),
        "from_id": ends[0],
        "to_id": ends[1],
        "community": p.about.community_id,
        "buildings": buildings,
        "households": households,
        "persons": persons,
        "workers": posts if pair.posts[0] else None,
    }


def _head(head: PlanHead) -> PlanName:
    return {"id": head.id, "name": head.name, "stage": head.stage}


def _community(pair: PlanPair, p: CommunityPair, *, arrays: bool) -> PairCommunity:
    row: PairCommunity = {
        "id": p.about.community_id,
        "code": p.about.code,
        "name": p.about.name,
        "tessellation": p.about.tessellation,
        "same_plots": p.same_plots,
        "moved_households": sum(f.households for f in p.difference.flows),
    }
    if arrays:
        row["moved_plots"] = p.difference.moved.tolist()
        row["a"] = [pair.codes[0].get(int(g)) for g in p.before]
        row["b"] = [pair.codes[1].get(int(g)) for g in p.after]
    return row


def measures_json(m: Measures) -> MeasuresValue:
    """Return measures as JSON: shares 0-1, metres, households."""
    return {
        "grids": m.grids,
        "lower_bound": m.lower_bound,
        "households": m.households,
        "over_limit": m.over_limit,
        "oversize_buildings": m.oversize_buildings,
        "in_pieces": m.in_pieces,
        "largest": m.largest,
        "smallest": m.smallest,
        "load_mean": round(m.households / max(1, m.grids), 1),
        "load_deviation": round(m.load_deviation, 4),
        "compactness": round(m.polsby_popper_mean, 4),
        "border_m": round(m.border_m),
        "street_border_m": round(m.street_border_m),
        "street_share": round(m.street_share, 4),
        "estates_small": m.estates_small,
        "estates_split": m.estates_split,
    }
