"""What the page says of one building, grid, community or station."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import numpy as np
import shapely
from dash import html

from dashboard.exports.coverage_words import building_name, reason_words, services_words
from dashboard.pages.coverage import parts
from dashboard.text import Language, counted, number, text
from dashboard.view import View
from data.stations.read_coverage import DoorFacts
from layers.coverage_gaps.answers.gaps import Gaps
from layers.coverage_gaps.answers.mending import minutes_up
from layers.coverage_gaps.answers.way import Way
from layers.coverage_gaps.drawing import degrees
from layers.coverage_gaps.figures import question_values
from layers.coverage_gaps.reasons import reason_for, ways_to
from layers.coverage_gaps.report import doors_outside, nearest_names
from layers.coverage_gaps.store import Board
from layers.kit import few
from layers.kit.errors import NotFoundError
from layers.kit.json import Geometry
from layers.service_circles.travel.way import Way as Travelled

BUILDINGS_SHOWN = 80


@dataclass(frozen=True, slots=True)
class Detail:
    """Components, and what the map shows with them: a line and bounds."""

    children: list[Any]
    line: Geometry | None = None
    bounds: list[list[float]] | None = None


def building_detail(view: View, board: Board, gaps: Gaps, building: int) -> Detail:
    """Return who lives there, the nearest stations, the way, and why it is not covered."""
    lang, door = view.lang, board.door(building)
    facts = board.facts[door]
    households = int(board.people.households[door])
    children: list[Any] = [
        _close(lang),
        html.Div(text("coverage.building", lang), className="kicker"),
        html.H2(building_name(facts, lang)),
        html.P(_where(facts), className="muted"),
        html.P(_people(facts, households, lang), className="people"),
    ]  # fmt: skip
    line, worst = None, -1.0
    sections: list[Any] = []
    question = gaps.question
    for circle, (services, site, walk_s) in zip(
        gaps.circles, nearest_names(gaps, door), strict=True
    ):
        is_covered = bool(circle.covered[door])
        ways = ways_to(board, gaps, circle, door)
        head = services_words(services, lang)
        of = "coverage_within" if is_covered else "coverage_beyond"
        state = text(f"{of}.{question.way}", lang)
        rows: list[Any] = [
            html.H3([f"{head} · ", html.B(state, className="" if is_covered else "loud")])
        ]
        if site is not None:
            at_home = board.walkers(question).rule(site) == "comes_to_the_house"
            key = "coverage.at_home" if at_home else f"coverage_nearest.{question.way}"
            values = {"station": site.name, "minutes": minutes_up(walk_s)}
            rows.append(html.P(text(key, lang, values)))
        if ways:
            rows.append(html.P(_ways_words(ways, question.way, lang), className="muted"))
            if walk_s > worst:
                lines = shapely.MultiLineString([way.line for way in ways])
                worst, line = walk_s, degrees(lines, board.srid)
        if not is_covered:
            reason = reason_for(board, gaps, circle, door, ways)
            rows.append(html.P(reason_words(reason, question.way, lang), className="reason"))
        sections.append(html.Section(rows, className="section"))
    x, y, d = facts.lon, facts.lat, 0.0015
    bounds = [[y - d, x - d], [y + d, x + d]]
    if line is not None:
        west, south, east, north = shapely.from_geojson(json.dumps(line)).bounds
        bounds = [[min(south, y), min(west, x)], [max(north, y), max(east, x)]]
    return Detail([*children, *sections], line, bounds)


def _ways_words(ways: Sequence[Way], travel: Travelled, lang: Language) -> str:
    """Return metres and minutes of the way, of both legs where there are two."""
    values: dict[str, float] = {}
    for name, way in zip(("there", "back"), ways, strict=False):
        values |= {f"{name}_m": round(way.length_m), f"{name}_min": minutes_up(way.walk_s)}
    return text(f"coverage_way.{travel}", lang, values)


def _where(facts: DoorFacts) -> str:
    return " · ".join(str(v) for v in (facts.grid, facts.address) if v)


def _people(facts: DoorFacts, households: int, lang: Language) -> str:
    people = {"persons": facts.persons, "elderly": facts.elderly, "children": facts.children}
    hidden = text("few.hidden", lang)
    told = few.row({"households": households, **people}, hidden)
    values = {
        "households": households,
        **{name: told[name] if told[name] is hidden else number(people[name]) for name in people},
    }
    if all(n is None for n in (facts.persons, facts.elderly, facts.children)):
        return text("coverage.people_unknown", lang, {"households": households})
    return text("coverage.people", lang, values)


def group_detail(view: View, board: Board, gaps: Gaps, kind: str, key: str) -> Detail:
    """Return a grid's or community's buildings outside, and the visit sheet of a grid."""
    lang = view.lang
    groups = board.grids if kind == "grid" else board.communities
    keys = [k for k, _ in groups.names]
    if key not in keys:
        raise NotFoundError("{kind} {key} is not here", kind=kind, key=key)
    place = keys.index(key)
    doors = np.flatnonzero(groups.of == place)
    outside = doors_outside(board, gaps, doors)
    households = int(board.people.households[outside].sum()) if outside else 0
    values = {
        "outside": households,
        "households": int(board.people.households[doors].sum()),
        "buildings": len(outside),
    }
    children: list[Any] = [
        _close(lang),
        html.Div(text(f"coverage.{kind}", lang), className="kicker"),
        html.H2(groups.names[place][1]),
        html.P(text(f"coverage_group.{gaps.question.way}", lang, values)),
    ]
    if kind == "grid" and outside:
        assert view.county is not None
        query = urlencode(
            {
                "county": view.county.code,
                "grid": key,
                "lang": lang,
                **question_values(gaps.question),
            }
        )
        grid = groups.names[place][1]
        links = [
            html.A(
                text(key, lang),
                href=f"/coverage/visits.{suffix}?{query}",
                className="quiet",
                download="",
                **{"data-paper": text("coverage.visits_name", lang,
                                      {"grid": grid, "kind": suffix.upper()})},
            )
            for suffix, key in (("html", "coverage.visits_html"), ("pdf", "coverage.visits_pdf"))
        ]  # fmt: skip
        children.append(
            html.P([html.Span(text("coverage.visits", lang)), *links], className="exports")
        )
    children.append(
        html.Ul(
            [_building_item(board, gaps, door, lang) for door in outside[:BUILDINGS_SHOWN]],
            className="buildings",
        )
    )
    if len(outside) > BUILDINGS_SHOWN:
        more = {"count": len(outside) - BUILDINGS_SHOWN}
        children.append(
            html.P(text("coverage.more_buildings", lang, more), className="legend-note")
        )
    return Detail(children, None, _bounds(board, doors))


def _building_item(board: Board, gaps: Gaps, door: int, lang: Language) -> html.Li:
    facts, seconds = board.facts[door], float(gaps.walk_s[door])
    if board.town.untied[door]:
        walk = text("coverage.untied", lang)
    elif not any(circle.sites for circle in gaps.circles):
        walk = text("coverage.no_station_short", lang)
    elif np.isnan(seconds):
        walk = text(f"coverage_no_way.{gaps.question.way}", lang)
    else:
        walk = text("coverage.minutes", lang, {"minutes": minutes_up(seconds)})
    return html.Li(
        [
            html.Button(
                building_name(facts, lang),
                id=parts.building(str(facts.id)),
                className="row-button",
            ),
            html.Span(
                f"{counted(int(board.people.households[door]), lang)} "
                f"{text('unit.households', lang)} · {walk}"
            ),
        ]
    )


def untied_detail(view: View, board: Board) -> Detail:
    """Return the buildings that no street reaches."""
    lang = view.lang
    doors = np.flatnonzero(board.town.untied)
    items = [
        html.Li(
            [
                html.Button(
                    building_name(board.facts[d], lang),
                    id=parts.building(str(board.facts[d].id)),
                    className="row-button",
                ),
                html.Span(
                    f"{counted(int(board.people.households[d]), lang)} "
                    f"{text('unit.households', lang)}"
                ),
            ]
        )
        for d in doors[:BUILDINGS_SHOWN]
    ]
    words = {"count": len(doors), "metres": board.tie_max_m}
    return Detail(
        [
            _close(lang),
            html.H2(text("coverage.untied_list", lang)),
            html.P(text("coverage.untied_note", lang, words)),
            html.Ul(items, className="buildings"),
        ]
    )


def station_detail(view: View, board: Board, gaps: Gaps, key: str) -> Detail:
    """Return whom a station serves within the limit, and whom it alone serves."""
    lang = view.lang
    site = next((s for s in board.sites if s.key == key), None)
    if site is None:
        raise NotFoundError("station {key} is not here", key=key)
    children: list[Any] = [
        _close(lang),
        html.Div(text("stations.one", lang), className="kicker"),
        html.H2(site.name),
        html.P("、".join(text(f"category.{c}", lang) for c in site.categories), className="muted"),
    ]
    for circle in gaps.circles:
        at = next((n for n, s in enumerate(circle.sites) if s.key == key), None)
        if at is None:
            continue
        doors = circle.baseline.reaches[at].doors
        alone = doors[circle.baseline.served[doors] == 1]
        values = {
            "minutes": gaps.question.minutes,
            "households": int(board.people.households[doors].sum()),
            "alone": int(board.people.households[alone].sum()),
        }
        children.append(html.P(text(f"coverage_serves.{gaps.question.way}", lang, values)))
    d = 0.004
    bounds = [[site.lat - d, site.lon - d], [site.lat + d, site.lon + d]]
    return Detail(children, None, bounds)


def _bounds(board: Board, doors: Any) -> list[list[float]] | None:
    if not len(doors):
        return None
    lon = [board.facts[int(d)].lon for d in doors]
    lat = [board.facts[int(d)].lat for d in doors]
    return [[min(lat), min(lon)], [max(lat), max(lon)]]


def _close(lang: Language) -> html.Button:
    return html.Button(
        "×",
        id=parts.line("close:"),
        className="close",
        title=text("coverage.close", lang),
        **{"aria-label": text("coverage.close", lang)},
    )
