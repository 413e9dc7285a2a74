"""Reference systems: where a county is measured, how files arrive, what the database keeps.

Axis order is x, y (longitude, latitude) everywhere. WGS84 and CGCS2000 are taken as equal: they
differ by centimetres, which no import here can tell. GCJ-02 and BD-09 are the shifted systems of
Chinese web maps (300-700 m off); a file in one of them usually declares EPSG:4326.
"""

from __future__ import annotations

import re
import unicodedata
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError as ProjCrsError
from pyproj.transformer import TransformerGroup

from layers.kit.errors import CrsError
from layers.kit.findings import Finding

Floats = NDArray[np.float64]
Geometries = NDArray[np.object_]
Pair = Callable[[Floats, Floats], tuple[Floats, Floats]]
Shift = Literal["gcj02", "bd09"]

STORAGE_SRID: Final = 4490
# CGCS2000 / 3-degree Gauss-Kruger CM 75E, 78E … 135E: no zone number in the easting.
_FIRST_ZONE, _LAST_ZONE, _FIRST_MERIDIAN = 4534, 4554, 75.0
_FIRST_NUMBERED: Final = 4513  # the same zones with their number before the easting, from 25 on
_ALIKE: Final = (4326, 4490, 4979, 4480)  # WGS84 and CGCS2000, two and three axes
_ALIKE_NAMES: Final = ("WGS 84", "China Geodetic Coordinate System 2000")
_GCJ_BOX: Final = (72.004, 0.8293, 137.8347, 55.8271)
_GCJ_EDGE: Final = 1e-9  # degrees (0.1 mm): the inverse of an edge point may fall just outside
_GCJ_A: Final = 6378245.0  # Krasovsky 1940
_GCJ_EE: Final = 0.00669342162296594323
_BD_PI: Final = np.pi * 3000.0 / 180.0
_ROUNDS: Final = 20  # each gains two digits or more: 1e-12 degrees after six


@dataclass(frozen=True, slots=True)
class SourceCrs:
    """How a file's coordinates are to be read: a CRS of PROJ, or a shifted system (in degrees)."""

    name: str
    crs: CRS
    shift: Shift | None = None

    @property
    def is_geographic(self) -> bool:
        """Tell whether coordinates are degrees of longitude and latitude."""
        return bool(self.crs.is_geographic)


# ---- which CRS -------------------------------------------------------------------------------


@lru_cache(maxsize=64)
def _area_of_use(srid: int) -> tuple[float, float, float, float] | None:
    area = CRS.from_epsg(srid).area_of_use
    return None if area is None else (area.west, area.south, area.east, area.north)


