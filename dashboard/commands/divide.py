"""``getu divide``: buildings in, a plan of grids under the limit out. Files only, no database."""

from __future__ import annotations

import argparse
from pathlib import Path

NAME = "divide"
HELP = "divide communities into the fewest compact grids under a limit of households (files only)"
EXAMPLE = (
    "getu divide --buildings houses.gpkg --streets streets.gpkg --households-max 300 "
    "--out plan.gpkg --report report.json"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    parser.add_argument(
        "--buildings",
        type=Path,
        required=True,
        help="polygons or points with a column households; estate and community are used if there",
    )
    parser.add_argument("--streets", type=Path, help="street lines: grids follow them")
    parser.add_argument("--water", type=Path, help="rivers and lakes: grids follow them")
    parser.add_argument("--boundary", type=Path, help="community polygons (default: hull + 50 m)")
    parser.add_argument("--out", type=Path, required=True, help="plan to write (GeoPackage)")
    parser.add_argument("--report", type=Path, help="figures to write (JSON)")
    parser.add_argument("--households-max", type=int, default=300, help="limit of a grid (300)")
    parser.add_argument("--households-min", type=int, help="grids should not be smaller")
    parser.add_argument(
        "--prefer",
        choices=("fewest", "balanced", "round"),
        help="fewest grids, even loads, or round grids (default: nearly the fewest)",
    )
    parser.add_argument("--grids", type=int, help="exactly so many grids in every community")
    parser.add_argument("--seed", type=int, default=0, help="another seed, another plan (0)")
    parser.add_argument(
        "--units",
        choices=("auto", "buildings", "areas"),
        default="auto",
        help="areas: the polygons tile already and are used as they are (auto: look)",
    )
    parser.add_argument(
        "--crs", help="what the files' coordinates are: EPSG:n, gcj02, bd09 (overrides the files)"
    )
    parser.add_argument("--quiet", action="store_true", help="say nothing while at work")


def run(args: argparse.Namespace) -> int:
    """Divide; 0 when done, 1 when the plan or the files have errors that are listed."""
    from dashboard.commands.runs import divide

    return divide.run(args)
