"""Who sees which rows: the policies of every table, by scope, on used connections."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from sqlalchemy import Engine, make_url, text
from sqlalchemy.exc import DBAPIError

from data.access.scopes import KINDS, PARTS, WRITTEN, policies
from data.engine import enter, program_engine, refused_statement, session, transaction
from data.server import Server
from data.tables import metadata
from layers.kit.errors import ForbiddenError
from layers.kit.principal import Principal, system
from tests.data.access.every_table import COUNTY, FOREIGN, NEXT, OWN, PLACES, fill
from tests.demonstration import administrator

pytestmark = pytest.mark.database

TOWN, BESIDE, WHOLE, ELSEWHERE = "522301001", "522301002", "522301", "522401"
NOTHING = ("", "%", "5203%", "~", "5", "522301001'", "all ", "ALL", "52 ", "５２", "5" * 16)
SEEN_BY_TOWN = {
    "own": {OWN},
    "above": {OWN, COUNTY},
    "shared": {OWN, COUNTY},
    "county": {OWN, NEXT, COUNTY},
    "made": {OWN},
    "open": set(PLACES),
}
SEEN_BY_COUNTY = {kind: {OWN, NEXT, COUNTY} for kind in SEEN_BY_TOWN} | {"open": set(PLACES)}


def person(scope: str) -> Principal:
    return Principal("某人", "staff", scope, frozenset())


@pytest.fixture(scope="module")
def strict(new_database: Callable[[], Server]) -> Iterator[Engine]:
    """Return the program's engine on a database of rows of every place; nobody is let off."""
    server = new_database()
    name = make_url(server.owner_url).database
    admin = psycopg.conninfo.make_conninfo(administrator(server), dbname=name)
    fill(admin)
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f'ALTER DATABASE "{name}" RESET getu.scope')
    engine = program_engine(server, pool_size=3)
    yield engine
    engine.dispose()


def kind_of(table: str) -> str:
    return "made" if table in PARTS else KINDS[table]


def seen(engine: Engine, scope: str) -> dict[str, set[str]]:
    """Return by table with a code of its own (or of its owner) the places that are seen."""
    made = {"522301001": OWN, "522301002": NEXT}
    with session(engine, person(scope)) as c:
        found = {}
        for name, table in metadata.tables.items():
            short = name.rpartition(".")[2]
            if "code" not in table.c or KINDS.get(short) == "gate":  # test_sign_in_tables.py
                continue
            if short in PARTS:
                column, owner = PARTS[short]
                sql = f"SELECT o.code, o.scope FROM {short} p JOIN {owner} o ON o.id = p.{column}"
            elif "scope" in table.c:
                sql = f"SELECT code, scope FROM {short}"
            else:
                sql = f"SELECT code, 'all' FROM {short}"
            rows = c.execute(text(sql)).all()
            short_of = {"522401": FOREIGN} if "JOIN" in sql or "scope FROM" in sql else {}
            found[short] = {made.get(by) or short_of.get(code, code) for code, by in rows}
    return found


def test_every_table_is_entered_once() -> None:
    there = {table.name for table in metadata.sorted_tables}
    assert there == set(KINDS) | set(PARTS), "enter it in data/access/scopes.py, with a migration"
    assert not set(KINDS) & set(PARTS)
    made = {t.name for t in metadata.sorted_tables if "scope" in t.c}
    assert made == {name for name, kind in KINDS.items() if kind == "made"}


def test_what_is_entered_is_enforced_on_the_owner_too(strict: Engine) -> None:
    with transaction(strict) as c:
        rows = c.execute(
            text(
                """
                SELECT r.relname, r.relrowsecurity AND r.relforcerowsecurity,
                       (SELECT count(*) FROM pg_policy p WHERE p.polrelid = r.oid)
                FROM pg_class r WHERE r.relnamespace = 'getu'::regnamespace AND r.relkind = 'r'
                  AND r.relname <> 'alembic_version'
                """
            )
        ).all()
    made = {name: (forced, many) for name, forced, many in rows}
    wanted = {
        name: (bool(policies(name)), max(0, len(policies(name)) - 1)) for name in (*KINDS, *PARTS)
    }
    assert made == wanted


