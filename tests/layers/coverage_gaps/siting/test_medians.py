import csv
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse.csgraph import floyd_warshall

from layers.coverage_gaps.siting.interchange import (
    bound_medians,
    greedy_medians,
    interchange,
    total_cost,
)
from layers.coverage_gaps.siting.medians import choose_medians
from tests.layers.coverage_gaps.siting.test_cover import san_francisco
from tests.properties import examples

quick = settings(max_examples=examples(40))


@st.composite
def walks(draw):
    candidates, doors = draw(st.integers(1, 6)), draw(st.integers(1, 9))
    seconds = st.one_of(st.integers(0, 60).map(float), st.just(np.inf))
    walk = np.array([[draw(seconds) for _ in range(doors)] for _ in range(candidates)])
    households = np.array([float(draw(st.integers(0, 5))) for _ in range(doors)])
    existing = None
    if draw(st.booleans()):
        existing = np.array([draw(seconds) for _ in range(doors)])
    return walk, households, existing


@quick
@given(walks(), st.integers(1, 3))
def test_the_least_walking_is_what_trying_everything_finds(case, new):
    walk, households, existing = case
    new = min(new, len(walk))
    base = np.full(walk.shape[1], np.inf) if existing is None else existing
    some = (np.isfinite(walk).any(axis=0) | np.isfinite(base)) & (households > 0)
    finite = [*walk[:, some][np.isfinite(walk[:, some])], *base[some][np.isfinite(base[some])], 0.0]
    never = 2 * max(finite) + 1

    def cost(sites):
        least = np.minimum(base, walk[list(sites)].min(axis=0))[some]
        return (np.where(np.isfinite(least), least, never) * households[some]).sum()

    best = min(cost(sites) for sites in combinations(range(len(walk)), new))
    choice = choose_medians(walk, households, existing, new)
    assert choice.proved
    assert choice.objective == pytest.approx(best)
    assert cost(choice.sites) == pytest.approx(best)
    assert choice.first_objective >= choice.objective - 1e-9


@quick
@given(walks(), st.integers(1, 3))
def test_prices_never_bound_above_the_optimum(case, new):
    walk, households, _ = case
    cost = np.where(np.isfinite(walk), walk, 200.0) * households
    fallback = 500.0 * households
    new = min(new, len(walk))
    best = min(
        total_cost(cost, fallback, np.array(s, np.int32))
        for s in combinations(range(len(walk)), new)
    )
    sites = interchange(cost, fallback, greedy_medians(cost, fallback, new))
    bound, _, met, _ = bound_medians(cost, fallback, sites, 1e-9, 80)
    assert bound <= best + 1e-6
    assert met >= best - 1e-9


@pytest.mark.real_data
@pytest.mark.parametrize("number", [1, 2, 3, 4, 5, 8, 10, 13, 14, 19])
def test_published_optima_of_the_or_library_are_found_and_proven(shared_data, number):
    folder = shared_data / "orlib_pmed"
    published = dict(line.split() for line in (folder / "pmedopt.txt").read_text().splitlines()[1:])
    values = np.array((folder / f"pmed{number}.txt").read_text().split(), int)
    size, _, new = values[:3]
    walk = np.full((size, size), np.inf)
    for a, b, length in values[3:].reshape(-1, 3):
        walk[a - 1, b - 1] = walk[b - 1, a - 1] = length  # a doubled edge: the last one holds
    np.fill_diagonal(walk, 0)
    choice = choose_medians(floyd_warshall(walk), np.ones(size), None, int(new))
    assert (choice.proved, choice.objective) == (True, float(published[f"pmed{number}"]))


@pytest.mark.real_data
def test_san_francisco_s_medians_are_found_and_proven(shared_data):
    walk, households, names = san_francisco(shared_data / "sanfrancisco")
    with (shared_data / "sanfrancisco" / "known_optima_bruteforce.csv").open() as file:
        known = [r for r in csv.DictReader(file) if r["problem"] == "p_median_weighted_sum"]
    for row in known:
        choice = choose_medians(walk, households, None, int(row["p"]))
        assert choice.proved
        assert choice.objective == pytest.approx(float(row["optimum"]), rel=1e-9)
        assert {names[s] for s in choice.sites} == set(row["sites_one_optimal"].split())
    assert len(known) == 4
