"""An independent judge of plans: geometry and counts only, no code shared with what makes plans.

1. ``limit``: no grid of two or more plots holds more households than the limit
   (``grid_over_limit``); a single plot that does is ``building_over_limit``, a warning. Where
   households are unknown (``households_unknown``) the check is "not known", never passed.
2. ``contiguous``: every grid is one piece, on its geometry (``grid_in_pieces``) and over neighbours
   that share at least 0.5 m (``grid_not_connected``) or miss each other by 0.5 m at most; pieces
   that a grid is allowed to have pass.
3. ``seamless``: grids are a valid coverage (``grids_overlap``, ``borders_do_not_match``) and their
   union is the community (``gap``, ``outside_community``): a valid coverage may still have holes.
   Without the community's border it is "not checked" against it; what grids leave between them is
   found all the same.
4. ``nothing_cut``: no building lies in two grids (``building_cut``), partly in none
   (``building_across_border``) nor wholly in none (``building_outside_plan``), unless it is waived.
5. ``conserved``: every plot is in exactly one grid (``plot_unassigned``, ``plot_unknown_grid``) and
   households of grids, plots and buildings add up to the same (``households_differ``). Without
   plots, buildings are counted where they lie.
6. ``complete``: grids have distinct codes, a shape and a plot (``code_repeated``, ``grid_empty``).
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, TypedDict, get_args

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from layers.grids.judge.geometry import (
    LEAST_BORDER_M,
    SLIP_M,
    cut_buildings,
    file_rows,
    plots_differ,
    roundness,
    seams,
    sound,
    touch,
)
from layers.kit.findings import Finding, Severity

JUDGE_VERSION = 2
Check = Literal["limit", "contiguous", "seamless", "nothing_cut", "conserved", "complete"]
CHECKS: tuple[Check, ...] = get_args(Check)
Outcome = Literal["passed", "failed", "not checked", "not known"]
_CUTS: Final = frozenset({"building_cut", "building_across_border"})


@dataclass(frozen=True)
class PlanParts:
    """The parts of one community's plan, all in one metric CRS.

    ``grids``: ``code``, ``households``, geometry. ``plots``: ``grid``, ``households`` (may be
    missing), geometry, or None where a plan has only grids. ``buildings``: ``households`` and
    ``waiver`` (may be missing), geometry, or None. ``community``: its polygon, or None where the
    plan does not carry it. Households are numbers, NaN where they are not known.
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
    checks: dict[Check, Outcome]
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

    @property
    def certain(self) -> bool:
        """Tell whether the plan passed and no check was left open by what is not known."""
        return self.passed and "not known" not in self.certificate["checks"].values()


def judge(
    parts: PlanParts,
    limit: int,
    allowed_pieces: Mapping[str, int] | None = None,
    crossing: Severity = "error",
    around: tuple[Sequence[str], NDArray[Any]] | None = None,
) -> Verdict:
    """Judge one community's plan; see the module's numbered checks.

    ``allowed_pieces``: grid code → how many pieces it may have (1 where not named). ``crossing``:
    how grave it is that a building reaches across the community's border, which no plan can mend.
    ``around``: codes and shapes of other communities' grids, which it may reach into.
    """
    found: dict[Check, list[Finding]] = {check: [] for check in CHECKS}
    codes = [str(code) for code in parts.grids["code"]]
    shapes = np.asarray(parts.grids.geometry.array, dtype=object)
    found["complete"] += _complete(codes, shapes, parts.plots)
    shapes = sound(shapes)  # what is invalid has been said; overlays would stop at it
    loads, unknown = _loads(parts, codes, found["conserved"])
    plots = _plots_per_grid(parts, codes)
    found["limit"] += _over_limit(codes, loads, plots, limit)
    pieces = allowed_pieces or {}
    found["contiguous"] += _in_pieces(codes, shapes, pieces)
    if parts.plots is not None:
        found["contiguous"] += _not_connected(parts.plots, codes, pieces)
        found["seamless"] += plots_differ(parts.plots, codes, shapes)
    found["seamless"] += seams(shapes, parts.community)
    if parts.buildings is not None:
        found["nothing_cut"] += cut_buildings(parts.buildings, codes, shapes, crossing, around)
    counted = [f is not None and "households" in f for f in (parts.plots, parts.buildings)]
    outcomes = {check: _outcome(found[check]) for check in CHECKS}
    open_: dict[Check, tuple[bool, Outcome]] = {
        "limit": (unknown, "not known"),
        "seamless": (parts.community is None, "not checked"),
        "nothing_cut": (parts.buildings is None, "not checked"),
        "conserved": (not any(counted), "not checked"),
    }
    for check, (is_open, outcome) in open_.items():
        beside = {"gap"} if check == "seamless" else set()  # found, though the border is not known
        if is_open and not any(
            f.severity == "error" and f.code not in beside for f in found[check]
        ):
            outcomes[check] = outcome
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
        "checks": outcomes,
        "polsby_popper_mean": roundness(shapes),
        "digest": _digest(codes, shapes, loads),
    }
    return Verdict(findings, certificate)


