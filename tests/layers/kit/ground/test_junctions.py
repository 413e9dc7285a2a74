import numpy as np
import shapely
from hypothesis import given
from hypothesis import strategies as st

from layers.kit.ground.junctions import split_at_shared_vertices


def lines(*wkts):
    return np.array([shapely.from_wkt(w) for w in wkts], object)


def test_a_t_junction_cuts_the_street_it_meets():
    # The second line ends at the first one's middle vertex (5, 0): 3 pieces, 4 nodes.
    j = split_at_shared_vertices(lines("LINESTRING(0 0,5 0,10 0)", "LINESTRING(5 5,5 0)"))
    assert list(j.line) == [0, 0, 1]
    assert len(j.nodes) == 4
    assert j.v[0] == j.u[1] == j.v[2]


def test_lines_that_cross_without_a_shared_vertex_stay_apart():
    j = split_at_shared_vertices(lines("LINESTRING(0 0,10 0)", "LINESTRING(5 5,5 -5)"))
    assert len(j.geometry) == 2
    assert len(j.nodes) == 4


def test_a_loop_and_a_line_without_length_are_handled():
    j = split_at_shared_vertices(
        lines("LINESTRING(0 0,1 0,1 1,0 0)", "LINESTRING(2 2,2 2.0001)", "LINESTRING EMPTY")
    )
    assert list(j.line) == [0]
    assert j.u[0] == j.v[0]


def test_no_lines_give_no_nodes():
    assert len(split_at_shared_vertices(np.empty(0, object)).nodes) == 0


@given(
    st.lists(
        st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=2, max_size=6),
        min_size=1,
        max_size=6,
    )
)
def test_pieces_keep_the_length_and_meet_only_at_nodes(coordinates):
    source = np.array([shapely.LineString(c) for c in coordinates], object)
    j = split_at_shared_vertices(source)
    assert np.isclose(shapely.length(j.geometry).sum(), shapely.length(source).sum())
    nodes = {tuple(n) for n in j.nodes}
    assert len(nodes) == len(j.nodes)
    inner = [tuple(p) for g in j.geometry for p in shapely.get_coordinates(g)[1:-1]]
    assert len(inner) == len(set(inner))  # an inner vertex belongs to one place of one piece
    assert not nodes & set(inner)
    for g, u, v in zip(j.geometry, j.u, j.v, strict=True):
        c = shapely.get_coordinates(g)
        assert tuple(c[0]) == tuple(j.nodes[u])
        assert tuple(c[-1]) == tuple(j.nodes[v])
