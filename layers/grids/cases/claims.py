"""Old grid polygons that follow no plot: which buildings they settle, which they leave in doubt.

1. A polygon claims a building when it covers at least 0.5 % and 0.5 m² of the footprint; less is
   the noise of coordinates. It claims in its own community only: the one that its code names, else
   those that hold at least a fifth of it, in any case the one that holds most of it.
2. A building that one polygon claims, with at least half of its footprint, is settled.
3. Every other building is a case: ``overlap`` (several polygons claim the same ground of it),
   ``split`` (a border runs through it), ``partly`` (one polygon holds less than half, nobody the
   rest), ``none`` (no polygon claims it). No building is both, none is left out.
4. The proposal is the largest share of the footprint, then of the households, then the first
   polygon; without any claim the nearest polygon.
5. Land without buildings follows its larger share; land under no polygon joins the grid beside it
   along the longest border.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import shapely
from numpy.typing import NDArray

from layers.grids.plan.assignment import PlotGraph
from layers.grids.plan.overlay import join_neighbours

CaseKind = Literal["overlap", "split", "partly", "none"]

LEAST_SHARE = 0.005
LEAST_AREA_M2 = 0.5
SETTLED_SHARE = 0.5
HOME_SHARE = 0.2
NEAREST_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Claim:
    """What one polygon has of a building.

    ``share``: of the footprint, 0–1, ``area_m2`` the same in square metres. ``households``: those
    whose entrance lies inside, without known entrances by share; None where the building's are
    unknown. ``distance_m``: from the footprint to the polygon, 0 where they meet.
    """

    claimant: int
    share: float
    area_m2: float
    households: int | None
    distance_m: float


@dataclass(frozen=True, slots=True)
class Case:
    """A building in doubt. ``claims``: the larger first; ``proposal``: a claimant."""

    building: int
    kind: CaseKind
    claims: tuple[Claim, ...]
    proposal: int


@dataclass(frozen=True)
class Settlement:
    """``settled`` (n,): the claimant of every building, -1 where it is one of ``cases``."""

    settled: NDArray[np.int64]
    cases: tuple[Case, ...]


def may_claim(
    claimants: NDArray[np.object_],
    labels: Sequence[str],
    communities: NDArray[np.object_],
    codes: Sequence[str],
) -> NDArray[np.bool_]:
    """Return which claimant (rows) may claim in which community (columns), clause 1.

    Polygons in one metric CRS. A claimant without any True lies outside.
    """
    may = np.zeros((len(claimants), len(communities)), np.bool_)
    if not may.size:
        return may
    row, column = shapely.STRtree(communities).query(claimants, predicate="intersects")
    common = np.zeros(may.shape)
    common[row, column] = shapely.area(shapely.intersection(claimants[row], communities[column]))
    touched = np.flatnonzero(common.max(axis=1) > LEAST_AREA_M2)
    for at in touched:
        named = [k for k, code in enumerate(codes) if labels[int(at)].startswith(code)]
        if named and common[at, named[0]] > LEAST_AREA_M2:
            may[at, named[0]] = True
            continue
        may[at] = common[at] >= HOME_SHARE * shapely.area(claimants[at])
        may[at, int(common[at].argmax())] = True
    return may


def find_cases(
    footprints: NDArray[np.object_],
    households: Sequence[int | None],
    claimants: NDArray[np.object_],
    entrances: Mapping[int, NDArray[np.object_]] | None = None,
) -> Settlement:
    """Settle the buildings of one community (clauses 1 to 4).

    ``footprints`` (n,) and ``claimants`` (m,): polygons in one metric CRS; a claimant that may not
    claim here is None. ``entrances``: points by building, where they are known.
    """
    n = len(footprints)
    settled = np.full(n, -1, np.int64)
    open_to = np.flatnonzero([c is not None for c in claimants])
    if n == 0 or len(open_to) == 0:
        return Settlement(settled, ())
    solid = np.where(
        shapely.is_valid(footprints), footprints, shapely.make_valid(footprints, method="structure")
    )
    areas = shapely.area(solid)
    tree = shapely.STRtree(claimants[open_to])
    building, at = tree.query(solid, predicate="intersects")
    parts = shapely.intersection(solid[building], claimants[open_to[at]])
    covered = shapely.area(parts)
    # A footprint without area counts as a point: whatever covers it has all of it.
    share = np.where(areas[building] > 0, covered / np.maximum(areas[building], 1e-12), 1.0)
    least = np.minimum(LEAST_AREA_M2, areas[building] * SETTLED_SHARE)
    real = (share >= LEAST_SHARE) & (covered >= least)
    claims_of: dict[int, list[tuple[int, float, float, object]]] = {}
    for b, c, s, m2, part in zip(
        building[real], open_to[at[real]], share[real], covered[real], parts[real], strict=True
    ):
        claims_of.setdefault(int(b), []).append((int(c), min(float(s), 1.0), float(m2), part))
    cases = []
    for b in range(n):
        found = claims_of.get(b, [])
        if len(found) == 1 and found[0][1] >= SETTLED_SHARE:
            settled[b] = found[0][0]
            continue
        kind = _kind(found)
        count = households[b]
        held = _held(count, found, kind, None if entrances is None else entrances.get(b))
        claims = [Claim(c, s, m2, h, 0.0) for (c, s, m2, _), h in zip(found, held, strict=True)]
        claims.sort(key=lambda one: (-round(one.share, 9), -(one.households or 0), one.claimant))
        if len(claims) < 2:
            wanted = NEAREST_SHOWN if not claims else 2
            known = {one.claimant for one in claims}
            claims += _nearest(solid[b], claimants, open_to, known, wanted - len(claims))
        cases.append(Case(b, kind, tuple(claims), claims[0].claimant))
    return Settlement(settled, tuple(cases))


def _kind(found: Sequence[tuple[int, float, float, object]]) -> CaseKind:
    if not found:
        return "none"
    if len(found) == 1:
        return "partly"
    parts = np.array([part for *_, part in found], object)
    double = float(shapely.area(parts).sum() - shapely.area(shapely.union_all(parts)))
    return "overlap" if double > LEAST_AREA_M2 else "split"


def _held(
    count: int | None,
    found: Sequence[tuple[int, float, float, object]],
    kind: CaseKind,
    doors: NDArray[np.object_] | None,
) -> list[int | None]:
    """Return the households of each claim. Parts that do not overlap add up without rounding up."""
    if count is None:
        return [None] * len(found)
    shares = [s for _, s, _, _ in found]
    if doors is not None and len(doors):
        inside = [int(shapely.intersects(part, doors).sum()) for *_, part in found]
        if sum(inside):
            shares = [k / len(doors) for k in inside]
    if kind == "overlap":
        return [round(count * s) for s in shares]
    ends = np.floor(np.cumsum(shares) * count + 0.5).astype(int)
    return [int(v) for v in np.diff(ends, prepend=0)]


def _nearest(
    footprint: object,
    claimants: NDArray[np.object_],
    open_to: NDArray[np.int64],
    known: set[int],
    count: int,
) -> list[Claim]:
    others = np.array([c for c in open_to if int(c) not in known], np.int64)
    far = shapely.distance(footprint, claimants[others])
    order = np.lexsort((others, np.round(far, 3)))[:count]
    return [Claim(int(others[i]), 0.0, 0.0, 0, round(float(far[i]), 1)) for i in order]


@dataclass(frozen=True)
class Attribution:
    """A community's plots by claimant, and what the polygons said otherwise.

    ``group`` (n,): claimant of every plot. ``cut``: land plots that several polygons share, with
    ``moved_m2`` each (land that a polygon held and does not get); ``buildings_m2``: the same of
    plots with buildings. ``orphans``: plots that no polygon covered. ``shared``: plots whose
    buildings were given to several grids; the plot went with most of the households.
    """

    group: NDArray[np.int64]
    cut: NDArray[np.int64]
    moved_m2: NDArray[np.float64]
    buildings_m2: float
    orphans: NDArray[np.int64]
    shared: NDArray[np.int64]


def assign_plots(
    graph: PlotGraph,
    shapes: NDArray[np.object_],
    claimants: NDArray[np.object_],
    plot: NDArray[np.int64],
    given: NDArray[np.int64],
    households: NDArray[np.int64],
) -> Attribution:
    """Give every plot of a community to a claimant.

    ``plot``, ``given``, ``households``: per building its plot, the claimant that it was given to,
    and what it holds. ``shapes`` and ``claimants`` in one metric CRS, a claimant that may not claim
    here None.
    """
    n, m = len(shapes), len(claimants)
    weight = np.zeros((n, m))
    # Every building counts a little, so that those without households have a say as well.
    np.add.at(weight, (plot, given), households + 1e-6)
    held = weight.sum(axis=1) > 0
    group = np.where(held, weight.argmax(axis=1), -1).astype(np.int64)
    shared = np.flatnonzero((weight > 0).sum(axis=1) > 1)
    open_to = np.flatnonzero([c is not None for c in claimants])
    at, near = shapely.STRtree(claimants[open_to]).query(shapes, predicate="intersects")
    claimant = open_to[near]
    common = shapely.area(shapely.intersection(shapes[at], claimants[claimant]))
    area = shapely.area(shapes)
    real = common > area[at] * 1e-6
    at, claimant, common = at[real], claimant[real], common[real]
    order = np.lexsort((claimant, -common, at))
    first, where = np.unique(at[order], return_index=True)
    best = np.full(n, -1, np.int64)
    best[first] = claimant[order][where]
    group = np.where(held, group, best)
    orphans = np.flatnonzero(best < 0)
    group = join_neighbours(graph, group)
    lost = np.bincount(at, np.where(claimant == group[at], 0.0, common), n)
    real_loss = lost > np.maximum(LEAST_AREA_M2, area * 0.001)
    cut = np.flatnonzero(real_loss & ~held)
    return Attribution(
        group,
        cut,
        lost[cut].astype(np.float64),
        float(lost[real_loss & held].sum()),
        orphans,
        shared,
    )
