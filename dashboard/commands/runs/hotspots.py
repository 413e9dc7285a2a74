"""``getu hotspots``: where demands are more than chance brings together. Files in, files out."""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass
from typing import TypedDict, cast

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from dashboard.commands.runs.faults import (
    FindingReport,
    finding_report,
    finish,
    refuse,
    tell,
)
from dashboard.text import Language, text
from data.importers.commands.coverage_files import LayerFile, write_layers, write_report
from data.importers.commands.division_files import in_crs, measuring_crs, read_water
from data.importers.commands.hot_spot_files import (
    DemandFile,
    Every,
    periods,
    read_areas,
    read_demands,
)
from layers.grids.plots.borders import neighbours_of
from layers.hot_spots.statistics.spots import (
    PER_HOUSEHOLDS,
    Q_MAX,
    Areas,
    Course,
    HotSpots,
    clusters,
    find_hot_spots,
    follow,
)
from layers.kit import clock
from layers.kit.errors import InputError
from layers.kit.findings import Finding

LISTED = 10  # hot spots that are printed; the report has all


@dataclass(frozen=True, slots=True)
class _Asked:
    """What was read and laid over each other: demands of each area (n,), by period (n, t)."""

    areas: Areas
    ids: list[int | str]
    demands: np.ndarray
    by_period: np.ndarray | None
    starts: list[str]
    outside: int


class ClusterReport(TypedDict):
    """Hot (or cold) areas that hang together: what is there, against what chance would bring."""

    areas: list[int | str]
    demands: int
    expected: float
    q: float
    since: str | None
    trend: str | None


class HotSpotReport(TypedDict):
    """What ``--report`` writes. ``since``: first day of the period from which on it has been so."""

    demands: int
    located: int
    outside: int
    without_place: int
    areas: int
    classes: dict[str, int]
    trends: dict[str, int] | None
    hot_spots: list[ClusterReport]
    cold_spots: list[ClusterReport]
    measure: str
    per_households: int | None
    q_max: float
    neighbours: dict[str, str | float | int]
    every: str | None
    periods: list[str]
    made_at: str
    seconds: float
    findings: list[FindingReport]


def run(args: argparse.Namespace) -> int:
    """Find the hot spots; 0 done, 1 done with warnings about the input, 2 cannot."""
    began, lang = time.perf_counter(), args.lang
    try:
        every = _period(args)
        tell(text("command.hotspots.reading", lang))
        polygons = read_areas(args.areas, args.crs, args.households)
        demands = read_demands(args.demands, args.crs, args.time)
        water = read_water(args.water, args.crs) if args.water else None
        asked = _lay(polygons, demands, water, every)
        spots = find_hot_spots(asked.demands, asked.areas)
        course = None if asked.by_period is None else follow(asked.by_period, asked.areas)
        notes = [("areas", note) for note in polygons.findings]
        notes += [("demands", note) for note in demands.layer.findings]
        if asked.outside:
            values = {"rows": asked.outside}
            notes.append(("demands", Finding("demand_outside", "warning", values=values)))
        report = _report(args, asked, demands, spots, course)
        report["findings"] = [finding_report(label, note, lang) for label, note in notes]
        report["seconds"] = round(time.perf_counter() - began, 3)
        write_layers(args.out, {"areas": _layer(polygons, asked, spots, course)})
        if args.report:
            write_report(args.report, report)
    except InputError as error:
        return refuse(error, args)
    _summarise(report, lang)
    return finish(notes, lang)


def _period(args: argparse.Namespace) -> Every:
    """Return the length of a period. Raises InputError where nothing says when."""
    if args.every and not args.time:
        raise InputError("--every {every} needs --time: the column of the day", every=args.every)
    return cast(Every, args.every or "month")


def _lay(polygons: LayerFile, demands: DemandFile, water: LayerFile | None, every: Every) -> _Asked:
    """Count demands by area; one on a common border counts for the area that comes first."""
    west, south, east, north = polygons.lonlat_bounds()
    crs = measuring_crs(polygons.source, (west + east) / 2, (south + north) / 2)
    frame = in_crs(polygons, crs)
    points = np.asarray(in_crs(demands.layer, crs).geometry.array, dtype=object)
    shapes = np.asarray(frame.geometry.array, dtype=object)
    point, area = shapely.STRtree(shapes).query(points, predicate="intersects")
    first = np.full(len(points), len(shapes))
    np.minimum.at(first, point, area)
    inside = first < len(shapes)
    count = np.bincount(first[inside], minlength=len(shapes)).astype(np.float64)
    rivers = None if water is None else in_crs(water, crs)
    beside = neighbours_of(frame, None, rivers, None)
    crossed = beside[beside["barrier"] != "water"]
    households = frame["households"].to_numpy(np.float64) if "households" in frame else None
    areas = Areas(
        len(shapes), crossed["a"].to_numpy(np.int64), crossed["b"].to_numpy(np.int64), households
    )
    by_period, starts = None, []
    if demands.days is not None and inside.any():
        period, begins = periods(demands.days[inside], every)
        by_period = np.zeros((len(shapes), len(begins)))
        np.add.at(by_period, (first[inside], period), 1.0)
        starts = [day.isoformat() for day in begins]
    ids = [one.item() if isinstance(one, np.generic) else one for one in polygons.frame["id"]]
    return _Asked(areas, ids, count, by_period, starts, int((~inside).sum()))


