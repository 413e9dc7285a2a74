"""Least walking to new stations that must not be opened for too few, nor serve too many.

A capacitated p-median. As in ``capacities``, the weight behind one door may be shared out between
stations; existing stations serve any number. What no station has room for is left without one and
costs as in ``medians``.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import coo_matrix

from layers.coverage_gaps.siting.capacities import Capacity
from layers.coverage_gaps.siting.cover import Choice, Floats, check_number, gap_between
from layers.coverage_gaps.siting.medians import choose_medians, costs_of
from layers.coverage_gaps.siting.solver import solve_mixed
from layers.kit.errors import InputError

PAIRS_MAX = 400_000


def choose_medians_within(
    walk_s: Floats, weight: Floats, existing_s: Floats | None, new: int, capacity: Capacity,
    time_limit_s: float = 60.0, stop: Callable[[], bool] | None = None,
) -> Choice:  # fmt: skip
    """Return up to ``new`` sites with the least weighted seconds, proven as far as time allows.

    Arguments and costs are those of ``choose_medians``. ``marginal`` is the weight that each site
    serves. Raises InputError where the problem is too large for HiGHS.
    """
    began = time.perf_counter()
    new = check_number(new, len(walk_s))
    cost, fallback, kept = costs_of(walk_s, weight, existing_s)
    load = weight[kept]
    site, client = np.nonzero(cost < fallback)
    if len(site) > PAIRS_MAX:
        raise InputError(
            "{pairs} pairs of candidates and buildings are too many for --objective distance with "
            "--most; give fewer candidates",
            pairs=len(site),
        )
    saving = (fallback[client] - cost[site, client]) / load[client]
    problem = _Pairs(site, client, saving, load, len(walk_s))
    free = choose_medians(walk_s, weight, existing_s, new, time_limit_s / 3, stop)
    best_sites: tuple[int, ...] = ()
    best = np.zeros(0)
    first = problem.share_out(free.sites, capacity)
    if first is not None:
        best_sites, best = free.sites, first
    left_s = max(time_limit_s - (time.perf_counter() - began), 0.1)
    sites, bound = problem.prove(new, capacity, left_s, stop)
    found = None if sites is None else problem.share_out(sites, capacity)
    if (
        sites is not None
        and found is not None
        and (first is None or problem.saved(sites, found) > problem.saved(best_sites, best))
    ):
        best_sites, best = sites, found
    total = float(fallback.sum())
    saved = problem.saved(best_sites, best) if len(best) else 0.0
    objective = total - saved
    least = min(max(total - bound, free.bound), objective)
    served = problem.served(best_sites, best)
    order = np.argsort(-served, kind="stable")
    gap = gap_between(objective, least)
    return Choice(
        tuple(int(best_sites[n]) for n in order), objective, least, gap, gap == 0.0,
        tuple(float(served[n]) for n in order), time.perf_counter() - began,
    )  # fmt: skip


class _Pairs:
    """Which candidate saves which client how many seconds; ``load``: the clients' weights."""

    def __init__(
        self, site: NDArray[np.intp], client: NDArray[np.intp], saving: Floats, load: Floats,
        candidates: int,
    ) -> None:  # fmt: skip
        self.site, self.client, self.saving = site, client, saving
        self.load, self.candidates = load, candidates

    def _of(self, sites: Sequence[int]) -> NDArray[np.intp]:
        return np.flatnonzero(np.isin(self.site, np.asarray(sites, np.intp)))

    def share_out(self, sites: Sequence[int], capacity: Capacity) -> Floats | None:
        """Return how much each site serves of each of its clients when most is saved; None where
        the least cannot be had at all of them.
        """
        own = self._of(sites)
        place = {int(site): row for row, site in enumerate(sites)}
        row = np.array([place[int(site)] for site in self.site[own]], np.intp)
        count, places = len(self.load), len(sites)
        at = np.arange(len(own))
        blocks = [coo_matrix((np.ones(len(own)), (self.client[own], at)), (count, len(own)))]
        upper = [self.load]
        by_site = coo_matrix((np.ones(len(own)), (row, at)), (places, len(own)))
        if capacity.most is not None:
            blocks.append(by_site)
            upper.append(np.full(places, float(capacity.most)))
        if capacity.least > 0:
            blocks.append(-by_site)
            upper.append(np.full(places, -float(capacity.least)))
        if len(own) == 0:
            return None if capacity.least > 0 else np.zeros(0)
        rows = np.concatenate(
            [b.row + sum(c.shape[0] for c in blocks[:k]) for k, b in enumerate(blocks)]
        )
        matrix = coo_matrix(
            (np.concatenate([b.data for b in blocks]),
             (rows, np.concatenate([b.col for b in blocks]))),
            (sum(b.shape[0] for b in blocks), len(own)),
        )  # fmt: skip
        solved = linprog(-self.saving[own], matrix.tocsr(), np.concatenate(upper), method="highs")
        return None if solved.status != 0 else np.asarray(solved.x, np.float64)

    def saved(self, sites: Sequence[int], shares: Floats) -> float:
        """Return the weighted seconds saved."""
        return float((self.saving[self._of(sites)] * shares).sum()) if len(shares) else 0.0

    def served(self, sites: Sequence[int], shares: Floats) -> Floats:
        """Return the weight that each site serves."""
        if not len(shares):
            return np.zeros(len(sites))
        total = np.bincount(self.site[self._of(sites)], shares, self.candidates)
        return np.asarray(total[list(sites)], np.float64)

    def prove(
        self, new: int, capacity: Capacity, time_limit_s: float, stop: Callable[[], bool] | None
    ) -> tuple[tuple[int, ...] | None, float]:
        """Return the best sites, if any were found, and the most that can be saved, by HiGHS.

        Columns: a site for each candidate (0 or 1), then what it serves of each client.
        """
        candidates, pairs, count = self.candidates, len(self.site), len(self.load)
        pair = candidates + np.arange(pairs)
        reach = np.bincount(self.site, self.load[self.client], candidates)
        most = reach if capacity.most is None else np.minimum(reach, capacity.most)
        at = count
        # 1. No client is served more than once. 2. At most what a site may. 3. At least what it
        # must. 4. Nothing by a site that is not there. 5. At most so many sites.
        rows: list[NDArray[np.integer]] = [self.client, at + self.site, at + np.arange(candidates)]
        columns: list[NDArray[np.integer]] = [pair, pair, np.arange(candidates)]
        values: list[Floats] = [np.ones(pairs), np.ones(pairs), np.negative(most, dtype=np.float64)]
        lower: list[Floats] = [np.full(count + candidates, -np.inf)]
        upper: list[Floats] = [self.load, np.zeros(candidates)]
        at += candidates
        rows += [at + self.site, at + np.arange(candidates)]
        columns += [pair, np.arange(candidates)]
        values += [np.ones(pairs), np.full(candidates, -float(capacity.least))]
        lower.append(np.zeros(candidates))
        upper.append(np.full(candidates, np.inf))
        at += candidates
        rows += [at + np.arange(pairs), at + np.arange(pairs)]
        columns += [pair, self.site]
        values += [np.ones(pairs), -self.load[self.client]]
        lower.append(np.full(pairs, -np.inf))
        upper.append(np.zeros(pairs))
        at += pairs
        rows.append(np.full(candidates, at))
        columns.append(np.arange(candidates))
        values.append(np.ones(candidates))
        lower.append(np.array([-np.inf]))
        upper.append(np.array([float(new)]))
        solved = solve_mixed(
            cost=np.concatenate([np.zeros(candidates), self.saving]), integer=candidates,
            rows=np.concatenate(rows), columns=np.concatenate(columns),
            values=np.concatenate(values), row_lower=np.concatenate(lower),
            row_upper=np.concatenate(upper), maximise=True, start=None,
            time_limit_s=time_limit_s,
            upper=np.concatenate([np.ones(candidates), self.load[self.client]]), stop=stop,
        )  # fmt: skip
        if solved.values is None:
            return None, solved.bound
        chosen = np.flatnonzero(solved.values[:candidates] > 0.5)
        return tuple(int(n) for n in chosen), solved.bound
