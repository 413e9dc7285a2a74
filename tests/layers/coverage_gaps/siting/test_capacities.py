"""Stations of bounded size against trying every choice, shared out by networkx."""

from __future__ import annotations

from itertools import combinations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.coverage_gaps.siting.capacities import (
    Capacity,
    choose_sites_within,
    choose_within,
    share_out,
)
from layers.coverage_gaps.siting.cover import Clients, merge_clients
from layers.kit.errors import InputError
from tests.properties import examples

quick = settings(max_examples=examples(40))


@st.composite
def cases(draw: st.DrawFn) -> tuple[Clients, int, Capacity]:
    doors = draw(st.integers(1, 8))
    reached = [
        np.array(sorted(draw(st.sets(st.integers(0, doors - 1)))), int)
        for _ in range(draw(st.integers(1, 5)))
    ]
    weight = np.array(draw(st.lists(st.integers(0, 9), min_size=doors, max_size=doors)), float)
    least = draw(st.integers(0, 12))
    most = draw(st.none() | st.integers(max(least, 1), 20))
    clients = merge_clients(reached, weight, np.zeros(doors, bool))
    return clients, draw(st.integers(1, 3)), Capacity(least, most)


def most_served(clients: Clients, sites: tuple[int, ...], capacity: Capacity) -> int | None:
    """What sites serve together, by a flow; None where one cannot have its least.

    The least of each is forced by a flow of the leasts alone that has to be whole.
    """
    graph = nx.DiGraph()
    graph.add_node("source")
    graph.add_node("sink")
    for d, weight in enumerate(clients.weight):
        graph.add_edge("source", ("demand", d), capacity=int(weight))
    for s in sites:
        for d in clients.by_candidate[clients.start[s] : clients.start[s + 1]]:
            graph.add_edge(("demand", int(d)), ("site", s))
        graph.add_edge(("site", s), "sink", capacity=int(capacity.least))
    if nx.maximum_flow_value(graph, "source", "sink") < capacity.least * len(sites):
        return None
    for s in sites:
        if capacity.most is None:
            graph.remove_edge(("site", s), "sink")
            graph.add_edge(("site", s), "sink")
        else:
            graph[("site", s)]["sink"]["capacity"] = int(capacity.most)
    # A flow of the leasts grows to a greatest one without taking from any site.
    return int(nx.maximum_flow_value(graph, "source", "sink"))


@quick
@given(cases())
def test_no_choice_within_the_capacity_serves_more(case: tuple[Clients, int, Capacity]) -> None:
    clients, new, capacity = case
    best = 0
    for count in range(1, min(new, clients.candidates) + 1):
        for sites in combinations(range(clients.candidates), count):
            best = max(best, most_served(clients, sites, capacity) or 0)
    choice = choose_sites_within(clients, new, capacity)
    assert choice.proved
    assert choice.objective == pytest.approx(best)
    assert sum(choice.marginal) == pytest.approx(best)
    for served in choice.marginal:
        assert served >= capacity.least - 1e-6
        assert capacity.most is None or served <= capacity.most + 1e-6


@quick
@given(cases())
def test_the_answer_at_once_keeps_the_capacity(case: tuple[Clients, int, Capacity]) -> None:
    clients, new, capacity = case
    sites = choose_within(clients, new, capacity)
    served = share_out(clients, sites, capacity)
    assert served is not None
    assert len(sites) <= new
    assert (served >= capacity.least - 1e-6).all()


def test_a_place_with_too_few_is_not_opened() -> None:
    # Site 0 reaches 40, site 1 another 10: with at least 20 each, only site 0 is opened.
    reached = [np.array([0]), np.array([1])]
    clients = merge_clients(reached, np.array([40.0, 10.0]), np.zeros(2, bool))
    choice = choose_sites_within(clients, 2, Capacity(20))
    assert choice.sites == (0,)
    assert choice.objective == choice.bound == 40


def test_two_stations_share_what_one_may_not_serve() -> None:
    # Both reach the same 100; each serves at most 60.
    reached = [np.array([0]), np.array([0]), np.array([0])]
    clients = merge_clients(reached, np.array([100.0]), np.zeros(1, bool))
    assert choose_sites_within(clients, 1, Capacity(0, 60)).objective == 60
    assert choose_sites_within(clients, 2, Capacity(0, 60)).objective == 100


@pytest.mark.parametrize(("least", "most"), [(-1, None), (0, 0), (30, 20)])
def test_a_capacity_that_contradicts_itself_is_refused(least: float, most: float | None) -> None:
    with pytest.raises(InputError):
        Capacity(least, most)
