"""``getu divide``: buildings in, a plan of grids under the limit out. Files only, no database."""

from __future__ import annotations

import argparse
import os
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely.geometry.base import BaseGeometry

from dashboard.commands import DONE, FINDINGS
from dashboard.commands.runs.division_report import (
    DivisionReport,
    division_report,
    finding_row,
)
from dashboard.commands.runs.faults import read_all, refuse
from dashboard.text import Language, text
from dashboard.text.findings import line
from data.importers.commands.coverage_files import LayerFile, write_layers, write_report
from data.importers.commands.division_files import (
    in_crs,
    measuring_crs,
    read_boundary,
    read_buildings,
    read_streets,
    read_water,
)
from layers.grids.division.divide import Options
from layers.grids.from_files.communities import CommunityRegions, find_regions
from layers.grids.from_files.town_plan import CommunityPlan, Surroundings, plan_community, tiles
from layers.grids.from_files.town_seams import stitched
from layers.grids.judge.town import CommunityLand, between
from layers.grids.plots.borders import matched
from layers.kit.errors import InputError
from layers.kit.findings import Finding

LISTED_FINDINGS = 20
Show = Callable[[int, int, int, bool], None]
"""Told of percent done, communities finished, communities in all, and whether it is the end."""


def run(args: argparse.Namespace) -> int:
    """Divide; 0 when done, 1 when the plan or the files have errors that are listed."""
    began, lang = time.perf_counter(), args.lang
    options = Options(
        households_max=args.households_max,
        households_min=args.households_min,
        prefer=args.prefer,
        grids=args.grids,
        seed=args.seed,
    )
    for path in (args.out, args.report):
        if path is not None and not path.parent.is_dir():
            raise InputError("there is no folder {folder}", folder=path.parent)
    try:
        files = _read(args)
    except InputError as error:
        return refuse(error, args, finding_row)
    file = files["buildings"]
    west, south, east, north = file.lonlat_bounds()
    crs = measuring_crs(file.source, (west + east) / 2, (south + north) / 2)
    buildings = in_crs(file, crs)
    surroundings = _surroundings(files, crs)
    shapes = np.asarray(buildings.geometry.array, dtype=object)
    areas = args.units == "areas" or (args.units == "auto" and tiles(shapes))
    notes = [note for read in files.values() for note in read.findings]
    if areas and (closed := matched(shapes)) is not shapes:
        buildings = buildings.set_geometry(closed, crs=crs)
        notes.append(Finding("areas_adjusted", "warning", values={"areas": len(shapes)}))
    boundary = in_crs(files["boundary"], crs) if "boundary" in files else None
    if areas and boundary is None:
        known = np.array([name or "1" for name in buildings["community"]], dtype=object)
        territories = CommunityRegions(dict.fromkeys(sorted(set(known))), known, ())
    else:
        territories = find_regions(buildings, boundary)
    tell = None if args.quiet else _progress(lang)
    plans = _plan_all(territories, buildings, surroundings, options, areas, tell)
    plans = stitched(plans, options.households_max)
    meeting = between(_lands(plans, territories))
    findings = [*notes, *territories.findings, *meeting]
    for plan in plans:
        findings += [*plan.findings, *plan.verdict.findings]
    findings = _distinct(findings)
    write_layers(args.out, _layers(plans, _disputed(meeting, territories), file))
    report = division_report(plans, findings, options, areas, time.perf_counter() - began, lang)
    if args.report is not None:
        write_report(args.report, report)
    bound = sum(max(p.division.lower_bound, p.division.reachable_bound) for p in plans)
    _summarise(report, bound, findings, args.out, lang)
    errors = [finding for finding in findings if finding.severity == "error"]
    return FINDINGS if errors else DONE


def _read(args: argparse.Namespace) -> dict[str, LayerFile]:
    """Return the files by what they are; the faults of all of them are told."""
    files: dict[str, Callable[[], LayerFile]] = {
        "buildings": lambda: read_buildings(args.buildings, args.crs)
    }
    if args.streets is not None:
        files["streets"] = lambda: read_streets(args.streets, args.crs)
    if args.water is not None:
        files["water"] = lambda: read_water(args.water, args.crs)
    if args.boundary is not None:
        files["boundary"] = lambda: read_boundary(args.boundary, args.crs)
    return read_all(files)


def _surroundings(files: Mapping[str, LayerFile], crs: Any) -> Surroundings:
    streets = barriers = water = None
    if "streets" in files:
        lines = in_crs(files["streets"], crs)
        streets = lines[lines["kind"] == "street"].reset_index(drop=True)
        barriers = lines[lines["kind"] != "street"].reset_index(drop=True)
    if "water" in files:
        water = in_crs(files["water"], crs)
    return Surroundings(streets, water, barriers)


def _lands(plans: Sequence[CommunityPlan], territories: CommunityRegions) -> list[CommunityLand]:
    return [
        CommunityLand(
            plan.name,
            territories.given.get(plan.name),
            [str(code) for code in plan.grids["code"]],
            np.asarray(plan.grids.geometry.array, dtype=object),
        )
        for plan in plans
    ]


def _plan_all(
    territories: CommunityRegions,
    buildings: gpd.GeoDataFrame,
    surroundings: Surroundings,
    options: Options,
    areas: bool,
    show: Show | None,
) -> list[CommunityPlan]:
    """Plan every community, some at a time; the order and the answer do not depend on threads."""
    names = list(territories.polygons)
    rows = {name: territories.community == name for name in names}
    if areas:
        names = [name for name in names if rows[name].any()]
    weight = {name: 1 + int(rows[name].sum()) for name in names}
    tell = _shares(weight, show)

    def plan(name: str) -> CommunityPlan:
        polygon = None if areas else territories.polygons[name]
        near = surroundings if polygon is None else _near(surroundings, polygon)
        return plan_community(
            name,
            polygon,
            buildings[rows[name]],
            near,
            options,
            areas=areas,
            progress=lambda share: tell(name, share),
        )

    workers = max(1, min(len(names), len(os.sched_getaffinity(0)), 8))
    with ThreadPoolExecutor(workers) as pool:
        futures = [pool.submit(plan, name) for name in names]
        try:
            plans = [future.result() for future in futures]
        except BaseException:
            for future in futures:
                future.cancel()
            raise
    tell("", 1.0)
    return plans


