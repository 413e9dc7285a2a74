"""How many households and persons live in each building: counts, never residents."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.sample.valley.divisions import apportion

Array = NDArray[np.float64]
IntArray = NDArray[np.int64]
LARGEST = 298  # an ordinary building stays below the usual limit of 300


def occupied(
    dwellings: IntArray, kinds: NDArray[np.object_], goal: int, rng: np.random.Generator
) -> IntArray:
    """Return resident households per building that sum to ``goal``.

    Occupancy differs by kind of building and by house; a new tower is a fifth empty, an old
    lane house rarely.
    """
    base = {"tower": 0.80, "slab": 0.90, "compound": 0.92, "reset": 0.95, "village": 0.78}
    share = np.array([base.get(str(k), 0.9) for k in kinds])
    share = np.clip(share + rng.normal(0, 0.07, len(share)), 0.35, 1.0)
    return capped_apportion(dwellings * share, goal, np.minimum(dwellings, LARGEST), rng)


def capped_apportion(
    weights: Array, total: int, most: IntArray, rng: np.random.Generator
) -> IntArray:
    """Share ``total`` out by weight, none above ``most`` unless all of them are full."""
    if int(most.sum()) < total:
        raise ValueError(f"{int(most.sum())} dwellings cannot hold {total} households")
    given = np.minimum(apportion(weights, total), most)
    while (rest := total - int(given.sum())) > 0:
        room = (most - given).astype(np.float64)
        more = apportion(room * rng.uniform(0.9, 1.1, len(room)), rest)
        given = np.minimum(given + more, most)
    return given


def count_frame(
    ids: IntArray,
    resident: IntArray,
    dwellings: IntArray,
    kinds: NDArray[np.object_],
    persons_per_household: float,
    persons_total: int | None,
    source: str,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Return the ``counts`` frame (docs/frames.md) of all dwellings, one row per measure.

    Persons follow household sizes by kind of building; registered households may live elsewhere,
    so they are not a part of the residents; floating population overlaps the residents.
    """
    n = len(ids)
    size = {"village": 1.12, "house": 1.02, "mixed": 1.0, "reset": 1.1, "tower": 0.95}
    per = persons_per_household * np.array([size.get(str(k), 0.99) for k in kinds])
    mean = resident * np.clip(per + rng.normal(0, 0.22, n), 1.6, 6.0)
    total = round(float(mean.sum())) if persons_total is None else persons_total
    least = np.where(resident > 0, resident, 0)
    persons = least + apportion(np.maximum(mean - least, 0), total - int(least.sum()))

    def part(mid: float, by_kind: dict[str, float], spread: float) -> IntArray:
        share = np.array([by_kind.get(str(k), mid) for k in kinds]) + rng.normal(0, spread, n)
        return rng.binomial(persons, np.clip(share, 0.01, 0.9))

    elderly = part(0.18, {"village": 0.29, "house": 0.25, "tower": 0.11, "reset": 0.2}, 0.04)
    children = np.minimum(
        part(0.19, {"tower": 0.22, "reset": 0.24, "village": 0.15}, 0.03), persons - elderly
    )
    working = persons - elderly - children
    employed = rng.binomial(working, np.clip(0.72 + rng.normal(0, 0.05, n), 0.3, 0.95))
    rented_share = {"house": 0.24, "mixed": 0.27, "tower": 0.12, "compound": 0.22, "reset": 0.05}
    rented = rng.binomial(resident, [rented_share.get(str(k), 0.13) for k in kinds])
    stays = rng.binomial(resident - rented, 0.93)
    registered = stays + rng.poisson(0.09 * resident + 0.02)
    floating = np.minimum(
        rng.binomial(persons, np.clip(rented / np.maximum(resident, 1) * 0.72, 0, 1)), persons
    )
    measures = {
        "resident": (resident, "counted"),
        "persons": (persons, "counted"),
        "dwellings": (dwellings, "reported"),
        "vacant": (dwellings - resident, "reported"),
        "registered": (registered, "reported"),
        "rented": (rented, "counted"),
        "elderly": (elderly, "counted"),
        "children": (children, "counted"),
        "employed": (employed, "reported"),
        "floating_population": (floating, "estimated"),
    }
    frames = [
        pd.DataFrame(
            {
                "building_id": ids,
                "measure": measure,
                "value": value.astype(np.int64),
                "source": source,
                "confidence": confidence,
            }
        )
        for measure, (value, confidence) in measures.items()
    ]
    return pd.concat(frames, ignore_index=True)
