"""Borders of communities from a file that leave gaps and overlaps: what is in doubt, what results.

All shapes are in stored coordinates (EPSG:4490, degrees), so that a border that does not move keeps
its vertices to the last digit; ``metric`` turns an array of them into metres for measures.

1. Borders of the file within 0.3 m of vertices that stand are those vertices: files are rounded.
2. Every border is noded with every other and with the county's outline; each face has its claims.
   A face that one community claims is settled. Faces of the same several claims, or of none, that
   hang together are an area in doubt.
3. A building is in doubt when no community holds more than half of it without dispute. Otherwise it
   belongs to that community, which is also its larger share where a border runs through it.
4. An area in doubt that is narrower than 2 m everywhere and holds no building in doubt is settled
   silently, as proposed.
5. The proposal: the claim that the file brings over one that stands, then the larger share, then
   the longer common border.
6. A building that is ruled otherwise than its area takes its plot's land along.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from shapely.geometry.base import BaseGeometry

from layers.kit.errors import InputError

Shapes = NDArray[np.object_]
Metric = Callable[[Shapes], Shapes]
AreaKind = Literal["area_overlap", "area_gap"]

SNAP_DEG = 0.3 / 111_320.0
NARROW_M = 2.0
CRUMB_M2 = 50.0
SURE_SHARE = 0.5


@dataclass(frozen=True)
class Faces:
    """A county cut along every border. ``shape`` (n,) degrees; ``area_m2``; ``claims``: sets of
    positions of claimants; ``a``, ``b``, ``shared_m``: faces with a common border."""

    shape: Shapes
    area_m2: NDArray[np.float64]
    claims: tuple[frozenset[int], ...]
    a: NDArray[np.int64]
    b: NDArray[np.int64]
    shared_m: NDArray[np.float64]


@dataclass(frozen=True)
class Area:
    """Land in doubt. ``claims``: (claimant, metres of common border), as proposed first."""

    kind: AreaKind
    faces: tuple[int, ...]
    shape: BaseGeometry
    area_m2: float
    claims: tuple[tuple[int, float], ...]
    is_narrow: bool


@dataclass(frozen=True)
class BuildingShares:
    """What a building has. ``sure``: undisputed share by claimant; ``claimed``: all of it."""

    sure: Mapping[int, float]
    claimed: Mapping[int, float]

    @property
    def settled(self) -> int | None:
        """The claimant that it belongs to without a ruling (clause 3)."""
        best = max(self.sure, key=lambda k: (self.sure[k], -k), default=None)
        return best if best is not None and self.sure[best] > SURE_SHARE else None


def snapped(shapes: Shapes, standing: Shapes) -> Shapes:
    """Return a file's polygons with vertices that stand, where they are near (clause 1)."""
    vertices = shapely.multipoints(np.unique(shapely.get_coordinates(standing), axis=0))
    near = shapely.snap(shapes, vertices, SNAP_DEG)
    valid = shapely.make_valid(near, method="structure")
    return np.asarray(valid, object)


def cut_faces(claimants: Shapes, outline: BaseGeometry, metric: Metric) -> Faces:
    """Cut the county along every border (clause 2). Raises InputError when nothing is left."""
    shapes = _faces([*shapely.boundary(claimants), shapely.boundary(outline)])
    inside = shapely.point_on_surface(shapes)
    shapely.prepare(outline)
    shapes = shapes[shapely.intersects(outline, inside)]
    if not len(shapes):
        raise InputError("the borders of the file do not meet this county")
    face, claimant = shapely.STRtree(claimants).query(
        shapely.point_on_surface(shapes), predicate="within"
    )
    claims: list[set[int]] = [set() for _ in shapes]
    for f, k in zip(face.tolist(), claimant.tolist(), strict=True):
        claims[f].add(k)
    measured = metric(shapes)
    a, b = shapely.STRtree(shapes).query(shapes, predicate="touches")
    a, b = a[a < b], b[a < b]
    shared = shapely.length(shapely.intersection(shapes[a], shapes[b])) > 0
    a, b = a[shared], b[shared]
    common = metric(shapely.intersection(shapes[a], shapes[b])) if len(a) else np.empty(0, object)
    return Faces(
        shapes,
        shapely.area(measured).astype(np.float64),
        tuple(frozenset(c) for c in claims),
        a.astype(np.int64),
        b.astype(np.int64),
        shapely.length(common).astype(np.float64),
    )


