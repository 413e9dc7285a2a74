import csv
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.coverage_gaps.siting.bounds import bound_by_prices, covered_weight
from layers.coverage_gaps.siting.cover import (
    choose_sites,
    choose_sites_at_once,
    cover_everyone,
    merge_clients,
)
from layers.kit.errors import InputError
from tests.properties import examples

quick = settings(max_examples=examples(40))


@st.composite
def covers(draw):
    """Which of at most 14 doors each of at most 7 candidates reaches; households 0 to 9."""
    doors = draw(st.integers(1, 14))
    candidates = draw(st.integers(1, 7))
    reached = [
        np.array(sorted(draw(st.sets(st.integers(0, doors - 1)))), int) for _ in range(candidates)
    ]
    households = np.array(draw(st.lists(st.integers(0, 9), min_size=doors, max_size=doors)), float)
    served = np.array(draw(st.lists(st.booleans(), min_size=doors, max_size=doors)))
    return reached, households, served


def worth(reached, households, served, sites):
    covered = served.copy()
    for site in sites:
        covered[reached[site]] = True
    return households[covered].sum() - households[served].sum()


@quick
@given(covers(), st.integers(1, 4))
def test_the_most_households_are_what_trying_everything_finds(case, new):
    reached, households, served = case
    new = min(new, len(reached))
    best = max(
        worth(reached, households, served, s) for s in combinations(range(len(reached)), new)
    )
    clients = merge_clients(reached, households, served)
    choice = choose_sites(clients, new)
    assert choice.proved
    assert choice.objective == best == choice.bound
    assert worth(reached, households, served, choice.sites) == best
    assert sum(choice.marginal) == best


@quick
@given(covers(), st.integers(1, 4))
def test_the_first_answer_never_exceeds_its_bound_nor_the_proven_one(case, new):
    clients = merge_clients(*case)
    first, proven = choose_sites_at_once(clients, new), choose_sites(clients, new)
    assert first.objective <= proven.objective <= first.bound
    assert proven.first_objective == first.objective


@quick
@given(covers())
def test_everyone_is_covered_by_as_few_sites_as_trying_everything_finds(case):
    reached, households, served = case
    everyone = worth(reached, households, served, range(len(reached)))
    few = next(
        size
        for size in range(len(reached) + 1)
        for sites in combinations(range(len(reached)), size)
        if worth(reached, households, served, sites) == everyone
    )
    choice = cover_everyone(merge_clients(reached, households, served))
    assert (choice.proved, choice.objective, choice.bound) == (True, few, few)
    assert worth(reached, households, served, choice.sites) == everyone


@quick
@given(covers())
def test_merging_keeps_the_households_of_every_candidate(case):
    reached, households, served = case
    clients = merge_clients(*case)
    rows = [
        tuple(clients.by_client[a:b])
        for a, b in zip(clients.client_start[:-1], clients.client_start[1:], strict=True)
    ]
    assert len(set(rows)) == len(rows)
    for site, doors in enumerate(reached):
        own = clients.by_candidate[clients.start[site] : clients.start[site + 1]]
        assert clients.weight[own].sum() == households[doors][~served[doors]].sum()


@quick
@given(covers(), st.integers(1, 3))
def test_prices_never_bound_below_the_optimum_nor_drop_a_better_site(case, new):
    clients = merge_clients(*case)
    if len(clients.weight) == 0:
        return
    new = min(new, clients.candidates)
    proven = choose_sites(clients, new)
    start = np.arange(new, dtype=np.int32)
    bound, sites, best, matters = bound_by_prices(
        clients.start, clients.by_candidate, clients.client_start, clients.by_client,
        clients.weight, start, 1.0 - 1e-6, 60,
    )  # fmt: skip
    assert bound >= proven.objective - 1e-6 or best == proven.objective
    assert best == covered_weight(clients.start, clients.by_candidate, clients.weight, sites)
    if best < proven.objective:
        assert matters[list(proven.sites)].all()


