"""Demands with their histories, as a made county has them; events of any demand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import geopandas as gpd
import pandas as pd
from sqlalchemy import Connection, text

from data.demands import tables
from data.demands.workflows.read import StoredWorkflow
from data.rows.bulk import column, copy_rows, plain, reserve_ids, stored_geometry
from layers.kit.demands.chain import Event, ToldEvent, chain

EVENT_COLUMNS = (
    *("demand_id", "code", "version_id", "seq", "at", "from_step", "action", "to_step", "actor"),
    *("note", "payload", "unit"),
)


def write_demands(
    c: Connection,
    county_code: str,
    frame: gpd.GeoDataFrame,
    events: pd.DataFrame,
    srid: int,
    *,
    source: str,
    stored: StoredWorkflow,
    organisation_ids: Mapping[int, int] | None = None,
) -> list[int]:
    """Append demands and their events (docs/frames.md); return ids in the frame's order.

    ``building_id`` holds database ids. ``code`` (optional column) is the grid's or community's
    code. ``organisation_ids`` maps the frame's organisation ids to the database's. ``stored``: the
    workflow that they run under; what the frames say by phases becomes its steps.
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
        "received_at",
        "deadline_at",
        "closed_at",
        "handled_by",
        "building_id",
        "score",
    )
    values = {n: column(frame, n) for n in names}
    for name in ("importance", "urgency", "building_id"):
        values[name] = [None if v is None else int(v) for v in values[name]]
    organisations = organisation_ids or {}
    rows = zip(
        ids,
        codes,
        [source] * len(frame),
        [stored.id] * len(frame),
        *values.values(),
        [None if v is None else bool(v) for v in column(frame, "satisfied")],
        [
            None if v is None else organisations.get(int(v))
            for v in column(frame, "organisation_id")
        ],
        stored_geometry(frame.geometry.to_numpy(), srid),
        strict=True,
    )
    columns = (
        *("id", "code", "source", "version_id", *names),
        *("is_satisfied", "organisation_id", "geom"),
    )
    copy_rows(c, tables.demand, columns, rows)
    told = _told(events)
    histories = (
        chain(
            stored.workflow,
            told[values["external_id"][i]],
            values["received_at"][i],
            size=values["size"][i],
            due=values["deadline_at"][i],
            fills=True,
        )
        for i in range(len(ids))
    )
    append_events(c, zip(ids, codes, [stored.id] * len(ids), histories, strict=True))
    return ids


def append_events(c: Connection, histories: Iterable[tuple[int, str, int, Iterable[Event]]]) -> int:
    """Append events of demands (id, code, version, events); return how many.

    The database refuses what does not follow a demand's last event.
    """
    rows = (
        (
            *(demand, code, version, e.seq, e.at, e.from_step, e.action, e.to_step, e.actor),
            *(e.note, dict(e.payload), e.unit),
        )
        for demand, code, version, events in histories
        for e in events
    )
    return copy_rows(c, tables.demand_event, EVENT_COLUMNS, rows)


def _told(events: pd.DataFrame) -> dict[str, list[ToldEvent]]:
    found: dict[str, list[ToldEvent]] = defaultdict(list)
    for external, at, step, actor, note in zip(
        events["external_id"],
        events["at"],
        events["step"],
        events["actor"],
        column(events, "note"),
        strict=True,
    ):
        found[external].append(ToldEvent(plain(at), step, actor, plain(note)))
    return found


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
