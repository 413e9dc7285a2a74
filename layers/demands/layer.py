"""Heat of demands over a range of days."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import dash_leaflet as dl
import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from data.demands.read import demand_points, demand_span
from data.divisions.read_counties import county
from layers.demands import heat
from layers.kit.days import read_day
from layers.kit.errors import InputError, NotFoundError
from layers.kit.kept import BoundedStore
from layers.kit.layer import (
    Bounds,
    Control,
    Layer,
    Legend,
    Payload,
    Query,
    SaysOf,
    Sentence,
    Swatch,
)

DAYS_PER_MONTH = 30.0


@dataclass(frozen=True, slots=True)
class Ledger:
    """A county's demands as points (web-Mercator metres) with days, and the scale of its heat.

    ``vmax``: the densest place of the whole ledger, per hectare and 30 days, rounded up: one scale
    for every frame, or frames could not be compared.
    """

    points: NDArray[np.float64]
    days: NDArray[np.datetime64]
    raster: heat.Frame
    vmax: float

    def between(self, first: date, last: date) -> NDArray[np.float64]:
        """Return the points received from ``first`` to ``last``, both included."""
        low = np.searchsorted(self.days, np.datetime64(first), "left")
        high = np.searchsorted(self.days, np.datetime64(last), "right")
        return self.points[low:high]


class Ledgers:
    """The last few ledgers, one per county, scope and revision. Made once by the application."""

    def __init__(self, size: int = 4) -> None:
        self._ledgers: BoundedStore[tuple[str, str, int], Ledger] = BoundedStore(size)

    def get(self, c: Connection, query: Query) -> Ledger:
        """Return the ledger of the query's county and revision, reading it on first use."""
        key = (*query.place, query.revision)
        return self._ledgers.get_once(key, lambda _: read_ledger(c, query))


def read_ledger(c: Connection, query: Query) -> Ledger:
    """Read a county's demands and the scale of its heat. Raises NotFoundError without borders."""
    bounds = county(c, query.county).bounds
    if bounds is None:
        raise NotFoundError("county {county} has no borders yet", county=query.county)
    xy, days = demand_points(c, query.county, query.measuring_srid)
    order = np.argsort(days, kind="stable")
    days = days[order]
    raster = heat.frame(bounds)
    points = heat.to_web(xy[order], query.measuring_srid)
    span = max(1.0, float((days[-1] - days[0]).astype(int)) + 1) if len(days) else 1.0
    peak = float(heat.density(points, raster).max()) if len(points) else 0.0
    return Ledger(points, days, raster, heat.round_up(peak / span * DAYS_PER_MONTH))


@dataclass(frozen=True, slots=True)
class Span:
    """The ledger with the days asked for."""

    ledger: Ledger
    first: date
    last: date


def loader(ledgers: Ledgers) -> Callable[[Connection, Query], Span]:
    """Return the layer's load function over a store of ledgers."""

    def load(c: Connection, query: Query) -> Span:
        """Read the demands of ``first`` to ``last`` (ISO days; the whole ledger where absent)."""
        ledger = ledgers.get(c, query)
        has_days = len(ledger.days) > 0
        first = read_day(
            query.values, "first", ledger.days[0].item() if has_days else query.data_as_of
        )
        last = read_day(
            query.values, "last", ledger.days[-1].item() if has_days else query.data_as_of
        )
        if last < first:
            raise InputError(
                "the range ends ({last}) before it begins ({first})", last=last, first=first
            )
        return Span(ledger, first, last)

    return load


def prepare(rows: Span, query: Query) -> Payload:
    """Return the heat of the days as a WebP, demands per hectare and 30 days."""
    days = (rows.last - rows.first).days + 1
    values = heat.density(rows.ledger.between(rows.first, rows.last), rows.ledger.raster)
    return Payload(
        heat.picture(values / days * DAYS_PER_MONTH, rows.ledger.vmax),
        "image/webp",
        {"X-Getu-Scale": f"{rows.ledger.vmax:g}"},
    )


def paint(url: str) -> list[Any]:
    """Return the picture; its bounds are set once the county is known."""
    return [
        dl.ImageOverlay(
            id={"type": "picture", "layer": "demands"},
            url=url,
            bounds=[[0, 0], [0, 0]],
            className="heat",
        )
    ]


def legend(query: Query) -> Legend:
    """Return the ramp."""
    ramp = Swatch("ramp", "heat-ramp", "demands.ramp", ramp=heat.ramp())
    return Legend((ramp,), unit="demands.legend_unit")


def controls(c: Connection, query: Query) -> tuple[Control, ...]:
    """Return the choice of the days whose demands are shown."""
    days = demand_span(c, query.county)
    return (Control("days", "days", days=days, empty="desk.no_demands"),)


def says(ledgers: Ledgers) -> SaysOf:
    """Return what the ramp's ends mean: they stay the same for every range of days."""

    def ends(c: Connection, query: Query) -> tuple[Sentence, ...]:
        """Return nought and the densest place of the whole ledger."""
        return (Sentence(scale=("0", f"{ledgers.get(c, query).vmax:g}")),)

    return ends


def picture_bounds(town: Bounds) -> Bounds:
    """Return the bounds of the heat's picture."""
    return heat.frame(town).bounds


def make_layer(ledgers: Ledgers) -> Layer:
    """Return the layer over a store of ledgers."""
    return Layer(
        key="demands",
        title="demands.title",
        version=1,
        load=loader(ledgers),
        prepare=prepare,
        paint=paint,
        legend=legend,
        parameters=("first", "last"),
        controls=controls,
        says=says(ledgers),
        bounds=picture_bounds,
        waits=True,
        shown_at_first=False,
        fills=True,
    )
