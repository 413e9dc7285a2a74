"""``getu check``: judge any plan file, independently of what made it."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypedDict

import geopandas as gpd
import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from dashboard.commands import DONE, FINDINGS
from dashboard.commands.runs.faults import read_all, refuse
from dashboard.text import Language, text
from dashboard.text.findings import LIST_COMMA, line, say
from data.importers.commands.coverage_files import LayerFile, write_report
from data.importers.commands.division_files import (
    in_crs,
    measuring_crs,
    read_boundary,
    read_buildings,
    read_plan,
)
from layers.grids.judge.geometry import sound
from layers.grids.judge.town import CommunityLand, between, own_land, with_town
from layers.grids.judge.verdict import Certificate, PlanParts, Verdict, judge
from layers.kit.errors import InputError
from layers.kit.findings import Finding, Severity
from layers.kit.words import Words

LISTED_FINDINGS = 50
NAMELESS: Final = "-"
"""The community of grids that name none, where others do."""


def run(args: argparse.Namespace) -> int:
    """Judge; 0 when the plan is in order, 1 when it has errors that are listed."""
    try:
        layers, outline = _read(args)
    except InputError as error:
        return refuse(error, args, _finding)
    town = _town(layers, outline)
    verdicts, findings = _judged(town, layers, args.households_max)
    if args.report is not None:
        write_report(args.report, _certificate(verdicts, findings, args.lang))
    _summarise(verdicts, findings, args.lang)
    return DONE if _passed(verdicts, findings) else FINDINGS


def _passed(verdicts: list[Verdict], findings: list[Finding]) -> bool:
    certain = all(verdict.certain for verdict in verdicts)
    return certain and all(finding.severity != "error" for finding in findings)


def _read(args: argparse.Namespace) -> tuple[dict[str, gpd.GeoDataFrame], bool]:
    """Return the layers of the plan in one metric CRS, and whether communities have borders."""
    read, source = read_plan(args.plan, args.crs)
    files = {name: LayerFile(frame, source) for name, frame in read.items()}
    more: dict[str, Callable[[], LayerFile]] = {}
    if args.buildings is not None:
        more["buildings"] = lambda: read_buildings(args.buildings, args.crs)
    if args.boundary is not None:
        more["communities"] = lambda: read_boundary(args.boundary, args.crs)
    files |= read_all(more)
    west, south, east, north = files["grids"].lonlat_bounds()
    crs = measuring_crs(source, (west + east) / 2, (south + north) / 2)
    return {name: in_crs(file, crs) for name, file in files.items()}, "communities" in files


@dataclass(frozen=True)
class _Community:
    """A community's part of the plan, and its border as it was given."""

    parts: PlanParts
    border: BaseGeometry | None
    pieces: dict[str, int]


def _town(layers: dict[str, gpd.GeoDataFrame], outline: bool) -> list[_Community]:
    """Return the plan of every community."""
    grids = layers["grids"]
    several = "community" in grids.columns and bool(grids["community"].notna().any())
    names = _names(grids["community"]) if several else [""]
    borders = _borders(layers["communities"], grids, names) if outline else {}
    plots, buildings = layers.get("plots"), layers.get("buildings")
    if plots is not None:
        named = next((c for c in ("grid_code", "grid", "code") if c in plots.columns), None)
        plots = None if named is None else plots.rename(columns={named: "grid"})
    land = {name: _land(_of(grids, name) if several else grids) for name in names}
    town = []
    for name in names:
        mine = _of(grids, name) if several else grids
        border = borders.get(name)
        own = border
        if border is not None and len(names) > 1:
            others = [(borders[n], land[n]) for n in names if n != name and n in borders]
            own = own_land(border, land[name], others)
        pieces = {}
        if "pieces" in mine.columns:
            pieces = {
                str(c): int(p) for c, p in zip(mine["code"], mine["pieces"].fillna(1), strict=True)
            }
        share = (name, names, land) if several else None
        parts = PlanParts(name or "1", mine, _share(plots, share), _share(buildings, share), own)
        town.append(_Community(parts, border, pieces))
    for name in sorted(borders.keys() - set(names)):
        empty = gpd.GeoDataFrame({"code": [], "households": []}, geometry=[], crs=grids.crs)
        parts = PlanParts(name, empty, None, None, borders[name])
        town.append(_Community(parts, borders[name], {}))
    return town


def _judged(
    town: list[_Community], layers: dict[str, gpd.GeoDataFrame], limit: int
) -> tuple[list[Verdict], list[Finding]]:
    """Return a verdict for each community that has grids, and all findings."""
    shapes = [np.asarray(c.parts.grids.geometry.array, dtype=object) for c in town]
    codes = [[str(code) for code in c.parts.grids["code"]] for c in town]
    verdicts = []
    for at, community in enumerate(town):
        if not len(shapes[at]):
            continue
        others = [k for k in range(len(town)) if k != at and len(shapes[k])]
        around = None
        if others:
            there = [f"{town[k].parts.name} {code}" for k in others for code in codes[k]]
            around = (there, sound(np.concatenate([shapes[k] for k in others])))
        verdicts.append(judge(community.parts, limit, community.pieces, around=around))
    lands = [CommunityLand(c.parts.name, c.border, codes[k], shapes[k]) for k, c in enumerate(town)]
    meeting = between(lands)
    verdicts = with_town(verdicts, meeting)
    findings = [*meeting, *(f for verdict in verdicts for f in verdict.findings)]
    buildings = layers.get("buildings")
    if buildings is not None:
        taken = {k for c in town if c.parts.buildings is not None for k in c.parts.buildings.index}
        findings += [
            Finding("building_outside_plan", row=int(row) + 1, geometry=buildings.geometry[row])
            for row in buildings.index
            if row not in taken
        ]
    rank = {"error": 0, "warning": 1, "info": 2}
    return verdicts, sorted(findings, key=lambda finding: rank[finding.severity])


