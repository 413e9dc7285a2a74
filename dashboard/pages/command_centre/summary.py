"""What the inspector says of the whole county when nothing is chosen."""

from __future__ import annotations

from typing import Any

from dash import html

from dashboard.components.inspection import as_of_line, fallback_list, section, shown
from dashboard.services import Services
from dashboard.text import Language, catalogue, percent, text
from data.demands.read import demand_day, demand_span, demand_totals, published_figures
from data.divisions import read_counties as counties
from data.divisions.read_communities import plot_findings
from data.divisions.read_counties import CountyRow
from data.engine import transaction
from data.grids.read import area_totals, estimated_households, plan_totals
from data.grids.read_tiles import grids_without_organisation
from data.households.read import unplaced_households
from data.stations.read import station_totals
from layers.grids.layer import as_of, demand_facts, live
from layers.kit.layer import Fact, Query
from layers.service_circles.store import Coverage


def summary_panel(
    services: Services, code: str, values: dict[str, str], lang: Language
) -> list[Any]:
    """Return the county's figures, each with unit and date, what is wrong first."""
    with transaction(services.engine) as c:
        row, query = counties.county(c, code), counties.query(c, code, values)
        day = as_of(query)
        plan = plan_totals(c, code, day, query.households_max, live(query))
        estimated = estimated_households(c, code, query.household_measure)
        unplaced = unplaced_households(c, code, None, query.household_measure)
        unserved = grids_without_organisation(c, code, day)
        areas = area_totals(c, code, day, live(query))
        stations = station_totals(c, code)
        span = demand_span(c, code)
        demands = demand_totals(c, code, *span, demand_day(c, code)) if span else None
        published = published_figures(c, code)
        faults = plot_findings(c, code)
    covered = services.coverage(code)
    children: list[Any] = [
        html.Div(text("summary.kicker", lang), className="kicker"),
        html.H2(row.name_en if lang == "en" else row.name),
        html.P(text("summary.hint", lang), className="muted"),
        _tiles(plan, covered, demands, lang),
        section(
            "summary.grids", _plan_facts(plan, query, estimated, unserved, areas, unplaced), lang
        ),
    ]
    if day != row.data_as_of:
        words = {"plan": str(day), "data": str(row.data_as_of), "limit": query.households_max}
        children.append(html.P(text("summary.mixed_dates", lang, words), className="as-of"))
    children += fallback_list(row.fallbacks, lang)
    if faults:
        children.append(section("summary.faults", _fault_facts(faults), lang))
    if stations:
        children.append(section("summary.stations", _station_facts(stations), lang))
    if covered is not None:
        children.append(section("summary.coverage", coverage_facts(covered), lang))
    if demands is not None and span is not None:
        children.append(section("summary.demands", demand_facts(demands), lang))
        words = {"first": span[0].isoformat(), "last": span[1].isoformat()}
        children.append(html.P(text("summary.demand_span", lang, words), className="as-of"))
    children += _published(published, lang)
    children += [as_of_line(row.data_as_of, lang), _source(row, lang)]
    return children


def _source(row: CountyRow, lang: Language) -> html.P:
    key = "summary.source_demo" if row.demo_key else "summary.source_import"
    return html.P(text(key, lang), className="as-of")


def _tiles(plan: Any, covered: Coverage | None, demands: Any, lang: Language) -> Any:
    """Return the three things a leader asks first: over the limit, not reached, overdue."""
    tiles = []
    if plan["grids"]:
        tiles.append(
            _tile("summary.over_limit", plan["over_limit"], plan["grids"], "unit.grids", lang)
        )
    if covered is not None and covered.households:
        outside = covered.households - covered.covered[-1]
        values = {"minutes": covered.minutes[-1]}
        tiles.append(
            _tile("summary.outside", outside, covered.households, "unit.households", lang, values)
        )
    if demands is not None and demands["accepted"] + demands["waiting"]:
        every = demands["accepted"] + demands["waiting"]
        tiles.append(_tile("summary.overdue", demands["overdue"], every, "unit.demands", lang))
    return html.Div(tiles, className="tiles")


def _tile(
    label: str, bad: int, total: int, unit: str, lang: Language, values: Any = None
) -> html.Div:
    return html.Div(
        [
            html.Span(text(label, lang, values), className="tile-label"),
            html.Span(
                [
                    html.B(f"{bad:,}"),
                    html.Span(f" / {total:,} {text(unit, lang)}", className="of"),
                ],
                className="tile-value",
            ),
        ],
        className=f"tile {'tile-bad' if bad else 'tile-good'}",
    )


