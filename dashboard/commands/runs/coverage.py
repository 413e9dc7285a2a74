"""``getu coverage``: who can walk to a station within so many minutes. Files in, files out."""

from __future__ import annotations

import argparse
import dataclasses
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from dashboard.commands.runs.faults import (
    FindingReport,
    finding_report,
    finish,
    read_all,
    refuse,
    tell,
)
from dashboard.text import Language, text
from data.importers.commands.coverage_files import (
    LayerFile,
    read_buildings,
    read_stations,
    read_streets,
    write_layers,
    write_report,
)
from data.importers.commands.division_files import measuring_crs
from data.importers.commands.walking_files import read_barriers, read_entrances
from layers.kit.crs import measuring_srid, to_measuring, to_storage
from layers.kit.errors import InputError
from layers.kit.findings import Finding
from layers.service_circles.areas import all_stations_areas, lay_raster, station_areas
from layers.service_circles.walking.compute import nearest
from layers.service_circles.walking.faults import judge_stations, judge_streets
from layers.service_circles.walking.network import PROFILES, Network, WalkProfile, build_network
from layers.service_circles.walking.slopes import HeightOf
from layers.service_circles.walking.ties import Ties, anchors_of, doors_of, tie

MINUTES_MAX = 240.0
ENTRANCE_MAX_M = 3.0


@dataclass(frozen=True, slots=True)
class TownFiles:
    """The files of a command, measured and joined: what both commands start from."""

    buildings: LayerFile
    srid: int
    network: Network
    building_ties: Ties
    elevation: str | None
    notes: list[tuple[str, Finding]]

    @property
    def households(self) -> np.ndarray:
        """Return the households of each building, 0 where unknown."""
        counts: np.ndarray = np.nan_to_num(self.buildings.frame["households"].to_numpy())
        return counts

    @property
    def weights(self) -> np.ndarray:
        """Return what each building weighs: its households, or the column that counts instead."""
        counts: np.ndarray = np.nan_to_num(self.buildings.frame["weight"].to_numpy())
        return counts

    def to_output(self, shapes: Sequence[Any]) -> np.ndarray:
        """Return measured geometry in the CRS of the buildings file."""
        measured = np.asarray(shapes, dtype=object)
        crs = self.buildings.output_crs()
        if crs.to_epsg() == self.srid:
            return measured
        degrees = to_storage(measured, self.srid)
        if crs.is_geographic:
            return degrees
        code = crs.to_epsg()
        if code is None:
            return np.asarray(gpd.GeoSeries(degrees, crs="EPSG:4490").to_crs(crs).values)
        return to_measuring(degrees, code)


def run(args: argparse.Namespace) -> int:
    """Compute the coverage; 0 done, 1 done with warnings about the input, 2 cannot."""
    began, lang = time.perf_counter(), args.lang
    try:
        minutes = read_minutes(args.minutes)
        files = read_files(args, stations=lambda: read_stations(args.stations, args.crs))
        stations = files["stations"]
        town = read_town(args, files)
        notes = town.notes + [("stations", note) for note in stations.findings]
        points = stations.measured(town.srid)
        ties = tie(points.geometry.values, town.network, args.tie_max)
        shapes = np.asarray(points.geometry.values, dtype=object)
        notes += [("stations", note) for note in judge_stations(ties, shapes, args.tie_max)]
        tell(text("command.coverage.walking", lang, {"stations": len(ties)}))
        doors = doors_of(town.network, town.building_ties)
        places = anchors_of(town.network, ties)
        found = nearest(town.network, doors, places, direction=args.direction)
        tell(text("command.coverage.drawing", lang))
        layers = {
            "buildings": buildings_layer(town, stations, found.station, found.walk_s),
            "areas": areas_layer(town, stations, places, minutes, args.direction),
        }
        households, untied = town.households, town.building_ties.untied
        report: CoverageReport = {
            "model": model_report(town, args),
            "households": int(households.sum()),
            "untied": int(households[untied].sum()),
            "by_minutes": [
                by_minutes(households, found.walk_s <= 60 * limit, limit) for limit in minutes
            ],
            "seconds": round(time.perf_counter() - began, 3),
            "buildings": len(households),
            "untied_buildings": int(untied.sum()),
            "unreachable": int(households[~untied & (found.station < 0)].sum()),
            "stations": len(ties),
            "findings": [finding_report(label, note, lang) for label, note in notes],
        }
        write_layers(args.out, layers)
        if args.report:
            write_report(args.report, report)
    except InputError as error:
        return refuse(error, args)
    for entry in report["by_minutes"]:
        share = "" if entry["share"] is None else f" ({entry['share']:.1%})"
        values = {**entry, "minutes": f"{entry['minutes']:g}", "share": share}
        print(text("command.coverage.within", lang, values))
    print(text("command.coverage.untied", lang, {"households": report["untied"]}))
    return finish(notes, lang)


