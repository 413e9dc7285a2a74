"""Pictures under the map over HTTP (``/api/sheets``): upload, look, pin, rename, remove."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from threading import Lock
from typing import Any, TypedDict, get_args

import numpy as np
from flask import Blueprint, Flask, Response, jsonify, request

from dashboard.access.principal import present
from dashboard.services import Services
from dashboard.text import language
from dashboard.text.findings import say
from dashboard.web.api import make_api
from dashboard.web.bodies import body, sentence, who, whole
from data.access.audit import record, unchanged
from data.buildings import read_scans as read
from data.buildings import write_scans as write
from data.divisions import read_counties as counties
from data.engine import session
from data.importers.reading.scans import MOST_BYTES, Corners, Scan, Shift, read_scan
from layers.buildings.pinning import Model, Pinning, pin
from layers.kit.crs import transform
from layers.kit.errors import ConflictError, InputError
from layers.kit.findings import Finding
from layers.kit.json import JsonObject

MOST_SHEETS = 60
MOST_STORED = 600_000_000
MOST_PINS = 60
YEAR_S = 365 * 24 * 3600


def add_sheet_routes(server: Flask, services: Services) -> None:
    """Add every address under ``/api/sheets`` to a Flask server."""
    api = make_api("sheets", most_body=MOST_BYTES + 1_000_000, faults=_faults)
    decoding = Lock()  # one picture at a time is held in memory; PDFium wants it so besides

    _add_reading(api, services)
    _add_changes(api, services, decoding)
    server.register_blueprint(api)


class RefusedValue(TypedDict, total=False):
    """What a refused picture tells: its faults in place of the refusal, where it has any."""

    error: str


def _faults(error: InputError) -> RefusedValue:
    """Say every fault in the reader's language."""
    lang = language(request.args.get("lang"))
    said = [say(f, lang) for f in error.findings]
    return {"error": ("；" if lang == "zh" else "; ").join(said)} if said else {}


def _add_reading(api: Blueprint, services: Services) -> None:
    @api.get("/<county>")
    def sheets(county: str) -> Response:
        with session(services.engine, present()) as c:
            about = counties.county(c, county)
            srid = counties.query(c, county).measuring_srid
            rows = read.pinned_sheets(c, county)
        return jsonify(sheets=[sheet_json(r, srid, about.bounds) for r in rows])

    @api.get("/<county>/<int:sheet>/picture")
    def picture(county: str, sheet: int) -> Response:
        with session(services.engine, present()) as c:
            content, media_type = read.sheet_picture(c, county, sheet)
        answer = Response(content, mimetype=media_type)
        # Its pixels never change: another upload is another number. Who may see them does.
        stays = f"max-age={YEAR_S}, immutable" if present().is_demonstration else "no-cache"
        answer.headers["Cache-Control"] = f"private, {stays}"
        return answer


def _add_changes(api: Blueprint, services: Services, decoding: Lock) -> None:
    def one(county: str, sheet: int, status: int = 200, **more: Any) -> Response:
        with session(services.engine, present()) as c:
            about = counties.county(c, county)
            srid = counties.query(c, county).measuring_srid
            row = read.pinned_sheet(c, county, sheet)
        answer = jsonify(**sheet_json(row, srid, about.bounds), **more)
        answer.status_code = status
        return answer

    @api.post("/<county>")
    def upload(county: str) -> Response:
        file = request.files.get("file")
        if file is None or not file.filename:
            raise InputError("the form lacks file", [Finding("scan_missing")])
        # Windows and old browsers send a path; only its last part is a name.
        file_name = PurePosixPath(file.filename.replace("\\", "/")).name[:200]
        name = sentence(request.form, "name", most=120) or PurePosixPath(file_name).stem[:120]
        by, page = who(request.form), _page(request.form)
        shift: Any = sentence(request.form, "shift")
        if shift not in (None, *get_args(Shift)):
            raise InputError("shift must be one of {listed}", listed=", ".join(get_args(Shift)))
        with session(services.engine, present()) as c:
            counties.county(c, county)
            kept, stored = read.sheets_stored(c, county)
        if kept >= MOST_SHEETS or stored > MOST_STORED:
            full = Finding("scan_store_full", values={"sheets": kept, "megabytes": stored / 1e6})
            raise InputError("the county keeps too many pictures", [full])
        with decoding, tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "scan"
            file.save(path)
            scan: Scan = read_scan(path, page=page, shift=shift)
        with session(services.engine, present()) as c:
            made = write.add_sheet(
                c,
                county,
                name=name,
                file_name=file_name,
                media_type=scan.media_type,
                size=(scan.width, scan.height),
                picture=scan.content,
                corners=scan.corners,
                by=by,
            )
            record(c, "sheet.uploaded", county, f"sheet:{made}", by=by)
        return one(county, made, 201, pages=scan.pages)

    @api.put("/<county>/<int:sheet>/pins")
    def place(county: str, sheet: int) -> Response:
        values = body()
        model: Any = values.get("model")
        if model not in get_args(Model):
            raise InputError("model must be one of {listed}", listed=", ".join(get_args(Model)))
        pins = _pins(values)
        with session(services.engine, present()) as c:
            srid = counties.query(c, county).measuring_srid
            row = read.pinned_sheet(c, county, sheet, hold=True)
            found, corners = fit(pins, model, srid, row.width, row.height)
            if values.get("preview") is True:
                unchanged()
            else:
                if row.version != whole(values, "version"):
                    raise ConflictError("somebody else changed this picture: look at it again")
                write.place_sheet(
                    c,
                    sheet,
                    placement=model,
                    pins=pins,
                    corners=corners,
                    residual_m=found.rms_m,
                    by=who(values),
                )
                record(c, "sheet.placed", county, f"sheet:{sheet}", by=who(values))
        fitted = {
            "corners": corners,
            "residuals_m": [round(r, 3) for r in found.residuals_m],
            "rms_m": found.rms_m,
            "worst": found.worst,
            "pixel_m": found.pixel_m,
            "mirrored": found.is_mirrored,
        }
        return jsonify(fit=fitted) if values.get("preview") is True else one(county, sheet)

    @api.patch("/<county>/<int:sheet>")
    def rename(county: str, sheet: int) -> Response:
        name = sentence(body(), "name", needed=True, most=120) or ""
        with session(services.engine, present()) as c:
            read.pinned_sheet(c, county, sheet, hold=True)
            write.rename_sheet(c, sheet, name)
            record(c, "sheet.renamed", county, f"sheet:{sheet}", {"name": name})
        return one(county, sheet)

    @api.delete("/<county>/<int:sheet>")
    def remove(county: str, sheet: int) -> Response:
        with session(services.engine, present()) as c:
            read.pinned_sheet(c, county, sheet, hold=True)
            write.remove_sheet(c, sheet)
            record(c, "sheet.removed", county, f"sheet:{sheet}")
        return Response(status=204)


