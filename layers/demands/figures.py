"""Figures of the demand ledger, and the rows behind them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import Connection

from data.demands.read import demand_day, demand_rows, demand_span, demand_totals
from layers.kit.days import read_day
from layers.kit.demands.figures import demand_figures
from layers.kit.errors import InputError
from layers.kit.figure import Figure, Row, Rows, where
from layers.kit.layer import Query


def figures(c: Connection, query: Query) -> tuple[Figure, ...]:
    """Return the ledger's figures, what is overdue of what is open to judgement first."""
    span = demand_span(c, query.county)
    if span is None:
        return ()
    day = demand_day(c, query.county)
    totals = demand_totals(c, query.county, *span, day)
    every = totals["accepted"] + totals["waiting"]
    asked = where(scope=query.county, first=span[0].isoformat(), last=span[1].isoformat())
    overdue = Figure(
        "summary.overdue", totals["overdue"], "unit.demands", day, of=every,
        rows=Rows("demands", (*asked, *where(only="overdue"))),
        tone="loud" if totals["overdue"] else "good",
    )  # fmt: skip
    lines = demand_figures(totals, day, query.county, span)
    return (overdue, *lines) if every else lines


def rows(c: Connection, query: Query) -> Sequence[Row]:
    """Return demands received from ``first`` to ``last`` within a ``scope``; ``only``: one of
    the figures' names. Nothing of what people wrote is among it. Raises InputError.
    """
    scope = query.values.get("scope") or query.county
    if not scope.startswith(query.county):
        raise InputError("{scope} is not in county {county}", scope=scope, county=query.county)
    span = demand_span(c, query.county) or (query.data_as_of, query.data_as_of)
    first = read_day(query.values, "first", span[0])
    last = read_day(query.values, "last", span[1])
    only = query.values.get("only", "received")
    found = demand_rows(c, scope, first, last, demand_day(c, query.county), only)
    return [asdict(row) for row in found]
