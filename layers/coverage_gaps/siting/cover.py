"""Where the next stations should go, with a proven bound.

Three questions (decisions.md, ``--objective``):

- ``cover``: the most households within the limit of p new sites, beside the existing stations
  (maximal covering location problem, Church & ReVelle 1974);
- ``all``: everyone who can be reached at all, with the fewest new sites (set cover);
- ``distance``: the least household-seconds to the nearest station with p new sites (p-median;
  ``layers.coverage_gaps.siting.medians``).

Households that the same candidates reach are one client. A first answer comes from a greedy
choice bettered by swaps; HiGHS then proves the optimum or says how far the answer can be from it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from layers.coverage_gaps.siting.bounds import bound_by_prices
from layers.coverage_gaps.siting.choices import choose_greedily, swap_to_better
from layers.coverage_gaps.siting.solver import solve_mixed
from layers.kit.errors import InputError

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
PRICE_ROUNDS = 600
_TRIAL_ROUNDS = 3


@dataclass(frozen=True, slots=True, eq=False)
class Clients:
    """Clients that candidates can serve, in compressed rows, identical ones merged.

    Candidate ``c`` covers the clients ``by_candidate[start[c]:start[c+1]]``; client ``d`` is
    covered by the candidates ``by_client[demand_start[d]:demand_start[d+1]]`` and weighs
    ``weight[d]`` households.
    """

    weight: Floats
    start: NDArray[np.int64]
    by_candidate: Ints
    client_start: NDArray[np.int64]
    by_client: Ints

    @property
    def candidates(self) -> int:
        """Return the number of candidate sites."""
        return len(self.start) - 1


@dataclass(frozen=True, slots=True)
class Choice:
    """Chosen candidates in the order of what each adds, and what is known about the optimum.

    ``objective``: households (cover), sites (all) or household-seconds (distance). ``bound``:
    no choice is better than this. ``gap`` = |objective - bound| / |objective| (0 when both are
    0). ``marginal``: what each site adds to the ones before it, in households (cover, all) or
    household-seconds saved (distance; NaN for the first when there was no station before it).
    """

    sites: tuple[int, ...]
    objective: float
    bound: float
    gap: float
    proved: bool
    marginal: tuple[float, ...]
    seconds: float
    first_objective: float = field(default=float("nan"))
    first_seconds: float = field(default=float("nan"))


def merge_clients(
    reached: Sequence[NDArray[np.integer]], households: Floats, served: NDArray[np.bool_]
) -> Clients:
    """Merge doors that the same candidates reach.

    ``reached[c]``: the doors within the limit of candidate ``c``; ``households`` per door;
    ``served``: doors that an existing station covers already, which are left out, as are doors
    without households.
    """
    owner = np.repeat(np.arange(len(reached), dtype=np.int32), [len(doors) for doors in reached])
    doors = np.concatenate([np.empty(0, np.int64), *reached]).astype(np.int64)
    counts = (~served & (households > 0))[doors]
    owner, doors = owner[counts], doors[counts]
    order = np.lexsort((owner, doors))
    owner, doors = owner[order], doors[order]
    door, first, size = np.unique(doors, return_index=True, return_counts=True)
    group = _equal_rows(owner, first, size)
    weight = np.bincount(group, weights=households[door]).astype(np.float64)
    example = np.full(len(weight), -1)
    example[group[::-1]] = np.arange(len(group))[::-1]
    spans = [owner[first[e] : first[e] + size[e]] for e in example]
    by_client = np.concatenate([np.empty(0, np.int32), *spans]).astype(np.int32)
    client_start = np.concatenate([[0], np.cumsum(size[example])]).astype(np.int64)
    client = np.repeat(np.arange(len(weight), dtype=np.int32), size[example])
    by_owner = np.argsort(by_client, kind="stable")
    start = np.searchsorted(by_client[by_owner], np.arange(len(reached) + 1)).astype(np.int64)
    return Clients(weight, start, client[by_owner], client_start, by_client)


def choose_sites_at_once(clients: Clients, new: int) -> Choice:
    """Return a good choice of ``new`` sites for the most households, without proof.

    The bound is the simple one: no p sites cover more than the p largest together.
    """
    began = time.perf_counter()
    new = check_number(new, clients.candidates)
    chosen = choose_greedily(
        clients.start, clients.by_candidate, clients.client_start, clients.by_client,
        clients.weight, new,
    )  # fmt: skip
    chosen = swap_to_better(
        clients.start, clients.by_candidate, clients.client_start, clients.by_client,
        clients.weight, chosen,
    )  # fmt: skip
    alone = np.sort(_weights_alone(clients))[::-1]
    bound = min(float(alone[:new].sum()), float(clients.weight.sum()))
    return _cover_choice(clients, chosen, bound, began)


def choose_sites(
    clients: Clients, new: int, time_limit_s: float = 60.0,
    stop: Callable[[], bool] | None = None,
) -> Choice:  # fmt: skip
    """Return the ``new`` sites that cover the most households, proven as far as time allows.

    ``stop()`` is asked now and then; True ends the proof, and the best answer so far is
    returned with its bound.
    """
    began = time.perf_counter()
    first = choose_sites_at_once(clients, new)
    if first.gap == 0.0:
        return first
    whole = bool((clients.weight == np.rint(clients.weight)).all())
    step_up = 1.0 - 1e-6 if whole else 1e-9 * first.objective

    def priced(rounds: int) -> tuple[float, Ints, float, NDArray[np.bool_]]:
        return bound_by_prices(
            clients.start, clients.by_candidate, clients.client_start, clients.by_client,
            clients.weight, np.array(first.sites, np.int32), step_up, rounds,
        )  # fmt: skip

    trial = time.perf_counter()
    priced(_TRIAL_ROUNDS)
    round_s = (time.perf_counter() - trial) / _TRIAL_ROUNDS
    # Prices take half of what is left at most: the time that was given holds.
    half = (time_limit_s - (time.perf_counter() - began)) / 2
    bound, sites, best, matters = priced(int(np.clip(half / round_s, 1, PRICE_ROUNDS)))
    bound = _whole_bound(min(bound, first.bound), whole)
    left = time_limit_s - (time.perf_counter() - began)
    if bound > best and left > 0:
        matters[sites] = True
        step = 1.0 if whole else 0.0
        sites, proven = _prove(clients, np.flatnonzero(matters), sites, max(left, 0.1), stop, step)
        # No choice with a candidate that does not matter is better than the best one met.
        bound = min(bound, max(_whole_bound(proven, whole), best))
    return _with_first(_cover_choice(clients, sites, bound, began), first)


def _prove(
    clients: Clients, kept: NDArray[np.intp], sites: Ints, time_limit_s: float,
    stop: Callable[[], bool] | None, step: float,
) -> tuple[Ints, float]:  # fmt: skip
    """Return the best sites among the ``kept`` candidates, and the bound, by HiGHS.

    Columns: a site for each candidate (0 or 1), then the served share of each client. A share
    needs no integrality: at an optimum it is as large as its sites allow, 0 or 1.
    """
    spans = [clients.by_candidate[clients.start[c] : clients.start[c + 1]] for c in kept]
    few = merge_clients(spans, clients.weight, np.zeros(len(clients.weight), bool))
    groups, candidates, count = len(few.weight), len(kept), float(len(sites))
    size = np.diff(few.client_start)
    rows = np.concatenate([np.repeat(np.arange(groups), size), np.arange(groups),
                           np.full(candidates, groups)])  # fmt: skip
    columns = np.concatenate([few.by_client, candidates + np.arange(groups),
                              np.arange(candidates)])  # fmt: skip
    values = np.concatenate([np.ones(size.sum()), -np.ones(groups), np.ones(candidates)])
    chosen = np.isin(kept, sites)
    solved = solve_mixed(
        cost=np.concatenate([np.zeros(candidates), few.weight]), integer=candidates,
        rows=rows, columns=columns, values=values,
        row_lower=np.append(np.zeros(groups), count),
        row_upper=np.append(np.full(groups, np.inf), count), maximise=True,
        start=np.concatenate([chosen, _covered(few, np.flatnonzero(chosen))]).astype(float),
        time_limit_s=time_limit_s, stop=stop, step=step,
    )  # fmt: skip
    if solved.values is not None:
        found = kept[np.argsort(-solved.values[:candidates], kind="stable")[: len(sites)]]
        if (
            clients.weight[_covered(clients, found)].sum()
            > clients.weight[_covered(clients, sites)].sum()
        ):
            sites = found.astype(np.int32)
    return sites, solved.bound


def cover_everyone(
    clients: Clients, time_limit_s: float = 60.0, stop: Callable[[], bool] | None = None
) -> Choice:
    """Return the fewest sites that cover every client which any candidate can cover."""
    began = time.perf_counter()
    if len(clients.weight) == 0:
        return Choice((), 0.0, 0.0, 0.0, True, (), time.perf_counter() - began)
    greedy = choose_greedily(
        clients.start, clients.by_candidate, clients.client_start, clients.by_client,
        clients.weight, clients.candidates,
    )  # fmt: skip
    kept = _without_needless(clients, greedy)
    first_s = time.perf_counter() - began
    size = np.diff(clients.client_start)
    start = np.zeros(clients.candidates)
    start[kept] = 1.0
    solved = solve_mixed(
        cost=np.ones(clients.candidates), integer=clients.candidates,
        rows=np.repeat(np.arange(len(size)), size), columns=clients.by_client,
        values=np.ones(size.sum()), row_lower=np.ones(len(size)),
        row_upper=np.full(len(size), np.inf), maximise=False, start=start,
        time_limit_s=time_limit_s, stop=stop,
    )  # fmt: skip
    best = kept
    if solved.values is not None:
        found = np.flatnonzero(solved.values > 0.5)
        if len(found) < len(kept) and _covered(clients, found).all():
            best = found
    bound = max(float(np.ceil(solved.bound - 1e-6)), 1.0)
    sites, marginal = _by_marginal(clients, best)
    return Choice(
        sites, float(len(sites)), bound, gap_between(len(sites), bound), len(sites) <= bound,
        marginal, time.perf_counter() - began, float(len(kept)), first_s,
    )  # fmt: skip


def check_number(new: int, candidates: int) -> int:
    """Return how many sites to choose; refuse less than one, and having none to choose from."""
    if new < 1:
        raise InputError("the number of new sites must be at least 1")
    if candidates == 0:
        raise InputError("there are no candidate sites")
    return min(new, candidates)


def _equal_rows(owner: Ints, first: NDArray[np.intp], size: NDArray[np.intp]) -> NDArray[np.intp]:
    """Number the rows (spans of ``owner``) so that equal ones share a number."""
    numbers: dict[bytes, int] = {}
    raw = owner.tobytes()
    width = owner.itemsize
    return np.array(
        [
            numbers.setdefault(raw[a * width : b * width], len(numbers))
            for a, b in zip(first.tolist(), (first + size).tolist(), strict=True)
        ],
        np.intp,
    )


def _weights_alone(clients: Clients) -> Floats:
    owner = np.repeat(np.arange(clients.candidates), np.diff(clients.start))
    weight = clients.weight[clients.by_candidate]
    return np.bincount(owner, weights=weight, minlength=clients.candidates).astype(np.float64)


def _covered(clients: Clients, sites: Sequence[int] | NDArray[np.integer]) -> NDArray[np.bool_]:
    covered = np.zeros(len(clients.weight), bool)
    for site in sites:
        covered[clients.by_candidate[clients.start[site] : clients.start[site + 1]]] = True
    return covered


def _by_marginal(
    clients: Clients, sites: NDArray[np.integer]
) -> tuple[tuple[int, ...], tuple[float, ...]]:
    """Order sites by what each adds to the ones before it, the largest first."""
    left = [int(site) for site in sites]
    covered = np.zeros(len(clients.weight), bool)
    order, gains = [], []
    while left:
        added = [
            float(clients.weight[own][~covered[own]].sum())
            for own in (clients.by_candidate[clients.start[s] : clients.start[s + 1]] for s in left)
        ]
        best = int(np.argmax(added))
        site = left.pop(best)
        covered[clients.by_candidate[clients.start[site] : clients.start[site + 1]]] = True
        order.append(site)
        gains.append(added[best])
    return tuple(order), tuple(gains)


def _cover_choice(
    clients: Clients, chosen: NDArray[np.integer], bound: float, began: float
) -> Choice:
    sites, marginal = _by_marginal(clients, chosen)
    objective = float(clients.weight[_covered(clients, sites)].sum())
    bound = max(bound, objective)
    gap = gap_between(objective, bound)
    seconds = time.perf_counter() - began
    return Choice(sites, objective, bound, gap, gap == 0.0, marginal, seconds, objective, seconds)


def _with_first(choice: Choice, first: Choice) -> Choice:
    return Choice(
        choice.sites, choice.objective, choice.bound, choice.gap, choice.proved, choice.marginal,
        choice.seconds, first.objective, first.seconds,
    )  # fmt: skip


def _without_needless(clients: Clients, sites: NDArray[np.integer]) -> NDArray[np.integer]:
    """Drop sites that the others make needless, the last chosen first."""
    times = np.zeros(len(clients.weight), int)
    spans = {int(s): clients.by_candidate[clients.start[s] : clients.start[s + 1]] for s in sites}
    for own in spans.values():
        times[own] += 1
    for site in [int(s) for s in sites][::-1]:
        own = spans[site]
        if (times[own] > 1).all():
            times[own] -= 1
            del spans[site]
    return np.array(list(spans), int)


def _whole_bound(bound: float, whole: bool) -> float:
    """Households are whole: where all weights are, so is the best sum."""
    return float(np.floor(bound + 1e-6)) if whole else float(bound)


def gap_between(objective: float, bound: float) -> float:
    """Return the relative distance of an objective from its bound."""
    difference = abs(objective - bound)
    if difference <= 1e-9 * max(1.0, abs(objective)):
        return 0.0
    return difference / abs(objective) if objective else float("inf")
