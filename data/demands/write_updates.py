"""Demands that a file tells of: new ones, and what differs of known ones; histories only grow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import numpy as np
from sqlalchemy import Connection, bindparam, select, update

from data.buildings import tables as building_tables
from data.demands import tables
from data.demands.workflows.read import StoredWorkflow, in_force
from data.demands.workflows.write import ensure_workflow
from data.demands.write import append_events, codes_by_building
from data.duty import tables as duty_tables
from data.rows.bulk import copy_rows, reserve_ids, stored_geometry
from data.rows.columns import STORAGE_SRID
from layers.kit.demands.chain import Event, Standing, ToldEvent, chain, target
from layers.kit.demands.workflow import TOLD_DUE

_PLAIN: Final = (
    *("external_id", "title", "category", "channel", "size", "importance", "urgency"),
    *("received_at", "deadline_at", "closed_at", "handled_by", "score"),
)


def store_demands(
    c: Connection,
    county_code: str,
    told: Sequence[Any],
    own: Mapping[str, Sequence[Any]],
    points: Any,
    codes: Sequence[str],
    events: Sequence[Sequence[ToldEvent]],
    source: str,
) -> int:
    """Append new demands, write what differs of changed ones; return how many rows that were.

    ``told``: a change for each row (``what``, ``id``, ``fields``); ``own``: the file's columns;
    ``points`` in EPSG:4490; ``codes``: what each place falls under; ``events``: each row's
    history. An event that is stored already is not stored again.
    """
    versions = ensure_workflow(c, county_code)
    begins = [_begins(versions, received) for received in own["received_at"]]
    links = _Links(c, county_code, own, len(told))
    codes = links.with_buildings(c, county_code, codes, points)
    fresh = [i for i, change in enumerate(told) if change.what == "new"]
    ids: dict[int, int] = dict(zip(fresh, reserve_ids(c, tables.demand, len(fresh)), strict=True))
    nothing: list[Any] = [None] * len(told)
    sources = own.get("source", nothing)
    geometry = stored_geometry(points, STORAGE_SRID) if len(told) else []
    usual = {"channel": "import"}
    names = (*_PLAIN, "is_satisfied", "organisation_id", "building_id")
    columns = {n: own.get(n, nothing) for n in _PLAIN}
    columns |= {"is_satisfied": own.get("satisfied", nothing), **links.columns}
    copy_rows(
        c,
        tables.demand,
        ("id", "code", "source", "version_id", *names, "geom"),
        (
            (
                ids[i],
                codes[i],
                sources[i] or source,
                begins[i].id,
                *(usual.get(n) if columns[n][i] is None else columns[n][i] for n in names),
                geometry[i],
            )
            for i in fresh
        ),
    )
    changed = [i for i, change in enumerate(told) if change.what == "changed"]
    for i in changed:
        ids[i] = told[i].id
        _update(c, told[i], codes[i], geometry[i], links, i)
    for i, change in enumerate(told):
        if change.id is not None:
            ids[i] = change.id
    standing = _standing(c, [ids[i] for i, change in enumerate(told) if change.what != "new"])
    standing |= {ids[i]: (codes[i], int(begins[i].id), Standing()) for i in fresh}
    written = _append_events(c, ids, standing, versions, events, told, own)
    _merge(c, county_code, ids, own, sources, source)
    return len(fresh) + len({*changed, *written})


class _Links:
    """The buildings and organisations that the rows name, by database id."""

    def __init__(
        self, c: Connection, county: str, own: Mapping[str, Sequence[Any]], count: int
    ) -> None:
        nothing: list[Any] = [None] * count
        building, organisation = building_tables.building, duty_tables.organisation
        found: dict[str, dict[str, int]] = {}
        for name, table, column in (
            ("building", building, building.c.external_id),
            ("organisation", organisation, organisation.c.name),
        ):
            if name in own:
                rows = c.execute(
                    select(column, table.c.id)
                    .where(table.c.code.startswith(county, autoescape=True), column.isnot(None))
                    .order_by(table.c.id.desc())
                )
                found[name] = {str(said): int(i) for said, i in rows}
        self.columns = {
            f"{name}_id": [found.get(name, {}).get(v) for v in own.get(name, nothing)]
            for name in ("organisation", "building")
        }

    def with_buildings(
        self, c: Connection, county: str, codes: Sequence[str], points: Any
    ) -> list[str]:
        """Return the codes with those of their buildings for demands without a place."""
        buildings = self.columns["building_id"]
        if not any(b is not None for b in buildings):
            return list(codes)
        of_buildings = codes_by_building(c, county, buildings)
        return [
            own if point is not None or building is None else of_building
            for own, of_building, point, building in zip(
                codes, of_buildings, points, buildings, strict=True
            )
        ]


def _update(
    c: Connection, change: Any, code: str, geometry: str | None, links: _Links, row: int
) -> None:
    demand = tables.demand
    values = {n: after for n, (_, after) in change.fields.items() if n in _PLAIN}
    if "satisfied" in change.fields:
        values["is_satisfied"] = change.fields["satisfied"][1]
    for name in ("organisation", "building"):
        if name in change.fields:
            values[f"{name}_id"] = links.columns[f"{name}_id"][row]
    if "geometry" in change.fields:
        values |= {"geom": geometry, "code": code}
    if values:
        c.execute(update(demand).where(demand.c.id == change.id).values(**values))


def _begins(versions: Mapping[int, StoredWorkflow], received: datetime) -> StoredWorkflow:
    found = in_force(versions, received.date())
    if found is None:
        raise RuntimeError("a county without a workflow: ensure_workflow makes one")
    return found


def _standing(c: Connection, known: Sequence[int]) -> dict[int, tuple[str, int, Standing]]:
    """Return code, version and standing of known demands by id."""
    demand = tables.demand
    found: dict[int, tuple[str, int, Standing]] = {}
    for part in np.array_split(np.asarray(known, np.int64), max(1, len(known) // 5000)):
        rows = c.execute(
            select(
                demand.c.id, demand.c.code, demand.c.version_id, demand.c.state, demand.c.seq,
                demand.c.changed_at,
            ).where(demand.c.id.in_([int(i) for i in part]))
        )  # fmt: skip
        for r in rows:
            found[int(r.id)] = (r.code, int(r.version_id), Standing(r.state, r.seq, r.changed_at))
    return found


def _append_events(
    c: Connection,
    ids: Mapping[int, int],
    standing: Mapping[int, tuple[str, int, Standing]],
    versions: Mapping[int, StoredWorkflow],
    events: Sequence[Sequence[ToldEvent]],
    told: Sequence[Any],
    own: Mapping[str, Sequence[Any]],
) -> set[int]:
    """Append what is not stored yet; return the rows of known demands that got any."""
    stored = _stored_events(
        c, [ids[i] for i, change in enumerate(told) if change.what != "new" and events[i]]
    )
    nothing: list[Any] = [None] * len(told)
    due, size, state = (own.get(n, nothing) for n in ("deadline_at", "size", "state"))
    fresh: list[tuple[int, str, int, list[Event]]] = []
    written: set[int] = set()
    for i, change in enumerate(told):
        if i not in ids or ids[i] not in standing:
            continue
        code, version, since = standing[ids[i]]
        workflow = versions[version].workflow
        new = [
            e
            for e in events[i]
            if (ids[i], e.at, target(workflow, e.step) if e.step else "", e.action) not in stored
        ]
        if not new and change.what != "new":
            continue
        made = chain(
            workflow, new, own["received_at"][i], since=since, state=state[i], size=size[i],
            due=due[i] if change.what == "new" else None,
        )  # fmt: skip
        fresh.append((ids[i], code, version, made))
        if change.what != "new":
            written.add(i)
    append_events(c, fresh)
    return written


def _stored_events(
    c: Connection, known: Sequence[int]
) -> set[tuple[int, datetime, str, str | None]]:
    """Return what is stored of known demands: demand, moment, step, and action of what stays."""
    event = tables.demand_event
    stored: set[tuple[int, datetime, str, str | None]] = set()
    for part in np.array_split(np.asarray(known, np.int64), max(1, len(known) // 5000)):
        rows = c.execute(
            select(
                event.c.demand_id, event.c.at, event.c.from_step, event.c.to_step, event.c.action,
                event.c.payload,
            ).where(event.c.demand_id.in_([int(i) for i in part]))
        )  # fmt: skip
        for r in rows:
            own = int(r.demand_id)
            stays = r.action if r.from_step == r.to_step else None
            stored.add((own, r.at, r.to_step, stays))
            if r.action == TOLD_DUE:
                stored.add((own, r.at, "", stays))
            if "told_at" in r.payload:
                at = datetime.fromisoformat(r.payload["told_at"])
                stored.add((own, at, r.payload["told"], None))
    return stored


def _merge(
    c: Connection,
    county: str,
    ids: Mapping[int, int],
    own: Mapping[str, Sequence[Any]],
    sources: Sequence[str | None],
    source: str,
) -> None:
    """Point merged demands at the one that they went into, by its id within the source."""
    said = {i: v for i, v in enumerate(own.get("merged_into", ())) if v is not None and i in ids}
    if not said:
        return
    demand = tables.demand
    rows = c.execute(
        select(demand.c.source, demand.c.external_id, demand.c.id).where(
            demand.c.code.startswith(county, autoescape=True),
            demand.c.external_id.in_(sorted(set(said.values()))),
        )
    )
    known = {(r.source, r.external_id): int(r.id) for r in rows}
    pairs = [
        {"the_id": ids[i], "into": known[(sources[i] or source, v)]}
        for i, v in said.items()
        if (sources[i] or source, v) in known
    ]
    if pairs:
        c.execute(
            update(demand)
            .where(demand.c.id == bindparam("the_id"))
            .values(merged_into=bindparam("into")),
            pairs,
        )
