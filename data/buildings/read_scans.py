"""Pictures pinned to a county's map, and where its buildings are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from layers.kit.errors import NotFoundError
from layers.kit.json import JsonObject

_SHEET = """
SELECT id, code, name, file_name, media_type, width, height, octet_length(picture) AS bytes,
       placement, pins, residual_m, version, made_by, made_at, pinned_by, pinned_at,
       ST_AsGeoJSON(geom, 9)::json -> 'coordinates' -> 0 AS ring
FROM pinned_sheet
"""


@dataclass(frozen=True, slots=True)
class PinnedSheet:
    """A picture without its pixels. ``bytes``: its size; ``pins``: pixel and place of each.

    ``ring``: corners (degrees) top left, top right, bottom right, bottom left and the first one
    again; None until it is placed. ``residual_m``: None when nothing can be said.
    """

    id: int
    code: str
    name: str
    file_name: str
    media_type: str
    width: int
    height: int
    bytes: int
    placement: str | None
    pins: Sequence[JsonObject]
    residual_m: float | None
    version: int
    made_by: str
    made_at: datetime
    pinned_by: str | None
    pinned_at: datetime | None
    ring: list[list[float]] | None


def pinned_sheets(c: Connection, county: str) -> list[PinnedSheet]:
    """Return a county's pictures without their pixels, the newest first."""
    rows = c.execute(
        text(f"{_SHEET} WHERE code = :county ORDER BY made_at DESC, id DESC"), {"county": county}
    )
    return [PinnedSheet(**row) for row in rows.mappings()]


def pinned_sheet(c: Connection, county: str, sheet: int, *, hold: bool = False) -> PinnedSheet:
    """Return one picture without its pixels; ``hold``: nobody else changes it meanwhile.

    Raises NotFoundError.
    """
    lock = " FOR UPDATE" if hold else ""
    row = (
        c.execute(
            text(f"{_SHEET} WHERE code = :county AND id = :sheet{lock}"),
            {"county": county, "sheet": sheet},
        )
        .mappings()
        .first()
    )
    if row is None:
        raise NotFoundError(
            "picture {sheet} is not in county {county}", sheet=sheet, county=county[:20]
        )
    return PinnedSheet(**row)


def sheet_picture(c: Connection, county: str, sheet: int) -> tuple[bytes, str]:
    """Return a picture's content and media type. Raises NotFoundError."""
    row = c.execute(
        text("SELECT picture, media_type FROM pinned_sheet WHERE code = :county AND id = :sheet"),
        {"county": county, "sheet": sheet},
    ).first()
    if row is None:
        raise NotFoundError(
            "picture {sheet} is not in county {county}", sheet=sheet, county=county[:20]
        )
    return bytes(row.picture), str(row.media_type)


def sheets_stored(c: Connection, county: str) -> tuple[int, int]:
    """Return how many pictures a county keeps, and their bytes."""
    row: Any = c.execute(
        text(
            """
            SELECT count(*) AS sheets, coalesce(sum(octet_length(picture)), 0) AS bytes
            FROM pinned_sheet WHERE code = :county
            """
        ),
        {"county": county},
    ).one()
    return int(row.sheets), int(row.bytes)
