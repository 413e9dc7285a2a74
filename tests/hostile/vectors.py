"""Hostile layers of features, by name."""

from __future__ import annotations

import json
import sqlite3
import struct
import tempfile
from pathlib import Path
from typing import Final

from tests.hostile.markup import POINT, Maker, geojson, laughs, nested, outside
from tests.hostile.packing import zipped
from tests.hostile.pictures import ENDLESS


def _vrt(source: str) -> str:
    return (
        f'<OGRVRTDataSource><OGRVRTLayer name="canary"><SrcDataSource>{source}</SrcDataSource>'
        "</OGRVRTLayer></OGRVRTDataSource>"
    )


def _algorithm(source: str) -> str:
    return json.dumps({"type": "gdal_streamed_alg", "command_line": f"vector read {source}"})


def _shape(size: int = 50, parts: int = 1, points: int = 4, record: int = 40) -> bytes:
    """Return a .shp of one polygon whose counts are what is said, not what is there."""
    head = struct.pack(">7i", 9994, 0, 0, 0, 0, 0, size)
    head += struct.pack("<2i8d", 1000, 5, *([0.0] * 8))
    head += struct.pack(">2i", 1, record)
    return head + struct.pack("<i4d2i", 5, 0, 0, 1, 1, parts, points) + bytes(20)


def _dbf(
    records: int = 1, header: int = 65, length: int = 11, field: bytes = b"C\0\0\0\0\x0a"
) -> bytes:
    head = struct.pack("<BBBBIHH20x", 3, 26, 1, 1, records, header, length)
    return head + b"name".ljust(11, b"\0") + field.ljust(21, b"\0") + b"\r" + b" x".ljust(11)


def _shapefile(
    shp: bytes | None = None, dbf: bytes | None = None, shx: bytes | None = None
) -> bytes:
    index = struct.pack(">7i", 9994, 0, 0, 0, 0, 0, 54) + struct.pack(
        "<2i8d", 1000, 5, *([0.0] * 8)
    )
    return zipped(
        ("a.shp", shp or _shape()),
        ("a.shx", shx or index + struct.pack(">2i", 50, 40)),
        ("a.dbf", dbf or _dbf()),
        ("a.prj", 'GEOGCS["x",DATUM["WGS_1984",SPHEROID["WGS_1984",6378137,298.257]]]'),
    )


