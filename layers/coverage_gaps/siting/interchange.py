"""Compiled loops of the p-median: greedy, interchange of sites, and a bound by prices.

``cost[c, d]`` is what client ``d`` pays at candidate ``c`` (household-seconds); ``fallback[d]``
what it pays at the stations that exist already (a large number where there is none).
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from layers.coverage_gaps.siting.choices import Floats, Ints


@njit(cache=True, nogil=True)
def total_cost(cost: Floats, fallback: Floats, sites: Ints) -> float:
    """Return the sum over clients of the cheapest site or the fallback."""
    total = 0.0
    for d in range(cost.shape[1]):
        least = fallback[d]
        for c in sites:
            least = min(least, cost[c, d])
        total += least
    return total


@njit(cache=True, nogil=True)
def greedy_medians(cost: Floats, fallback: Floats, count: int) -> Ints:
    """Choose sites one by one, each time the one that saves most."""
    candidates, clients = cost.shape
    least = fallback.copy()
    used = np.zeros(candidates, np.bool_)
    sites = np.empty(count, np.int32)
    for place in range(count):
        best, best_saving = -1, -1.0
        for c in range(candidates):
            if used[c]:
                continue
            saving = 0.0
            for d in range(clients):
                if cost[c, d] < least[d]:
                    saving += least[d] - cost[c, d]
            if saving > best_saving:
                best, best_saving = c, saving
        used[best] = True
        sites[place] = best
        for d in range(clients):
            least[d] = min(least[d], cost[best, d])
    return sites


@njit(cache=True, nogil=True)
def interchange(cost: Floats, fallback: Floats, chosen: Ints) -> Ints:
    """Swap one site for another while that saves (Teitz & Bart 1968, Whitaker 1983).

    For each client the cheapest and second cheapest site are known, so that one pass over the
    clients tells for a newcomer which site it should replace.
    """
    candidates, clients = cost.shape
    sites = chosen.copy()
    used = np.zeros(candidates, np.bool_)
    for c in sites:
        used[c] = True
    first = np.empty(clients, np.int32)
    first_cost, second_cost = np.empty(clients), np.empty(clients)
    loss = np.empty(len(sites))
    better = True
    while better:
        better = False
        for d in range(clients):
            # The fallback is a site that cannot be swapped: number -1.
            first[d], first_cost[d], second_cost[d] = -1, fallback[d], np.inf
            for place in range(len(sites)):
                at = cost[sites[place], d]
                if at < first_cost[d]:
                    second_cost[d], first_cost[d], first[d] = first_cost[d], at, place
                elif at < second_cost[d]:
                    second_cost[d] = at
        best_new, best_place, best_saving = -1, -1, 1e-9
        for new in range(candidates):
            if used[new]:
                continue
            saving = 0.0
            loss[:] = 0.0
            for d in range(clients):
                at = cost[new, d]
                if at < first_cost[d]:
                    saving += first_cost[d] - at
                elif first[d] >= 0:
                    loss[first[d]] += min(at, second_cost[d]) - first_cost[d]
            # A client that moves to the newcomer loses nothing with its old site.
            least_loss = int(np.argmin(loss))
            if saving - loss[least_loss] > best_saving * (1 + 1e-12):
                best_new, best_place = new, least_loss
                best_saving = saving - loss[least_loss]
        if best_new >= 0:
            used[sites[best_place]] = False
            used[best_new] = True
            sites[best_place] = best_new
            better = True
    return sites


@njit(cache=True, nogil=True)
def bound_medians(
    cost: Floats, fallback: Floats, sites: Ints, step_down: float, rounds: int
) -> tuple[float, Ints, float, NDArray[np.bool_]]:
    """Return a lower bound, the best sites met, their cost, and the candidates that matter.

    Lagrangian relaxation of "every client is served once" (Narula, Ogbu & Samuelsson 1977):
    with a price on every client, the sites whose clients pay least beyond it are the best
    choice, and what they and the prices sum to is never above the optimum. A candidate that does
    not matter is in no choice that costs ``step_down`` less than the best one met.
    """
    candidates, clients = cost.shape
    count = len(sites)
    best_sites, best = sites.copy(), total_cost(cost, fallback, sites)
    price = np.empty(clients)
    for d in range(clients):
        low, second = fallback[d], fallback[d]
        for c in sites:
            if cost[c, d] < low:
                low, second = cost[c, d], low
            elif cost[c, d] < second:
                second = cost[c, d]
        price[d] = min(second, 2 * low + 1.0)
    kept_price = price.copy()
    value = np.empty(candidates)
    times = np.empty(clients, np.int32)
    matters = np.ones(candidates, np.bool_)
    bound, scale, stalled, tried = -np.inf, 1.0, 0, 0
    for round_ in range(rounds):
        total = 0.0
        for d in range(clients):
            total += price[d]
            times[d] = 0
            if fallback[d] < price[d]:
                total += fallback[d] - price[d]
                times[d] = 1
        for c in range(candidates):
            value[c] = 0.0
            for d in range(clients):
                if cost[c, d] < price[d]:
                    value[c] += cost[c, d] - price[d]
        order = np.argsort(value)
        for c in order[:count]:
            total += value[c]
            for d in range(clients):
                if cost[c, d] < price[d]:
                    times[d] += 1
        met = order[:count].astype(np.int32)
        worth = total_cost(cost, fallback, met)
        if worth < best or round_ - tried >= 50:
            tried = round_
            met = interchange(cost, fallback, met)
            worth = total_cost(cost, fallback, met)
            if worth < best:
                best, best_sites = worth, met
        least = value[order[count - 1]]
        for c in order[count:]:
            if total - least + value[c] > best - step_down:
                matters[c] = False
        if total > bound:
            stalled = 0 if total > bound + 1e-5 * abs(bound) else stalled + 1
            bound = total
            kept_price[:] = price
        else:
            stalled += 1
        if bound > best - step_down:
            break
        if stalled >= 20:
            scale *= 0.6
            stalled = 0
            price[:] = kept_price
            if scale < 1e-4:
                break
            continue
        norm = 0.0
        for d in range(clients):
            norm += (1 - times[d]) ** 2
        if norm == 0.0:
            break
        step = scale * (best - total) / norm
        for d in range(clients):
            price[d] += step * (1 - times[d])
    return bound, best_sites, best, matters
