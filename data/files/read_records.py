"""Whole rows under the names of the importers' columns: to compare a file with, and to export.

Every function gives a list of dicts in a stable order; ``geometry`` is shapely in EPSG:4490.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import shapely
from sqlalchemy import Connection, text

from data.buildings.tables import HOUSEHOLD_MEASURES, PERSON_MEASURES
from layers.kit.demands.chain import ToldEvent

Record = dict[str, Any]


def _records(c: Connection, sql: str, values: Mapping[str, Any]) -> list[Record]:
    result = c.execute(text(sql), dict(values))
    names = list(result.keys())
    records = [dict(zip(names, row, strict=True)) for row in result]
    if "geometry" in names and records:
        wkb = [None if r["geometry"] is None else bytes(r["geometry"]) for r in records]
        for record, shape in zip(records, shapely.from_wkb(wkb), strict=True):
            record["geometry"] = shape
    return records


def station_records(c: Connection, county: str) -> list[Record]:
    """Return every station; ``hours``: [weekday 1–7, opens, closes] in order, ``HH:MM``."""
    records = _records(
        c,
        """
        SELECT s.id, s.external_id, s.source, s.name, s.categories, s.tier, s.state,
               s.service_rule, s.rooms, s.services, s.phone, s.code, s.valid_from,
               coalesce((
                   SELECT json_agg(json_build_array(h.weekday, to_char(h.opens, 'HH24:MI'),
                     CASE WHEN h.closes >= '23:59:59' THEN '24:00'
                          ELSE to_char(h.closes, 'HH24:MI') END) ORDER BY h.weekday, h.opens)
                   FROM station_hours h WHERE h.station_id = s.id
               ), '[]') AS hours,
               ST_AsBinary(s.geom) AS geometry
        FROM station s WHERE lies_in(s.code, :county) AND s.valid_to IS NULL ORDER BY s.id
        """,
        {"county": f"{county}%"},
    )
    for record in records:
        record["hours"] = [tuple(h) for h in record["hours"]]
    return records


def demand_records(c: Connection, county: str) -> list[Record]:
    """Return every demand; ``history``: its events in order; ``state``: the phase it is in;
    ``deadline_at``: as another platform told it, not what the clock makes of it.

    ``building`` and ``merged_into`` are external ids, ``organisation`` is a name.
    """
    records = _records(
        c,
        """
        SELECT d.id, d.external_id, d.source, d.title, d.category, d.channel, d.size,
               d.importance, d.urgency, d.phase AS state, d.is_own, d.received_at,
               CASE WHEN d.is_own THEN d.deadline_at ELSE t.due END AS deadline_at, d.closed_at,
               d.handled_by, o.name AS organisation, b.external_id AS building,
               m.external_id AS merged_into, d.is_satisfied AS satisfied, d.score, d.code,
               e.history, ST_AsBinary(d.geom) AS geometry
        FROM demand d
        LEFT JOIN organisation o ON o.id = d.organisation_id
        LEFT JOIN building b ON b.id = d.building_id
        LEFT JOIN demand m ON m.id = d.merged_into
        LEFT JOIN LATERAL (
            SELECT json_agg(json_build_array(
                v.at, v.to_step, v.actor, v.note,
                CASE WHEN v.from_step = v.to_step THEN v.action END, v.payload) ORDER BY v.seq)
              AS history
            FROM demand_event v WHERE v.demand_id = d.id
        ) e ON true
        LEFT JOIN LATERAL (
            SELECT CAST(v.payload ->> 'due' AS timestamptz) AS due FROM demand_event v
            WHERE v.demand_id = d.id AND v.payload ? 'due' ORDER BY v.seq DESC LIMIT 1
        ) t ON true
        WHERE lies_in(d.code, :county) ORDER BY d.received_at, d.id
        """,
        {"county": f"{county}%"},
    )
    for record in records:
        record["history"] = [
            ToldEvent(datetime.fromisoformat(at), step, actor, note, action, payload)
            for at, step, actor, note, action, payload in record["history"] or []
        ]
    return records


_HELD = """
SELECT h.id, p.id AS post_id, p.kind, p.title, p.subject,
       coalesce(d.code, a.code, g.code, b.external_id, po.name) AS subject_code,
       coalesce(d.name, a.name, b.name, po.name) AS subject_name,
       w.id AS holder_id, w.name, w.rank, w.external_id AS person,
       o.name AS organisation, o.kind AS organisation_kind,
       h.starts_on, h.ends_on, h.external_id, h.source
