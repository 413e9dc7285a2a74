"""Where the next stations should go: candidates, a first answer at once, and the proof.

The question is about one service and the households that it does not reach yet. The first answer
is a good one; the proof says by how much any other choice could be better, and ends at nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast, get_args

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import Polygon

from layers.coverage_gaps.gaps import Circle, Gaps, Question, Site
from layers.coverage_gaps.interchange import greedy_medians, interchange
from layers.coverage_gaps.medians import choose_medians
from layers.coverage_gaps.siting import (
    Choice,
    choose_sites,
    choose_sites_at_once,
    cover_everyone,
    merge_demands,
)
from layers.coverage_gaps.store import Board
from layers.kit.crs import transform
from layers.kit.errors import InputError
from layers.service_circles.compute import nearest, reaches
from layers.service_circles.network import Floats
from layers.service_circles.ties import Places, places_of, tie

Goal = Literal["cover", "all", "distance"]
Where = Literal["doors", "public", "drawn", "picked"]
NUMBER_MAX = 20
CANDIDATES_MAX = 1500
DISTANCE_CANDIDATES_MAX = 400
LATTICE_M = 60.0
PROOF_S = 60.0


@dataclass(frozen=True, slots=True)
class SitingQuestion:
    """``area``: corners (longitude, latitude) of a drawn area; ``picked``: building ids.
    ``is_movable``: existing stations may move too, so all of them are chosen again.
    """

    question: Question
    number: int
    goal: Goal = "cover"
    where: Where = "doors"
    area: tuple[tuple[float, float], ...] = ()
    picked: tuple[int, ...] = ()
    is_movable: bool = False

    def __post_init__(self) -> None:
        """Refuse what cannot be answered. Raises InputError."""
        if not 1 <= self.number <= NUMBER_MAX:
            raise InputError(f"the number of new stations must be 1 to {NUMBER_MAX}")
        if len(self.question.services) != 1:
            raise InputError("choose one service: each needs its own places")
        if self.goal not in ("cover", "all", "distance"):
            raise InputError(f"there is no goal {self.goal}")
        if self.where == "drawn" and len(self.area) < 3:
            raise InputError("draw an area of at least three corners first")
        if self.where == "picked" and not self.picked:
            raise InputError("choose at least one building on the map first")


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """Places to choose from, tied to the streets. ``names``: what to call each."""

    places: Places
    x: Floats
    y: Floats
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """A question made ready: who is reached from where, and who is served already."""

    asked: SitingQuestion
    board: Board
    candidates: Candidates
    reached: tuple[NDArray[np.int32], ...]
    served: NDArray[np.bool_]
    existing_s: Floats
    households: Floats
    before: int
    choices: int


def pose(board: Board, gaps: Gaps, asked: SitingQuestion, lands: NDArray[np.object_]) -> Problem:
    """Make a question ready. ``lands``: public land in the measuring CRS.

    Raises InputError without any candidate on a street.
    """
    circle: Circle = gaps.circles[0]
    walkers = board.walkers(asked.question.profile)
    candidates = _candidates(board, asked, lands, circle.sites if asked.is_movable else ())
    limit_s = asked.question.limit_s
    reached = reaches(walkers.network, walkers.doors, candidates.places, limit_s)
    served = np.zeros(len(gaps.covered), bool) if asked.is_movable else circle.covered
    existing = np.full(len(served), np.inf)
    if not asked.is_movable:
        existing = np.nan_to_num(circle.walk_s, nan=np.inf)
    choices = asked.number + (len(circle.sites) if asked.is_movable else 0)
    return Problem(
        asked, board, candidates, tuple(r.doors for r in reached), served, existing,
        board.people.households.astype(float),
        int(board.people.households[circle.covered].sum()), choices,
    )  # fmt: skip


def _candidates(
    board: Board, asked: SitingQuestion, lands: NDArray[np.object_], existing: Sequence[Site]
) -> Candidates:
    most = DISTANCE_CANDIDATES_MAX if asked.goal == "distance" else CANDIDATES_MAX
    tied = ~board.town.untied
    if asked.where == "public":
        points = _on_lands(lands)
        x, y = points[:, 0], points[:, 1]
        names = [""] * len(x)
    else:
        doors = np.flatnonzero(tied)
        if asked.where == "drawn":
            corners = np.array(asked.area, float)
            px, py = transform(corners[:, 0], corners[:, 1], 4490, board.srid)
            area = shapely.make_valid(Polygon(np.column_stack([px, py])))
            doors = doors[shapely.contains_xy(area, board.door_x[doors], board.door_y[doors])]
        elif asked.where == "picked":
            wanted = [board.index[b] for b in asked.picked if b in board.index]
            doors = np.array([d for d in wanted if tied[d]], np.intp)
        if len(doors) > most and asked.where != "picked":
            doors = _thinned(board, doors, most)
        x, y = board.door_x[doors], board.door_y[doors]
        names = [str(board.facts[d]["name"] or board.facts[d]["address"] or "") for d in doors]
    if len(x) > most:
        kept = np.linspace(0, len(x) - 1, most).astype(int)
        x, y, names = x[kept], y[kept], [names[k] for k in kept]
    if existing:
        x = np.concatenate([x, [s.x for s in existing]])
        y = np.concatenate([y, [s.y for s in existing]])
        names += [s.name for s in existing]
    ties = tie(shapely.points(np.column_stack([x, y])), board.town.network, board.tie_max_m)
    kept = np.flatnonzero(~ties.untied)
    if len(kept) == 0:
        raise InputError("there is no candidate place on a street: choose others")
    walkers = board.walkers(asked.question.profile)
    places = places_of(walkers.network, ties.take(kept))
    return Candidates(places, x[kept], y[kept], tuple(names[k] for k in kept))


def _thinned(board: Board, doors: NDArray[np.intp], most: int) -> NDArray[np.intp]:
    """Keep the door with most households of each cell, in cells as small as ``most`` allows."""
    cell_m = 20.0
    order = doors[np.lexsort((doors, -board.people.households[doors]))]
    while True:
        cells = np.column_stack(
            [np.floor(board.door_x[order] / cell_m), np.floor(board.door_y[order] / cell_m)]
        )
        _, first = np.unique(cells, axis=0, return_index=True)
        if len(first) <= most:
            return np.sort(order[first])
        cell_m *= 1.25


def _on_lands(lands: NDArray[np.object_]) -> Floats:
    """Return points on public land: a lattice inside each piece, at least one point a piece."""
    points: list[Floats] = []
    for land in shapely.get_parts(lands) if len(lands) else []:
        west, south, east, north = land.bounds
        xs, ys = np.meshgrid(
            np.arange(west + LATTICE_M / 2, east, LATTICE_M),
            np.arange(south + LATTICE_M / 2, north, LATTICE_M),
        )
        inside = shapely.contains_xy(land, xs.ravel(), ys.ravel())
        found = np.column_stack([xs.ravel()[inside], ys.ravel()[inside]])
        points.append(
            found if len(found) else shapely.get_coordinates(shapely.point_on_surface(land))
        )
    return np.concatenate(points) if points else np.empty((0, 2))


def answer_at_once(problem: Problem) -> dict[str, Any]:
    """Return a good answer without a proof."""
    asked = problem.asked
    if asked.goal == "distance":
        cost, fallback, _ = _walks(problem)
        count = min(problem.choices, len(cost))
        sites = interchange(cost, fallback, greedy_medians(cost, fallback, count))
        return _report(problem, [int(s) for s in sites], None)
    demands = merge_demands(problem.reached, problem.households, problem.served)
    if asked.goal == "all":
        choice = cover_everyone(demands, time_limit_s=0.2)
        return _report(problem, choice.sites, choice if choice.proved else None)
    choice = choose_sites_at_once(demands, problem.choices)
    return _report(problem, choice.sites, None)


def prove(
    problem: Problem, stop: Callable[[], bool], time_limit_s: float = PROOF_S
) -> dict[str, Any]:
    """Return the best answer with its proof, or as far as time and ``stop`` allow."""
    asked = problem.asked
    if asked.goal == "distance":
        _cost, _fallback, walk_s = _walks(problem)
        has_any = bool(np.isfinite(problem.existing_s).any())
        choice = choose_medians(
            walk_s, problem.households, problem.existing_s if has_any else None,
            min(problem.choices, len(walk_s)), time_limit_s, stop,
        )  # fmt: skip
        return _report(problem, choice.sites, choice)
    demands = merge_demands(problem.reached, problem.households, problem.served)
    if asked.goal == "all":
        choice = cover_everyone(demands, time_limit_s, stop)
    else:
        choice = choose_sites(demands, problem.choices, time_limit_s, stop)
    return _report(problem, choice.sites, choice)


def _walks(problem: Problem) -> tuple[Floats, Floats, Floats]:
    """Return household-seconds per candidate and door, those without it, and plain seconds."""
    walkers = problem.board.walkers(problem.asked.question.profile)
    everyone = reaches(walkers.network, walkers.doors, problem.candidates.places, np.inf)
    walk_s = np.full((len(everyone), len(problem.households)), np.inf)
    for site, reach in enumerate(everyone):
        walk_s[site, reach.doors] = reach.walk_s
    finite = walk_s[np.isfinite(walk_s)]
    known = problem.existing_s[np.isfinite(problem.existing_s)]
    never_s = 2.0 * float(max(finite.max(initial=0.0), known.max(initial=0.0))) + 1.0
    cost = np.where(np.isfinite(walk_s), walk_s, never_s) * problem.households
    fallback = np.where(np.isfinite(problem.existing_s), problem.existing_s, never_s)
    return np.ascontiguousarray(cost), fallback * problem.households, walk_s


def _report(problem: Problem, sites: Sequence[int], choice: Choice | None) -> dict[str, Any]:
    """Return an answer as it is stored and shown. Households count by their own walk."""
    board, asked = problem.board, problem.asked
    order = _by_gain(problem, sites)
    covered = problem.served.copy()
    listed = []
    for site in order:
        own = problem.reached[site]
        gain = int(problem.households[own][~covered[own]].sum())
        covered[own] = True
        lon, lat = transform(
            problem.candidates.x[site : site + 1], problem.candidates.y[site : site + 1],
            board.srid, 4490,
        )  # fmt: skip
        listed.append(
            {
                "lon": round(float(lon[0]), 7),
                "lat": round(float(lat[0]), 7),
                "name": problem.candidates.names[site],
                "gain": gain,
                "sum": int(problem.households[covered].sum()),
            }
        )
    reachable = problem.served.copy()
    for own in problem.reached:
        reachable[own] = True
    walkers = board.walkers(asked.question.profile)
    chosen = nearest(walkers.network, walkers.doors, problem.candidates.places.take(order))
    after_s = np.fmin(np.nan_to_num(chosen.walk_s, nan=np.inf), problem.existing_s)
    return {
        "goal": asked.goal,
        "sites": listed,
        "before": problem.before,
        "after": int(problem.households[covered].sum()),
        "households": int(problem.households.sum()),
        "reachable": int(problem.households[reachable].sum()),
        "candidates": len(problem.reached),
        "mean_before_s": _mean(problem.existing_s, problem.households),
        "mean_after_s": _mean(after_s, problem.households),
        "proved": bool(choice and choice.proved),
        "bound": _bound(problem, choice),
        "curve": _curve(problem),
    }


def _by_gain(problem: Problem, sites: Sequence[int]) -> list[int]:
    """Order sites by what each adds to the ones before it, the largest first."""
    left, order = list(sites), []
    covered = problem.served.copy()
    while left:
        gains = [
            float(problem.households[problem.reached[s]][~covered[problem.reached[s]]].sum())
            for s in left
        ]
        order.append(left.pop(int(np.argmax(gains))))
        covered[problem.reached[order[-1]]] = True
    return order


def _bound(problem: Problem, choice: Choice | None) -> float | None:
    """Return what no choice exceeds: households in all (cover), the fewest sites (all), the least
    mean seconds (distance); None where nothing is known yet.
    """
    if choice is None or not np.isfinite(choice.bound):
        return None
    if problem.asked.goal == "cover":
        return float(choice.bound + problem.households[problem.served].sum())
    if problem.asked.goal == "distance":
        total = float(problem.households.sum())
        return float(choice.bound / total) if total else None
    return float(choice.bound)


def _curve(problem: Problem) -> list[int]:
    """Return households covered with 1, 2, … new stations, each added where it gains most."""
    demands = merge_demands(problem.reached, problem.households, problem.served)
    if len(demands.weight) == 0 or demands.candidates == 0:
        return []
    choice = choose_sites_at_once(demands, min(NUMBER_MAX, demands.candidates))
    covered, steps = float(problem.households[problem.served].sum()), []
    for gain in choice.marginal:
        if gain <= 0:
            break
        covered += gain
        steps.append(int(covered))
    return steps


def _mean(seconds: Floats, households: Floats) -> float | None:
    """Return the mean walk of the households that have one."""
    known = np.isfinite(seconds)
    weight = float(households[known].sum())
    return round(float((seconds[known] * households[known]).sum()) / weight, 1) if weight else None


def read_siting(question: Question, values: Mapping[str, Any]) -> SitingQuestion:
    """Read a siting question from the page. Raises InputError."""
    try:
        number = int(values.get("number") or 0)
        area = tuple((float(x), float(y)) for x, y in values.get("area") or ())
        picked = tuple(int(p) for p in values.get("picked") or ())
    except (TypeError, ValueError):
        raise InputError("the siting question holds something that is not a number") from None
    where = cast(Where, values.get("where") or "doors")
    if where not in get_args(Where):
        raise InputError(f"there are no candidates of kind {where}")
    return SitingQuestion(
        question, number, values.get("goal") or "cover", where, area, picked,
        bool(values.get("is_movable")),
    )  # fmt: skip
