"""A community's plan from its land, buildings and streets: plots, division, codes, verdict.

What the file command and the demonstration need alike; frames in, frames out.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from layers.grids.division.divide import Cancel, Division, Options, Problem, Progress, divide
from layers.grids.division.frames import estate_by_plot, make_problem, sum_by_plot
from layers.grids.judge.verdict import PlanParts, Verdict, judge
from layers.grids.plan.numbering import grid_centroids, grid_code, new_numbers
from layers.grids.plots.blocks import dissolve
from layers.grids.plots.borders import matched, neighbours_of
from layers.grids.plots.tessellate import tessellate
from layers.kit.errors import InputError
from layers.kit.findings import Finding

Say = Callable[[float], None]

_TILING_SHARE = 0.5
"""Polygons tile when most of their outlines are common; terraced houses share less than that."""


@dataclass(frozen=True)
class Surroundings:
    """What plots are cut along, in the measuring CRS; each may be None (docs/frames.md)."""

    streets: gpd.GeoDataFrame | None = None
    water: gpd.GeoDataFrame | None = None
    barriers: gpd.GeoDataFrame | None = None
    lands: gpd.GeoDataFrame | None = None


@dataclass(frozen=True)
class CommunityPlan:
    """A community's plan in the measuring CRS.

    ``grids``: ``community``, ``code``, ``households``, ``buildings``, ``plots``, ``pieces`` (how
    many it may have), geometry. ``plots``: ``building_id``, ``grid_code``, ``households``,
    ``community``, ``kind``, geometry. ``buildings``: ``id``, ``grid_code``, ``community``,
    ``households``, geometry. ``community``: the union of the plots.
    """

    name: str
    community: BaseGeometry
    grids: gpd.GeoDataFrame
    plots: gpd.GeoDataFrame
    buildings: gpd.GeoDataFrame
    problem: Problem
    division: Division
    verdict: Verdict
    seconds: float
    findings: tuple[Finding, ...] = field(default=())
    allowed_pieces: Mapping[str, int] = field(default_factory=dict)


def judged(
    plan: CommunityPlan, limit: int, around: tuple[Sequence[str], NDArray[Any]] | None = None
) -> Verdict:
    """Ask the judge about a plan. ``around``: codes and shapes of its neighbours' grids."""
    parts = PlanParts(
        plan.name,
        plan.grids,
        plan.plots.rename(columns={"grid_code": "grid"}),
        plan.buildings,
        plan.community,
    )
    # The border is given: see building_crosses_boundary.
    return judge(parts, limit, plan.allowed_pieces, crossing="warning", around=around)


@dataclass(frozen=True)
class _LaidPlots:
    plots: gpd.GeoDataFrame  # building_id, kind, geometry; index 0 … n-1
    neighbours: pd.DataFrame
    plot_of: pd.Series
    findings: list[Finding]


