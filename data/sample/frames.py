"""From local metres and arrays to the frames of docs/frames.md in the measuring CRS."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry import Polygon, box

from data.sample.counties.county import County
from data.sample.homes.buildings import Footprints
from data.sample.homes.estates import Estate
from data.sample.names import LANES, ROADS, pick
from data.sample.valley.blocks import (
    STREAM_HALF_M,
    Block,
    Network,
    connected_streets,
    with_country_roads,
)
from data.sample.valley.streets import LineWork
from data.sample.valley.terrain import Terrain
from layers.kit.ground.elevation import Elevation

ELEVATION_CELL_M = 25.0
GATES = {"东门": (1, 0), "西门": (-1, 0), "南门": (0, -1), "北门": (0, 1)}
MAIN_NAMES = {
    "滨河东": "滨江东路",
    "滨河西": "滨江西路",
    "人民东": "人民东路",
    "人民西": "人民西路",
    "环山东": "环城东路",
    "环山西": "环城西路",
}
USE_OF_KIND = {
    "house": "dwelling",
    "mixed": "mixed",
    "podium": "shop",
    "industry": "industry",
    "public": "public",
}


@dataclass(frozen=True, slots=True)
class Placement:
    """Where local (0, 0) lies in the measuring CRS."""

    east: float
    north: float
    srid: int

    def move(self, shapes: NDArray[np.object_] | list) -> NDArray[np.object_]:
        """Return shapes in the measuring CRS, coordinates on whole centimetres."""
        offset = np.array([self.east, self.north])
        return shapely.transform(np.asarray(shapes, object), lambda c: np.round(c, 2) + offset)

    def frame(
        self, columns: dict[str, object], shapes: NDArray[np.object_] | list
    ) -> gpd.GeoDataFrame:
        """Return a frame of moved shapes."""
        return gpd.GeoDataFrame(columns, geometry=self.move(shapes), crs=self.srid)


@dataclass(frozen=True, slots=True)
class TownParts:
    """Everything that was made in local metres. ``units``: areas or grids per community."""

    county: County
    terrain: Terrain
    network: Network
    blocks: list[Block]
    work: LineWork
    prints: Footprints
    estates: list[Estate]
    estate_of: NDArray[np.int64]
    unfinished: int
    communities: NDArray[np.int64]
    subdistrict_of: NDArray[np.int64]
    shapes: NDArray[np.object_]
    units: NDArray[np.int64]
    lands: list[tuple[str, str, Polygon]]


@dataclass(frozen=True, slots=True)
class Frames:
    """The physical frames of a town and the communities' codes in their order."""

    divisions: gpd.GeoDataFrame
    estates: gpd.GeoDataFrame
    buildings: gpd.GeoDataFrame
    entrances: gpd.GeoDataFrame
    streets: gpd.GeoDataFrame
    barriers: gpd.GeoDataFrame
    water: gpd.GeoDataFrame
    lands: gpd.GeoDataFrame
    elevation: Elevation
    community_codes: list[str]


def text(values: list[str | None]) -> pd.Series:
    """Return a column in which unknown stays None (a text column of pandas would make it NaN)."""
    return pd.Series(values, dtype=object)


def town_frames(parts: TownParts, put: Placement, rng: np.random.Generator) -> Frames:
    """Return all physical frames."""
    codes, divisions = division_frame(parts, put)
    streets = street_frame(parts, put, rng)
    buildings, entrances = building_frames(parts, put, codes, streets, rng)
    terrain = parts.terrain
    height = terrain.height
    rows, columns = height.values.shape
    extent = box(
        height.x0,
        height.y0,
        height.x0 + height.cell * (columns - 1),
        height.y0 + height.cell * (rows - 1),
    )
    land = parts.county.landscape
    wet = [("river", land.river_name, terrain.river.intersection(extent))]
    for number, line in enumerate(terrain.streams):
        strip = line.buffer(STREAM_HALF_M, quad_segs=4).simplify(0.4).difference(terrain.river)
        strip = strip.intersection(extent)
        strip = max(getattr(strip, "geoms", [strip]), key=lambda g: g.area)
        wet.append(("stream", land.stream_name if number == 0 else "小" + land.stream_name, strip))
    water = put.frame(
        {"kind": [w[0] for w in wet], "name": [w[1] for w in wet]}, [w[2] for w in wet]
    )
    lands = put.frame(
        {
            "kind": [k for k, _, _ in parts.lands],
            "name": text([n or None for _, n, _ in parts.lands]),
        },
        [g for _, _, g in parts.lands],
    )
    barriers = put.frame({"kind": [], "name": []}, [])
    return Frames(
        divisions,
        estate_frame(parts, put, codes),
        buildings,
        entrances,
        streets,
        barriers,
        water,
        lands,
        elevation_raster(parts, put),
        codes,
    )


