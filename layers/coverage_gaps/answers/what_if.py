"""What a moved, added or closed station changes, without computing the rest again.

A baseline knows for every station the doors within the limit, and for every door how many
stations reach it. A change touches only the doors of the old and the new reach; nothing of the
baseline is altered, so that many people can try changes on one baseline at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from layers.kit.errors import InputError
from layers.service_circles.walking.compute import Reach

Ints = NDArray[np.int32]
NOBODY = Reach(np.empty(0, np.int32), np.empty(0))


@dataclass(frozen=True, slots=True, eq=False)
class Baseline:
    """``reaches`` of the stations within one limit; ``served[d]``: how many reach door ``d``."""

    reaches: tuple[Reach, ...]
    served: Ints


@dataclass(frozen=True, slots=True, eq=False)
class Effect:
    """Doors (ascending) that a change gains and loses."""

    gained: Ints
    lost: Ints


@dataclass(frozen=True, slots=True, eq=False)
class GroupEffect:
    """Households gained and lost by group (grid, community …), as arrays over group numbers."""

    gained: NDArray[np.float64]
    lost: NDArray[np.float64]


def lay_baseline(reaches: Sequence[Reach], doors: int) -> Baseline:
    """Return the baseline of stations with these reaches among ``doors`` doors."""
    found = np.concatenate([NOBODY.doors, *(reach.doors for reach in reaches)])
    return Baseline(tuple(reaches), np.bincount(found, minlength=doors).astype(np.int32))


def what_if(baseline: Baseline, moved: Mapping[int, Reach], added: Sequence[Reach] = ()) -> Effect:
    """Return what changes when stations get other reaches and others are added.

    ``moved``: position of a station → its new reach; ``NOBODY`` closes it. Raises InputError for
    a station that is not in the baseline.
    """
    unknown = [s for s in moved if not 0 <= s < len(baseline.reaches)]
    if unknown:
        raise InputError(
            "there is no station {unknown} among {count}",
            unknown=unknown[0],
            count=len(baseline.reaches),
        )
    out = np.concatenate([NOBODY.doors, *(baseline.reaches[s].doors for s in moved)])
    new = np.concatenate(
        [NOBODY.doors, *(r.doors for r in moved.values()), *(r.doors for r in added)]
    )
    touched, place = np.unique(np.concatenate([out, new]), return_inverse=True)
    step = np.concatenate([np.full(len(out), -1), np.ones(len(new), int)])
    before = baseline.served[touched]
    after = before + np.bincount(place, weights=step, minlength=len(touched)).astype(int)
    return Effect(touched[(before == 0) & (after > 0)], touched[(before > 0) & (after == 0)])


def adopt(baseline: Baseline, moved: Mapping[int, Reach], added: Sequence[Reach] = ()) -> Baseline:
    """Return the baseline after the change; the old one stays as it was."""
    served = baseline.served.copy()
    reaches = list(baseline.reaches)
    for station, reach in moved.items():
        served[reaches[station].doors] -= 1  # a reach names each door once
        served[reach.doors] += 1
        reaches[station] = reach
    for reach in added:
        served[reach.doors] += 1
    return replace(baseline, reaches=(*reaches, *added), served=served)


def by_group(
    effect: Effect, households: NDArray[np.float64], group: NDArray[np.integer], groups: int
) -> GroupEffect:
    """Return the households gained and lost in each group; ``group[d]`` is -1 for none."""
    sums = []
    for doors in (effect.gained, effect.lost):
        own = doors[group[doors] >= 0]
        sums.append(
            np.bincount(group[own], weights=households[own], minlength=groups).astype(np.float64)
        )
    return GroupEffect(*sums)