def _faces(lines: Sequence[BaseGeometry]) -> Shapes:
    noded = shapely.union_all(np.array(lines, object))
    return np.asarray(shapely.get_parts(shapely.polygonize(shapely.get_parts(noded))), object)


def find_areas(faces: Faces, from_file: NDArray[np.bool_], metric: Metric) -> list[Area]:
    """Return the land in doubt (clauses 2, 4 and 5), the largest first. Raises InputError."""
    n = len(faces.shape)
    alike = np.array([
        faces.claims[i] == faces.claims[j] and len(faces.claims[i]) != 1
        for i, j in zip(faces.a.tolist(), faces.b.tolist(), strict=True)
    ], bool)  # fmt: skip
    ones = np.ones(int(alike.sum()), np.int8)
    joined = coo_matrix((ones, (faces.a[alike], faces.b[alike])), (n, n))
    _, part = connected_components(joined, directed=False)
    areas = []
    in_doubt = np.array([len(c) != 1 for c in faces.claims], bool)
    for group in np.unique(part[in_doubt]).tolist():
        own = np.flatnonzero((part == group) & in_doubt)
        claims = faces.claims[int(own[0])]
        beside = _beside(faces, own)
        wanted = set(claims) or set(beside) or _around(faces, own)
        order = sorted(
            wanted,
            key=lambda k: (not (bool(claims) and from_file[k]), -beside.get(k, 0.0), k),
        )
        shape = shapely.union_all(faces.shape[own])
        (flat,) = metric(np.array([shape], object))
        areas.append(
            Area(
                "area_overlap" if claims else "area_gap",
                tuple(own.tolist()),
                shape,
                float(faces.area_m2[own].sum()),
                tuple((k, beside.get(k, 0.0)) for k in order),
                bool(shapely.is_empty(shapely.buffer(flat, -NARROW_M / 2, join_style="mitre"))),
            )
        )
    return sorted(areas, key=lambda one: -one.area_m2)


def _around(faces: Faces, own: NDArray[np.int64]) -> set[int]:
    """Return who claims the nearest land, for land that touches nobody's settled land."""
    claimed = np.array([f for f, c in enumerate(faces.claims) if c], np.int64)
    if not len(claimed):
        raise InputError("the borders of the file do not meet this county")
    here = shapely.union_all(faces.shape[own])
    nearest = claimed[int(shapely.distance(faces.shape[claimed], here).argmin())]
    return set(faces.claims[int(nearest)])


def _beside(faces: Faces, own: NDArray[np.int64]) -> dict[int, float]:
    """Return the metres of border of some faces with the settled land of each claimant."""
    inside = np.zeros(len(faces.shape), bool)
    inside[own] = True
    metres: dict[int, float] = {}
    for i, j, m in zip(faces.a.tolist(), faces.b.tolist(), faces.shared_m.tolist(), strict=True):
        if inside[i] == inside[j]:
            continue
        other = faces.claims[j if inside[i] else i]
        if len(other) == 1:
            (k,) = other
            metres[k] = metres.get(k, 0.0) + m
    return metres


def building_shares(faces: Faces, footprints: Shapes) -> list[BuildingShares]:
    """Return what every footprint (degrees) has of whom, disputed or not; shares of its area."""
    tree = shapely.STRtree(faces.shape)
    building, face = tree.query(footprints, predicate="intersects")
    whole = np.maximum(shapely.area(footprints), 1e-300)
    part = shapely.area(shapely.intersection(footprints[building], faces.shape[face]))
    share = part / whole[building]
    sure: list[dict[int, float]] = [{} for _ in footprints]
    claimed: list[dict[int, float]] = [{} for _ in footprints]
    for b, f, s in zip(building.tolist(), face.tolist(), share.tolist(), strict=True):
        if s <= 0:
            continue
        claims = faces.claims[f]
        for k in claims:
            claimed[b][k] = claimed[b].get(k, 0.0) + s
        if len(claims) == 1:
            (k,) = claims
            sure[b][k] = sure[b].get(k, 0.0) + s
    return [BuildingShares(s, c) for s, c in zip(sure, claimed, strict=True)]


