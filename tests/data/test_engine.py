"""The program's connections have the program's rights and nothing more."""

from __future__ import annotations

import threading

import psycopg
import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError, OperationalError, ProgrammingError

from data.engine import owner_engine, program_engine, server_error, transaction
from data.server import Server
from layers.kit.errors import ServerError
from tests.demonstration import psycopg_address

pytestmark = pytest.mark.database


def test_the_program_has_its_own_role_and_the_schema_on_its_path(program: Engine) -> None:
    with transaction(program) as connection:
        row = connection.execute(
            text(
                "SELECT current_user, current_setting('search_path'), current_setting('timezone'), "
                "current_setting('statement_timeout')"
            )
        ).one()
    assert tuple(row) == ("getu_program", "getu, public", "UTC", "1min")


def test_the_program_can_neither_make_nor_drop_nor_own_tables(program: Engine) -> None:
    for statement in (
        "CREATE TABLE getu.intruder (a int)",
        "CREATE TABLE public.intruder (a int)",
        "DROP TABLE county",
        "ALTER TABLE county ADD COLUMN intruder int",
        "TRUNCATE county",
        "UPDATE alembic_version SET version_num = '0'",
    ):
        with pytest.raises(ProgrammingError), transaction(program) as connection:
            connection.execute(text(statement))
    with transaction(program) as connection:
        owned = connection.scalar(
            text("SELECT count(*) FROM pg_class WHERE relowner = 'getu_program'::regrole")
        )
    assert owned == 0


def test_the_owner_owns_the_tables_and_is_no_superuser(database: Server) -> None:
    engine = owner_engine(database)
    with transaction(engine) as connection:
        owners = connection.scalars(
            text("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'getu'")
        ).all()
        current = connection.scalar(text("SELECT current_user"))
        superuser = connection.scalar(text("SELECT current_setting('is_superuser')"))
    engine.dispose()
    assert owners == [current]
    if database.embedded:
        assert (current, superuser) == ("getu_owner", "off")


def test_a_transaction_commits_at_its_end_and_rolls_back_on_an_exception(program: Engine) -> None:
    insert = text("INSERT INTO app_user (code, login, name, role) VALUES ('52', :l, 'x', 'viewer')")
    with transaction(program) as connection:
        connection.execute(insert, {"l": "kept"})

    def fail(second: str) -> None:
        with transaction(program) as connection:
            connection.execute(insert, {"l": f"lost with {second}"})
            connection.execute(insert, {"l": second})
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail("lost")
    with pytest.raises(IntegrityError):
        fail("kept")
    with transaction(program) as connection:
        logins = connection.scalars(text("SELECT login FROM app_user")).all()
    assert logins == ["kept"]


def test_a_statement_that_takes_too_long_is_a_sentence(database: Server) -> None:
    engine = program_engine(database, pool_size=1, statement_timeout_s=0.05)
    with pytest.raises(ServerError, match="too long"), transaction(engine) as connection:
        connection.execute(text("SELECT pg_sleep(5)"))
    engine.dispose()


def test_settings_survive_the_pool(database: Server) -> None:
    engine = program_engine(database, pool_size=1)
    for _ in range(3):
        with transaction(engine) as connection:
            assert connection.scalar(text("SELECT current_user")) == "getu_program"
            assert connection.scalar(text("SHOW search_path")) == "getu, public"
    engine.dispose()


def test_a_connection_that_the_server_dropped_is_replaced_unseen(database: Server) -> None:
    engine = program_engine(database, pool_size=1)
    with transaction(engine) as connection:
        pid = connection.scalar(text("SELECT pg_backend_pid()"))
    with psycopg.connect(psycopg_address(database.program_url), autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s)", (pid,))
    with transaction(engine) as connection:
        assert connection.scalar(text("SELECT pg_backend_pid()")) != pid
    engine.dispose()


def test_an_unreachable_database_is_a_sentence_without_its_password() -> None:
    address = "postgresql+psycopg://someone:secret@127.0.0.1:9/none"
    engine = program_engine(Server(address, address, embedded=False))
    with pytest.raises(ServerError, match="does not answer") as caught, transaction(engine):
        pass
    assert "secret" not in str(caught.value)
    # Whoever runs the program reads where it is; a page does not.
    assert "127.0.0.1" in str(caught.value)
    assert str(caught.value.said) == "the database does not answer: try again in a minute"


def test_what_a_page_reads_of_the_server_names_no_path_and_no_role() -> None:
    hidden = ("/tmp/getu-socket", "getu_program", "getu_owner", "5432", "someone")
    address = "postgresql+psycopg://someone:secret@/none?host=/tmp/getu-socket"
    engine = program_engine(Server(address, address, embedded=True))
    for state, said in (
        (None, 'connection to server on socket "/tmp/getu-socket/.s.PGSQL.5432" failed'),
        ("57P01", "terminating connection of someone"),
        ("42501", 'permission denied to set role "getu_program"'),
        ("22023", 'role "getu_program" does not exist'),
        ("57014", "canceling statement of getu_owner"),
    ):
        cause = psycopg.OperationalError(said)
        cause.sqlstate = state
        found = server_error(OperationalError("SELECT 1", {}, cause), engine)
        assert found is not None
        assert not [name for name in hidden if name in str(found.said)]
        assert state == "57014" or any(name in str(found) for name in hidden)


def test_eight_threads_work_at_once(database: Server) -> None:
    engine = program_engine(database, pool_size=8)
    inside = threading.Barrier(8)  # passed by all eight together, or broken

    def work() -> None:
        with transaction(engine) as connection:
            connection.execute(text("SELECT 1"))
            inside.wait(60)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    engine.dispose()
    assert not inside.broken
