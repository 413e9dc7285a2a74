"""Rows of buildings as an edit leaves them, their counts, and the log of edits."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Literal

from psycopg.types.json import Jsonb
from sqlalchemy import Connection, text

from data.buildings import tables
from data.buildings.rows import EditChange, NewCount
from data.rows.bulk import reserve_ids
from layers.kit.json import StoredJson
from layers.kit.records.buildings import BuildingState

_PUT = """
    INSERT INTO building (id, code, community_id, estate_id, name, number, levels,
                          levels_estimated, life, use, external_id, source, valid_from, valid_to,
                          geom)
    VALUES (:id, :code, :community_id, :estate_id, :name, :number, :levels, :levels_estimated,
            :life, :use, :external_id, :source, CAST(:valid_from AS date),
            CAST(:valid_to AS date), ST_Multi(ST_GeomFromWKB(decode(:geometry, 'hex'), 4490)))
    ON CONFLICT (id) DO UPDATE SET
      code = EXCLUDED.code, community_id = EXCLUDED.community_id, estate_id = EXCLUDED.estate_id,
      name = EXCLUDED.name, number = EXCLUDED.number, levels = EXCLUDED.levels,
      levels_estimated = EXCLUDED.levels_estimated, life = EXCLUDED.life, use = EXCLUDED.use,
      external_id = EXCLUDED.external_id, source = EXCLUDED.source,
      valid_from = EXCLUDED.valid_from, valid_to = EXCLUDED.valid_to, geom = EXCLUDED.geom,
      version = building.version + 1
    RETURNING version
