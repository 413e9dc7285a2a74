"""Make a whole town from the declaration of a county: frames as in docs/frames.md."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from numpy.typing import NDArray

from data.sample.counties.county import SOURCE, County, Structure
from data.sample.frames import Placement, TownParts, town_frames
from data.sample.homes.dwellings import fit_dwellings, lay_out
from data.sample.homes.estates import Estate, make_estates
from data.sample.homes.households import count_frame, occupied
from data.sample.homes.lands import make_lands
from data.sample.life.facilities import make_stations
from data.sample.life.ledger import make_ledger
from data.sample.valley.blocks import (
    Block,
    Network,
    block_target,
    connected_streets,
    inner_lines,
    make_blocks,
    node_network,
)
from data.sample.valley.divisions import (
    Adjacency,
    face_adjacency,
    merge_parts,
    partition,
    reading_order,
)
from data.sample.valley.streets import main_roads, split_blocks, town_area
from data.sample.valley.terrain import Terrain, make_terrain
from layers.kit.ground.elevation import Elevation

FILL = 0.9  # of the limit: leaves the division of a community room
DWELLINGS = ("house", "mixed", "compound", "slab", "tower", "reset", "village")


@dataclass(frozen=True, slots=True)
class Town:
    """The frames of a town (docs/frames.md, "Town"), geometry in EPSG ``srid``, metres.

    ``grids_by_community``, ``grids_before_by_community``, ``areas_by_community``: how many of each
    the plan in force, the plan before, and the 片区 plan have; exact in sum with the declaration,
    and every community's resident households fit into them (≤ 0.9 · limit · number).
    """

    srid: int
    divisions: gpd.GeoDataFrame
    estates: gpd.GeoDataFrame
    buildings: gpd.GeoDataFrame
    entrances: gpd.GeoDataFrame
    counts: pd.DataFrame
    streets: gpd.GeoDataFrame
    barriers: gpd.GeoDataFrame
    water: gpd.GeoDataFrame
    lands: gpd.GeoDataFrame
    elevation: Elevation
    stations: gpd.GeoDataFrame
    organisations: pd.DataFrame
    demands: gpd.GeoDataFrame
    demand_events: pd.DataFrame
    published_figures: pd.DataFrame
    grids_by_community: Mapping[str, int]
    grids_before_by_community: Mapping[str, int]
    areas_by_community: Mapping[str, int]


def stream(county: County, number: int) -> np.random.Generator:
    """Return the random stream of one part of a town, so that parts do not shift each other."""
    return np.random.default_rng([county.landscape.seed, number])


def make_town(county: County) -> Town:
    """Make the town of a county: the same declaration gives the same frames, bit for bit."""
    land, structure = county.landscape, county.structure
    terrain = make_terrain(land, stream(county, 1))
    limit = town_area(land, terrain, stream(county, 2))
    rng = stream(county, 3)
    work = main_roads(land, terrain, limit, rng)
    noded = shapely.union_all(work.lines, grid_size=0.01)
    faces = list(shapely.polygonize(list(noded.geoms)).geoms)
    leaves = split_blocks(work, terrain, faces, lambda x, y: block_target(land, terrain, x, y), rng)
    if land.style != "resettlement":
        inner_lines(work, leaves, terrain, rng)
    network = node_network(work, terrain)
    blocks = make_blocks(land, structure, terrain, network, stream(county, 4))
    lanes = shapely.STRtree(network.pieces[connected_streets(network)])
    prints, grounds = lay_out(blocks, terrain, structure, lanes, stream(county, 5))
    communities, subdistrict_of, shapes = divide_town(
        county, terrain, network, blocks, prints.blocks, prints.homes, stream(county, 6)
    )
    estates, estate_of = make_estates(blocks, prints, communities, structure, stream(county, 7))

    rng = stream(county, 8)
    kinds = np.array(prints.kinds, dtype=object)
    unfinished = unfinished_estate(estates, structure.buildings is None)
    lives_in = np.isin(kinds, DWELLINGS) & (estate_of != unfinished)
    unmanaged = (
        np.array([e < 0 or estates[e].managed is False for e in estate_of.tolist()], dtype=bool)
        & lives_in
    )
    fit_dwellings(prints, lives_in, unmanaged, structure)
    homes = np.array(prints.homes, dtype=np.int64)
    resident = np.zeros(len(homes), np.int64)
    groups = dwelling_groups(structure, lives_in, unmanaged)
    counts = []
    for members, households, persons in groups:
        resident[members] = occupied(homes[members], kinds[members], households, rng)
        counts.append(
            count_frame(
                members + 1,
                resident[members],
                homes[members],
                kinds[members],
                structure.persons_per_household,
                persons,
                county.name_note,
                rng,
            )
        )
    count_rows = pd.concat(counts, ignore_index=True).sort_values(
        ["building_id", "measure"], ignore_index=True
    )

    by_community = np.bincount(
        communities[np.array(prints.blocks)], resident, len(structure.communities)
    ).astype(np.int64)
    grids, before, areas = grid_numbers(county, by_community)
    parts = TownParts(
        county,
        terrain,
        network,
        blocks,
        work,
        prints,
        estates,
        estate_of,
        unfinished,
        communities,
        subdistrict_of,
        shapes,
        areas if structure.areas else grids,
        make_lands(blocks, terrain, limit, grounds, prints, stream(county, 9)),
    )
    frames = town_frames(parts, place(county), stream(county, 10))
    codes = frames.community_codes
    stations = make_stations(county, frames, resident, stream(county, 11))
    ledger = make_ledger(county, frames, count_rows, stream(county, 12))
    return Town(
        county.srid,
        frames.divisions,
        frames.estates,
        frames.buildings,
        frames.entrances,
        count_rows,
        frames.streets,
        frames.barriers,
        frames.water,
        frames.lands,
        frames.elevation,
        stations,
        ledger.organisations,
        ledger.demands,
        ledger.events,
        published(county, frames.divisions),
        dict(zip(codes, grids.tolist(), strict=True)),
        dict(zip(codes, before.tolist(), strict=True)),
        dict(zip(codes, areas.tolist(), strict=True)),
    )


def place(county: County) -> Placement:
    """Return the shift from local metres to the measuring CRS, in whole hundreds of metres."""
    to_metres = pyproj.Transformer.from_crs(4490, county.srid, always_xy=True)
    east, north = to_metres.transform(county.lon, county.lat)
    return Placement(round(east / 100) * 100.0, round(north / 100) * 100.0, county.srid)


def unfinished_estate(estates: list[Estate], wanted: bool) -> int:
    """Return the estate that is still being built (the tower estate farthest out), or -2."""
    found = [k for k, e in enumerate(estates) if e.kind == "tower_estate"]
    if not (wanted and len(found) > 4):
        return -2
    return max(found, key=lambda k: (abs(estates[k].shape.centroid.x), k))


def dwelling_groups(
    structure: Structure, lives_in: NDArray[np.bool_], unmanaged: NDArray[np.bool_]
) -> list[tuple[NDArray[np.int64], int, int | None]]:
    """Return (buildings, households, persons) of what is counted apart: unmanaged and the rest."""
    if not structure.residents_unmanaged:
        return [(np.flatnonzero(lives_in), structure.households, structure.persons)]
    persons = structure.residents_unmanaged + 46  # "more than": 余
    households = round(persons / structure.persons_per_household)
    return [
        (np.flatnonzero(unmanaged), households, persons),
        (np.flatnonzero(lives_in & ~unmanaged), structure.households - households, None),
    ]


def divide_town(
    county: County,
    terrain: Terrain,
    network: Network,
    blocks: list[Block],
    built: list[int],
    homes: list[int],
    rng: np.random.Generator,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.object_]]:
    """Return each block's community, each community's subdistrict, and the communities' shapes."""
    structure = county.structure
    near = face_adjacency(network, terrain)
    x, y = np.array([b.x for b in blocks]), np.array([b.y for b in blocks])
    weight = np.bincount(built, homes, len(blocks)) + shapely.area(network.faces) / 4000
    parts = len(structure.communities)
    label = partition(weight, x, y, near, parts, rng, 9000.0)
    shapes = merge_parts(network.faces, label, parts)
    centre = shapely.point_on_surface(shapes)
    a, b = label[near.a], label[near.b]
    differs = a != b
    pairs: dict[tuple[int, int], list[float]] = {}
    for p, q, cost, river in zip(
        a[differs].tolist(),
        b[differs].tolist(),
        near.cost[differs].tolist(),
        near.river[differs].tolist(),
        strict=True,
    ):
        pairs.setdefault((min(p, q), max(p, q)), []).append(cost * (0.2 if river else 1.0))
    keys = sorted(pairs)
    coarse = Adjacency(
        np.array([k[0] for k in keys], dtype=np.int64),
        np.array([k[1] for k in keys], dtype=np.int64),
        np.array([sum(pairs[k]) for k in keys]),
        np.zeros(len(keys), dtype=bool),
    )
    load = np.bincount(label, weight, parts)
    upper = partition(
        load,
        shapely.get_x(centre),
        shapely.get_y(centre),
        coarse,
        len(structure.subdistricts),
        rng,
        3000.0,
    )
    # Codes run north-west to south-east: first by subdistrict, then within it.
    outer = merge_parts(shapes, upper, len(structure.subdistricts))
    rank = np.empty(len(outer), np.int64)
    rank[reading_order(outer)] = np.arange(len(outer))
    row = np.empty(parts, np.int64)
    row[reading_order(shapes)] = np.arange(parts)
    order = np.lexsort((row, rank[upper]))
    number = np.empty(parts, np.int64)
    number[order] = np.arange(parts)
    return number[label], rank[upper][order], shapes[order]