def read_minutes(given: str) -> list[float]:
    """Return the limits in minutes, ascending, each once."""
    try:
        minutes = sorted({float(part) for part in given.split(",")})
    except ValueError:
        minutes = []
    if not minutes or not all(0 < limit <= MINUTES_MAX for limit in minutes):
        raise InputError(
            "--minutes {given}: give numbers above 0 up to {most}: 5,10,15",
            given=given,
            most=f"{MINUTES_MAX:g}",
        )
    return minutes


def read_profile(args: argparse.Namespace) -> WalkProfile:
    """Return the chosen profile with the speeds of the command line."""
    profile = PROFILES[args.profile]
    flat = args.flat_speed if args.flat_speed is not None else profile.flat_speed_m_s
    usual = profile.off_street_speed_m_s if args.flat_speed is None else flat
    off = args.off_street_speed if args.off_street_speed is not None else usual
    steps = args.steps_factor if args.steps_factor is not None else profile.steps_factor
    return dataclasses.replace(
        profile,
        flat_speed_m_s=flat,
        off_street_speed_m_s=off,
        steps_factor=steps,
        has_slopes=args.slope == "on",
    )


def read_files(args: argparse.Namespace, **more: Callable[[], LayerFile]) -> dict[str, LayerFile]:
    """Read buildings, streets and what else a command needs; the faults of all files are told."""

    def before(label: str) -> None:
        if label == "buildings":
            tell(text("command.coverage.reading", args.lang))

    if args.barriers:
        more["barriers"] = lambda: read_barriers(args.barriers, args.crs)
    if args.entrances:
        more["entrances"] = lambda: read_entrances(args.entrances, args.crs)
    return read_all(
        {
            **more,
            "buildings": lambda: read_buildings(
                args.buildings, args.crs, getattr(args, "weight", None)
            ),
            "streets": lambda: read_streets(args.streets, args.crs),
        },
        before,
    )


def read_town(args: argparse.Namespace, files: Mapping[str, LayerFile]) -> TownFiles:
    """Build the network of the files that were read, with elevation; tie the buildings."""
    profile = read_profile(args)
    if args.tie_max <= 0:
        raise InputError("--tie-max must be above 0 metres")
    lang: Language = args.lang
    buildings, streets = files["buildings"], files["streets"]
    west, south, east, north = buildings.lonlat_bounds()
    middle = ((west + east) / 2, (south + north) / 2)
    # The file's own CRS where it measures truly, so that its numbers stay as they are.
    srid = measuring_crs(buildings.source, *middle).to_epsg() or measuring_srid(*middle)
    height = None
    if args.elevation:
        from data.importers.commands.elevation_files import read_elevation

        elevation = read_elevation(args.elevation, streets.lonlat_bounds())
        height = HeightOf(elevation, srid) if elevation else _nowhere
    tell(text("command.coverage.building", lang))
    notes = [(label, note) for label in ("buildings", "streets") for note in files[label].findings]
    barriers = None
    if "barriers" in files:
        barriers = np.asarray(files["barriers"].measured(srid).geometry.values, dtype=object)
    try:
        network = build_network(streets.measured(srid), height, profile, barriers)
    except InputError as error:  # what was left out before tells why nothing is left
        error.findings = (*(note for _, note in notes), *error.findings)
        raise
    rows = streets.frame["row"].to_numpy()
    shapes = np.asarray(buildings.measured(srid).geometry.values, dtype=object)
    if "entrances" in files:
        shapes = doors_of_buildings(
            shapes, [str(name) for name in buildings.frame["id"]], files["entrances"].measured(srid)
        )
    counts = {"buildings": len(buildings.frame), "edges": len(network.u)}
    tell(text("command.coverage.tying", lang, counts))
    ties = tie(shapes, network, args.tie_max)
    households = np.nan_to_num(buildings.frame["households"].to_numpy(np.float64))
    for note in (*network.findings, *judge_streets(network, ties, households)):
        notes.append(("streets", _in_file_rows(note, rows)))
    named = args.elevation.name if network.slope.any() and args.elevation else None
    return TownFiles(buildings, srid, network, ties, named, notes)


def doors_of_buildings(
    shapes: np.ndarray, ids: list[str], entrances: gpd.GeoDataFrame
) -> np.ndarray:
    """Return the buildings' shapes, those with known entrances as the points of these.

    An entrance belongs to the building that it names, else to the nearest within
    ``ENTRANCE_MAX_M``.
    """
    points = np.asarray(entrances.geometry.values, dtype=object)
    place = {name: row for row, name in enumerate(ids)}
    named = [None if name is None else place.get(str(name)) for name in entrances["building"]]
    owner = np.array([-1 if row is None else row for row in named], np.int64)
    if all(name is None for name in entrances["building"]):
        point, near = shapely.STRtree(shapes).query_nearest(points, max_distance=ENTRANCE_MAX_M)
        owner[point] = near
    result = shapes.copy()
    for row in np.unique(owner[owner >= 0]):
        result[row] = shapely.multipoints(shapely.get_parts(points[owner == row]))
    return result


