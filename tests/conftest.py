"""What tests share: a real PostGIS, a fresh migrated database for each test, a browser.

One run has one embedded server with its state in a temporary folder, whatever the number of its
workers; a worker's databases bear its name. With ``GETU_TEST_DATABASE_URL`` every worker has
databases of its own there; its login must be able to create databases. Nothing is left behind but
what the next run would make again (``carry``); what a killed run left is removed by the next one.
"""

from __future__ import annotations

import dataclasses
import fcntl
import gc
import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine
from sqlalchemy.engine import make_url
from werkzeug.routing import Rule

from dashboard.access.principal import acting, demonstrator
from dashboard.services import Services
from data.embedded import cluster
from data.embedded.paths import state_paths
from data.embedded.programs import find_programs
from data.engine import program_engine
from data.migrations import migrate
from data.server import Server, database_settings, running_server
from tests import carry, durations, properties
from tests.demonstration import (
    NewDatabase,
    administrator,
    alone,
    clone,
    is_there,
    psycopg_address,
    with_database,
)

ROOT = Path(__file__).resolve().parent.parent
HOMES = "getu-test-"
RUN = os.environ.get("PYTEST_XDIST_TESTRUNUID", "")
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "alone")
TEMPLATE = "getu_template"
WARM = Services.warm
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser")
DESK = {"width": 1600, "height": 900}
# A page that fails is waited for this long; one that is only slow (a loaded machine) may be.
WITHIN_MS = 60_000
BROWSER_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--disable-extensions",
    "--disable-default-apps",
    "--disable-breakpad",
    "--disable-features=Translate,OptimizationHints,MediaRouter,DialMediaRouteProvider",
    "--mute-audio",
    # One process draws all pages, so that each next one finds what the last one compiled.
    "--renderer-process-limit=1",
    "--process-per-site",
]


properties.choose_profile()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--quick", action="store_true", help="only tests without database, browser and made towns"
    )


def pytest_configure(config: pytest.Config) -> None:
    if not RUN:  # the process that starts the workers
        carry.bring(ROOT)
    config.pluginmanager.register(durations.Durations(ROOT / durations.FILE), "durations")


def pytest_unconfigure(config: pytest.Config) -> None:
    if not RUN:
        carry.keep(ROOT)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--quick"):
        slow = [item for item in items if not _is_quick(item)]
        config.hook.pytest_deselected(items=slow)
        items[:] = [item for item in items if _is_quick(item)]


def pytest_collection_finish() -> None:
    # Half a million objects that stay: looking through them again and again costs a twentieth.
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def _is_quick(item: pytest.Item) -> bool:
    slow = ("database", "browser", "real_data", "made_town")
    marked = any(item.get_closest_marker(name) for name in slow)
    return not marked and not {"server", "browser", "towns"} & set(
        getattr(item, "fixturenames", ())
    )


def remove_home(home: Path) -> None:
    """Stop the server of a temporary state folder, if it runs, and remove the folder."""
    paths = state_paths(ROOT, {"GETU_HOME": str(home)})
    if cluster.server_process(paths):
        cluster.stop(paths, find_programs(paths.cluster))
    shutil.rmtree(home, ignore_errors=True)


def _remove_abandoned_homes() -> None:
    for home in Path(tempfile.gettempdir()).glob(f"{HOMES}*"):
        try:
            with (home / "run.lock").open("r+") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                remove_home(home)
        except OSError:
            continue  # a run that is still going on, or another user's


@contextmanager
def temporary_home() -> Iterator[Path]:
    """Give a folder for ``GETU_HOME`` that PostgreSQL's user may enter, and remove it."""
    home = Path(tempfile.mkdtemp(prefix=HOMES))
    home.chmod(0o755)  # mkdtemp's 700 would lock PostgreSQL's user out when tests run as root
    with (home / "run.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            yield home
        finally:
            remove_home(home)


@contextmanager
def _home_of_run() -> Iterator[Path]:
    """Give the state folder that the workers of this run share; the last one removes it."""
    home = Path(tempfile.gettempdir()) / f"{HOMES}{RUN[:12]}"
    home.mkdir(exist_ok=True)
    home.chmod(0o755)
    with (home / "run.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)
        try:
            yield home
        finally:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                pass  # another worker is still at it
            else:
                remove_home(home)


@pytest.fixture(scope="session")
def getu_home() -> Iterator[Path]:
    """Return this run's own state folder."""
    _remove_abandoned_homes()
    with _home_of_run() if RUN else temporary_home() as home:
        yield home


@pytest.fixture(scope="session", autouse=True)
def _own_environment(getu_home: Path) -> Iterator[None]:
    """Keep tests, and the programs they start, away from the state and settings of the machine."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [n for n in os.environ if n.startswith("GETU_") and "TEST" not in n]:
            patch.delenv(name)
        patch.delenv("DATABASE_URL", raising=False)
        patch.setenv("GETU_HOME", str(getu_home))
        yield


@pytest.fixture(scope="session", autouse=True)
def _demonstrator() -> Iterator[None]:
    """Let tests call parts of the program without a request, as whoever sits at this machine."""
    with acting(demonstrator()):
        yield


@pytest.fixture(scope="session", autouse=True)
def _nothing_ahead() -> Iterator[None]:
    """Let programs of tests make a page's pictures when they are asked for, not before.

    ``made_ahead`` undoes it. Most tests ask for few of them, and ask a program of their own.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Services, "warm", lambda _: None)
        yield


@pytest.fixture(scope="session", autouse=True)
def _addresses_when_asked() -> Iterator[None]:
    """Let programs compile how an address is written when one is: two fifths of making one.

    A run makes a hundred programs of 130 addresses each, and hardly writes one of them.
    """
    compile_now = Rule._compile_builder

    def later(rule: Rule, append_unknown: bool = True) -> Callable[..., Any]:
        compiled: list[Callable[..., Any]] = []

        def build(*values: Any, **named: Any) -> Any:
            if not compiled:
                compiled.append(compile_now(rule, append_unknown))
            return compiled[0](*values, **named)

        return build

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rule, "_compile_builder", later)
        yield


