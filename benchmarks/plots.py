"""Time the tessellation: ``python benchmarks/plots.py [--large] [--peer]``.

Inputs: the real Bayreuth extract as one community (where ../shared/data is there), a synthetic
town of about 7,000 buildings in 17 communities, and with ``--large`` one of about 120,000 in 300,
one community after the other, with the peak memory of the process. ``--peer`` runs momepy's
tessellation on the same town where momepy is installed. Prints processor seconds (the machine may
be shared) per 1,000 buildings and checks the plots: tiling, one piece, no footprint cut.
"""

from __future__ import annotations

import argparse
import itertools
import platform
import resource
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from shapely import affinity

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))


from layers.grids.plots.tessellate import tessellate  # noqa: E402
from tests.layers.grids.bayreuth import EXTRACT, bayreuth  # noqa: E402

CRS = 4545
Community = tuple[Any, gpd.GeoDataFrame, gpd.GeoDataFrame, gpd.GeoDataFrame]


def _block(rng: np.random.Generator, x: float, y: float, w: float, h: float) -> list[Any]:
    """Fill one street block: old town rows, slabs, towers, or nothing but a pavilion."""
    kind = rng.choice(["old", "old", "slab", "slab", "tower", "empty"])
    found: list[Any] = []
    if kind == "old":
        for row in np.arange(y + 7, y + h - 14, rng.uniform(11, 16)):
            at = x + 7.0
            while at < x + w - 16:
                wide, deep = rng.uniform(4, 11), rng.uniform(7, 10)
                found.append(shapely.box(at, row, at + wide, row + deep))
                at += wide + rng.choice([0.0, 0.0, 0.02, 1.0, 4.0])
    elif kind == "slab":
        for row in np.arange(y + 12, y + h - 22, 32):
            for at in np.arange(x + 10, x + w - 40, 58):
                found.append(shapely.box(at, row, at + rng.uniform(38, 48), row + 13))
    elif kind == "tower":
        for row in np.arange(y + 20, y + h - 40, 60):
            for at in np.arange(x + 15, x + w - 35, 48):
                found.append(shapely.box(at, row, at + 24, row + 22))
    else:
        found.append(shapely.box(x + w / 2, y + h / 2, x + w / 2 + 8, y + h / 2 + 8))
    turn = rng.uniform(-8, 8)
    return [affinity.rotate(shape, turn, origin=(x + w / 2, y + h / 2)) for shape in found]


def community(seed: int, x0: float = 500_000.0, y0: float = 3_000_000.0) -> Community:
    """Make one community of 100 to 650 buildings: about 560 m by 350 m of blocks and a river."""
    rng = np.random.default_rng(seed)
    xs = x0 + np.cumsum([0, *rng.uniform(110, 170, 4)])
    ys = y0 + np.cumsum([0, *rng.uniform(90, 140, 3)])
    border = shapely.box(xs[0], ys[0], xs[-1], ys[-1])
    shapes: list[Any] = []
    for left, right in itertools.pairwise(xs):
        for low, high in itertools.pairwise(ys):
            shapes += _block(rng, left, low, right - left, high - low)
    lines, kinds = [], []
    for at in xs:
        lines.append(shapely.LineString([(at + rng.uniform(-4, 4), ys[0] - 9), (at, ys[-1] + 9)]))
        kinds.append(rng.choice(["main_street", "street"]))
    for at in ys:
        lines.append(shapely.LineString([(xs[0] - 9, at + rng.uniform(-4, 4)), (xs[-1] + 9, at)]))
        kinds.append("street")
    bend = [(xs[0] - 50, ys[2] + 30), (xs[2], ys[2] + rng.uniform(-60, 60)), (xs[-1] + 50, ys[2])]
    river = shapely.LineString(bend).segmentize(40).buffer(18)
    shapes = [shape for shape in shapes if not shape.intersects(river)]
    return (
        border,
        gpd.GeoDataFrame(geometry=shapes, crs=CRS),
        gpd.GeoDataFrame({"class": kinds}, geometry=lines, crs=CRS),
        gpd.GeoDataFrame({"kind": ["river"]}, geometry=[river], crs=CRS),
    )


def town(communities: int) -> Iterator[Community]:
    """Make the communities of a town, one at a time."""
    for seed in range(communities):
        yield community(seed, 500_000.0 + 800 * (seed % 20), 3_000_000.0 + 700 * (seed // 20))


def _measure(name: str, parts: Iterator[Community]) -> None:
    buildings = plots = cut = 0
    seconds = 0.0
    valid = True
    for border, frame, streets, water in parts:
        start = time.process_time()
        result = tessellate(border, frame, streets, water)
        seconds += time.process_time() - start
        shapes = np.asarray(result.plots.geometry.array, dtype=object)
        own = shapes[result.plot_of[result.footprints.index].to_numpy()]
        lost = shapely.area(shapely.difference(result.footprints.array, own))
        cut += int((lost > 1e-3).sum())
        area = float(shapely.area(shapes).sum())
        valid &= bool(shapely.coverage_is_valid(shapes)) and bool(
            (shapely.get_type_id(shapes) == 3).all()
        )
        valid &= abs(area - border.area) <= 1e-9 * border.area
        buildings += len(frame)
        plots += len(shapes)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{name:<28} {buildings:>7} buildings {plots:>7} plots {seconds:>8.2f} s "
        f"{1000 * seconds / buildings:>6.2f} s/1,000  tiles: {'yes' if valid else 'NO'}  "
        f"footprints cut: {cut}  peak {peak:.0f} MB"
    )


def _measure_momepy(parts: Iterator[Community]) -> None:
    try:
        import momepy
    except ImportError:
        print("momepy is not installed; pip install momepy to compare")
        return
    buildings = cut = 0
    seconds = 0.0
    valid = True
    for border, frame, _, _ in parts:
        start = time.process_time()
        cells = momepy.morphological_tessellation(frame, clip=border)
        seconds += time.process_time() - start
        shapes = cells.geometry.reindex(frame.index)
        lost = shapely.area(shapely.difference(frame.geometry.array, shapes.array))
        cut += int((np.nan_to_num(lost, nan=1.0) > 1e-3).sum())
        valid &= bool(shapely.coverage_is_valid(np.asarray(cells.geometry.array, dtype=object)))
        buildings += len(frame)
    print(
        f"momepy {momepy.__version__:<21} {buildings:>7} buildings {seconds:>23.2f} s "
        f"{1000 * seconds / buildings:>6.2f} s/1,000  valid coverage: {'yes' if valid else 'NO'}  "
        f"footprints cut: {cut}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--large", action="store_true", help="also 120,000 buildings")
    parser.add_argument("--peer", action="store_true", help="also momepy on the same town")
    options = parser.parse_args()
    print(
        f"Python {platform.python_version()}, shapely {shapely.__version__}, "
        f"GEOS {shapely.geos_version_string}, {platform.machine()}"
    )
    _measure("synthetic, 17 communities", town(17))
    if options.peer:
        _measure_momepy(town(17))
    if EXTRACT.exists():
        _measure("Bayreuth, one community", iter([bayreuth()]))
    else:
        print("Bayreuth: ../shared/data/osm_bayreuth is not there, left out")
    if options.large:
        _measure("synthetic, 300 communities", town(300))


if __name__ == "__main__":
    main()