def community_names(parts: TownParts) -> list[str]:
    """Give names in the order of codes; a name with a least size goes where it fits best."""
    structure = parts.county.structure
    names = list(structure.communities)
    given: dict[int, str] = {}
    for name, least in structure.named_areas:
        fits = np.where(parts.units >= least, parts.units - least, 1000 + least - parts.units)
        given[int(np.argmin(fits))] = name
        names.remove(name)
    points = shapely.point_on_surface(parts.shapes)
    away = shapely.get_coordinates(points) - np.array(parts.terrain.centre)
    far = np.hypot(*away.T) + 1
    for name in [n for n in names if n[:2] in GATES]:  # a gate lies on its side of the old town
        score = away @ np.array(GATES[name[:2]]) / far - far / 3000
        score[list(given)] = -np.inf
        given[int(np.argmax(score))] = name
        names.remove(name)
    rest = iter(names)
    return [given.get(k) or next(rest) for k in range(len(structure.communities))]


def division_frame(parts: TownParts, put: Placement) -> tuple[list[str], gpd.GeoDataFrame]:
    """Return community codes and the frame of county, subdistricts and communities."""
    county = parts.county
    names = community_names(parts)
    rows: list[tuple[str, str, str, str | None, object]] = []
    codes: list[str] = []
    numbers = dict.fromkeys(range(len(county.structure.subdistricts)), 0)
    for k, upper in enumerate(parts.subdistrict_of.tolist()):
        numbers[upper] += 1
        codes.append(f"{county.code}{upper + 1:03d}{numbers[upper]:03d}")
        rows.append((codes[-1], "community", names[k], codes[-1][:9], parts.shapes[k]))
    whole = shapely.coverage_union_all(parts.shapes)
    head: list[tuple[str, str, str, str | None, object]] = [
        (county.code, "county", county.name, None, whole)
    ]
    for upper, name in enumerate(county.structure.subdistricts):
        mine = shapely.coverage_union_all(parts.shapes[parts.subdistrict_of == upper])
        head.append((f"{county.code}{upper + 1:03d}", "subdistrict", name, county.code, mine))
    rows = head + rows
    frame = put.frame(
        {
            "code": [r[0] for r in rows],
            "kind": [r[1] for r in rows],
            "name": [r[2] for r in rows],
            "name_en": [
                county.name_en if r[1] == "county" else f"{r[1].title()} {r[0][-3:]}" for r in rows
            ],
            "parent_code": text([r[3] for r in rows]),
            "is_temporary": [False] * len(rows),
        },
        [r[4] for r in rows],
    )
    return codes, frame


def street_frame(parts: TownParts, put: Placement, rng: np.random.Generator) -> gpd.GeoDataFrame:
    """Return the connected streets with names and bridges."""
    network, work, terrain = parts.network, parts.work, parts.terrain
    used = connected_streets(network)
    pieces, classes = network.pieces[used], network.classes[used]
    source = network.source[used]
    pieces, classes, source = with_country_roads(work, pieces, classes, source)
    roads = iter(pick(ROADS, 400, rng))
    lanes = iter(pick(LANES, 800, rng))
    names: dict[str, str] = {}
    named: list[str | None] = []
    for kind, line in zip(classes.tolist(), source.tolist(), strict=True):
        key = work.names[line] or f"#{line}"
        if key not in names:
            if kind in ("main_street", "street") or key in MAIN_NAMES:
                names[key] = MAIN_NAMES.get(key) or next(roads) + (
                    "大道" if kind == "main_street" else "路"
                )
            elif kind in ("lane", "path", "steps") and work.classes[line] != "border":
                names[key] = next(lanes) + ("巷" if kind != "steps" else "梯道")
            else:
                names[key] = ""
        named.append(names[key] or None)
    wet = shapely.union_all([terrain.river.buffer(-1), *terrain.streams])
    shapely.prepare(wet)
    bridge = shapely.intersects(wet, pieces)
    return put.frame(
        {
            "id": np.arange(1, len(pieces) + 1),
            "name": text(named),
            "class": classes,
            "bridge": bridge,
            "tunnel": np.zeros(len(pieces), bool),
            "oneway": np.zeros(len(pieces), bool),
            "layer": bridge.astype(np.int64),
            "external_id": [f"{parts.county.key}-s{k + 1}" for k in range(len(pieces))],
        },
        pieces,
    )


def estate_frame(parts: TownParts, put: Placement, codes: list[str]) -> gpd.GeoDataFrame:
    """Return the estates; the one being built says what is expected and when."""
    estates = parts.estates
    homes = np.array(parts.prints.homes)
    unfinished = [k == parts.unfinished for k in range(len(estates))]
    expected = [
        int(homes[parts.estate_of == k].sum()) if u else None for k, u in enumerate(unfinished)
    ]
    return put.frame(
        {
            "id": np.arange(1, len(estates) + 1),
            "name": [e.name for e in estates],
            "kind": [e.kind for e in estates],
            "community_code": [codes[parts.communities[e.blocks[0]]] for e in estates],
            "has_property_management": pd.Series([e.managed for e in estates], dtype=object),
            "life": ["building" if u else "occupied" for u in unfinished],
            "expected_households": pd.Series(expected, dtype=object),
            "expected_on": pd.Series(
                [date(parts.county.as_of.year + 1, 9, 30) if u else None for u in unfinished],
                dtype=object,
            ),
        },
        [e.shape for e in estates],
    )


