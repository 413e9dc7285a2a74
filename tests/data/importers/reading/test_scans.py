"""Pictures of plans: every kind as one bounded picture, placed where it says so itself."""

from __future__ import annotations

import sqlite3
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
import rasterio
from PIL import Image, ImageFile
from rasterio.shutil import copy
from rasterio.transform import from_origin

from data.importers.reading import scans
from data.importers.reading.child.trust import own_files
from data.importers.reading.scans import read_scan
from layers.kit.crs import transform, wgs84_to_gcj02
from layers.kit.errors import InputError

WIDTH, HEIGHT = 300, 200


def drawing(mode: str = "RGB") -> Image.Image:
    """A white sheet with a dark upper left quarter."""
    image = Image.new("RGB", (WIDTH, HEIGHT), "white")
    image.paste((40, 40, 40), (0, 0, WIDTH // 2, HEIGHT // 2))
    return image.convert(mode)


def photograph() -> Image.Image:
    x, y = np.meshgrid(np.arange(WIDTH), np.arange(HEIGHT))
    return Image.fromarray(np.stack([x % 256, y % 256, (x + y) % 256], axis=2).astype(np.uint8))


def codes(path: Path, page: int = 1) -> list[str]:
    with pytest.raises(InputError) as caught:
        read_scan(path, page=page)
    return [f.code for f in caught.value.findings]


def geotiff(path: Path, srid: int = 4545, cell: float = 0.5, **more: object) -> Path:
    """A raster of 300 by 200 cells whose upper left corner is (400,000; 2,900,000)."""
    values = np.full((3, HEIGHT, WIDTH), 200, np.uint8)
    values[:, : HEIGHT // 2, : WIDTH // 2] = 30
    west, north = (400_000.0, 2_900_000.0)
    with rasterio.open(
        path, "w", driver="GTiff", width=WIDTH, height=HEIGHT, count=3, dtype="uint8",
        crs=f"EPSG:{srid}", transform=from_origin(west, north, cell, cell), **more,
    ) as raster:  # fmt: skip
        raster.write(values)
    return path


def test_a_drawing_stays_lossless_and_a_photograph_becomes_a_jpeg(tmp_path: Path) -> None:
    drawing().save(tmp_path / "a.png")
    photograph().save(tmp_path / "b.png")
    plain, photo = read_scan(tmp_path / "a.png"), read_scan(tmp_path / "b.png")
    assert (plain.media_type, plain.width, plain.height) == ("image/png", WIDTH, HEIGHT)
    assert photo.media_type == "image/jpeg"
    assert plain.corners is None


@pytest.mark.parametrize(
    "name", ["a.jpg", "a.tif", "a.pdf", "grey.png", "palette.png", "clear.png"]
)
def test_every_kind_of_picture_is_read(name: str, tmp_path: Path) -> None:
    mode = {"grey.png": "L", "palette.png": "P", "clear.png": "RGBA"}.get(name, "RGB")
    drawing(mode).save(tmp_path / name)
    found = read_scan(tmp_path / name)
    assert found.width / found.height == pytest.approx(WIDTH / HEIGHT, rel=0.01)
    assert found.corners is None


def test_a_scan_with_one_bit_a_pixel_is_read_in_its_own_colours(tmp_path: Path) -> None:
    drawing("1").save(tmp_path / "a.tif", compression="group4")
    kept = tmp_path / "kept.png"
    found = read_scan(tmp_path / "a.tif")
    kept.write_bytes(found.content)
    with Image.open(kept) as image:
        grey = np.asarray(image.convert("L"))
    assert grey[150, 250] > 200
    assert grey[50, 50] < 60


def test_a_photograph_lies_as_its_camera_says(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turn a quarter clockwise
    photograph().save(tmp_path / "a.jpg", exif=exif)
    found = read_scan(tmp_path / "a.jpg")
    assert (found.width, found.height) == (HEIGHT, WIDTH)


def test_a_large_picture_is_made_smaller_not_refused(tmp_path: Path) -> None:
    # 9,000 by 4,000: over 6,000 wide and 20 megapixels (36); shrunk to 6,000 by 2,667.
    Image.new("L", (9000, 4000), 255).save(tmp_path / "a.png")
    found = read_scan(tmp_path / "a.png")
    assert (found.width, found.height) == (6000, 2667)


def test_a_geotiff_places_itself(tmp_path: Path) -> None:
    found = read_scan(geotiff(tmp_path / "a.tif"))
    assert found.corners is not None
    lon = [c[0] for c in found.corners]
    lat = [c[1] for c in found.corners]
    x, y = transform(lon, lat, 4326, 4545)
    # The picture is the box around the turned sheet: it covers its 150 m by 100 m, little more.
    assert x.min() <= 400_000
    assert x.max() >= 400_150
    assert y.max() >= 2_900_000
    assert y.min() <= 2_899_900
    assert x.max() - x.min() < 155
    assert y.max() - y.min() < 105


def test_a_sheet_of_a_web_map_is_put_back_where_it_is(tmp_path: Path) -> None:
    # GCJ-02 moves this part of Guizhou by some hundreds of metres.
    path = geotiff(tmp_path / "a.tif")
    plain, shifted = read_scan(path), read_scan(path, shift="gcj02")
    assert plain.corners is not None
    assert shifted.corners is not None
    lon, lat = wgs84_to_gcj02(*np.asarray(shifted.corners).T)
    assert np.column_stack([lon, lat]) == pytest.approx(np.asarray(plain.corners), abs=1e-9)
    assert np.abs(np.asarray(shifted.corners) - np.asarray(plain.corners)).max() > 1e-3


def test_what_the_sheet_leaves_out_is_seen_through(tmp_path: Path) -> None:
    found = read_scan(geotiff(tmp_path / "a.tif"))
    (tmp_path / "kept").write_bytes(found.content)
    with Image.open(tmp_path / "kept") as image:
        alpha = np.asarray(image.convert("RGBA"))[..., 3]
    assert alpha[0, 0] == 0 or alpha[0, -1] == 0 or alpha[-1, 0] == 0 or alpha[-1, -1] == 0
    assert alpha[alpha.shape[0] // 2, alpha.shape[1] // 2] == 255


def test_tiles_in_a_file_are_one_picture_in_the_same_place(tmp_path: Path) -> None:
    geotiff(tmp_path / "a.tif")
    copy(str(tmp_path / "a.tif"), str(tmp_path / "a.mbtiles"), driver="MBTiles")
    sheet, tiles = read_scan(tmp_path / "a.tif"), read_scan(tmp_path / "a.mbtiles")
    assert sheet.corners is not None
    assert tiles.corners is not None
    assert np.asarray(tiles.corners) == pytest.approx(np.asarray(sheet.corners), abs=1e-5)


def test_pages_of_a_pdf_are_counted(tmp_path: Path) -> None:
    photograph().save(
        tmp_path / "a.pdf", save_all=True, append_images=[drawing().resize((200, 300))]
    )
    first, second = read_scan(tmp_path / "a.pdf"), read_scan(tmp_path / "a.pdf", page=2)
    assert (first.pages, second.pages) == (2, 2)
    assert first.width > first.height
    assert second.width < second.height
    assert codes(tmp_path / "a.pdf", page=3) == ["scan_page"]


def png_header(width: int, height: int) -> bytes:
    """A PNG that says that it is huge and holds nothing."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    data = zlib.compress(b"\0" * 1000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file_empty"),
        (b"<svg onload='alert(1)'/>", "scan_kind"),
        (b"\x89PNG\r\n\x1a\n" + b"x" * 40, "scan_unreadable"),
        (png_header(40_000, 40_000), "scan_too_large"),  # Pillow's own guard against bombs
        (png_header(12_000, 12_000), "scan_too_large"),  # 144 megapixels at once
        (png_header(500, 500), "scan_unreadable"),
        (b"%PDF-1.4 nothing", "scan_unreadable"),
        (b"II*\0" + b"\0" * 60, "scan_unreadable"),
        (b"SQLite format 3\0" + b"\0" * 84, "scan_unreadable"),
    ],
)
def test_what_is_no_picture_is_refused_with_a_reason(
    content: bytes, code: str, tmp_path: Path
) -> None:
    (tmp_path / "plan.png").write_bytes(content)
    assert codes(tmp_path / "plan.png") == [code]


@pytest.mark.parametrize("ending", ["png", "jpg"])
@pytest.mark.parametrize("lenient", [False, True])
def test_half_a_picture_is_refused_whatever_another_library_switched_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str, lenient: bool
) -> None:
    path = tmp_path / f"plan.{ending}"
    photograph().save(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", lenient)  # WeasyPrint's import does
    assert codes(path) == ["scan_unreadable"]
    assert lenient is ImageFile.LOAD_TRUNCATED_IMAGES


def test_a_file_beyond_the_limit_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawing().save(tmp_path / "a.png")
    monkeypatch.setattr(scans, "MOST_BYTES", 100)
    with own_files():  # a child would not know of the patch
        assert codes(tmp_path / "a.png") == ["scan_too_heavy"]


def test_heights_are_no_picture(tmp_path: Path) -> None:
    with rasterio.open(
        tmp_path / "a.tif", "w", driver="GTiff", width=20, height=20, count=1, dtype="float32",
        crs="EPSG:4545", transform=from_origin(400_000, 2_900_000, 30, 30),
    ) as raster:  # fmt: skip
        raster.write(np.ones((1, 20, 20), np.float32))
    assert codes(tmp_path / "a.tif") == ["scan_bands"]


def test_vector_tiles_are_no_picture(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "a.mbtiles") as c:
        c.execute("CREATE TABLE metadata (name text, value text)")
        c.execute(
            "CREATE TABLE tiles (zoom_level int, tile_column int, tile_row int, tile_data blob)"
        )
        c.execute("INSERT INTO metadata VALUES ('format', 'pbf')")
    assert codes(tmp_path / "a.mbtiles")[0].startswith("scan_")