@dataclass(frozen=True)
class BorderOutcome:
    """The communities afterwards: ``shapes`` (m,) degrees, None for a claimant without land.

    ``pieces`` (m,): of how many parts each consists. ``crumbs``: small parts that joined what
    surrounds them.
    """

    shapes: Shapes
    pieces: NDArray[np.int64]
    crumbs: int


def redraw(
    faces: Faces,
    areas: Sequence[Area],
    given: Sequence[int],
    plots: Sequence[tuple[BaseGeometry, int]],
    count: int,
    metric: Metric,
) -> BorderOutcome:
    """Return the communities after every area went to ``given`` (clause 6).

    ``plots``: land (degrees) of buildings that were ruled otherwise, and to whom; only what lies in
    an area in doubt moves. The result tiles the county with shared vertices.
    """
    owner = np.array([next(iter(c)) if len(c) == 1 else -1 for c in faces.claims], np.int64)
    for area, to in zip(areas, given, strict=True):
        owner[list(area.faces)] = to
    doubt = shapely.union_all(
        np.array([area.shape for area in areas] or [shapely.Polygon()], object)
    )
    shapes = faces.shape
    taken = [(shapely.intersection(plot, doubt), to) for plot, to in plots]
    taken = [(shape, to) for shape, to in taken if shape.area > 0]
    if taken:
        cut = _faces([*shapely.boundary(shapes), *(shapely.boundary(s) for s, _ in taken)])
        inside = shapely.point_on_surface(cut)
        at, face = shapely.STRtree(shapes).query(inside, predicate="within")
        fresh = np.full(len(cut), -1, np.int64)
        fresh[at] = owner[face]
        kept = fresh >= 0
        cut, fresh, inside = cut[kept], fresh[kept], inside[kept]
        for shape, to in taken:
            shapely.prepare(shape)
            fresh[shapely.intersects(shape, inside)] = to
        shapes, owner = cut, fresh
    owner, crumbs = _without_crumbs(shapes, owner, metric)
    result = np.full(count, None, object)
    pieces = np.zeros(count, np.int64)
    for k in range(count):
        own = shapes[owner == k]
        if len(own):
            result[k] = shapely.coverage_union_all(own)
            pieces[k] = shapely.get_num_geometries(result[k])
    return BorderOutcome(result, pieces, crumbs)


def _without_crumbs(
    shapes: Shapes, owner: NDArray[np.int64], metric: Metric
) -> tuple[NDArray[np.int64], int]:
    """Give small parts that lie apart from their community to what surrounds them."""
    a, b = shapely.STRtree(shapes).query(shapes, predicate="touches")
    a, b = a[a < b], b[a < b]
    common = shapely.length(shapely.intersection(shapes[a], shapes[b]))
    a, b, common = a[common > 0], b[common > 0], common[common > 0]
    area = shapely.area(metric(shapes))
    result, crumbs, n = owner.copy(), 0, len(shapes)
    for _ in range(8):  # a crumb may lie in a crumb
        inside = result[a] == result[b]
        ones = np.ones(int(inside.sum()), np.int8)
        joined = coo_matrix((ones, (a[inside], b[inside])), (n, n))
        total, part = connected_components(joined, directed=False)
        size = np.bincount(part, area, total)
        largest = {k: float(size[np.unique(part[result == k])].max()) for k in set(result.tolist())}
        moved = 0
        for group in np.flatnonzero(size < CRUMB_M2).tolist():
            own = part == group
            k = int(result[own][0])
            if size[group] >= largest[k]:
                continue
            edge = own[a] != own[b]
            others = result[np.where(own[a[edge]], b[edge], a[edge])]
            if len(others):
                metres = np.bincount(others, common[edge])
                result[own] = int(metres.argmax())
                moved += 1
        crumbs += moved
        if not moved:
            break
    return result, crumbs
