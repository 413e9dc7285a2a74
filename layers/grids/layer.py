"""Grids coloured by load against the limit."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

import dash_leaflet as dl
import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Connection

from data.demands.read import demand_day, demand_span, demand_totals
from data.grids.read import first_day, grid_detail, grids_shown, plans_by_date
from data.grids.read_live_loads import LiveMeasure, counts_day, grids_now
from data.grids.read_tiles import grid_at, grid_count, grid_of, grid_tile
from data.grids.rows import DatedPlan, DrawnGrid, GridHead, GridNow, ShownGrid
from layers.kit.days import read_day
from layers.kit.demands.figures import demand_figures
from layers.kit.errors import InputError, NotFoundError
from layers.kit.figure import Figure
from layers.kit.json import Feature
from layers.kit.layer import (
    Control,
    Fact,
    Field,
    Inspection,
    Layer,
    Legend,
    Option,
    Payload,
    Query,
    Swatch,
    geojson,
)
from layers.kit.load import ALONE, LOAD_CLASSES, LOAD_STEPS, OVER, load_class
from layers.kit.words import Words

# About 0.6 m: finer than a pixel at the nearest zoom but one; half of the vertices go.
DRAWN_TO_DEG = 6e-6
DRAWN_AT_ONCE = 2000  # grids; more are drawn from tiles


def as_of(query: Query) -> date:
    """Return the day whose plan is asked for; that of what is in force today unless said.

    Raises InputError for a value that is not a date.
    """
    return read_day(query.values, "as_of", query.plans_on)


def planned_on(c: Connection, query: Query) -> date:
    """Return the day whose plan is asked for, on which there is one.

    Raises InputError for a value that is not a date, NotFoundError for a day before every plan: a
    draft is of today, and no plan of another day.
    """
    day = as_of(query)
    if "as_of" in query.values and day < query.data_as_of:
        first = first_day(c, query.county)
        if first is None or day < first:
            raise NotFoundError("no plan was in force on {day}", day=day)
    return day


def live(query: Query) -> LiveMeasure:
    """Return which counts the grids are shown with: the newest, where their plan still stands."""
    return LiveMeasure(query.household_measure, query.plans_on)


def as_tiles(c: Connection, county: str) -> bool:
    """Tell whether a county's grids are drawn from vector tiles rather than as one GeoJSON."""
    return grid_count(c, county) > DRAWN_AT_ONCE


def tile(c: Connection, query: Query, z: int, x: int, y: int) -> Payload:
    """Return one vector tile of the grids. Raises InputError for a tile that does not exist."""
    if not (0 <= z <= 20 and 0 <= x < 2**z and 0 <= y < 2**z):
        raise InputError("there is no tile {z}/{x}/{y}", z=z, x=x, y=y)
    steps = [share * query.households_max for share in LOAD_STEPS]
    loud = (LOAD_CLASSES.index(OVER), LOAD_CLASSES.index(ALONE))
    body = grid_tile(c, query.county, planned_on(c, query), steps, loud, z, x, y, live(query))
    return Payload(body, "application/vnd.mapbox-vector-tile")


def one(c: Connection, query: Query) -> Payload:
    """Return the grid at ``lon``, ``lat`` (degrees), or the one whose ``id`` is given, as GeoJSON.

    A tile's own shapes are cut and coarse: this is what a hint names and a choice outlines. An
    empty collection where there is none. Raises InputError for values that are not numbers.
    """
    day, values = planned_on(c, query), query.values
    if "id" in values:
        if not values["id"].isdecimal() or int(values["id"]) >= 2**63:
            raise InputError("id={id} is not a grid's id", id=values["id"])
        row = grid_of(c, query.county, day, int(values["id"]), live(query))
    else:
        try:
            lon, lat = float(values["lon"]), float(values["lat"])
        except (KeyError, ValueError) as error:
            raise InputError("lon and lat are needed, in degrees") from error
        if not (-180 <= lon <= 180 and -90 <= lat <= 90):
            raise InputError("lon and lat lie beyond the world")
        row = grid_at(c, query.county, day, lon, lat, live(query))
    return geojson([] if row is None else [feature(row, row.geometry, query.households_max)])


def load(c: Connection, query: Query) -> list[ShownGrid]:
    """Read the grids of the plan that stood on the day asked for; none where no plan did.

    None where they are too many for one drawing: then they are drawn from tiles.
    """
    if as_tiles(c, query.county):
        return []
    try:
        return grids_shown(c, query.county, planned_on(c, query), live(query))
    except NotFoundError:
        return []


