"""Seals of the audit: written by many at once they hold; what passes by the trigger is named."""

from __future__ import annotations

import stat
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from threading import Event

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from data.access.audit import record
from data.access.seal_keys import KEY, LISTED, SealKey, seal_key
from data.access.seals import BrokenSeal, Verdict, clean_up, keep_sealed, seal_until, verify
from data.engine import owner_engine, transaction
from data.server import Server
from layers.kit.errors import ServerError

pytestmark = pytest.mark.database


@pytest.fixture
def key(tmp_path: Path) -> SealKey:
    return seal_key(tmp_path)


@pytest.fixture
def owner(database: Server) -> Iterator[Engine]:
    engine = owner_engine(database)
    yield engine
    engine.dispose()


def enter(engine: Engine, count: int = 1, by: str = "甲") -> None:
    for number in range(count):
        with transaction(engine) as c:
            record(c, "plan.renamed", "522624", f"plan:{number}", {"n": number, "f": 0.1}, by=by)


def seal_now(engine: Engine, key: SealKey) -> int:
    """Seal all there is. Others of the same server may write meanwhile: then it is tried again."""
    until = datetime.max.replace(tzinfo=UTC)
    made = 0

    def seal() -> bool:
        nonlocal made
        made = seal_until(engine, key, until)
        return made > 0

    wait_until(seal)
    return made


def verdict(engine: Engine, key: SealKey) -> Verdict:
    with transaction(engine) as c:
        return verify(c, key)


def behind_the_trigger(owner: Engine, statement: str, **values: object) -> None:
    with owner.begin() as c:
        for table in ("audit_entry", "audit_seal"):
            c.execute(text(f"ALTER TABLE getu.{table} DISABLE TRIGGER ALL"))
        c.execute(text("SET LOCAL search_path = getu, public"))
        c.execute(text(statement), values)
        for table in ("audit_entry", "audit_seal"):
            c.execute(text(f"ALTER TABLE getu.{table} ENABLE TRIGGER ALL"))


def test_what_many_write_at_once_while_it_is_sealed_holds(program: Engine, key: SealKey) -> None:
    enter(program)
    over = Event()

    def write(number: int) -> None:
        for _ in range(40):
            enter(program, by=f"写{number}")

    def seal() -> None:
        while not over.is_set():
            seal_until(program, key, datetime.max.replace(tzinfo=UTC))

    with ThreadPoolExecutor(4) as pool:
        sealing = pool.submit(seal)
        for done in [pool.submit(write, n) for n in range(3)]:
            done.result()
        over.set()
        sealing.result()
    seal_now(program, key)
    found = verdict(program, key)
    assert (found.broken, found.entries, found.unsealed) == ((), 121, 0)
    assert found.seals > 1


