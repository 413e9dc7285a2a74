"""A county whose data are as bad as data get still has true figures, and says what is wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sqlalchemy import text

from data.engine import transaction
from layers.coverage_gaps.answers.gaps import Gaps, Question, band_letters
from layers.coverage_gaps.drawing import answer_payload
from layers.coverage_gaps.reasons import reason_for, ways_to
from layers.coverage_gaps.report import lay_report
from layers.coverage_gaps.store import Board
from tests.dashboard.pages.coverage.conftest import board_of
from tests.demonstration import Loaded

pytestmark = pytest.mark.database

WAYS = (
    Question(minutes=5),
    Question(minutes=5, way="round_trip"),
    Question(minutes=5, way="response", services=("party", "police")),
)


def spoil(loaded: Loaded, *statements: str) -> Board:
    with transaction(loaded.engine) as c:
        for statement in statements:
            c.execute(text(statement))
    return board_of(loaded)


def check(board: Board) -> list[Gaps]:
    """Ask every way of travel; whatever is outside has a reason, and all is drawn."""
    found = []
    for question in WAYS:
        gaps = board.answer(question)
        whole = lay_report(board, gaps, "grids").whole
        assert whole.households == board.people.households.sum()
        for drawing in ("areas", "streets"):
            assert answer_payload(board, gaps, drawing).body  # type: ignore[arg-type]
        for door in np.flatnonzero(~gaps.covered)[:12]:
            for circle in gaps.circles:
                ways = ways_to(board, gaps, circle, int(door))
                assert reason_for(board, gaps, circle, int(door), ways).code
        assert not (gaps.covered & board.town.untied).any()
        found.append(gaps)
    return found


def test_streets_that_hang_together_nowhere(spare_liping: Loaded) -> None:
    # Every second street is gone: islands everywhere.
    board = spoil(spare_liping, "DELETE FROM street_edge WHERE id % 2 = 0")
    for gaps in check(board):
        assert "n" in band_letters(gaps) or gaps.covered.all()


def test_a_station_in_the_river_and_one_three_kilometres_from_any_street(
    spare_liping: Loaded,
) -> None:
    river = (
        "UPDATE station SET geom = (SELECT ST_PointOnSurface(geom) FROM water"
        " ORDER BY ST_Area(geom) DESC LIMIT 1) WHERE 'service_centre' = ANY(categories)"
    )
    assert len(check(spoil(spare_liping, river))) == 3
    away = "UPDATE station SET geom = ST_Translate(geom, 0.06, 0)"  # 6 km east
    board = spoil(spare_liping, away)
    for gaps in check(board):
        assert not gaps.covered.any()
        assert set(band_letters(gaps)) <= {"n", "u"}


def test_stations_twice_at_one_place_count_twice_within_reach_and_once_in_households(
    spare_liping: Loaded,
) -> None:
    before = board_of(spare_liping).answer(Question(minutes=5))
    columns = "code, community_id, tier, categories, name, state, service_rule, source, valid_from"
    board = spoil(
        spare_liping,
        f"INSERT INTO station ({columns}, geom) SELECT {columns}, geom FROM station",
    )
    after = check(board)[0]
    assert np.array_equal(after.covered, before.covered)
    assert np.array_equal(after.within, 2 * before.within)


def test_no_station_and_a_category_that_nobody_has(spare_liping: Loaded) -> None:
    board = board_of(spare_liping)
    gaps = board.answer(Question(minutes=5, services=("fire",)))
    assert not gaps.covered.any()
    door = 0
    assert reason_for(board, gaps, gaps.circles[0], door, ()).code == "none"
    for gaps in check(spoil(spare_liping, "DELETE FROM station")):
        assert not gaps.covered.any()


def test_one_way_footways_are_walked_both_ways_and_driven_by_nobody(spare_liping: Loaded) -> None:
    before = [g.covered for g in check(board_of(spare_liping))]
    board = spoil(
        spare_liping, "UPDATE street_edge SET is_oneway = true WHERE class IN ('path', 'steps')"
    )
    for was, gaps in zip(before, check(board), strict=True):
        assert np.array_equal(was, gaps.covered)
    one_way = spoil(spare_liping, "UPDATE street_edge SET is_oneway = true")
    walked, both, driven = check(one_way)
    assert np.array_equal(walked.covered, before[0])
    assert np.array_equal(both.covered, before[1])
    assert not (driven.covered & ~before[2]).any()


def test_a_town_of_steps_has_no_vehicles(spare_liping: Loaded) -> None:
    board = spoil(spare_liping, "UPDATE street_edge SET class = 'steps'")
    gaps = board.answer(WAYS[0])
    assert gaps.covered.any()
    answer = board.answer(WAYS[2])
    assert not answer.covered.any()
    assert set(band_letters(answer)) <= {"n", "u"}


def _voids(heights: np.ndarray) -> np.ndarray:
    heights[::3, ::2] = np.nan
    return heights


@pytest.mark.parametrize("change", [_voids, lambda heights: np.full_like(heights, np.nan)])
def test_an_elevation_with_holes_or_of_nothing_but_holes(
    spare_liping: Loaded, change: Callable[[np.ndarray], np.ndarray]
) -> None:
    import zlib

    row: Any = spare_liping.rows("SELECT rows, columns, heights FROM elevation")[0]
    heights = np.frombuffer(zlib.decompress(row["heights"]), np.float32)
    changed = change(heights.reshape(row["rows"], row["columns"]).copy())
    with transaction(spare_liping.engine) as c:
        c.execute(
            text("UPDATE elevation SET heights = :heights"),
            {"heights": zlib.compress(changed.astype(np.float32).tobytes())},
        )
    board = board_of(spare_liping)
    assert np.isfinite(board.town.network.forward_s).all()
    check(board)