def _plan_facts(
    plan: Any, query: Query, estimated: int, unserved: int | None, areas: Any, unplaced: int
) -> tuple[Fact, ...]:
    facts = [
        Fact("summary.communities", plan["communities"], "unit.communities"),
        Fact(
            "summary.grid_count",
            plan["grids"],
            "unit.grids",
            note="summary.draft" if plan["grids"] and not plan["in_force"] else None,
        ),
        Fact(
            "summary.households",
            plan["households"] if plan["grids"] else None,
            f"measure.{query.household_measure}",
            note="summary.households_estimated" if estimated else None,
            note_values={"estimated": estimated},
        ),
        Fact("grids.persons", plan["persons"], "unit.persons"),
        Fact("grids.buildings", plan["buildings"] if plan["grids"] else None, "unit.buildings"),
        Fact(
            "summary.largest",
            plan["largest"],
            "unit.households",
            note="summary.limit",
            note_values={"limit": query.households_max},
        ),
    ]
    if unplaced:
        facts.insert(
            3,
            Fact(
                "summary.unplaced",
                unplaced,
                "unit.households",
                tone="loud",
                note="summary.unplaced_note",
            ),
        )
    if unserved:
        facts.append(
            Fact(
                "summary.organisation_unknown",
                unserved,
                "unit.grids",
                note="summary.organisation_unknown_note",
            )
        )
    if areas["areas"]:
        limit = query.area_households_max
        area_facts = (
            Fact("summary.areas", areas["areas"], "unit.areas"),
            Fact(
                "summary.largest_area",
                areas["largest"],
                "unit.households",
                tone="loud" if limit and areas["largest"] > limit else "plain",
                note="summary.limit" if limit else None,
                note_values={"limit": limit or 0},
            ),
        )
        facts[1:1] = area_facts
    return tuple(facts)


def _fault_facts(rows: list[Any]) -> tuple[Fact, ...]:
    """Return what was wrong with footprints, most frequent first."""
    return tuple(
        Fact(f"finding.{row['code']}", row["buildings"], "unit.buildings", tone="quiet")
        for row in rows
    )


def _station_facts(rows: list[Any]) -> tuple[Fact, ...]:
    """Open / all by tier; services without a tier (medical, school …) in one line."""
    facts = []
    for tier in ("county", "subdistrict", "community", "grid", None):
        counts = {r["state"]: r["stations"] for r in rows if r["tier"] == tier}
        if counts:
            label = f"summary.tier_{tier or 'other'}"
            value = f"{counts.get('open', 0):,} / {sum(counts.values()):,}"
            facts.append(Fact(label, value, "summary.open_of_all"))
    return tuple(facts)


def coverage_facts(covered: Coverage) -> tuple[Fact, ...]:
    """Return households within each of the minutes, and those that no street reaches."""
    total = covered.households
    facts = [
        Fact(
            f"summary.within_{minutes}" if minutes in (5, 10, 15) else "summary.within",
            f"{count:,} / {total:,}",
            "unit.households",
            note="summary.share",
            note_values={"share": percent(count / total if total else None)},
        )
        for minutes, count in zip(covered.minutes, covered.covered, strict=True)
    ]
    facts.append(
        Fact(
            "summary.untied",
            covered.untied,
            "unit.households",
            tone="loud" if covered.untied else "quiet",
        )
    )
    return tuple(facts)


def _published(rows: list[Any], lang: Language) -> list[Any]:
    """Return published totals without rows, as published: never a tile computed from rows."""
    lines = []
    for row in rows:
        key = f"published.{row['key']}"
        name = text(key, lang) if key in catalogue() else row["key"]
        value = row["value"]
        amount = shown(int(value) if value == int(value) else float(value), lang)
        unit = row["unit"]
        if unit == "share":
            amount, unit = percent(float(value)), ""
        about = text("figures.approx", lang) if row["is_approx"] else ""
        lines.append(
            html.Div(
                [
                    html.Dt(name),
                    html.Dd(
                        [
                            html.Span(f"{about}{amount}", className="value"),
                            html.Span(unit, className="unit"),
                        ]
                    ),
                    html.Dd(f"{row['source']} · {row['as_of']}", className="note"),
                ],
                className="fact",
            )
        )
    if not lines:
        return []
    note = text("summary.published_note", lang)
    return [
        html.Details(
            [html.Summary(text("summary.published", lang)), html.P(note, className="legend-note"),
             html.Dl(lines)],
            className="section",
        )
    ]  # fmt: skip