def test_nothing_goes_around_the_policies(strict: Engine) -> None:
    with transaction(strict) as c:
        views = c.execute(
            text(
                "SELECT relname, relkind, reloptions::text FROM pg_class"
                " WHERE relnamespace = 'getu'::regnamespace AND relkind IN ('v', 'm')"
            )
        ).all()
        above = set(
            c.execute(
                text(
                    "SELECT proname FROM pg_proc"
                    " WHERE pronamespace = 'getu'::regnamespace AND prosecdef"
                )
            ).scalars()
        )
        role = c.execute(
            text("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
        ).scalar()
    assert [v for v in views if v[1] != "v" or "security_invoker=true" not in (v[2] or "")] == []
    # raise_part writes one county's version numbers and nothing else; the other two look at the
    # scope themselves (tests/data/demands/test_ledger_refusals.py) and write what nobody may.
    assert above - {"is_gate"} == {"raise_part", "follow_events", "remove_ledger"}
    assert role is False


def test_a_town_sees_its_rows_and_what_stands_above_it(strict: Engine) -> None:
    found = seen(strict, TOWN)
    assert found == {name: SEEN_BY_TOWN[kind_of(name)] for name in found}
    assert len(found) > 50


def test_a_county_sees_its_towns_and_a_province_its_counties(strict: Engine) -> None:
    found = seen(strict, WHOLE)
    assert found == {name: SEEN_BY_COUNTY[kind_of(name)] for name in found}
    assert set().union(*seen(strict, "52").values()) == set(PLACES)
    assert all(rows == set(PLACES) for rows in seen(strict, "52").values())


def test_the_program_itself_sees_everything(strict: Engine) -> None:
    with session(strict, system()) as c:
        for name in (*(n for n in KINDS if n not in OF_THE_GATE), *PARTS):
            assert c.execute(text(f"SELECT count(*) FROM {name}")).scalar() == len(PLACES), name


@pytest.mark.parametrize("scope", NOTHING)
def test_what_is_no_scope_sees_nothing(strict: Engine, scope: str) -> None:
    found = seen(strict, scope)
    assert {name for name, places in found.items() if places and kind_of(name) != "open"} == set()


def test_a_connection_that_was_used_before_sees_nothing_by_itself(strict: Engine) -> None:
    for _ in range(3):
        with session(strict, system()) as c:
            assert c.execute(text("SELECT count(*) FROM building")).scalar() == len(PLACES)
        with transaction(strict) as c:
            assert c.execute(text("SELECT current_setting('getu.scope', true)")).scalar() == ""
            assert c.execute(text("SELECT count(*) FROM building")).scalar() == 0


def test_scopes_do_not_mix_on_shared_connections(strict: Engine) -> None:
    """300 transactions of four threads on three connections; a third of them says nothing."""

    def ask(seed: int) -> list[tuple[str | None, set[str]]]:
        chosen, wrong = random.Random(seed), []
        for _ in range(75):
            scope = chosen.choice([TOWN, BESIDE, WHOLE, ELSEWHERE, "", None])
            with transaction(strict) as c:
                if scope is not None:
                    enter(c, person(scope))
                rows = set(c.execute(text("SELECT code FROM building")).scalars())
                wanted = {p for p in PLACES if scope and p.startswith(scope)}
                if rows != wanted:
                    wrong.append((scope, rows))
                if chosen.random() < 0.2:
                    c.rollback()
        return wrong

    with ThreadPoolExecutor(4) as pool:
        assert [w for found in pool.map(ask, range(4)) for w in found] == []


OF_THE_GATE = {"gate_key", *(table for table, kind in KINDS.items() if kind == "gate")}
APPEND_ONLY = (
    *("demand_event", "plan_stage"),
    *("workflow_version", "workflow_step", "workflow_action"),
)
CHANGED = [t for t, k in KINDS.items() if k in ("own", "above", "county") and t not in APPEND_ONLY]


@pytest.mark.parametrize("table", CHANGED)
def test_rows_of_others_are_neither_changed_nor_removed(strict: Engine, table: str) -> None:
    with session(strict, person(TOWN)) as c:
        other = f"NOT starts_with(code, '{TOWN}')"
        assert c.execute(text(f"UPDATE {table} SET code = code WHERE {other}")).rowcount == 0
        assert c.execute(text(f"DELETE FROM {table} WHERE {other}")).rowcount == 0
        c.rollback()


@pytest.mark.parametrize("code", [NEXT, FOREIGN, COUNTY])
def test_a_row_cannot_be_given_to_others(strict: Engine, code: str) -> None:
    for statement in (
        "UPDATE building SET code = :code",
        "INSERT INTO estate (code, name, life) VALUES (:code, '甲', 'occupied')",
    ):
        with session(strict, person(TOWN)) as c:
            with pytest.raises(DBAPIError, match="row-level security") as refused:
                c.execute(text(statement), {"code": code})
            assert isinstance(refused_statement(refused.value), ForbiddenError)
            c.rollback()


def test_what_is_made_in_a_town_is_the_towns(strict: Engine) -> None:
    kept = "INSERT INTO scenario (code, title, state) VALUES ('522301', '甲', 'draft') RETURNING id"
    with session(strict, person(TOWN)) as c:
        made = c.execute(text(kept)).scalar_one()
    for scope, is_seen in ((TOWN, True), (WHOLE, True), (BESIDE, False), (ELSEWHERE, False)):
        with session(strict, person(scope)) as c:
            found = c.execute(text("SELECT 1 FROM scenario WHERE id = :id"), {"id": made}).scalar()
        assert bool(found) == is_seen, scope


def test_the_predicates_are_those_that_leak_nothing() -> None:
    """LIKE and || are not LEAKPROOF: PostgreSQL would look at no index beside them."""
    assert not any("LIKE" in said or "||" in said for said in WRITTEN.values())
