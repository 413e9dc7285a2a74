"""One history, safe when several start at once, the same on any PostgreSQL server."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from data import migrations
from data.engine import owner_engine, program_engine, session
from data.migrations import apart, current_revision, head_revision, migrate
from data.migrations.apart import migrate_apart
from data.server import Server, database_settings, running_server
from data.stations import write_sitings
from layers.kit.errors import ServerError
from layers.kit.principal import system
from tests.conftest import ROOT
from tests.elsewhere import PASSWORD, PlainServer

pytestmark = pytest.mark.database


def forget(plain: PlainServer) -> None:
    """Make the server as if nothing of ours had ever been there."""
    with plain.administrator() as connection:
        names = connection.execute(
            "SELECT datname FROM pg_database WHERE NOT datistemplate AND datname <> 'postgres'"
        ).fetchall()
        for (name,) in names:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
        connection.execute("DROP ROLE IF EXISTS app")
        connection.execute("DROP ROLE IF EXISTS getu_program")


@pytest.fixture
def with_login(plain: PlainServer) -> Iterator[PlainServer]:
    """A login ``app`` that owns the database ``town`` and may make neither roles nor extensions."""
    forget(plain)
    with plain.administrator() as connection:
        connection.execute(f"CREATE ROLE app LOGIN PASSWORD '{PASSWORD}'")
        connection.execute("CREATE DATABASE town OWNER app")
    yield plain
    forget(plain)


def tables(server: Server) -> list[str]:
    engine = program_engine(server)
    try:
        with session(engine, system()) as connection:
            names = connection.scalars(
                text("SELECT tablename FROM pg_tables WHERE schemaname = 'getu' ORDER BY 1")
            )
            return list(names)
    finally:
        engine.dispose()


def empty_database(plain: PlainServer, name: str) -> None:
    with plain.administrator() as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {name}")


def test_a_migrated_database_is_at_the_head_and_stays(database: Server) -> None:
    assert current_revision(database) == head_revision()
    assert migrate(database) is False


def test_somebody_elses_server_gets_the_same_tables(plain: PlainServer, database: Server) -> None:
    empty_database(plain, "same")
    elsewhere = plain.server("admin", "same")
    assert elsewhere.embedded is False
    assert current_revision(elsewhere) is None
    assert migrate(elsewhere) is True
    assert tables(elsewhere) == tables(database)


def test_even_a_superusers_login_works_with_the_programs_rights(plain: PlainServer) -> None:
    empty_database(plain, "rights")
    server = plain.server("admin", "rights")
    migrate(server)
    engine = program_engine(server)
    with session(engine, system()) as connection:
        assert connection.scalar(text("SELECT current_user")) == "getu_program"
        assert connection.scalar(text("SELECT count(*) FROM county")) == 0
    with (
        pytest.raises(Exception, match="permission denied"),
        session(engine, system()) as connection,
    ):
        connection.execute(text("CREATE TABLE getu.intruder (a int)"))
    engine.dispose()


def test_a_login_without_rights_is_told_what_an_administrator_must_say(
    with_login: PlainServer,
) -> None:
    server = with_login.server("app", "town")
    with pytest.raises(ServerError, match="CREATE ROLE getu_program; GRANT getu_program TO app"):
        migrate(server)
    with with_login.administrator() as connection:
        connection.execute("CREATE ROLE getu_program; GRANT getu_program TO app;")
    with pytest.raises(ServerError, match="CREATE EXTENSION postgis"):
        migrate(server)
    assert current_revision(server) is None
    with with_login.administrator("town") as connection:
        connection.execute("CREATE EXTENSION postgis")
    assert migrate(server) is True  # btree_gist is trusted: the database's owner may add it
    assert len(tables(server)) > 20


def test_the_program_may_log_in_as_another_than_the_owner(with_login: PlainServer) -> None:
    environ = {
        "DATABASE_URL": with_login.url("app", "town"),
        "GETU_OWNER_URL": with_login.url("admin", "town"),
        "GETU_HOME": "/nowhere",
    }
    with running_server(database_settings(ROOT, environ)) as server:
        assert migrate(server) is True
        assert len(tables(server)) > 20


def test_before_the_migrations_the_program_says_how_to_get_its_role(
    with_login: PlainServer,
) -> None:
    engine = program_engine(with_login.server("app", "town"))
    with pytest.raises(ServerError, match="may not become getu_program"), session(engine, system()):
        pass
    engine.dispose()


def test_four_processes_that_migrate_at_once_do_it_once(plain: PlainServer) -> None:
    forget(plain)
    empty_database(plain, "race")
    url = plain.server("admin", "race").owner_url
    code = (
        "import sys\nfrom data.migrations import migrate\nfrom data.server import Server\n"
        "sys.stdin.readline()\nprint(migrate(Server(sys.argv[1], sys.argv[1], False)))\n"
    )
    started = [
        subprocess.Popen([sys.executable, "-c", code, url], cwd=ROOT, text=True,
                         stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for _ in range(4)
    ]  # fmt: skip
    for process in started:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    answers = [process.communicate(timeout=300)[0] for process in started]
    assert [process.returncode for process in started] == [0, 0, 0, 0]
    assert sorted(answers) == ["False\n", "False\n", "False\n", "True\n"]


def test_a_migration_that_fails_changes_nothing(
    plain: PlainServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty_database(plain, "broken")
    folder = tmp_path / "migrations"
    shutil.copytree(migrations.FOLDER, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "versions" / "9999_fails.py").write_text(
        "from alembic import op\nrevision = '9999'\n"
        f"down_revision = {head_revision()!r}\n\n\n"
        "def upgrade():\n    op.execute('SELECT 1/0')\n"
    )
    server = plain.server("admin", "broken")
    monkeypatch.setattr(migrations, "FOLDER", folder)
    with pytest.raises(ServerError, match="nothing was changed: division by zero"):
        migrate(server)
    monkeypatch.undo()
    assert current_revision(server) is None
    assert migrate(server) is True


def test_siting_questions_of_an_older_program_are_kept(
    plain: PlainServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty_database(plain, "sitings")
    folder = tmp_path / "migrations"
    shutil.copytree(migrations.FOLDER, folder, ignore=shutil.ignore_patterns("__pycache__"))
    for later in folder.glob("versions/*.py"):
        if later.name >= "0016":
            later.unlink()
    server = plain.server("admin", "sitings")
    monkeypatch.setattr(migrations, "FOLDER", folder)
    assert migrate(server) is True
    monkeypatch.undo()
    engine = program_engine(server)
    with session(engine, system()) as connection:
        connection.execute(
            text(
                "INSERT INTO siting (code, state, question, revision, answer, seconds)"
                " VALUES ('522301', 'running', '{}', 1, '{\"sites\": []}', 2),"
                " ('522301', 'done', '{}', 1, '{\"sites\": [1]}', 3)"
            )
        )
    engine.dispose()
    assert migrate(server) is True
    with session(engine, system()) as connection:
        one, two = (write_sitings.siting(connection, "522301", n) for n in (1, 2))
    engine.dispose()
    # The process that proved the first one is of the older program: it has ended.
    assert (one.state, one.is_lost, one.goes_on, one.answer) == (
        *("running", True, False),
        {"sites": []},
    )
    assert (two.state, two.is_lost, two.answer, two.seconds) == ("done", False, {"sites": [1]}, 3)


def test_a_database_of_a_newer_program_is_refused(database: Server) -> None:
    engine = owner_engine(database)
    with session(engine, system()) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'from-the-future'"))
    engine.dispose()
    with pytest.raises(ServerError, match="newer version, so update the program"):
        migrate(database)


def test_a_process_of_its_own_migrates_and_says_what_is_wrong(
    with_login: PlainServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever serves pages opens no connection as the owner."""
    monkeypatch.setattr(migrations, "owner_engine", None)
    server = with_login.server("app", "town")
    with pytest.raises(ServerError, match="CREATE ROLE getu_program; GRANT getu_program TO app"):
        migrate_apart(server)
    mighty = with_login.server("admin", "town")
    assert migrate_apart(mighty) is True
    assert len(tables(mighty)) > 20
    monkeypatch.setattr(apart.subprocess, "run", None)
    assert migrate_apart(mighty) is False  # seen by the program's login, without another process
