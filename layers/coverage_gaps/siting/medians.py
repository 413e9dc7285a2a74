"""Least walking: p new sites so that households walk the fewest seconds in all (p-median)."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from layers.coverage_gaps.siting.cover import Choice, Floats, check_number, gap_between
from layers.coverage_gaps.siting.interchange import (
    bound_medians,
    greedy_medians,
    interchange,
    total_cost,
)
from layers.coverage_gaps.siting.solver import solve_mixed

PRICE_ROUNDS = 1500
_TRIAL_ROUNDS = 3


def choose_medians(
    walk_s: Floats, households: Floats, existing_s: Floats | None, new: int,
    time_limit_s: float = 60.0, stop: Callable[[], bool] | None = None,
) -> Choice:  # fmt: skip
    """Return the ``new`` sites with the least household-seconds, proven as far as time allows.

    ``walk_s[c, d]``: seconds from client ``d`` to candidate ``c``, inf where there is no way;
    ``existing_s[d]``: to the nearest existing station (None: there is none). Clients that nothing
    reaches are left out. A client left without any station costs twice the longest walk, so that
    reaching it comes first. ``first_objective`` of the answer is that of greedy and interchange.
    """
    began = time.perf_counter()
    new = check_number(new, len(walk_s))
    has_station = existing_s is not None and bool(np.isfinite(existing_s).any())
    cost, fallback, _ = costs_of(walk_s, households, existing_s)

    first = interchange(cost, fallback, greedy_medians(cost, fallback, new))
    first_cost = float(total_cost(cost, fallback, first))
    first_s = time.perf_counter() - began
    whole = bool((cost == np.rint(cost)).all() and (fallback == np.rint(fallback)).all())
    rounds = int(np.clip(4e9 / max(cost.size, 1), 100, PRICE_ROUNDS))
    step_down = 1.0 - 1e-6 if whole else 1e-9 * first_cost
    trial = time.perf_counter()
    bound_medians(cost, fallback, first, step_down, _TRIAL_ROUNDS)
    round_s = (time.perf_counter() - trial) / _TRIAL_ROUNDS
    # Prices take half of what is left at most: the time that was given holds.
    half = (time_limit_s - (time.perf_counter() - began)) / 2
    rounds = int(np.clip(half / max(round_s, 1e-9), 1, rounds))
    bound, sites, best, matters = bound_medians(cost, fallback, first, step_down, rounds)
    bound = _whole_bound(bound, whole)
    left = time_limit_s - (time.perf_counter() - began)
    if bound < best and left > 0:
        matters[sites] = True
        sites, proven = _prove(cost, fallback, np.flatnonzero(matters), sites, max(left, 0.1), stop)
        best = float(total_cost(cost, fallback, sites))
        bound = max(bound, min(_whole_bound(proven, whole), best))
    bound = min(bound, best)
    order, saved = _by_marginal(cost, fallback, sites, has_station)
    gap = gap_between(best, bound)
    return Choice(
        order, best, bound, gap, gap == 0.0, saved, time.perf_counter() - began, first_cost, first_s
    )


def costs_of(
    walk_s: Floats, weight: Floats, existing_s: Floats | None
) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Return what each candidate costs each client, what a client costs without a new station,
    and which clients are counted: those that something reaches and that weigh something.
    """
    existing = np.full(walk_s.shape[1], np.inf) if existing_s is None else existing_s
    kept = (np.isfinite(walk_s).any(axis=0) | np.isfinite(existing)) & (weight > 0)
    load = weight[kept]
    walk, existing = walk_s[:, kept], existing[kept]
    finite = np.concatenate([walk[np.isfinite(walk)], existing[np.isfinite(existing)], [0.0]])
    never_s = 2.0 * float(finite.max()) + 1.0
    cost = np.ascontiguousarray(np.where(np.isfinite(walk), walk, never_s) * load)
    return cost, np.where(np.isfinite(existing), existing, never_s) * load, kept


