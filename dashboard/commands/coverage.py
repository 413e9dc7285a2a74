"""``getu coverage``: who can walk to a station within so many minutes. Files in, files out."""

from __future__ import annotations

import argparse
import dataclasses
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from dashboard.commands import CANNOT, DONE, FINDINGS
from dashboard.text import catalogue, text
from data.importers.commands.coverage_files import (
    LayerFile,
    read_buildings,
    read_elevation,
    read_stations,
    read_streets,
    write_layers,
    write_report,
)
from data.importers.commands.division_files import measuring_crs
from layers.kit.crs import measuring_srid, to_measuring, to_storage
from layers.kit.errors import InputError
from layers.kit.findings import Finding
from layers.service_circles.areas import all_stations_areas, lay_ground, station_areas
from layers.service_circles.walking.compute import nearest
from layers.service_circles.walking.faults import judge_stations, judge_streets
from layers.service_circles.walking.network import PROFILES, Network, WalkProfile, build_network
from layers.service_circles.walking.slopes import HeightOf
from layers.service_circles.walking.ties import TIE_MAX_M, Ties, doors_of, places_of, tie

NAME = "coverage"
HELP = "walking time of every building to its nearest station, and the areas within reach"
EXAMPLE = (
    "getu coverage --buildings buildings.gpkg --streets streets.gpkg --stations stations.geojson "
    "--elevation dem.tif --minutes 5,10,15 --out coverage.gpkg --report report.json"
)
MINUTES_MAX = 240.0
SHOWN = 20  # findings of one kind that are printed; the report has all

# What is wrong and what to do, by the code of the finding.
SENTENCES = {
    "column_missing": "a column {field} is needed; add it or rename the one that holds it",
    "not_a_count": "{value} is not a whole number of households; correct it or leave it empty",
    "geometry_missing": "has no geometry; draw it or delete the row",
    "geometry_wrong_kind": "is a {kind}; use {wanted}",
    "coordinates_not_degrees": "lies outside the degrees of {crs}; say the right --crs",
    "households_unknown": "{rows} buildings have no count of households; they count in no sum",
    "id_repeated": "the id {value} is used before; give each row its own",
    "street_not_walkable": "{rows} streets may not be walked (motorways, foot=no) and are left out",
    "street_not_a_line": "is not a line and is left out",
    "street_zero_length": "has no length and is left out",
    "street_crossing": "crosses row {other_row} without a shared vertex: no way between them; "
    "add a vertex to both, or mark the bridge",
    "street_end_near": "ends beside row {other_row} without joining it; snap the end",
    "street_island": "{length_m} m of streets are joined to no other; connect them if one can walk",
    "elevation_missing": "{percent} of the streets' length has no height and is walked as flat "
    "where it has none; give an elevation that covers the town",
    "station_untied": "no street within {tie_max_m:g} m: the station reaches nobody; move it",
    "station_off_street": "stands {offset_m} m from the nearest street; check its place",
    "station_same_place": "stands at the place of row {first_row}; delete one if it is the same",
}


@dataclass(frozen=True, slots=True)
class Town:
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


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    add_town_arguments(parser)
    parser.add_argument("--stations", type=Path, required=True, help="points of the stations")
    parser.add_argument("--minutes", default="5,10,15", help="limits in minutes (5,10,15)")


