"""Keep, place, rename and remove pictures of plans."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import shapely
from psycopg.types.json import Jsonb
from sqlalchemy import Connection, text

from data.rows.columns import STORAGE_SRID

Corner = tuple[float, float]


def add_sheet(
    c: Connection,
    county: str,
    *,
    name: str,
    file_name: str,
    media_type: str,
    size: tuple[int, int],
    picture: bytes,
    corners: Sequence[Corner] | None,
    by: str,
) -> int:
    """Keep a picture; return its id.

    ``size``: width and height in pixels. ``corners``: longitude and latitude of top left, top
    right, bottom right and bottom left, where the file says it by itself.
    """
    return int(
        c.execute(
            text(
                """
                INSERT INTO pinned_sheet (code, name, file_name, media_type, width, height,
                                          picture, placement, geom, made_by)
                VALUES (:county, :name, :file, :media_type, :width, :height, :picture, :placement,
                        ST_GeomFromWKB(:geom, CAST(:srid AS integer)), :by)
                RETURNING id
                """
            ),
            {
                "county": county,
                "name": name,
                "file": file_name,
                "media_type": media_type,
                "width": size[0],
                "height": size[1],
                "picture": picture,
                "placement": "none" if corners is None else "own",
                "geom": None if corners is None else _ring(corners),
                "srid": STORAGE_SRID,
                "by": by,
            },
        ).scalar_one()
    )


def place_sheet(
    c: Connection,
    sheet: int,
    *,
    placement: str,
    pins: Sequence[Mapping[str, Any]],
    corners: Sequence[Corner],
    residual_m: float | None,
    by: str,
) -> None:
    """Say where a picture lies, by its pins (x, y in pixels, lon, lat)."""
    c.execute(
        text(
            """
            UPDATE pinned_sheet
            SET placement = :placement, pins = :pins, residual_m = :residual,
                geom = ST_GeomFromWKB(:geom, CAST(:srid AS integer)),
                pinned_by = :by, pinned_at = now(), version = version + 1
            WHERE id = :sheet
            """
        ),
        {
            "sheet": sheet,
            "placement": placement,
            "pins": Jsonb(list(pins)),
            "residual": residual_m,
            "geom": _ring(corners),
            "srid": STORAGE_SRID,
            "by": by,
        },
    )


def rename_sheet(c: Connection, sheet: int, name: str) -> None:
    """Give a picture another name."""
    c.execute(
        text("UPDATE pinned_sheet SET name = :name, version = version + 1 WHERE id = :sheet"),
        {"sheet": sheet, "name": name},
    )


def remove_sheet(c: Connection, sheet: int) -> None:
    """Forget a picture."""
    c.execute(text("DELETE FROM pinned_sheet WHERE id = :sheet"), {"sheet": sheet})


def _ring(corners: Sequence[Corner]) -> bytes:
    return bytes(shapely.to_wkb(shapely.Polygon(corners)))
