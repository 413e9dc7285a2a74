"""The demand ledger: points for the heat, and the figures of a period."""

from __future__ import annotations

from datetime import date

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, RowMapping, text

# decisions.md, Figures: merged and withdrawn are left out; by date received.
_FIGURES = """
    count(*) AS received,
    count(*) FILTER (WHERE d.state NOT IN ('received', 'merged', 'withdrawn')) AS accepted,
    count(*) FILTER (WHERE d.state = 'received') AS waiting,
    count(*) FILTER (WHERE d.state = 'closed') AS closed,
    count(*) FILTER (WHERE d.is_satisfied IS NOT NULL) AS rated,
    count(*) FILTER (WHERE d.is_satisfied) AS satisfied,
    count(*) FILTER (
        WHERE d.state IN ('received', 'accepted', 'dispatched', 'handling', 'replied')
          AND d.deadline_at < CAST(:now AS date) + 1
    ) AS overdue
"""


def demand_span(c: Connection, county: str) -> tuple[date, date] | None:
    """Return the first and last day with a demand, or None when the ledger is empty."""
    row = c.execute(
        text(
            """
            SELECT min(received_at AT TIME ZONE 'Asia/Shanghai')::date,
                   max(received_at AT TIME ZONE 'Asia/Shanghai')::date
            FROM demand WHERE code LIKE :county
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
            WHERE d.code LIKE :county AND d.geom IS NOT NULL AND d.state <> 'merged'
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
                FROM demand WHERE code LIKE :within)))
            FROM county c WHERE c.code = :county
            """
        ),
        {"county": county, "within": f"{county}%"},
    ).scalar_one()
    assert isinstance(found, date)
    return found


def demand_totals(c: Connection, scope: str, first: date, last: date, now: date) -> RowMapping:
    """Return received, accepted, closed, rated, satisfied and overdue of a code prefix."""
    return (
        c.execute(
            text(
                f"""
                SELECT {_FIGURES} FROM demand d
                WHERE d.code LIKE :scope
                  AND d.received_at >= CAST(:first AS date)::timestamp
                                       AT TIME ZONE 'Asia/Shanghai'
                  AND d.received_at < (CAST(:last AS date) + 1)::timestamp
                                      AT TIME ZONE 'Asia/Shanghai'
                """
            ),
            {"scope": f"{scope}%", "first": first, "last": last, "now": now},
        )
        .mappings()
        .one()
    )


def published_figures(c: Connection, county: str) -> list[RowMapping]:
    """Return totals that were published without rows, latest first for each key."""
    return list(
        c.execute(
            text(
                """
                SELECT key, value, unit, is_approx, as_of, source FROM published_figure
                WHERE code LIKE :county ORDER BY id
                """
            ),
            {"county": f"{county}%"},
        ).mappings()
    )