def prepare(rows: list[ShownGrid], query: Query) -> Payload:
    """Return grids as GeoJSON with their figures and the class of their load.

    For a day that has no plan the collection says so: ``no_plan_on``.
    The shapes are drawings: simplified together, so that neighbours still share their borders.
    """
    limit = query.households_max
    shapes = shapely.from_geojson([row.geometry for row in rows])
    drawn = shapely.to_geojson(shapely.coverage_simplify(shapes, DRAWN_TO_DEG)) if rows else []
    grids = [feature(row, shape, limit) for row, shape in zip(rows, drawn, strict=True)]
    if query.area_households_max:
        for row, grid in zip(rows, grids, strict=True):
            if row.area_households is not None:
                load = load_class(row.area_households, query.area_households_max)
                grid["properties"] = {**grid["properties"], "load": load, "area": row.area}
    outlines: list[Feature] = [
        {
            "type": "Feature",
            "geometry": json.loads(shape),
            "properties": {"id": -position, "name": name, "outline": True},
        }
        for position, (name, shape) in enumerate(_areas(rows, shapes).items(), start=1)
    ]
    if not rows and query.values.get("as_of"):
        return geojson([], no_plan_on=as_of(query).isoformat())
    return geojson([*grids, *outlines])


def _areas(rows: list[ShownGrid], shapes: Iterable[BaseGeometry]) -> dict[str, str]:
    """Return the outline of every area (片区) by name: the union of its grids, as GeoJSON."""
    members: dict[str, list[BaseGeometry]] = {}
    for row, shape in zip(rows, shapes, strict=True):
        if row.area is not None:
            members.setdefault(row.area, []).append(shape)
    return {
        name: shapely.to_geojson(shapely.simplify(shapely.coverage_union_all(parts), DRAWN_TO_DEG))
        for name, parts in members.items()
    }


def feature(row: ShownGrid | DrawnGrid, geometry: str, limit: int) -> Feature:
    """Return a grid as a GeoJSON feature. ``geometry``: GeoJSON text; ``limit``: households."""
    return {
        "type": "Feature",
        "geometry": json.loads(geometry),
        "properties": {
            "id": row.grid_id,
            "code": row.code,
            "number": row.number,
            "name": row.name,
            "community": row.community,
            "households": row.households,
            "persons": row.persons,
            "buildings": row.buildings,
            "load": load_class(row.households, limit, row.plots),
            "draft": not row.in_force,
            "label": [round(row.label_lon, 6), round(row.label_lat, 6)],
        },
    }


