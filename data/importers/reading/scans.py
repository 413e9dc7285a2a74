"""Pictures of plans: PNG, JPEG, TIFF, a page of a PDF, GeoTIFF and MBTiles, as one bounded picture.

What is kept is written anew from the pixels (upright, 8 bits, nothing else of the file), so that
a browser draws it at once and no larger than ``MOST_SIDE`` by ``MOST_PIXELS``.
"""

from __future__ import annotations

import io
import math
import re
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock
from typing import Any, Final, Literal

import numpy as np
import rasterio
from PIL import Image, ImageFile, ImageOps
from rasterio.enums import ColorInterp, Resampling
from rasterio.errors import RasterioError, RasterioIOError
from rasterio.transform import Affine
from rasterio.vrt import WarpedVRT
from rasterio.warp import calculate_default_transform

from data.importers.reading.child import walls
from data.importers.reading.child.confined import Bounds, confined
from data.importers.reading.faults import Faults
from layers.kit.crs import bd09_to_wgs84, gcj02_to_wgs84, transform

MOST_BYTES: Final = 50_000_000
MOST_SIDE: Final = 6000
MOST_PIXELS: Final = 20_000_000
MOST_DECODED: Final = 100_000_000
"""Pixels that are held at once: 300 MB as colours. Rasters are read piece by piece instead."""
MOST_READ: Final = 400_000_000
PDF_DPI: Final = 200
_PDF_MB: Final = 200.0  # a page of MOST_PIXELS, as it is drawn, copied and written
_WEB: Final = "EPSG:3857"
_KINDS: Final = (
    (b"\x89PNG\r\n\x1a\n", "picture"),
    (b"\xff\xd8\xff", "picture"),
    (b"II*\0", "tiff"),
    (b"MM\0*", "tiff"),
    (b"II+\0", "tiff"),
    (b"MM\0+", "tiff"),
    (b"%PDF-", "pdf"),
    (b"SQLite format 3\0", "mbtiles"),
)

Shift = Literal["gcj02", "bd09"]
Corners = tuple[tuple[float, float], ...]
"""Longitude and latitude of top left, top right, bottom right, bottom left."""


@dataclass(frozen=True, slots=True)
class Scan:
    """A picture as it is kept. ``corners``: where the file itself says that it lies."""

    content: bytes
    media_type: str
    width: int
    height: int
    corners: Corners | None = None
    pages: int = 1


@confined(Bounds(memory_mb=300, seconds=1.8))
def read_scan(path: Path, *, page: int = 1, shift: Shift | None = None) -> Scan:
    """Read a file; ``page`` counts a PDF's pages from 1. Raises InputError with its faults.

    ``shift``: its own coordinates are those of a Chinese web map, whatever the file declares; the
    corners are put back. (Within some kilometres the shift is the same to less than a metre.)

    What the file is, its first bytes say, not its name. A GeoTIFF is turned into web maps'
    projection, so that its corners say exactly where it lies.
    """
    faults = Faults(path.name)
    size = path.stat().st_size
    if size == 0:
        faults.add("file_empty")
    elif size > MOST_BYTES:
        faults.add("scan_too_heavy", megabytes=size / 1e6, most=MOST_BYTES / 1e6)
    faults.stop()
    with path.open("rb") as file:
        head = file.read(16)
    kind = next((kind for start, kind in _KINDS if head.startswith(start)), None)
    try:
        if kind == "picture":
            return _encoded(_picture(path, faults))
        if kind == "tiff":
            return _unshifted(_raster(path, "GTiff", faults), shift)
        if kind == "mbtiles":
            return _unshifted(_raster(path, "MBTiles", faults), shift)
        if kind == "pdf":
            return _pdf(path, page, faults)
    except Image.DecompressionBombError as error:  # Pillow's own bound is met before ours
        pixels = re.search(r"\((\d+) pixels\)", str(error))
        faults.add("scan_too_large", megapixels=int(pixels[1]) / 1e6 if pixels else "?")
    except (OSError, ValueError, SyntaxError, MemoryError) as error:
        # Pillow says SyntaxError for broken PNGs, rasterio's errors are OSErrors or ValueErrors.
        faults.add("scan_unreadable", reason=" ".join(str(error).split())[:200])
    except (RasterioIOError, RasterioError) as error:
        faults.add("scan_unreadable", reason=" ".join(str(error).split())[:200])
    else:
        faults.add("scan_kind")
    faults.stop()
    raise AssertionError("a fault stops")


