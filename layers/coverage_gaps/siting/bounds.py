"""How good a choice of sites can be at most, without solving the whole problem.

Lagrangian bound of the maximal covering problem (Galvão & ReVelle 1996): with a price between 0
and its weight on every client, the best p sites by the sum of their clients' prices, plus what
the clients weigh beyond their prices, is never below the optimum. Subgradient steps lower it.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from layers.coverage_gaps.siting.choices import Floats, Ints, Longs, swap_to_better

SWAPS_EVERY = 20  # rounds between two attempts to better the answer from the prices' own choice


@njit(cache=True, nogil=True)
def covered_weight(start: Longs, by_candidate: Ints, weight: Floats, sites: Ints) -> float:
    """Return the weight that sites cover together."""
    seen = np.zeros(len(weight), np.bool_)
    total = 0.0
    for site in sites:
        for i in range(start[site], start[site + 1]):
            if not seen[by_candidate[i]]:
                seen[by_candidate[i]] = True
                total += weight[by_candidate[i]]
    return total


@njit(cache=True, nogil=True)
def bound_by_prices(
    start: Longs, by_candidate: Ints, client_start: Longs, by_client: Ints, weight: Floats,
    sites: Ints, step_up: float, rounds: int,
) -> tuple[float, Ints, float, NDArray[np.bool_]]:  # fmt: skip
    """Return an upper bound, the best sites met, their weight, and the candidates that matter.

    A candidate that does not matter is in no choice that weighs ``step_up`` more than the best
    one met: fixing it in would push the bound below that.
    """
    candidates, clients, count = len(start) - 1, len(weight), len(sites)
    best_sites = sites.copy()
    best = covered_weight(start, by_candidate, weight, sites)
    price = np.empty(clients)
    for d in range(clients):
        price[d] = weight[d] / max(1, client_start[d + 1] - client_start[d])
    kept_price = price.copy()
    value = np.empty(candidates)
    times = np.empty(clients, np.int32)
    matters = np.ones(candidates, np.bool_)
    bound, scale, stalled, tried = np.inf, 1.0, 0, -SWAPS_EVERY
    for round_ in range(rounds):
        total = 0.0
        for d in range(clients):
            total += weight[d] - price[d]
            times[d] = 0
        for c in range(candidates):
            value[c] = 0.0
            for i in range(start[c], start[c + 1]):
                value[c] += price[by_candidate[i]]
        order = np.argsort(-value)
        for c in order[:count]:
            total += value[c]
            for i in range(start[c], start[c + 1]):
                times[by_candidate[i]] += 1
        if round_ - tried >= SWAPS_EVERY:
            tried = round_
            met = swap_to_better(
                start, by_candidate, client_start, by_client, weight,
                order[:count].astype(np.int32),
            )  # fmt: skip
            worth = covered_weight(start, by_candidate, weight, met)
            if worth > best:
                best, best_sites = worth, met
        # Which candidates can still be in a better choice, by this round's prices.
        least = value[order[count - 1]]
        for c in order[count:]:
            if total - least + value[c] < best + step_up:
                matters[c] = False
        if total < bound:
            stalled = 0 if total < bound - 1e-4 * abs(bound) else stalled + 1
            bound = total
            kept_price[:] = price
        else:
            stalled += 1
        if bound < best + step_up:
            break
        if stalled >= 12:
            scale *= 0.6
            stalled = 0
            price[:] = kept_price
            if scale < 1e-4:
                break
            continue
        norm = 0.0
        for d in range(clients):
            slope = times[d] - 1
            if not ((slope > 0 and price[d] <= 0) or (slope < 0 and price[d] >= weight[d])):
                norm += slope * slope
        if norm == 0.0:
            break
        step = scale * (total - best) / norm
        for d in range(clients):
            price[d] = min(max(price[d] - step * (times[d] - 1), 0.0), weight[d])
    return bound, best_sites, best, matters
