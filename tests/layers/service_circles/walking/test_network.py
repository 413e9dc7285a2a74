import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.kit.crs import transform
from layers.kit.errors import InputError
from layers.kit.ground.elevation import Elevation
from layers.service_circles.walking.network import (
    ADULT,
    ELDERLY,
    WalkProfile,
    build_network,
    edges_frame,
    nodes_frame,
    tobler_seconds,
    with_profile,
)
from layers.service_circles.walking.slopes import HeightOf, fill_along, lay_marks
from tests.layers.service_circles.towns import hills, lattice, small_towns, streets
from tests.properties import examples


def test_streets_split_where_they_share_a_vertex_and_nowhere_else():
    # A cross with a shared vertex makes four edges; a crossing without one makes none more.
    joined = build_network(streets([(0, 0), (50, 0), (100, 0)], [(50, -50), (50, 0), (50, 50)]))
    apart = build_network(streets([(0, 0), (100, 0)], [(50, -50), (50, 50)]))
    assert (len(joined.u), len(joined.x)) == (4, 5)
    assert (len(apart.u), len(apart.x)) == (2, 4)


def test_vertices_a_fraction_of_a_millimetre_apart_are_one():
    network = build_network(streets([(0, 0), (50, 0)], [(50.0002, 0.0001), (90, 0)]))
    assert len(network.x) == 3


def test_edges_without_length_are_left_out_with_their_row():
    network = build_network(streets([(0, 0), (50, 0)], [(7, 7), (7, 7)]))
    assert len(network.u) == 1
    assert [(f.code, f.row) for f in network.findings] == [("street_zero_length", 2)]


def test_rows_that_are_no_lines_are_left_out_with_their_row():
    frame = gpd.GeoDataFrame(
        geometry=[None, shapely.Point(0, 0), shapely.LineString([(0, 0), (9, 0)])], crs=4545
    )
    network = build_network(frame)
    assert network.street.tolist() == [2]
    assert [(f.code, f.row) for f in network.findings] == [
        ("street_not_a_line", 1),
        ("street_not_a_line", 2),
    ]


def test_streets_in_degrees_are_refused():
    with pytest.raises(InputError, match="degrees"):
        build_network(gpd.GeoDataFrame(geometry=[shapely.LineString([(0, 0), (1, 1)])], crs=4326))


def test_nothing_to_walk_on_is_refused():
    with pytest.raises(InputError, match="no street has any length"):
        build_network(streets([(7, 7), (7, 7)]))
    with pytest.raises(InputError, match="there are no streets"):
        build_network(gpd.GeoDataFrame(geometry=[], crs=4545))


def test_without_elevation_every_edge_takes_its_length_at_the_flat_speed():
    network = build_network(lattice(6))
    assert not network.has_elevation
    assert network.forward_s == pytest.approx(network.length_m / 1.1)
    assert (network.forward_s == network.backward_s).all()


def test_a_slope_up_and_down_takes_what_tobler_says():
    # 10% up over 100 m: exp(3.5 · (0.15 - 0.05)) = 1.41907 times the flat 90.909 s = 129.006 s;
    # down: exp(3.5 · (|-0.05| - 0.05)) = 1, so 90.909 s: 10% down is as quick as flat.
    network = build_network(streets([(0, 0), (100, 0)]), lambda x, _: 0.1 * x)
    assert network.forward_s[0] == pytest.approx(100 / 1.1 * np.exp(0.35))
    assert network.backward_s[0] == pytest.approx(100 / 1.1)


def test_slopes_beyond_a_half_are_walked_as_a_half():
    steep = build_network(streets([(0, 0), (20, 0)]), lambda x, _: 2.0 * x)
    assert steep.forward_s[0] == pytest.approx(float(tobler_seconds(20.0, 0.5, 1.1)))


def test_a_hill_in_the_middle_of_an_edge_is_felt():
    # Both ends at 0 m, 10 m high in the middle: pieces of 25 m see it, the ends alone would not.
    network = build_network(
        streets([(0, 0), (100, 0)]), lambda x, _: 10.0 - np.abs(np.asarray(x) - 50) / 5
    )
    up, down = tobler_seconds(50.0, 0.2, 1.1), tobler_seconds(50.0, -0.2, 1.1)
    assert network.forward_s[0] == pytest.approx(float(up + down))


def test_a_bridge_rises_evenly_between_its_ends_whatever_the_valley_does():
    valley = lambda x, _: np.where(np.isin(x, (0.0, 100.0)), 50.0, 0.0)  # noqa: E731
    bridge = build_network(streets([(0, 0), (100, 0)], bridge=[True]), valley)
    assert bridge.forward_s[0] == pytest.approx(100 / 1.1)


def test_a_viaduct_of_two_lines_does_not_dip_where_they_meet_in_the_air():
    # Ends at 50 m and 40 m; the joint over the valley gets 50 - 10 · 30/100 = 47 m.
    ground = {-20.0: 50.0, 0.0: 50.0, 30.0: 0.0, 100.0: 40.0, 120.0: 40.0}
    height = lambda x, _: np.array([ground.get(float(v), 0.0) for v in x])  # noqa: E731
    network = build_network(
        streets(
            [(-20, 0), (0, 0)], [(0, 0), (30, 0)], [(30, 0), (100, 0)], [(100, 0), (120, 0)],
            bridge=[False, True, True, False],
        ),
        height,
    )  # fmt: skip
    assert network.z[network.x == 30.0] == pytest.approx(47.0)


