"""``getu check``: judge any plan file, independently of what made it."""

from __future__ import annotations

import argparse
from pathlib import Path

NAME = "check"
HELP = "judge a plan file: limit, contiguity, seams, cut buildings, counts (files only)"
EXAMPLE = "getu check plan.gpkg --households-max 300 --report certificate.json"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    parser.add_argument("plan", type=Path, help="plan with a layer grids (code, households)")
    parser.add_argument("--households-max", type=int, default=300, help="limit of a grid (300)")
    parser.add_argument(
        "--buildings",
        type=Path,
        help="buildings, where the plan has no such layer; one with a text in its column waiver "
        "(who allows it, and why) may be cut",
    )
    parser.add_argument("--boundary", type=Path, help="community polygons, where the plan has none")
    parser.add_argument("--report", type=Path, help="certificate to write (JSON)")
    parser.add_argument("--crs", help="what the coordinates are: EPSG:n (overrides the file)")


def run(args: argparse.Namespace) -> int:
    """Judge; 0 when the plan is in order, 1 when it has errors that are listed."""
    from dashboard.commands.runs import check

    return check.run(args)
