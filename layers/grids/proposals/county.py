"""Plots and plans between the database and the pure modules."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypedDict

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from sqlalchemy import Connection

from data.divisions import read_communities as read
from data.divisions.read_counties import query
from data.plans.drafts.write import list_grids
from data.plans.drafts.write_log import log_start
from data.plans.write import (
    StoredTessellation,
    create_plan,
    publish_plan,
    write_areas,
    write_plan_community,
    write_tessellation,
)
from layers.grids.division.divide import Options, Problem, divide, restrict
from layers.grids.division.frames import tessellation_problem
from layers.grids.plan.numbering import grid_centroids, grid_code, kept_numbers, new_numbers
from layers.grids.plots.tessellate import tessellate
from layers.grids.rules import limit_findings
from layers.kit.findings import Finding, Severity
from layers.kit.json import JsonObject

Progress = Callable[[str, float], None]
"""Called with what is being done (a community's name) and the share done, 0 … 1."""


@dataclass(frozen=True, slots=True)
class Community:
    """A community with its plots, as the divider and the plan writer need them."""

    id: int
    code: str
    name: str
    tessellation: StoredTessellation
    plots: gpd.GeoDataFrame
    problem: Problem


def tessellate_county(
    c: Connection,
    county: str,
    progress: Progress | None = None,
    only: Collection[int] | None = None,
) -> int:
    """Make and store the plots of a county's communities; return how many plots.

    ``only``: ids of the communities wanted, all otherwise. Older plots stay for their plans.
    """
    about = query(c, county)
    frame = read.communities(c, county, about.measuring_srid)
    if only is not None:
        frame = frame[frame["id"].isin(only)]
    made = 0
    for position, row in enumerate(frame.itertuples()):
        if progress:
            progress(row.name, position / len(frame))
        made += len(_tessellate(c, row, about.measuring_srid))
    return made


def _tessellate(c: Connection, community: Any, srid: int) -> gpd.GeoDataFrame:
    buildings = read.community_buildings(c, community.id, srid)
    # A building that crosses a border belongs to the larger share: to its own community only.
    buildings = buildings[buildings["community_id"].isin([community.id, None])]
    buildings = buildings.set_index("id", drop=False)
    streets, water, barriers, lands = read.community_ground(c, community.id, srid)
    result = tessellate(community.geometry, buildings, streets, water, barriers, lands=lands)
    write_tessellation(
        c,
        community_id=community.id,
        code=community.code,
        plots=result.plots,
        neighbours=result.neighbours,
        plot_of={int(building): int(plot) for building, plot in result.plot_of.items()},
        findings=[_as_row(f) for f in result.findings],
        srid=srid,
    )
    return result.plots


class FoundRow(TypedDict):
    """A finding of a tessellation as it is kept."""

    code: str
    severity: Severity
    subject: str | None
    values: JsonObject


def _as_row(finding: Finding) -> FoundRow:
    return {
        "code": finding.code,
        "severity": finding.severity,
        "subject": finding.subject,
        "values": {k: v for k, v in finding.values.items() if isinstance(v, int | float | str)},
    }


def load_communities(c: Connection, county: str) -> list[Community]:
    """Return every community of a county that has plots, with its division problem."""
    about = query(c, county)
    srid, measure = about.measuring_srid, about.household_measure
    result = []
    for row in read.communities(c, county, srid).itertuples():
        found = read.latest_tessellation(c, row.id)
        if found is None:
            continue
        tessellation_id, plot_ids = found
        plots = read.tessellation_plots(c, tessellation_id, srid, measure)
        borders = read.tessellation_neighbours(c, tessellation_id)
        stored = StoredTessellation(tessellation_id, row.id, row.code, tuple(plot_ids))
        problem = tessellation_problem(plots, borders)
        result.append(Community(row.id, row.code, row.name, stored, plots, problem))
    return result


@dataclass(frozen=True, slots=True)
class PlanOrder:
    """A plan to make by automatic division.

    ``grids``: exact number per community code; a community without one gets as few as the limit
    asks. ``areas``: exact number of areas (片区) per community code, whose bound is then
    ``area_households_max``; their grids lie inside them, evenly many in each.
    """

    name: str
    stage: str
    made_by: str
    households_max: int
    grids: Mapping[str, int]
    areas: Mapping[str, int] | None = None
    area_households_max: int | None = None
    in_force_from: date | None = None
    in_force_to: date | None = None
    document_number: str | None = None


@dataclass(frozen=True, slots=True)
class CommunityDivision:
    """One community's division: grid position of every plot, and each grid's number.

    ``area``: area position of every grid, None where the county has no areas.
    """

    assignment: NDArray[np.int32]
    numbers: NDArray[np.int64]
    area: NDArray[np.int64] | None = None


@dataclass(frozen=True, slots=True)
class CountyPlan:
    """A stored plan: its grids and areas (geometry in the measuring CRS), and its divisions.

    ``grids``: ``id``, ``code``, ``community_code``, ``number``, ``name``, ``households``,
    ``persons``, ``buildings``, ``plots``. ``areas``: ``id``, ``code``, ``community_code``,
    ``number``, ``name``, ``households``.
    """

    id: int
    grids: gpd.GeoDataFrame
    areas: gpd.GeoDataFrame | None
    divided: Mapping[str, CommunityDivision]


def divide_county(
    c: Connection,
    county: str,
    wanted: PlanOrder,
    progress: Progress | None = None,
    communities: Sequence[Community] | None = None,
    before: CountyPlan | None = None,
) -> CountyPlan:
    """Divide every community of a county into grids and store them as one plan.

    Codes stay with the grid that keeps most of its households from ``before``. A plan with
    ``in_force_from`` is published: from then on the database refuses to change it.
    """
    about = query(c, county)
    srid = about.measuring_srid
    plan_id = create_plan(
        c,
        code=county,
        name=wanted.name,
        stage=wanted.stage,
        made_by=wanted.made_by,
        parent_id=before.id if before else None,
        document_number=wanted.document_number,
    )
    frames, area_frames, findings = [], [], []
    divided: dict[str, CommunityDivision] = {}
    loaded = load_communities(c, county) if communities is None else communities
    for position, community in enumerate(loaded):
        if progress:
            progress(community.name, position / len(loaded))
        one = _divide(community, wanted, before)
        divided[community.code] = one
        grids = _grid_frame(community, one)
        if one.area is not None:
            areas = _area_frame(community, one, grids)
            areas["id"] = write_areas(c, areas, srid, wanted.in_force_from or about.data_as_of)
            grids["area_id"] = areas["id"].to_numpy()[one.area]
            area_frames.append(areas)
        grids["id"] = write_plan_community(
            c,
            plan_id,
            community.tessellation,
            grids,
            one.assignment,
            srid,
            in_force_from=wanted.in_force_from,
            in_force_to=wanted.in_force_to,
        )
        findings += limit_findings(
            grids["code"], grids["households"], grids["plots"], wanted.households_max
        )
        frames.append(grids)
    if wanted.in_force_from is not None:
        publish_plan(c, plan_id, {"findings": [_as_row(f) for f in findings]})
    return CountyPlan(
        plan_id,
        _together(frames, srid),
        _together(area_frames, srid) if area_frames else None,
        divided,
    )


def _together(frames: list[gpd.GeoDataFrame], srid: int) -> gpd.GeoDataFrame:
    if not frames:
        return gpd.GeoDataFrame({"code": []}, geometry=[], crs=srid)
    return gpd.GeoDataFrame(pd.concat(frames, ignore_index=True), geometry="geometry", crs=srid)


def _divide(
    community: Community, wanted: PlanOrder, before: CountyPlan | None
) -> CommunityDivision:
    problem = community.problem
    count = wanted.grids.get(community.code)
    if wanted.areas is not None:
        return _divide_by_areas(community, wanted, wanted.areas[community.code])
    # An exact count asks for even loads; otherwise as few as the limit allows, nearly.
    options = Options(
        households_max=wanted.households_max,
        grids=count,
        prefer="balanced" if count else None,
    )
    division = divide(problem, options)
    east, north = grid_centroids(problem.x, problem.y, problem.area_m2, division.assignment)
    old = before.divided.get(community.code) if before else None
    if old is None:
        numbers = new_numbers(east, north, division.grids)
    else:
        numbers = kept_numbers(
            old.assignment,
            division.assignment,
            [int(n) for n in old.numbers],
            problem.households,
            problem.area_m2,
            problem.x,
            problem.y,
        )
    return CommunityDivision(division.assignment, numbers)


def _divide_by_areas(community: Community, wanted: PlanOrder, count: int) -> CommunityDivision:
    """Divide into areas under the areas' bound, then every area into its grids."""
    problem = community.problem
    limit = wanted.area_households_max or wanted.households_max
    areas = divide(problem, Options(households_max=limit, grids=count))
    share = max(1, round(wanted.grids.get(community.code, count) / count))
    assignment = np.full(len(problem.households), -1, np.int32)
    area_of: list[int] = []
    for area in range(areas.grids):
        plots = np.flatnonzero(areas.assignment == area)
        part = restrict(problem, plots)
        # Even halves of an area: a bound a little over its mean load, or the area's own.
        for factor in (1.15, 1.4, 2.0, float(share)):
            bound = max(1, math.ceil(part.households.sum() / share * factor))
            inner = divide(part, Options(households_max=min(bound, limit), grids=share))
            if inner.grids == share:
                break
        assignment[plots] = inner.assignment + len(area_of)
        area_of += [area] * inner.grids
    east, north = grid_centroids(problem.x, problem.y, problem.area_m2, assignment)
    return CommunityDivision(assignment, new_numbers(east, north, len(area_of)), np.array(area_of))


def _grid_frame(community: Community, one: CommunityDivision) -> gpd.GeoDataFrame:
    """Sum up what each grid holds; rows in the order of the assignment's positions."""
    problem, count = community.problem, len(one.numbers)
    assignment = one.assignment
    shapes = community.plots.geometry.to_numpy()
    geometry = [shapely.coverage_union_all(shapes[assignment == g]) for g in range(count)]
    known = problem.persons is not None and community.plots["persons"].notna().any()
    persons = np.bincount(assignment, problem.persons, count).astype(int) if known else None
    return gpd.GeoDataFrame(
        {
            "code": [grid_code(community.code, int(n)) for n in one.numbers],
            "community_code": community.code,
            "number": one.numbers,
            "name": [f"{community.name}第{n}网格" for n in one.numbers],
            "households": np.bincount(assignment, problem.households, count).astype(int),
            "persons": persons,
            "buildings": np.bincount(assignment, community.plots["buildings"], count).astype(int),
            "plots": np.bincount(assignment, minlength=count),
        },
        geometry=geometry,
    )


def _area_frame(
    community: Community, one: CommunityDivision, grids: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    """Return a community's areas, numbered in the standard order of their centroids."""
    assert one.area is not None
    count = int(one.area.max()) + 1
    shapes = grids.geometry.to_numpy()
    geometry = [shapely.coverage_union_all(shapes[one.area == a]) for a in range(count)]
    centre = shapely.get_coordinates(shapely.centroid(geometry))
    numbers = new_numbers(centre[:, 0], centre[:, 1], count)
    return gpd.GeoDataFrame(
        {
            "code": [f"{community.code}P{n:02d}" for n in numbers],
            "community_code": community.code,
            "number": numbers,
            "name": [f"{community.name}第{n}片区" for n in numbers],
            "households": np.bincount(one.area, grids["households"], count).astype(int),
        },
        geometry=geometry,
    )


def draft_division(c: Connection, county: str, progress: Progress | None = None) -> int:
    """Divide a county that has no plan yet into a draft under its limit; return the grids made."""
    about = query(c, county)
    wanted = PlanOrder(
        name="自动划分草稿",
        stage="草稿",
        made_by="getu",
        households_max=about.households_max,
        grids={},
    )
    made = divide_county(c, county, wanted, progress)
    list_grids(c, made.id)
    log_start(c, made.id, wanted.made_by)
    return len(made.grids)