def plan_community(
    name: str,
    community: BaseGeometry | None,
    buildings: gpd.GeoDataFrame,
    surroundings: Surroundings,
    options: Options,
    *,
    areas: bool = False,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> CommunityPlan:
    """Make the plan of one community.

    ``community``: its polygon, or None with ``areas`` (then the union of the areas). ``buildings``:
    ``id``, ``households`` (NaN unknown, counts as 0), ``estate``, geometry in a metric CRS; with
    ``areas`` they are used as plots as they are. Raises ``InputError`` where there is no land.
    """
    began = time.perf_counter()
    say: Say = progress or (lambda _share: None)
    laid = (
        _areas(buildings, surroundings)
        if areas
        else _plots(name, community, buildings, surroundings, lambda share: say(0.6 * share))
    )
    count = len(laid.plots)
    households = sum_by_plot(laid.plot_of, buildings["households"], count)
    lived_in = np.bincount(laid.plot_of.to_numpy(np.int64), minlength=count)
    problem = make_problem(
        laid.plots,
        laid.neighbours,
        households,
        estate=estate_by_plot(laid.plot_of, buildings["estate"], count),
        building=lived_in > 0,
    )
    division = divide(problem, options, lambda share: say(0.6 + 0.35 * share), cancel)
    codes = _codes(name, problem, division)
    shapes = np.asarray(laid.plots.geometry.array, dtype=object)
    united = dissolve(shapes, division.assignment.astype(np.int64))
    grids = gpd.GeoDataFrame(
        {
            "community": name,
            "code": codes,
            "households": _sums(households, division),
            "buildings": _sums(lived_in, division),
            "plots": _sums(np.ones(count), division),
            "pieces": shapely.get_num_geometries(united).astype(np.int64),
        },
        geometry=united,
        crs=buildings.crs,
    )
    plots = laid.plots.assign(
        grid_code=codes[division.assignment], households=households, community=name
    )
    kept = buildings.loc[laid.plot_of.index]
    lived = gpd.GeoDataFrame(
        {
            "id": kept["id"].to_numpy(),
            "grid_code": codes[division.assignment[laid.plot_of.to_numpy(np.int64)]],
            "community": name,
            "households": kept["households"].to_numpy(np.float64),
        },
        index=kept.index,  # the rows of the file
        # Areas as they are used, with the gaps between them closed.
        geometry=shapes[laid.plot_of.to_numpy(np.int64)]
        if areas
        else np.asarray(kept.geometry.array, dtype=object),
        crs=buildings.crs,
    )
    if "waiver" in kept:
        lived["waiver"] = kept["waiver"].to_numpy()
    whole = shapely.coverage_union_all(shapes)
    allowed = _allowed_pieces(grids, shapes, division) if areas else {}
    parts = PlanParts(name, grids, plots.rename(columns={"grid_code": "grid"}), lived, whole)
    # The border is given: see building_crosses_boundary.
    verdict = judge(parts, options.households_max, allowed, crossing="warning")
    order = np.argsort(codes, kind="stable")
    lost = buildings.index.difference(laid.plot_of.index)
    silent = set(lived["grid_code"][lived["households"].isna()])
    findings = laid.findings + [
        Finding("building_without_plot", row=int(row) + 1, subject=name) for row in lost
    ]
    say(1.0)
    return CommunityPlan(
        name,
        whole,
        grids.iloc[order].reset_index(drop=True),
        plots,
        lived,
        problem,
        division,
        verdict,
        time.perf_counter() - began,
        (
            *findings,
            *(
                f
                for f in _named(division, codes)
                if f.code != "grid_without_households" or f.subject not in silent
            ),
        ),
        allowed,
    )


def tiles(shapes: NDArray[Any]) -> bool:
    """Tell whether polygons tile the ground: no overlap, most of their outlines in common.

    Polygons that miss each other by at most ``SLIP_M`` have these edges in common too.
    """
    if len(shapes) < 2 or not np.all(np.isin(shapely.get_type_id(shapes), (3, 6))):
        return False
    if not shapely.is_valid(shapes).all():
        return False
    shapes = matched(shapes)
    united = shapely.union_all(shapes)
    total = float(shapely.area(shapes).sum())
    if united.area < 0.999 * total:
        return False
    common = 1.0 - united.length / max(float(shapely.length(shapes).sum()), 1e-9)
    return common > _TILING_SHARE


def _plots(
    name: str,
    community: BaseGeometry | None,
    buildings: gpd.GeoDataFrame,
    surroundings: Surroundings,
    say: Say,
) -> _LaidPlots:
    if community is None:
        raise InputError("community {name} has no polygon", name=name)
    tessellation = tessellate(
        community,
        buildings,
        surroundings.streets,
        surroundings.water,
        surroundings.barriers,
        lands=surroundings.lands,
        progress=say,
    )
    plots = tessellation.plots
    ids = np.full(len(plots), None, dtype=object)
    built = plots["building"].notna().to_numpy()
    ids[built] = buildings["id"].loc[plots["building"][built]].to_numpy()
    frame = gpd.GeoDataFrame(
        {"building_id": ids, "kind": plots["kind"].to_numpy()},
        geometry=np.asarray(plots.geometry.array, dtype=object),
        crs=buildings.crs,
    )
    findings = [_of_file(finding, buildings) for finding in tessellation.findings]
    return _LaidPlots(frame, tessellation.neighbours, tessellation.plot_of, findings)


def _of_file(finding: Finding, buildings: gpd.GeoDataFrame) -> Finding:
    """Return a finding whose row is the file's and whose subject is the building's id."""
    if finding.row is None:
        return finding
    index = buildings.index[finding.row - 1]
    subject = str(buildings["id"].loc[index])
    return replace(finding, row=int(index) + 1, subject=subject)


def _areas(buildings: gpd.GeoDataFrame, surroundings: Surroundings) -> _LaidPlots:
    """Use polygons that tile as plots; small overlaps and gaps are closed, with a finding."""
    given = np.asarray(buildings.geometry.array, dtype=object)
    shapes = matched(given)
    findings: list[Finding] = []
    if shapes is given and not shapely.coverage_is_valid(shapes):
        shapes = shapely.coverage_clean(shapes)
    if shapes is not given:
        findings.append(Finding("areas_adjusted", "warning", values={"areas": len(shapes)}))
    frame = gpd.GeoDataFrame(
        {"building_id": buildings["id"].to_numpy(), "kind": "building"},
        geometry=shapes,
        crs=buildings.crs,
    )
    neighbours = neighbours_of(
        frame, surroundings.streets, surroundings.water, surroundings.barriers
    )
    plot_of = pd.Series(np.arange(len(frame)), index=buildings.index, name="plot")
    return _LaidPlots(frame, neighbours, plot_of, findings)


def _codes(name: str, problem: Problem, division: Division) -> NDArray[np.object_]:
    east, north = grid_centroids(problem.x, problem.y, problem.area_m2, division.assignment)
    numbers = new_numbers(east, north, division.grids)
    return np.array([grid_code(name, int(number)) for number in numbers], dtype=object)


def _sums(values: NDArray[Any], division: Division) -> NDArray[np.int64]:
    whole = np.bincount(division.assignment, values, division.grids)
    return whole.round().astype(np.int64)


def _allowed_pieces(
    grids: gpd.GeoDataFrame, shapes: NDArray[Any], division: Division
) -> dict[str, int]:
    """Areas that are themselves in pieces (islands) allow their grid as many more."""
    extra = _sums(shapely.get_num_geometries(shapes) - 1, division)
    return {str(code): 1 + int(more) for code, more in zip(grids["code"], extra, strict=True)}


def _named(division: Division, codes: NDArray[np.object_]) -> list[Finding]:
    """Return the division's findings with the codes of grids for their numbers."""
    return [
        Finding(
            finding.code,
            finding.severity,
            subject=None if finding.subject is None else str(codes[int(finding.subject)]),
            values=finding.values,
        )
        for finding in division.findings
    ]
