"""A scenario tried on a board: what the map and the panels show of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dashboard.pages.coverage.what_if.values import TrialValue
from layers.coverage_gaps.answers.gaps import CATEGORIES, Question, Site, is_asked
from layers.coverage_gaps.answers.scenario import (
    OPERATIONS_MAX,
    ScenarioStations,
    check_operation,
    fold,
    try_out,
)
from layers.coverage_gaps.answers.sums import total
from layers.coverage_gaps.drawing import Drawing, EffectValue, drawn, effect_body, station_mark
from layers.coverage_gaps.store import Board
from layers.kit.errors import InputError


def folded(board: Board, operations: Sequence[Mapping[str, object]]) -> ScenarioStations:
    """Carry out operations on the board's stations. Raises InputError for a wrong one."""
    if len(operations) > OPERATIONS_MAX:
        raise InputError(
            "a scenario holds at most {operations_max} changes", operations_max=OPERATIONS_MAX
        )
    clean = [check_operation(o, CATEGORIES) for o in operations]
    return fold(board.sites, clean, board.county)


def trial(
    board: Board,
    question: Question,
    operations: Sequence[Mapping[str, object]],
    drawing: Drawing | None = None,
) -> EffectValue:
    """Return gained and lost households, in all and by grid.

    ``drawing``: also the stations and what is drawn around them (a ``TrialValue``).
    """
    gaps = board.answer(question)
    after = folded(board, operations).sites
    outcome = try_out(board.walkers(question), gaps, after, board.place(question))
    outside = total(gaps, board.people, "", "").outside
    effect = effect_body(board, outcome.effect.gained, outcome.effect.lost, outside)
    if drawing is None:
        return effect
    whole: TrialValue = {
        **effect,
        **drawn(board, question, after, drawing),
        "stations": [station_mark(s) for s in shown(question, after, operations)],
    }
    return whole


def shown(
    question: Question, after: Sequence[Site], operations: Sequence[Mapping[str, object]]
) -> list[Site]:
    """Return the stations that answer the question, and those that the scenario touches."""
    touched = {str(o["key"]) for o in operations}
    return [s for s in after if s.key in touched or is_asked(s, question.services, question)]
