"""A backup is whole or refused; a restore is the same data or changes nothing."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Event, Thread

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import make_url, text

from data.backups import counting, target
from data.backups.archive import Backup, opened
from data.backups.client import login
from data.backups.manifest import Manifest, TableSum
from data.backups.restoring import drill, restore
from data.backups.write import make_backup
from data.embedded.paths import StatePaths
from data.engine import people_session, program_engine, session
from data.server import Server
from layers.kit.errors import ConflictError, GetuError, InputError, ServerError
from layers.kit.principal import system
from tests.demonstration import Loaded, NewDatabase, administrator, load
from tests.properties import examples

pytestmark = pytest.mark.database


def state(folder: Path) -> StatePaths:
    folder.mkdir(exist_ok=True)
    return StatePaths(folder, folder / "socket")


def sums(server: Server) -> dict[str, TableSum]:
    with login(server).connect() as connection:
        return counting.table_sums(connection)


def databases(server: Server) -> set[str]:
    with psycopg.connect(administrator(server), autocommit=True) as connection:
        base = str(make_url(server.owner_url).database)
        found = connection.execute(
            "SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [f"{base}_"]
        )
        return {str(name) for (name,) in found.fetchall() if not str(name).split("_")[-1].isdigit()
                or any(word in str(name) for word in ("restored", "drill", "empty"))}  # fmt: skip


@pytest.fixture(scope="module")
def kept(
    new_database: NewDatabase, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Loaded, Path]:
    """栗坪 with a key in its state folder, and a backup of both."""
    loaded = load(new_database, "liping")
    folder = tmp_path_factory.mktemp("kept")
    home = state(folder / "state")
    (home.root / "seal.key").write_text("secret")
    (home.root / "seal.key").chmod(0o600)
    (home.root / "audit").mkdir()
    (home.root / "audit" / "seals.jsonl").write_text("{}")
    (home.root / "users.lock").write_text("")
    (home.root / "reserve").write_text("room")
    made = make_backup(loaded.server, home, folder / "one.zip")
    loaded.engine.dispose()
    assert made.rows > 10_000
    return loaded, made.path


def test_everything_comes_back_and_is_compared(
    kept: tuple[Loaded, Path], database: Server, tmp_path: Path
) -> None:
    loaded, file = kept
    before = sums(loaded.server)
    home = state(tmp_path / "state")
    done = restore(database, home, file)
    assert sums(database) == before == done.manifest["tables"]
    assert not done.migrated
    assert (home.root / "seal.key").read_text() == "secret"
    assert (home.root / "seal.key").stat().st_mode & 0o777 == 0o600
    assert (home.root / "audit" / "seals.jsonl").read_text() == "{}"
    assert not (home.root / "users.lock").exists()
    assert not (home.root / "reserve").exists()
    engine = program_engine(database, pool_size=1)
    with session(engine, system()) as c:  # the program may read and add, and its ids go on
        assert c.scalar(text("SELECT count(*) FROM county")) == 1
        code = c.scalar(text("SELECT code FROM county"))
        c.execute(
            text("INSERT INTO job (code, kind, state, request, made_by) VALUES (:c, 'x',"
                 " 'waiting', '{}', 'x')"), {"c": code}
        )  # fmt: skip
    with pytest.raises(Exception, match="permission denied"), session(engine, system()) as c:
        c.execute(text("CREATE TABLE getu.intruder (a int)"))
    engine.dispose()
    assert databases(database) == set()


def test_a_backup_is_private_and_opens_with_unzip(kept: tuple[Loaded, Path]) -> None:
    _, file = kept
    assert file.stat().st_mode & 0o777 == 0o600
    with opened(file) as backup:
        assert set(backup.manifest["files"]) == {
            *("database.dump", "state/audit/seals.jsonl", "state/seal.key"),
        }
        assert backup.manifest["tables"]["county"]["rows"] == 1
    if shutil.which("unzip"):
        assert subprocess.run(["unzip", "-tq", file], check=False).returncode == 0


def test_a_backup_is_of_one_moment_while_others_write(
    spare_liping: Loaded, database: Server, tmp_path: Path
) -> None:
    over = Event()
    wrote = []

    def write() -> None:
        engine = program_engine(spare_liping.server, pool_size=1)
        while not over.is_set():
            with people_session(engine, system()) as c:
                c.execute(
                    text("INSERT INTO job (code, kind, state, request, made_by)"
                         " VALUES (:c, 'x', 'done', '{}', 'x')"), {"c": spare_liping.code}
                )  # fmt: skip
                c.execute(
                    text("INSERT INTO app_user (login, name, role, code)"
                         " VALUES (:l, 'x', 'viewer', '52')"), {"l": f"u{len(wrote)}"}
                )  # fmt: skip
            wrote.append(1)
        engine.dispose()

    writer = Thread(target=write)
    writer.start()
    try:
        file = make_backup(spare_liping.server, None, tmp_path / "busy.zip").path
    finally:
        over.set()
        writer.join()
    done = restore(database, None, file)
    rows = {name: table["rows"] for name, table in done.manifest["tables"].items()}
    assert rows["job"] == rows["app_user"]  # both or neither of each transaction
    assert len(wrote) >= rows["job"]


@pytest.fixture(scope="module")
def content(kept: tuple[Loaded, Path]) -> bytes:
    return kept[1].read_bytes()


@settings(max_examples=examples(60), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(where=st.floats(0, 1, exclude_max=True), flip=st.integers(1, 255), cut=st.booleans())
def test_a_cut_file_and_a_flipped_byte_are_refused_unread(
    content: bytes, tmp_path: Path, where: float, flip: int, cut: bool
) -> None:
    at = int(where * len(content))
    # Only what is small is written anew: a byte that flips in the file itself, then back.
    file = tmp_path / "broken.zip"
    if not file.exists() or file.stat().st_size != len(content):
        file.write_bytes(content)
    with file.open("r+b") as stream:
        if cut:
            stream.truncate(at)
        else:
            stream.seek(at)
            stream.write(bytes([content[at] ^ flip]))
    with pytest.raises(InputError, match="damaged"), opened(file):
        pass
    if not cut:
        with file.open("r+b") as stream:
            stream.seek(at)
            stream.write(content[at : at + 1])


def refused(
    server: Server, file: Path, error: type[GetuError], match: str, paths: StatePaths | None = None
) -> None:
    """Restoring is refused, and the target is exactly as it was."""
    before, names = sums(server), databases(server)
    with pytest.raises(error, match=match):
        restore(server, paths, file)
    assert sums(server) == before
    assert databases(server) == names


def test_a_target_that_holds_something_is_left_alone(
    kept: tuple[Loaded, Path], database: Server
) -> None:
    loaded, file = kept
    refused(loaded.server, file, ConflictError, "not empty")
    engine = program_engine(database, pool_size=1)
    with people_session(engine, system()) as c:
        c.execute(
            text("INSERT INTO app_user (login, name, role, code, password_hash)"
                 " VALUES ('a', 'a', 'admin', '52', 'x')")
        )  # fmt: skip
    engine.dispose()
    refused(database, file, ConflictError, "app_user has rows")


def test_a_target_that_somebody_uses_is_left_alone(
    kept: tuple[Loaded, Path], database: Server
) -> None:
    with login(database).connect() as connection:
        connection.execute("SELECT 1")
        refused(database, kept[1], ConflictError, "somebody uses the database")


def told(monkeypatch: pytest.MonkeyPatch, **changes: object) -> None:
    """Let every backup say other things of itself than it should."""
    made = Backup.__init__

    def other(self: Backup, path: Path, archive: object, manifest: Manifest) -> None:
        made(self, path, archive, {**manifest, **changes})  # type: ignore[arg-type, typeddict-item]

    monkeypatch.setattr(Backup, "__init__", other)


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"postgis": "2.5.1"}, "PostGIS 2.5.1"),
        ({"revision": "9999"}, "newer program"),
        ({"postgresql": 99}, "PostgreSQL 99"),
    ],
)
def test_what_is_of_another_kind_is_refused(
    kept: tuple[Loaded, Path], database: Server, monkeypatch: pytest.MonkeyPatch,
    changes: dict[str, object], match: str,
) -> None:  # fmt: skip
    told(monkeypatch, **changes)
    refused(database, kept[1], InputError, match)


def test_rows_that_are_not_those_that_were_kept_are_refused(
    kept: tuple[Loaded, Path], database: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(kept[1]) as backup:
        tables = backup.manifest["tables"]
    one_less: TableSum = {**tables["building"], "rows": tables["building"]["rows"] - 1}
    other: TableSum = {**tables["demand"], "checksum": "1"}
    told(monkeypatch, tables={**tables, "building": one_less, "demand": other})
    refused(database, kept[1], InputError, r"not what was kept.*building.*demand")
    with pytest.raises(InputError, match="not what was kept"):  # a drill finds it too
        drill(database, kept[1])


def test_a_dump_that_breaks_off_is_refused(
    kept: tuple[Loaded, Path], database: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seal and sums of the file hold, and PostgreSQL itself finds the fault."""
    copy = shutil.copyfileobj

    def half(source: object, target: object, piece: int = 0) -> None:
        target.write(source.read(200_000))  # type: ignore[attr-defined]

    monkeypatch.setattr(shutil, "copyfileobj", half)
    refused(database, kept[1], ServerError, "nothing was restored")
    monkeypatch.setattr(shutil, "copyfileobj", copy)


