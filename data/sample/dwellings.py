"""Which footprints each kind of block gets, and how many homes they hold."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from data.sample.blocks import Block
from data.sample.buildings import Footprints, halls, houses, scattered_houses, slabs, towers
from data.sample.county import Structure
from data.sample.divisions import apportion
from data.sample.households import LARGEST
from data.sample.terrain import Terrain

OCCUPANCY = 0.87  # of dwellings in the town as a whole
PUBLIC = ("school", "primary", "government", "hospital", "market", "bus_station")


def lay_out(
    blocks: list[Block], terrain: Terrain, structure: Structure, rng: np.random.Generator
) -> Footprints:
    """Build every block by its use."""
    if structure.buildings is not None:
        return planned_site(blocks, structure, rng)
    out = Footprints()
    for block in blocks:
        use = block.use
        if use == "old_town":
            houses(out, block, 118, (2, 2, 3, 3, 4, 5), 0.9, "house", rng)
        elif use == "mixed":
            houses(out, block, 185, (3, 4, 5, 6), 0.86, "mixed", rng)
        elif use == "compound":
            slabs(out, block, (5, 6, 7), 11.5, "compound", (1, 2, 3), rng, 0.7)
        elif use == "slab_estate":
            slabs(out, block, (6, 7, 8, 9, 11, 11), 13.0, "slab", (2, 3, 3, 4), rng, 0.72)
        elif use == "tower_estate":
            towers(out, block, "tower", rng)
        elif use == "resettlement_site":
            slabs(out, block, (6,), 12.0, "reset", (3, 4), rng, 0.8)
        elif use in ("village", "hillside"):
            scattered_houses(out, block, terrain, "village", 17.0, 45, rng)
        elif use == "industry":
            halls(out, block, 2400, 0.8, "industry", (1, 1, 2, 4), rng)
        elif use in PUBLIC:
            halls(out, block, 1500, 0.62, "public", (2, 3, 4, 5), rng)
    return out


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