def test_missing_heights_are_said_and_walked_as_flat():
    network = build_network(streets([(0, 0), (100, 0)]), lambda x, _: np.full(np.shape(x), np.nan))
    (finding,) = network.findings
    assert (finding.code, finding.values["share"]) == ("elevation_missing", 1.0)
    assert network.forward_s[0] == pytest.approx(100 / 1.1)


def test_a_void_in_the_middle_is_bridged_from_its_sides():
    at = fill_along(np.array([0.0, np.nan, np.nan, 9.0, np.nan]), np.array([0, 0, 0, 0, 1]))
    assert at.tolist() == [0.0, 3.0, 6.0, 9.0, 0.0]


def test_steps_are_slower_by_the_profile_s_factor():
    slow = WalkProfile("slow", 1.0, 1.0, steps_factor=2.0)
    frame = streets([(0, 0), (10, 0)], [(10, 0), (20, 0)])
    frame["class"] = ["steps", "street"]
    network = build_network(frame, None, slow)
    assert network.forward_s.tolist() == [20.0, 10.0]


def test_the_elderly_walk_the_same_streets_at_their_own_speed():
    network = build_network(lattice(6), hills)
    slower = with_profile(network, ELDERLY)
    assert slower.forward_s == pytest.approx(network.forward_s * 1.1 / 0.8)
    assert with_profile(slower, ADULT).forward_s.tolist() == network.forward_s.tolist()


def test_a_profile_without_speed_is_refused():
    with pytest.raises(InputError, match="above 0"):
        WalkProfile("stuck", 0.0, 1.0)


def test_running_sums_start_at_zero_on_every_edge():
    marks = lay_marks(np.array([1.0, 2.0, 5.0]), np.array([0, 2, 3]))
    assert marks.tolist() == [0.0, 1.0, 3.0, 0.0, 5.0]


def test_a_point_on_the_last_piece_takes_that_piece_s_own_slope():
    # Flat for 25 m, then 30% up for 25 m: at 37.5 m the seconds are 25/1.1 + half the climb.
    network = build_network(
        streets([(0, 0), (50, 0)]), lambda x, _: np.maximum(0.0, (np.asarray(x) - 25) * 0.3)
    )
    there, back = network.seconds_at(np.array([0], np.int32), np.array([37.5]))
    climb = float(tobler_seconds(12.5, 0.3, 1.1))
    fall = float(tobler_seconds(12.5, -0.3, 1.1))
    assert there[0] == pytest.approx(25 / 1.1 + climb)
    assert back[0] == pytest.approx(25 / 1.1 + fall)


def test_heights_are_read_in_the_raster_s_own_reference_system():
    lon, lat = 106.0, 28.0
    values = np.array([[100.0, 100.0], [200.0, 200.0]], np.float32)
    elevation = Elevation(values, lon - 0.01, lat + 0.01, 0.01, 0.01, 4326)
    x, y = transform(np.array([lon]), np.array([lat]), 4326, 4544)
    assert HeightOf(elevation, 4544)(x, y) == pytest.approx([150.0], abs=0.01)


def test_frames_carry_the_columns_of_the_contract():
    network = build_network(lattice(4), hills)
    assert list(nodes_frame(network)) == ["x", "y", "z"]
    contract = {"u", "v", "class", "length_m", "forward_s", "backward_s", "geometry"}
    assert contract <= set(edges_frame(network, "EPSG:4545"))
    assert nodes_frame(build_network(lattice(4)))["z"].isna().all()


@settings(max_examples=examples(60))
@given(small_towns(), st.randoms(use_true_random=False))
def test_edges_are_the_streets_again_whatever_the_order_of_rows(frame, random):
    order = list(range(len(frame)))
    random.shuffle(order)
    network = build_network(frame, hills)
    other = build_network(frame.iloc[order], hills)
    assert network.length_m.sum() == pytest.approx(frame.length.sum())
    assert sorted(network.length_m) == pytest.approx(sorted(other.length_m))
    assert sorted(network.forward_s + network.backward_s) == pytest.approx(
        sorted(other.forward_s + other.backward_s)
    )
    assert (network.forward_s > 0).all()


@settings(max_examples=examples(60))
@given(small_towns())
def test_drawing_a_street_the_other_way_swaps_its_times(frame):
    turned = frame.set_geometry(frame.geometry.reverse())
    network, other = build_network(frame, hills), build_network(turned, hills)
    both = [sorted(zip(n.forward_s, n.backward_s, strict=True)) for n in (network,)]
    swapped = sorted(zip(other.backward_s, other.forward_s, strict=True))
    assert np.allclose(both[0], swapped)


def test_one_way_rules_are_for_vehicles():
    frame = streets([(0, 0), (100, 0)])
    frame["oneway"] = [True]
    network = build_network(frame)
    assert network.forward_s.tolist() == network.backward_s.tolist()
    assert len(network.arc_node) == 2
