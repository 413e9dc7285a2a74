"""``getu site``: where the next stations should go, with a proven bound. Files in, files out."""

from __future__ import annotations

import argparse
from pathlib import Path

from dashboard.commands.coverage import add_town_arguments

NAME = "site"
HELP = "where the next stations should go, and how far from the optimum that can be at most"
EXAMPLE = (
    "getu site --buildings buildings.gpkg --streets streets.gpkg --stations stations.gpkg "
    "--candidates sites.gpkg --new 3 --minutes 15 --out sites_out.gpkg --report report.json"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    add_town_arguments(parser)
    parser.add_argument("--stations", type=Path, help="stations that exist and stay")
    parser.add_argument("--candidates", type=Path, required=True, help="sites to choose from")
    parser.add_argument("--new", type=int, help="how many new sites (not with --objective all)")
    parser.add_argument("--minutes", default="15", help="walking limit in minutes (15)")
    parser.add_argument(
        "--objective", choices=("cover", "all", "distance"), default="cover",
        help="most households within the minutes (cover), everyone with the fewest sites (all), "
        "least walking in all (distance)",
    )  # fmt: skip
    parser.add_argument(
        "--least", type=int, default=0, help="a site is opened for at least so many households"
    )
    parser.add_argument("--most", type=int, help="a site serves at most so many households")
    parser.add_argument(
        "--weight", help="a column of the buildings that counts instead of households"
    )
    parser.add_argument("--time-limit", type=float, default=60.0, help="seconds for the proof (60)")


def run(args: argparse.Namespace) -> int:
    """Choose the sites; 0 proven, 1 with a gap left or warnings about the input, 2 cannot."""
    from dashboard.commands.runs import site

    return site.run(args)