def fit(
    pins: list[dict[str, float]], model: Model, srid: int, width: int, height: int
) -> tuple[Pinning, Corners]:
    """Lay a picture by its pins (x, y in pixels, lon, lat); return it with its corners in degrees.

    It is laid in the county's measuring CRS, so that its residuals are metres. Raises InputError.
    """
    x, y = transform([p["lon"] for p in pins], [p["lat"] for p in pins], 4326, srid)
    found = pin(
        np.array([(p["x"], p["y"]) for p in pins]).reshape(-1, 2), np.column_stack([x, y]), model
    )
    ground = found.corners(width, height)
    lon, lat = transform(ground[:, 0], ground[:, 1], srid, 4326)
    corners = tuple((float(a), float(b)) for a, b in zip(lon, lat, strict=True))
    if not all(abs(a) <= 180 and abs(b) <= 85 for a, b in corners):
        raise InputError("the pins lay the picture off the map", [Finding("pins_nowhere")])
    return found, corners


class SheetValue(TypedDict):
    """A picture as pages get it. ``pixel_m``: size of its pixels on the ground."""

    id: int
    name: str
    file_name: str
    width: int
    height: int
    bytes: int
    placement: str | None
    pins: Sequence[JsonObject]
    residual_m: float | None
    version: int
    by: str
    at: str
    pinned_by: str | None
    pinned_at: str | None
    corners: list[list[float]] | None
    pixel_m: float | None
    elsewhere: bool


def sheet_json(
    row: read.PinnedSheet, srid: int, bounds: tuple[float, float, float, float] | None
) -> SheetValue:
    """Return a picture as pages get it. ``pixel_m``: size of its pixels on the ground."""
    corners = None if row.ring is None else row.ring[:4]
    return {
        "id": row.id,
        "name": row.name,
        "file_name": row.file_name,
        "width": row.width,
        "height": row.height,
        "bytes": row.bytes,
        "placement": row.placement,
        "pins": row.pins,
        "residual_m": row.residual_m,
        "version": row.version,
        "by": row.made_by,
        "at": row.made_at.isoformat(),
        "pinned_by": row.pinned_by,
        "pinned_at": row.pinned_at.isoformat() if row.pinned_at else None,
        "corners": corners,
        "pixel_m": None if corners is None else _pixel_m(corners, srid, row.width),
        "elsewhere": corners is not None and bounds is not None and _is_apart(corners, bounds),
    }


def _pixel_m(corners: Any, srid: int, width: int) -> float:
    x, y = transform([c[0] for c in corners[:2]], [c[1] for c in corners[:2]], 4326, srid)
    return float(np.hypot(x[1] - x[0], y[1] - y[0]) / width)


def _is_apart(corners: Any, bounds: tuple[float, float, float, float]) -> bool:
    lon, lat = [c[0] for c in corners], [c[1] for c in corners]
    west, south, east, north = bounds
    return max(lon) < west or min(lon) > east or max(lat) < south or min(lat) > north


def _page(form: Mapping[str, object]) -> int:
    written = str(form.get("page") or "1")
    if not (written.isdecimal() and len(written) < 6):
        raise InputError("page must be a number from 1")
    return int(written)


def _pins(values: Mapping[str, object]) -> list[dict[str, float]]:
    """Return pins. Raises InputError."""
    found = values.get("pins")
    if not isinstance(found, list) or len(found) > MOST_PINS:
        raise InputError("pins must be a list of at most {most_pins}", most_pins=MOST_PINS)
    pins = []
    for one in found:
        if not isinstance(one, dict) or not all(_is_number(one.get(k)) for k in _PIN):
            raise InputError("a pin has x, y, lon and lat")
        if abs(one["lon"]) > 180 or abs(one["lat"]) > 85:
            raise InputError("a pin lies off the map", [Finding("pins_nowhere")])
        pins.append({k: float(one[k]) for k in _PIN})
    return pins


_PIN = ("x", "y", "lon", "lat")


def _is_number(value: Any) -> bool:
    return (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and bool(np.isfinite(value))
        and abs(value) < 1e7
    )
