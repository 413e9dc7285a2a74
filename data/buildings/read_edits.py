"""Buildings for the desk that edits them: features, whole states, the log of edits."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import Connection, RowMapping, text

from data.buildings.rows import (
    BuildingFeature,
    BuildingHistory,
    BuildingProperties,
    CountOn,
    EditRow,
    EstateStanding,
    ExternalIdHolder,
    LastHand,
    LifeOn,
    LoggedEdit,
    NearBuilding,
    StateRow,
)
from data.rows.reading import mappings, row_of, rows_of

# One lookup a building: joined as a set, the planner takes the choice for one row and loops over
# all counts for each building (4,522 buildings of 赤水: 20 million rows).
_NEWEST = """
LEFT JOIN LATERAL newest_count(b.id, {measure}) {name} ON true
"""

_FEATURES = f"""
WITH chosen AS ({{chosen}})
SELECT b.id, b.name, b.number, e.name AS estate, b.estate_id, b.levels, b.levels_estimated, b.use,
       b.life, h.value AS households, p.value AS persons, h.effective_on AS households_as_of,
       h.confidence,
       ARRAY(SELECT x.address FROM building_address x WHERE x.building_id = b.id ORDER BY x.id)
         AS addresses,
       ARRAY(SELECT x.alias FROM building_alias x WHERE x.building_id = b.id ORDER BY x.id)
         AS aliases,
       (SELECT coalesce(jsonb_agg(jsonb_build_object('name', x.name, 'point',
                  CASE WHEN x.geom IS NULL THEN NULL
                       ELSE jsonb_build_array(ST_X(x.geom), ST_Y(x.geom)) END) ORDER BY x.id), '[]')
        FROM building_entrance x WHERE x.building_id = b.id) AS entrances,
       b.external_id, d.name AS community, b.community_id, b.code, b.version, b.valid_from,
       b.valid_to, b.source, ST_AsGeoJSON(b.geom, 9, 0) AS geometry
FROM chosen c
JOIN building b ON b.id = c.id
LEFT JOIN estate e ON e.id = b.estate_id
LEFT JOIN division d ON d.id = b.community_id
{_NEWEST.format(name="h", measure=":measure")}
{_NEWEST.format(name="p", measure="'persons'")}
ORDER BY b.id
"""


def features_within(
    c: Connection,
    county: str,
    measure: str,
    box: tuple[float, float, float, float],
    most: int,
) -> list[BuildingFeature]:
    """Return standing buildings that touch a box (degrees) as features, ``most`` + 1 at most."""
    west, south, east, north = box
    chosen = """
        SELECT id FROM building
        WHERE lies_in(code, :county) AND valid_to IS NULL
          AND geom && ST_MakeEnvelope(:west, :south, :east, :north, 4490)
        ORDER BY id LIMIT :most
    """
    values = {"west": west, "south": south, "east": east, "north": north, "most": most + 1}
    return _features(c, chosen, {"county": f"{county}%", "measure": measure, **values})


def features_of(
    c: Connection, county: str, measure: str, ids: Sequence[int]
) -> list[BuildingFeature]:
    """Return buildings by id as features, ended ones too."""
    chosen = "SELECT id FROM building WHERE lies_in(code, :county) AND id = ANY(:ids)"
    return _features(c, chosen, {"county": f"{county}%", "measure": measure, "ids": list(ids)})


def _features(c: Connection, chosen: str, values: Mapping[str, object]) -> list[BuildingFeature]:
    rows = mappings(c, _FEATURES.replace("{chosen}", chosen), **values)
    return [_feature(row) for row in rows]


def _feature(row: RowMapping) -> BuildingFeature:
    properties: BuildingProperties = {
        "id": row["id"],
        "name": row["name"],
        "number": row["number"],
        "estate": row["estate"],
        "estate_id": row["estate_id"],
        "levels": row["levels"],
        "levels_estimated": row["levels_estimated"],
        "use": row["use"],
        "life": row["life"],
        "households": row["households"],
        "persons": row["persons"],
        "households_as_of": _iso(row["households_as_of"]),
        "confidence": row["confidence"],
        "addresses": row["addresses"],
        "address": next(iter(row["addresses"]), None),
        "aliases": row["aliases"],
        "entrances": row["entrances"],
        "external_id": row["external_id"],
        "community": row["community"],
        "community_id": row["community_id"],
        "code": row["code"],
        "version": row["version"],
        "valid_from": row["valid_from"].isoformat(),
        "valid_to": _iso(row["valid_to"]),
        "source": row["source"],
    }
    geometry = json.loads(row["geometry"])
    return {"type": "Feature", "id": row["id"], "geometry": geometry, "properties": properties}


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def history(c: Connection, building_id: int) -> BuildingHistory:
    """Return a building's dated counts and its life, oldest first."""
    counts = rows_of(
        CountOn,
        c,
        """
        SELECT to_char(s.effective_on, 'YYYY-MM-DD') AS on, bc.measure, bc.value, bc.confidence,
               bc.source, s.rolled_back_at IS NOT NULL AS rolled_back
        FROM building_count bc JOIN count_snapshot s ON s.id = bc.snapshot_id
        WHERE bc.building_id = :id ORDER BY s.effective_on, s.id, bc.measure
        """,
        id=building_id,
    )
    life = rows_of(
        LifeOn,
        c,
        """
        SELECT to_char(starts_on, 'YYYY-MM-DD') AS on, life FROM building_life
        WHERE building_id = :id ORDER BY starts_on, id
        """,
        id=building_id,
    )
    return {"counts": counts, "life": life}


