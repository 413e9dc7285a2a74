"""Borders of communities as cases: what is in doubt, and what the rulings would change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Connection

from data.cases import read as read_cases
from data.cases import write
from data.cases.rows import BorderReport, CaseItem, CaseSet, ClaimValue, CommunityMove, SetReport
from data.divisions import read_changes as read_territories
from data.plans import read
from data.plans.rows import PlannedCommunity
from layers.grids.cases.borders import (
    Area,
    BorderOutcome,
    BuildingShares,
    Faces,
    building_shares,
    cut_faces,
    find_areas,
    redraw,
    snapped,
)
from layers.kit.crs import to_measuring
from layers.kit.errors import ConflictError

CHANGED_M2 = 0.5
"""A community whose outline differs by less from the one that stands has not moved."""
ROUNDING_DEG2 = 1e-14


@dataclass(frozen=True)
class BorderDispute:
    """A set's borders worked out. ``ids``, ``codes`` (m,): community of every claimant."""

    claimants: gpd.GeoDataFrame
    ids: tuple[int, ...]
    codes: tuple[str, ...]
    standing: Mapping[int, BaseGeometry]
    faces: Faces
    areas: tuple[Area, ...]
    buildings: gpd.GeoDataFrame
    shares: tuple[BuildingShares, ...]
    srid: int

    def metric(self, shapes: NDArray[np.object_]) -> NDArray[np.object_]:
        """Return stored shapes in metres."""
        return np.asarray(to_measuring(np.asarray(shapes, object), self.srid), object)


def disputed(c: Connection, head: CaseSet) -> BorderDispute:
    """Work a set of borders out. Raises InputError, ConflictError."""
    policy = read.policy(c, head.code)
    srid = policy.measuring_srid
    claimants = read_cases.claimants(c, head.id, 4490)
    rows = read_cases.outlines(c, head.code)
    standing: dict[int, BaseGeometry] = {r.id: shapely.from_wkb(r.geometry) for r in rows}
    by_code: dict[str, int] = {r.code: r.id for r in rows}
    codes = tuple(str(label) for label in claimants["label"])
    if set(codes) != set(by_code):
        raise ConflictError("the county's communities changed since: bring the file in again")
    stood = np.array(list(standing.values()), object)
    shapes = claimants.geometry.to_numpy().copy()
    from_file = ~claimants["is_stored"].to_numpy(bool)
    shapes[from_file] = snapped(shapes[from_file], stood)

    def metric(some: NDArray[np.object_]) -> NDArray[np.object_]:
        return np.asarray(to_measuring(np.asarray(some, object), srid), object)

    faces = cut_faces(shapes, shapely.coverage_union_all(stood), metric)
    areas = find_areas(faces, from_file, metric)
    buildings = read_cases.county_buildings(c, head.code, policy.household_measure)
    shares = building_shares(faces, buildings.geometry.to_numpy())
    return BorderDispute(
        claimants,
        tuple(by_code[code] for code in codes),
        codes,
        standing,
        faces,
        tuple(areas),
        buildings,
        tuple(shares),
        srid,
    )


def fill_borders(c: Connection, set_id: int) -> CaseSet:
    """Find the areas and buildings in doubt of a set of borders, once; return its head."""
    head = read_cases.case_set(c, set_id, hold=True)
    known = disputed(c, head)
    items = [*_building_items(known), *_area_items(known)]
    write.add_items(c, set_id, items, 4490)
    households = [int(h or 0) for h in known.buildings["households"]]
    in_doubt = [at for at, s in enumerate(known.shares) if s.settled is None]
    narrow = [a for a in known.areas if _is_silent(known, a)]
    report: SetReport = {
        "ground": read_cases.county_ground(c, head.code),
        "communities": [
            {
                "buildings": len(households),
                "households": sum(households),
                "settled_buildings": len(households) - len(in_doubt),
                "settled_households": sum(households) - sum(households[at] for at in in_doubt),
                "case_buildings": len(in_doubt),
                "case_households": sum(households[at] for at in in_doubt),
            }
        ],
        "areas": len(known.areas) - len(narrow),
        "silent": len(narrow),
        "silent_m2": round(sum(a.area_m2 for a in narrow)),
        "untouched": [],
    }
    write.set_report(c, set_id, report)
    return read_cases.case_set(c, set_id)


def _in_area(known: BorderDispute, area: Area) -> list[int]:
    """Return the buildings in doubt (positions) that stand in an area."""
    open_ = [at for at, s in enumerate(known.shares) if s.settled is None]
    if not open_:
        return []
    footprints = known.buildings.geometry.to_numpy()[open_]
    met = shapely.area(shapely.intersection(footprints, area.shape)) > ROUNDING_DEG2
    return [open_[i] for i in np.flatnonzero(met)]


