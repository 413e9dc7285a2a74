"""How many buildings a county has, and where most of them are."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, text


@dataclass(frozen=True, slots=True)
class Places:
    """``buildings`` that stand; ``middle``: longitude and latitude of one in their midst."""

    buildings: int
    middle: tuple[float, float] | None


def building_places(c: Connection, county: str) -> Places:
    """Count a county's buildings and find their middle.

    The middle is the median of each coordinate: half of the buildings lie east of it, half north.
    """
    row = c.execute(
        text(
            """
            SELECT count(*) AS buildings,
                   percentile_disc(0.5) WITHIN GROUP (ORDER BY ST_XMin(geom)) AS lon,
                   percentile_disc(0.5) WITHIN GROUP (ORDER BY ST_YMin(geom)) AS lat
            FROM building WHERE code LIKE :county AND valid_to IS NULL
            """
        ),
        {"county": f"{county}%"},
    ).one()
    middle = None if row.lon is None else (float(row.lon), float(row.lat))
    return Places(int(row.buildings), middle)
