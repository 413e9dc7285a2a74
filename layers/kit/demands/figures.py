"""What is said of any set of demands: of a county, of one grid."""

from __future__ import annotations

from datetime import date
from typing import Literal, TypedDict

from layers.kit.figure import Figure, Rows, Tone, where

Which = Literal["received", "accepted", "waiting", "closed", "rated", "satisfied", "overdue"]


class DemandTotals(TypedDict):
    """How many demands there are of each kind that a figure names."""

    received: int
    accepted: int
    waiting: int
    closed: int
    rated: int
    satisfied: int
    overdue: int


def demand_figures(
    totals: DemandTotals, as_of: date, scope: str, span: tuple[date, date]
) -> tuple[Figure, ...]:
    """Return closed of accepted, satisfied of rated, and overdue; those waiting come first.

    ``totals``: ``data.demands.read.demand_totals`` of the code prefix ``scope`` over ``span``.
    """
    asked = where(scope=scope, first=span[0].isoformat(), last=span[1].isoformat())

    def made(key: str, which: Which, of: Which | None = None, tone: Tone = "plain") -> Figure:
        rows = Rows("demands", (*asked, *where(only=which)))
        whole = None if of is None else totals[of]
        return Figure(key, totals[which], "unit.demands", as_of, of=whole, rows=rows, tone=tone)

    def rated(figure: Figure, note: str) -> Figure:
        rate = "—" if figure.share is None else f"{figure.share:.1%}"
        return _noted(figure, note, rate)

    waiting = (made("figures.waiting", "waiting"),) if totals["waiting"] else ()
    return (
        *waiting,
        rated(made("figures.closed", "closed", "accepted"), "figures.completion_rate"),
        rated(made("figures.satisfied", "satisfied", "rated"), "figures.satisfaction_rate"),
        made("figures.overdue", "overdue", tone="loud" if totals["overdue"] else "quiet"),
    )


def _noted(figure: Figure, note: str, rate: str) -> Figure:
    return Figure(
        figure.key, figure.value, figure.unit, figure.as_of, figure.of, figure.rows, figure.tone,
        note=note, note_words={"rate": rate},
    )  # fmt: skip