def _outcome(found: list[Finding]) -> Outcome:
    """A building across the border that nobody waived is cut, however grave a caller finds that."""
    cut = any(f.code in _CUTS and "waiver" not in f.values for f in found)
    return "failed" if cut or any(f.severity == "error" for f in found) else "passed"


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


def _loads(parts: PlanParts, codes: list[str], findings: list[Finding]) -> tuple[list[int], bool]:
    """Recount every grid; report what the grids say otherwise (check 5), and what is not known.

    Returns the households of every grid, as far as they are known, and whether any are not.
    """
    stated = pd.to_numeric(parts.grids["households"], errors="coerce").to_numpy(np.float64)
    counted = missing = None
    if parts.plots is not None:
        counted, missing = _by_plots(parts.plots, codes, findings)
    if parts.buildings is not None and "households" in parts.buildings:
        lived, silent = _by_buildings(parts.buildings, parts.grids, len(codes))
        if counted is None or missing is None:
            counted, missing = lived, silent
        else:
            missing = np.maximum(missing, silent)
            both = (parts.plots, parts.buildings)
            total, living = (int(f["households"].fillna(0).sum()) for f in both if f is not None)
            if living != total:
                values = {"stated": total, "counted": living}
                findings.append(Finding("households_differ", subject=parts.name, values=values))
    open_ = False
    loads: list[int] = []
    for at, code in enumerate(codes):
        said = None if np.isnan(stated[at]) else int(stated[at])
        if counted is None or missing is None:
            loads.append(said or 0)
            if said is None:
                findings.append(Finding("households_unknown", "warning", subject=code))
                open_ = True
            continue
        found, gaps = int(counted[at]), int(missing[at])
        loads.append(found if parts.plots is not None or said is None else max(said, found))
        if gaps:
            values = {"unknown": gaps, "households": loads[-1]}
            findings.append(Finding("households_unknown", "warning", subject=code, values=values))
            open_ = True
        elif said is None:
            values = {"counted": found}
            findings.append(Finding("households_unknown", "warning", subject=code, values=values))
        if said is not None and (said < found or (said != found and not gaps)):
            values = {"stated": said, "counted": found}
            findings.append(Finding("households_differ", subject=code, values=values))
    return loads, open_


def _by_plots(
    plots: gpd.GeoDataFrame, codes: list[str], findings: list[Finding]
) -> tuple[NDArray[np.float64] | None, NDArray[np.int64] | None]:
    """Return households and how many plots are silent about them, by grid; None without counts."""
    place = {code: at for at, code in enumerate(codes)}
    grid = np.full(len(plots), -1)
    for k, (row, code) in enumerate(zip(file_rows(plots), plots["grid"], strict=True)):
        if code is None or (isinstance(code, float) and math.isnan(code)):
            findings.append(Finding("plot_unassigned", row=int(row)))
        elif str(code) not in place:
            findings.append(Finding("plot_unknown_grid", row=int(row), subject=str(code)))
        else:
            grid[k] = place[str(code)]
    if "households" not in plots:
        return None, None
    return _summed(plots["households"], grid, len(codes))


