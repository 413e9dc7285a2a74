"""Figures of an answer about reach, and the doors behind them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, cast

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from layers.coverage_gaps.answers.gaps import Gaps, Question, read_question
from layers.coverage_gaps.answers.sums import circle_on_paper
from layers.coverage_gaps.report import RADII_M, Report
from layers.coverage_gaps.store import Board, Boards
from layers.kit.errors import InputError
from layers.kit.figure import Figure, Row, Rows, Tone, where
from layers.kit.layer import Query, RowsOf

ASKED: Final = ("minutes", "services", "profile", "way", "tier", "weekday", "clock")
WITHIN: Final = ("coverage.within_0", "coverage.within_1", "coverage.within_2")


def question_values(question: Question) -> dict[str, str]:
    """Return a question as it stands in an address."""
    values = {
        "minutes": f"{question.minutes:g}",
        "services": ",".join(question.services),
        "profile": question.profile if question.way != "response" else "",
        "way": question.way if question.way != "to_station" else "",
        "tier": question.tier or "",
        "weekday": str(question.weekday or ""),
        "clock": question.clock or "",
    }
    return {k: v for k, v in values.items() if v}


def asked(values: Mapping[str, object]) -> Question:
    """Read the question of a request. Raises InputError."""
    return read_question({k: str(values[k]) for k in ASKED if values.get(k)})


def figures(board: Board, gaps: Gaps, report: Report) -> tuple[Figure, ...]:
    """Return the answer in figures: who is outside, what is unknown, how many are within.

    Where no station is asked for there is nothing to count.
    """
    if report.stations == 0:
        return ()
    whole, question = report.whole, gaps.question
    single = len(gaps.circles) == 1
    outside = f"coverage_{'outside' if single else 'incomplete'}.{question.way}"
    made = _Maker(board, question)
    unplaced = Rows("unplaced_households", measure_by="sum", column="households")
    return (
        made(outside, whole.outside, "households", "outside", of=whole.households,
             tone="loud" if whole.outside else "good"),
        made("coverage.elderly_outside", whole.elderly_outside, "elderly", "outside"),
        made("coverage.children_outside", whole.children_outside, "children", "outside"),
        made("coverage.untied_households", whole.untied, "households", "untied"),
        *(
            (Figure("coverage.unplaced", board.unplaced, "unit.households", board.data_as_of,
                    rows=unplaced),)
            if board.unplaced
            else ()
        ),
        *(
            made(key, count, "households", f"within_{number}")
            for number, (key, count) in enumerate(zip(WITHIN, whole.within, strict=True))
        ),
    )  # fmt: skip


def paper_figures(board: Board, gaps: Gaps, report: Report) -> tuple[tuple[Figure, Figure], ...]:
    """Return per straight-line circle its households, and those of them that are outside."""
    made = _Maker(board, gaps.question)
    return tuple(
        (
            made("coverage.on_paper", p.households, "households", "on_paper", p.radius_m),
            made(f"coverage_not_there.{gaps.question.way}", p.not_on_foot, "households",
                 "not_there", p.radius_m, of=p.households,
                 tone="loud" if p.not_on_foot else "plain"),
        )
        for p in report.paper
    )  # fmt: skip


class _Maker:
    """Makes figures of one answer: their day and question are the same."""

    def __init__(self, board: Board, question: Question) -> None:
        self._day = board.data_as_of
        self._asked = tuple(question_values(question).items())
        self._words = {"minutes": question.minutes}

    def __call__(
        self,
        key: str,
        value: int | None,
        column: str,
        only: str,
        radius_m: int | None = None,
        *,
        of: int | None = None,
        tone: Tone = "plain",
    ) -> Figure:
        chosen = where(only=only) if radius_m is None else where(only=only, radius_m=radius_m)
        unit = "unit.households" if column == "households" else "unit.persons"
        rows = Rows("coverage_doors", (*self._asked, *chosen), "sum", column)
        words = self._words if radius_m is None else {**self._words, "radius_m": radius_m}
        return Figure(key, value, unit, self._day, of, rows, tone, words)


# ---- rows -------------------------------------------------------------------------------------


def make_rows(boards: Boards) -> RowsOf:
    """Return the table of doors over a store of boards: one building with households a row."""

    def rows(c: Connection, query: Query) -> Sequence[Row]:
        """Return the doors that a figure of a question counts (``only``). Raises InputError."""
        board = boards.get(c, query)
        gaps = board.answer(asked(query.values))
        chosen = _chosen(board, gaps, query.values)
        people = board.people
        return [
            {
                "id": board.facts[door].id,
                "name": board.facts[door].name,
                "address": board.facts[door].address,
                "grid": board.facts[door].grid,
                "households": int(people.households[door]),
                "elderly": _known(people.elderly[door]),
                "children": _known(people.children[door]),
                "walk_s": _known(gaps.walk_s[door]),
            }
            for door in np.flatnonzero(chosen)
        ]

    return rows


def _known(value: float) -> int | None:
    return int(value) if np.isfinite(value) else None


def _chosen(board: Board, gaps: Gaps, values: Mapping[str, str]) -> NDArray[np.bool_]:
    only = values.get("only", "")
    reach = np.minimum(gaps.within, 2)
    simple = {
        "outside": ~gaps.covered,
        "untied": gaps.untied,
        **{f"within_{number}": reach == number for number in range(3)},
    }
    if only in simple:
        return cast("NDArray[np.bool_]", simple[only])
    radius = values.get("radius_m", "")
    if only not in ("on_paper", "not_there") or radius not in map(str, RADII_M):
        raise InputError("choose one of {listed}", listed=", ".join(simple))
    inside = np.ones(len(gaps.covered), bool)
    for circle in gaps.circles:
        inside &= circle_on_paper(circle.sites, board.door_x, board.door_y, float(radius))
    return inside & ~gaps.covered if only == "not_there" else inside
