"""A division as a candidate that a planner can weigh: figures, moves, a small map, a certificate.

1. A grid keeps its identity when it keeps most of a grid's households; what is left over is new and
   gets a negative number, -1, -2, … in reading order (codes come when it is drawn into a draft).
2. A household has moved when its grid is not the one that keeps most of its old neighbours.
3. Every candidate is judged by the independent judge on its own geometry.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from layers.grids.division.divide import Division
from layers.grids.division.measures import Measures, measure
from layers.grids.division.problem import Problem, packing_bound
from layers.grids.drafts.plot_store import CommunityPlots
from layers.grids.judge.verdict import PlanParts, judge
from layers.grids.plan.numbering import grid_centroids, kept_numbers, reading_order
from layers.grids.proposals.result import (
    CandidateCommunity,
    FindingRow,
    MeasuresRow,
    MoveRow,
)
from layers.kit.findings import Finding, Severity
from layers.kit.json import Json, as_json

OUTLINE_STEPS = 400
"""A small map shows no more than so many steps across a community."""


@dataclass(frozen=True)
class Base:
    """One community as the work found it; n plots.

    ``plan``: whose plan it is, None where there is none. ``before``: (n,) grid ids, -1 for none.
    ``in_force``: the same of the plan in force, or None. ``kept``: (n,) number of a grid that must
    stay, -1 for free. ``numbers``: id → number of the grids. ``unknown``, ``estimated``:
    buildings with homes whose households nobody knows, or somebody estimated. ``buildings``:
    footprints for the judge. ``names``: what stands on plots over the limit, by plot.
    """

    about: CommunityPlots
    plan: int | None
    version: int
    before: NDArray[np.int64]
    in_force: NDArray[np.int64] | None
    kept: NDArray[np.int32]
    numbers: Mapping[int, int]
    limit: int
    minimum: int | None
    unknown: int
    estimated: int
    buildings: gpd.GeoDataFrame | None = None
    names: Mapping[int, str] = field(default_factory=dict)

    @property
    def problem(self) -> Problem:
        """The plots without locks."""
        return self.about.graph.problem


def compact(ids: NDArray[np.int64]) -> tuple[NDArray[np.int32], list[int]]:
    """Return grid ids as 0 … k-1 (-1 stays) and the ids in that order."""
    names = [int(i) for i in np.unique(ids[ids >= 0])]
    place = {grid_id: at for at, grid_id in enumerate(names)}
    return np.array([place.get(int(i), -1) for i in ids], np.int32), names


def named(base: Base, assignment: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return the target of every plot (clause 1): the id of a grid there is, or a negative one."""
    before, ids = compact(base.before)
    p = base.problem
    numbers = kept_numbers(
        before, assignment, range(1, len(ids) + 1), p.households, p.area_m2, p.x, p.y
    )
    target = np.zeros(len(numbers), np.int64)
    fresh = np.flatnonzero(numbers > len(ids))
    if len(fresh):
        east, north = grid_centroids(p.x, p.y, p.area_m2, assignment)
        for place, at in enumerate(reading_order(east[fresh], north[fresh]), start=1):
            target[fresh[at]] = -place
    for grid, number in enumerate(numbers.tolist()):
        if number <= len(ids):
            target[grid] = ids[number - 1]
    return target[assignment]


