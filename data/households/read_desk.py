"""What the households page asks beside the store: buildings by place or name, sums."""

from __future__ import annotations

from sqlalchemy import Connection, text


def building_at(c: Connection, county: str, lon: float, lat: float) -> int | None:
    """Return the building at a place (degrees), or the nearest within about 8 metres."""
    found = c.execute(
        text(
            """
            SELECT b.id FROM building b, ST_SetSRID(ST_MakePoint(:lon, :lat), 4490) AS q(at)
            WHERE lies_in(b.code, :county) AND b.valid_to IS NULL
              AND b.geom && ST_Expand(q.at, 0.00008) AND ST_DWithin(b.geom, q.at, 0.00008)
            ORDER BY ST_Distance(b.geom, q.at), ST_Area(b.geom), b.id LIMIT 1
            """
        ),
        {"county": f"{county}%", "lon": lon, "lat": lat},
    ).scalar()
    return None if found is None else int(found)


def building_county(c: Connection, building_id: int) -> str | None:
    """Return the county of a building; None where there is no such building."""
    code = c.execute(
        text("SELECT left(code, 6) FROM building WHERE id = :id"), {"id": building_id}
    ).scalar()
    return None if code is None else str(code)


def buildings_called(c: Connection, county: str, sought: str, limit: int) -> list[int]:
    """Return buildings whose estate, name, number, alias or address holds what is sought.

    Every word must be somewhere. Those that are called exactly so come first, then those whose
    own name holds it, then those of an alias or address.
    """
    words = sought.split()
    rows = c.execute(
        text(
            """
            WITH called AS (
                SELECT b.id, lower(concat(e.name, coalesce(b.name, b.number))) AS name,
                       lower(concat_ws(' ', b.number,
                           (SELECT string_agg(alias, ' ') FROM building_alias
                            WHERE building_id = b.id),
                           (SELECT string_agg(address, ' ') FROM building_address
                            WHERE building_id = b.id))) AS also
                FROM building b LEFT JOIN estate e ON e.id = b.estate_id
                WHERE lies_in(b.code, :county) AND b.valid_to IS NULL AND b.life <> 'demolished'
            )
            SELECT id FROM called
            CROSS JOIN LATERAL (
                SELECT bool_and(position(word IN name) > 0) AS by_name,
                       bool_and(position(word IN name || ' ' || also) > 0) AS at_all
                FROM unnest(CAST(:words AS text[])) AS word
            ) w
            WHERE w.at_all
            ORDER BY name = :whole DESC, w.by_name DESC, length(name), id LIMIT :limit
            """
        ),
        {
            "county": f"{county}%",
            "words": [word.lower() for word in words],
            "whole": "".join(words).lower(),
            "limit": limit,
        },
    )
    return [int(r.id) for r in rows]


def snapshot_sums(c: Connection, county: str, measure: str) -> dict[int, tuple[int, int]]:
    """Return by snapshot the sum of a measure in buildings, and that without a building."""
    rows = c.execute(
        text(
            """
            SELECT s.id,
                   (SELECT coalesce(sum(value), 0) FROM building_count
                    WHERE snapshot_id = s.id AND measure = :measure) AS placed,
                   (SELECT coalesce(sum(value), 0) FROM unplaced_count
                    WHERE snapshot_id = s.id AND measure = :measure) AS unplaced
            FROM count_snapshot s WHERE lies_in(s.code, :county)
            """
        ),
        {"county": f"{county}%", "measure": measure},
    )
    return {int(r.id): (int(r.placed), int(r.unplaced)) for r in rows}