def add_town_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options that ``coverage`` and ``site`` share."""
    parser.add_argument(
        "--buildings", type=Path, required=True,
        help="polygons or points with a column households (and id)",
    )  # fmt: skip
    parser.add_argument(
        "--streets", type=Path, required=True,
        help="lines that connect at shared vertices (columns class, bridge, tunnel, layer)",
    )  # fmt: skip
    parser.add_argument("--elevation", type=Path, help="GeoTIFF of heights in metres")
    parser.add_argument("--crs", help="EPSG:n, gcj02 or bd09, instead of what the files declare")
    parser.add_argument("--profile", choices=sorted(PROFILES), default="adult")
    parser.add_argument("--flat-speed", type=float, help="m/s on the flat (adult 1.1)")
    parser.add_argument("--off-street-speed", type=float, help="m/s off the streets (flat speed)")
    parser.add_argument("--steps-factor", type=float, help="seconds on steps are multiplied (1)")
    parser.add_argument(
        "--slope", choices=("on", "off"), default="on",
        help="off: every street is walked as if it were level",
    )  # fmt: skip
    parser.add_argument(
        "--tie-max", type=float, default=TIE_MAX_M, help="metres from a building to its street"
    )
    parser.add_argument(
        "--direction", choices=("to_station", "from_station", "round_trip"), default="to_station"
    )
    parser.add_argument("--out", type=Path, required=True, help="GeoPackage to write")
    parser.add_argument("--report", type=Path, help="JSON report to write")


def run(args: argparse.Namespace) -> int:
    """Compute the coverage; 0 done, 1 done with warnings about the input, 2 cannot."""
    began = time.perf_counter()
    try:
        minutes = read_minutes(args.minutes)
        stations = read_stations(args.stations, args.crs)
        town = read_town(args)
        notes = town.notes + [("stations", note) for note in stations.findings]
        points = stations.measured(town.srid)
        ties = tie(points.geometry.values, town.network, args.tie_max)
        shapes = np.asarray(points.geometry.values, dtype=object)
        notes += [("stations", note) for note in judge_stations(ties, shapes)]
        say(f"walking to {len(ties)} stations …")
        doors = doors_of(town.network, town.building_ties)
        places = places_of(town.network, ties)
        found = nearest(town.network, doors, places, direction=args.direction)
        say("drawing the areas …")
        layers = {
            "buildings": buildings_layer(town, stations, found.station, found.walk_s),
            "areas": areas_layer(town, stations, places, minutes, args.direction),
        }
        households, untied = town.households, town.building_ties.untied
        report: dict[str, Any] = {
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
            "findings": [finding_report(label, note, args.tie_max) for label, note in notes],
        }
        write_layers(args.out, layers)
        if args.report:
            write_report(args.report, report)
    except InputError as error:
        return refuse(error, args.tie_max)
    for entry in report["by_minutes"]:
        share = "" if entry["share"] is None else f" ({entry['share']:.1%})"
        print(f"{entry['minutes']:g} minutes: {entry['covered']:,} households{share}")
    print(f"not tied to a street: {report['untied']:,} households")
    return finish(notes, args.tie_max)


def read_minutes(text: str) -> list[float]:
    """Return the limits in minutes, ascending, each once."""
    try:
        minutes = sorted({float(part) for part in text.split(",")})
    except ValueError:
        minutes = []
    if not minutes or not all(0 < limit <= MINUTES_MAX for limit in minutes):
        raise InputError(f"--minutes {text}: give numbers above 0 up to {MINUTES_MAX:g}: 5,10,15")
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


def read_town(args: argparse.Namespace) -> Town:
    """Read buildings, streets and elevation; build the network; tie the buildings."""
    profile = read_profile(args)
    if args.tie_max <= 0:
        raise InputError("--tie-max must be above 0 metres")
    say("reading buildings and streets …")
    buildings = read_buildings(args.buildings, args.crs)
    streets = read_streets(args.streets, args.crs)
    west, south, east, north = buildings.lonlat_bounds()
    middle = ((west + east) / 2, (south + north) / 2)
    # The file's own CRS where it measures truly, so that its numbers stay as they are.
    srid = measuring_crs(buildings.source, *middle).to_epsg() or measuring_srid(*middle)
    height = None
    if args.elevation:
        elevation = read_elevation(args.elevation, streets.lonlat_bounds())
        height = HeightOf(elevation, srid) if elevation else _nowhere
    say("building the walking network …")
    measured = streets.measured(srid)
    network = build_network(measured, height, profile)
    rows = streets.frame["row"].to_numpy()
    notes = [("buildings", note) for note in buildings.findings]
    notes += [("streets", note) for note in streets.findings]
    for note in (*network.findings, *judge_streets(network)):
        notes.append(("streets", _in_file_rows(note, rows)))
    say(f"tying {len(buildings.frame):,} buildings to {len(network.u):,} street edges …")
    ties = tie(buildings.measured(srid).geometry.values, network, args.tie_max)
    named = args.elevation.name if network.slope.any() and args.elevation else None
    return Town(buildings, srid, network, ties, named, notes)


def buildings_layer(
    town: Town, stations: LayerFile, station: np.ndarray, walk_s: np.ndarray
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
    town: Town, stations: LayerFile, places: Any, minutes: list[float], direction: Any
) -> gpd.GeoDataFrame:
    """Return the drawn areas: station, minutes; station null is the union of all."""
    limits_s = [60.0 * limit for limit in minutes]
    ground = lay_ground(town.network)
    owner: list[int] = []
    shapes: list[Any] = []
    for position in range(len(places)):
        shapes += station_areas(town.network, ground, places.one(position), limits_s, direction)
        owner += [position] * len(minutes)
    shapes += all_stations_areas(town.network, ground, places, limits_s, direction)
    owner += [-1] * len(minutes)
    return gpd.GeoDataFrame(
        {
            "station": pick_ids(stations.frame["id"], np.array(owner)),
            "minutes": np.tile(minutes, len(places) + 1),
        },
        geometry=town.to_output(shapes),
        crs=town.buildings.output_crs(),
    )


def by_minutes(households: np.ndarray, inside: np.ndarray, limit: float) -> dict[str, Any]:
    """Return one row of the report: households within the limit and their share of all."""
    covered, total = int(households[inside].sum()), int(households.sum())
    return {
        "minutes": int(limit) if limit == int(limit) else limit,
        "covered": covered,
        "share": covered / total if total else None,
    }


def model_report(town: Town, args: argparse.Namespace) -> dict[str, Any]:
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


def sentence(note: Finding, tie_max_m: float) -> str:
    """Return what is wrong and what to do."""
    values = {"field": note.field, "tie_max_m": tie_max_m, **note.values}
    if "share" in values:
        values["percent"] = f"{values['share']:.1%}"
    if note.code in SENTENCES:
        return SENTENCES[note.code].format(**values)
    key = f"finding.{note.code}"
    return text(key, "en", values) if key in catalogue() else note.code


def finding_report(label: str, note: Finding, tie_max_m: float) -> dict[str, Any]:
    """Return one finding for the report."""
    return {
        "file": label, "code": note.code, "severity": note.severity, "row": note.row,
        "field": note.field, "message": sentence(note, tie_max_m),
    }  # fmt: skip


def print_findings(notes: Sequence[tuple[str, Finding]], tie_max_m: float) -> None:
    """Print findings on stderr, at most ``SHOWN`` of one kind."""
    count: dict[tuple[str, str], int] = {}
    for label, note in notes:
        seen = count[label, note.code] = count.get((label, note.code), 0) + 1
        if seen <= SHOWN:
            row = f" row {note.row}" if note.row else ""
            field = f" {note.field}" if note.field else ""
            say(f"{note.severity}: {label}{row}{field}: {sentence(note, tie_max_m)}")
    for (label, code), seen in count.items():
        if seen > SHOWN:
            say(f"{label}: {seen - SHOWN} more of {code}")


def refuse(error: InputError, tie_max_m: float) -> int:
    """Print why nothing was written; return 2. A fault of a file as a whole is one line."""
    if len(error.findings) == 1 and error.findings[0].row is None:
        say(f"getu: {error}")
        return CANNOT
    print_findings([("file", note) for note in error.findings], tie_max_m)
    say(f"getu: {error}")
    return CANNOT


def finish(notes: Sequence[tuple[str, Finding]], tie_max_m: float) -> int:
    """Print the findings; return 1 when one warns that the answer lacks something, else 0."""
    print_findings(notes, tie_max_m)
    return FINDINGS if any(note.severity != "info" for _, note in notes) else DONE


def say(line: str) -> None:
    """Print progress and remarks, beside the result."""
    print(line, file=sys.stderr, flush=True)


def _nowhere(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Heights of a raster that does not touch the town: all unknown."""
    return np.full(np.broadcast(x, y).shape, np.nan)


def _in_file_rows(note: Finding, rows: np.ndarray) -> Finding:
    """Return a finding whose rows count the file's rows, not the walkable ones."""
    values = dict(note.values)
    if "other_row" in values:
        values["other_row"] = int(rows[values["other_row"] - 1])
    row = None if note.row is None else int(rows[note.row - 1])
    return dataclasses.replace(note, row=row, values=values)