def _prove(
    cost: Floats, fallback: Floats, kept: NDArray[np.intp], sites: NDArray[np.int32],
    time_limit_s: float, stop: Callable[[], bool] | None,
) -> tuple[NDArray[np.int32], float]:  # fmt: skip
    """Return the best sites among the ``kept`` candidates, and the bound, by HiGHS.

    Cornuéjols, Nemhauser & Wolsey (1980), in sparse form: for each client the different costs in
    rising order, and for each a share "not served up to here", which can fall from one to the
    next only by the sites at that cost. A client pays the steps that it is not served for.
    """
    few = cost[kept]
    count = len(sites)
    columns_at = len(kept)
    rows: list[NDArray[np.integer]] = []
    columns: list[NDArray[np.integer]] = []
    values: list[Floats] = []
    costs = [np.zeros(columns_at)]
    lower: list[Floats] = []
    chosen = np.isin(kept, sites)
    start = [chosen.astype(float)]
    fixed, row_at = 0.0, 0
    # With all but p - 1 of the sites dearer, one of these must be open: dearer steps are not paid.
    useful = len(kept) - count + 1
    for d in range(cost.shape[1]):
        near = np.argsort(few[:, d], kind="stable")[:useful]
        near = near[few[near, d] < fallback[d]]
        levels, level = np.unique(few[near, d], return_inverse=True)
        fixed += float(levels[0]) if len(levels) else float(fallback[d])
        if not len(levels):
            continue
        dearest = fallback[d] if len(near) < useful else levels[-1]
        steps = np.diff(np.append(levels, dearest))
        share = columns_at + np.arange(len(levels))
        row = row_at + np.arange(len(levels))
        rows += [row, row[1:], row_at + level]
        columns += [share, share[:-1], near]
        values += [np.ones(len(levels)), -np.ones(len(levels) - 1), np.ones(len(near))]
        lower.append(np.append(1.0, np.zeros(len(levels) - 1)))
        costs.append(steps)
        served = np.zeros(len(levels), bool)
        served[level[chosen[near]]] = True
        start.append(1.0 - np.maximum.accumulate(served))
        columns_at += len(levels)
        row_at += len(levels)
    rows.append(np.full(len(kept), row_at))
    columns.append(np.arange(len(kept)))
    values.append(np.ones(len(kept)))
    lower.append(np.array([float(count)]))
    row_lower = np.concatenate(lower)
    row_upper = np.full(len(row_lower), np.inf)
    row_upper[-1] = count
    solved = solve_mixed(
        cost=np.concatenate(costs), integer=len(kept), rows=np.concatenate(rows),
        columns=np.concatenate(columns), values=np.concatenate(values), row_lower=row_lower,
        row_upper=row_upper, maximise=False, start=np.concatenate(start),
        time_limit_s=time_limit_s, stop=stop,
    )  # fmt: skip
    if solved.values is not None:
        order = np.argsort(-solved.values[: len(kept)], kind="stable")[:count]
        found = kept[order].astype(np.int32)
        if total_cost(cost, fallback, found) < total_cost(cost, fallback, sites):
            sites = found
    return sites, solved.bound + fixed


def _by_marginal(
    cost: Floats, fallback: Floats, sites: NDArray[np.int32], is_served: bool
) -> tuple[tuple[int, ...], tuple[float, ...]]:
    """Order sites by the household-seconds each saves after the ones before it."""
    left = [int(site) for site in sites]
    least = fallback.copy()
    order: list[int] = []
    saved: list[float] = []
    while left:
        savings = [float(np.maximum(least - cost[site], 0.0).sum()) for site in left]
        best = int(np.argmax(savings))
        site = left.pop(best)
        saved.append(savings[best] if order or is_served else float("nan"))
        order.append(site)
        least = np.minimum(least, cost[site])
    return tuple(order), tuple(saved)


def _whole_bound(bound: float, whole: bool) -> float:
    return float(np.ceil(bound - 1e-6)) if whole else float(bound)
