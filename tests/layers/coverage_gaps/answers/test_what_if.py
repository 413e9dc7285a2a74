import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.coverage_gaps.answers.what_if import NOBODY, adopt, by_group, lay_baseline, what_if
from layers.kit.errors import InputError
from layers.service_circles.walking.compute import Reach, nearest, reach, reaches
from layers.service_circles.walking.network import build_network
from layers.service_circles.walking.ties import anchors_of, doors_of, tie
from tests.layers.service_circles.towns import hills, lattice
from tests.properties import examples


def reached(*doors):
    return Reach(np.array(sorted(doors), np.int32), np.zeros(len(doors)))


def test_closing_the_only_station_of_a_door_loses_it():
    base = lay_baseline([reached(0, 1, 2), reached(2, 3)], 5)
    effect = what_if(base, {0: NOBODY})
    assert (effect.gained.tolist(), effect.lost.tolist()) == ([], [0, 1])


def test_a_new_station_gains_only_what_no_other_reaches():
    base = lay_baseline([reached(0, 1)], 5)
    effect = what_if(base, {}, [reached(1, 4), reached(3, 4)])
    assert (effect.gained.tolist(), effect.lost.tolist()) == ([3, 4], [])


def test_households_are_summed_by_grid_and_doors_without_grid_nowhere():
    base = lay_baseline([reached(0, 1)], 4)
    effect = what_if(base, {0: reached(1, 2, 3)})
    sums = by_group(effect, np.array([5.0, 7.0, 11.0, 13.0]), np.array([1, 0, 0, -1]), 2)
    assert sums.gained.tolist() == [11.0, 0.0]
    assert sums.lost.tolist() == [0.0, 5.0]


def test_an_unknown_station_is_refused():
    with pytest.raises(InputError, match="no station 3"):
        what_if(lay_baseline([reached(0)], 1), {3: NOBODY})


doors = st.sets(st.integers(0, 11)).map(lambda found: reached(*found))


@settings(max_examples=examples(80))
@given(st.lists(doors, min_size=1, max_size=5), st.data())
def test_the_effect_is_the_difference_of_two_full_counts(reaches_, data):
    base = lay_baseline(reaches_, 12)
    moved = data.draw(st.dictionaries(st.integers(0, len(reaches_) - 1), doors, max_size=3))
    added = data.draw(st.lists(doors, max_size=2))
    before = base.served.copy()
    effect, after = what_if(base, moved, added), adopt(base, moved, added)
    full = lay_baseline([moved.get(s, r) for s, r in enumerate(reaches_)] + added, 12)
    assert (after.served == full.served).all()
    assert (base.served == before).all()
    assert effect.gained.tolist() == np.flatnonzero((before == 0) & (full.served > 0)).tolist()
    assert effect.lost.tolist() == np.flatnonzero((before > 0) & (full.served == 0)).tolist()


@pytest.mark.parametrize("direction", ["to_station", "from_station", "round_trip"])
def test_after_random_moves_everything_equals_a_full_recompute_to_the_household(direction):
    network = build_network(lattice(16, seed=4), hills)
    draw = np.random.default_rng(4)
    homes = doors_of(network, tie(shapely.points(draw.uniform(0, 1280, (900, 2))), network))
    households = draw.integers(0, 30, 900) * 1.0
    grid = draw.integers(0, 12, 900)
    spots = draw.uniform(-300, 1500, (8, 2))
    base = lay_baseline(
        reaches(
            network,
            homes,
            anchors_of(network, tie(shapely.points(spots), network)),
            420.0,
            direction,
        ),
        900,
    )
    covered = np.bincount(grid, weights=households * (base.served > 0), minlength=12)
    for _ in range(60):
        station = int(draw.integers(8))
        spots[station] = draw.uniform(-300, 1500, 2)
        place = anchors_of(network, tie(shapely.points(spots[station : station + 1]), network))
        moved = {station: reach(network, homes, place, 420.0, direction)}
        change = by_group(what_if(base, moved), households, grid, 12)
        covered += change.gained - change.lost
        base = adopt(base, moved)
    stations = anchors_of(network, tie(shapely.points(spots), network))
    full = lay_baseline(reaches(network, homes, stations, 420.0, direction), 900)
    assert (base.served == full.served).all()
    assert (
        covered == np.bincount(grid, weights=households * (full.served > 0), minlength=12)
    ).all()
    by_nearest = nearest(network, homes, stations, 420.0, direction).station >= 0
    assert (by_nearest == (full.served > 0)).all()
