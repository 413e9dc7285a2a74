"""A ledger from before workflows keeps every event, and stands where it stood."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from alembic import command
from sqlalchemy import Engine, make_url, text

from data import migrations
from data.engine import owner_engine
from data.migrations import migrate
from data.server import Server
from tests.demonstration import NewDatabase, administrator, with_database

pytestmark = pytest.mark.database
BEFORE_WORKFLOWS = "0026"

# Of each demand: the state that the ledger told, when it was closed, and its events in order.
BEFORE: dict[str, tuple[str, str | None, list[tuple[str, str]]]] = {
    "all steps": ("closed", "06:00", [
        ("01:00", "received"), ("02:00", "accepted"), ("03:00", "handling"), ("04:00", "replied"),
        ("06:00", "closed"),
    ]),
    "none at all": ("handling", None, []),
    "not received": ("replied", None, [("03:00", "accepted"), ("05:00", "replied")]),
    "jumps": ("closed", "06:00", [("01:00", "received"), ("06:00", "closed")]),
    "twice the same": ("accepted", None, [
        ("01:00", "received"), ("02:00", "accepted"), ("02:30", "accepted"),
    ]),
    "further than told": ("received", None, [("01:00", "received"), ("02:00", "closed")]),
    "less than told": ("closed", "09:00", [("01:00", "received"), ("02:00", "accepted")]),
    "merged": ("merged", None, [("01:00", "received"), ("01:00", "merged")]),
}  # fmt: skip


@pytest.fixture(scope="module")
def carried(new_database: NewDatabase) -> Iterator[Engine]:
    """Return the owner's engine on a database that was filled before workflows, then migrated."""
    name = f"{new_database.prefix}carried"
    server = new_database.server
    owner = make_url(server.owner_url).username
    with psycopg.connect(administrator(server), autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}" OWNER "{owner}"')
        admin.execute(f"ALTER DATABASE \"{name}\" SET getu.scope = 'all'")
    inside = psycopg.conninfo.make_conninfo(administrator(server), dbname=name)
    with psycopg.connect(inside, autocommit=True) as admin:
        for extension in migrations.EXTENSIONS:
            admin.execute(f"CREATE EXTENSION {extension}")
    here = Server(
        with_database(server.owner_url, name),
        with_database(server.program_url, name),
        server.embedded,
    )
    engine = owner_engine(here)
    with engine.begin() as c:
        c.execute(text("CREATE SCHEMA getu"))
        config = migrations._config()
        config.attributes["connection"] = c
        command.upgrade(config, BEFORE_WORKFLOWS)
        for title, (state, closed, events) in BEFORE.items():
            moment = "('2026-03-02 ' || CAST(:t AS text))::timestamptz"
            demand = c.execute(
                text(
                    "INSERT INTO getu.demand (code, source, title, category, channel, state,"
                    f" received_at, deadline_at, closed_at) VALUES ('522624001001', 't', :title,"
                    f" 'c', 'h', :state, '2026-03-02 01:00', '2026-03-05', {moment}) RETURNING id"
                ),
                {"title": title, "state": state, "t": closed},
            ).scalar_one()
            for at, step in events:
                c.execute(
                    text(
                        "INSERT INTO getu.demand_event (code, demand_id, at, step, actor, note)"
                        f" VALUES ('522624001001', :d, {moment}, :step, '甲', :step)"
                    ),
                    {"d": demand, "t": at, "step": step},
                )
    assert migrate(here)
    yield engine
    engine.dispose()


def rows(engine: Engine, sql: str, **values: Any) -> list[tuple[Any, ...]]:
    with engine.connect() as c:
        return [tuple(r) for r in c.execute(text(sql), values)]


def history(engine: Engine, title: str) -> list[tuple[str, str, str]]:
    found = rows(
        engine,
        "SELECT e.from_step, e.action, e.to_step FROM getu.demand_event e"
        " JOIN getu.demand d ON d.id = e.demand_id WHERE d.title = :title ORDER BY e.seq",
        title=title,
    )
    return [(a, b, c) for a, b, c in found]


def test_every_demand_stands_where_it_stood(carried: Engine) -> None:
    now = rows(carried, "SELECT title, state, phase FROM getu.demand")
    assert {t: (s, p) for t, s, p in now} == {t: (s, s) for t, (s, _, _) in BEFORE.items()}
    last = rows(
        carried,
        "SELECT d.title, e.to_step, d.seq = e.seq, d.changed_at = e.at FROM getu.demand d"
        " JOIN LATERAL (SELECT * FROM getu.demand_event e WHERE e.demand_id = d.id"
        " ORDER BY e.seq DESC LIMIT 1) e ON true",
    )
    assert {t: (s, a, b) for t, s, a, b in last} == {
        t: (s, True, True) for t, (s, _, _) in BEFORE.items()
    }


def test_no_event_is_lost(carried: Engine) -> None:
    noted = rows(
        carried,
        "SELECT d.title, e.note FROM getu.demand_event e JOIN getu.demand d ON d.id = e.demand_id"
        " WHERE e.note IS NOT NULL ORDER BY d.id, e.seq",
    )
    told = [(title, step) for title, (_, _, events) in BEFORE.items() for _, step in events]
    assert noted == told


def test_the_history_is_a_chain_of_steps(carried: Engine) -> None:
    broken = rows(
        carried,
        "SELECT 1 FROM (SELECT e.*, lag(to_step, 1, 'start') OVER w AS before,"
        " row_number() OVER w AS n, lag(at) OVER w AS since FROM getu.demand_event e"
        " WINDOW w AS (PARTITION BY demand_id ORDER BY seq)) e"
        " WHERE e.from_step <> e.before OR e.seq <> e.n OR e.at < e.since",
    )
    assert broken == []
    assert [a for _, a, _ in history(carried, "all steps")] == [
        "receive", "accept", "handle", "reply", "close",
    ]  # fmt: skip
    assert [a for _, a, _ in history(carried, "further than told")] == ["receive", "remark"]
    assert [a for _, a, _ in history(carried, "less than told")] == ["receive", "accept", "told"]
    assert [a for _, a, _ in history(carried, "none at all")] == ["receive", "told"]
    due = rows(carried, "SELECT DISTINCT payload ->> 'due' FROM getu.demand_event WHERE seq = 1")
    assert [d[0][:10] for d in due] == ["2026-03-05"]