def test_each_site_is_ranked_by_what_it_adds_to_the_ones_before():
    # Site 0 reaches doors 0-5 (60 households), site 1 doors 4-8: 50, of which 30 are new.
    reached = [np.arange(6), np.arange(4, 9)]
    choice = choose_sites(merge_clients(reached, np.full(9, 10.0), np.zeros(9, bool)), 2)
    assert (choice.sites, choice.marginal) == ((0, 1), (60.0, 30.0))


def test_a_swap_mends_what_greed_chose_wrongly():
    # Greedy takes the site of 4 doors in the middle, then 2 more of 5; the two sides have 6.
    reached = [np.array([1, 2, 3, 4]), np.array([0, 1, 2]), np.array([3, 4, 5])]
    choice = choose_sites_at_once(merge_clients(reached, np.ones(6), np.zeros(6, bool)), 2)
    assert set(choice.sites) == {1, 2}
    assert choice.objective == 6.0


def test_no_candidates_and_no_sites_are_refused():
    clients = merge_clients([], np.ones(3), np.zeros(3, bool))
    with pytest.raises(InputError, match="no candidate"):
        choose_sites(clients, 1)
    with pytest.raises(InputError, match="at least 1"):
        choose_sites(merge_clients([np.arange(3)], np.ones(3), np.zeros(3, bool)), 0)


def test_when_everybody_is_served_nothing_is_added():
    clients = merge_clients([np.arange(3)], np.ones(3), np.ones(3, bool))
    assert choose_sites(clients, 1).objective == 0.0
    assert cover_everyone(clients).sites == ()


def test_stopping_returns_the_best_so_far_with_its_bound():
    draw = np.random.default_rng(0)
    at, homes = draw.uniform(0, 1, (120, 2)), draw.uniform(0, 1, (1500, 2))
    near = np.hypot(*(at[:, None] - homes).transpose(2, 0, 1)) < 0.16
    clients = merge_clients(
        [np.flatnonzero(row) for row in near],
        draw.integers(1, 40, 1500) * 1.0,
        np.zeros(1500, bool),
    )
    choice = choose_sites(clients, 12, time_limit_s=0.3, stop=lambda: True)
    assert choice.first_objective <= choice.objective <= choice.bound
    assert choice.gap == (choice.bound - choice.objective) / choice.objective


@pytest.mark.real_data
def test_san_francisco_s_published_optima_are_found_and_proven(shared_data):
    folder = shared_data / "sanfrancisco"
    walk, households, names = san_francisco(folder)
    with (folder / "known_optima_bruteforce.csv").open() as file:
        known = list(csv.DictReader(file))
    near = [np.flatnonzero(row <= 5000) for row in walk]
    clients = merge_clients(near, households, np.zeros(len(households), bool))
    checked = 0
    for row in known:
        if row["problem"] == "mclp_covered_demand_r5000":
            choice = choose_sites(clients, int(row["p"]))
            assert choice.proved
            assert choice.objective == float(row["optimum"])
            assert {names[s] for s in choice.sites} == set(row["sites_one_optimal"].split())
            checked += 1
        elif row["problem"].startswith("lscp"):
            radius = float(row["problem"].removeprefix("lscp_min_sites_r"))
            reached = [np.flatnonzero(line <= radius) for line in walk]
            everyone = merge_clients(reached, households, np.zeros(len(households), bool))
            choice = cover_everyone(everyone)
            assert choice.proved
            assert choice.objective == float(row["optimum"])
            checked += 1
    assert checked == 8


def san_francisco(folder):
    """Return distances (site, client), client weights and the names of the sites."""
    name = "SF_network_distance_candidateStore_16_censusTract_205_new.csv"
    with (folder / name).open() as file:
        rows = list(csv.DictReader(file))
    names = sorted({r["name"] for r in rows})
    places = sorted({r["DestinationName"] for r in rows})
    walk = np.full((len(names), len(places)), np.inf)
    households = np.zeros(len(places))
    for row in rows:
        site, place = names.index(row["name"]), places.index(row["DestinationName"])
        walk[site, place] = float(row["distance"])
        households[place] = float(row["demand"])
    return walk, households, names
