"""What the first page says in words: the inspector, whom the circles reach, the heat's scale.

The layout brings it with the page; the callbacks say it anew when something else is chosen.
"""

from __future__ import annotations

from typing import Any

from dash import html

from dashboard.components.inspection import inspection_panel, section
from dashboard.pages.command_centre.summary import summary_panel
from dashboard.text import percent, text
from dashboard.view import View
from layers.kit.errors import NotFoundError
from layers.kit.layer import Fact

Choice = dict[str, str] | None
"""The layer and id of what is chosen."""


def inspected(view: View, selected: Choice, as_of: str | None) -> list[Any]:
    """Return what the inspector says: of what is chosen, else of the whole county."""
    if view.county is None:
        return []
    services, values = view.services, {"as_of": as_of} if as_of else {}
    if not selected:
        return summary_panel(services, view.county.code, values, view.lang)
    try:
        found = services.inspection(selected["layer"], view.county.code, selected["id"], values)
    except NotFoundError:
        return [html.P(text("desk.gone", view.lang), className="empty")]
    panel = inspection_panel(found, view.county.code, view.lang)
    if selected["layer"] == "stations":
        panel += _reach(view, selected["id"])
    return panel


def circle_figures(view: View, category: str | None, of: str, selected: Choice) -> list[Any]:
    """Return whom the circles that are drawn reach: all of a category's, or the chosen one."""
    if view.county is None:
        return []
    if of == "one":
        return _one_reach(view, selected)
    return _all_reach(view, category or None)


def heat_scale(view: View) -> list[Any]:
    """Return both ends of the heat's scale."""
    if view.county is None:
        return []
    payload = view.services.payload("incidents", view.county.code, {})
    return [html.Span("0"), html.Span(payload.headers["X-Getu-Scale"])]


def _all_reach(view: View, category: str | None) -> list[Any]:
    """Say in one sentence whom the open stations of a category reach."""
    assert view.county is not None
    covered = view.services.coverage(view.county.code, category)
    if covered is None:
        return [html.P(view.say("desk.no_streets"), className="legend-note")]
    if covered.stations == 0:
        return [html.P(view.say("desk.no_stations"), className="legend-note")]
    share = covered.covered[-1] / covered.households if covered.households else None
    words = {
        "stations": covered.stations,
        "minutes": covered.minutes[-1],
        "covered": covered.covered[-1],
        "households": covered.households,
        "share": percent(share),
    }
    return [html.P(view.say("desk.circle_reach", words))]


def _one_reach(view: View, selected: dict[str, str] | None) -> list[Any]:
    """Say in one sentence whom the chosen station reaches, or that none is chosen."""
    assert view.county is not None
    assert view.query is not None
    if not selected or selected["layer"] != "stations":
        return [html.P(view.say("desk.choose_station"), className="legend-note")]
    counts = view.services.station_reach(view.county.code, selected["id"])
    if counts is None:
        return [html.P(view.say("desk.station_shut"), className="legend-note")]
    words = {"minutes": view.query.minutes[-1], "covered": counts[-1]}
    return [html.P(view.say("desk.one_reach", words))]


def _reach(view: View, station: str) -> list[Any]:
    """Return the households that one open station reaches on foot."""
    assert view.county is not None
    assert view.query is not None
    counts = view.services.station_reach(view.county.code, station)
    if counts is None:
        return []
    facts = tuple(
        Fact(f"summary.within_{minutes}", count, "unit.households")
        for minutes, count in zip(view.query.minutes, counts, strict=True)
    )
    return [section("summary.reach", facts, view.county.code, view.lang)]