def test_a_disk_without_room_for_it_is_refused(
    kept: tuple[Loaded, Path], database: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(target, "FREE_FACTOR", 1e9)
    home = state(tmp_path / "state")
    refused(database, kept[1], ServerError, "MB free", home)
    assert list(home.root.iterdir()) == []


@pytest.fixture
def small_disk() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", name]
        if subprocess.run(mount, capture_output=True, check=False).returncode:
            pytest.skip("a small file system cannot be mounted here")
        try:
            yield Path(name)
        finally:
            subprocess.run(["umount", name], check=True)


def test_a_backup_that_does_not_fit_leaves_nothing(
    kept: tuple[Loaded, Path], small_disk: Path
) -> None:
    with pytest.raises(ServerError, match=r"could not be written.*No space left"):
        make_backup(kept[0].server, None, small_disk / "b.zip")
    assert list(small_disk.iterdir()) == []


def test_a_backup_never_writes_over_a_file(kept: tuple[Loaded, Path]) -> None:
    with pytest.raises(ConflictError, match="is there already"):
        make_backup(kept[0].server, None, kept[1])


def test_a_drill_leaves_nothing(kept: tuple[Loaded, Path]) -> None:
    loaded, file = kept
    before = sums(loaded.server)
    assert drill(loaded.server, file).rows > 10_000
    assert databases(loaded.server) == set()
    assert sums(loaded.server) == before


def test_policies_hide_no_row_from_a_backup(spare_liping: Loaded, tmp_path: Path) -> None:
    """Row-level security that is forced lets the owner see nothing; a backup sees all."""
    buildings = spare_liping.value("SELECT count(*) FROM building")
    with psycopg.connect(
        administrator(spare_liping.server), dbname=make_url(spare_liping.server.owner_url).database
    ) as connection:
        connection.execute(
            "ALTER TABLE getu.building ENABLE ROW LEVEL SECURITY;"
            " ALTER TABLE getu.building FORCE ROW LEVEL SECURITY;"
            " DROP POLICY IF EXISTS nobody ON getu.building;"
            " CREATE POLICY nobody ON getu.building AS RESTRICTIVE USING (false)"
        )
    made = make_backup(spare_liping.server, None, tmp_path / "b.zip")
    assert made.manifest["tables"]["building"]["rows"] == buildings > 0
    assert drill(spare_liping.server, made.path).rows == made.rows


def test_a_login_that_does_not_see_every_row_is_told_what_it_needs(
    kept: tuple[Loaded, Path], database: Server
) -> None:
    """The owner of the tables, as on a server by DATABASE_URL: neither BYPASSRLS nor CREATEDB."""
    weak = replace(database, embedded=False)
    for act in (lambda: restore(weak, None, kept[1]), lambda: drill(weak, kept[1])):
        with pytest.raises(ServerError, match="ALTER ROLE getu_owner BYPASSRLS CREATEDB"):
            act()