def test_an_interval_is_not_sealed_while_an_entry_of_it_may_come(
    program: Engine, key: SealKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("data.access.seals.WAIT_S", 0.2)
    enter(program)
    with transaction(program) as slow:
        record(slow, "file.imported", "522624")
        assert seal_until(program, key, datetime.max.replace(tzinfo=UTC)) == 0
    seal_now(program, key)
    assert verdict(program, key).entries == 2


CHANGES: list[tuple[str, str]] = [
    ("changed", "UPDATE audit_entry SET actor = '乙' WHERE id = :id"),
    ("changed", "UPDATE audit_entry SET detail = detail || '{\"n\": 7.5}' WHERE id = :id"),
    ("changed", "UPDATE audit_entry SET origin = '' WHERE id = :id"),
    ("changed", "UPDATE audit_entry SET at = at + interval '1 microsecond' WHERE id = :id"),
    ("missing", "DELETE FROM audit_entry WHERE id = :id"),
    ("added", "INSERT INTO audit_entry (id, code, at, actor, action)"
              " SELECT 900 + id, code, at, '丙', 'plan.deleted' FROM audit_entry WHERE id = :id"),
]  # fmt: skip


@pytest.mark.parametrize(("fault", "statement"), CHANGES)
def test_an_entry_that_passes_by_the_trigger_is_named(
    program: Engine, owner: Engine, key: SealKey, fault: str, statement: str
) -> None:
    enter(program, 3)
    seal_now(program, key)
    enter(program, 3)
    seal_now(program, key)
    with transaction(program) as c:
        own = c.execute(text("SELECT max(id) - 1 FROM audit_entry")).scalar_one()
        (until,) = c.execute(text("SELECT to_at FROM audit_seal WHERE number = 1")).one()
    behind_the_trigger(owner, statement, id=own)
    (broken,) = verdict(program, key).broken
    assert (broken.fault, broken.number) == (fault, 2)
    assert broken.from_at == until
    assert broken.ids == ((900 + own,) if fault == "added" else (own,))


SEALS: list[tuple[str, set[tuple[str, int]]]] = [
    ("UPDATE audit_seal SET root = sha256('x') WHERE number = 2", {("seal", 2), ("chain", 3)}),
    ("UPDATE audit_seal SET signature = sha256('x') WHERE number = 2", {("seal", 2)}),
    ("DELETE FROM audit_seal WHERE number = 2", {("chain", 3)}),
    ("DELETE FROM audit_seal WHERE number = 3", {("cut_off", 3)}),
    ("UPDATE audit_seal SET key = 'another' WHERE number = 3", {("seal", 3)}),
    (
        "INSERT INTO audit_entry (code, at, actor, action) VALUES ('', '2020-01-01', 'x', 'y')",
        {("outside", 0)},
    ),
]


@pytest.mark.parametrize(("statement", "faults"), SEALS)
def test_a_seal_that_was_changed_or_removed_is_named(
    program: Engine, owner: Engine, key: SealKey, statement: str, faults: set[tuple[str, int]]
) -> None:
    for _ in range(3):
        enter(program)
        seal_now(program, key)
    behind_the_trigger(owner, statement)
    assert {(b.fault, b.number) for b in verdict(program, key).broken} == faults


def test_any_entries_sealed_at_any_moments_hold_and_one_change_breaks_one_interval(
    program: Engine, owner: Engine, key: SealKey
) -> None:
    draw = Random(10)
    wanted = 0
    for _ in range(6):
        count = draw.choice((0, 1, 2, 3, 7))
        enter(program, count)
        wanted += count
        seal_now(program, key)
    found = verdict(program, key)
    assert (found.broken, found.entries, found.unsealed) == ((), wanted, 0)
    with transaction(program) as c:
        ids = c.execute(text("SELECT id FROM audit_entry ORDER BY id")).scalars().all()
    own = draw.choice(list(ids))
    behind_the_trigger(owner, "UPDATE audit_entry SET code = '52' WHERE id = :id", id=own)
    broken: tuple[BrokenSeal, ...] = verdict(program, key).broken
    assert [(b.fault, b.ids) for b in broken] == [("changed", (own,))]


def test_hours_that_were_missed_are_made_up_one_seal_each(
    program: Engine, owner: Engine, key: SealKey
) -> None:
    for at in ("2026-01-01 08:10", "2026-01-01 08:50", "2026-01-01 11:20", "2026-01-03 09:59"):
        behind_the_trigger(
            owner,
            "INSERT INTO audit_entry (code, at, actor, action)"
            " VALUES ('52', CAST(:at AS timestamptz), 'x', 'plan.renamed')",
            at=at,
        )
    seal_now(program, key)
    with transaction(program) as c:
        rows = c.execute(
            text("SELECT from_at, to_at, cardinality(ids) AS held FROM audit_seal ORDER BY number")
        ).all()
    told = [(f"{r.from_at:%d %H:%M}", f"{r.to_at:%d %H:%M}", r.held) for r in rows[:-1]]
    assert told == [
        ("01 08:00", "01 09:00", 2), ("01 09:00", "01 12:00", 1), ("01 12:00", "03 10:00", 1),
    ]  # fmt: skip
    assert rows[-1].held == 0
    assert verdict(program, key).broken == ()


def test_the_clean_up_is_the_owners_and_takes_only_what_is_old_and_sealed(
    program: Engine, owner: Engine, key: SealKey
) -> None:
    insert = (
        "INSERT INTO audit_entry (code, at, actor, action)"
        " VALUES ('52', now() - interval '400 days', 'x', 'plan.renamed')"
    )
    behind_the_trigger(owner, insert)
    with owner.begin() as c:
        c.execute(text("SET LOCAL search_path = getu, public"))
        assert clean_up(c, 365) == 0  # not sealed
    seal_now(program, key)
    enter(program)
    with transaction(program) as c, pytest.raises(DBAPIError, match="permission denied"):
        clean_up(c, 365)
    with owner.begin() as c:
        c.execute(text("SET LOCAL search_path = getu, public"))
        assert clean_up(c, 365) == 1
    found = verdict(program, key)
    assert (found.broken, found.cleaned) == ((), 1)
    seal_now(program, key)
    with owner.connect() as c, c.begin() as whole:
        c.execute(text("SET LOCAL search_path = getu, public"))
        with pytest.raises(DBAPIError, match="append-only for 180 days"):
            clean_up(c, 0)
        whole.rollback()


def test_an_entry_is_dated_by_the_database(program: Engine) -> None:
    with transaction(program) as c:
        c.execute(
            text("INSERT INTO audit_entry (code, at, actor, action) VALUES ('', '2001-01-01', 'x',"
                 " 'y')")
        )  # fmt: skip
        at = c.execute(text("SELECT at FROM audit_entry")).scalar_one()
    assert at.year > 2001


def test_the_key_is_made_once_and_is_ours_alone(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        names = {found.name for found in pool.map(seal_key, [tmp_path] * 16)}
    assert len(names) == 1
    path = tmp_path / KEY
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [p.name for p in path.parent.iterdir()] == [KEY]
    path.write_bytes(b"short")
    with pytest.raises(ServerError, match="cannot be read"):
        seal_key(tmp_path)


def test_a_line_that_was_cut_short_is_no_seal(tmp_path: Path) -> None:
    key = seal_key(tmp_path)
    key.note({1: bytes(32)})
    with (key.folder / LISTED).open("a") as file:
        file.write('{"number": 2, "se')
    assert key.noted() == {1: bytes(32)}


def test_the_program_seals_by_itself(
    program: Engine, owner: Engine, key: SealKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("data.access.seals.LOOK_S", 0.05)
    behind_the_trigger(
        owner,
        "INSERT INTO audit_entry (code, at, actor, action)"
        " VALUES ('52', now() - interval '3 hours', 'x', 'plan.renamed')",
    )
    over = Event()

    def is_sealed() -> bool:
        return verdict(program, key).seals > 0

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(keep_sealed, program, key.folder, over)
        wait_until(is_sealed)
        over.set()
        running.result()
    assert verdict(program, key).broken == ()


def wait_until(done: Callable[[], bool], seconds: float = 90.0) -> None:
    until = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.05)
