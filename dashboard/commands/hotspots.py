"""``getu hotspots``: where demands are more than chance brings together. Files in, files out."""

from __future__ import annotations

import argparse
from pathlib import Path

NAME = "hotspots"
HELP = "where demands are more, or fewer, than chance brings together (files only)"
EXAMPLE = (
    "getu hotspots --demands demands.csv --areas grids.gpkg --households households "
    "--time received_at --every month --crs EPSG:4490 --out hotspots.gpkg --report report.json"
)
# As data/importers/commands/hot_spot_files, which is not imported for the sake of ``--help``.
EVERY = ("day", "week", "month", "quarter", "year")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    parser.add_argument(
        "--demands", type=Path, required=True,
        help="points, or a table with longitude and latitude: one row a demand",
    )  # fmt: skip
    parser.add_argument(
        "--areas", type=Path, required=True, help="polygons that demands are counted in (column id)"
    )
    parser.add_argument(
        "--households", metavar="COLUMN",
        help="column of the areas with their households: rates are compared, not counts",
    )  # fmt: skip
    parser.add_argument(
        "--time", metavar="COLUMN", help="column of the demands with the day received"
    )
    parser.add_argument(
        "--every", choices=EVERY, help="length of a period, with --time: month unless said"
    )
    parser.add_argument(
        "--water", type=Path, help="rivers and lakes: areas across are no neighbours"
    )
    parser.add_argument("--crs", help="EPSG:n, gcj02 or bd09, instead of what the files declare")
    parser.add_argument("--out", type=Path, required=True, help="GeoPackage to write")
    parser.add_argument("--report", type=Path, help="JSON report to write")


def run(args: argparse.Namespace) -> int:
    """Find the hot spots; 0 done, 1 done with warnings about the input, 2 cannot."""
    from dashboard.commands.runs import hotspots

    return hotspots.run(args)
