"""An independent judge of plans: geometry and counts only, no code shared with what makes plans.

1. ``limit``: no grid of two or more plots holds more households than the limit
   (``grid_over_limit``); a single plot that does is ``building_over_limit``, a warning.
2. ``contiguous``: every grid is one piece, on its geometry (``grid_in_pieces``) and over neighbours
   that share at least 0.5 m (``grid_not_connected``); pieces that a grid is allowed to have pass.
3. ``seamless``: grids are a valid coverage (``grids_overlap_or_miss``) and their union is the
   community (``gap``, ``outside_community``): a valid coverage may still have holes.
4. ``nothing_cut``: no building lies in two grids (``building_cut``), inside the community, nor in
   none (``building_outside_plan``).
5. ``conserved``: every plot is in exactly one grid (``plot_unassigned``, ``plot_unknown_grid``) and
   households of grids, plots and buildings add up to the same (``households_differ``). Without
   plots, buildings are counted where they lie.
6. ``complete``: grids have distinct codes, a shape and a plot (``code_repeated``, ``grid_empty``).
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypedDict, get_args

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from layers.grids.judge.geometry import cut_buildings, plots_differ, seams, sound
from layers.kit.findings import Finding

JUDGE_VERSION = 1
LEAST_BORDER_M = 0.5
Check = Literal["limit", "contiguous", "seamless", "nothing_cut", "conserved", "complete"]
CHECKS: tuple[Check, ...] = get_args(Check)


@dataclass(frozen=True)
class PlanParts:
    """The parts of one community's plan, all in one metric CRS.

    ``grids``: ``code``, ``households``, geometry. ``plots``: ``grid``, ``households``, geometry, or
    None where a plan has only grids. ``buildings``: ``households`` (may be missing), geometry, or
    None. ``community``: its polygon, or None where the plan does not carry it.
    """

    name: str
    grids: gpd.GeoDataFrame
    plots: gpd.GeoDataFrame | None
    buildings: gpd.GeoDataFrame | None
    community: BaseGeometry | None


class Certificate(TypedDict):
    """What a plan carries of the judge's verdict on one community.

    ``over_cap``: grids over the limit; ``oversize_buildings``: buildings that are alone over it.
    ``digest``: of the grids that were judged.
    """

    judge_version: int
    community: str
    limit: int
    grids: int
    plots: int
    households: int
    max_households: int
    over_cap: int
    oversize_buildings: int
    checks: dict[Check, Literal["passed", "failed", "not checked"]]
    polsby_popper_mean: float
    digest: str


@dataclass(frozen=True)
class Verdict:
    """What the judge found and the certificate that the plan carries."""

    findings: tuple[Finding, ...]
    certificate: Certificate

    @property
    def passed(self) -> bool:
        """Tell whether no finding is an error."""
        return all(finding.severity != "error" for finding in self.findings)


def judge(parts: PlanParts, limit: int, allowed_pieces: Mapping[str, int] | None = None) -> Verdict:
    """Judge one community's plan; see the module's numbered checks.

    ``allowed_pieces``: grid code → how many pieces it may have (1 where not named).
    """
    found: dict[Check, list[Finding]] = {check: [] for check in CHECKS}
    codes = [str(code) for code in parts.grids["code"]]
    shapes = np.asarray(parts.grids.geometry.array, dtype=object)
    found["complete"] += _complete(codes, shapes, parts.plots)
    shapes = sound(shapes)  # what is invalid has been said; overlays would stop at it
    loads = _loads(parts, codes, found["conserved"])
    plots = _plots_per_grid(parts, codes)
    found["limit"] += _over_limit(codes, loads, plots, limit)
    pieces = allowed_pieces or {}
    found["contiguous"] += _in_pieces(codes, shapes, pieces)
    if parts.plots is not None:
        found["contiguous"] += _not_connected(parts.plots, codes, pieces)
        found["seamless"] += plots_differ(parts.plots, codes, shapes)
    found["seamless"] += seams(shapes, parts.community)
    if parts.buildings is not None:
        found["nothing_cut"] += cut_buildings(parts.buildings, codes, shapes)
    skipped = [
        check
        for check, absent in (
            ("nothing_cut", parts.buildings is None),
            ("conserved", parts.plots is None and parts.buildings is None),
        )
        if absent
    ]
    findings = tuple(finding for check in CHECKS for finding in found[check])
    certificate: Certificate = {
        "judge_version": JUDGE_VERSION,
        "community": parts.name,
        "limit": int(limit),
        "grids": len(codes),
        "plots": 0 if parts.plots is None else len(parts.plots),
        "households": int(sum(loads)),
        "max_households": int(max(loads, default=0)),
        "over_cap": sum(f.code == "grid_over_limit" for f in findings),
        "oversize_buildings": sum(f.code == "building_over_limit" for f in findings),
        "checks": {
            check: "not checked"
            if check in skipped
            else "failed"
            if any(f.severity == "error" for f in found[check])
            else "passed"
            for check in CHECKS
        },
        "polsby_popper_mean": _roundness(shapes),
        "digest": _digest(codes, shapes, loads),
    }
    return Verdict(findings, certificate)


def _complete(
    codes: list[str], shapes: NDArray[Any], plots: gpd.GeoDataFrame | None
) -> list[Finding]:
    findings = []
    seen: set[str] = set()
    used = None if plots is None else {str(code) for code in plots["grid"]}
    for row, (code, shape) in enumerate(zip(codes, shapes, strict=True), start=1):
        if code in seen:
            findings.append(Finding("code_repeated", row=row, subject=code))
        seen.add(code)
        if shape is None or shape.is_empty or (used is not None and code not in used):
            findings.append(Finding("grid_empty", row=row, subject=code))
        elif not shapely.is_valid(shape):
            reason = shapely.is_valid_reason(shape)
            findings.append(
                Finding("geometry_invalid", row=row, subject=code, values={"reason": reason})
            )
    return findings


def _loads(parts: PlanParts, codes: list[str], findings: list[Finding]) -> list[int]:
    """Recount every grid from its plots; report what the grids say otherwise (check 5)."""
    stated = parts.grids["households"].fillna(0).astype(int).tolist()
    if parts.plots is None:
        if parts.buildings is not None and "households" in parts.buildings:
            findings += _recount(parts.buildings, parts.grids, codes, stated)
        return [int(load) for load in stated]
    known = set(codes)
    counted = dict.fromkeys(codes, 0)
    for row, (grid, load) in enumerate(
        zip(parts.plots["grid"], parts.plots["households"].fillna(0), strict=True), start=1
    ):
        if grid is None or (isinstance(grid, float) and math.isnan(grid)):
            findings.append(Finding("plot_unassigned", row=row))
        elif str(grid) not in known:
            findings.append(Finding("plot_unknown_grid", row=row, subject=str(grid)))
        else:
            counted[str(grid)] += int(load)
    for code, said in zip(codes, stated, strict=True):
        if counted[code] != said:
            values = {"stated": int(said), "counted": counted[code]}
            findings.append(Finding("households_differ", subject=code, values=values))
    total = int(parts.plots["households"].fillna(0).sum())
    if parts.buildings is not None and "households" in parts.buildings:
        lived = int(parts.buildings["households"].fillna(0).sum())
        if lived != total:
            values = {"stated": total, "counted": lived}
            findings.append(Finding("households_differ", subject=parts.name, values=values))
    return [counted[code] for code in codes]


def _recount(
    buildings: gpd.GeoDataFrame, grids: gpd.GeoDataFrame, codes: list[str], stated: list[int]
) -> list[Finding]:
    """Compare what grids say with the households of the buildings that stand in them."""
    inner = shapely.point_on_surface(sound(np.asarray(buildings.geometry.array, dtype=object)))
    shapes = sound(np.asarray(grids.geometry.array, dtype=object))
    row, grid = shapely.STRtree(shapes).query(inner, predicate="intersects")
    row, first = np.unique(row, return_index=True)
    loads = buildings["households"].fillna(0).to_numpy(np.float64)[row]
    counted = np.bincount(grid[first], loads, len(codes)).astype(int)
    return [
        Finding(
            "households_differ", subject=code, values={"stated": int(said), "counted": int(found)}
        )
        for code, said, found in zip(codes, stated, counted, strict=True)
        if said != found
    ]


def _plots_per_grid(parts: PlanParts, codes: list[str]) -> list[int]:
    if parts.plots is not None:
        count = pd.Series([str(code) for code in parts.plots["grid"]]).value_counts()
        return [int(count.get(code, 0)) for code in codes]
    if "buildings" in parts.grids:
        return [int(count) for count in parts.grids["buildings"].fillna(2)]
    return [2] * len(codes)  # nothing says that a grid is a single plot


def _over_limit(codes: list[str], loads: list[int], plots: list[int], limit: int) -> list[Finding]:
    findings = []
    for code, load, count in zip(codes, loads, plots, strict=True):
        if load > limit:
            several = count > 1
            findings.append(
                Finding(
                    "grid_over_limit" if several else "building_over_limit",
                    "error" if several else "warning",
                    subject=code,
                    values={"households": load, "limit": limit, "over": load - limit},
                )
            )
    return findings


def _in_pieces(codes: list[str], shapes: NDArray[Any], allowed: Mapping[str, int]) -> list[Finding]:
    findings = []
    for code, shape in zip(codes, shapes, strict=True):
        if shape is None or shape.is_empty:
            continue
        pieces = [piece for piece in shapely.get_parts(shape) if piece.area > 0]
        if len(pieces) > allowed.get(code, 1):
            findings.append(
                Finding(
                    "grid_in_pieces",
                    subject=code,
                    geometry=min(pieces, key=lambda piece: piece.area),
                    values={"pieces": len(pieces), "allowed": allowed.get(code, 1)},
                )
            )
    return findings


def _not_connected(
    plots: gpd.GeoDataFrame, codes: Collection[str], allowed: Mapping[str, int]
) -> list[Finding]:
    """Walk from plot to plot inside each grid over borders of at least 0.5 m (check 2)."""
    shapes = sound(np.asarray(plots.geometry.array, dtype=object))
    grid = [str(code) for code in plots["grid"]]
    around: list[list[int]] = [[] for _ in grid]
    tree = shapely.STRtree(shapes)
    one, two = tree.query(shapes, predicate="intersects")
    near = [(i, j) for i, j in zip(one, two, strict=True) if i < j and grid[i] == grid[j]]
    if near:
        left, right = (np.array(side) for side in zip(*near, strict=True))
        common = shapely.length(
            shapely.intersection(shapely.boundary(shapes[left]), shapely.boundary(shapes[right]))
        )
        for i, j, metres in zip(left, right, common, strict=True):
            if metres >= LEAST_BORDER_M:
                around[i].append(int(j))
                around[j].append(int(i))
    members: dict[str, list[int]] = {}
    for position, code in enumerate(grid):
        members.setdefault(code, []).append(position)
    findings = []
    for code in codes:
        left_over = set(members.get(code, ()))
        pieces = 0
        while left_over:
            pieces += 1
            queue = [left_over.pop()]
            while queue:
                for neighbour in around[queue.pop()]:
                    if neighbour in left_over:
                        left_over.remove(neighbour)
                        queue.append(neighbour)
        if pieces > allowed.get(code, 1):
            values = {"pieces": pieces, "allowed": allowed.get(code, 1)}
            findings.append(Finding("grid_not_connected", subject=code, values=values))
    return findings


def _roundness(shapes: NDArray[Any]) -> float:
    """Return the mean of 4π·area/perimeter² over grids."""
    values = [
        4 * math.pi * shape.area / shape.length**2
        for shape in shapes
        if shape is not None and shape.length > 0
    ]
    return round(float(np.mean(values)), 4) if values else 0.0


def _digest(codes: list[str], shapes: NDArray[Any], loads: list[int]) -> str:
    """Return a fingerprint of codes, loads and borders to the millimetre, in any row order."""
    digest = hashlib.sha256()
    rows = zip(codes, shapes, loads, strict=True)
    for code, shape, load in sorted(rows, key=lambda row: row[0]):
        digest.update(f"{code} {load} ".encode())
        if shape is not None:
            digest.update(shapely.to_wkb(shapely.normalize(shapely.set_precision(shape, 0.001))))
    return digest.hexdigest()
