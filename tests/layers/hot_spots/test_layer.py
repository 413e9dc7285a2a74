"""Hot spots over a loaded county: counted by SQL, told in words, added to a grid."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from data.engine import session
from layers.hot_spots.layer import facts, make_layer, prepare, told
from layers.hot_spots.statistics.spots import Areas, find_hot_spots, follow
from layers.hot_spots.store import SpotBoard, SpotBoards, whole_months
from layers.kit.layer import Query
from layers.kit.principal import system
from tests.demonstration import Loaded, liping

__all__ = ["liping"]


@pytest.mark.parametrize(
    ("until", "first", "after"),
    [
        (date(2026, 10, 31), date(2025, 11, 1), date(2026, 11, 1)),
        (date(2026, 10, 30), date(2025, 10, 1), date(2026, 10, 1)),
        (date(2026, 1, 5), date(2025, 1, 1), date(2026, 1, 1)),
        (date(2024, 2, 29), date(2023, 3, 1), date(2024, 3, 1)),
    ],
)
def test_months_are_twelve_and_whole(until: date, first: date, after: date) -> None:
    months = whole_months(until)
    assert (len(months), months[0], months[-1]) == (13, first, after)


@pytest.fixture(scope="module")
def query(liping: Loaded) -> Query:
    return Query(liping.code, 4545, liping.as_of, 300, "resident", 1.1, 200.0, (5, 10, 15), 1)


@pytest.mark.database
def test_demands_of_each_grid_are_those_that_lie_in_it(liping: Loaded, query: Query) -> None:
    with session(liping.engine, system()) as c:
        board = SpotBoards().get(c, query)
    assert board is not None
    rows = liping.rows(
        """
        SELECT pg.grid_id, count(d.id) AS demands FROM plan_grid pg
        JOIN plan_community pc ON pc.plan_id = pg.plan_id AND pc.community_id = pg.community_id
        LEFT JOIN demand d ON ST_Intersects(d.geom, pg.geom) AND d.state <> 'merged'
         AND d.received_at >= CAST(:first AS date)::timestamp AT TIME ZONE 'Asia/Shanghai'
         AND d.received_at < (CAST(:last AS date) + 1)::timestamp AT TIME ZONE 'Asia/Shanghai'
        WHERE pc.in_force_from <= :day AND (pc.in_force_to IS NULL OR pc.in_force_to > :day)
        GROUP BY pg.grid_id
        """,
        first=board.starts[0],
        last=board.last,
        day=liping.as_of,
    )
    counted = {
        grid.grid_id: int(n) for grid, n in zip(board.grids, board.demands.sum(1), strict=True)
    }
    assert counted == {row["grid_id"]: row["demands"] for row in rows}
    assert sum(counted.values()) > 100


@pytest.mark.database
def test_a_grid_is_told_what_was_found_of_it_and_a_station_is_not(
    liping: Loaded, query: Query
) -> None:
    layer = make_layer(SpotBoards())
    assert layer.adds is not None
    assert layer.says is not None
    with session(liping.engine, system()) as c:
        grid = liping.value("SELECT min(grid_id) FROM plan_grid")
        ((title, added),) = layer.adds(c, query, "grids", str(grid))
        assert layer.adds(c, query, "stations", "1") == ()
        assert layer.adds(c, query, "grids", "999999999") == ()
        said = layer.says(c, query)
    assert title == "hot_spots.section"
    assert added[0].value in (
        "spot_class.hot",
        "spot_class.cold",
        "spot_class.none",
        "spot_class.unknown",
    )
    assert said[0].key == "hot_spots.found"
    assert said[0].words["grids"] == 12


@pytest.mark.database
def test_a_county_without_demands_says_so(liping: Loaded, query: Query) -> None:
    boards = SpotBoards()
    nowhere = Query("999999", 4545, liping.as_of, 300, "resident", 1.1, 200.0, (5, 10, 15), 1)
    with session(liping.engine, system()) as c:
        assert boards.get(c, nowhere) is None
        layer = make_layer(boards)
        assert layer.says is not None
        assert [one.key for one in layer.says(c, nowhere)] == ["hot_spots.nothing"]
    assert b'"features":[]' in prepare(None, nowhere).body


@pytest.mark.database
def test_the_largest_hot_spot_is_told_with_place_numbers_and_since(
    liping: Loaded, query: Query
) -> None:
    """Five of a hundred grids ask four times as much from August on."""
    with session(liping.engine, system()) as c:
        board = SpotBoards().get(c, query)
    assert board is not None
    at = np.arange(100).reshape(10, 10)
    a = np.concatenate((at[:, :-1].ravel(), at[:-1].ravel()))
    b = np.concatenate((at[:, 1:].ravel(), at[1:].ravel()))
    mean = np.full((100, 12), 20.0)
    planted = [44, 45, 54, 55, 43]
    mean[planted, 7:] *= 4
    demands = np.random.default_rng(2).poisson(mean).astype(float)
    areas = Areas(100, a, b, np.full(100, 200.0))
    made = SpotBoard(
        tuple(board.grids[i % 12] for i in range(100)), areas, demands,
        whole_months(date(2026, 12, 31))[:-1], date(2026, 12, 31),
        find_hot_spots(demands.sum(axis=1), areas), follow(demands, areas),
    )  # fmt: skip
    found, first = told(made)[:2]
    assert found.words["hot"] >= 5
    assert first.key == "hot_spots.spot_since"
    assert first.words["since"] == "2026-08"
    hot = np.flatnonzero(made.spots.classes == "hot")
    assert first.words["demands"] == demands[hot].sum()
    assert first.words["expected"] == round(demands.sum() * len(hot) / 100)
    lines = {fact.label: fact for fact in facts(made, 44)}
    assert lines["hot_spots.class"].tone == "loud"
    assert lines["hot_spots.trend"].value == "spot_trend.consecutive_hot"
    assert lines["hot_spots.rate"].value == round(demands[44].sum() / 200 * 1000)