def _layer(
    polygons: LayerFile, asked: _Asked, spots: HotSpots, course: Course | None
) -> gpd.GeoDataFrame:
    """Return the areas with what was found of each, in the reference system of the areas."""
    households = asked.areas.households
    known = np.full(len(asked.ids), np.nan) if households is None else households
    columns = {
        "id": polygons.frame["id"],
        "demands": asked.demands.astype(np.int64),
        "households": pd.array(known, dtype="Int64"),
        "rate": spots.rate,
        "z": spots.z,
        "p": spots.p,
        "q": spots.q,
        "class": spots.classes,
        "observed_around": spots.observed,
        "expected_around": spots.expected,
    }
    if course is not None:
        columns["trend"] = course.classes
        columns["since"] = [asked.starts[at] if at >= 0 else None for at in course.since]
    return gpd.GeoDataFrame(columns, geometry=polygons.output_geometry(), crs=polygons.output_crs())


def _report(
    args: argparse.Namespace,
    asked: _Asked,
    demands: DemandFile,
    spots: HotSpots,
    course: Course | None,
) -> HotSpotReport:
    areas = asked.areas
    return {
        "demands": demands.rows,
        "located": int(asked.demands.sum()),
        "outside": asked.outside,
        "without_place": demands.placeless,
        "areas": areas.count,
        "classes": _tally(spots.classes, ("hot", "cold", "none", "unknown")),
        "trends": None if course is None else _tally(course.classes, ()),
        "hot_spots": _clusters(asked, spots, course, "hot"),
        "cold_spots": _clusters(asked, spots, course, "cold"),
        "measure": "count" if areas.households is None else "rate",
        "per_households": None if areas.households is None else int(PER_HOUSEHOLDS),
        "q_max": Q_MAX,
        "neighbours": {"kind": "shared_border", "least_m": 0.5, "pairs": len(areas.a)},
        "every": None if course is None else args.every or "month",
        "periods": asked.starts,
        "made_at": clock.now().isoformat(timespec="seconds"),
        "seconds": 0.0,
        "findings": [],
    }


def _tally(classes: np.ndarray, always: tuple[str, ...]) -> dict[str, int]:
    found = dict.fromkeys(always, 0)
    names, counts = np.unique(classes.astype(str), return_counts=True)
    return found | {str(name): int(n) for name, n in zip(names, counts, strict=True)}


def _clusters(
    asked: _Asked, spots: HotSpots, course: Course | None, word: str
) -> list[ClusterReport]:
    """Return what hangs together; what is expected is by households, else alike everywhere."""
    areas, known = asked.areas, ~np.isnan(spots.expected)
    even = np.where(known, 1.0 if areas.households is None else areas.households, 0.0)
    expected = np.where(known, even * asked.demands[known].sum() / max(even[known].sum(), 1e-9), 0)
    found: list[ClusterReport] = []
    for members in clusters(spots.classes, areas, word):
        since, trend = None, None
        if course is not None:
            # The area that departs most speaks for those around it.
            first = members[np.argmin(spots.q[members])]
            trend = str(course.classes[first])
            since = asked.starts[course.since[first]] if course.since[first] >= 0 else None
        found.append(
            {
                "areas": [asked.ids[at] for at in members],
                "demands": int(asked.demands[members].sum()),
                "expected": round(float(expected[members].sum()), 2),
                "q": float(spots.q[members].min()),
                "since": since,
                "trend": trend,
            }
        )
    return found


def _summarise(report: HotSpotReport, lang: Language) -> None:
    values = {
        "located": report["located"],
        "demands": report["demands"],
        "areas": report["areas"],
        **report["classes"],
    }
    print(text("command.hotspots.classes", lang, values))
    for rank, spot in enumerate(report["hot_spots"][:LISTED], start=1):
        names = [str(one) for one in spot["areas"]]
        told = {
            "rank": rank,
            "first": names[0],
            "areas": len(names),
            "demands": spot["demands"],
            "expected": f"{spot['expected']:.1f}",
            "since": spot["since"] or "",
        }
        key = "command.hotspots.since" if spot["since"] else "command.hotspots.spot"
        print(text(key, lang, told))
    more = len(report["hot_spots"]) - LISTED
    if more > 0:
        print(text("command.more_findings", lang, {"count": more}))
