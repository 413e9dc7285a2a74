"""One door to the database outside of ``data``: ``session(engine, principal)``."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from contextvars import Context
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from dashboard.access.principal import acting, present, signed_in, system
from data.engine import session, transaction
from data.jobs.write import create_job, take_job
from layers.kit.principal import is_scope

ROOT = Path(__file__).resolve().parents[3]
DOORS = ("transaction", "snapshot")
OPENING = ("begin", "connect", "raw_connection")
SEEN = (
    "SELECT current_setting('getu.scope', true), current_setting('getu.actor', true),"
    " current_setting('getu.role', true)"
)


def bare(source: str) -> Iterator[str]:
    """Yield what opens a connection for nobody: by import, or by a method of an engine."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module == "data.engine":
            yield from (one.name for one in node.names if one.name in DOORS)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner, name = ast.unparse(node.func.value), node.func.attr
            if (name in OPENING and "engine" in owner) or (owner == "engine" and name in DOORS):
                yield f"{owner}.{name}"


def test_dashboard_and_layers_come_to_the_database_by_the_one_door() -> None:
    files = [p for folder in ("dashboard", "layers") for p in (ROOT / folder).rglob("*.py")]
    found = {
        str(path.relative_to(ROOT)): names
        for path in files
        if (names := list(bare(path.read_text(encoding="utf-8"))))
    }
    assert found == {}, "say session(engine, present())"
    assert len(files) > 200


def test_what_goes_around_the_door_is_seen() -> None:
    assert list(bare("from data.engine import transaction, session")) == ["transaction"]
    assert list(bare("with self.engine.begin() as c: pass")) == ["self.engine.begin"]
    assert list(bare("with program_engine(s).connect() as c: pass")) != []
    assert list(bare("self.begin()")) == []


def test_outside_of_a_request_nobody_asks_until_somebody_is_named() -> None:
    def nobody() -> None:
        with pytest.raises(LookupError, match="nobody is asking"):
            present()

    Context().run(nobody)
    who = signed_in("王敏", "staff", "522301001")
    with acting(who):
        assert present() is who
        with acting(system()):
            assert present() == system()
        assert present() is who


@pytest.mark.parametrize("text", ["", "5", "all", "%", "5203%", "~", "52 ", "٥٢", "5" * 16, "52\n"])
def test_what_is_no_scope(text: str) -> None:
    assert not is_scope(text)


@pytest.mark.database
def test_a_session_says_who_asks_and_the_next_one_on_its_connection_says_it_anew(
    program: Engine,
) -> None:
    worker = signed_in("王敏", "staff", "522301001")
    with session(program, worker) as c:
        assert tuple(c.execute(text(SEEN)).one()) == ("522301001", "王敏", "staff")
        first = c.execute(text("SELECT pg_backend_pid()")).scalar()
    with transaction(program) as c:
        assert c.execute(text("SELECT pg_backend_pid()")).scalar() == first
        # Of a used connection: not NULL, but nothing; "all" is what tests' databases say.
        assert tuple(c.execute(text(SEEN)).one()) == ("all", "", "")
    with session(program, system(), is_snapshot=True) as c:
        assert tuple(c.execute(text(SEEN)).one()) == ("all", "getu", "")
        assert c.execute(text("SHOW transaction_read_only")).scalar() == "on"


@pytest.mark.database
def test_a_job_keeps_the_scope_and_role_of_the_session_that_asked(program: Engine) -> None:
    with session(program, signed_in("王敏", "staff", "522301001")) as c:
        create_job(c, "522301", "look", {}, "王敏")
    with session(program, system()) as c:
        job = take_job(c, ["look"], "w")
    assert job is not None
    assert (job.made_by, job.scope, job.role) == ("王敏", "522301001", "staff")
