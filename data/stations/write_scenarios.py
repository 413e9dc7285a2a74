"""Scenarios of stations: kept as drafts, and adopted with a name and a reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Any, NotRequired, TypedDict

from sqlalchemy import Connection, delete, func, insert, select, text, update

from data.access.audit import record
from data.divisions.write_county import touch
from data.stations import scenario_tables, tables
from layers.kit import clock
from layers.kit.errors import ConflictError, InputError, Message, NotFoundError
from layers.kit.json import parsed
from layers.kit.records.stations import Operation, StationAfter

TITLE_MAX = 60
REASON_MAX = 500


class StoredScenario(TypedDict):
    """A scenario's operations as they are kept."""

    operations: list[Operation]


class StationBefore(TypedDict):
    """A station before a scenario changed it."""

    lon: float
    lat: float
    state: str
    categories: list[str]


class StationWritten(TypedDict):
    """A station that a scenario changed or added, for the audit."""

    id: int
    before: NotRequired[StationBefore]
    after: StationAfter


@dataclass(frozen=True, slots=True)
class Scenario:
    """A scenario as stored: the first ``position`` operations hold, the rest is undone."""

    id: int
    county: str
    title: str
    state: str
    operations: tuple[Operation, ...]
    position: int
    version: int

    @property
    def held(self) -> tuple[Operation, ...]:
        """Return the operations that hold."""
        return self.operations[: self.position]


def _scenario(row: Any) -> Scenario:
    kept = parsed(StoredScenario, {"operations": row.operations}, "scenario")
    return Scenario(
        int(row.id), row.code, row.title, row.state, tuple(kept["operations"]), row.position,
        row.version,
    )  # fmt: skip


def drafts(c: Connection, county: str) -> list[Scenario]:
    """Return the county's drafts, the oldest first."""
    table = scenario_tables.scenario
    rows = c.execute(
        select(table).where(table.c.code == county, table.c.state == "draft").order_by(table.c.id)
    )
    return [_scenario(row) for row in rows]


def scenario(c: Connection, county: str, scenario_id: int, *, lock: bool = False) -> Scenario:
    """Return one scenario. Raises NotFoundError."""
    table = scenario_tables.scenario
    asked = select(table).where(table.c.code == county, table.c.id == scenario_id)
    row = c.execute(asked.with_for_update() if lock else asked).first()
    if row is None:
        raise NotFoundError(
            "scenario {scenario_id} is not in county {county}",
            scenario_id=scenario_id,
            county=county,
        )
    return _scenario(row)


def create_scenario(
    c: Connection, county: str, title: str, operations: Sequence[Operation] = ()
) -> Scenario:
    """Create a draft. Raises InputError without a title."""
    row = c.execute(
        insert(scenario_tables.scenario)
        .values(
            code=county,
            title=_written(title, TITLE_MAX, Message("name the scenario")),
            state="draft",
            operations=[dict(o) for o in operations],
            position=len(operations),
        )
        .returning(scenario_tables.scenario)
    ).one()
    return _scenario(row)


def append_operation(c: Connection, draft: Scenario, operation: Operation, most: int) -> Scenario:
    """Add an operation after those that hold; what was undone is gone."""
    operations = [*draft.held, operation]
    if len(operations) > most:
        raise InputError("a scenario holds at most {most} changes", most=most)
    return _store(c, draft, operations, len(operations))


def move_position(c: Connection, draft: Scenario, step: int) -> Scenario:
    """Undo (-1) or redo (1) one operation; at either end nothing happens."""
    position = min(max(draft.position + step, 0), len(draft.operations))
    return _store(c, draft, list(draft.operations), position)


def _store(
    c: Connection, draft: Scenario, operations: Sequence[Operation], position: int
) -> Scenario:
    """Write a draft that nobody changed since. Raises ConflictError."""
    table = scenario_tables.scenario
    row = c.execute(
        update(table)
        .where(table.c.id == draft.id, table.c.version == draft.version, table.c.state == "draft")
        .values(
            operations=[dict(o) for o in operations],
            position=position,
            version=table.c.version + 1,
        )
        .returning(table)
    ).first()
    if row is None:
        raise ConflictError("someone else changed or closed this scenario: it was loaded anew")
    return _scenario(row)


def discard_scenario(c: Connection, draft: Scenario) -> None:
    """Put a draft away; it stays on record."""
    _decide(c, draft, "discarded", None, None)


