"""Backup and restore on somebody else's server, as ``DATABASE_URL`` names one: by the commands."""

from __future__ import annotations

import getpass
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from threading import Event, Thread

import pytest
from psycopg import sql
from sqlalchemy import text

from dashboard.commands import main
from data.access.audit import record
from data.access.seal_keys import seal_key
from data.access.seals import seal_until, verify
from data.backups.archive import opened
from data.backups.client import login
from data.backups.counting import table_sums
from data.backups.manifest import TableSum
from data.backups.write import make_backup
from data.embedded.paths import StatePaths
from data.engine import program_engine, session
from layers.kit.principal import system
from tests.conftest import ROOT
from tests.demonstration import NewDatabase, load
from tests.elsewhere import PASSWORD, PlainServer

pytestmark = pytest.mark.database
OTHERS = "SELECT datname FROM pg_database WHERE datname LIKE '%\\_getu\\_%'"
OF_NAMES = """
    SELECT pg_get_userbyid(datdba), ARRAY(SELECT unnest(datacl)::text ORDER BY 1), datconnlimit,
           ARRAY(SELECT unnest(s.setconfig) AS one FROM pg_db_role_setting s
                 WHERE s.setdatabase = d.oid ORDER BY one)
    FROM pg_database d WHERE datname = %s
"""


@dataclass
class Office:
    """A server with a login ``keeper`` that may do what docs/running.md asks for, and no more."""

    plain: PlainServer
    home: Path
    made: list[str] = field(default_factory=list)

    def empty(self, name: str, *, prepared: bool = True) -> str:
        """Return the name of a new, empty database of the login."""
        with self.plain.administrator() as c:
            c.execute(sql.SQL("CREATE DATABASE {} OWNER keeper").format(sql.Identifier(name)))
        self.made.append(name)
        if prepared:
            with self.plain.administrator(name) as c:
                c.execute("CREATE EXTENSION postgis")
        return name

    def environ(self, database: str) -> dict[str, str]:
        url = self.plain.url("keeper", database)
        return {"DATABASE_URL": url, "GETU_HOME": str(self.home), "LANG": "C.UTF-8"}

    def command(self, database: str, *words: str | Path) -> subprocess.Popen[str]:
        """Start a command as a process of its own, to be killed."""
        return subprocess.Popen(
            [sys.executable, "app.py", *map(str, words)], cwd=ROOT, text=True,
            env=os.environ | self.environ(database), stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )  # fmt: skip

    def getu(self, database: str, *words: str | Path) -> tuple[int, str]:
        """Run a command; return its exit code and what it said."""
        said = StringIO()
        with (
            pytest.MonkeyPatch.context() as patch,
            redirect_stdout(said),
            redirect_stderr(said),
        ):
            for name, value in self.environ(database).items():
                patch.setenv(name, value)
            code = main([str(word) for word in words])
        return code, said.getvalue()

    def sums(self, database: str) -> dict[str, TableSum]:
        with login(self.plain.server("keeper", database)).connect() as c:
            return table_sums(c)

    def rights_to_come(self, database: str) -> list[tuple[object, ...]]:
        with self.plain.administrator(database) as c:
            return c.execute(
                "SELECT defaclrole::regrole::text, defaclobjtype, defaclacl::text"
                " FROM pg_default_acl ORDER BY 2"
            ).fetchall()

    def left_over(self) -> list[str]:
        with self.plain.administrator() as c:
            return [str(name) for (name,) in c.execute(OTHERS).fetchall()]

    def said_of(self, database: str) -> object:
        with self.plain.administrator() as c:
            return c.execute(OF_NAMES, [database]).fetchone()