def _is_silent(known: BorderDispute, area: Area) -> bool:
    return area.is_narrow and not _in_area(known, area)


def _claims(known: BorderDispute, at: int) -> list[ClaimValue]:
    """Return the claims on a building in doubt, as proposed first."""
    shares = known.shares[at]
    count = known.buildings["households"].iloc[at]
    footprint = known.buildings.geometry.iloc[at]
    (flat,) = known.metric(np.array([footprint], object))
    stored = known.claimants["is_stored"].to_numpy(bool)
    order = sorted(
        (k for k, s in shares.claimed.items() if s > 0.005),
        key=lambda k: (bool(stored[k]), -round(shares.claimed[k], 6), k),
    )
    claims: list[ClaimValue] = [
        {
            "claimant": k,
            "share": round(min(shares.claimed[k], 1.0), 4),
            "area_m2": round(shares.claimed[k] * flat.area, 1),
            "households": None if count is None else round(int(count) * shares.claimed[k]),
            "distance_m": 0.0,
        }
        for k in order
    ]
    if len(claims) < 2:
        others = [k for k in range(len(known.codes)) if k not in order]
        shapes = known.metric(known.claimants.geometry.to_numpy()[others])
        far = shapely.distance(flat, shapes)
        claims += [
            {
                "claimant": others[int(i)],
                "share": 0.0,
                "area_m2": 0.0,
                "households": 0,
                "distance_m": round(float(far[i]), 1),
            }
            for i in np.argsort(far, kind="stable")[: 2 - len(claims)]
        ]
    return claims


def _building_items(known: BorderDispute) -> list[write.NewItem]:
    items = []
    for at, shares in enumerate(known.shares):
        if shares.settled is not None:
            continue
        claims = _claims(known, at)
        real = sum(claim["share"] > 0 for claim in claims)
        row = known.buildings.iloc[at]
        (flat,) = known.metric(np.array([row.geometry], object))
        items.append(
            write.NewItem(
                code=str(row["code"]),
                community_id=None if row["community_id"] is None else int(row["community_id"]),
                building_id=int(row["id"]),
                kind="none" if real == 0 else "partly" if real == 1 else "overlap",
                households=None if row["households"] is None else int(row["households"]),
                area_m2=round(float(flat.area), 1),
                claims=claims,
                proposal=claims[0]["claimant"],
            )
        )
    return items


def _area_items(known: BorderDispute) -> list[write.NewItem]:
    return [
        write.NewItem(
            code=known.codes[area.claims[0][0]][:6],
            community_id=None,
            building_id=None,
            kind=area.kind,
            households=None,
            area_m2=round(area.area_m2, 1),
            claims=[
                {
                    "claimant": k,
                    "share": 1.0 if area.kind == "area_overlap" else 0.0,
                    "area_m2": round(area.area_m2, 1),
                    "households": None,
                    "distance_m": 0.0,
                    "border_m": round(metres, 1),
                }
                for k, metres in area.claims
            ],
            proposal=area.claims[0][0],
            geometry=area.shape,
        )
        for area in known.areas
        if not _is_silent(known, area)
    ]


# ---- what comes of it ------------------------------------------------------------------------


@dataclass(frozen=True)
class BorderChange:
    """New borders, before they are written. ``given``: community id of every building (n,).

    ``moved``: positions of buildings that change. ``changed``: ids of communities whose border
    moves. ``problems``: communities that would lie in more pieces than before (name, pieces).
    """

    known: BorderDispute
    redrawn: BorderOutcome
    given: NDArray[np.int64]
    moved: NDArray[np.int64]
    changed: tuple[int, ...]
    problems: tuple[tuple[str, int], ...]
    report: BorderReport


def preview(c: Connection, set_id: int, *, accept: bool = False) -> BorderChange:
    """Work out what rulings change. ``accept``: proposals for what nobody ruled on.

    Raises ConflictError while something waits, or when borders or buildings changed since.
    """
    head = read_cases.case_set(c, set_id)
    if head.kind != "borders" or head.state != "open":
        raise ConflictError("these borders are closed: nothing was changed")
    if head.report.get("ground") != read_cases.county_ground(c, head.code):
        raise ConflictError("borders or buildings changed since: bring the file in again")
    rows = read_cases.items(c, set_id)
    waiting = [r for r in rows if r.ruled_to is None]
    if waiting and not accept:
        raise ConflictError("{count} cases wait for a ruling: nothing was made", count=len(waiting))
    known = disputed(c, head)
    return _worked_out(c, head, known, rows)


