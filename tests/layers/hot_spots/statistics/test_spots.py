"""Hot spots against the formulas' own words, noise, and clusters that were planted."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import norm, pearson3

from layers.hot_spots.statistics.getis_ord import gi_star, gi_star_skewness, neighbourhoods
from layers.hot_spots.statistics.significance import false_discovery, rare, two_sided
from layers.hot_spots.statistics.spots import Areas, clusters, find_hot_spots, follow
from layers.hot_spots.statistics.trends import mann_kendall, trend_classes

Floats = NDArray[np.float64]
SIDE = 40


def lattice(side: int, households: Floats | None = None) -> Areas:
    """Cells in rows; each touches six others, as grids of a town do."""
    at = np.arange(side * side).reshape(side, side)
    pairs = [
        (at[: side - down, : side - right].ravel(), at[down:, right:].ravel())
        for down, right in ((0, 1), (1, 0), (1, 1))
    ]
    a, b = (np.concatenate(one) for one in zip(*pairs, strict=True))
    return Areas(side * side, a, b, households)


def by_hand(values: Floats, areas: Areas) -> Floats:
    """Gi* as Ord and Getis 1995 write it, one area after the other."""
    n = areas.count
    w = np.eye(n)
    w[areas.a, areas.b] = w[areas.b, areas.a] = 1
    mean, s = values.mean(), np.sqrt((values**2).mean() - values.mean() ** 2)
    of_i = [
        (w[i] @ values - mean * w[i].sum())
        / (s * np.sqrt((n * (w[i] ** 2).sum() - w[i].sum() ** 2) / (n - 1)))
        for i in range(n)
    ]
    return np.array(of_i)


@given(st.integers(0, 10_000))
def test_z_is_that_of_the_formula(seed: int) -> None:
    draw = np.random.default_rng(seed)
    areas = lattice(6)
    values = draw.gamma(1.5, 4, (36, 3))
    around = neighbourhoods(36, areas.a, areas.b)
    z = gi_star(values, around)
    for column in range(3):
        assert z[:, column] == pytest.approx(by_hand(values[:, column], areas), abs=1e-9)
        assert gi_star(values[:, column], around) == pytest.approx(z[:, column], abs=1e-12)


def test_moments_are_those_of_all_ways_to_draw() -> None:
    """Mean, variance and skewness of a sum of 3 of 7 values, by all 35 sums."""
    values = np.array([0.0, 1, 1, 2, 3, 5, 11])
    around = neighbourhoods(7, np.array([0, 0]), np.array([1, 2]))  # area 0 holds three
    sums = np.array([sum(some) for some in combinations(values, 3)])
    z = (values[:3].sum() - sums.mean()) / sums.std()
    skewness = ((sums - sums.mean()) ** 3).mean() / sums.std() ** 3
    assert gi_star(values, around)[0] == pytest.approx(z)
    assert gi_star_skewness(values, around)[0] == pytest.approx(skewness)


@given(st.lists(st.floats(0, 1) | st.just(np.nan), min_size=1, max_size=40))
def test_q_is_that_of_benjamini_and_hochberg(given_p: list[float]) -> None:
    p = np.array(given_p)
    known = np.sort(p[~np.isnan(p)])
    q = false_discovery(p)
    for one, found in zip(p, q, strict=True):
        if np.isnan(one):
            assert np.isnan(found)
            continue
        larger = [(v * len(known) / (r + 1)) for r, v in enumerate(known) if v >= one]
        assert found == pytest.approx(min(1.0, *larger))


@given(st.integers(0, 10_000), st.floats(0.2, 40))
def test_what_is_rare_needs_no_tails_of_the_others(seed: int, mean: float) -> None:
    draw = np.random.default_rng(seed)
    z, skewness = draw.normal(0, 1.6, (30, 4)), np.full((30, 4), 1 / np.sqrt(mean))
    z[draw.random((30, 4)) < 0.1] = np.nan
    with np.errstate(invalid="ignore"):
        plain = false_discovery(two_sided(z, skewness)) <= 0.05
    assert np.array_equal(rare(z, skewness, 0.05), plain)


def test_tails_are_those_of_the_curve_with_that_skewness() -> None:
    # A Poisson count of 4 has skewness 1/2: P(≥ 12) = 0.000915, P(≥ 11.5 shifted) lies beside.
    z, skewness = np.array([(12 - 4) / 2.0]), np.array([0.5])
    assert two_sided(z, skewness) == pytest.approx(2 * pearson3.sf(z, 0.5))
    assert two_sided(-z, -skewness) == pytest.approx(2 * pearson3.sf(z, 0.5))
    assert two_sided(np.array([0.0, 2.0]), np.zeros(2)) == pytest.approx([1.0, 0.04550026])


@pytest.mark.parametrize("mean", [0.5, 3.0, 25.0])
@pytest.mark.parametrize("compared", ["counts", "rates", "rates of grids that differ"])
def test_noise_has_no_hot_spots(mean: float, compared: str) -> None:
    """Of 200 towns of 400 grids with no more than chance, at most 5% may have any flag."""
    draw = np.random.default_rng(round(mean * 10))
    flagged = 0
    for _ in range(200):
        households = np.round(draw.gamma(6, 35, 400)) + 20
        if compared.startswith("rates"):
            each = mean * households / households.mean()
            if compared.endswith("differ"):  # each by itself, its neighbours do not know
                each = each * draw.gamma(5, 0.2, 400)
            demands = draw.poisson(each).astype(float)
            areas = lattice(20, households)
        else:
            demands, areas = draw.poisson(mean, 400).astype(float), lattice(20)
        classes = find_hot_spots(demands, areas).classes
        flagged += bool(np.isin(classes, ("hot", "cold")).any())
    assert flagged <= 10


def test_a_planted_cluster_is_found() -> None:
    """Relative risk 2 in five grids of 1,600 with 40 demands each: at least 80 of 100."""
    draw, found = np.random.default_rng(3), 0
    for _ in range(100):
        households = np.round(draw.gamma(6, 35, SIDE * SIDE)) + 20
        areas = lattice(SIDE, households)
        mean = 40 * households / households.mean()
        middle = int(draw.integers(1, SIDE - 1) * SIDE + draw.integers(1, SIDE - 1))
        planted = [middle, middle - 1, middle + 1, middle - SIDE, middle + SIDE]
        mean[planted] *= 2
        spots = find_hot_spots(draw.poisson(mean).astype(float), areas)
        hot = [set(one.tolist()) for one in clusters(spots.classes, areas, "hot")]
        found += any(set(planted) & one for one in hot)
    assert found >= 80


def test_one_place_with_very_many_makes_nothing_else_cold() -> None:
    demands = np.full(400, 50.0) + np.random.default_rng(1).integers(-3, 4, 400)
    demands[210] = 5000
    assert "cold" not in find_hot_spots(demands, lattice(20)).classes


def test_where_nothing_can_be_said_it_is_unknown() -> None:
    areas = lattice(6)
    assert set(find_hot_spots(np.full(36, 4.0), areas).classes) == {"unknown"}  # nothing differs
    households = np.full(36, 100.0)
    households[[0, 7]] = np.nan, 0.0
    lonely = Areas(37, areas.a, areas.b, np.append(households, 80.0))
    demands = np.append(np.random.default_rng(2).poisson(9, 36), 60).astype(float)
    spots = find_hot_spots(demands, lonely)
    assert [spots.classes[at] for at in (0, 7, 36)] == ["unknown"] * 3
    assert np.isnan(spots.z[[0, 7, 36]]).all()
    assert np.isnan(spots.rate[[0, 7]]).all()
    assert spots.rate[36] == 750.0
    assert not np.isnan(np.delete(spots.z, [0, 7, 36])).any()
    assert set(find_hot_spots(np.array([1.0, 9.0]), Areas(2, *np.array([[0], [1]]))).classes) == {
        "unknown"
    }


@given(st.lists(st.lists(st.integers(0, 4), min_size=5, max_size=5), min_size=1, max_size=8))
def test_mann_kendall_counts_pairs(rows: list[list[int]]) -> None:
    series = np.array(rows, float)
    s, p = mann_kendall(series)
    for row, counted, rare_so in zip(rows, s, p, strict=True):
        pairs = sum(np.sign(later - sooner) for sooner, later in combinations(row, 2))
        assert counted == pairs
        groups = [row.count(v) for v in set(row)]
        variance = (5 * 4 * 15 - sum(g * (g - 1) * (2 * g + 5) for g in groups)) / 18
        if variance == 0:
            assert rare_so == 1.0
        else:
            z = (pairs - np.sign(pairs)) / np.sqrt(variance)
            assert rare_so == pytest.approx(2 * norm.sf(abs(z)))


H, C, N = 1, -1, 0
COURSES = {
    "none": [N, H, N, N, N, H, N, N, N, N],
    "new": [N] * 9 + [H],
    "consecutive": [N] * 7 + [H, H, H],
    "sporadic": [H, N, N, H, N, N, N, N, H, H],
    "oscillating": [C, N, N, N, N, N, N, N, H, H],
    "persistent": [H] * 10,
    "historical": [H] * 9 + [N],
}


@pytest.mark.parametrize("word", ["hot", "cold"])
@pytest.mark.parametrize("name", COURSES)
def test_each_course_has_its_class(name: str, word: str) -> None:
    course = np.array([COURSES[name]]) * (1 if word == "hot" else -1)
    level = np.array([[3.0, 2.0, 3.0, 2.0, 3.0, 2.0, 3.0, 2.0, 3.0, 2.0]]) * np.sign(course)
    told = trend_classes(course > 0, course < 0, level)
    assert told.tolist() == ["none" if name == "none" else f"{name}_{word}"]


@pytest.mark.parametrize(("step", "name"), [(1, "intensifying"), (-1, "diminishing")])
def test_what_was_hot_all_the_time_may_rise_or_fall(step: int, name: str) -> None:
    level = (np.arange(10.0) * step)[None] + 20
    always = np.ones((1, 10), bool)
    assert trend_classes(always, ~always, level).tolist() == [f"{name}_hot"]
    assert trend_classes(~always, always, -level).tolist() == [f"{name}_cold"]


@given(st.integers(0, 10_000))
def test_a_course_of_one_period_is_what_the_period_is(seed: int) -> None:
    draw = np.random.default_rng(seed)
    mean = np.full(100, 20.0)
    mean[[44, 45, 54, 55]] *= 4
    demands, areas = draw.poisson(mean).astype(float), lattice(10, np.full(100, 200.0))
    spots, course = find_hot_spots(demands, areas), follow(demands[:, None], areas)
    same = {"hot": "new_hot", "cold": "new_cold", "none": "none", "unknown": "unknown"}
    assert [same[str(one)] for one in spots.classes] == course.classes.tolist()
    assert (course.since == np.where(np.isin(spots.classes, ("hot", "cold")), 0, -1)).all()


def test_since_is_the_first_period_of_the_run_that_lasts() -> None:
    draw = np.random.default_rng(5)
    mean = np.full((400, 12), 20.0)
    planted = [189, 190, 191, 170, 210]
    mean[planted, 7:] *= 4
    areas = lattice(20, np.full(400, 200.0))
    course = follow(draw.poisson(mean).astype(float), areas)
    assert course.classes[190] == "consecutive_hot"
    assert course.since[190] == 7
