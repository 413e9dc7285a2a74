"""Carrying out a change of communities: one transaction, a new plan in force."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Connection

from data.divisions import read_changes as read
from data.divisions import write_change_rows as rows
from data.divisions import write_changes as write
from data.divisions.rows import ChangeSummary
from data.divisions.write_county import touch
from data.plans.drafts import write as write_drafts
from data.plans.write import write_areas
from layers.grids.communities.change import ChangeOrder, ChangeScript, prepare
from layers.grids.communities.follow import AreaThen, Follow, FollowingRow, follow
from layers.grids.communities.open_drafts import carry_drafts
from layers.grids.communities.outlines import with_vertices
from layers.grids.communities.plan import put_plan
from layers.grids.communities.reversal import LEADERS, Before, nothing_before
from layers.grids.drafts.plot_store import PlotStore
from layers.kit.crs import to_measuring
from layers.kit.errors import GetuError


@dataclass(frozen=True, slots=True)
class ChangeResult:
    """A change that was carried out. ``communities``: the new divisions, in the order of parts.

    ``drafts``: copies of open drafts, on the new communities.
    """

    change: int
    plan: int | None
    communities: tuple[int, ...]
    drafts: tuple[int, ...]


def carry_out(
    c: Connection, plot_store: PlotStore, county: str, wanted: ChangeOrder
) -> ChangeResult:
    """Split a community or move a border, with everything that goes along.

    Raises InputError, NotFoundError, ConflictError; then nothing is to be kept of the transaction.
    """
    write.hold_county(c, county)
    change = prepare(c, plot_store, county, wanted)
    check_tiling(change)
    along = follow(c, change)
    before = nothing_before()
    made = _divisions(c, change, before)
    tessellations = _plots(c, change, made, before)
    codes = _grids(c, change, along, before)
    _rows(c, change, along, made, codes, before)
    areas = _areas(c, change, along, codes, before)
    _posts(c, change, along, made, before)
    plan = None
    if change.has_plan:
        before["plans_ended"] = write.end_plans(c, before["ended"], change.on)
        plan = put_plan(c, plot_store, change, made, tessellations, codes.ids, areas)
    drafts = carry_drafts(c, plot_store, change, made, tessellations)
    before["drafts"] = drafts
    summary = _summary(change, made)
    number = write.log_change(
        c,
        county=county,
        kind=wanted.kind,
        on=change.on,
        document_number=wanted.document_number,
        plan_id=plan,
        summary=summary,
        before=before,
        by=wanted.by,
    )
    touch(c, county)
    return ChangeResult(number, plan, tuple(made), tuple(drafts))


def _summary(change: ChangeScript, made: list[int]) -> ChangeSummary:
    return {
        "from": [{"id": d.id, "code": d.code, "name": d.name} for d in change.divisions],
        "to": [
            {"id": i, "code": p.code, "name": p.name, "is_temporary": p.is_temporary}
            for i, p in zip(made, change.parts, strict=True)
        ],
    }


def _divisions(c: Connection, change: ChangeScript, before: Before) -> list[int]:
    """End the old communities, make the new ones, and give everybody beside the new vertices."""
    old: list[int] = [d.id for d in change.divisions]
    made = [
        write.add_division(
            c,
            part.continues or change.divisions[0],
            code=part.code,
            name=part.name,
            name_en=part.name_en,
            is_temporary=part.is_temporary,
            outline=part.outline,
            on=change.on,
        )
        for part in change.parts
    ]
    pairs = np.unique(np.column_stack([change.land.community, change.after]), axis=0)
    successors = [(old[a], made[b]) for a, b in pairs.tolist()]
    write.end_divisions(c, successors, change.on, change.wanted.document_number)
    changed: dict[int, BaseGeometry] = {}
    for row in read.outlines_beside(c, change.policy.code, [*old, *made]):
        shape = shapely.from_wkb(bytes(row.geometry))
        after = with_vertices(shape, change.lines.ends) if len(change.lines.ends) else shape
        if after is not shape and not shapely.equals_identical(after, shape):
            changed[row.id] = after
    write.set_outlines(c, changed)
    before["ended"], before["made"] = old, made
    return made


def _plots(c: Connection, change: ChangeScript, made: list[int], before: Before) -> list[int]:
    """Give the plots to new tessellations; the old ones remember them."""
    ids, after = change.plot_ids.tolist(), change.after.tolist()
    write.set_plot_shapes(
        c, ((ids[at], change.shapes[at]) for at in np.flatnonzero(change.reshaped).tolist())
    )
    tessellations = [
        write.add_tessellation(c, division, part.code)
        for division, part in zip(made, change.parts, strict=True)
    ]
    for about in change.abouts:
        write.keep_former(c, about.tessellation, about.code, about.plot_ids.tolist())
    owners = change.land.community.tolist()
    abouts = change.abouts
    before["plots"] = [
        (i, abouts[at].tessellation, abouts[at].community_id, abouts[at].code)
        for i, at in zip(ids, owners, strict=True)
    ]
    write.set_plots(
        c,
        [
            (i, tessellations[at], made[at], change.parts[at].code)
            for i, at in zip(ids, after, strict=True)
        ],
    )
    pairs = []
    for a, b, metres, barrier in change.new_pairs:
        one, two = sorted((ids[a], ids[b]))
        pairs.append((one, two, change.parts[after[a]].code, metres, barrier))
    write.add_neighbours(c, pairs)
    before["pairs"] = [(a, b) for a, b, *_ in pairs]
    return tessellations


@dataclass(frozen=True)
class _Codes:
    """The ids of grids (those made have one now), and their codes afterwards by that id."""

    ids: Mapping[int, int]
    code: Mapping[int, str]


def _grids(c: Connection, change: ChangeScript, along: Follow, before: Before) -> _Codes:
    fresh = [g for g in change.grids if g < 0]
    numbers = write_drafts.new_grid_ids(c, change.parts[0].code, len(fresh))
    ids = {g: g for g in change.grids if g >= 0} | dict(zip(fresh, numbers, strict=True))
    code = {ids[g.id]: g.code for g in change.grids.values()}
    was = read.grid_codes(c, [g for g in change.grids if g >= 0])
    moved = [(i, code[i]) for i in was if was[i] != code[i]]
    made = [(ids[g], code[ids[g]]) for g in fresh]
    rows.set_grids(c, [*moved, *made], change.on)
    before["grids"] = [(i, was[i]) for i, _ in moved]
    before["grids_made"] = [i for i, _ in made]
    before["organisations"] = rows.organisations_follow(c, [(was[i], new) for i, new in moved])
    posts = [(p, p.grid_id) for p in along.posts if p.grid_id is not None]
    before["posts"] = [(p.id, p.code) for p, _ in posts]
    rows.set_codes(c, "post", [(p.id, code[grid]) for p, grid in posts])
    return _Codes(ids, code)


def _rows(
    c: Connection,
    change: ChangeScript,
    along: Follow,
    made: list[int],
    codes: _Codes,
    before: Before,
) -> None:
    """Write the community and code of buildings, stations, estates and demands."""
    part_code = [p.code for p in change.parts]

    def new_code(row: FollowingRow) -> str:
        if row.grid is not None and len(row.code) > 12 and row.grid in codes.ids:
            return codes.code[codes.ids[row.grid]]
        return part_code[row.part]

    before["buildings"] = [(r.id, r.community, r.code) for r in along.buildings]
    rows.set_buildings(c, [(r.id, made[r.part], part_code[r.part]) for r in along.buildings])
    before["stations"] = [(r.id, r.community, r.code) for r in along.stations]
    rows.set_stations(c, [(r.id, made[r.part], new_code(r)) for r in along.stations])
    estates = [r for r in along.estates if new_code(r) != r.code]
    before["estates"] = [(r.id, r.code) for r in estates]
    rows.set_codes(c, "estate", [(r.id, new_code(r)) for r in estates])
    demands = [r for r in along.demands if new_code(r) != r.code]
    before["demands"] = [(r.id, r.code) for r in demands]
    rows.set_codes(c, "demand", [(r.id, new_code(r)) for r in demands])


def _areas(
    c: Connection, change: ChangeScript, along: Follow, codes: _Codes, before: Before
) -> dict[int, int]:
    """Let areas follow their grids; return the area of every grid (ids) that has one."""
    of: dict[int, int] = {}
    taken = {part.code: 0 for part in change.parts}
    for then in along.areas:
        code = then.area.code
        if code[:-3] in taken:
            taken[code[:-3]] = max(taken[code[:-3]], then.area.number or 0)
    for then in along.areas:
        part = change.parts[then.part]
        stays = then.area.code.startswith(part.code)
        if then.is_cut or not stays:
            area = _area_made(c, change, then, taken, stays and then.is_main)
            before["areas_made"].append(area)
            if then.area.id not in before["areas_ended"]:
                before["areas_ended"].append(then.area.id)
            if then.is_main:
                _hand_on(c, along, then.area.id, area, part.code, change, before)
        else:
            area = then.area.id
        for g in then.grids:
            of[codes.ids[g]] = area
    rows.end_areas(c, before["areas_ended"], change.on)
    return of


def _area_made(
    c: Connection, change: ChangeScript, then: AreaThen, taken: dict[str, int], keeps: bool
) -> int:
    """Make the area of one side; ``keeps``: it goes on under the number and code it had."""
    part = change.parts[then.part]
    number = then.area.number or 0
    if not keeps:
        taken[part.code] += 1
        number = taken[part.code]
    was = then.area.name
    name = was if keeps or "片区" not in was else f"{part.name}第{number}片区"
    plots = np.isin(change.regrouped.grid, then.grids)
    srid = change.policy.measuring_srid
    shape = shapely.coverage_union_all(np.asarray(to_measuring(change.shapes[plots], srid), object))
    frame = gpd.GeoDataFrame(
        {
            "code": [f"{part.code}P{number:02d}"],
            "name": [name],
            "number": [number],
            "households": [int(change.land.households[plots].sum())],
        },
        geometry=[shape],
        crs=srid,
    )
    return write_areas(c, frame, srid, change.on)[0]


def _hand_on(
    c: Connection,
    along: Follow,
    subject: int,
    target: int,
    code: str,
    change: ChangeScript,
    before: Before,
) -> None:
    """Let the posts of an area go on with the one made for it."""
    posts = [p.id for p in along.posts if p.area_id == subject]
    for post in posts:
        before["posts_made"].append(rows.copy_post(c, post, "area_id", target, code, change.on))
    before["holdings"] += rows.end_holdings(c, posts, change.on)


def _posts(
    c: Connection, change: ChangeScript, along: Follow, made: list[int], before: Before
) -> None:
    """Hand the posts of communities on to those that continue them; leaders to all."""
    for division in change.divisions:
        own = [p for p in along.posts if p.division_id == division.id]
        for at, part in enumerate(change.parts):
            goes_on = part.continues is not None and part.continues.id == division.id
            for post in own:
                if goes_on or (part.continues is None and post.kind == LEADERS):
                    new = rows.copy_post(c, post.id, "division_id", made[at], part.code, change.on)
                    before["posts_made"].append(new)
        before["holdings"] += rows.end_holdings(c, [p.id for p in own], change.on)


def check_tiling(change: ChangeScript) -> None:
    """Refuse outlines that do not tile what they came from. Raises GetuError."""
    old = shapely.union_all([shapely.from_wkb(bytes(d.geometry)) for d in change.divisions])
    new = shapely.union_all([part.outline for part in change.parts])
    if shapely.symmetric_difference(old, new).area > 1e-6 * old.area:
        raise GetuError("the new outlines do not tile the old ones: nothing was changed")
