"""Figures of the walk to the nearest open station, and the rows behind them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from sqlalchemy import Connection

from layers.kit.errors import InputError, NotFoundError
from layers.kit.figure import Figure, Row, Rows, where
from layers.kit.layer import FiguresOf, Query, RowsOf
from layers.service_circles.store import Coverage, Towns, coverage, walks

NAMED_MINUTES = (5, 10, 15)


def make_figures(towns: Towns) -> FiguresOf:
    """Return the figures of a county's walks over a store of towns."""

    def figures(c: Connection, query: Query) -> tuple[Figure, ...]:
        """Return whom the open stations do not reach, then whom they do; none without streets."""
        try:
            found = coverage(c, query, towns.get(c, query))
        except NotFoundError:
            return ()
        return (*_outside(found, query), *reached(found, query))

    return figures


def _outside(found: Coverage, query: Query) -> tuple[Figure, ...]:
    if not found.households:
        return ()
    outside = found.households - found.covered[-1]
    rows = _households(minutes=found.minutes[-1], only="outside")
    return (
        Figure(
            "summary.outside", outside, "unit.households", query.data_as_of, of=found.households,
            rows=rows, tone="loud" if outside else "good", words={"minutes": found.minutes[-1]},
        ),
    )  # fmt: skip


def reached(found: Coverage, query: Query) -> tuple[Figure, ...]:
    """Return households within each of the minutes, and those that no street reaches."""
    within = []
    for minutes, count in zip(found.minutes, found.covered, strict=True):
        named = f"summary.within_{minutes}" if minutes in NAMED_MINUTES else "summary.within"
        rows = _households(minutes=minutes, only="within")
        within.append(
            Figure(
                named, count, "unit.households", query.data_as_of, of=found.households, rows=rows,
                note="summary.share",
            )
        )  # fmt: skip
    untied = Figure(
        "summary.untied", found.untied, "unit.households", query.data_as_of,
        rows=_households(only="untied"), tone="loud" if found.untied else "quiet",
    )  # fmt: skip
    return (*within, untied)


def _households(**asked: object) -> Rows:
    return Rows("walks", where(**asked), "sum", "households")


def make_rows(towns: Towns) -> RowsOf:
    """Return the table of walks over a store of towns: one building with households a row."""

    def rows(c: Connection, query: Query) -> Sequence[Row]:
        """Return buildings ``only`` within or outside ``minutes`` (one of the policy's), or untied.

        ``walk_s`` None: farther than the policy's longest minutes. Raises InputError.
        """
        town = towns.get(c, query)
        walk_s, _ = walks(c, query, town)
        chosen = _chosen(query, walk_s, town.untied)
        return [
            {
                "id": int(town.building_ids[door]),
                "code": str(town.codes[door]),
                "households": int(town.households[door]),
                "walk_s": round(float(walk_s[door])) if np.isfinite(walk_s[door]) else None,
            }
            for door in np.flatnonzero(chosen)
        ]

    return rows


def _chosen(query: Query, walk_s: np.ndarray, untied: np.ndarray) -> np.ndarray:
    only, asked = query.values.get("only"), query.values.get("minutes", str(query.minutes[-1]))
    if only == "untied":
        return untied
    minutes = next((m for m in query.minutes if str(m) == asked), None)
    if minutes is None:
        raise InputError("minutes={asked} is none of the policy's minutes", asked=asked)
    within = walk_s <= minutes * 60
    return ~within if only == "outside" else within