def grid_numbers(
    county: County, households: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Share the declared grids (in force, before) and areas out by households, exact in sum."""
    structure, policy = county.structure, county.policy
    none = np.zeros(len(households), np.int64)
    if structure.areas:
        most = policy.area_households_max or policy.households_max
        areas = share_units(households, structure.areas, most)
        grids = areas * structure.grids_per_area
    else:
        areas, grids = none, share_units(households, structure.grids, policy.households_max)
    before = none
    if structure.grids_before:
        before = share_units(households, structure.grids_before, policy.households_max_before)
    return grids, before, areas


def share_units(households: NDArray[np.int64], units: int, most: int) -> NDArray[np.int64]:
    """Give each community enough units to be filled to 90 % of ``most``, the rest by load."""
    given = np.maximum(np.ceil(households / (FILL * most)), 1).astype(np.int64)
    if int(given.sum()) > units:
        raise ValueError(
            f"{units} units of {most} cannot hold {int(households.sum())} households in "
            f"{len(households)} communities: declare fewer households or more units"
        )
    for _ in range(units - int(given.sum())):
        given[np.argmax(households / given)] += 1
    return given


def published(county: County, divisions: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return the county's published totals, each with its date and source."""
    code = dict(zip(divisions["name"], divisions["code"], strict=True))
    return pd.DataFrame(
        {
            "code": [code[f.division] if f.division else county.code for f in county.figures],
            "key": [f.key for f in county.figures],
            "value": [float(f.value) for f in county.figures],
            "unit": [f.unit for f in county.figures],
            "is_approx": [f.is_approx for f in county.figures],
            "as_of": [county.as_of for _ in county.figures],
            "source": [SOURCE for _ in county.figures],
        }
    )
