"""Which footprints each kind of block gets, and how many homes they hold."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import affinity
from shapely.geometry import Polygon

from data.sample.counties.county import Structure
from data.sample.homes.buildings import (
    Footprints,
    halls,
    houses,
    polygons,
    scattered_houses,
    slabs,
    towers,
)
from data.sample.homes.households import LARGEST
from data.sample.valley.blocks import Block
from data.sample.valley.divisions import apportion
from data.sample.valley.terrain import Terrain

STREET_REACH_M = 75.0
OCCUPANCY = 0.87  # of dwellings in the town as a whole
PUBLIC = ("school", "primary", "government", "hospital", "market", "bus_station")


def lay_out(
    blocks: list[Block],
    terrain: Terrain,
    structure: Structure,
    streets: shapely.STRtree,
    rng: np.random.Generator,
) -> tuple[Footprints, list[Polygon]]:
    """Build every block by its use; return the buildings and the sports grounds between them."""
    grounds: list[Polygon] = []
    if structure.buildings is not None:
        return planned_site(blocks, structure, rng), grounds
    out = Footprints()
    for block in blocks:
        use = block.use
        if use == "old_town":
            houses(out, block, 118, (2, 2, 3, 3, 4, 5), 0.9, "house", rng)
        elif use == "mixed":
            houses(out, block, 185, (3, 4, 5, 6), 0.86, "mixed", rng)
        elif use == "compound":
            ranked(out, block, (5, 6, 7), 11.5, "compound", (1, 2, 3), 0.62, rng)
        elif use == "slab_estate":
            ranked(out, block, (6, 7, 8, 9, 11, 11), 13.0, "slab", (2, 3, 3, 4), 0.68, rng)
        elif use == "tower_estate":
            made = Footprints()
            towers(made, block, "tower", rng)
            if "tower" in made.kinds:
                out.extend(made)
            else:
                ranked(out, block, (9, 11, 11), 13.5, "slab", (2, 3), 0.7, rng)
        elif use == "resettlement_site":
            slabs(out, block, (6,), 12.0, "reset", (3, 4), rng, 0.8)
        elif use in ("village", "hillside"):
            scattered_houses(out, block, terrain, "village", 17.2, 60, streets, rng)
        elif use == "industry":
            halls(out, block, 2400, 0.8, "industry", (1, 1, 2, 4), rng)
        elif use in ("school", "primary"):
            campus, ground = sports_ground(block)
            grounds += ground
            classrooms(out, campus, rng)
        elif use in PUBLIC:
            halls(out, block, 1500, 0.7, "public", (2, 3, 4, 5), rng)
    return reached(out, streets), grounds


def reached(made: Footprints, streets: shapely.STRtree) -> Footprints:
    """Return the buildings that a street comes near; nobody builds where no road leads."""
    shapes = np.array(made.shapes, dtype=object)
    near, _ = streets.query_nearest(shapes, max_distance=STREET_REACH_M, all_matches=False)
    out = Footprints()
    for k in near.tolist():
        out.add(
            made.shapes[k],
            made.blocks[k],
            made.kinds[k],
            made.levels[k],
            made.entrances[k],
            made.homes[k],
        )
    return out


def ranked(
    out: Footprints,
    block: Block,
    levels: tuple[int, ...],
    depth: float,
    kind: str,
    entrances: tuple[int, ...],
    gap: float,
    rng: np.random.Generator,
) -> None:
    """Rank slabs the way that holds most homes, south first; a block too narrow gets houses."""
    tries = []
    for turned in (False, True):
        one = Footprints()
        slabs(one, block, levels, depth, kind, entrances, rng, gap, turned)
        tries.append((sum(one.homes) * (0.7 if turned else 1.0), one))
    best = max(tries, key=lambda found: found[0])[1]
    if sum(shape.area for shape in best.shapes) < 0.09 * block.land.area:
        best = Footprints()
        houses(best, block, 190, (3, 4, 5, 6), 0.86, "mixed", rng)
    out.extend(best)


def classrooms(out: Footprints, campus: Block, rng: np.random.Generator) -> None:
    """Rank three to five storeys of classrooms on what the sports ground leaves."""
    made = Footprints()
    slabs(made, campus, (4,), 13.0, "public", (2, 3), rng, 1.1)
    for shape, levels in list(zip(made.shapes, made.levels, strict=True))[:7]:
        out.add(shape, campus.number, "public", levels, 1, 0)


def sports_ground(block: Block) -> tuple[Block, list[Polygon]]:
    """Set a running track into a school's land; return the land left and the track."""
    for land in polygons(block.land.buffer(-3), 3000):
        box = np.array(shapely.oriented_envelope(land).exterior.coords)
        a, b = box[1] - box[0], box[2] - box[1]
        long = a if np.hypot(*a) > np.hypot(*b) else b
        turn = float(np.arctan2(long[1], long[0]))
        for length, width in ((128, 74), (96, 60), (74, 46), (52, 32)):
            core = shapely.LineString([(-(length - width) / 2, 0), ((length - width) / 2, 0)])
            track = affinity.rotate(
                core.buffer(width / 2, quad_segs=6), turn, (0, 0), use_radians=True
            )
            middle = box[:4].mean(axis=0)
            reach = np.hypot(*long) / 2 - length / 2
            for share in (0.95, -0.95, 0.6, -0.6, 0.3, -0.3, 0.0):
                x, y = middle + long / np.hypot(*long) * reach * share
                placed = affinity.translate(track, x, y)
                if land.contains(placed) and length * width < 0.6 * land.area:
                    left = block.land.difference(placed.buffer(5))
                    return replace(block, land=left), [placed]
    return block, []


