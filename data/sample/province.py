"""A whole province in totals: counties, communities and 20,700 grids with made-up borders.

No streets, buildings or plots: what a province holds of its counties are grids and their
figures. Borders are the cells of points (Voronoi) that crowd around 88 seats, bent by waves so
that no line is straight; they are nobody's real borders, and the names say so.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from numpy.typing import NDArray
from scipy.cluster.vq import kmeans2
from scipy.spatial import Voronoi, cKDTree

from data.sample.counties.county import SOURCE, Figure
from data.sample.valley.divisions import apportion

Array = NDArray[np.float64]
IntArray = NDArray[np.int64]
CELL_STEP_M = 1500.0  # borders are bent at least this often
WAVES = ((61_000.0, 2_600.0), (19_000.0, 520.0))  # length, height: too high would fold the land


@dataclass(frozen=True, slots=True)
class Province:
    """The declaration of a province. ``code``: four digits that no real prefecture has, so that
    its counties never mix with loaded ones. ``reporting``: counties that said which organisation
    serves which grid; of the others it is not known.
    """

    key: str
    code: str
    name: str
    name_en: str
    lon: float
    lat: float
    srid: int
    half_east_m: float
    half_north_m: float
    counties: int
    grids: int
    reporting: int
    households_max: int
    figures: tuple[Figure, ...]
    seed: int
    as_of: date = date(2026, 10, 31)


GUIZHOU = Province(
    key="guizhou",
    code="5299",
    name="贵州省",
    name_en="Guizhou",
    lon=106.75,
    lat=26.85,
    srid=4545,
    half_east_m=252_000,
    half_north_m=213_500,
    counties=88,
    grids=20_700,
    reporting=75,
    households_max=300,
    figures=(Figure("grid_branches", 17_600, "个", True), Figure("grids", 20_700, "个", True)),
    seed=52,
)
PROVINCES: dict[str, Province] = {GUIZHOU.key: GUIZHOU}


@dataclass(frozen=True, slots=True)
class ProvinceFrames:
    """``divisions``: ``code``, ``name``, ``name_en``, ``is_temporary``, geometry. ``grids``:
    ``code``, ``community_code``, ``number``, ``name``, ``households``, ``persons``, ``buildings``,
    geometry. ``organisations`` as in docs/frames.md with ``grid_codes``. Geometry in ``srid``.
    """

    srid: int
    divisions: gpd.GeoDataFrame
    grids: gpd.GeoDataFrame
    organisations: pd.DataFrame
    published_figures: pd.DataFrame


def make_province(province: Province) -> ProvinceFrames:
    """Make the frames of a province: the same declaration gives the same frames."""
    rng = np.random.default_rng([province.seed, 1])
    seats = spread_seats(province, rng)
    points, county = grid_points(province, seats, rng)
    to_metres = pyproj.Transformer.from_crs(4490, province.srid, always_xy=True)
    east, north = to_metres.transform(province.lon, province.lat)
    shift = np.round([east, north], -3)
    cells = bent_cells(points, province, shift, rng)
    codes, community = division_codes(province, points, county, rng)
    order = np.lexsort((points[:, 0], -points[:, 1], community))
    community, county, cells = community[order], county[order], cells[order]
    near_m = np.hypot(*(points[order] - seats[county]).T)
    number = np.arange(len(order)) - np.searchsorted(community, community) + 1
    own = np.array(codes, object)[community]
    households = loads(province, len(order), rng)
    grids = gpd.GeoDataFrame(
        {
            "code": [f"{c}{n:03d}" for c, n in zip(own, number.tolist(), strict=True)],
            "community_code": own,
            "number": number,
            "name": [f"第{n}网格" for n in number.tolist()],
            "households": households,
            "persons": np.round(households * rng.normal(3.0, 0.12, len(order))).astype(np.int64),
            "buildings": np.maximum(
                1, np.round(households / np.where(near_m < 4000, 9.0, 1.4))
            ).astype(np.int64),
        },
        geometry=cells,
        crs=province.srid,
    )
    return ProvinceFrames(
        province.srid,
        division_frame(province, grids),
        grids,
        organisations(province, grids, county, rng),
        pd.DataFrame(
            {
                "code": province.code,
                "key": [f.key for f in province.figures],
                "value": [float(f.value) for f in province.figures],
                "unit": [f.unit for f in province.figures],
                "is_approx": [f.is_approx for f in province.figures],
                "as_of": province.as_of,
                "source": SOURCE,
            }
        ),
    )


def rim(angle: Array) -> Array:
    """Return how far the province reaches in a direction, as a share of its half axes."""
    return 1 + 0.09 * np.sin(3 * angle + 0.6) + 0.06 * np.sin(5 * angle + 2.1)


def spread_seats(province: Province, rng: np.random.Generator) -> Array:
    """Return the counties' seats, spread by Lloyd's rounds and numbered north-west first."""
    half = np.array([province.half_east_m, province.half_north_m])
    sample = rng.uniform(-1.2, 1.2, (40_000, 2))
    reach = np.hypot(*sample.T)
    sample = sample[reach < 0.97 * rim(np.arctan2(sample[:, 1], sample[:, 0]))] * half
    seats = sample[: province.counties]
    for _ in range(6):
        _, label = cKDTree(seats).query(sample)
        total = np.maximum(np.bincount(label, minlength=len(seats)), 1)
        seats = np.column_stack(
            [np.bincount(label, sample[:, k], len(seats)) / total for k in (0, 1)]
        )
    return seats[np.lexsort((seats[:, 0], -np.floor(seats[:, 1] / 40_000)))]


def grid_points(
    province: Province, seats: Array, rng: np.random.Generator
) -> tuple[Array, IntArray]:
    """Return one point a grid with its county: two thirds crowd around the seats and towns."""
    weight = rng.lognormal(0, 0.45, len(seats))
    found: list[Array] = []
    for seat, count in zip(seats, apportion(weight, province.grids).tolist(), strict=True):
        town = round(count * 0.52)
        turn = rng.uniform(0, 2 * np.pi, town)
        away = (
            np.sqrt(rng.uniform(0.002, 1, town)) * 210 * np.sqrt(town) * rng.uniform(0.4, 1, town)
        )
        found.append(seat + np.column_stack([1.5 * away * np.cos(turn), away * np.sin(turn)]))
        small = seat + rng.normal(0, 11_000, (6, 2))  # the county's other towns
        part = round(count * 0.16)
        found.append(small[rng.integers(0, 6, part)] + rng.normal(0, 900, (part, 2)))
        found.append(seat + rng.uniform(-26_000, 26_000, (count - town - part, 2)))
    points = np.vstack(found)
    half = np.array([province.half_east_m, province.half_north_m])
    scaled = points / half
    reach = np.hypot(*scaled.T) / rim(np.arctan2(scaled[:, 1], scaled[:, 0]))
    points = np.where((reach > 1)[:, None], points / (reach * 1.02)[:, None], points)
    points = points + rng.normal(0, 30, points.shape)
    _, county = cKDTree(seats).query(points)
    return points, county.astype(np.int64)


def bent_cells(
    points: Array, province: Province, shift: Array, rng: np.random.Generator
) -> NDArray[np.object_]:
    """Return each point's Voronoi cell with bent borders, moved by ``shift``.

    Points beyond the rim close the outermost cells. Every corner and every point between two
    corners is made once and bent once, so that neighbours share it to the last digit.
    """
    angle = np.arange(0, 2 * np.pi, 0.012)
    ring = np.column_stack(
        [province.half_east_m * np.cos(angle), province.half_north_m * np.sin(angle)]
    )
    outside = np.vstack([ring * (rim(angle) * far)[:, None] for far in (1.06, 1.3)])
    made = Voronoi(np.vstack([points, outside]))
    corners = made.vertices
    between: dict[tuple[int, int], range] = {}
    added: list[Array] = []
    last = len(corners)
    for u, v in made.ridge_vertices:
        low, high = min(u, v), max(u, v)
        pieces = 0 if low < 0 else int(np.hypot(*(corners[high] - corners[low])) // CELL_STEP_M)
        between[low, high] = range(last, last + pieces)
        if pieces:
            share = (np.arange(1, pieces + 1) / (pieces + 1))[:, None]
            added.append(corners[low] + share * (corners[high] - corners[low]))
            last += pieces
    placed = np.round(bend(np.vstack([corners, *added]), rng) + shift, 2)
    index: list[int] = []
    lengths = []
    for k in range(len(points)):
        region = np.array(made.regions[made.point_region[k]])
        away = corners[region] - points[k]
        region = region[np.argsort(np.arctan2(away[:, 1], away[:, 0]))]
        first = len(index)
        for u, v in zip(region.tolist(), np.roll(region, -1).tolist(), strict=True):
            inner = between[min(u, v), max(u, v)]
            index += [u, *(inner if u < v else reversed(inner))]
        index.append(index[first])
        lengths.append(len(index) - first)
    rings = shapely.linearrings(placed[index], indices=np.repeat(np.arange(len(points)), lengths))
    return shapely.polygons(rings)


def bend(xy: Array, rng: np.random.Generator) -> Array:
    """Return points moved by waves that depend on the place alone."""
    out = xy.copy()
    for length, height in WAVES:
        phase, turn = rng.uniform(0, 2 * np.pi, 4), rng.uniform(0, np.pi)
        u = (xy[:, 0] * np.cos(turn) + xy[:, 1] * np.sin(turn)) * 2 * np.pi / length
        v = (xy[:, 1] * np.cos(turn) - xy[:, 0] * np.sin(turn)) * 2 * np.pi / length
        out[:, 0] += height * np.sin(u + phase[0]) * np.cos(0.7 * v + phase[1])
        out[:, 1] += height * np.sin(v + phase[2]) * np.cos(0.7 * u + phase[3])
    return out


def division_codes(
    province: Province, points: Array, county: IntArray, rng: np.random.Generator
) -> tuple[list[str], IntArray]:
    """Return the community codes in order and each grid's community.

    About nine grids make a community and eight communities a subdistrict, by nearness.
    """
    code_of = np.empty(len(points), object)
    for k in range(province.counties):
        mine = np.flatnonzero(county == k)
        middle, label = groups(points[mine], 9, rng)
        _, upper = groups(middle, 8, rng)
        nth: dict[int, int] = {}
        codes = []
        for part in upper.tolist():
            nth[part] = nth.get(part, 0) + 1
            codes.append(f"{province.code}{k + 1:02d}{part + 1:03d}{nth[part]:03d}")
        code_of[mine] = np.array(codes, object)[label]
    every, community = np.unique(code_of.astype(str), return_inverse=True)
    return [str(code) for code in every], community.astype(np.int64)


def groups(points: Array, size: int, rng: np.random.Generator) -> tuple[Array, IntArray]:
    """Return centres of groups of about ``size`` near points, north-west first, and the labels."""
    count = max(1, round(len(points) / size))
    first = points[rng.choice(len(points), count, replace=False)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # an empty group is left out below
        middle, label = kmeans2(points, first, iter=12, minit="matrix")
    used = np.unique(label)
    order = used[np.lexsort((middle[used, 0], -np.floor(middle[used, 1] / 6000)))]
    rank = np.full(count, -1, np.int64)
    rank[order] = np.arange(len(order))
    return middle[order], rank[label]


def loads(province: Province, count: int, rng: np.random.Generator) -> IntArray:
    """Return households: most grids well under the limit, about one in seventy over it."""
    most = province.households_max
    usual = np.clip(rng.normal(0.77, 0.15, count), 0.12, 1.0)
    over = rng.uniform(size=count) < 1 / 70
    share = np.where(over, rng.uniform(1.01, 1.5, count), usual)
    return np.round(share * most).astype(np.int64)


def division_frame(province: Province, grids: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return counties, subdistricts and communities as unions of their grids."""
    rows: list[dict[str, object]] = []
    shapes = grids.geometry.to_numpy()
    codes = grids["community_code"].to_numpy(dtype=str)
    for length in (6, 9, 12):
        own = np.array([code[:length] for code in codes])
        for code in np.unique(own):
            number = int(code[4:6])
            upper = f"演示县{number:02d}"
            name = {
                6: upper,
                9: f"{upper}第{int(code[6:9] or 0)}街道",
                12: f"第{int(code[9:12] or 0)}社区",
            }[length]
            kind = {6: "County", 9: "Subdistrict", 12: "Community"}[length]
            rows.append(
                {
                    "code": str(code),
                    "name": name,
                    "name_en": f"{kind} {code[4:]}",
                    "is_temporary": True,
                    "geometry": shapely.coverage_union_all(shapes[own == code]),
                }
            )
    return gpd.GeoDataFrame(rows, geometry="geometry", crs=province.srid)


def organisations(
    province: Province, grids: gpd.GeoDataFrame, county: IntArray, rng: np.random.Generator
) -> pd.DataFrame:
    """Return the branches of the counties that reported; one may serve two neighbouring grids."""
    reporting = set(rng.permutation(province.counties)[: province.reporting].tolist())
    codes, home = grids["code"].tolist(), grids["community_code"].tolist()
    rows: list[dict[str, object]] = []
    k = 0
    pairs = rng.uniform(size=len(codes)) < 0.17
    while k < len(codes):
        two = bool(pairs[k]) and k + 1 < len(codes) and home[k + 1] == home[k]
        run = codes[k : k + 2] if two else codes[k : k + 1]
        if int(county[k]) in reporting:
            rows.append(
                {
                    "id": len(rows) + 1,
                    "kind": "party_branch",
                    "name": f"{grids['name'].iat[k]}党支部",
                    "parent_id": None,
                    "code": run[0],
                    "grid_codes": run,
                }
            )
        k += len(run)
    frame = pd.DataFrame(rows)
    frame["parent_id"] = frame["parent_id"].astype(object)
    return frame