def _unshifted(scan: Scan, shift: Shift | None) -> Scan:
    if shift is None or scan.corners is None:
        return scan
    back = {"gcj02": gcj02_to_wgs84, "bd09": bd09_to_wgs84}[shift]
    lon, lat = back([c[0] for c in scan.corners], [c[1] for c in scan.corners])
    corners = tuple((float(x), float(y)) for x, y in zip(lon, lat, strict=True))
    return replace(scan, corners=corners)


def _fitting(width: float, height: float) -> float:
    """Return by how much a picture has to shrink (1 at least)."""
    return max(1.0, max(width, height) / MOST_SIDE, math.sqrt(width * height / MOST_PIXELS))


def _shrunk(width: float, height: float) -> tuple[int, int]:
    factor = _fitting(width, height)
    return max(1, round(width / factor)), max(1, round(height / factor))


def _picture(path: Path, faults: Faults) -> Image.Image:
    with Image.open(path, formats=("PNG", "JPEG")) as opened:
        size = _shrunk(*opened.size)
        if opened.format == "JPEG":
            opened.draft(None, size)  # decodes to a half, a quarter …: large scans stay small
        if opened.width * opened.height > MOST_DECODED:
            faults.add("scan_too_large", megapixels=opened.width * opened.height / 1e6)
            faults.stop()
        if opened.mode.startswith(("I", "F")):
            faults.add("scan_bands", bands=opened.mode)
            faults.stop()
        _decode_whole(opened)
        upright = ImageOps.exif_transpose(opened) or opened
        has_alpha = "A" in upright.mode or "transparency" in upright.info
        wanted = "RGBA" if has_alpha else "RGB"
        # A grey picture is made smaller before it is made three colours: a third of the memory.
        image = upright if upright.mode in ("L", "RGB", "RGBA") else upright.convert(wanted)
        small = image.resize(_shrunk(*image.size), Image.Resampling.LANCZOS, reducing_gap=2.0)
    return small if small.mode == wanted else small.convert(wanted)


_DECODING: Final = Lock()


def _decode_whole(opened: Image.Image) -> None:
    """Decode a picture; raises OSError when its file ends too early.

    Pillow has one switch for the whole process, and WeasyPrint, which sets our PDFs, leaves it on
    "fill what is missing with grey": half a plan would be kept as if it were whole.
    """
    with _DECODING:
        before = ImageFile.LOAD_TRUNCATED_IMAGES
        ImageFile.LOAD_TRUNCATED_IMAGES = False
        try:
            opened.load()
        finally:
            ImageFile.LOAD_TRUNCATED_IMAGES = before


def _pdf(path: Path, page: int, faults: Faults) -> Scan:
    import pypdfium2  # a large library that only those wait for who bring a PDF

    walls.tighten(_PDF_MB)
    try:
        with pypdfium2.PdfDocument(path) as document:
            pages = len(document)
            if not 1 <= page <= pages:
                faults.add("scan_page", page=page, pages=pages)
                faults.stop()
            found = document[page - 1]
            width, height = (side * PDF_DPI / 72 for side in found.get_size())
            scale = PDF_DPI / 72 / _fitting(width, height)
            image = found.render(scale=scale).to_pil().convert("RGB")
    except pypdfium2.PdfiumError as error:
        raise ValueError(str(error)) from error
    kept = _encoded(image)
    return Scan(kept.content, kept.media_type, kept.width, kept.height, None, pages)


