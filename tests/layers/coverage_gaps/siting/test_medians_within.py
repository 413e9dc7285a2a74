"""Least walking with capacities, against every choice of sites solved one by one."""

from __future__ import annotations

import time
from itertools import combinations

import numpy as np
import pytest
from scipy.optimize import linprog

from layers.coverage_gaps.siting.capacities import Capacity
from layers.coverage_gaps.siting.medians import choose_medians
from layers.coverage_gaps.siting.medians_within import choose_medians_within


def by_hand(walk: np.ndarray, weight: np.ndarray, new: int, capacity: Capacity) -> float:
    """The transport problem of each subset of sites, with a dear station for who has none."""
    never = 2 * walk.max() + 1
    best = np.inf
    for size in range(new + 1):
        for sites in combinations(range(len(walk)), size):
            cost = np.vstack([walk[list(sites)], np.full((1, len(weight)), never)])
            rows, clients = cost.shape
            serves = np.kron(np.eye(rows), np.ones(clients))[:-1]
            bounds = [serves, -serves]
            most = np.inf if capacity.most is None else capacity.most
            upper = np.concatenate([np.full(size, min(most, 1e9)), np.full(size, -capacity.least)])
            solved = linprog(
                cost.ravel(),
                np.vstack(bounds) if size else None,
                upper if size else None,
                np.kron(np.ones(rows), np.eye(clients)),
                weight,
                method="highs",
            )
            if solved.status == 0:
                best = min(best, float(solved.fun))
    return best


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("capacity", [Capacity(0, 40), Capacity(25, None), Capacity(20, 45)])
def test_the_best_of_all_choices_is_found_and_proven(seed: int, capacity: Capacity) -> None:
    draw = np.random.default_rng(seed)
    walk = draw.integers(10, 900, (5, 8)).astype(float)
    weight = draw.integers(1, 20, 8).astype(float)
    found = choose_medians_within(walk, weight, None, 2, capacity)
    assert found.objective == pytest.approx(by_hand(walk, weight, 2, capacity))
    assert (found.proved, found.bound) == (True, pytest.approx(found.objective))


def test_the_time_that_is_given_holds() -> None:
    draw = np.random.default_rng(1)
    places, doors = draw.uniform(0, 5000, (150, 2)), draw.uniform(0, 5000, (2500, 2))
    walk = np.hypot(*(places[:, None] - doors[None]).transpose(2, 0, 1))
    weight = draw.integers(1, 30, 2500).astype(float)
    choose_medians(walk[:, :50], weight[:50], None, 12, 0.5)  # compiled before time is taken
    began = time.process_time()
    found = choose_medians(walk, weight, None, 12, 1.0)
    assert time.process_time() - began < 20  # 1 s was given; 1,500 rounds of prices took minutes
    assert found.objective >= found.bound
