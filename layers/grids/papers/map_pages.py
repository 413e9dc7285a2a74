"""A plan's printed maps: one sheet for a community, one for each of its grids."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from sqlalchemy import Connection

from data.divisions import read_communities
from data.exporters.pages import Step, between, unheard
from data.exporters.plans.lines import RegisterLine
from data.exporters.plans.maps import Backdrop, MapPage, Shape
from data.exporters.plans.pictures import Picture, PictureGrid
from data.plans import read
from data.plans import read_exports as plan_exports
from layers.grids.papers.hand_over import DEMONSTRATION, PROVISIONAL, HandOver, hand_over
from layers.kit import few
from layers.kit.crs import to_measuring
from layers.kit.load import load_class


def plan_pages(
    c: Connection, plan_id: int, community: int | None = None, step: Step = unheard
) -> list[MapPage]:
    """Return the sheets of a plan: its communities, or one community and its grids."""
    head = read.plan_head(c, plan_id)
    policy = read.policy(c, head.code)
    srid = policy.measuring_srid
    papers = hand_over(c, plan_id, community, between(step, 0.0, 0.5))
    rows = {r.code: r for r in papers.register}
    parts = [papers.plan, papers.stage, papers.document_number or ""]
    if papers.is_demonstration:
        parts.insert(0, DEMONSTRATION)
    if not papers.numbered:
        parts.append(PROVISIONAL)
    if papers.in_force_from:
        parts.append(f"自 {papers.in_force_from} 起启用")
    parts.append(f"户数截至 {papers.counts_on or policy.data_as_of.isoformat()}")
    if papers.unplaced:
        parts.append(f"另有未落楼 {papers.unplaced:,} 户")
    subtitle = " · ".join(p for p in parts if p)
    sheets = []
    places = plan_exports.communities(c, plan_id, community)
    for number, place in enumerate(places.itertuples()):
        step(0.5 + 0.5 * number / len(places))
        grids = plan_exports.grids(c, plan_id, int(place.id))
        shapes = to_measuring(grids.geometry.to_numpy(), srid)
        points = shapely.get_coordinates(shapely.point_on_surface(shapes))
        drawn = [
            Shape(shape, (f"第{g.number}网格", _said(g.households)), (float(x), float(y)))
            for g, shape, (x, y) in zip(grids.itertuples(), shapes, points, strict=True)
        ]
        backdrop = _ground(c, int(place.id), srid)
        title = f"{papers.county}{place.name}网格划分图"
        own = [rows[code] for code in grids["code"]]
        facts = _community_facts(own, papers)
        sheets.append(MapPage(title, subtitle, drawn, backdrop, facts))
        if community is not None:
            sheets += [
                MapPage(f"{row.name}（{row.code}）", subtitle, drawn, backdrop,
                      _grid_facts(row), at)
                for at, row in enumerate(own)
            ]  # fmt: skip
    return sheets


def plan_picture(c: Connection, plan_id: int, community: int | None = None) -> Picture:
    """Return a plan's map as one picture: a community with its buildings, or all communities."""
    head = read.plan_head(c, plan_id)
    policy = read.policy(c, head.code)
    srid, limit = policy.measuring_srid, policy.households_max
    grids = plan_exports.grids(c, plan_id, community)
    places = plan_exports.communities(c, plan_id, community)
    shapes = to_measuring(grids.geometry.to_numpy(), srid)
    drawn = [
        PictureGrid(
            shape,
            (f"{g.number}", _said(g.households)),
            load_class(int(g.households), limit, int(g.plots)),
        )
        for g, shape in zip(grids.itertuples(), shapes, strict=True)
    ]
    outlines = list(
        zip(places["name"], to_measuring(places.geometry.to_numpy(), srid), strict=True)
    )
    backdrop = Backdrop() if len(places) > 1 else _ground(c, int(places["id"].iloc[0]), srid)
    where = f"{policy.name}{places['name'].iloc[0]}" if len(places) == 1 else policy.name
    since = "" if head.in_force_from is None else f"自 {head.in_force_from} 起启用"
    parts = (
        DEMONSTRATION if policy.is_demonstration else "",
        *(head.name, head.stage, head.document_number or "", since),
        "" if head.numbered_at is not None else PROVISIONAL,
        f"{len(grids)} 个网格 {_told(int(grids['households'].sum()))} 户，每格上限 {limit} 户",
        f"户数截至 {plan_exports.counts_on(c, plan_id) or policy.data_as_of}",
    )
    subtitle = " · ".join(p for p in parts if p)
    return Picture(f"{where}网格划分图", subtitle, drawn, outlines, backdrop)


def _ground(c: Connection, community_id: int, srid: int) -> Backdrop:
    buildings = read_communities.community_buildings(c, community_id, srid)
    streets, water, _, _ = read_communities.community_ground(c, community_id, srid)
    return Backdrop(
        buildings.geometry.to_numpy(),
        streets.geometry.to_numpy(),
        np.array([w for w in water.geometry if w.geom_type.endswith("Polygon")], object),
    )


def _told(households: int) -> str:
    count = few.told(households, few.FEWER)
    return count if isinstance(count, str) else f"{count:,}"


def _said(households: int) -> str:
    return f"{few.told(households, few.FEWER)}户"


def _community_facts(rows: Sequence[RegisterLine], papers: HandOver) -> list[list[tuple[str, str]]]:
    households = [r.households for r in rows]
    return [
        [
            ("网格", f"{len(rows)} 个"),
            ("户数", _told(sum(households))),
            ("楼栋", f"{sum(r.buildings for r in rows):,}"),
        ],
        [
            ("均户", _told(round(sum(households) / max(1, len(rows))))),
            ("最大", f"{_told(max(households, default=0))} 户"),
            ("上限", f"{papers.limit} 户"),
        ],
    ]


def _grid_facts(row: RegisterLine) -> list[list[tuple[str, str]]]:
    persons = "—" if row.persons is None else f"{row.persons:,}"
    if few.told(row.households) == few.MARK:  # who lives there is not told either
        persons = few.SAID
    return [
        [("户数", _told(row.households)), ("人口", persons)],
        [("楼栋", f"{row.buildings:,}"), ("面积", f"{row.area_m2:,} ㎡")],
        [("东至", row.east), ("南至", row.south)],
        [("西至", row.west), ("北至", row.north)],
        [("类型", row.type), ("负责人", row.answers or "—")],
    ]
