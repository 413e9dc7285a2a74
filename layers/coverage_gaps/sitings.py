"""Where the next stations should go: a first answer at once, and the proof.

The question is about the services asked for together and those whom they do not reach yet; a new
station offers all of them. The first answer is a good one; the proof says by how much any other
choice could be better, and ends at nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypedDict, cast, get_args

import numpy as np
from numpy.typing import NDArray

from layers.coverage_gaps.answers.gaps import Gaps, Question
from layers.coverage_gaps.candidates import CandidateFilter, Candidates, Where, find_candidates
from layers.coverage_gaps.siting.capacities import (
    Capacity,
    choose_sites_within,
    choose_within,
    share_out,
)
from layers.coverage_gaps.siting.cover import (
    Choice,
    Clients,
    choose_sites,
    choose_sites_at_once,
    cover_everyone,
    merge_clients,
)
from layers.coverage_gaps.siting.interchange import greedy_medians, interchange
from layers.coverage_gaps.siting.medians import choose_medians
from layers.coverage_gaps.store import Board
from layers.kit.crs import transform
from layers.kit.errors import InputError
from layers.service_circles.walking.network import Floats

Goal = Literal["cover", "all", "distance"]
Weight = Literal["households", "persons", "elderly", "children"]
NUMBER_MAX = 20
CANDIDATES_MAX = 1500
FEWER_CANDIDATES_MAX = 400  # for least walking, and for stations of bounded size
PROOF_S = 60.0


class ProposedSite(TypedDict):
    """A place for a station: what it adds to those before it, and the sum so far."""

    lon: float
    lat: float
    name: str
    gain: int
    sum: int


class SitingAnswer(TypedDict):
    """An answer as it is stored and shown.

    ``before``, ``after``, ``all``, ``reachable``: whoever counts, in ``unit``; ``unknown``: doors
    where nobody knows it; ``bound``: what no choice exceeds, None where nothing is known yet.
    """

    goal: Goal
    unit: Weight
    unknown: int
    version: str
    changed_at: str
    sites: list[ProposedSite]
    before: int
    after: int
    all: int
    reachable: int
    candidates: int
    mean_before_s: float | None
    mean_after_s: float | None
    proved: bool
    bound: float | None
    curve: list[int]


@dataclass(frozen=True, slots=True)
class SitingQuestion:
    """``weight``: who counts. ``capacity``: what a new station must and may serve, in that unit.
    ``is_movable``: existing stations may move too, so all of them are chosen again.
    """

    question: Question
    number: int
    goal: Goal = "cover"
    where: CandidateFilter = field(default_factory=CandidateFilter)
    weight: Weight = "households"
    capacity: Capacity = field(default_factory=Capacity)
    is_movable: bool = False

    def __post_init__(self) -> None:
        """Refuse what cannot be answered. Raises InputError."""
        if not 1 <= self.number <= NUMBER_MAX:
            raise InputError(
                "the number of new stations must be 1 to {number_max}", number_max=NUMBER_MAX
            )
        if self.goal not in get_args(Goal):
            raise InputError("there is no goal {goal}", goal=self.goal)
        if self.weight not in get_args(Weight):
            raise InputError("there is nobody called {weight} to count", weight=self.weight)
        if self.is_movable and len(self.question.circles) > 1:
            raise InputError("of several services the existing stations stay: choose one service")
        if self.is_movable and not self.capacity.is_any:
            raise InputError("a capacity is for new stations only: leave the existing ones")


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """A question made ready: who is reached from where, and who is served already.

    ``weight``: what counts behind each door; ``unknown``: doors where nobody knows it (0 there).
    """

    asked: SitingQuestion
    board: Board
    candidates: Candidates
    reached: tuple[NDArray[np.int32], ...]
    served: NDArray[np.bool_]
    existing_s: Floats
    weight: Floats
    unknown: int
    before: int
    choices: int

    @property
    def clients(self) -> Clients:
        """Return whom candidates could newly reach, merged."""
        return merge_clients(self.reached, self.weight, self.served)


def pose(board: Board, gaps: Gaps, asked: SitingQuestion, lands: NDArray[np.object_]) -> Problem:
    """Make a question ready. ``lands``: public land in the measuring CRS.

    Raises InputError without any candidate on a street.
    """
    walkers = board.walkers(asked.question)
    existing = gaps.circles[0].sites if asked.is_movable else ()
    few = asked.goal == "distance" or not asked.capacity.is_any
    candidates = find_candidates(
        board, asked.question, asked.where, lands, existing,
        FEWER_CANDIDATES_MAX if few else CANDIDATES_MAX,
    )  # fmt: skip
    reached = walkers.travel.reaches(walkers.doors, candidates.places, asked.question.limit_s)
    served = np.zeros(len(gaps.covered), bool) if asked.is_movable else gaps.covered
    existing_s = np.full(len(served), np.inf)
    if not asked.is_movable:
        existing_s = np.nan_to_num(gaps.walk_s, nan=np.inf)
    weight = _weight(board, asked.weight)
    unknown = int(np.isnan(weight).sum())
    weight = np.nan_to_num(weight)
    return Problem(
        asked, board, candidates, tuple(r.doors for r in reached), served, existing_s, weight,
        unknown, int(weight[gaps.covered].sum()), asked.number + len(existing),
    )  # fmt: skip


def _weight(board: Board, weight: Weight) -> Floats:
    """Return who counts behind each door; NaN where it is unknown."""
    if weight == "households":
        return board.people.households.astype(float)
    known = [f.people(weight) for f in board.facts]
    return np.array([np.nan if n is None else float(n) for n in known])


def answer_at_once(problem: Problem) -> SitingAnswer:
    """Return a good answer without a proof."""
    asked = problem.asked
    if asked.goal == "distance":
        cost, fallback, _ = _walks(problem)
        count = min(problem.choices, len(cost))
        sites = interchange(cost, fallback, greedy_medians(cost, fallback, count))
        return _report(problem, [int(s) for s in sites], None)
    if asked.goal == "all":
        choice = cover_everyone(problem.clients, time_limit_s=0.2)
        return _report(problem, choice.sites, choice if choice.proved else None)
    if not asked.capacity.is_any:
        return _report(problem, choose_within(problem.clients, problem.choices, asked.capacity),
                       None)  # fmt: skip
    return _report(problem, choose_sites_at_once(problem.clients, problem.choices).sites, None)


def prove(
    problem: Problem, stop: Callable[[], bool], time_limit_s: float = PROOF_S
) -> SitingAnswer:
    """Return the best answer with its proof, or as far as time and ``stop`` allow."""
    asked = problem.asked
    if asked.goal == "distance":
        _cost, _fallback, walk_s = _walks(problem)
        has_any = bool(np.isfinite(problem.existing_s).any())
        choice = choose_medians(
            walk_s, problem.weight, problem.existing_s if has_any else None,
            min(problem.choices, len(walk_s)), time_limit_s, stop,
        )  # fmt: skip
    elif asked.goal == "all":
        choice = cover_everyone(problem.clients, time_limit_s, stop)
    elif not asked.capacity.is_any:
        choice = choose_sites_within(
            problem.clients, problem.choices, asked.capacity, time_limit_s, stop
        )
    else:
        choice = choose_sites(problem.clients, problem.choices, time_limit_s, stop)
    return _report(problem, choice.sites, choice)


def _walks(problem: Problem) -> tuple[Floats, Floats, Floats]:
    """Return household-seconds per candidate and door, those without it, and plain seconds."""
    walkers = problem.board.walkers(problem.asked.question)
    everyone = walkers.travel.reaches(walkers.doors, problem.candidates.places, np.inf)
    walk_s = np.full((len(everyone), len(problem.weight)), np.inf)
    for site, reach in enumerate(everyone):
        walk_s[site, reach.doors] = reach.walk_s
    finite = walk_s[np.isfinite(walk_s)]
    known = problem.existing_s[np.isfinite(problem.existing_s)]
    never_s = 2.0 * float(max(finite.max(initial=0.0), known.max(initial=0.0))) + 1.0
    cost = np.where(np.isfinite(walk_s), walk_s, never_s) * problem.weight
    fallback = np.where(np.isfinite(problem.existing_s), problem.existing_s, never_s)
    return np.ascontiguousarray(cost), fallback * problem.weight, walk_s


def _report(problem: Problem, sites: Sequence[int], choice: Choice | None) -> SitingAnswer:
    """Return an answer as it is stored and shown. Everybody counts by their own walk."""
    board, asked = problem.board, problem.asked
    order, gains = _gains(problem, sites)
    so_far = int(problem.weight[problem.served].sum())
    listed: list[ProposedSite] = []
    for site, gain in zip(order, gains, strict=True):
        so_far += gain
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
                "sum": so_far,
            }
        )
    reachable = problem.served.copy()
    for own in problem.reached:
        reachable[own] = True
    walkers = board.walkers(asked.question)
    chosen = walkers.travel.nearest(walkers.doors, problem.candidates.places.take(order))
    after_s = np.fmin(np.nan_to_num(chosen.walk_s, nan=np.inf), problem.existing_s)
    return {
        "goal": asked.goal,
        "unit": asked.weight,
        "unknown": problem.unknown,
        "version": board.version,
        "changed_at": board.versions.changed_at.isoformat(),
        "sites": listed,
        "before": problem.before,
        "after": so_far,
        "all": int(problem.weight.sum()),
        "reachable": int(problem.weight[reachable].sum()),
        "candidates": len(problem.reached),
        "mean_before_s": _mean(problem.existing_s, problem.weight),
        "mean_after_s": _mean(after_s, problem.weight),
        "proved": bool(choice and choice.proved),
        "bound": _bound(problem, choice),
        "curve": _curve(problem),
    }


def _gains(problem: Problem, sites: Sequence[int]) -> tuple[list[int], list[int]]:
    """Order sites by what each adds to the ones before it, the largest first, and say how much.

    Of stations of bounded size: what each serves, as the sites share it out.
    """
    if not problem.asked.capacity.is_any:
        served = share_out(problem.clients, sites, problem.asked.capacity)
        amounts = served if served is not None else np.zeros(len(sites))
        by_size = np.argsort(-amounts, kind="stable")
        return [int(sites[n]) for n in by_size], [round(float(amounts[n])) for n in by_size]
    left, order, gains = list(sites), [], []
    covered = problem.served.copy()
    while left:
        adds = [
            float(problem.weight[problem.reached[s]][~covered[problem.reached[s]]].sum())
            for s in left
        ]
        best = int(np.argmax(adds))
        order.append(left.pop(best))
        gains.append(round(adds[best]))
        covered[problem.reached[order[-1]]] = True
    return order, gains


def _bound(problem: Problem, choice: Choice | None) -> float | None:
    """Return what no choice exceeds: households in all (cover), the fewest sites (all), the least
    mean seconds (distance); None where nothing is known yet.
    """
    if choice is None or not np.isfinite(choice.bound):
        return None
    if problem.asked.goal == "cover":
        return float(choice.bound + problem.weight[problem.served].sum())
    if problem.asked.goal == "distance":
        total = float(problem.weight.sum())
        return float(choice.bound / total) if total else None
    return float(choice.bound)


def _curve(problem: Problem) -> list[int]:
    """Return who is covered with 1, 2, … new stations, each added where it gains most.

    Nothing for stations of bounded size, whose steps depend on each other.
    """
    if not problem.asked.capacity.is_any:
        return []
    clients = problem.clients
    if len(clients.weight) == 0 or clients.candidates == 0:
        return []
    choice = choose_sites_at_once(clients, min(NUMBER_MAX, clients.candidates))
    covered, steps = float(problem.weight[problem.served].sum()), []
    for gain in choice.marginal:
        if gain <= 0:
            break
        covered += gain
        steps.append(int(covered))
    return steps


def _mean(seconds: Floats, weight: Floats) -> float | None:
    """Return the mean walk of those who have one."""
    known = np.isfinite(seconds)
    total = float(weight[known].sum())
    return round(float((seconds[known] * weight[known]).sum()) / total, 1) if total else None


def _number(value: object) -> float:
    if not isinstance(value, str | int | float):
        raise TypeError(f"{value!r} is no number")
    return float(value)


def _whole(value: object) -> int:
    if not isinstance(value, str | int | float):
        raise TypeError(f"{value!r} is no number")
    return int(value)


def _several(value: object) -> Sequence[object]:
    if not value:
        return ()
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise TypeError(f"{value!r} is no list")
    return value


def read_siting(question: Question, values: Mapping[str, object]) -> SitingQuestion:
    """Read a siting question from the page. Raises InputError."""
    try:
        number = _whole(values.get("number") or 0)
        corners = [_several(corner) for corner in _several(values.get("area"))]
        area = tuple((_number(x), _number(y)) for x, y in corners)
        picked = tuple(_whole(p) for p in _several(values.get("picked")))
        least = _number(values.get("least") or 0)
        most = _number(values["most"]) if values.get("most") else None
    except (TypeError, ValueError):
        raise InputError("the siting question holds something that is not a number") from None
    kind = cast(Where, values.get("where") or "doors")
    if kind not in get_args(Where):
        raise InputError("there are no candidates of kind {kind}", kind=kind)
    goal = cast(Goal, values.get("goal") or "cover")
    return SitingQuestion(
        question, number, goal, CandidateFilter(kind, area, picked),
        cast(Weight, values.get("weight") or "households"),
        Capacity(least, most) if goal == "cover" else Capacity(), bool(values.get("is_movable")),
    )  # fmt: skip