def measuring_srid(lon: float, lat: float) -> int:
    """Return the EPSG code of the CRS in metres for a place (degrees, WGS84 or CGCS2000).

    In China the 3° Gauss-Krüger zone of the longitude (EPSG 4534…4554; 4544 is CM 105°E), as far
    as the zone's area of use in the EPSG register goes; elsewhere the UTM zone on WGS84. Raises
    ``CrsError`` for coordinates that are none and beyond 84°N / 80°S, where UTM ends.
    """
    if not (-180.0 <= lon <= 180.0 and -80.0 <= lat <= 84.0):
        raise CrsError(
            "no measuring CRS for longitude {lon}, latitude {lat}",
            (Finding("crs_no_measuring", values={"lon": lon, "lat": lat}),),
            lon=lon,
            lat=lat,
        )
    zone = _FIRST_ZONE + int(np.floor((lon - _FIRST_MERIDIAN) / 3.0 + 0.5))
    if _FIRST_ZONE <= zone <= _LAST_ZONE:
        area = _area_of_use(zone)
        if area is not None and area[1] <= lat <= area[3]:
            return zone
    return (32600 if lat >= 0 else 32700) + min(int((lon + 180.0) // 6.0) + 1, 60)


def parse_crs(text: str) -> SourceCrs:
    """Read what ``--crs`` or a file declares: ``EPSG:4545``, ``gcj02``, ``bd09``, or WKT.

    Raises ``CrsError`` when PROJ does not know it, or when it has no x and y on the ground.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    word = re.sub(r"[-_\s()°]", "", plain.lower())
    shift = _SHIFTED.fullmatch(word)
    if shift:
        degrees = CRS.from_epsg(4326)
        if shift["gcj"]:
            return SourceCrs("GCJ-02", degrees, "gcj02")
        return SourceCrs("BD-09", degrees, "bd09")
    given = _named(word) or plain
    if given.isdigit():
        given = f"EPSG:{given}"
    crs = None if _names_file(given) else _flat(given)
    if crs is None or not (crs.is_geographic or crs.is_projected):
        short = text.strip().splitlines()[0][:60] if text.strip() else ""
        raise CrsError(
            "unknown reference system {short!r}: use EPSG:n, gcj02 or bd09",
            (Finding("crs_unknown", field="crs", values={"crs": short}),),
            short=short,
        )
    return SourceCrs(f"EPSG:{code}" if (code := crs.to_epsg()) else str(crs.name), crs)


# 火星坐标系 is what maps of AutoNavi (高德) and Tencent show, by the rule of 国测局 (2002).
_SHIFTED = re.compile(
    r"(?P<gcj>gcj0?2(?:坐标系?)?|(?:火星|高德|腾讯|国测局)(?:地图)?(?:坐标系?统?)?(?:gcj0?2)?)"
    r"|bd0?9(?:ll|坐标系?)?|百度(?:地图)?(?:经纬度)?(?:坐标系?统?)?(?:bd0?9(?:ll)?)?"
)
_GEOGRAPHIC = re.compile(
    r"(?P<c2000>(?:国家|中国)?(?:大地)?(?:cgcs)?2000(?:国家)?(?:大地)?(?:坐标系?统?)?"
    r"|(?:国家|中国)?大地2000(?:坐标系?统?)?|天地图(?:坐标系?统?)?)"
    r"|(?P<wgs>(?:wgs(?:19)?84|gps|世界大地)(?:坐标系?统?)?)"
    r"|(?P<xian>(?:19)?80西安(?:坐标系?统?)?|西安(?:19)?80(?:坐标系?统?)?)"
    r"|(?P<beijing>(?:19)?54北京(?:坐标系?统?)?|北京(?:19)?54(?:坐标系?统?)?)"
)
_BY_NAME = {"c2000": "EPSG:4490", "wgs": "EPSG:4326", "xian": "EPSG:4610", "beijing": "EPSG:4214"}
_MERIDIAN = re.compile(r"(?:中央(?:经线|子午线)|cm)(\d{2,3})(?:度?e)?")
_ZONE = re.compile(r"(?<!\d)(2[5-9]|3\d|4[0-5])(?:度)?带")


def _named(word: str) -> str | None:
    """Return the EPSG code of a system that is called as offices do (国家2000 3度带 中央经线105).

    None for others.
    """
    plain = _GEOGRAPHIC.fullmatch(word)
    if plain:
        return _BY_NAME[str(plain.lastgroup)]
    if "2000" not in word or not any(part in word for part in ("3度", "三度", "3degree")):
        return None
    meridian, zone = _MERIDIAN.search(word), _ZONE.search(word)
    if meridian and int(meridian[1]) % 3 == 0 and 75 <= int(meridian[1]) <= 135:
        return f"EPSG:{_FIRST_ZONE + (int(meridian[1]) - 75) // 3}"
    return f"EPSG:{_FIRST_NUMBERED + int(zone[1]) - 25}" if zone else None


def _flat(given: str) -> CRS | None:
    """Return what PROJ makes of a text, without heights; None where it makes nothing of it."""
    try:
        crs = CRS.from_user_input(given)
        return (crs.sub_crs_list[0] if crs.is_compound else crs).to_2d()
    except (ProjCrsError, IndexError):
        return None


_FILES = re.compile(
    r"""(?:grids|init|catalog|file)\s*=\s*["']?([^\s"'\]]*)|PARAMETERFILE\s*\[[^,]*,\s*"([^"]*)""",
    re.IGNORECASE,
)


def _names_file(text: str) -> bool:
    """Tell whether a reference system names a file by its place: PROJ would open it.

    Names alone are looked up in PROJ's own folder (``@null``, ``us_noaa_conus.tif``).
    """
    if text.startswith("{") and re.search(r'file"', text, re.IGNORECASE):
        return True
    named = (a or b for a, b in _FILES.findall(text))
    return any(
        not re.fullmatch(r"@?(?:\w[\w.-]*|epsg:\d+)?", one, re.IGNORECASE)
        for each in named
        for one in each.split(",")
    )


def datum_accuracy_m(source: SourceCrs) -> float | None:
    """Return how far off (m) a file's datum may lie; 0 for WGS84 and CGCS2000, None = unknown.

    Old Chinese datums (Beijing 1954, Xian 1980) have no published exact shift.
    """
    if _is_alike(source.crs):
        return 0.0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a better shift would need a download
        operations = TransformerGroup(source.crs, CRS.from_epsg(4326), always_xy=True).transformers
    accuracy = operations[0].accuracy if operations else -1.0
    return None if accuracy is None or accuracy < 0 else float(accuracy)


def _is_alike(crs: CRS) -> bool:
    base = crs.geodetic_crs
    if base is None:
        return False
    return base.to_epsg(20) in _ALIKE or base.name in _ALIKE_NAMES


# ---- geometry arrays -------------------------------------------------------------------------


@lru_cache(maxsize=32)
def transformer(source: int, target: int) -> Transformer:
    """Return what takes x, y (longitude, latitude) of one EPSG code to another.

    Making one takes 30 ms.
    """
    return Transformer.from_crs(source, target, always_xy=True)


@lru_cache(maxsize=32)
def _pair(wkt: str, *, forward: bool) -> Transformer:
    crs = CRS.from_wkt(wkt)
    # WGS84 = CGCS2000: a projection on either is undone to its own base, without a datum shift.
    base = crs.geodetic_crs if _is_alike(crs) else CRS.from_epsg(4326)
    ends = (crs, base) if forward else (base, crs)
    return Transformer.from_crs(*ends, always_xy=True)


def _to_lonlat(crs: CRS) -> Pair:
    transformer = _pair(crs.to_wkt(), forward=True)
    return lambda x, y: transformer.transform(x, y)


def _apply(geometries: Geometries, pair: Pair) -> Geometries:
    def move(xy: Floats) -> Floats:
        x, y = pair(xy[:, 0], xy[:, 1])
        return np.column_stack([x, y])

    return shapely.transform(np.asarray(geometries, dtype=object), move)


def to_storage(geometries: Geometries, srid: int) -> Geometries:
    """Return geometries in EPSG:4490 (degrees, x = longitude), from a measuring CRS; 2D."""
    if srid in _ALIKE:
        return shapely.force_2d(np.asarray(geometries, dtype=object))
    return _apply(geometries, _to_lonlat(CRS.from_epsg(srid)))


def to_measuring(geometries: Geometries, srid: int) -> Geometries:
    """Return geometries in the measuring CRS ``srid``, from EPSG:4490 or 4326; 2D."""
    if srid in _ALIKE:
        return shapely.force_2d(np.asarray(geometries, dtype=object))
    transformer = _pair(CRS.from_epsg(srid).to_wkt(), forward=False)
    return _apply(geometries, lambda x, y: transformer.transform(x, y))


def file_to_storage(geometries: Geometries, source: SourceCrs) -> Geometries:
    """Return a file's geometries in EPSG:4490. Equal vertices stay equal.

    Coordinates that PROJ cannot place become infinite: check the ranges first.
    """
    if source.shift == "gcj02":
        return _apply(geometries, gcj02_to_wgs84)
    if source.shift == "bd09":
        return _apply(geometries, bd09_to_wgs84)
    if source.is_geographic and _is_alike(source.crs):
        return shapely.force_2d(np.asarray(geometries, dtype=object))
    return _apply(geometries, _to_lonlat(source.crs))


def transform(
    x: ArrayLike, y: ArrayLike, source_srid: int, target_srid: int
) -> tuple[Floats, Floats]:
    """Return coordinates of ``source_srid`` in ``target_srid`` (EPSG; x, y order both times)."""
    px, py = _floats(x, y)
    if source_srid == target_srid or {source_srid, target_srid} <= set(_ALIKE):
        return px, py
    if source_srid not in _ALIKE:
        px, py = _to_lonlat(CRS.from_epsg(source_srid))(px, py)
    if target_srid not in _ALIKE:
        px, py = _pair(CRS.from_epsg(target_srid).to_wkt(), forward=False).transform(px, py)
    return px, py


# ---- GCJ-02 and BD-09 ------------------------------------------------------------------------


def _gcj_offset(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Return the shift (degrees) of GCJ-02, smooth over the whole plane.

    Formula as published in eviltransform and coordtransform (they agree to 1 cm).
    """
    x, y = lon - 105.0, lat - 35.0
    root = np.sqrt(np.abs(x))
    wave = 20.0 * np.sin(6.0 * np.pi * x) + 20.0 * np.sin(2.0 * np.pi * x)
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    north += (wave + 20.0 * np.sin(np.pi * y) + 40.0 * np.sin(np.pi / 3.0 * y)) * 2.0 / 3.0
    north += (160.0 * np.sin(np.pi / 12.0 * y) + 320.0 * np.sin(np.pi / 30.0 * y)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
    east += (wave + 20.0 * np.sin(np.pi * x) + 40.0 * np.sin(np.pi / 3.0 * x)) * 2.0 / 3.0
    east += (150.0 * np.sin(np.pi / 12.0 * x) + 300.0 * np.sin(np.pi / 30.0 * x)) * 2.0 / 3.0
    phi = np.radians(lat)
    magic = 1.0 - _GCJ_EE * np.sin(phi) ** 2
    per_lat = (_GCJ_A * (1.0 - _GCJ_EE)) / (magic * np.sqrt(magic)) * np.pi
    per_lon = _GCJ_A / np.sqrt(magic) * np.cos(phi) * np.pi
    return east * 180.0 / per_lon, north * 180.0 / per_lat


def _in_gcj_box(lon: Floats, lat: Floats, edge: float = 0.0) -> NDArray[np.bool_]:
    west, south, east, north = _GCJ_BOX
    across = (lon >= west - edge) & (lon <= east + edge)
    return across & (lat >= south - edge) & (lat <= north + edge)


def _floats(lon: ArrayLike, lat: ArrayLike) -> tuple[Floats, Floats]:
    return np.asarray(lon, np.float64), np.asarray(lat, np.float64)


def wgs84_to_gcj02(lon: ArrayLike, lat: ArrayLike) -> tuple[Floats, Floats]:
    """Shift WGS84 degrees to GCJ-02. Outside the box that the shift is defined for: unchanged."""
    x, y = _floats(lon, lat)
    inside = _in_gcj_box(x, y)
    # Only points of the box are computed: the polynomial has no meaning elsewhere.
    dx, dy = _gcj_offset(np.where(inside, x, 105.0), np.where(inside, y, 35.0))
    return np.where(inside, x + dx, x), np.where(inside, y + dy, y)


def gcj02_to_wgs84(lon: ArrayLike, lat: ArrayLike) -> tuple[Floats, Floats]:
    """Undo the GCJ-02 shift exactly (well under 1 mm), for every point, in a fixed number of steps.

    Fixed-point iteration ``w ← g - offset(w)`` on the *smooth* offset: it contracts everywhere,
    while the offset cut off at the box makes libraries oscillate for ever on its edge (WGS
    72.004, 36). A result in the box is the answer; otherwise the point was never shifted and stays.
    In the few hundred metres along the box where both are possible, the shifted reading wins.
    """
    x, y = _floats(lon, lat)
    near = _in_gcj_box(x, y, edge=0.05)
    gx, gy = np.where(near, x, 105.0), np.where(near, y, 35.0)
    wx, wy = gx, gy
    for _ in range(_ROUNDS):
        dx, dy = _gcj_offset(wx, wy)
        fx, fy = gx - dx, gy - dy
        done = bool(np.all((fx == wx) & (fy == wy)))
        wx, wy = fx, fy
        if done:
            break
    inside = near & _in_gcj_box(wx, wy, edge=_GCJ_EDGE)
    return np.where(inside, wx, x), np.where(inside, wy, y)


def gcj02_to_bd09(lon: ArrayLike, lat: ArrayLike) -> tuple[Floats, Floats]:
    """Shift GCJ-02 degrees to BD-09 (published formula of coordtransform and gcoord)."""
    x, y = _floats(lon, lat)
    radius = np.hypot(x, y) + 0.00002 * np.sin(y * _BD_PI)
    angle = np.arctan2(y, x) + 0.000003 * np.cos(x * _BD_PI)
    return radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006


def bd09_to_gcj02(lon: ArrayLike, lat: ArrayLike) -> tuple[Floats, Floats]:
    """Undo the BD-09 shift by fixed-point iteration in a fixed number of steps."""
    x, y = _floats(lon, lat)
    gx, gy = x - 0.0065, y - 0.006
    for _ in range(_ROUNDS):
        bx, by = gcj02_to_bd09(gx, gy)
        gx, gy = gx + (x - bx), gy + (y - by)
    return gx, gy


def bd09_to_wgs84(lon: ArrayLike, lat: ArrayLike) -> tuple[Floats, Floats]:
    """Undo both shifts of Baidu's maps."""
    return gcj02_to_wgs84(*bd09_to_gcj02(lon, lat))


def wgs84_to_bd09(lon: ArrayLike, lat: ArrayLike) -> tuple[Floats, Floats]:
    """Apply both shifts of Baidu's maps."""
    return gcj02_to_bd09(*wgs84_to_gcj02(lon, lat))
