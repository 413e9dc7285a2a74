"""``getu coverage``: who can walk to a station within so many minutes. Files in, files out."""

from __future__ import annotations

import argparse
from pathlib import Path

# As in layers/service_circles/walking, which is not imported for the sake of ``--help``.
PROFILES = ("adult", "elderly")
TIE_MAX_M = 200.0

NAME = "coverage"
HELP = "walking time of every building to its nearest station, and the areas within reach"
EXAMPLE = (
    "getu coverage --buildings buildings.gpkg --streets streets.gpkg --stations stations.geojson "
    "--elevation dem.tif --minutes 5,10,15 --out coverage.gpkg --report report.json"
)


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
    parser.add_argument(
        "--barriers", type=Path,
        help="water, walls and rails that nobody walks across from a door to its street",
    )  # fmt: skip
    parser.add_argument(
        "--entrances", type=Path,
        help="points of doors (column building_id, else by place): walks begin there",
    )  # fmt: skip
    parser.add_argument("--elevation", type=Path, help="GeoTIFF of heights in metres")
    parser.add_argument("--crs", help="EPSG:n, gcj02 or bd09, instead of what the files declare")
    parser.add_argument(
        "--profile", choices=PROFILES, default="adult", help="who walks: adult or elderly (adult)"
    )
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
        "--direction",
        choices=("to_station", "from_station", "round_trip"),
        default="to_station",
        help="which way is walked: to the station, from it, or there and back (to_station)",
    )
    parser.add_argument("--out", type=Path, required=True, help="GeoPackage to write")
    parser.add_argument("--report", type=Path, help="JSON report to write")


def run(args: argparse.Namespace) -> int:
    """Compute the coverage; 0 done, 1 done with warnings about the input, 2 cannot."""
    from dashboard.commands.runs import coverage

    return coverage.run(args)