FROM post p
LEFT JOIN post_holding h ON h.post_id = p.id
LEFT JOIN office_holder w ON w.id = h.office_holder_id
LEFT JOIN organisation o ON o.id = w.organisation_id
LEFT JOIN division d ON d.id = p.division_id
LEFT JOIN area a ON a.id = p.area_id
LEFT JOIN grid g ON g.id = p.grid_id
LEFT JOIN building b ON b.id = p.building_id
LEFT JOIN organisation po ON po.id = p.organisation_id
WHERE lies_in(p.code, :county) ORDER BY p.code, p.kind, p.id, h.starts_on, h.id
"""


def holding_records(c: Connection, county: str) -> list[Record]:
    """Return who holds which post, one row a holding; a vacant post is a row without a holder."""
    return _records(c, _HELD, {"county": f"{county}%"})


def organisation_records(c: Connection, county: str) -> list[Record]:
    """Return organisations; ``grids``: codes of the grids that each serves, in order."""
    records = _records(
        c,
        """
        SELECT o.id, o.kind, o.name, o.code, parent.name AS parent, o.valid_from AS starts_on,
               o.valid_to AS ends_on, t.grids
        FROM organisation o
        LEFT JOIN organisation parent ON parent.id = o.parent_id
        LEFT JOIN LATERAL (
            SELECT array_agg(g.code ORDER BY g.code) AS grids
            FROM grid_organisation s JOIN grid g ON g.id = s.grid_id
            WHERE s.organisation_id = o.id AND s.valid_to IS NULL
        ) t ON true
        WHERE lies_in(o.code, :county) ORDER BY o.id
        """,
        {"county": f"{county}%"},
    )
    for record in records:
        record["grids"] = record["grids"] or []
    return records


def street_records(c: Connection, county: str) -> list[Record]:
    """Return street edges: one line from junction to junction."""
    return _records(
        c,
        """
        SELECT id, external_id, name, class, is_bridge AS bridge, is_tunnel AS tunnel,
               is_oneway AS oneway, layer, ST_AsBinary(geom) AS geometry
        FROM street_edge WHERE lies_in(code, :county) ORDER BY id
        """,
        {"county": f"{county}%"},
    )


def building_records(c: Connection, county: str) -> list[Record]:
    """Return buildings that stand, with the newest count of each measure (absent = unknown)."""
    records = _records(
        c,
        """
        WITH counted AS (
            SELECT building_id, jsonb_object_agg(measure, value) AS counts
            FROM newest_counts_by_measure(:county, :measures) GROUP BY building_id
        )
        SELECT b.id, b.external_id, b.source, b.name, b.number, b.levels, b.use, b.life,
               b.code AS community, e.name AS estate, n.counts,
               (SELECT x.address FROM building_address x WHERE x.building_id = b.id
                ORDER BY x.id LIMIT 1) AS address,
               (SELECT array_agg(y.alias ORDER BY y.id) FROM building_alias y
                WHERE y.building_id = b.id) AS aliases,
               ST_AsBinary(b.geom) AS geometry
        FROM building b
        LEFT JOIN estate e ON e.id = b.estate_id
        LEFT JOIN counted n ON n.building_id = b.id
        WHERE lies_in(b.code, :county) AND b.valid_to IS NULL ORDER BY b.id
        """,
        {"county": f"{county}%", "measures": [*HOUSEHOLD_MEASURES, *PERSON_MEASURES]},
    )
    for record in records:
        record |= record.pop("counts") or {}
        record["aliases"] = record["aliases"] or []
    return records


def division_records(c: Connection, county: str) -> list[Record]:
    """Return the county's divisions that have a border, from the county down."""
    return _records(
        c,
        """
        SELECT id, code, name, name_en, ST_AsBinary(geom) AS geometry
        FROM division
        WHERE lies_in(code, :county) AND valid_to IS NULL AND geom IS NOT NULL
        ORDER BY length(code), code
        """,
        {"county": f"{county}%"},
    )


def grids_in_force(c: Connection, county: str) -> list[Record]:
    """Return the grids in force today: ``id``, ``code``, ``name``, geometry."""
    return _records(
        c,
        """
        SELECT g.id, pg.code, pg.name, ST_AsBinary(pg.geom) AS geometry
        FROM plan_grid pg
        JOIN plan_community pc ON pc.plan_id = pg.plan_id AND pc.community_id = pg.community_id
        JOIN grid g ON g.id = pg.grid_id
        JOIN (SELECT code, getu.plans_on(code, data_as_of) AS day FROM county OFFSET 0) k
          ON k.code = left(pg.code, 6)
        WHERE lies_in(pg.code, :county) AND stands(pc.in_force_from, pc.in_force_to, k.day)
        ORDER BY pg.code
        """,
        {"county": f"{county}%"},
    )


def building_ids(c: Connection, county: str) -> dict[str, int]:
    """Return the ids of buildings that stand, by the id that their source gave them."""
    rows = c.execute(
        text(
            """
            SELECT external_id, id FROM building
            WHERE lies_in(code, :county) AND valid_to IS NULL AND external_id IS NOT NULL
            ORDER BY id DESC
            """
        ),
        {"county": f"{county}%"},
    )
    return {str(name): int(i) for name, i in rows}
