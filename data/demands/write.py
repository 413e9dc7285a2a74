"""Demands and their append-only history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import geopandas as gpd
import pandas as pd
from sqlalchemy import Connection, text

from data.demands import tables
from data.rows.bulk import column, copy_rows, plain, reserve_ids, stored_geometry


def write_demands(
    c: Connection,
    county_code: str,
    frame: gpd.GeoDataFrame,
    events: pd.DataFrame | None,
    srid: int,
    *,
    source: str,
    organisation_ids: Mapping[int, int] | None = None,
) -> list[int]:
    """Append demands and their events (docs/frames.md); return ids in the frame's order.

    ``building_id`` holds database ids. ``code`` (optional column) is the grid's or community's
    code. ``organisation_ids`` maps the frame's organisation ids to the database's.
    """
    ids = reserve_ids(c, tables.demand, len(frame))
    codes = column(frame, "code", county_code)
    names = (
        "external_id",
        "title",
        "category",
        "channel",
        "size",
        "importance",
        "urgency",
        "state",
        "received_at",
        "deadline_at",
        "closed_at",
        "handled_by",
        "building_id",
        "score",
    )
    values = [column(frame, n) for n in names]
    for index in (5, 6, 12):
        values[index] = [None if v is None else int(v) for v in values[index]]
    organisations = organisation_ids or {}
    rows = zip(
        ids,
        codes,
        [source] * len(frame),
        *values,
        [None if v is None else bool(v) for v in column(frame, "satisfied")],
        [
            None if v is None else organisations.get(int(v))
            for v in column(frame, "organisation_id")
        ],
        stored_geometry(frame.geometry.to_numpy(), srid),
        strict=True,
    )
    columns = ("id", "code", "source", *names, "is_satisfied", "organisation_id", "geom")
    copy_rows(c, tables.demand, columns, rows)
    if events is not None and len(events):
        by_external = dict(zip(values[0], zip(ids, codes, strict=True), strict=True))
        copy_rows(
            c,
            tables.demand_event,
            ("demand_id", "code", "at", "step", "actor", "note"),
            (
                (*by_external[e], plain(at), step, actor, plain(note))
                for e, at, step, actor, note in zip(
                    events["external_id"],
                    events["at"],
                    events["step"],
                    events["actor"],
                    column(events, "note"),
                    strict=True,
                )
            ),
        )
    return ids


def codes_by_building(
    c: Connection, county_code: str, building_ids: Sequence[int | None]
) -> list[str]:
    """Return the code each demand falls under: its building's grid in force, else its community.

    A demand without a building falls under the county.
    """
    rows = c.execute(
        text(
            """
            SELECT b.id, coalesce(g.code, b.code) AS code
            FROM building b
            JOIN (SELECT code, getu.plans_on(code, data_as_of) AS day FROM county OFFSET 0) k
              ON k.code = left(b.code, 6)
            LEFT JOIN LATERAL (
                SELECT pa.code FROM plot_building pb
                JOIN plot p ON p.id = pb.plot_id
                JOIN plan_assignment pa ON pa.plot_id = p.id
                JOIN plan_community pc ON pc.plan_id = pa.plan_id
                 AND pc.community_id = p.community_id
                WHERE pb.building_id = b.id
                  AND stands(pc.in_force_from, pc.in_force_to, k.day)
                LIMIT 1
            ) g ON true
            WHERE lies_in(b.code, :county)
            """
        ),
        {"county": f"{county_code}%"},
    )
    codes = {int(row.id): str(row.code) for row in rows}
    return [county_code if i is None else codes.get(int(i), county_code) for i in building_ids]
