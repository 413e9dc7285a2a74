"""How many buildings a county has, where most of them are, and where one is that is called so."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, text

from data.buildings.rows import FoundBuilding
from data.rows.reading import rows_of


@dataclass(frozen=True, slots=True)
class BuildingPlaces:
    """``buildings`` that stand; ``middle``: longitude and latitude of one in their midst."""

    buildings: int
    middle: tuple[float, float] | None


def building_places(c: Connection, county: str) -> BuildingPlaces:
    """Count a county's buildings and find their middle.

    The middle is the median of each coordinate: half of the buildings lie east of it, half north.
    """
    row = c.execute(
        text(
            """
            SELECT count(*) AS buildings,
                   percentile_disc(0.5) WITHIN GROUP (ORDER BY ST_XMin(geom)) AS lon,
                   percentile_disc(0.5) WITHIN GROUP (ORDER BY ST_YMin(geom)) AS lat
            FROM building WHERE lies_in(code, :county) AND valid_to IS NULL
            """
        ),
        {"county": f"{county}%"},
    ).one()
    middle = None if row.lon is None else (float(row.lon), float(row.lat))
    return BuildingPlaces(int(row.buildings), middle)


def find_buildings(c: Connection, county: str, words: str, most: int) -> list[FoundBuilding]:
    """Return standing buildings that are called so: by name, number, estate, address or alias.

    Every word (parts between blanks) must be found somewhere. Exact names come first, then those
    that begin so.
    """
    parts = [_escaped(word) for word in words.split()][:5]
    if not parts:
        return []
    called = """
        concat_ws(' ', b.name, e.name || coalesce(b.number, ''), e.name, b.number, b.external_id,
            (SELECT string_agg(a.address, ' ') FROM building_address a WHERE a.building_id = b.id),
            (SELECT string_agg(a.alias, ' ') FROM building_alias a WHERE a.building_id = b.id))
    """
    each = " AND ".join(f"called ILIKE :word{i}" for i in range(len(parts)))
    return rows_of(
        FoundBuilding,
        c,
        f"""
        SELECT id, label, about, lon, lat FROM (
            SELECT b.id, coalesce(b.name, concat_ws(' ', e.name, b.number)) AS label,
                   coalesce((SELECT min(a.address) FROM building_address a
                             WHERE a.building_id = b.id), d.name) AS about,
                   ST_X(ST_Centroid(b.geom)) AS lon, ST_Y(ST_Centroid(b.geom)) AS lat,
                   {called} AS called
            FROM building b
            LEFT JOIN estate e ON e.id = b.estate_id
            LEFT JOIN division d ON d.id = b.community_id
            WHERE lies_in(b.code, :county) AND b.valid_to IS NULL
        ) named
        WHERE {each}
        ORDER BY label <> :whole, label NOT ILIKE :begun, length(label), label, id
        LIMIT :most
        """,
        county=f"{county}%",
        most=most,
        whole=words.strip(),
        begun=f"{_escaped(words.strip())}%",
        **{f"word{i}": f"%{part}%" for i, part in enumerate(parts)},
    )


def _escaped(word: str) -> str:
    """Return a word that LIKE takes as it stands."""
    return word.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
