"""The demand ledger: points for the heat, and the figures of a period."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, text

from data.rows.reading import rows_of
from layers.kit.demands.figures import DemandTotals
from layers.kit.errors import NotFoundError
from layers.kit.ids import DemandId

# decisions.md, Figures: merged and withdrawn are left out; by date received. Figures and the rows
# behind them read the same conditions.
_IS = {
    "received": "true",
    "accepted": "d.phase NOT IN ('received', 'merged', 'withdrawn')",
    "waiting": "d.phase = 'received'",
    "closed": "d.phase = 'closed'",
    "rated": "d.is_satisfied IS NOT NULL",
    "satisfied": "d.is_satisfied",
    "overdue": """d.phase IN ('received', 'accepted', 'dispatched', 'handling', 'replied')
        AND d.deadline_at < CAST(:now AS date) + 1""",
}
_FIGURES = ", ".join(f"count(*) FILTER (WHERE {is_so}) AS {name}" for name, is_so in _IS.items())
_WITHIN = """lies_in(d.code, :scope)
    AND d.received_at >= CAST(:first AS date)::timestamp AT TIME ZONE 'Asia/Shanghai'
    AND d.received_at < (CAST(:last AS date) + 1)::timestamp AT TIME ZONE 'Asia/Shanghai'
"""


def demand_span(c: Connection, county: str) -> tuple[date, date] | None:
    """Return the first and last day with a demand, or None when the ledger is empty."""
    row = c.execute(
        text(
            """
            SELECT min(received_at AT TIME ZONE 'Asia/Shanghai')::date,
                   max(received_at AT TIME ZONE 'Asia/Shanghai')::date
            FROM demand WHERE lies_in(code, :county)
            """
        ),
        {"county": f"{county}%"},
    ).one()
    return None if row[0] is None else (row[0], row[1])


def demand_points(
    c: Connection, county: str, srid: int
) -> tuple[NDArray[np.float64], NDArray[np.datetime64]]:
    """Return (n, 2) x, y in ``srid`` and the day received of every demand that has a place.

    Merged demands are left out, since the one that they were merged into is there.
    """
    rows = c.execute(
        text(
            """
            SELECT ST_X(p.geom), ST_Y(p.geom),
                   (received_at AT TIME ZONE 'Asia/Shanghai')::date - DATE '1970-01-01'
            FROM demand d, ST_Transform(d.geom, CAST(:srid AS integer)) AS p(geom)
            WHERE lies_in(d.code, :county) AND d.geom IS NOT NULL AND d.phase <> 'merged'
            ORDER BY d.received_at
            """
        ),
        {"county": f"{county}%", "srid": srid},
    ).all()
    values = np.array([tuple(r) for r in rows], np.float64).reshape(-1, 3)
    return values[:, :2].copy(), values[:, 2].astype(np.int64).astype("datetime64[D]")


def demand_day(c: Connection, county: str) -> date:
    """Return the day that the ledger stands for: the newest demand's, or the county's loading.

    Household tables move the county's own day on without bringing demands: what falls due after
    the ledger's end is not overdue, it is not known.
    """
    found = c.execute(
        text(
            """
            SELECT least(c.data_as_of, greatest(c.loaded_as_of, (
                SELECT max(received_at AT TIME ZONE 'Asia/Shanghai')::date
                FROM demand WHERE lies_in(code, :within))))
            FROM county c WHERE c.code = :county
            """
        ),
        {"county": county, "within": f"{county}%"},
    ).scalar_one()
    assert isinstance(found, date)
    return found


def demand_totals(c: Connection, scope: str, first: date, last: date, now: date) -> DemandTotals:
    """Return received, accepted, closed, rated, satisfied and overdue of a code prefix."""
    (found,) = rows_of(
        DemandTotals,
        c,
        f"SELECT {_FIGURES} FROM demand d WHERE {_WITHIN}",
        scope=f"{scope}%",
        first=first,
        last=last,
        now=now,
    )
    return found


@dataclass(frozen=True, slots=True)
class DemandRow:
    """A demand as a line of a table: when, where and how far, nothing of what people wrote."""

    id: DemandId
    code: str
    category: str
    state: str
    received_on: date
    deadline_on: date | None
    is_satisfied: bool | None


def demand_rows(
    c: Connection, scope: str, first: date, last: date, now: date, only: str
) -> list[DemandRow]:
    """Return the demands that a figure of ``demand_totals`` counts, by its name (``only``).

    Raises NotFoundError for a name that is no figure.
    """
    if only not in _IS:
        raise NotFoundError("there is no table {table}", table=only)
    rows = c.execute(
        text(
            f"""
            SELECT d.id, d.code, d.category, d.phase AS state,
                   (d.received_at AT TIME ZONE 'Asia/Shanghai')::date AS received_on,
                   (d.deadline_at AT TIME ZONE 'Asia/Shanghai')::date AS deadline_on,
                   d.is_satisfied
            FROM demand d WHERE {_WITHIN} AND ({_IS[only]}) ORDER BY d.received_at, d.id
            """
        ),
        {"scope": f"{scope}%", "first": first, "last": last, "now": now},
    )
    return [DemandRow(**row) for row in rows.mappings()]


@dataclass(frozen=True, slots=True)
class PublishedFigure:
    """A total that was published without its rows; ``is_approx``: it says "about"."""

    key: str
    value: Decimal
    unit: str
    is_approx: bool
    as_of: date
    source: str


def published_figures(c: Connection, county: str) -> list[PublishedFigure]:
    """Return totals that were published without rows, latest first for each key."""
    return rows_of(
        PublishedFigure,
        c,
        """
        SELECT key, value, unit, is_approx, as_of, source FROM published_figure
        WHERE lies_in(code, :county) ORDER BY id
        """,
        county=f"{county}%",
    )