def states(c: Connection, county: str, ids: Sequence[int], measure: str) -> dict[int, StateRow]:
    """Return everything that the rows of some buildings hold, by id, as the log keeps it."""
    rows = rows_of(
        StateRow,
        c,
        """
        SELECT b.id, b.version,
               (SELECT n.value FROM newest_count(b.id, :measure) n) AS households,
               jsonb_build_object(
                 'code', b.code, 'community_id', b.community_id, 'estate_id', b.estate_id,
                 'estate', (SELECT e.name FROM estate e WHERE e.id = b.estate_id),
                 'name', b.name, 'number', b.number, 'levels', b.levels,
                 'levels_estimated', b.levels_estimated, 'life', b.life, 'use', b.use,
                 'external_id', b.external_id, 'source', b.source,
                 'valid_from', b.valid_from, 'valid_to', b.valid_to,
                 'geometry', encode(ST_AsBinary(b.geom), 'hex'),
                 'addresses', (SELECT coalesce(jsonb_agg(x.address ORDER BY x.id), '[]')
                               FROM building_address x WHERE x.building_id = b.id),
                 'aliases', (SELECT coalesce(jsonb_agg(jsonb_build_array(x.alias, x.ruled_by)
                                                       ORDER BY x.id), '[]')
                             FROM building_alias x WHERE x.building_id = b.id),
                 'entrances', (SELECT coalesce(jsonb_agg(jsonb_build_array(x.name,
                                   encode(ST_AsBinary(x.geom), 'hex')) ORDER BY x.id), '[]')
                               FROM building_entrance x WHERE x.building_id = b.id),
                 'lives', (SELECT coalesce(jsonb_agg(jsonb_build_array(x.life, x.starts_on)
                                                     ORDER BY x.starts_on, x.id), '[]')
                           FROM building_life x WHERE x.building_id = b.id),
                 'uses', (SELECT coalesce(jsonb_agg(jsonb_build_array(x.use, x.levels)
                                                    ORDER BY x.id), '[]')
                          FROM building_use x WHERE x.building_id = b.id)
               ) AS state
        FROM building b WHERE lies_in(b.code, :county) AND b.id = ANY(:ids)
        """,
        county=f"{county}%",
        ids=list(ids),
        measure=measure,
    )
    return {r.id: r for r in rows}


def near(
    c: Connection, county: str, boxes: Sequence[tuple[float, float, float, float]]
) -> list[NearBuilding]:
    """Return standing buildings that touch any of some boxes (degrees)."""
    if not boxes:
        return []
    west, south, east, north = ([box[i] for box in boxes] for i in range(4))
    return rows_of(
        NearBuilding,
        c,
        """
        SELECT DISTINCT ON (b.id) b.id, b.version, b.name, b.number, e.name AS estate,
               ST_AsBinary(b.geom) AS geometry
        FROM unnest(CAST(:west AS float[]), CAST(:south AS float[]),
                    CAST(:east AS float[]), CAST(:north AS float[])) AS q(w, s, e, n)
        JOIN building b ON b.geom && ST_MakeEnvelope(q.w, q.s, q.e, q.n, 4490)
        LEFT JOIN estate e ON e.id = b.estate_id
        WHERE lies_in(b.code, :county) AND b.valid_to IS NULL ORDER BY b.id
        """,
        county=f"{county}%",
        west=west,
        south=south,
        east=east,
        north=north,
    )


