"""New stations that must not be opened for too few, nor serve too many.

Everybody who is newly reached is counted for one of the new stations that reach them. A station
is opened only where at least ``least`` can be counted for it, and for at most ``most``. The
weights of one client may be shared out between stations: they are households (or persons), and
behind one merged client there are many.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

from layers.coverage_gaps.siting.cover import (
    Choice,
    Clients,
    Floats,
    check_number,
    choose_sites,
    gap_between,
)
from layers.coverage_gaps.siting.solver import solve_mixed
from layers.kit.errors import InputError

TIGHT_PAIRS_MAX = 60_000  # up to here the proof also says "served only by an open station"


@dataclass(frozen=True, slots=True)
class Capacity:
    """How many a new station has to serve, and may serve at most (None: any number)."""

    least: float = 0.0
    most: float | None = None

    def __post_init__(self) -> None:
        """Refuse numbers that contradict each other. Raises InputError."""
        if self.least < 0 or (self.most is not None and self.most <= 0):
            raise InputError("a station serves a number above 0")
        if self.most is not None and self.most < self.least:
            raise InputError("a station cannot serve at least more than at most")

    @property
    def is_any(self) -> bool:
        """Tell whether nothing is asked."""
        return self.least <= 0 and self.most is None


def share_out(clients: Clients, sites: Sequence[int], capacity: Capacity) -> Floats | None:
    """Return what each site serves when they serve as many as they can; None where the least
    cannot be had at all of them.

    Clients that the same sites reach are one, so the linear problem is small.
    """
    if not len(sites):
        return np.empty(0)
    mask = np.zeros(len(clients.weight), np.int64)
    for bit, site in enumerate(sites):
        mask[clients.by_candidate[clients.start[site] : clients.start[site + 1]]] |= 1 << bit
    group, of = np.unique(mask, return_inverse=True)
    weight = np.bincount(of, weights=clients.weight)
    weight, group = weight[group > 0], group[group > 0]
    pairs = [(g, bit) for g, m in enumerate(group) for bit in range(len(sites)) if m >> bit & 1]
    if not pairs:
        return np.zeros(len(sites)) if capacity.least <= 0 else None
    by_group = np.zeros((len(group), len(pairs)))
    by_site = np.zeros((len(sites), len(pairs)))
    for column, (g, bit) in enumerate(pairs):
        by_group[g, column] = by_site[bit, column] = 1.0
    rows, upper = [by_group, -by_site], [weight, np.full(len(sites), -capacity.least)]
    if capacity.most is not None:
        rows.append(by_site)
        upper.append(np.full(len(sites), capacity.most))
    solved = linprog(-np.ones(len(pairs)), np.vstack(rows), np.concatenate(upper), method="highs")
    if solved.status != 0:
        return None
    served: Floats = np.round(by_site @ solved.x, 6)
    return served


def choose_within(clients: Clients, new: int, capacity: Capacity) -> tuple[int, ...]:
    """Choose up to ``new`` sites at once, each time the one that can serve most of who is left.

    Whoever few candidates reach is counted first. May stop early: no other place has enough.
    """
    left = clients.weight.copy()
    rivals = np.diff(clients.client_start)
    spans = [
        clients.by_candidate[clients.start[c] : clients.start[c + 1]]
        for c in range(clients.candidates)
    ]
    chosen: list[int] = []
    while len(chosen) < new:
        could = np.array([left[span].sum() for span in spans])
        gain = could if capacity.most is None else np.minimum(could, capacity.most)
        gain[(could < capacity.least) | (could <= 0)] = 0.0
        gain[chosen] = 0.0
        site = int(np.argmax(gain))
        if gain[site] <= 0:
            break
        chosen.append(site)
        span = spans[site][np.argsort(rivals[spans[site]], kind="stable")]
        before = np.cumsum(left[span]) - left[span]
        left[span] -= np.clip(gain[site] - before, 0.0, left[span])
    return tuple(chosen)


def choose_sites_within(
    clients: Clients,
    new: int,
    capacity: Capacity,
    time_limit_s: float = 60.0,
    stop: Callable[[], bool] | None = None,
) -> Choice:
    """Return up to ``new`` sites that newly serve the most, proven as far as time allows.

    First without the capacity, which is no less than with it: where that choice can be shared
    out, it is the answer. Else HiGHS, from the choice made at once.
    """
    began = time.perf_counter()
    new = check_number(new, clients.candidates)
    free = choose_sites(clients, new, time_limit_s / 2, stop)
    served = share_out(clients, free.sites, capacity)
    if served is not None and gap_between(float(served.sum()), free.objective) == 0.0:
        return _choice(free.sites, served, free.bound, began, free.first_seconds)
    first = choose_within(clients, new, capacity)
    first_served = share_out(clients, first, capacity)
    first_s = time.perf_counter() - began
    sites, best = (first, first_served) if first_served is not None else ((), np.empty(0))
    if served is not None and served.sum() > best.sum():
        sites, best = free.sites, served
    left_s = max(time_limit_s - (time.perf_counter() - began), 0.1)
    found, bound = _prove(clients, new, capacity, sites, left_s, stop)
    found_served = share_out(clients, found, capacity)
    if found_served is not None and found_served.sum() > best.sum():
        sites, best = found, found_served
    return _choice(sites, best, min(bound, free.bound), began, first_s)


def _choice(
    sites: Sequence[int], served: Floats, bound: float, began: float, first_s: float
) -> Choice:
    order = np.argsort(-served, kind="stable")
    objective = float(served.sum())
    bound = max(bound, objective)
    gap = gap_between(objective, bound)
    return Choice(
        tuple(int(sites[n]) for n in order), objective, bound, gap, gap == 0.0,
        tuple(float(served[n]) for n in order), time.perf_counter() - began, objective, first_s,
    )  # fmt: skip


def _prove(
    clients: Clients,
    new: int,
    capacity: Capacity,
    start: Sequence[int],
    time_limit_s: float,
    stop: Callable[[], bool] | None,
) -> tuple[tuple[int, ...], float]:
    """Return the best sites and the bound, by HiGHS.

    Columns: a site for each candidate (0 or 1), then what each candidate serves of each client.
    """
    candidates, pairs = clients.candidates, len(clients.by_candidate)
    owner = np.repeat(np.arange(candidates), np.diff(clients.start))
    pair = candidates + np.arange(pairs)
    reach = np.bincount(owner, weights=clients.weight[clients.by_candidate], minlength=candidates)
    most = reach if capacity.most is None else np.minimum(reach, capacity.most)
    count = len(clients.weight)
    # 1. No client is served more than once. 2. At most what a site may. 3. At least what it must.
    rows: list[NDArray] = [clients.by_candidate, count + owner, count + np.arange(candidates)]
    columns: list[NDArray] = [pair, pair, np.arange(candidates)]
    values: list[NDArray] = [np.ones(pairs), np.ones(pairs), -most]
    lower: list[NDArray] = [np.full(count + candidates, -np.inf)]
    upper: list[NDArray] = [clients.weight, np.zeros(candidates)]
    at = count + candidates
    rows += [at + owner, at + np.arange(candidates)]
    columns += [pair, np.arange(candidates)]
    values += [np.ones(pairs), np.full(candidates, -capacity.least)]
    lower.append(np.zeros(candidates))
    upper.append(np.full(candidates, np.inf))
    at += candidates
    if pairs <= TIGHT_PAIRS_MAX:  # 4. Nothing is served by a site that is not there.
        rows += [at + np.arange(pairs), at + np.arange(pairs)]
        columns += [pair, owner]
        values += [np.ones(pairs), -clients.weight[clients.by_candidate]]
        lower.append(np.full(pairs, -np.inf))
        upper.append(np.zeros(pairs))
        at += pairs
    rows.append(np.full(candidates, at))  # 5. At most so many sites.
    columns.append(np.arange(candidates))
    values.append(np.ones(candidates))
    lower.append(np.array([-np.inf]))
    upper.append(np.array([float(new)]))
    solved = solve_mixed(
        cost=np.concatenate([np.zeros(candidates), np.ones(pairs)]), integer=candidates,
        rows=np.concatenate(rows), columns=np.concatenate(columns),
        values=np.concatenate(values), row_lower=np.concatenate(lower),
        row_upper=np.concatenate(upper), maximise=True,
        start=_started(clients, capacity, start, pairs), time_limit_s=time_limit_s,
        upper=np.concatenate([np.ones(candidates), clients.weight[clients.by_candidate]]),
        stop=stop,
    )  # fmt: skip
    if solved.values is None:
        return tuple(start), solved.bound
    return tuple(int(n) for n in np.flatnonzero(solved.values[:candidates] > 0.5)), solved.bound


def _started(
    clients: Clients, capacity: Capacity, sites: Sequence[int], pairs: int
) -> Floats | None:
    """Return a feasible answer for HiGHS to begin from: each site filled in turn."""
    values = np.zeros(clients.candidates + pairs)
    left = clients.weight.copy()
    rivals = np.diff(clients.client_start)
    for site in sites:
        span = np.arange(clients.start[site], clients.start[site + 1])
        span = span[np.argsort(rivals[clients.by_candidate[span]], kind="stable")]
        own = clients.by_candidate[span]
        room = left[own].sum() if capacity.most is None else capacity.most
        taken = np.clip(room - (np.cumsum(left[own]) - left[own]), 0.0, left[own])
        if taken.sum() < capacity.least:
            return None
        left[own] -= taken
        values[site] = 1.0
        values[clients.candidates + span] = taken
    return values