def buildings_layer(
    town: TownFiles, stations: LayerFile, station: np.ndarray, walk_s: np.ndarray
) -> gpd.GeoDataFrame:
    """Return id, households, nearest station's id, walk_s, and whether a street was found."""
    frame = town.buildings.frame
    return gpd.GeoDataFrame(
        {
            "id": frame["id"],
            "households": pd.array(frame["households"], dtype="Int64"),
            "station": pick_ids(stations.frame["id"], station),
            "walk_s": walk_s,
            "tied": ~town.building_ties.untied,
        },
        geometry=town.buildings.output_geometry(),
        crs=town.buildings.output_crs(),
    )


def pick_ids(ids: pd.Series, position: np.ndarray) -> Any:
    """Return the ids at positions, null at -1, in the ids' own type."""
    some = position >= 0
    if pd.api.types.is_integer_dtype(ids.dtype):
        values = np.zeros(len(position), np.int64)
        values[some] = ids.to_numpy()[position[some]]
        return pd.arrays.IntegerArray(values, ~some)
    texts = np.full(len(position), None, dtype=object)
    texts[some] = ids.to_numpy(dtype=object)[position[some]]
    return texts


def areas_layer(
    town: TownFiles, stations: LayerFile, places: Any, minutes: list[float], direction: Any
) -> gpd.GeoDataFrame:
    """Return the drawn areas: station, minutes; station null is the union of all."""
    limits_s = [60.0 * limit for limit in minutes]
    raster = lay_raster(town.network)
    owner: list[int] = []
    shapes: list[Any] = []
    for position in range(len(places)):
        shapes += station_areas(town.network, raster, places.one(position), limits_s, direction)
        owner += [position] * len(minutes)
    shapes += all_stations_areas(town.network, raster, places, limits_s, direction)
    owner += [-1] * len(minutes)
    return gpd.GeoDataFrame(
        {
            "station": pick_ids(stations.frame["id"], np.array(owner)),
            "minutes": np.tile(minutes, len(places) + 1),
        },
        geometry=town.to_output(shapes),
        crs=town.buildings.output_crs(),
    )


class MinutesReport(TypedDict):
    """Households within a limit, and their share (0-1) of all, None of none."""

    minutes: float
    covered: int
    share: float | None


class ModelReport(TypedDict):
    """How walking was computed."""

    flat_speed_m_s: float
    off_street_speed_m_s: float
    slope: str
    direction: str
    tie_max_m: float
    elevation: str | None
    profile: str
    steps_factor: float
    measured_in: str


class CoverageReport(TypedDict):
    """What ``--report`` writes: households, buildings and stations, and what was found."""

    model: ModelReport
    households: int
    untied: int
    by_minutes: list[MinutesReport]
    seconds: float
    buildings: int
    untied_buildings: int
    unreachable: int
    stations: int
    findings: list[FindingReport]


def by_minutes(households: np.ndarray, inside: np.ndarray, limit: float) -> MinutesReport:
    """Return one row of the report: households within the limit and their share of all."""
    covered, total = int(households[inside].sum()), int(households.sum())
    return {
        "minutes": int(limit) if limit == int(limit) else limit,
        "covered": covered,
        "share": covered / total if total else None,
    }


def model_report(town: TownFiles, args: argparse.Namespace) -> ModelReport:
    """Return how walking was computed."""
    profile = town.network.profile
    return {
        "flat_speed_m_s": profile.flat_speed_m_s,
        "off_street_speed_m_s": profile.off_street_speed_m_s,
        "slope": "tobler" if town.elevation and profile.has_slopes else "flat",
        "direction": args.direction,
        "tie_max_m": args.tie_max,
        "elevation": town.elevation,
        "profile": profile.key,
        "steps_factor": profile.steps_factor,
        "measured_in": f"EPSG:{town.srid}",
    }


def _nowhere(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Heights of a raster that does not touch the town: all unknown."""
    return np.full(np.broadcast(x, y).shape, np.nan)


def _in_file_rows(note: Finding, rows: np.ndarray) -> Finding:
    """Return a finding whose rows count the file's rows, not the walkable ones."""
    values = dict(note.values)
    if "other_row" in values:
        values["other_row"] = int(rows[note.whole("other_row") - 1])
    row = None if note.row is None else int(rows[note.row - 1])
    return dataclasses.replace(note, row=row, values=values)