def _worked_out(
    c: Connection, head: CaseSet, known: BorderDispute, rows: Sequence[CaseItem]
) -> BorderChange:
    to: dict[int, int] = {r.id: r.proposal if r.ruled_to is None else r.ruled_to for r in rows}
    ruled: dict[int, int] = {r.building_id: to[r.id] for r in rows if r.building_id is not None}
    loud = [a for a in known.areas if not _is_silent(known, a)]
    # Cases of land were stored in the order of the areas.
    said = [to[r.id] for r in sorted(rows, key=lambda r: r.id) if r.building_id is None]
    answer = dict(zip((id(a) for a in loud), said, strict=True))
    areas_to = [answer.get(id(a), a.claims[0][0]) for a in known.areas]
    plots = read_cases.building_land(c, list(ruled))
    ids = known.buildings["id"].tolist()
    given = np.array(
        [
            ruled[int(b)] if int(b) in ruled else known.shares[at].settled
            for at, b in enumerate(ids)
        ],
        np.int64,
    )
    redrawn = redraw(
        known.faces,
        known.areas,
        areas_to,
        [(plots[b], k) for b, k in ruled.items() if b in plots],
        len(known.codes),
        known.metric,
    )
    community = np.array(known.ids, np.int64)[given]
    before = np.array([-1 if v is None else int(v) for v in known.buildings["community_id"]])
    moved = np.flatnonzero(community != before)
    changed, problems = _compared(known, redrawn)
    report = _report(c, head, known, redrawn, community, moved, changed, problems)
    return BorderChange(known, redrawn, community, moved, changed, problems, report)


def _compared(
    known: BorderDispute, redrawn: BorderOutcome
) -> tuple[tuple[int, ...], tuple[tuple[str, int], ...]]:
    changed, problems = [], []
    for k, (i, shape) in enumerate(zip(known.ids, redrawn.shapes, strict=True)):
        name = str(known.claimants["name"].iloc[k])
        if shape is None:
            problems.append((name, 0))
            continue
        stood = known.standing[i]
        (apart,) = known.metric(np.array([shapely.symmetric_difference(stood, shape)], object))
        if apart.area > CHANGED_M2:
            changed.append(i)
        if redrawn.pieces[k] > shapely.get_num_geometries(stood):
            problems.append((name, int(redrawn.pieces[k])))
    return tuple(changed), tuple(problems)


def _report(
    c: Connection,
    head: CaseSet,
    known: BorderDispute,
    redrawn: BorderOutcome,
    community: NDArray[np.int64],
    moved: NDArray[np.int64],
    changed: tuple[int, ...],
    problems: tuple[tuple[str, int], ...],
) -> BorderReport:
    """Return what changes, by community and building, and which plans have to be carried over."""
    policy = read.policy(c, head.code)
    found = read.communities_planned(c, head.code, policy.plans_on)
    planned: dict[int, PlannedCommunity] = {r.id: r for r in found}
    name = {i: str(known.claimants["name"].iloc[k]) for k, i in enumerate(known.ids)}
    households = np.array([int(h or 0) for h in known.buildings["households"]], np.int64)
    before = [None if v is None else int(v) for v in known.buildings["community_id"]]
    rows: list[CommunityMove] = []
    for k, i in enumerate(known.ids):
        if i not in changed or redrawn.shapes[k] is None:
            continue
        then, now = known.metric(np.array([known.standing[i], redrawn.shapes[k]], object))
        came = [at for at in moved.tolist() if community[at] == i]
        went = [at for at in moved.tolist() if before[at] == i]
        rows.append(
            {
                "id": i,
                "name": name[i],
                "area_before_m2": round(float(then.area)),
                "area_m2": round(float(now.area)),
                "came": len(came),
                "came_households": int(households[came].sum()),
                "went": len(went),
                "went_households": int(households[went].sum()),
                "in_force": i in planned and planned[i].in_force is not None,
            }
        )
    return {
        "communities": rows,
        "buildings": [
            {
                "building": int(known.buildings["id"].iloc[at]),
                "label": str(known.buildings["label"].iloc[at]),
                "households": known.buildings["households"].iloc[at],
                "from": name.get(before[at] or -1),
                "to": name[int(community[at])],
            }
            for at in moved.tolist()
        ],
        "problems": [{"name": n, "pieces": p} for n, p in problems],
        "crumbs": redrawn.crumbs,
        "plan": any(r["in_force"] for r in rows),
        "drafts": [str(d.name) for d in read_territories.open_drafts(c, list(changed))],
    }