def changes(before: NDArray[np.int64], target: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Tell which plots change their grid; -1 before is none, -1 as a target the first new one."""
    return (target != before) | (before < 0)


def moved_households(problem: Problem, before: NDArray[np.int64], after: NDArray[np.int64]) -> int:
    """Return how many households have moved (clause 2) between two assignments."""
    old, ids = compact(before)
    _, new = np.unique(after, return_inverse=True)
    numbers = kept_numbers(
        old, new.astype(np.int32), range(1, len(ids) + 1), problem.households,
        problem.area_m2, problem.x, problem.y,
    )  # fmt: skip
    moved = (old >= 0) & (numbers[new] != old + 1)
    return int(problem.households[moved].sum())


def measures_row(found: Measures) -> MeasuresRow:
    """Return the figures that candidates are compared by; shares 0 to 1, lengths in metres."""
    return {
        "grids": found.grids,
        "lower_bound": found.lower_bound,
        "households": found.households,
        "largest": found.largest,
        "smallest": found.smallest,
        "load_mean": round(found.households / max(1, found.grids), 1),
        "load_deviation": round(found.load_deviation, 4),
        "compactness": round(found.polsby_popper_mean, 4),
        "border_m": round(found.border_m),
        "street_share": round(found.street_share, 4),
        "estates_small": found.estates_small,
        "estates_split": found.estates_split,
        "over_limit": found.over_limit,
        "oversize_buildings": found.oversize_buildings,
        "in_pieces": found.in_pieces,
    }


@dataclass(frozen=True)
class Outcome:
    """One community of one candidate: what is stored and shown, and its measures to add up."""

    row: CandidateCommunity
    measures: Measures
    moved: int | None
    changed: int


def outcome(
    base: Base,
    division: Division,
    origin: tuple[float, float],
    step_m: float,
    *,
    explain: bool = True,
) -> Outcome:
    """Return one community's division with everything a planner needs to weigh it.

    ``explain``: say why there are so many grids; not for one grid in two, which was asked for.

    ``origin``, ``step_m``: the small map counts steps east and south of the origin (north-west).
    """
    target = named(base, division.assignment)
    ids, at_grid = np.unique(target, return_inverse=True)
    label: NDArray[np.int32] = at_grid.astype(np.int32)
    figures = measure(base.problem, label, base.limit)
    moved = None
    if base.in_force is not None:
        moved = moved_households(base.problem, base.in_force, target)
    differs = changes(base.before, target)
    changed = int(base.problem.households[differs].sum())
    shapes = np.array(
        [shapely.coverage_union_all(base.about.shapes[label == at]) for at in range(len(ids))],
        dtype=object,
    )
    loads = np.bincount(label, base.problem.households, len(ids)).astype(np.int64)
    verdict = judge(_parts(base, ids, label, shapes, loads), base.limit, crossing="warning")
    touched = {int(g) for g in target[differs]} | {int(g) for g in base.before[differs]}
    row: CandidateCommunity = {
        "id": base.about.community_id,
        "targets": target.tolist(),
        "measures": measures_row(figures),
        "moved": moved,
        "changed": changed,
        "changed_buildings": int(base.about.graph.buildings[differs].sum()),
        "seconds": round(division.seconds, 2),
        "grids": [
            {
                "to": int(grid_id),
                "number": base.numbers.get(int(grid_id)),
                "households": int(loads[at]),
                "plots": int((label == at).sum()),
                "changed": int(grid_id) in touched,
                "path": path,
            }
            for at, (grid_id, path) in enumerate(
                zip(ids, paths(shapes, origin, step_m), strict=True)
            )
        ],
        "moves": _moves(base, target, division.findings),
        "findings": [
            *_said(base, division, label, ids),
            *(_number(base, division, figures.grids) if explain else []),
            *_doubts(base),
        ],
        "certificate": verdict.certificate,
        "passed": verdict.passed,
    }
    return Outcome(row, figures, moved, changed)


def _parts(
    base: Base,
    ids: NDArray[np.int64],
    label: NDArray[np.int32],
    shapes: NDArray[np.object_],
    loads: NDArray[np.int64],
) -> PlanParts:
    codes = [f"{base.about.code}:{i}" for i in ids.tolist()]
    crs = f"EPSG:{base.about.srid}"
    return PlanParts(
        base.about.code,
        gpd.GeoDataFrame({"code": codes, "households": loads}, geometry=shapes, crs=crs),
        gpd.GeoDataFrame(
            {"grid": [codes[at] for at in label], "households": base.problem.households},
            geometry=base.about.shapes,
            crs=crs,
        ),
        base.buildings,
        shapely.coverage_union_all(base.about.shapes),
    )


def paths(shapes: NDArray[np.object_], origin: tuple[float, float], step_m: float) -> list[str]:
    """Return polygons that tile as SVG paths in whole steps, simplified together: no gaps."""
    simple = shapely.coverage_simplify(shapes, step_m * 1.5)
    found = []
    for shape in simple:
        text = ""
        for ring in shapely.get_rings(shapely.get_parts(shape)):
            at = shapely.get_coordinates(ring)[:-1]
            steps = np.round((at - origin) / (step_m, -step_m)).astype(int)
            text += "M" + "L".join(f"{x} {y}" for x, y in steps.tolist()) + "Z"
        found.append(text)
    return found


def _moves(base: Base, target: NDArray[np.int64], findings: Sequence[Finding]) -> list[MoveRow]:
    """Return what moves from which grid to which, most households first, and why."""
    _, ids = compact(base.before)
    why = {
        (ids[f.whole("from")] if f.whole("from") >= 0 else -1): str(f.values["reason"])
        for f in findings
        if f.code == "plots_moved"
    }
    differs = changes(base.before, target)
    pairs = sorted({(int(a), int(b)) for a, b in zip(base.before[differs], target[differs],
                                                      strict=True)})  # fmt: skip
    rows: list[MoveRow] = []
    for old, new in pairs:
        mine = differs & (base.before == old) & (target == new)
        rows.append(
            {
                "from": base.numbers.get(old),
                "to": new,
                "to_number": base.numbers.get(new),
                "households": int(base.problem.households[mine].sum()),
                "buildings": int(base.about.graph.buildings[mine].sum()),
                "reason": why.get(old),
            }
        )
    return sorted(rows, key=lambda r: (-r["households"], -r["buildings"]))


_BY_GRID = ("grid_under_limit", "grid_in_pieces", "grid_without_households")
_COUNTED_HERE = ("plots_moved", "building_over_limit", "grid_over_limit", "bound_not_reachable")


def _said(
    base: Base, division: Division, label: NDArray[np.int32], ids: NDArray[np.int64]
) -> list[FindingRow]:
    """Return what the solver found, with the plan's own grids for the solver's numbers."""
    rows = _over(base, label, ids)
    for finding in division.findings:
        if finding.code in _COUNTED_HERE:
            continue
        values = {name: as_json(value) for name, value in finding.values.items()}
        if finding.code in _BY_GRID:
            first = int(np.argmax(division.assignment == int(finding.subject or 0)))
            grid_id = int(ids[label[first]])
            values |= {"grid": base.numbers.get(grid_id), "to": grid_id}
        rows.append({"code": finding.code, "severity": finding.severity, "values": values})
    return rows


def _over(base: Base, label: NDArray[np.int32], ids: NDArray[np.int64]) -> list[FindingRow]:
    """Return the grids over the limit: one building alone, or kept as they are."""
    loads = np.bincount(label, base.problem.households, len(ids)).astype(np.int64)
    rows: list[FindingRow] = []
    for at in np.flatnonzero(loads > base.limit).tolist():
        plots = np.flatnonzero(label == at)
        values: dict[str, Json] = {
            "grid": base.numbers.get(int(ids[at])),
            "to": int(ids[at]),
            "households": int(loads[at]),
            "limit": base.limit,
        }
        if len(plots) == 1:
            values["building"] = base.names.get(int(plots[0]), "—")
            rows.append({"code": "building_over_limit", "severity": "warning", "values": values})
        else:
            rows.append({"code": "grid_over_limit", "severity": "error", "values": values})
    return rows


def _number(base: Base, division: Division, grids: int) -> list[FindingRow]:
    """Say why there are so many grids, or how many fewer there are than before."""
    rows: list[FindingRow] = []
    households = base.problem.households
    alone = households > base.limit
    rest = packing_bound(households[~alone], base.limit) if (~alone).any() else 0
    packed = int(alone.sum()) + rest
    reachable = min(max(division.reachable_bound, division.lower_bound, packed), grids)
    if reachable > division.lower_bound:
        bounds = {"bound": division.lower_bound, "reachable": reachable}
        rows.append({"code": "bound_not_reachable", "severity": "info", "values": bounds})
    fewer = any(finding.code == "fewer_grids_possible" for finding in division.findings)
    if grids > reachable and not fewer:
        more = {"grids": grids, "bound": reachable, "more": grids - reachable}
        rows.append({"code": "above_bound", "severity": "info", "values": more})
    had = len(np.unique(base.before[base.before >= 0]))
    if 0 < grids < had:
        values = {"grids": had, "possible": grids}
        rows.append({"code": "fewer_grids", "severity": "info", "values": values})
    return rows


def _doubts(base: Base) -> list[FindingRow]:
    """Say what is not known of the counts and the ground."""
    rows: list[FindingRow] = []
    doubts: tuple[tuple[str, Severity, int], ...] = (
        ("households_unknown", "warning", base.unknown),
        ("households_estimated", "info", base.estimated),
    )
    for code, severity, buildings in doubts:
        if buildings:
            rows.append({"code": code, "severity": severity, "values": {"buildings": buildings}})
    if len(base.problem.barrier) and not base.problem.barrier.any():
        rows.append({"code": "no_streets", "severity": "info", "values": {}})
    return rows
