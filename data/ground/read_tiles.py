"""Base map as vector tiles, made by PostGIS."""

from __future__ import annotations

from sqlalchemy import Connection, text

from data.web_map import stored, web

# Below these zooms a class would be a grey smear: smallest shown per zoom.
_STREETS_FROM = {
    "main_street": 0,
    "street": 12,
    "lane": 14,
    "service": 15,
    "path": 15,
    "steps": 15,
    "track": 14,
}
_BORDERS_FROM = {"county": 0, "subdistrict": 9, "community": 10}
BUILDINGS_FROM = 13
NAMES_FROM = 14

_BOX = "ST_TileEnvelope(:z, :x, :y)"

_TILE = f"""
WITH box AS (
    SELECT {_BOX} AS web,
           {stored(f"ST_Expand({_BOX}, :margin)")} AS stored
),
land AS (
    SELECT kind, name, ST_AsMVTGeom(
             {web("ST_SimplifyPreserveTopology(g.geom, :grain)")}, box.web, 4096, 64) AS geom
    FROM land g, box
    WHERE lies_in(g.code, :county) AND g.geom && box.stored
),
water AS (
    SELECT kind, name, ST_AsMVTGeom(
             {web("ST_SimplifyPreserveTopology(g.geom, :grain)")}, box.web, 4096, 64) AS geom
    FROM water g, box
    WHERE lies_in(g.code, :county) AND g.geom && box.stored
),
street AS (
    SELECT class, is_bridge AS bridge, ST_AsMVTGeom(
             {web("ST_Simplify(ST_LineMerge(ST_Collect(g.geom)), :grain, true)")},
             box.web, 4096, 64) AS geom
    FROM street_edge g, box
    WHERE lies_in(g.code, :county) AND g.geom && box.stored AND g.class = ANY(:classes)
    GROUP BY class, is_bridge, box.web
),
street_name AS (
    SELECT name, class, ST_AsMVTGeom({web("ST_LineMerge(ST_Collect(g.geom))")},
             box.web, 4096, 256) AS geom
    FROM street_edge g, box
    WHERE CAST(:names AS boolean) AND g.name IS NOT NULL
      AND lies_in(g.code, :county) AND g.geom && box.stored
      AND g.class = ANY(:classes)
    GROUP BY name, class, box.web
),
building AS (
    SELECT use, coalesce(levels, 1) AS levels,
           ST_AsMVTGeom({web("g.geom")}, box.web, 4096, 16) AS geom
    FROM building g, box
    WHERE CAST(:buildings AS boolean) AND g.valid_to IS NULL
      AND lies_in(g.code, :county) AND g.geom && box.stored
),
barrier AS (
    SELECT kind, ST_AsMVTGeom({web("ST_Simplify(g.geom, :grain)")}, box.web, 4096, 64)
             AS geom
    FROM barrier g, box
    WHERE lies_in(g.code, :county) AND g.geom && box.stored
),
border AS (
    SELECT kind, ST_AsMVTGeom({web("ST_Boundary(g.geom)")}, box.web, 4096, 64) AS geom
    FROM division g, box
    WHERE lies_in(g.code, :county) AND g.geom && box.stored AND g.valid_to IS NULL
      AND g.kind = ANY(:borders)
),
land_name AS (
    SELECT kind, name, ST_AsMVTGeom({web("ST_PointOnSurface(g.geom)")},
             box.web, 4096, 256) AS geom
    FROM box, (
        -- Once per name, on the largest piece: a river park is many strips.
        SELECT DISTINCT ON (name) kind, name, geom FROM getu.land
        WHERE CAST(:names AS boolean) AND lies_in(code, :county) AND name IS NOT NULL
        ORDER BY name, ST_Area(geom) DESC
    ) g
    WHERE g.geom && box.stored
),
place AS (
    SELECT kind, name, ST_AsMVTGeom({web("ST_PointOnSurface(g.geom)")},
             box.web, 4096, 256) AS geom
    FROM division g, box
    WHERE lies_in(g.code, :county) AND g.geom && box.stored AND g.valid_to IS NULL
      AND g.kind = ANY(:places)
)
SELECT (SELECT coalesce(ST_AsMVT(land, 'land', 4096, 'geom'), '') FROM land)
    || (SELECT coalesce(ST_AsMVT(water, 'water', 4096, 'geom'), '') FROM water)
    || (SELECT coalesce(ST_AsMVT(street, 'street', 4096, 'geom'), '') FROM street)
    || (SELECT coalesce(ST_AsMVT(street_name, 'street_name', 4096, 'geom'), '') FROM street_name)
    || (SELECT coalesce(ST_AsMVT(building, 'building', 4096, 'geom'), '') FROM building)
    || (SELECT coalesce(ST_AsMVT(barrier, 'barrier', 4096, 'geom'), '') FROM barrier)
    || (SELECT coalesce(ST_AsMVT(border, 'border', 4096, 'geom'), '') FROM border)
    || (SELECT coalesce(ST_AsMVT(land_name, 'land_name', 4096, 'geom'), '') FROM land_name)
    || (SELECT coalesce(ST_AsMVT(place, 'place', 4096, 'geom'), '') FROM place) AS tile
"""
COUNTY_DIGITS = 6
_HALF_WORLD_M = 20037508.342789244


def _places(county: str, z: int) -> list[str]:
    """Return the divisions that are named: of a province its counties, until their parts fit."""
    if z >= 10:
        return ["community", "subdistrict"]
    return ["county"] if len(county) < COUNTY_DIGITS else []


def tile(c: Connection, county: str, z: int, x: int, y: int) -> bytes:
    """Return one Mapbox vector tile (protobuf) of a county's ground.

    Layers: land, water, street, street_name, building, barrier, border, land_name, place.
    """
    side_m = 2 * _HALF_WORLD_M / 2**z
    values = {
        "z": z,
        "x": x,
        "y": y,
        "county": f"{county}%",
        "margin": side_m / 16,
        # Half a pixel of a 512 px tile, in degrees.
        "grain": 360 / 2**z / 1024,
        "classes": [name for name, zoom in _STREETS_FROM.items() if z >= zoom],
        "names": z >= NAMES_FROM,
        "borders": [kind for kind, zoom in _BORDERS_FROM.items() if z >= zoom],
        "places": _places(county, z),
        "buildings": z >= BUILDINGS_FROM,
    }
    return bytes(c.execute(text(_TILE), values).scalar_one())
