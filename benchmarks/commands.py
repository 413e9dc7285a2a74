"""How long a command takes to start: processor seconds on files of ten buildings.

``python -m benchmarks.commands [--times 5] [--root CHECKOUT]``. Each command runs in a process of
its own, as a user starts it; user and system time of the process and its children are added up
(``os.wait4``), so that other work on the machine counts little. The first run of each is not
counted: it may compile. ``--root`` measures another checkout by its own ``.venv``.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

HERE = Path(__file__).resolve().parents[1]
CRS = "EPSG:4545"
EAST, NORTH = 500_000.0, 3_158_000.0


def write_town(folder: Path) -> None:
    """Write ten buildings along two streets, two stations and three candidate sites."""
    x = EAST + 40.0 * np.tile(np.arange(5), 2)
    y = NORTH + 60.0 * np.repeat(np.arange(2), 5)
    houses = shapely.box(x, y + 8, x + 20, y + 20)
    gpd.GeoDataFrame(
        {"id": np.arange(1, 11), "households": [60, 70, 80, 90, 50, 40, 66, 72, 81, 95]},
        geometry=houses, crs=CRS,
    ).to_file(folder / "houses.gpkg")  # fmt: skip
    west, east = EAST - 20, EAST + 200
    lines = [
        shapely.LineString([(west, NORTH), (west, NORTH + 60)]),
        shapely.LineString([(west, NORTH), (east, NORTH)]),
        shapely.LineString([(west, NORTH + 60), (east, NORTH + 60)]),
    ]
    gpd.GeoDataFrame({"class": ["street"] * 3}, geometry=lines, crs=CRS).to_file(
        folder / "streets.gpkg"
    )
    points = shapely.points([EAST, EAST + 160, EAST + 80], [NORTH, NORTH + 60, NORTH])
    sites = gpd.GeoDataFrame({"id": [1, 2, 3]}, geometry=points, crs=CRS)
    sites.iloc[:2].to_file(folder / "stations.gpkg")
    sites.to_file(folder / "candidates.gpkg")


def commands(folder: Path) -> dict[str, list[str]]:
    """Return what is started, by the name that is printed."""
    at = {name: str(folder / f"{name}.gpkg") for name in ("houses", "streets", "stations")}
    town = ["--buildings", at["houses"], "--streets", at["streets"]]
    plan = ["--out", str(folder / "plan.gpkg")]
    out = ["--out", str(folder / "out.gpkg"), "--report", str(folder / "report.json")]
    sites = ["--candidates", str(folder / "candidates.gpkg"), "--new", "1"]
    return {
        "--help": ["--help"],
        "divide --help": ["divide", "--help"],
        "divide": ["divide", "--buildings", at["houses"], *plan, "--quiet"],
        "check": ["check", str(folder / "plan.gpkg")],
        "coverage": ["coverage", *town, "--stations", at["stations"], *out],
        "site": ["site", *town, *sites, *out],
    }


def processor_s(root: Path, arguments: list[str]) -> float:
    """Run one command to its end; return its user and system seconds. Raises where it fails."""
    own = root / ".venv" / "bin" / "python"
    python = str(own) if own.exists() else sys.executable
    with tempfile.TemporaryFile() as said:
        started = subprocess.Popen(
            [python, "app.py", *arguments], cwd=root, stdout=said, stderr=said
        )
        _, status, used = os.wait4(started.pid, 0)
        started.returncode = os.waitstatus_to_exitcode(status)
        if started.returncode not in (0, 1):
            said.seek(0)
            raise RuntimeError(f"{arguments}: {said.read().decode()[-400:]}")
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Print the median of every command."""
    parser = argparse.ArgumentParser(description="processor seconds of commands on small files")
    parser.add_argument("--times", type=int, default=5, help="counted runs of each (5)")
    parser.add_argument("--root", type=Path, default=HERE, help="checkout to measure (this one)")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_town(folder)
        print(f"{'command':<16}{'median s':>10}{'fastest s':>11}{'slowest s':>11}")
        for label, arguments in commands(folder).items():
            processor_s(args.root, arguments)
            taken = [processor_s(args.root, arguments) for _ in range(args.times)]
            print(
                f"{label:<16}{statistics.median(taken):>10.2f}{min(taken):>11.2f}{max(taken):>11.2f}"
            )


if __name__ == "__main__":
    main()