def building_frames(
    parts: TownParts,
    put: Placement,
    codes: list[str],
    streets: gpd.GeoDataFrame,
    rng: np.random.Generator,
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Return buildings with addresses, and the entrances of dwellings."""
    prints, county = parts.prints, parts.county
    shapes = np.array(prints.shapes, dtype=object)
    n = len(shapes)
    kinds = np.array(prints.kinds, dtype=object)
    estate = parts.estate_of
    unfinished = estate == parts.unfinished
    uses = np.array([USE_OF_KIND.get(k, "dwelling") for k in kinds.tolist()], dtype=object)
    shop = (kinds == "house") & (rng.uniform(size=n) < 0.16)
    uses[shop] = "mixed"
    numbers = np.zeros(n, np.int64)
    for k in range(len(parts.estates)):
        mine = np.flatnonzero(estate == k)
        numbers[mine] = np.arange(1, len(mine) + 1)
    moved = put.move(shapes)
    named = streets[streets["name"].notna()].reset_index(drop=True)
    centre = shapely.centroid(moved)
    near = shapely.STRtree(named.geometry.values).nearest(centre)
    street = named["name"].to_numpy(dtype=object)[near]
    house: dict[str, int] = {}
    order = np.lexsort((shapely.get_x(centre), street.astype(str)))
    address = np.empty(n, dtype=object)
    for k in order.tolist():
        house[street[k]] = house.get(street[k], 0) + 1
        address[k] = f"{street[k]}{house[street[k]]}号"
    big = np.isin(kinds, ["slab", "tower", "compound", "reset"])
    names: list[str | None] = [
        f"{parts.estates[estate[k]].name}{numbers[k]}栋"
        if big[k] and estate[k] >= 0
        else (parts.estates[estate[k]].name if kinds[k] == "public" and numbers[k] == 1 else None)
        for k in range(n)
    ]
    block = np.array(prints.blocks)
    buildings = gpd.GeoDataFrame(
        {
            "id": np.arange(1, n + 1),
            "community_code": [codes[c] for c in parts.communities[block]],
            "estate_id": pd.Series([int(e) + 1 if e >= 0 else None for e in estate], dtype=object),
            "name": text(names),
            "number": text([f"{k}栋" if k else None for k in numbers.tolist()]),
            "life": np.where(unfinished, "building", "occupied").astype(object),
            "use": uses,
            "levels": np.array(prints.levels, np.int64),
            "levels_estimated": np.isin(kinds, ["house", "mixed", "village"])
            & (rng.uniform(size=n) < 0.3),
            "address": address,
            "aliases": pd.Series([[] for _ in range(n)], dtype=object),
            "external_id": [f"{county.key}-b{k + 1}" for k in range(n)],
        },
        geometry=moved,
        crs=put.srid,
    )
    return buildings, entrance_frame(put, moved, np.array(prints.entrances), np.array(prints.homes))


def entrance_frame(
    put: Placement, shapes: NDArray[np.object_], doors: NDArray[np.int64], homes: NDArray[np.int64]
) -> gpd.GeoDataFrame:
    """Return the entrances of dwellings, evenly along the long side of each building."""
    building = np.repeat(np.arange(len(shapes)), np.where(homes > 0, doors, 0))
    first = np.searchsorted(building, building)
    nth = np.arange(len(building)) - first
    boxes = shapely.get_coordinates(shapely.oriented_envelope(shapes)).reshape(len(shapes), 5, 2)
    a, b = boxes[:, 1] - boxes[:, 0], boxes[:, 2] - boxes[:, 1]
    flip = (np.hypot(*b.T) > np.hypot(*a.T))[:, None]
    start = np.where(flip, boxes[:, 1], boxes[:, 0])
    long = np.where(flip, b, a)
    at = ((nth + 0.5) / doors[building])[:, None]
    wanted = shapely.points(start[building] + long[building] * at)
    rim = shapely.shortest_line(shapely.boundary(shapes[building]), wanted)
    points = shapely.get_point(rim, 0)
    return gpd.GeoDataFrame(
        {"building_id": building + 1, "name": [f"{k + 1}单元" for k in nth.tolist()]},
        geometry=points,
        crs=put.srid,
    )


def elevation_raster(parts: TownParts, put: Placement) -> Elevation:
    """Return heights every 25 m over the whole land that was made."""
    height = parts.terrain.height
    rows, columns = height.values.shape
    wide = int((columns - 1) * height.cell // ELEVATION_CELL_M)
    tall = int((rows - 1) * height.cell // ELEVATION_CELL_M)
    x = height.x0 + ELEVATION_CELL_M * (np.arange(wide) + 0.5)
    y = height.y0 + ELEVATION_CELL_M * (np.arange(tall) + 0.5)[::-1]
    gx, gy = np.meshgrid(x, y)
    values = np.round(height.at(gx, gy), 1).astype(np.float32)
    return Elevation(
        values,
        put.east + height.x0,
        put.north + height.y0 + ELEVATION_CELL_M * tall,
        ELEVATION_CELL_M,
        ELEVATION_CELL_M,
        put.srid,
        parts.county.name_note,
    )