def _package(view: str, *more: str, suffix: str = "gpkg") -> bytes:
    """Return a GeoPackage whose one layer is a view."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"a.{suffix}"
        c = sqlite3.connect(path)
        c.executescript(
            "PRAGMA application_id=1196444487; PRAGMA user_version=10300;"
            "CREATE TABLE gpkg_spatial_ref_sys(srs_name TEXT, srs_id INTEGER PRIMARY KEY,"
            " organization TEXT, organization_coordsys_id INTEGER, definition TEXT,"
            " description TEXT);"
            "INSERT INTO gpkg_spatial_ref_sys"
            " VALUES('w',4326,'EPSG',4326,'GEOGCS[\"WGS 84\"]','');"
            "CREATE TABLE gpkg_contents(table_name TEXT PRIMARY KEY, data_type TEXT,"
            " identifier TEXT, description TEXT, last_change TEXT, min_x, min_y, max_x, max_y,"
            " srs_id INTEGER);"
            "CREATE TABLE gpkg_geometry_columns(table_name TEXT, column_name TEXT,"
            " geometry_type_name TEXT, srs_id INTEGER, z INTEGER, m INTEGER);"
            "INSERT INTO gpkg_contents"
            " VALUES('v','features','v','','2020-01-01T00:00:00Z',0,0,1,1,4326);"
            "INSERT INTO gpkg_geometry_columns VALUES('v','geom','POINT',4326,0,0);"
            f"CREATE VIEW v AS {view};" + "".join(more)
        )
        c.commit()
        c.close()
        return path.read_bytes()


def _flagged() -> bytes:
    """Return a zip that says it is encrypted."""
    raw = bytearray(zipped(("a.geojson", geojson())))
    raw[6] |= 1
    raw[raw.index(b"PK\1\2") + 8] |= 1
    return bytes(raw)


def _lying() -> bytes:
    """Return a zip whose directory says one byte for what unpacks to 60 MB."""
    raw = bytearray(zipped(("a.geojson", b" " * 60_000_000)))
    for mark, at in ((b"PK\3\4", 22), (b"PK\1\2", 24)):
        place = raw.index(mark) + at
        raw[place : place + 4] = struct.pack("<I", 1)
    return bytes(raw)


def _drawing(inserts: str) -> str:
    block = "0\nSECTION\n2\nBLOCKS\n0\nBLOCK\n8\n0\n2\nA\n70\n0\n10\n0\n20\n0\n"
    block += f"{inserts}0\nENDBLK\n0\nENDSEC\n"
    return (
        block + "0\nSECTION\n2\nENTITIES\n0\nINSERT\n8\n0\n2\nA\n10\n0\n20\n0\n0\nENDSEC\n0\nEOF\n"
    )


def _flat_buffer() -> bytes:
    return b"fgb\x03fgb\x01" + struct.pack("<I", 0x7FFFFFFF) + bytes(64)


VECTORS: Final[dict[str, Maker]] = {
    "vrt.geojson": lambda c: _vrt(f"CSV:{c.file}"),
    "vrt.gpkg": lambda c: _vrt(str(c.file)),
    "vrt_gml.zip": lambda c: zipped(("a.gml", _vrt(f"CSV:{c.file}"))),
    "vrt_shp.zip": lambda c: zipped(("a.shp", _vrt(str(c.file)))),
    "vrt_kml.zip": lambda c: zipped(("a.kml", "<!-- -->" + _vrt(c.url))),
    "vrt_late.gml": lambda c: " " * 5000 + _vrt(f"/vsicurl/{c.url}"),
    "alg.zip": lambda c: zipped(("a.geojson", _algorithm(f"CSV:{c.file}"))),
    "alg.gdalg.json": lambda c: _algorithm(f"CSV:{c.file}"),
    "alg.json": lambda c: _algorithm(f"/vsicurl/{c.url}"),
    "wfs.gml": lambda c: f"<OGRWFSDataSource><URL>{c.url}</URL></OGRWFSDataSource>",
    "oapif.gml": lambda c: f"<OGROAPIFDataSource><URL>{c.url}</URL></OGROAPIFDataSource>",
    "link.geojson": lambda c: geojson(
        "", f'"crs":{{"type":"link","properties":{{"href":"{c.url}","type":"proj4"}}}},'
    ),
    "crs_file.geojson": lambda c: geojson(
        POINT,
        f'"crs":{{"type":"name","properties":{{"name":"+proj=longlat +nadgrids={c.file}"}}}},',
    ),
    "entity.gml": lambda c: outside(c, "FeatureCollection"),
    "laughs.gml": lambda _: laughs("gml", "FeatureCollection"),
    "schema.gml": lambda c: (
        '<gml:FeatureCollection xmlns:gml="http://www.opengis.net/gml" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        f'xsi:schemaLocation="{c.url} {c.url}.xsd"></gml:FeatureCollection>'
    ),
    "xlink.gml": lambda c: (
        '<gml:FeatureCollection xmlns:gml="http://www.opengis.net/gml" '
        'xmlns:xlink="http://www.w3.org/1999/xlink"><gml:featureMember><a gml:id="a">'
        f'<p xlink:href="{c.url}"/></a></gml:featureMember></gml:FeatureCollection>'
    ),
    "entity.kml": lambda c: outside(c, "kml"),
    "laughs.kml": lambda _: laughs("kml", "kml"),
    "network.kml": lambda c: (
        '<kml xmlns="http://www.opengis.net/kml/2.2"><Document><NetworkLink><Link>'
        f"<href>{c.url}</href></Link></NetworkLink></Document></kml>"
    ),
    "deep.geojson": lambda _: geojson(f'{{"a":{"[" * 100_000}{"]" * 100_000}}}'),
    "deep_objects.geojson": lambda _: geojson('{"a":' * 50_000 + "1" + "}" * 50_000),
    "numbers.geojson": lambda _: geojson(POINT.replace("[1,1]", f"[{'9' * 5000},1]")),
    "infinite.geojson": lambda _: geojson(POINT.replace("[1,1]", "[1e999,NaN]")),
    "halves.geojson": lambda _: geojson(POINT.replace('"x"', '"\\ud800"')).replace("Point", "Pint"),
    "arcs.topojson": lambda _: json.dumps(
        {
            "type": "Topology",
            "arcs": [[[0, 0], [10**308, 10**308]]],
            "objects": {"a": {"type": "Polygon", "arcs": [[10**9, -(10**9)]]}},
        }
    ),
    "size.zip": lambda _: _shapefile(_shape(size=2**31 - 1, record=2**30)),
    "parts.zip": lambda _: _shapefile(_shape(parts=2**31 - 1)),
    "points.zip": lambda _: _shapefile(_shape(points=2**31 - 1)),
    "negative.zip": lambda _: _shapefile(_shape(parts=-1, points=-1)),
    "records.zip": lambda _: _shapefile(shp=_shape(parts=2**28), dbf=_dbf(2**32 - 1)),
    "header.zip": lambda _: _shapefile(shp=_shape(parts=-5), dbf=_dbf(1, 65535, 65535)),
    "length.zip": lambda _: _shapefile(shp=_shape(parts=-5), dbf=_dbf(2**31, 65, 0)),
    "index.zip": lambda _: _shapefile(shx=b"\0" * 100 + struct.pack(">2i", 2**31 - 1, -1) * 99),
    "bomb.zip": lambda _: zipped(("a.geojson", b" " * 40_000_000)),
    "lying.zip": lambda _: _lying(),
    "nested.zip": lambda _: nested(),
    "slip.zip": lambda _: zipped(("../../a.geojson", geojson())),
    "absolute.zip": lambda c: zipped((str(c.file), b"x"), ("b.txt", b"x")),
    "symlink.zip": lambda c: zipped(("a.geojson", str(c.file)), attributes=0o120777),
    "entries.zip": lambda _: zipped(*((f"{n}.geojson", b"{}") for n in range(2000))),
    "encrypted.zip": lambda _: _flagged(),
    "cut.zip": lambda _: zipped(("a.geojson", geojson()))[:60],
    "view.gpkg": lambda _: _package(
        f"{ENDLESS}SELECT x AS fid, NULL AS geom, count(*) AS name FROM c"
    ),
    "attach.gpkg": lambda c: _package(
        f"SELECT 1 AS fid, readfile('{c.file}') AS name, NULL AS geom",
    ),
    "blob.gpkg": lambda _: _package(
        "SELECT 1 AS fid, zeroblob(900000000) AS geom, randomblob(900000000) AS name"
    ),
    "text.gpkg": lambda _: _package(
        f"{ENDLESS}SELECT 1 AS fid, NULL AS geom, group_concat('x') AS name FROM c"
    ),
    "cut.gpkg": lambda _: _package("SELECT 1 AS fid")[:3000],
    "header.fgb": lambda _: _flat_buffer(),
    "insert.dxf": lambda _: _drawing("0\nINSERT\n8\n0\n2\nA\n10\n0\n20\n0\n"),
    "array.dxf": lambda _: _drawing("0\nLINE\n8\n0\n10\n0\n20\n0\n11\n1\n21\n1\n").replace(
        "0\nENDSEC\n0\nEOF", "70\n30000\n71\n30000\n44\n1\n45\n1\n0\nENDSEC\n0\nEOF"
    ),
}
