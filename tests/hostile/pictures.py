"""Hostile heights and scanned plans, by name."""

from __future__ import annotations

import sqlite3
import struct
import tempfile
import zlib
from pathlib import Path
from typing import Final

from tests.hostile.markup import Maker, outside
from tests.hostile.packing import pdf, png, tiff, zeros

ENDLESS: Final = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c) "


def tiles() -> bytes:
    """Return an MBTiles whose tiles come from an endless view."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.mbtiles"
        c = sqlite3.connect(path)
        c.executescript(
            "CREATE TABLE metadata(name TEXT, value TEXT);"
            "INSERT INTO metadata VALUES('format','png'),('minzoom','0'),('maxzoom','22'),"
            "('bounds','-180,-85,180,85'),('type','baselayer');"
            f"CREATE VIEW tiles AS {ENDLESS}"
            "SELECT 0 AS zoom_level, 0 AS tile_column, count(*) AS tile_row, NULL AS tile_data"
            " FROM c;"
        )
        c.close()
        return path.read_bytes()


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
    "entity.xml": lambda c: outside(c, "VRTDataset"),
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
    "view.mbtiles": lambda _: tiles(),
    "vrt.tif": HEIGHTS["vrt.tif"],
    "outside.svg": lambda c: outside(c, "svg"),
    "script.eps": lambda c: f"%!PS\n({c.file}) (r) file 100 string readstring pop =",
    "picture.gif": lambda _: b"GIF89a" + b"\xff" * 20,
}
