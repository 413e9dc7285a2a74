"""``getu check``: judge any plan file, independently of what made it."""

from __future__ import annotations

import argparse
from typing import TypedDict

import geopandas as gpd
import numpy as np
import shapely

from dashboard.commands import DONE, FINDINGS
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
from layers.grids.judge.verdict import Certificate, PlanParts, Verdict, judge
from layers.kit.findings import Finding, Severity
from layers.kit.words import Words

LISTED_FINDINGS = 50


def run(args: argparse.Namespace) -> int:
    """Judge; 0 when the plan is in order, 1 when it has errors that are listed."""
    layers, source = read_plan(args.plan, args.crs)
    files = {name: LayerFile(frame, source) for name, frame in layers.items()}
    if args.buildings is not None:
        files["buildings"] = read_buildings(args.buildings, args.crs)
    if args.boundary is not None:
        files["communities"] = read_boundary(args.boundary, args.crs)
    west, south, east, north = files["grids"].lonlat_bounds()
    crs = measuring_crs(source, (west + east) / 2, (south + north) / 2)
    layers = {name: in_crs(file, crs) for name, file in files.items()}
    verdicts = [judge(part, args.households_max, pieces) for part, pieces in _parts(layers)]
    findings = [finding for verdict in verdicts for finding in verdict.findings]
    if args.report is not None:
        write_report(args.report, _certificate(verdicts, findings, args.lang))
    _summarise(verdicts, findings, args.lang)
    return DONE if all(verdict.passed for verdict in verdicts) else FINDINGS


def _parts(layers: dict[str, gpd.GeoDataFrame]) -> list[tuple[PlanParts, dict[str, int]]]:
    """Return the plan of every community with the pieces that its grids may have."""
    grids, plots = layers["grids"], layers.get("plots")
    buildings, communities = layers.get("buildings"), layers.get("communities")
    if plots is not None:
        named = next((c for c in ("grid_code", "grid", "code") if c in plots.columns), None)
        plots = None if named is None else plots.rename(columns={named: "grid"})
    several = "community" in grids.columns
    names = sorted({str(name) for name in grids["community"]}) if several else [""]
    found = []
    for name in names:
        mine = _of(grids, name) if several else grids
        land = communities
        if communities is not None and several:
            named = next((c for c in ("community", "name") if c in communities.columns), None)
            land = communities if named is None else communities[communities[named] == name]
        polygon = None
        if land is not None and len(land):
            polygon = shapely.union_all(np.asarray(land.geometry.array, dtype=object))
        allowed = {}
        if "pieces" in mine.columns:
            allowed = {
                str(c): int(p) for c, p in zip(mine["code"], mine["pieces"].fillna(1), strict=True)
            }
        parts = PlanParts(
            name or "1",
            mine.reset_index(drop=True),
            _share(plots, name, several, mine),
            _share(buildings, name, several, mine),
            polygon,
        )
        found.append((parts, allowed))
    return found


def _of(frame: gpd.GeoDataFrame, name: str) -> gpd.GeoDataFrame:
    return frame[frame["community"].astype(str) == name]


def _share(
    frame: gpd.GeoDataFrame | None, name: str, several: bool, grids: gpd.GeoDataFrame
) -> gpd.GeoDataFrame | None:
    """Return a community's part of a layer: by its column, else by where its shapes lie."""
    if frame is None or not several:
        return frame
    if "community" in frame.columns and frame["community"].notna().all():
        return _of(frame, name).reset_index(drop=True)
    land = shapely.union_all(np.asarray(grids.geometry.array, dtype=object))
    shapes = np.asarray(frame.geometry.array, dtype=object)
    inside = shapely.intersects(shapely.point_on_surface(shapes), land)
    return frame[inside].reset_index(drop=True)


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
        "passed": all(verdict.passed for verdict in verdicts),
        "certificates": [verdict.certificate for verdict in verdicts],
        "findings": [
            {
                "code": finding.code,
                "severity": finding.severity,
                "row": finding.row,
                "subject": finding.subject,
                "values": dict(finding.values),
                "sentence": say(finding, lang),
            }
            for finding in findings
        ],
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
