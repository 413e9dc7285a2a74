"""What ``getu doctor`` looks at: each check is a function from settings to one line."""

from __future__ import annotations

import fcntl
import importlib.metadata
import os
import re
import shutil
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from dashboard.settings import Settings
from dashboard.setup import vendor
from data.embedded import cluster
from data.embedded.paths import SOCKET_BYTES_MAX, SOCKET_NAME, fits_socket
from data.embedded.programs import find_programs, has_extension, server_user
from data.server import Server, masked, running_server
from layers.kit.errors import GetuError

RUN = "type ./run"
CJK_FONTS = "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One line: what was looked at, whether it is as it should be, what was seen, what to do."""

    subject: str
    is_ok: bool
    seen: str
    remedy: str = ""


Check = Callable[[Settings], Diagnosis]


def python(settings: Settings) -> Diagnosis:  # noqa: ARG001
    """Look at the release of Python."""
    version = ".".join(map(str, sys.version_info[:3]))
    return Diagnosis("Python", sys.version_info >= (3, 11), version, "install Python 3.11 or newer")


def environment(settings: Settings) -> Diagnosis:
    """Look whether this Python is the checkout's own environment."""
    own = Path(sys.prefix).resolve() == (settings.project / ".venv").resolve()
    return Diagnosis("environment", own, sys.prefix, f"{RUN}; then use .venv/bin/getu")


def packages(settings: Settings) -> Diagnosis:
    """Compare the installed packages with the pinned versions."""
    wrong = []
    pins = re.findall(
        r"^([\w.-]+)==(\S+)", (settings.project / "requirements.txt").read_text(), re.MULTILINE
    )
    for name, version in pins:
        try:
            found = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found = "absent"
        if found != version:
            wrong.append(f"{name} {found}, not {version}")
    seen = "; ".join(wrong[:4]) + (" …" if len(wrong) > 4 else "")
    return Diagnosis("packages", not wrong, seen or f"{len(pins)} as pinned", RUN)


def postgresql(settings: Settings) -> Diagnosis:
    """Look for the server's programs and PostGIS (not needed with DATABASE_URL)."""
    if settings.database.database_url:
        return Diagnosis("PostgreSQL", True, "not needed here: DATABASE_URL is set")
    try:
        programs = find_programs(settings.database.paths.cluster)
    except GetuError as error:
        return Diagnosis("PostgreSQL", False, str(error), RUN)
    spatial = has_extension(programs.bin)
    seen = f"{programs.major} in {programs.bin}, PostGIS {'there' if spatial else 'missing'}"
    return Diagnosis("PostgreSQL", spatial, seen, f"install postgresql-{programs.major}-postgis-3")


def state_folder(settings: Settings) -> Diagnosis:
    """Look at the folder of the embedded server: whether it is usable, and how full its disk is."""
    root = settings.database.paths.root
    existing = next(p for p in (root, *root.parents) if p.exists())
    free = shutil.disk_usage(existing).free
    seen = f"{root}, {free // 2**20:,} MB free"
    if not os.access(existing, os.W_OK):
        return Diagnosis("state folder", False, f"{seen}, not writable", "set GETU_HOME")
    database = settings.database.paths.database
    if database.exists():
        found = database.stat()
        if stat.S_IMODE(found.st_mode) & 0o077:
            return Diagnosis("state folder", False, f"{seen}, open to others", RUN)
    if free < cluster.FREE_BYTES_MIN:
        return Diagnosis("state folder", False, seen, "free some space, or set GETU_HOME")
    if not root.exists():
        return Diagnosis("state folder", True, f"{seen}, not made yet")
    return Diagnosis("state folder", True, f"{seen}, {_use(settings)}")


def _use(settings: Settings) -> str:
    """Tell from the locks whether a program of this checkout is using the database now."""
    paths = settings.database.paths
    for path, meaning in ((paths.gate, "being started or stopped"), (paths.users, "in use")):
        try:
            with path.open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return meaning
        except OSError:
            continue
    return "not in use"


def socket(settings: Settings) -> Diagnosis:
    """Look at the length of the socket's path, which the kernel limits."""
    path = settings.database.paths.socket_folder / SOCKET_NAME
    seen = f"{path} ({len(os.fsencode(path))} of {SOCKET_BYTES_MAX - 1} bytes)"
    fits = fits_socket(settings.database.paths.socket_folder)
    return Diagnosis("socket", fits, seen, "set GETU_HOME to a shorter path")


def front_end(settings: Settings) -> Diagnosis:
    """Compare ``assets/vendor`` with the pinned packages."""
    whole = vendor.is_complete(settings.project)
    seen = "libraries as pinned" if whole else "assets/vendor is absent or of other versions"
    return Diagnosis("front end", whole, seen, RUN)


def fonts(settings: Settings) -> Diagnosis:
    """Count the font files that the program serves; the machine needs none of its own."""
    served = len(list((settings.vendor_folder / "fonts").glob("*.woff2")))
    own = "the machine has Noto CJK too" if Path(CJK_FONTS).exists() else "none on the machine"
    return Diagnosis("fonts", served > 0, f"{served} files served, {own}", RUN)


def port(settings: Settings) -> Diagnosis:
    """Look whether the port is free."""
    from dashboard.setup.serve import check_port

    try:
        check_port(settings.host, settings.port)
    except GetuError:
        seen = f"{settings.port} is in use (by this program, if it runs)"
        return Diagnosis("port", False, seen, f"./run --port {settings.port + 1}, or end the other")
    return Diagnosis("port", True, f"{settings.host}:{settings.port} is free")


CHECKS: tuple[Check, ...] = (
    python, environment, packages, postgresql, state_folder, socket, front_end, fonts, port,
)  # fmt: skip


def database(settings: Settings) -> Iterator[Diagnosis]:
    """Reach the database (an embedded one that exists is started for that), and look inside."""
    url = settings.database.database_url
    if not url and not settings.database.paths.cluster.exists():
        yield Diagnosis("database", False, "not made yet", RUN)
        return
    user = "" if url else f" as {server_user() or 'this user'}"
    where = f"DATABASE_URL {masked(url)}" if url else f"embedded{user}"
    with ExitStack() as stack:
        try:
            server = stack.enter_context(running_server(settings.database))
            yield from _inside(server, where)
        except GetuError as error:
            yield Diagnosis("database", False, str(error), "see the message")


def _inside(server: Server, where: str) -> Iterator[Diagnosis]:
    from data.divisions.read_counties import list_counties
    from data.engine import program_engine, transaction
    from data.migrations import current_revision, head_revision

    revision, head = current_revision(server), head_revision()
    yield Diagnosis("database", True, f"answers, {where}")
    yield Diagnosis("migrations", revision == head, f"at {revision}, newest is {head}", RUN)
    if revision is None:
        return
    engine = program_engine(server, pool_size=1)
    try:
        with transaction(engine) as connection:
            loaded = list_counties(connection)
    finally:
        engine.dispose()
    seen = "; ".join(f"{c.code} {c.title}, data of {c.data_as_of or 'no date'}" for c in loaded)
    yield Diagnosis(
        "county", bool(loaded), seen or "none is loaded", "getu demo chishui, or getu import --help"
    )


def diagnose(settings: Settings) -> Iterator[Diagnosis]:
    """Yield every line, in the order in which things are needed."""
    for check in CHECKS:
        yield check(settings)
    yield from database(settings)