def _names(column: Any) -> list[str]:
    return sorted({NAMELESS if name is None else str(name) for name in column})


def _of(frame: gpd.GeoDataFrame, name: str) -> gpd.GeoDataFrame:
    return frame[frame["community"].fillna(NAMELESS).astype(str) == name]


def _land(frame: gpd.GeoDataFrame) -> BaseGeometry:
    shapes = sound(np.asarray(frame.geometry.array, dtype=object))
    return shapely.union_all(shapes[~shapely.is_missing(shapes)])


def _borders(
    communities: gpd.GeoDataFrame, grids: gpd.GeoDataFrame, names: list[str]
) -> dict[str, BaseGeometry]:
    """Return borders by community: by name, by what else they are called, else by where they lie.

    Those of communities without grids keep their own names; a plan that names no community has one
    border, all of the file.
    """
    shapes = sound(np.asarray(communities.geometry.array, dtype=object))
    if names == [""]:
        return {"": shapely.union_all(shapes)}
    columns = [c for c in ("community", "code", "name", "also") if c in communities.columns]
    found: dict[str, list[BaseGeometry]] = {}
    for row, shape in enumerate(shapes):
        called = [communities[c].iloc[row] for c in columns]
        called = [str(word) for word in called if word is not None and word == word]
        name = next((word for word in called if word in names), None)
        if name is None and not set(names) & _words(communities, columns):
            name = next((n for n in names if _mostly(_land(_of(grids, n)), shape)), None)
        name = name or (called[0] if called else str(row + 1))
        found.setdefault(name, []).append(shape)
    return {name: shapely.union_all(parts) for name, parts in found.items()}


def _words(frame: gpd.GeoDataFrame, columns: list[str]) -> set[str]:
    return {str(word) for column in columns for word in frame[column]}


def _mostly(land: BaseGeometry, border: BaseGeometry) -> bool:
    return bool(shapely.intersection(land, border).area > land.area / 2)


def _share(
    frame: gpd.GeoDataFrame | None,
    share: tuple[str, list[str], dict[str, BaseGeometry]] | None,
) -> gpd.GeoDataFrame | None:
    """Return a community's part of a layer: by its column, else by where its shapes lie."""
    if frame is None or share is None:
        return frame
    name, names, land = share
    if "community" in frame.columns and frame["community"].notna().any():
        said = frame["community"].fillna("").astype(str)
        stated = said.isin(names).to_numpy()
        mine = said.eq(name).to_numpy()
        if stated.all():
            return frame[mine]
    else:
        stated = mine = np.zeros(len(frame), bool)
    shapes = sound(np.asarray(frame.geometry.array, dtype=object))
    inside = shapely.intersects(shapely.point_on_surface(shapes), land[name])
    # Who stands on the land of two communities is counted in the first.
    for other in names[: names.index(name)]:
        inside &= ~shapely.intersects(shapely.point_on_surface(shapes), land[other])
    return frame[mine | (inside & ~stated)]


class FindingReport(TypedDict):
    """A breach with its sentence."""

    code: str
    severity: Severity
    row: int | None
    subject: str | None
    values: Words
    sentence: str


class CheckReport(TypedDict):
    """What ``--report`` writes: whether the plan is in order, community by community."""

    passed: bool
    certificates: list[Certificate]
    findings: list[FindingReport]


def _certificate(verdicts: list[Verdict], findings: list[Finding], lang: Language) -> CheckReport:
    return {
        "passed": _passed(verdicts, findings),
        "certificates": [verdict.certificate for verdict in verdicts],
        "findings": [_finding(finding, lang) for finding in findings],
    }


def _finding(finding: Finding, lang: Language) -> FindingReport:
    return {
        "code": finding.code,
        "severity": finding.severity,
        "row": finding.row,
        "subject": finding.subject,
        "values": dict(finding.values),
        "sentence": say(finding, lang),
    }


def _summarise(verdicts: list[Verdict], findings: list[Finding], lang: Language) -> None:
    comma = LIST_COMMA[lang]
    for verdict in verdicts:
        stated = verdict.certificate
        checks = comma.join(
            text(
                f"command.check.{result.replace(' ', '_')}",
                lang,
                {"check": text(f"command.check.{check}", lang)},
            )
            for check, result in stated["checks"].items()
        )
        print(text("command.check.community", lang, dict(stated) | {"checks": checks}))
    for finding in findings[:LISTED_FINDINGS]:
        print(line(finding, lang, finding.code))
    if len(findings) > LISTED_FINDINGS:
        values = {"count": len(findings) - LISTED_FINDINGS}
        print(text("command.more_findings", lang, values))
