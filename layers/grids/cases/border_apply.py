"""New borders of communities written in one transaction, with all that follows them."""

from __future__ import annotations

from collections.abc import Mapping

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Connection

from data.cases import read as read_cases
from data.cases import write
from data.cases.rows import BorderReport, CaseSet, SetReport
from data.divisions import write_change_rows as rows_of
from data.divisions import write_changes as write_territories
from data.divisions.write_county import touch
from data.plans import read
from layers.grids.cases.border_store import BorderChange, preview
from layers.grids.drafts.making import DraftOrder, make_draft
from layers.grids.drafts.plot_store import PlotStore
from layers.grids.proposals.county import tessellate_county
from layers.kit.errors import InputError


def apply(
    c: Connection, plot_store: PlotStore, set_id: int, by: str, *, accept: bool = False
) -> SetReport:
    """Write new borders with all that follows them; a draft carries plans in force over.

    Published plans keep their plots and figures. Raises InputError when a community would lie in
    more pieces than before or lose all its land, ConflictError as ``preview``.
    """
    head = read_cases.case_set(c, set_id, hold=True)
    write_territories.hold_county(c, head.code)
    change = preview(c, set_id, accept=accept)
    if change.problems:
        name, pieces = change.problems[0]
        raise InputError(
            "{name} would lie in {pieces} separate pieces: rule otherwise", name=name, pieces=pieces
        )
    known = change.known
    outlines = {
        i: _multi(shape)
        for i, shape in zip(known.ids, change.redrawn.shapes, strict=True)
        if not shapely.equals_identical(_multi(shape), _multi(known.standing[i]))
    }
    write_territories.set_outlines(c, outlines)
    write.set_parents(c, head.code)
    code = dict(zip(known.ids, known.codes, strict=True))
    ids = known.buildings["id"].tolist()
    rows_of.set_buildings(
        c, [(int(ids[at]), int(change.given[at]), code[int(change.given[at])])
            for at in change.moved.tolist()]
    )  # fmt: skip
    _places_follow(c, head, change, code)
    tessellate_county(c, head.code, only=change.changed)
    policy = read.policy(c, head.code)
    carry = [
        r.id
        for r in read.communities_planned(c, head.code, policy.plans_on)
        if r.id in change.changed and r.in_force is not None
    ]
    plan = None
    if carry:
        name = f"{head.name}（边界调整后）"[:120]
        plan = make_draft(
            c, plot_store, head.code, DraftOrder(name, by, "in_force", communities=tuple(carry))
        )
    write.close_set(c, set_id, "done", by, plan)
    done: BorderReport = {**change.report, "by": by}
    report: SetReport = {**head.report, "change": done}
    write.set_report(c, set_id, report)
    write.audit_borders(c, head.code, by, set_id, change.report)
    touch(c, head.code)
    return report


def _multi(shape: BaseGeometry) -> BaseGeometry:
    return shapely.MultiPolygon([shape]) if shape.geom_type == "Polygon" else shape


def _places_follow(
    c: Connection, head: CaseSet, change: BorderChange, code: Mapping[int, str]
) -> None:
    """Stations and demands go with the ground they stand on; a demand with its building."""
    at = [k for k, i in enumerate(change.known.ids) if i in change.changed]
    shapes = change.redrawn.shapes[at]
    owner = [change.known.ids[k] for k in at]
    building = {int(b): int(g) for b, g in zip(change.known.buildings["id"], change.given,
                                                strict=True)}  # fmt: skip
    rows = read_cases.places(c, head.code)
    points = shapely.points([r.lon for r in rows], [r.lat for r in rows])
    found: dict[int, int] = {}
    if len(rows) and len(shapes):
        place, area = shapely.STRtree(shapes).query(points, predicate="within")
        found = {int(p): owner[int(a)] for p, a in zip(place, area, strict=True)}
    stations, demands = [], []
    for n, row in enumerate(rows):
        to = building.get(row.building_id) if row.building_id else found.get(n)
        if to is None or row.code.startswith(code[to]):
            continue
        if row.kind == "station":
            stations.append((row.id, to, code[to]))
        else:
            demands.append((row.id, code[to]))
    rows_of.set_stations(c, stations)
    rows_of.set_codes(c, "demand", demands)