@pytest.fixture
def made_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let programs make ahead what the first pages need, as they do outside of tests."""
    monkeypatch.setattr(Services, "warm", WARM)


@pytest.fixture(scope="session")
def server(getu_home: Path) -> Iterator[Server]:
    """Return the run's server. Tests use ``database``, a clone of its migrated template."""
    url = os.environ.get("GETU_TEST_DATABASE_URL")
    if url:
        with _database_elsewhere(url) as template:
            yield template
        return
    settings = database_settings(ROOT, {"GETU_HOME": str(getu_home)})
    with running_server(dataclasses.replace(settings, durable=False)) as running:
        admin = administrator(running)
        with alone(admin, TEMPLATE) as connection:
            if not is_there(connection, TEMPLATE):
                migrate(running)
                clone(running, connection, str(make_url(running.owner_url).database), TEMPLATE)
        yield running


@contextmanager
def _database_elsewhere(url: str) -> Iterator[Server]:
    outside = database_settings(ROOT, {"DATABASE_URL": url}).database_url
    assert outside is not None
    name = f"getu_test_{os.getpid()}"
    plain = psycopg_address(outside)
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        connection.execute(f'CREATE DATABASE "{name}"')
        try:
            address = with_database(outside, name)
            template = Server(address, address, embedded=False, key=secrets.token_hex(32))
            migrate(template)
            yield template
        finally:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@pytest.fixture(scope="session")
def new_database(server: Server) -> Iterator[NewDatabase]:
    """Return a function that clones the migrated template; the clones go at the session's end."""
    own = str(make_url(server.owner_url).database)
    template, prefix = (TEMPLATE, f"{own}_{WORKER}_") if server.embedded else (own, f"{own}_")
    with psycopg.connect(administrator(server), autocommit=True) as connection:
        yield NewDatabase(server, connection, own, template, prefix)
        # The embedded server goes with its folder; each DROP would wait for a checkpoint.
        if not server.embedded:
            found = "SELECT datname FROM pg_database WHERE starts_with(datname, %s)"
            for (name,) in connection.execute(found, [prefix]).fetchall():
                connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@pytest.fixture
def database(new_database: NewDatabase) -> Server:
    """Return a fresh, migrated, empty database for one test."""
    return new_database()


@pytest.fixture(scope="module")
def module_database(new_database: NewDatabase) -> Server:
    """Return a fresh, migrated, empty database for the tests of one file."""
    return new_database()


@pytest.fixture
def program(database: Server) -> Iterator[Engine]:
    """Return the program's engine on this test's database."""
    engine = program_engine(database, pool_size=4)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def module_program(module_database: Server) -> Iterator[Engine]:
    """Return the program's engine on this file's database."""
    engine = program_engine(module_database, pool_size=4)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of real data beside the checkout, or skip."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("needs the real data in ../shared/data, which is not on this machine")
    return folder


@pytest.fixture(scope="session")
def kept_profile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Return a context of Playwright's whose profile lies on disk, or skip without a Chromium.

    What has been fetched once is there compiled: only such a profile keeps compiled scripts, and
    a page costs half as much with them. Chromium without windows does a third less for a page.
    """
    found = filter(None, map(shutil.which, BROWSERS))
    chromium = next(found, None)
    if not chromium:
        pytest.skip("needs Chromium: ./test installs it")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            tmp_path_factory.mktemp("profile"),
            executable_path=chromium,
            args=BROWSER_FLAGS,
            viewport=DESK,
            locale="zh-CN",
        )
        context.set_default_timeout(WITHIN_MS)
        yield context
        context.close()


@pytest.fixture(scope="session")
def browser(kept_profile: Any) -> Any:
    """Return a real Chromium (Playwright's sync API), or skip where none is installed."""
    return kept_profile.browser