def _raster(path: Path, driver: str, faults: Faults) -> Scan:
    with rasterio.open(path, driver=driver) as raster:
        if raster.width * raster.height > MOST_READ:
            faults.add("scan_too_large", megapixels=raster.width * raster.height / 1e6)
        if raster.count not in (1, 2, 3, 4) or set(raster.dtypes) != {"uint8"}:
            faults.add("scan_bands", bands=f"{raster.count} × {raster.dtypes[0]}")
        faults.stop()
        palette = raster.colormap(1) if raster.colorinterp[0] == ColorInterp.palette else None
        if not _is_placed(raster):
            if driver == "MBTiles":
                faults.add("scan_not_placed")
                faults.stop()
            width, height = _shrunk(raster.width, raster.height)
            resampling = Resampling.nearest if palette else Resampling.average
            pixels = raster.read(out_shape=(raster.count, height, width), resampling=resampling)
            return _encoded(_image(pixels, palette, raster.count in (2, 4)))
        return _placed(raster, palette, faults)


def _is_placed(raster: Any) -> bool:
    if raster.gcps[0]:
        return bool(raster.gcps[1])
    return bool(raster.crs) and not raster.transform.is_identity


def _placed(raster: Any, palette: Any, faults: Faults) -> Scan:
    gcps, gcp_crs = raster.gcps
    source = gcp_crs if gcps else raster.crs
    ground = {"gcps": gcps} if gcps else dict(zip(_SIDES, raster.bounds, strict=True))
    try:
        affine, width, height = calculate_default_transform(
            source, _WEB, raster.width, raster.height, **ground
        )
    except RasterioError:
        faults.add("scan_not_placed")
        faults.stop()
        raise
    columns, rows = _shrunk(width, height)
    affine = affine @ Affine.scale(width / columns, height / rows)
    has_alpha = raster.count in (2, 4)
    options = {"add_alpha": not has_alpha and raster.nodata is None}
    with WarpedVRT(
        raster, crs=_WEB, src_crs=source, transform=affine, width=columns, height=rows,
        resampling=Resampling.nearest if palette else Resampling.bilinear, **options,
    ) as turned:  # fmt: skip
        pixels = turned.read()
        if raster.nodata is not None and not has_alpha:
            pixels = np.concatenate([pixels, turned.dataset_mask()[None]])
    corners = [affine @ corner for corner in ((0, 0), (columns, 0), (columns, rows), (0, rows))]
    lon, lat = transform([x for x, _ in corners], [y for _, y in corners], 3857, 4326)
    if not (np.isfinite(lon).all() and np.isfinite(lat).all()):
        faults.add("scan_not_placed")
        faults.stop()
    kept = _encoded(_image(pixels, palette, alpha=True))
    where = tuple((float(x), float(y)) for x, y in zip(lon, lat, strict=True))
    return Scan(kept.content, kept.media_type, kept.width, kept.height, where)


_SIDES: Final = ("left", "bottom", "right", "top")


def _image(pixels: Any, palette: Any, alpha: bool) -> Image.Image:
    """Return bands (n, rows, columns) as a picture; the last one is its opacity if ``alpha``."""
    opacity = pixels[-1] if alpha else None
    bands = pixels[:-1] if alpha else pixels
    if palette:
        colours = np.zeros((256, 3), np.uint8)
        for value, colour in palette.items():
            colours[value] = colour[:3]
        bands = np.moveaxis(colours[bands[0]], 2, 0)
    elif len(bands) == 1:
        bands = np.repeat(bands, 3, axis=0)
    if opacity is not None and not (opacity == 255).all():
        bands = np.concatenate([bands, opacity[None]])
    return Image.fromarray(np.ascontiguousarray(np.moveaxis(bands, 0, 2)))


def _encoded(image: Image.Image) -> Scan:
    """Write a picture: drawings of few colours losslessly, others as photographs."""
    kept = io.BytesIO()
    if image.mode == "RGBA" and image.getchannel("A").getextrema() == (255, 255):
        image = image.convert("RGB")
    if image.getcolors(256) is not None:
        image.save(kept, "PNG", compress_level=6)
        media_type = "image/png"
    elif image.mode == "RGBA":
        image.save(kept, "WEBP", quality=82, method=1)
        media_type = "image/webp"
    else:
        image.save(kept, "JPEG", quality=85, subsampling=0)
        media_type = "image/jpeg"
    return Scan(kept.getvalue(), media_type, image.width, image.height)