def paint(url: str) -> list[Any]:
    """Return the grids' map component; style and hover are functions of the page (features.js)."""
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
    """Return the classes of load: of the 片区 where the county's rule bounds those."""
    limit = query.area_households_max or query.households_max
    # An area is coloured by its own sum: no building is alone in it.
    alone = (
        ()
        if query.area_households_max
        else (Swatch("fill", "load-alone", "grids.load_alone", {"households": limit}),)
    )
    return Legend(
        (
            Swatch("fill", "load-50", "grids.load_50", {"households": limit // 2}),
            Swatch("fill", "load-80", "grids.load_80", {"households": limit * 4 // 5}),
            Swatch("fill", "load-100", "grids.load_100", {"households": limit}),
            Swatch("hatch", "load-over", "grids.load_over", {"households": limit}),
            *alone,
            Swatch("line", "grid-draft", "grids.draft_line"),
        ),
        unit="grids.legend_unit_area" if query.area_households_max else "grids.legend_unit",
    )


def inspect(c: Connection, query: Query, feature: str) -> Inspection:
    """Return a grid's figures, who answers for it and its demands. Raises NotFoundError."""
    day = planned_on(c, query)
    found = grid_detail(c, query.county, int(feature), day)
    row = found.head
    stands = row.in_force_to is None or row.in_force_to > query.today
    grid = (row.plan_id, int(feature))
    now = grids_now(c, [grid], query.household_measure).get(grid[1]) if stands else None
    holds: GridHead | GridNow = row if now is None else now
    over = holds.households - query.households_max
    load = Fact(
        "grids.households",
        holds.households,
        f"measure.{query.household_measure}",
        tone="loud" if over > 0 else "plain",
        note=_note_of(load_class(holds.households, query.households_max, row.plots)),
        note_values={
            "over": over,
            "limit": query.households_max,
            "share": f"{holds.households / query.households_max:.0%}",
        },
    )
    judged = Fact(
        "grids.judged",
        row.households,
        f"measure.{query.household_measure}",
        tone="quiet",
        note="grids.judged_on" if row.judged_on else None,
        note_values={"judged": row.judged_on, "now": counts_day(c, query.county)},
    )
    figures = (
        load,
        *((judged,) if holds.households != row.households else ()),
        Fact("grids.persons", holds.persons, "unit.persons"),
        Fact("grids.buildings", row.buildings, "unit.buildings"),
        Fact("grids.area", round(row.area_m2 / 1e4, 1), "unit.hectares"),
    )
    duty = tuple(
        Fact(
            f"post.{post.kind}",
            post.holder,
            note="grids.post_of" if post.subject != "grid" else None,
            note_values={"place": post.place or ""},
            tone="plain" if post.holder else "loud",
        )
        for post in found.posts
    ) + tuple(Fact(f"organisation.{o.kind}", o.name) for o in found.organisations)
    sections: list[tuple[str, tuple[Fact | Figure, ...]]] = [
        ("grids.section_figures", figures),
        ("grids.section_duty", duty),
    ]
    span = demand_span(c, query.county)
    if span is not None:
        until = demand_day(c, query.county)
        totals = demand_totals(c, row.code, *span, until)
        demands = demand_figures(totals, until, row.code, span)
        sections.append(("grids.section_demands", demands))
    plan = (
        Fact("grids.plan_name", row.plan),
        Fact("grids.plan_stage", row.stage, tone="plain" if row.in_force_from else "loud"),
        Fact("grids.in_force_from", row.in_force_from),
        Fact("grids.document_number", row.document_number),
        Fact("grids.area_name", row.area),
    )
    sections.append(("grids.section_plan", tuple(f for f in plan if f.value is not None)))
    return Inspection(
        title=row.name,
        subtitle=f"{row.subdistrict or ''} {row.community} {row.code}".strip(),
        kind="grids.one",
        sections=tuple(sections),
        as_of=query.data_as_of,
        bounds=(row.west, row.south, row.east, row.north),
    )


def _note_of(load: str) -> str:
    return {OVER: "grids.over_by", ALONE: "grids.alone_over"}.get(load, "grids.of_limit")


def controls(c: Connection, query: Query) -> tuple[Control, ...]:
    """Return the choice of the day whose plan is shown, the newest first; each plan by its name.

    1. What is in force today, as one choice, from however many plans.
    2. Plans of a later day (将启用), by their first day; plans that were, by their last.
    3. A draft only where no plan is in force: it is shown then. Others are at the planner's desk.
    4. A day of the address (``as_of``) besides, where it has a plan that the others do not show.
    """
    plans = plans_by_date(c, query.county, query.today)
    today = query.plans_on.isoformat()
    standing = [p for p in plans if p.stands_on(query.today)]
    options = [
        *(_option(p, _first(p), "desk.plan_later") for p in plans if _first(p) > query.today),
        *_standing(standing, today),
        *([] if standing else [_option(p, query.plans_on, "desk.plan_draft")
                               for p in plans if p.in_force_from is None][:1]),
        *(
            _option(p, p.in_force_to - timedelta(days=1), "desk.plan_past")
            for p in plans
            if p.in_force_to is not None and p.in_force_to <= query.today
        ),
    ]  # fmt: skip
    asked = _asked(query)
    if asked is not None and asked.isoformat() not in {o.value for o in options}:
        options += [_option(p, asked, "desk.plan_on_day") for p in plans if p.stands_on(asked)][:1]
    unique = {o.value: o for o in reversed(options)}
    options = [o for o in options if unique[o.value] is o]
    return (
        Control(
            "day", "as_of", "desk.plan", tuple(options),
            value=today if any(o.value == today for o in options) else
            options[0].value if options else "",
            usual=today, empty="grids.empty",
        ),
    )  # fmt: skip


def _first(plan: DatedPlan) -> date:
    return plan.in_force_from or date.min


def _option(plan: DatedPlan, day: date, key: str) -> Option:
    words = {
        "name": plan.name,
        "grids": plan.grids,
        "from": str(plan.in_force_from or ""),
        "to": str(day),
        "day": str(day),
    }
    return Option(day.isoformat(), key, words)


def _standing(plans: Sequence[DatedPlan], day: str) -> list[Option]:
    """Return what is in force as one choice: one plan by its name, else how many they are."""
    if not plans:
        return []
    words: Words = {
        "name": plans[0].name,
        "plans": len(plans),
        "grids": sum(p.grids for p in plans),
        "from": str(max(_first(p) for p in plans)),
    }
    return [Option(day, "desk.plan_in_force" if len(plans) == 1 else "desk.plans_in_force", words)]


def _asked(query: Query) -> date | None:
    """Return the day of the address, None where it says none, or no day."""
    try:
        return date.fromisoformat(query.values.get("as_of", ""))
    except ValueError:
        return None


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
    controls=controls,
    tiles=as_tiles,
    fills=True,
)