def planned_site(blocks: list[Block], structure: Structure, rng: np.random.Generator) -> Footprints:
    """Build one resettlement site with an exact number of buildings and entrances."""
    every = Footprints()
    for block in blocks:
        if block.use == "resettlement_site":
            slabs(every, block, (11,), 12.5, "reset", (2,), rng, 0.62)
    wanted = structure.buildings or 0
    whole = [k for k, n in enumerate(every.entrances) if n == 2]
    centre = np.array([[s.centroid.x, s.centroid.y] for s in every.shapes])
    away = np.hypot(*(centre - centre.mean(axis=0)).T)
    kept = sorted(sorted(whole, key=lambda k: away[k])[:wanted])
    if len(kept) < wanted:
        raise ValueError(f"the site holds {len(kept)} slabs, {wanted} are declared")
    extra = apportion(np.ones(wanted), structure.entrances or 2 * wanted, 1)
    extra = extra[rng.permutation(wanted)]
    out = Footprints()
    for k, doors in zip(kept, extra.tolist(), strict=True):
        level = every.levels[k]
        out.add(every.shapes[k], every.blocks[k], "reset", level, doors, level * 2 * doors)
    return out


def fit_dwellings(
    prints: Footprints,
    lives_in: NDArray[np.bool_],
    unmanaged: NDArray[np.bool_],
    structure: Structure,
) -> None:
    """Scale homes (and the levels of slabs and towers) so that the households declared fit."""
    goal = structure.households / OCCUPANCY
    if structure.residents_unmanaged:
        few = structure.residents_unmanaged / structure.persons_per_household / 0.91
        scale(prints, unmanaged, few)
        scale(prints, lives_in & ~unmanaged, goal - few)
    else:
        scale(prints, lives_in, goal)


def scale(prints: Footprints, members: NDArray[np.bool_], goal: float) -> None:
    """Multiply the homes of some buildings until they sum to about ``goal``."""
    chosen = np.flatnonzero(members).tolist()
    for _ in range(6):
        factor = goal / max(1, sum(prints.homes[k] for k in chosen))
        if 0.985 < factor < 1.015:
            break
        for k in chosen:
            per = prints.homes[k] / max(prints.levels[k], 1)
            if prints.kinds[k] in ("slab", "tower", "compound", "reset"):
                top = 33 if prints.kinds[k] == "tower" else 18 if prints.kinds[k] == "slab" else 11
                levels = min(max(round(prints.levels[k] * factor**0.5), 4), top)
                prints.levels[k] = levels
                prints.homes[k] = min(round(per * factor**0.5 * levels), LARGEST)
            else:
                prints.homes[k] = min(max(1, int(prints.homes[k] * factor + (k * 0.618) % 1)), 24)
