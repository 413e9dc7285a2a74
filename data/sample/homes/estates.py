"""Estates: which buildings belong together, and which stand alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import Polygon

from data.sample.counties.county import Structure
from data.sample.homes.buildings import Footprints
from data.sample.names import SCHOOLS, UNITS, estate_names, pick
from data.sample.valley.blocks import Block

KIND_OF_USE = {
    "old_town": "old_town",
    "mixed": "old_town",
    "compound": "compound",
    "slab_estate": "slab_estate",
    "tower_estate": "tower_estate",
    "resettlement_site": "resettlement_site",
    "village": "village",
    "hillside": "village",
}
GROUPED_M = {"old_town": 240.0, "village": 420.0, "resettlement_site": 900.0}
SITE_NAMES = ("安置新区", "幸福新村", "同心苑", "感恩苑")


@dataclass(frozen=True, slots=True)
class Estate:
    """One estate in local metres, with the blocks it covers."""

    kind: str
    name: str
    blocks: tuple[int, ...]
    shape: Polygon
    managed: bool | None
    life: str = "occupied"


def group_blocks(
    blocks: list[Block], communities: NDArray[np.int64], cell_m: float
) -> list[list[int]]:
    """Group blocks of one community and one cell of ``cell_m`` that touch each other."""
    cells: dict[tuple[int, int, int], list[int]] = {}
    for block in blocks:
        key = (int(communities[block.number]), int(block.x // cell_m), int(block.y // cell_m))
        cells.setdefault(key, []).append(block.number)
    face = {block.number: block.face for block in blocks}
    groups: list[list[int]] = []
    for key in sorted(cells):
        numbers = cells[key]
        whole = shapely.coverage_union_all([face[k] for k in numbers])
        for part in getattr(whole, "geoms", [whole]):
            mine = [k for k in numbers if part.covers(face[k].representative_point())]
            if mine:
                groups.append(mine)
    return groups


def make_estates(
    blocks: list[Block],
    prints: Footprints,
    communities: NDArray[np.int64],
    structure: Structure,
    rng: np.random.Generator,
) -> tuple[list[Estate], NDArray[np.int64]]:
    """Return estates and each building's estate (-1 = scattered).

    Exactly ``structure.buildings_scattered`` dwellings stay alone where that is declared, and
    exactly ``structure.compounds_unmanaged`` compounds have no property management. Old towns
    and villages look after themselves: their management is unknown, not absent.
    """
    built = np.array(prints.blocks, dtype=np.int64)
    kinds = np.array(prints.kinds, dtype=object)
    count = np.bincount(built, minlength=len(blocks))
    has = {b.number for b in blocks if count[b.number] > 0}
    uses = {b.number: b.use for b in blocks}
    for block, only in group_kinds(built, kinds).items():
        if only == {"mixed"}:  # too narrow for slabs: people built for themselves
            uses[block] = "mixed"
    settle_compounds(blocks, uses, count, structure, rng)
    scattered = choose_scattered(blocks, uses, built, kinds, structure, rng)

    estate_of = np.full(len(built), -1, dtype=np.int64)
    found: list[Estate] = []
    by_use: dict[str, list[list[int]]] = {}
    for kind, reach in GROUPED_M.items():
        mine = [b for b in blocks if b.number in has and KIND_OF_USE.get(uses[b.number]) == kind]
        by_use[kind] = group_blocks(mine, communities, reach)
    for kind in ("compound", "slab_estate", "tower_estate"):
        by_use[kind] = [
            [b.number]
            for b in blocks
            if b.number in has and KIND_OF_USE.get(uses[b.number]) == kind
        ]
    by_use["institution"] = [
        [b.number] for b in blocks if b.number in has and uses[b.number] not in KIND_OF_USE
    ]
    single = set(np.flatnonzero(scattered).tolist())
    members: dict[int, list[int]] = {}
    for k, block in enumerate(built.tolist()):
        if k not in single:
            members.setdefault(block, []).append(k)
    for kind in sorted(by_use):
        groups = [g for g in by_use[kind] if any(block in members for block in g)]
        names = (
            institution_names(groups, uses, rng)
            if kind == "institution"
            else (
                pick(SITE_NAMES, len(groups), rng)
                if kind == "resettlement_site"
                else estate_names(kind, len(groups), rng)
            )
        )
        if kind == "old_town":
            names = [name + "片" for name in names]
        for name, group in zip(names, groups, strict=True):
            whole = shapely.coverage_union_all([blocks[k].face for k in group])
            if isinstance(whole, Polygon):
                shape = Polygon(whole.exterior)
            else:
                shape = max(whole.geoms, key=lambda g: g.area)
            managed = {
                "slab_estate": True,
                "tower_estate": True,
                "compound": False,
                "resettlement_site": True,
            }.get(kind)
            for block in group:
                estate_of[members.get(block, [])] = len(found)
            found.append(Estate(kind, name, tuple(group), shape, managed))
    return found, estate_of


def group_kinds(built: NDArray[np.int64], kinds: NDArray[np.object_]) -> dict[int, set[str]]:
    """Return the kinds of buildings in each block."""
    found: dict[int, set[str]] = {}
    for block, kind in zip(built.tolist(), kinds.tolist(), strict=True):
        found.setdefault(block, set()).add(kind)
    return found


def settle_compounds(
    blocks: list[Block],
    uses: dict[int, str],
    count: NDArray[np.int64],
    structure: Structure,
    rng: np.random.Generator,
) -> None:
    """Change uses until exactly the declared number of blocks are unmanaged compounds."""
    goal = structure.compounds_unmanaged
    now = [b.number for b in blocks if uses[b.number] == "compound" and count[b.number] > 0]
    rng.shuffle(now)
    for k in now[goal:]:
        uses[k] = "slab_estate"
    spare = [
        b
        for b in blocks
        if uses[b.number] == "slab_estate" and count[b.number] > 0 and b.number not in now
    ]
    for block in sorted(spare, key=lambda b: (b.centre_m, b.number))[: max(0, goal - len(now))]:
        uses[block.number] = "compound"


def choose_scattered(
    blocks: list[Block],
    uses: dict[int, str],
    built: NDArray[np.int64],
    kinds: NDArray[np.object_],
    structure: Structure,
    rng: np.random.Generator,
) -> NDArray[np.bool_]:
    """Choose the dwellings that belong to no estate: whole blocks of self-built houses first."""
    goal = structure.buildings_scattered
    chosen = np.zeros(len(built), dtype=bool)
    if not goal:
        return chosen
    order = rng.permutation(len(blocks))
    rank = np.empty(len(blocks))
    rank[order] = np.arange(len(blocks))
    first = np.array([uses[b] == "mixed" for b in built.tolist()])
    dwelling = np.isin(kinds, ["mixed", "house"])
    queue = np.lexsort((np.arange(len(built)), rank[built], ~first))
    queue = queue[dwelling[queue]][:goal]
    chosen[queue] = True
    return chosen


def institution_names(
    groups: list[list[int]], uses: dict[int, str], rng: np.random.Generator
) -> list[str]:
    """Name schools, hospitals, markets and works in the order they come."""
    numbers: dict[str, int] = {}
    works = pick(tuple(u for u in UNITS if u.endswith("厂")), len(groups), rng, "分厂")
    named: list[str] = []
    for group in groups:
        use = uses[group[0]]
        k = numbers.get(use, 0)
        numbers[use] = k + 1
        named.append(
            {
                "government": "政务服务中心",
                "hospital": ("人民医院", "中医医院", "妇幼保健院")[k % 3],
                "bus_station": "客运站",
                "school": f"第{SCHOOLS[k % 10]}中学",
                "primary": f"第{SCHOOLS[k % 10]}小学",
                "market": ("东门", "河滨", "新城", "西门")[k % 4] + "农贸市场",
                "industry": works[k],
            }.get(use, f"公共用地{k + 1}")
        )
    return named
