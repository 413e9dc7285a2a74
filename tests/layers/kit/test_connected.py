"""Connected parts: the same as scipy's, numbered by their first members."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from layers.kit.connected import connected_parts


def test_a_chain_and_a_pair_and_one_alone() -> None:
    # 4 - 1 - 0   2 - 5   3
    part = connected_parts(6, np.array([4, 1, 5]), np.array([1, 0, 2]))
    assert part.tolist() == [0, 0, 1, 2, 0, 1]


def test_nothing_joined_is_a_part_each() -> None:
    nothing = np.empty(0, np.int64)
    assert connected_parts(3, nothing, nothing).tolist() == [0, 1, 2]
    assert connected_parts(0, nothing, nothing).tolist() == []


@given(st.integers(1, 60), st.data())
def test_parts_are_those_of_scipy(n: int, data: st.DataObject) -> None:
    joined = data.draw(st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1))))
    a, b = (
        np.array(side, np.int64) for side in (zip(*joined, strict=True) if joined else ([], []))
    )
    graph = coo_matrix((np.ones(len(a)), (a, b)), shape=(n, n))
    expected = connected_components(graph, directed=False)[1]
    assert connected_parts(n, a, b).tolist() == expected.tolist()
