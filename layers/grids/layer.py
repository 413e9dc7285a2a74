"""Grids coloured by load against the limit."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import dash_leaflet as dl
import shapely
from sqlalchemy import Connection, RowMapping

from data.read.demands import demand_span, demand_totals
from data.read.grids import grid_detail, grids_shown
from layers.grids.rules import load_class
from layers.kit.errors import InputError
from layers.kit.layer import (
    Fact,
    Field,
    Inspection,
    Layer,
    Legend,
    Payload,
    Query,
    Swatch,
    geojson,
)

# About 0.6 m: finer than a pixel at the nearest zoom but one; half of the vertices go.
DRAWN_TO_DEG = 6e-6


def as_of(query: Query) -> date:
    """Return the day whose plan is asked for; the data's own day unless said.

    Raises InputError for a value that is not a date.
    """
    value = query.values.get("as_of")
    if not value:
        return query.data_as_of
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise InputError(f"as_of={value} is not a date: write YYYY-MM-DD") from error


def load(c: Connection, query: Query) -> list[RowMapping]:
    """Read the grids of the plan that stood on the day asked for."""
    return grids_shown(c, query.county, as_of(query))


def prepare(rows: list[RowMapping], query: Query) -> Payload:
    """Return grids as GeoJSON with their figures and the class of their load.

    The shapes are drawings: simplified together, so that neighbours still share their borders.
    """
    limit = query.households_max
    shapes = shapely.from_geojson([row["geometry"] for row in rows])
    drawn = shapely.to_geojson(shapely.coverage_simplify(shapes, DRAWN_TO_DEG)) if rows else []
    return geojson(
        [
            {
                "type": "Feature",
                "geometry": json.loads(shape),
                "properties": {
                    "id": row["grid_id"],
                    "code": row["code"],
                    "number": row["number"],
                    "name": row["name"],
                    "community": row["community"],
                    "households": row["households"],
                    "persons": row["persons"],
                    "buildings": row["buildings"],
                    "load": load_class(row["households"], limit),
                    "draft": not row["in_force"],
                    "label": [round(row["label_lon"], 6), round(row["label_lat"], 6)],
                },
            }
            for row, shape in zip(rows, drawn, strict=True)
        ]
    )


def paint(url: str) -> list[Any]:
    """Return the grids' map component; style and hover are functions in assets/layers.js."""
    return [
        dl.GeoJSON(
            id={"type": "features", "layer": "grids"},
            url=url,
            style={"variable": "getu.layers.gridStyle"},
            onEachFeature={"variable": "getu.layers.eachFeature"},
            hideout={"layer": "grids"},
        )
    ]


def legend(query: Query) -> Legend:
    """Return the classes of load."""
    limit = query.households_max
    return Legend(
        (
            Swatch("fill", "load-50", "grids.load_50", {"households": limit // 2}),
            Swatch("fill", "load-80", "grids.load_80", {"households": limit * 4 // 5}),
            Swatch("fill", "load-100", "grids.load_100", {"households": limit}),
            Swatch("hatch", "load-over", "grids.load_over", {"households": limit}),
        ),
        unit="grids.legend_unit",
    )


def inspect(c: Connection, query: Query, feature: str) -> Inspection:
    """Return a grid's figures, who answers for it and its demands. Raises NotFoundError."""
    day = as_of(query)
    row = grid_detail(c, query.county, int(feature), day)
    over = row["households"] - query.households_max
    load = Fact(
        "grids.households",
        row["households"],
        f"measure.{query.household_measure}",
        tone="loud" if over > 0 else "plain",
        note="grids.over_by" if over > 0 else "grids.of_limit",
        note_values={
            "over": over,
            "limit": query.households_max,
            "share": f"{row['households'] / query.households_max:.0%}",
        },
    )
    figures = (
        load,
        Fact("grids.persons", row["persons"], "unit.persons"),
        Fact("grids.buildings", row["buildings"], "unit.buildings"),
        Fact("grids.area", round(row["area_m2"] / 1e4, 1), "unit.hectares"),
    )
    duty = tuple(
        Fact(
            f"post.{post['kind']}",
            post["holder"],
            note="grids.post_of" if post["subject"] != "grid" else None,
            note_values={"place": post["place"] or ""},
            tone="plain" if post["holder"] else "loud",
        )
        for post in row["posts"]
    ) + tuple(Fact(f"organisation.{o['kind']}", o["name"]) for o in row["organisations"])
    sections = [("grids.section_figures", figures), ("grids.section_duty", duty)]
    span = demand_span(c, query.county)
    if span is not None:
        totals = demand_totals(c, row["code"], *span, query.data_as_of)
        sections.append(("grids.section_demands", demand_facts(totals)))
    plan = (
        Fact("grids.plan_name", row["plan"]),
        Fact("grids.plan_stage", row["stage"], tone="plain" if row["in_force_from"] else "loud"),
        Fact("grids.in_force_from", row["in_force_from"]),
        Fact("grids.document_number", row["document_number"]),
        Fact("grids.area_name", row["area"]),
    )
    sections.append(("grids.section_plan", tuple(f for f in plan if f.value is not None)))
    return Inspection(
        title=row["name"],
        subtitle=f"{row['subdistrict'] or ''} {row['community']} {row['code']}".strip(),
        kind="grids.one",
        sections=tuple(sections),
        as_of=query.data_as_of,
        bounds=(row["west"], row["south"], row["east"], row["north"]),
    )


def demand_facts(totals: RowMapping) -> tuple[Fact, ...]:
    """Return done/total, satisfied/rated and overdue of a set of demands."""
    rate = None if not totals["accepted"] else totals["closed"] / totals["accepted"]
    satisfied = None if not totals["rated"] else totals["satisfied"] / totals["rated"]
    return (
        Fact(
            "figures.closed",
            f"{totals['closed']:,} / {totals['accepted']:,}",
            "unit.demands",
            note="figures.completion_rate",
            note_values={"rate": "—" if rate is None else f"{rate:.1%}"},
        ),
        Fact(
            "figures.satisfied",
            f"{totals['satisfied']:,} / {totals['rated']:,}",
            "unit.demands",
            note="figures.satisfaction_rate",
            note_values={"rate": "—" if satisfied is None else f"{satisfied:.1%}"},
        ),
        Fact(
            "figures.overdue",
            totals["overdue"],
            "unit.demands",
            tone="loud" if totals["overdue"] else "quiet",
        ),
    )


LAYER = Layer(
    key="grids",
    title="grids.title",
    version=1,
    load=load,
    prepare=prepare,
    paint=paint,
    legend=legend,
    tooltip=(
        Field("households", "grids.households", "unit.households"),
        Field("persons", "grids.persons", "unit.persons"),
        Field("buildings", "grids.buildings", "unit.buildings"),
    ),
    parameters=("as_of",),
    inspect=inspect,
)