@pytest.fixture(scope="module")
def office(plain: PlainServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with plain.administrator() as c:
        c.execute("DROP ROLE IF EXISTS getu_program")
        c.execute("CREATE ROLE getu_program")
        c.execute(
            sql.SQL("CREATE ROLE keeper LOGIN PASSWORD {} BYPASSRLS CREATEDB").format(PASSWORD)
        )
        c.execute("GRANT getu_program TO keeper")
    office = Office(plain, tmp_path_factory.mktemp("office"))
    yield office
    with plain.administrator() as c:
        for name in (*office.made, *office.left_over()):
            c.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(
                sql.Identifier(name)))  # fmt: skip
        c.execute("DROP ROLE keeper; DROP ROLE getu_program")


@pytest.fixture(scope="module")
def kept(new_database: NewDatabase, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of 栗坪 with a sealed audit, of the embedded server."""
    loaded = load(new_database, "liping")
    folder = tmp_path_factory.mktemp("kept")
    with session(loaded.engine, system()) as c:
        record(c, "download.made", loaded.code)
    seal_until(loaded.engine, seal_key(folder), datetime.now(UTC))
    loaded.engine.dispose()
    return make_backup(loaded.server, StatePaths(folder, folder), folder / "one.zip").path


def manifest_sums(file: Path) -> dict[str, TableSum]:
    with opened(file) as backup:
        return backup.manifest["tables"]


def refused(office: Office, target: str, file: Path, says: str, code: int = 2) -> None:
    """``getu restore`` ends with 2 and a sentence, and the empty target is as it was."""
    before = office.sums(target), office.said_of(target), sorted(office.home.iterdir())
    found, said = office.getu(target, "restore", file, "--lang", "en")
    assert (found, says in said, "Traceback" in said) == (code, True, False), said
    assert len(said.strip().splitlines()) <= 2, said
    assert (office.sums(target), office.said_of(target), sorted(office.home.iterdir())) == before
    assert office.left_over() == []


def test_a_county_goes_from_the_embedded_server_to_another_and_on(
    office: Office, kept: Path, tmp_path: Path
) -> None:
    first, second = office.empty("first"), office.empty("second-" + "二" * 14)
    with office.plain.administrator() as c:
        c.execute("REVOKE CONNECT ON DATABASE first FROM PUBLIC")
        c.execute("GRANT CONNECT ON DATABASE first TO getu_program")
        c.execute("ALTER DATABASE first SET search_path TO getu, public")
        c.execute("ALTER DATABASE first SET work_mem TO '9MB'")
        c.execute("ALTER DATABASE first CONNECTION LIMIT 70")
    before = office.said_of(first)
    assert office.getu(second, "audit", "seal")[0] == 0  # migrated, and empty
    code, said = office.getu(first, "restore", kept, "--lang", "en")
    assert code == 0, said
    assert office.rights_to_come(first) == office.rights_to_come(second)
    assert office.said_of(first) == before
    sums = office.sums(first)
    assert {**sums, "audit_entry": None} == {**manifest_sums(kept), "audit_entry": None}
    assert sums["building"]["rows"] > 50
    assert office.getu(first, "audit", "verify")[0] == 0  # by the key that came along
    made = tmp_path / "again.zip"
    code, said = office.getu(first, "backup", made, "--lang", "en")
    assert (code, made.stat().st_mode & 0o777) == (0, 0o600), said
    code, said = office.getu(second, "restore", made, "--lang", "en")
    assert code == 0, said
    assert {**office.sums(second), "audit_entry": None} == {**sums, "audit_entry": None}
    assert office.left_over() == []
    key = seal_key(office.home)
    engine = program_engine(office.plain.server("keeper", second), pool_size=1)
    with session(engine, system()) as c:
        found = verify(c, key, None, None)
        entered = c.execute(text("SELECT action, actor, detail->>'file' FROM audit_entry"
                                 " WHERE action LIKE 'backups.%' ORDER BY id")).all()  # fmt: skip
    engine.dispose()
    user = getpass.getuser()  # the first restore, which the backup holds; and the second
    assert [tuple(row) for row in entered] == [
        ("backups.restored", user, str(kept)), ("backups.restored", user, str(made)),
    ]  # fmt: skip
    with office.plain.administrator(first) as c:
        question = "SELECT action FROM getu.audit_entry WHERE action LIKE 'backups.%' ORDER BY id"
        assert [one for (one,) in c.execute(question)] == ["backups.restored", "backups.made"]
    assert (found.broken, found.seals > 0, found.entries > 0) == ((), True, True)


def test_what_is_off_is_said_and_the_target_is_untouched(
    office: Office, kept: Path, tmp_path: Path
) -> None:
    target = office.empty("untouched")
    assert office.getu(target, "audit", "seal")[0] == 0  # migrated, and empty
    content = kept.read_bytes()
    broken = tmp_path / "broken.zip"
    broken.write_bytes(content[: len(content) // 2])
    refused(office, target, broken, "damaged or not complete")
    at = len(content) // 3
    broken.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
    refused(office, target, broken, "damaged or not complete")
    refused(office, target, tmp_path / "none.zip", "there is no file")
    with office.plain.administrator() as c:
        c.execute("ALTER ROLE keeper NOCREATEDB")
        refused(office, target, kept, "ALTER ROLE keeper BYPASSRLS CREATEDB")
        c.execute("ALTER ROLE keeper CREATEDB; ALTER DATABASE untouched OWNER TO admin")
        refused(office, target, kept, "ALTER DATABASE untouched OWNER TO keeper")
        c.execute("ALTER DATABASE untouched OWNER TO keeper")
    with office.plain.administrator(target) as c:  # another login's connection
        refused(office, target, kept, "somebody uses the database")
    with office.plain.administrator(target) as c:
        c.execute("INSERT INTO getu.app_user (login, name, role, code, password_hash)"
                  " VALUES ('a', 'a', 'admin', '52', 'x')")  # fmt: skip
    refused(office, target, kept, "app_user has rows")


def test_an_empty_database_without_postgis_says_what_an_administrator_must_type(
    office: Office, kept: Path
) -> None:
    bare = office.empty("bare", prepared=False)
    refused(office, bare, kept, "CREATE EXTENSION postgis; in the empty database")
    code, said = office.getu(bare, "backup", "drill", kept, "--lang", "en")
    assert (code, "in template1" in said) == (2, True), said
    with office.plain.administrator("template1") as c:
        c.execute("CREATE EXTENSION postgis")
    try:
        code, said = office.getu(bare, "backup", "drill", kept, "--lang", "en")
    finally:
        with office.plain.administrator("template1") as c:
            c.execute("DROP EXTENSION postgis")
    assert code == 0, said
    assert office.left_over() == []


def test_a_server_that_dies_in_the_middle_leaves_the_target_and_the_next_attempt_holds(
    office: Office, kept: Path
) -> None:
    """Killed as soon as rows are being filled in; what is left over goes with the next attempt."""
    target = office.empty("dies")
    assert office.getu(target, "audit", "seal")[0] == 0
    before = office.sums(target)
    process = office.command(target, "restore", kept, "--lang", "en")
    when_filled(office, process, lambda: os.kill(office.plain.process(), signal.SIGKILL))
    said = process.communicate(timeout=300)[1]
    office.plain.start()
    assert (process.returncode, "Traceback" in said) == (2, False), said
    assert office.sums(target) == before
    process = office.command(target, "restore", kept, "--lang", "en")
    when_filled(office, process, process.kill)  # and now the command itself
    process.communicate(timeout=300)
    assert office.sums(target) == before
    assert office.getu(target, "restore", kept)[0] == 0
    assert office.sums(target)["building"]["rows"] > 50
    assert office.left_over() == []


def when_filled(office: Office, process: subprocess.Popen[str], then: Callable[[], object]) -> None:
    """Do something as soon as a restore has a database beside the target."""
    over = Event()

    def look() -> None:
        with office.plain.administrator() as c:
            while not over.is_set() and not c.execute(OTHERS).fetchone():
                over.wait(0.01)
        if not over.is_set():
            then()

    looking = Thread(target=look)
    looking.start()
    looking.join(90)
    over.set()
    assert not looking.is_alive(), process.poll()
