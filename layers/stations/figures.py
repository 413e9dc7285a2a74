"""Figures of stations, and the rows behind them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from data.stations.read import station_totals, stations
from layers.kit.figure import Figure, Row, Rows, where
from layers.kit.layer import Query

TIERS = ("county", "subdistrict", "community", "grid", "other")
"""From above; ``other`` has no tier: services that are none of the party's."""


def figures(c: Connection, query: Query) -> tuple[Figure, ...]:
    """Return open stations of all by tier."""
    totals = station_totals(c, query.county)
    made = []
    for tier in TIERS:
        counts = {r.state: r.stations for r in totals if (r.tier or "other") == tier}
        if counts:
            rows = Rows("stations", where(tier=tier, state="open"))
            every = sum(counts.values())
            made.append(
                Figure(
                    f"summary.tier_{tier}", counts.get("open", 0), "summary.open_of_all",
                    query.data_as_of, of=every, rows=rows,
                )
            )  # fmt: skip
    return tuple(made)


def station_rows(c: Connection, query: Query) -> Sequence[Row]:
    """Return stations; of a ``tier`` and in a ``state`` where asked."""
    tier, state = query.values.get("tier"), query.values.get("state")
    return [
        {
            "id": row.id,
            "name": row.name,
            "community": row.community,
            "tier": row.tier,
            "category": ",".join(row.categories),
            "state": row.state,
        }
        for row in stations(c, query.county)
        if (tier is None or (row.tier or "other") == tier) and (state is None or row.state == state)
    ]