def _by_buildings(
    buildings: gpd.GeoDataFrame, grids: gpd.GeoDataFrame, count: int
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the same of the buildings that stand in each grid."""
    inner = shapely.point_on_surface(sound(np.asarray(buildings.geometry.array, dtype=object)))
    shapes = sound(np.asarray(grids.geometry.array, dtype=object))
    row, at = shapely.STRtree(shapes).query(inner, predicate="intersects")
    row, first = np.unique(row, return_index=True)
    grid = np.full(len(buildings), -1)
    grid[row] = at[first]
    return _summed(buildings["households"], grid, count)


def _summed(
    column: pd.Series, grid: NDArray[Any], count: int
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    load = pd.to_numeric(column, errors="coerce").to_numpy(np.float64)
    mine = grid >= 0
    known = mine & ~np.isnan(load)
    silent = mine & np.isnan(load)
    counted = np.bincount(grid[known], load[known], count).astype(np.float64)
    return counted, np.bincount(grid[silent], minlength=count).astype(np.int64)


def _plots_per_grid(parts: PlanParts, codes: list[str]) -> list[int]:
    if parts.plots is not None:
        count = pd.Series([str(code) for code in parts.plots["grid"]]).value_counts()
        return [int(count.get(code, 0)) for code in codes]
    if "buildings" in parts.grids:
        said = pd.to_numeric(parts.grids["buildings"], errors="coerce")
        return [int(number) for number in said.fillna(2)]
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
    for at, (code, shape) in enumerate(zip(codes, shapes, strict=True)):
        if shape is None or shape.is_empty:
            continue
        parts = np.array([p for p in shapely.get_parts(shape) if p.area > 0], dtype=object)
        count = len(parts)
        if count > max(1, allowed.get(code, 1)):
            near = shapely.STRtree(shapes).query(shape, predicate="dwithin", distance=SLIP_M)
            others = shapely.union_all(shapes[near[near != at]])
            one, two = shapely.STRtree(parts).query(parts, predicate="dwithin", distance=SLIP_M)
            pairs = [(i, j) for i, j in zip(one.tolist(), two.tolist(), strict=True) if i < j]
            count = len(
                _groups(count, [p for p in pairs if touch(parts[p[0]], parts[p[1]], others)])
            )
        if count > allowed.get(code, 1):
            findings.append(
                Finding(
                    "grid_in_pieces",
                    subject=code,
                    geometry=min(parts, key=lambda piece: piece.area),
                    values={"pieces": count, "allowed": allowed.get(code, 1)},
                )
            )
    return findings


def _not_connected(
    plots: gpd.GeoDataFrame, codes: Collection[str], allowed: Mapping[str, int]
) -> list[Finding]:
    """Walk from plot to plot inside each grid over borders of at least 0.5 m (check 2)."""
    shapes = sound(np.asarray(plots.geometry.array, dtype=object))
    grid = [str(code) for code in plots["grid"]]
    tree = shapely.STRtree(shapes)
    one, two = tree.query(shapes, predicate="dwithin", distance=SLIP_M)
    near = [(int(i), int(j)) for i, j in zip(one, two, strict=True) if i < j and grid[i] == grid[j]]
    joined = []
    if near:
        left, right = (np.array(side) for side in zip(*near, strict=True))
        common = shapely.length(
            shapely.intersection(shapely.boundary(shapes[left]), shapely.boundary(shapes[right]))
        )
        for (i, j), metres in zip(near, common, strict=True):
            if metres >= LEAST_BORDER_M:
                joined.append((i, j))
            elif shapely.distance(shapes[i], shapes[j]) > 0 or metres > 0:
                around = tree.query(shapes[i], predicate="dwithin", distance=SLIP_M)
                others = shapely.union_all(shapes[around[(around != i) & (around != j)]])
                if touch(shapes[i], shapes[j], others):
                    joined.append((i, j))
    counts: dict[str, int] = {}
    for group in _groups(len(grid), joined):
        code = grid[group[0]]
        counts[code] = counts.get(code, 0) + 1
    return [
        Finding(
            "grid_not_connected",
            subject=code,
            values={"pieces": counts[code], "allowed": allowed.get(code, 1)},
        )
        for code in codes
        if counts.get(code, 0) > allowed.get(code, 1)
    ]


def _groups(count: int, joined: Collection[tuple[int, int]]) -> list[list[int]]:
    """Return what hangs together of ``count`` things, by pairs that are joined."""
    around: list[list[int]] = [[] for _ in range(count)]
    for i, j in joined:
        around[i].append(j)
        around[j].append(i)
    left_over = set(range(count))
    groups = []
    while left_over:
        group = [left_over.pop()]
        for member in group:
            fresh = [near for near in around[member] if near in left_over]
            left_over.difference_update(fresh)
            group += fresh
        groups.append(group)
    return groups


def _digest(codes: list[str], shapes: NDArray[Any], loads: list[int]) -> str:
    """Return a fingerprint of codes, loads and borders to the millimetre, in any row order."""
    digest = hashlib.sha256()
    rows = zip(codes, shapes, loads, strict=True)
    for code, shape, load in sorted(rows, key=lambda row: row[0]):
        digest.update(f"{code} {load} ".encode())
        if shape is not None:
            digest.update(shapely.to_wkb(shapely.normalize(shapely.set_precision(shape, 0.001))))
    return digest.hexdigest()