def external_id_holder(
    c: Connection, county: str, external_id: str, except_ids: Sequence[int]
) -> ExternalIdHolder | None:
    """Return another building of the county, ended ones too, that has an external id."""
    return row_of(
        ExternalIdHolder,
        c,
        """
        SELECT id, name, number, valid_to FROM building
        WHERE lies_in(code, :county) AND external_id = :external AND NOT id = ANY(:ids)
        ORDER BY valid_to IS NOT NULL, id LIMIT 1
        """,
        county=f"{county}%",
        external=external_id,
        ids=list(except_ids),
    )


def ended_ids(c: Connection, county: str) -> set[tuple[str, str]]:
    """Return (source, external id) of buildings that stand no more."""
    rows = c.execute(
        text(
            """
            SELECT source, external_id FROM building
            WHERE lies_in(code, :county) AND valid_to IS NOT NULL AND external_id IS NOT NULL
            """
        ),
        {"county": f"{county}%"},
    )
    return {(r.source, r.external_id) for r in rows}


_EDIT = "SELECT id, kind, changes, plots, answer, refused FROM building_edit"


def last_import(c: Connection, county: str) -> EditRow | None:
    """Return the last import of buildings whose plots are not made yet."""
    return row_of(
        EditRow,
        c,
        f"""
        {_EDIT}
        WHERE code = :county AND kind = 'import' AND plots = '[]'
        ORDER BY id DESC LIMIT 1
        """,
        county=county,
    )


def estates(c: Connection, county: str) -> list[EstateStanding]:
    """Return the county's estates with how many buildings stand in each, by name."""
    return rows_of(
        EstateStanding,
        c,
        """
        SELECT e.id, e.name, e.kind, e.life, d.name AS community,
               (SELECT count(*) FROM building b
                WHERE b.estate_id = e.id AND b.valid_to IS NULL) AS buildings
        FROM estate e
        LEFT JOIN division d ON d.code = e.code AND d.valid_to IS NULL
        WHERE lies_in(e.code, :county) ORDER BY e.name, e.id
        """,
        county=f"{county}%",
    )


def log(c: Connection, county: str, limit: int) -> list[LoggedEdit]:
    """Return a county's last edits, refused ones too, the newest first."""
    return rows_of(
        LoggedEdit,
        c,
        """
        SELECT id, kind, buildings, made_by, made_at, is_undone, is_superseded, refused, of_edit
        FROM building_edit WHERE code = :county ORDER BY id DESC LIMIT :limit
        """,
        county=county,
        limit=limit,
    )


def edit_by_token(c: Connection, county: str, token: str) -> EditRow | None:
    """Return what a request's token was saved as, if it was."""
    return row_of(
        EditRow,
        c,
        f"{_EDIT} WHERE code = :county AND token = :token",
        county=county,
        token=token,
    )


# A large import is logged without its changes: it is not taken back like an edit.
_OF_A_HAND = "refused IS NULL AND kind NOT IN ('undo', 'redo') AND changes <> '[]'"


def edit_to(c: Connection, county: str, made_by: str, *, redo: bool) -> EditRow | None:
    """Return the edit that somebody's undo (the last done) or redo (the first undone) is about."""
    state = "is_undone AND NOT is_superseded" if redo else "NOT is_undone"
    order = "ASC" if redo else "DESC"
    return row_of(
        EditRow,
        c,
        f"""
        {_EDIT}
        WHERE code = :county AND made_by = :by AND {_OF_A_HAND} AND {state}
        ORDER BY id {order} LIMIT 1
        """,
        county=county,
        by=made_by,
    )


def steps(c: Connection, county: str, made_by: str) -> tuple[int, int]:
    """Return how many edits somebody can undo and redo."""
    row = c.execute(
        text(
            f"""
            SELECT count(*) FILTER (WHERE NOT is_undone) AS undo,
                   count(*) FILTER (WHERE is_undone AND NOT is_superseded) AS redo
            FROM building_edit WHERE code = :county AND made_by = :by AND {_OF_A_HAND}
            """
        ),
        {"county": county, "by": made_by},
    ).one()
    return int(row.undo), int(row.redo)


def last_hand(c: Connection, county: str, buildings: Sequence[int]) -> LastHand | None:
    """Return who changed any of some buildings last, when, and by what kind of edit."""
    return row_of(
        LastHand,
        c,
        """
        SELECT kind, made_by, made_at FROM building_edit
        WHERE code = :county AND refused IS NULL AND buildings && CAST(:ids AS bigint[])
        ORDER BY id DESC LIMIT 1
        """,
        county=county,
        ids=list(buildings),
    )