"""


def hold_edits(c: Connection, county: str) -> None:
    """Let one editor of a county in at a time, until the transaction ends."""
    # Lists of thousands of plots: a plan made for the average list would be a bad one.
    c.execute(text("SET LOCAL plan_cache_mode = force_custom_plan"))
    c.execute(
        text("SELECT pg_advisory_xact_lock(hashtext('getu building edits'), CAST(:n AS integer))"),
        {"n": int(county)},
    )


def new_ids(c: Connection, count: int) -> list[int]:
    """Take ids for buildings that begin."""
    return reserve_ids(c, tables.building, count)


def put_state(
    c: Connection, building_id: int, before: BuildingState | None, after: BuildingState
) -> int:
    """Write what a building's rows hold after an edit; return its version.

    ``before`` None: the row begins, or stands again after it was taken back.
    """
    version = c.execute(text(_PUT), {**after, "id": building_id}).scalar_one()
    _put_lists(c, building_id, before, after)
    return int(version)


def take_back(c: Connection, building_id: int, day: str) -> int:
    """End a row whose beginning is undone; its external id is free again. Return its version."""
    return int(
        c.execute(
            text(
                """
                UPDATE building SET valid_to = CAST(:day AS date), external_id = NULL,
                                    version = version + 1
                WHERE id = :id RETURNING version
                """
            ),
            {"id": building_id, "day": day},
        ).scalar_one()
    )


_List = Literal["addresses", "aliases", "entrances", "lives", "uses"]
_LISTS: dict[_List, str] = {
    "addresses": """
        INSERT INTO building_address (code, building_id, address) VALUES (:code, :id, :a)
    """,
    "aliases": """
        INSERT INTO building_alias (code, building_id, alias, ruled_by)
        VALUES (:code, :id, :a, :b)
    """,
    "entrances": """
        INSERT INTO building_entrance (code, building_id, name, geom)
        VALUES (:code, :id, :a, ST_GeomFromWKB(decode(:b, 'hex'), 4490))
    """,
    "lives": """
        INSERT INTO building_life (code, building_id, life, starts_on)
        VALUES (:code, :id, :a, CAST(:b AS date))
    """,
    "uses": """
        INSERT INTO building_use (code, building_id, use, levels)
        VALUES (:code, :id, :a, CAST(:b AS integer[]))
    """,
}
_TABLES = {
    "addresses": "building_address",
    "aliases": "building_alias",
    "entrances": "building_entrance",
    "lives": "building_life",
    "uses": "building_use",
}


def _put_lists(
    c: Connection, building_id: int, before: BuildingState | None, after: BuildingState
) -> None:
    """Write the lists that an edit changed; those it did not keep their rows."""
    moved = before is not None and before["code"] != after["code"]
    for name, statement in _LISTS.items():
        wanted = after[name]
        if before is not None and before[name] == wanted:
            if moved:
                c.execute(
                    text(f"UPDATE {_TABLES[name]} SET code = :code WHERE building_id = :id"),
                    {"id": building_id, "code": after["code"]},
                )
            continue
        c.execute(
            text(f"DELETE FROM {_TABLES[name]} WHERE building_id = :id"),
            {"id": building_id},
        )
        for row in wanted:
            a, b = (row, None) if isinstance(row, str) else (row[0], row[1])
            values = {"id": building_id, "code": after["code"], "a": a}
            c.execute(text(statement), {**values, "b": b} if ":b" in statement else values)


def add_counts(c: Connection, rows: Sequence[NewCount]) -> None:
    """Add counts to snapshots that are there; a building that has one already keeps it."""
    if rows:
        c.execute(
            text(
                """
                INSERT INTO building_count (snapshot_id, building_id, measure, code, value, source,
                                            confidence)
                VALUES (:snapshot_id, :building_id, :measure, :code, :value, :source, :confidence)
                ON CONFLICT DO NOTHING
                """
            ),
            [dataclasses.asdict(r) for r in rows],
        )


def drop_counts(c: Connection, buildings: Sequence[int]) -> None:
    """Forget the counts of buildings that ended, before they are made from others anew."""
    c.execute(
        text("DELETE FROM building_count WHERE building_id = ANY(:ids)"), {"ids": list(buildings)}
    )


def log_edit(
    c: Connection,
    county: str,
    kind: str,
    made_by: str,
    *,
    buildings: Sequence[int] = (),
    asked: StoredJson | None = None,
    changes: Sequence[EditChange] = (),
    plots: Sequence[StoredJson] = (),
    token: str | None = None,
    of_edit: int | None = None,
    refused: str | None = None,
) -> int:
    """Append an edit to the county's log; return its id.

    An edit of the hand supersedes what the same person undid before.
    """
    if refused is None and kind not in ("undo", "redo"):
        c.execute(
            text(
                """
                UPDATE building_edit SET is_superseded = true
                WHERE code = :county AND made_by = :by AND is_undone AND NOT is_superseded
                """
            ),
            {"county": county, "by": made_by},
        )
    return int(
        c.execute(
            text(
                """
                INSERT INTO building_edit (code, kind, buildings, asked, changes, plots, of_edit,
                                           refused, token, made_by)
                VALUES (:county, :kind, :buildings, :asked, :changes, :plots, :of, :refused, :token,
                        :by)
                RETURNING id
                """
            ),
            {
                "county": county,
                "kind": kind,
                "buildings": list(buildings),
                "asked": Jsonb(dict(asked or {})),
                "changes": Jsonb([dict(r) for r in changes]),
                "plots": Jsonb([dict(r) for r in plots]),
                "of": of_edit,
                "refused": refused,
                "token": token,
                "by": made_by,
            },
        ).scalar_one()
    )


def set_answer(c: Connection, edit_id: int, answer: StoredJson) -> None:
    """Keep what was answered to an edit, for a repeated send."""
    c.execute(
        text("UPDATE building_edit SET answer = :answer WHERE id = :id"),
        {"id": edit_id, "answer": Jsonb(dict(answer))},
    )


def set_done(
    c: Connection,
    edit_id: int,
    *,
    undone: bool,
    changes: Sequence[EditChange],
    plots: Sequence[StoredJson],
) -> None:
    """Mark an edit as undone or done again, with the versions that its rows have now."""
    c.execute(
        text(
            """
            UPDATE building_edit SET is_undone = :undone, changes = :changes, plots = :plots
            WHERE id = :id
            """
        ),
        {
            "id": edit_id,
            "undone": undone,
            "changes": Jsonb([dict(r) for r in changes]),
            "plots": Jsonb([dict(r) for r in plots]),
        },
    )