def _near(surroundings: Surroundings, polygon: Any) -> Surroundings:
    """Return the streets and water that a community's box meets: the rest costs time only."""
    box = polygon.bounds

    def clip(frame: gpd.GeoDataFrame | None) -> gpd.GeoDataFrame | None:
        if frame is None or len(frame) == 0:
            return None
        found = frame.sindex.intersection((box[0] - 50, box[1] - 50, box[2] + 50, box[3] + 50))
        return frame.iloc[np.sort(found)].reset_index(drop=True)

    return Surroundings(
        clip(surroundings.streets), clip(surroundings.water), clip(surroundings.barriers)
    )


def _shares(weight: dict[str, int], show: Show | None) -> Callable[[str, float], None]:
    """Return a function that is told how much of a community is done, and tells of them all."""
    done = dict.fromkeys(weight, 0.0)
    total = max(1, sum(weight.values()))
    lock = threading.Lock()

    def tell(name: str, share: float) -> None:
        if show is None:
            return
        with lock:
            if name:
                done[name] = max(done[name], share)
            percent = int(100 * sum(done[n] * weight[n] for n in weight) / total)
            finished = sum(share >= 1.0 for share in done.values())
            show(percent, finished, len(weight), not name)

    return tell


def _progress(lang: Language) -> Show:
    """Return a function that shows the share done: a line that changes, or a line each tenth."""
    shown = [-1]
    terminal = sys.stderr.isatty()
    step = 1 if terminal else 10

    def show(percent: int, finished: int, communities: int, is_end: bool) -> None:
        if percent // step > shown[0] // step:
            shown[0] = percent
            values = {"percent": f"{percent:3d}", "finished": finished, "communities": communities}
            said = text("command.divide.progress", lang, values)
            print(f"\r{said}" if terminal else said, end="" if terminal else "\n",
                  file=sys.stderr, flush=True)  # fmt: skip
        if is_end and terminal:
            print(file=sys.stderr)

    return show


def _disputed(meeting: Sequence[Finding], territories: CommunityRegions) -> dict[str, BaseGeometry]:
    """Return the borders, as they were given, of communities that overlap: not settled yet."""
    names = {
        name
        for finding in meeting
        if finding.code == "communities_overlap"
        for name in (finding.subject or "").split(" / ")
    }
    return {name: land for name, land in territories.given.items() if name in names}


def _layers(
    plans: Sequence[CommunityPlan], disputed: Mapping[str, BaseGeometry], file: LayerFile
) -> dict[str, gpd.GeoDataFrame]:
    """Return the layers of the plan in the CRS of the file of buildings.

    ``disputed``: borders of communities that are written instead of what was divided.
    """
    grids = pd.concat([plan.grids for plan in plans], ignore_index=True)
    plots = pd.concat([plan.plots for plan in plans], ignore_index=True)
    lived = pd.concat([plan.buildings for plan in plans], ignore_index=True)
    communities = gpd.GeoDataFrame(
        {
            "community": [plan.name for plan in plans],
            "households": [int(plan.problem.households.sum()) for plan in plans],
            "grids": [plan.division.grids for plan in plans],
        },
        geometry=[disputed.get(plan.name, plan.community) for plan in plans],
        crs=grids.crs,
    )
    plots["building_id"] = _plain(plots["building_id"])
    layers = {"grids": grids, "plots": plots, "communities": communities, "buildings": lived}
    crs = file.output_crs()
    return {
        name: frame if frame.crs == crs else frame.to_crs(crs) for name, frame in layers.items()
    }


def _plain(ids: pd.Series) -> pd.Series:
    """Return ids with gaps as whole numbers where they are, else as text."""
    known = ids.dropna()
    if all(isinstance(value, (int, np.integer)) for value in known):
        return ids.astype("Int64")
    return ids.map(lambda value: None if pd.isna(value) else str(value))


def _distinct(findings: Sequence[Finding]) -> list[Finding]:
    """Return findings without those that division and judge both made of one grid, worst first."""
    seen: dict[tuple[Any, ...], Finding] = {}
    for finding in findings:
        key: tuple[Any, ...] = (finding.code, finding.row, finding.subject)
        if finding.code not in ("grid_over_limit", "building_over_limit"):
            key = (*key, id(finding))
        seen.setdefault(key, finding)
    rank = {"error": 0, "warning": 1, "info": 2}
    return sorted(seen.values(), key=lambda finding: rank[finding.severity])


def _summarise(
    report: DivisionReport, bound: int, findings: Sequence[Finding], out: Path, lang: Language
) -> None:
    """Print the figures. ``bound``: the fewest grids, counting what does not hang together."""
    totals = report["totals"]
    shown = {
        "roundness": str(totals["polsby_popper_mean"]),
        "seconds": str(totals["seconds"]),
        "lower_bound": bound,
    }
    print(text("command.divide.done", lang, dict(totals) | shown | {"out": str(out)}))
    for finding in findings[:LISTED_FINDINGS]:
        print(line(finding, lang, finding.code))
    if len(findings) > LISTED_FINDINGS:
        values = {"count": len(findings) - LISTED_FINDINGS}
        print(text("command.more_findings", lang, values))
