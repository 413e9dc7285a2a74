"""Compiled loops that choose sites: greedy, and swaps of one site for another."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Longs = NDArray[np.int64]


@njit(cache=True, nogil=True)
def _add(site: int, step: int, start: Longs, by_candidate: Ints, client_start: Longs,
         by_client: Ints, weight: Floats, times: Ints, gain: Floats) -> None:  # fmt: skip
    """Add (step 1) or remove (step -1) a site; keep ``times`` covered and each site's ``gain``.

    ``gain[c]`` is the weight that ``c`` would add to the chosen sites, so a site's gain changes
    only with clients that become covered or uncovered.
    """
    for i in range(start[site], start[site + 1]):
        client = by_candidate[i]
        before = times[client]
        times[client] = before + step
        if (step > 0 and before == 0) or (step < 0 and before == 1):
            change = -step * weight[client]
            for j in range(client_start[client], client_start[client + 1]):
                gain[by_client[j]] += change


@njit(cache=True, nogil=True)
def _all_gains(start: Longs, by_candidate: Ints, weight: Floats) -> Floats:
    gain = np.zeros(len(start) - 1)
    for site in range(len(start) - 1):
        for i in range(start[site], start[site + 1]):
            gain[site] += weight[by_candidate[i]]
    return gain


@njit(cache=True, nogil=True)
def choose_greedily(start: Longs, by_candidate: Ints, client_start: Longs, by_client: Ints,
                    weight: Floats, count: int) -> Ints:  # fmt: skip
    """Choose up to ``count`` sites, each time the one that adds most; stop when none adds.

    Gains are kept exact as clients become covered, so nothing is evaluated twice.
    """
    gain = _all_gains(start, by_candidate, weight)
    times = np.zeros(len(weight), np.int32)
    chosen = np.empty(count, np.int32)
    free = np.ones(len(gain), np.bool_)
    size = 0
    for _ in range(count):
        best = -1
        for site in range(len(gain)):
            if free[site] and (best < 0 or gain[site] > gain[best]):
                best = site
        if best < 0 or gain[best] <= 1e-9:
            break
        _add(best, 1, start, by_candidate, client_start, by_client, weight, times, gain)
        free[best] = False
        chosen[size] = best
        size += 1
    return chosen[:size].copy()


@njit(cache=True, nogil=True)
def swap_to_better(start: Longs, by_candidate: Ints, client_start: Longs, by_client: Ints,
                   weight: Floats, chosen: Ints) -> Ints:  # fmt: skip
    """Swap one chosen site for another while that adds weight; return the sites."""
    gain = _all_gains(start, by_candidate, weight)
    times = np.zeros(len(weight), np.int32)
    used = np.zeros(len(gain), np.bool_)
    sites = chosen.copy()
    for site in sites:
        _add(site, 1, start, by_candidate, client_start, by_client, weight, times, gain)
        used[site] = True
    since = 0
    place = 0
    while since < len(sites):
        old = sites[place]
        _add(old, -1, start, by_candidate, client_start, by_client, weight, times, gain)
        best = old
        for site in range(len(gain)):
            if not used[site] and gain[site] > gain[best] + 1e-9:
                best = site
        _add(best, 1, start, by_candidate, client_start, by_client, weight, times, gain)
        used[old] = False
        used[best] = True
        sites[place] = best
        since = 0 if best != old else since + 1
        place = (place + 1) % len(sites)
    return sites