def adopt_scenario(
    c: Connection,
    draft: Scenario,
    changes: Sequence[StationAfter],
    *,
    by: str,
    reason: str,
) -> int:
    """Write a scenario's stations, the audit, and the county's revision; return the revision.

    ``changes``: what each station becomes. Raises InputError without a name and a reason,
    ConflictError when the draft was changed or decided meanwhile.
    """
    by = _written(by, TITLE_MAX, Message("say who adopts this scenario"))
    reason = _written(reason, REASON_MAX, Message("say why this scenario is adopted"))
    if not changes:
        raise InputError("this scenario changes nothing")
    _decide(c, draft, "adopted", by, reason)
    written: list[StationWritten] = []
    for change in changes:
        if change["key"].startswith("n"):
            written.append(_add_station(c, draft.county, change))
        else:
            written.append(_change_station(c, draft.county, change, reason))
    detail = {"title": draft.title, "reason": reason, "stations": written}
    record(c, "scenario.adopted", draft.county, f"scenario:{draft.id}", detail, by=by)
    return touch(c, draft.county)


def _decide(c: Connection, draft: Scenario, state: str, by: str | None, reason: str | None) -> None:
    table = scenario_tables.scenario
    done = c.execute(
        update(table)
        .where(table.c.id == draft.id, table.c.version == draft.version, table.c.state == "draft")
        .values(
            state=state,
            decided_at=func.now(),
            decided_by=by,
            reason=reason,
            version=table.c.version + 1,
        )
    )
    if done.rowcount != 1:
        raise ConflictError("someone else changed or closed this scenario: nothing was written")


_POINT = "ST_SetSRID(ST_MakePoint(:lon, :lat), 4490)"


def _add_station(c: Connection, county: str, change: StationAfter) -> StationWritten:
    """Insert a station; its division is the community that it stands in, else the county."""
    place = c.execute(
        text(
            f"""
            SELECT id, code FROM division
            WHERE lies_in(code, :county) AND kind = 'community' AND valid_to IS NULL
              AND ST_Covers(geom, {_POINT})
            ORDER BY code LIMIT 1
            """
        ),
        {"county": f"{county}%", "lon": change["lon"], "lat": change["lat"]},
    ).first()
    code = place.code if place else county
    station_id = c.execute(
        insert(tables.station)
        .values(
            code=code,
            community_id=place.id if place else None,
            tier=change.get("tier"),
            categories=list(change["categories"]),
            name=change["name"],
            state=change["state"],
            service_rule="nearest",
            services=[],
            source="scenario",
            valid_from=_today(),
            geom=f"SRID=4490;POINT({float(change['lon'])!r} {float(change['lat'])!r})",
        )
        .returning(tables.station.c.id)
    ).scalar_one()
    _write_state(c, code, int(station_id), change["state"], None)
    _write_hours(c, code, int(station_id), change["hours"])
    return {"id": int(station_id), "after": change}


def _change_station(
    c: Connection, county: str, change: StationAfter, reason: str
) -> StationWritten:
    table = tables.station
    row = c.execute(
        text(
            "SELECT id, code, state, categories, ST_X(geom) AS lon, ST_Y(geom) AS lat"
            " FROM station WHERE id = :id AND lies_in(code, :county) AND valid_to IS NULL"
            " FOR UPDATE"
        ),
        {"id": int(change["key"]), "county": f"{county}%"},
    ).first()
    if row is None:
        raise ConflictError("station {key} is gone: nothing was written", key=change["key"])
    c.execute(
        update(table)
        .where(table.c.id == row.id)
        .values(
            categories=list(change["categories"]),
            state=change["state"],
            geom=f"SRID=4490;POINT({float(change['lon'])!r} {float(change['lat'])!r})",
        )
    )
    if row.state != change["state"]:
        _write_state(c, row.code, int(row.id), change["state"], reason)
    c.execute(delete(tables.station_hours).where(tables.station_hours.c.station_id == row.id))
    _write_hours(c, row.code, int(row.id), change["hours"])
    before: StationBefore = {
        "lon": row.lon, "lat": row.lat, "state": row.state, "categories": list(row.categories),
    }  # fmt: skip
    return {"id": int(row.id), "before": before, "after": change}


def _write_state(c: Connection, code: str, station_id: int, state: str, reason: str | None) -> None:
    c.execute(
        insert(tables.station_state).values(
            code=code, station_id=station_id, state=state, starts_on=_today(), reason=reason
        )
    )


def _write_hours(
    c: Connection, code: str, station_id: int, hours: Sequence[Sequence[int | str]]
) -> None:
    rows = [
        {"code": code, "station_id": station_id, "weekday": int(day), "opens": _clock(str(opens)),
         "closes": _clock(str(closes))}
        for day, opens, closes in hours
    ]  # fmt: skip
    if rows:
        c.execute(insert(tables.station_hours), rows)


def _clock(written: str) -> time:
    hour, minute = written.split(":")[:2]
    return time(23, 59, 59) if int(hour) == 24 else time(int(hour), int(minute))


def _today() -> date:
    return clock.today()


def _written(value: str | None, most: int, otherwise: Message) -> str:
    clean = " ".join(str(value or "").split())[:most]
    if not clean:
        raise InputError(otherwise)
    return clean
