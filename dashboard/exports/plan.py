"""A plan as a file: GIS layers, buildings as a table, papers, maps; for page and command."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import geopandas as gpd
import pandas as pd
from sqlalchemy import Connection

from data.exporters.few_frames import veil_frame
from data.exporters.pages import Step, between, unheard
from data.exporters.plans import layers as plan_layers
from data.exporters.plans import maps as plan_maps
from data.exporters.plans import papers as plan_papers
from data.exporters.plans import pictures as plan_pictures
from data.jobs.files import JobFile
from data.plans import read
from data.plans import read_exports as plan_exports
from data.plans.rows import Policy
from layers.grids.papers.hand_over import DEMONSTRATION, PROVISIONAL, HandOver, hand_over
from layers.grids.papers.map_pages import plan_pages, plan_picture
from layers.kit.errors import InputError, NotFoundError

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
ENCODINGS = ("UTF-8", "GBK")


@dataclass(frozen=True, slots=True)
class ExportOrder:
    """What an export is asked for: (plan, community or None for all) one after the other."""

    parts: tuple[tuple[int, int | None], ...]
    measure: str
    encoding: str = "UTF-8"
    step: Step = unheard

    @property
    def one(self) -> tuple[int, int | None]:
        """The only plan. Raises InputError where several plans are in force together."""
        if len(self.parts) > 1:
            plans = sorted({plan for plan, _ in self.parts})
            raise InputError(
                "in force together are the plans {listed}: papers and maps are of one plan,"
                " so name it, or one community",
                listed=", ".join(map(str, plans)),
            )
        return self.parts[0]


def _together(frames: Sequence[gpd.GeoDataFrame]) -> gpd.GeoDataFrame:
    if len(frames) == 1:
        return frames[0]
    filled = [f for f in frames if len(f)] or frames[:1]
    return gpd.GeoDataFrame(pd.concat(filled, ignore_index=True), geometry="geometry", crs=4490)


def _grids(c: Connection, asked: ExportOrder) -> gpd.GeoDataFrame:
    return veil_frame(_together([plan_exports.grids(c, p, d) for p, d in asked.parts]))


def _buildings(c: Connection, asked: ExportOrder) -> gpd.GeoDataFrame:
    frames = [plan_exports.buildings(c, p, asked.measure, d) for p, d in asked.parts]
    return veil_frame(_together(frames))


def _gpkg(c: Connection, asked: ExportOrder) -> bytes:
    plots = [plan_exports.plots(c, p, d) for p, d in asked.parts]
    communities = [plan_exports.communities(c, p, d) for p, d in asked.parts]
    layers = {
        "grids": _grids(c, asked).drop(columns="grid_id"),
        "plots": _together(plots),
        "communities": _together(communities).drop(columns="id"),
        "buildings": _buildings(c, asked).drop(columns="grid_id"),
    }
    return plan_layers.geopackage(layers)


def _papers(c: Connection, asked: ExportOrder) -> plan_papers.Papers:
    found: HandOver = hand_over(c, *asked.one, between(asked.step, 0.0, 0.7))
    notes = [f"方案：{found.plan}", f"阶段：{found.stage}", f"每格上限 {found.limit} 户"]
    if found.is_demonstration:
        notes.insert(0, DEMONSTRATION)
    if not found.numbered:
        notes.append(PROVISIONAL)
    if found.document_number:
        notes.append(f"文号：{found.document_number}")
    if found.in_force_from:
        notes.append(f"自 {found.in_force_from} 起启用")
    if found.before:
        notes.append(f"对照方案：{found.before}")
    if found.counts_on:
        notes.append(f"网格户数截至 {found.counts_on}")
    if found.counted_now and found.counted_now != found.counts_on:
        notes.append(f"楼栋清单户数截至 {found.counted_now}")
    if found.unplaced:
        notes.append(f"另有未落楼 {found.unplaced:,} 户，不在任何网格内")
    return plan_papers.Papers(
        found.county, notes, found.register, found.balance, found.buildings, found.before
    )


def _maps(c: Connection, asked: ExportOrder) -> bytes:
    sheets = plan_pages(c, *asked.one, between(asked.step, 0.0, 0.4))
    return plan_maps.maps_pdf(sheets, between(asked.step, 0.4, 1.0))


Format = tuple[str, str, Callable[[Connection, ExportOrder], bytes]]
FORMATS: dict[str, Format] = {
    "gpkg": (".gpkg", "application/geopackage+sqlite3", _gpkg),
    "shp": (
        ".zip",
        "application/zip",
        lambda c, a: plan_layers.shapefile(_grids(c, a), a.encoding),
    ),
    "geojson": (".geojson", "application/geo+json", lambda c, a: plan_layers.geojson(_grids(c, a))),
    "csv": (".csv", "text/csv", lambda c, a: plan_layers.building_table(_buildings(c, a))),
    "xlsx": (".xlsx", XLSX, lambda c, a: plan_papers.workbook(_papers(c, a))),
    "docx": (".docx", DOCX, lambda c, a: plan_papers.document(_papers(c, a))),
    "pdf": (".pdf", "application/pdf", _maps),
    "png": (
        ".png",
        "image/png",
        lambda c, a: plan_pictures.picture_png(plan_picture(c, *a.one), a.step),
    ),
}


def check_format(kind: str, encoding: str = "UTF-8") -> None:
    """Raise InputError for a format or an encoding that there is not."""
    if kind not in FORMATS:
        raise InputError("choose one of {listed}", listed=", ".join(FORMATS))
    if encoding.upper() not in ENCODINGS:
        raise InputError("encoding must be utf-8 or gbk")


def export_plan(
    c: Connection,
    county: str,
    kind: str,
    plan: int | Literal["in-force"] = "in-force",
    community: str | int | None = None,
    encoding: str = "UTF-8",
    step: Step = unheard,
) -> JobFile:
    """Return a plan as a file.

    ``kind``: a key of ``FORMATS``. ``plan``: an id, or what is in force on the county's data day
    (several plans together where communities were redrawn one by one). ``community``: its code,
    name or id; None for all. ``encoding``: of a shapefile's texts, UTF-8 or GBK. ``step`` hears how
    far it is. Raises InputError, NotFoundError, and what ``step`` raises.
    """
    check_format(kind, encoding)
    policy = read.policy(c, county)
    if plan == "in-force":
        parts = _in_force(c, policy, community)
        title = f"{policy.name}现行网格方案"
    else:
        head = read.plan_head(c, plan)
        if head.code != county:
            raise NotFoundError("county {county} has no plan {plan}", county=county, plan=plan)
        parts = ((plan, _community(c, plan, community)),)
        title = str(head.name)
    suffix, media_type, make = FORMATS[kind]
    asked = ExportOrder(parts, policy.household_measure, encoding.upper(), step)
    name = f"{title}{suffix}".replace("/", "_").replace("\\", "_")
    return JobFile(name, media_type, make(c, asked))


def _community(c: Connection, plan: int, named: str | int | None) -> int | None:
    """Return the id of a community of a plan by id, code or name. Raises NotFoundError."""
    if named is None:
        return None
    for row in read.plan_communities(c, plan):
        if named in (row.id, row.code, row.name):
            return row.id
    raise NotFoundError("plan {plan} has no community {named}", plan=plan, named=named)


def _in_force(
    c: Connection, policy: Policy, named: str | int | None
) -> tuple[tuple[int, int | None], ...]:
    """Return what is in force: one whole plan where it can be said so, else by community."""
    rows = [
        (r.id, r.in_force)
        for r in read.communities_planned(c, policy.code, policy.plans_on)
        if r.in_force is not None and (named is None or named in (r.id, r.code, r.name))
    ]
    if not rows:
        where = "this county" if named is None else f"community {named}"
        raise NotFoundError("no plan is in force in {where}", where=where)
    plans = {plan for _, plan in rows}
    if named is None and len(plans) == 1:
        (plan,) = plans
        if len(read.plan_communities(c, plan)) == len(rows):
            return ((plan, None),)
    return tuple((plan, community) for community, plan in rows)
