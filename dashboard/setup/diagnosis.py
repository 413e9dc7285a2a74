"""What ``getu doctor`` looks at: each check is a function from settings to one line."""

from __future__ import annotations

import fcntl
import importlib.metadata
import json
import os
import re
import shutil
import ssl
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.request import urlopen

from dashboard.settings import Settings
from dashboard.setup import vendor
from dashboard.text import Language, text
from dashboard.text.refusals import full, told
from data.backups.keeping import read_status, trouble
from data.embedded import cluster, reserve
from data.embedded.paths import SOCKET_BYTES_MAX, SOCKET_NAME, fits_socket
from data.embedded.programs import find_programs, has_extension, server_user
from data.importers.reading.child import walls
from data.server import Server, masked, running_server
from layers.kit import clock
from layers.kit.errors import GetuError

CJK_FONTS = "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"
COMMA = {"zh": "，", "en": ", "}
WALLS = {  # what it means that one is missing, and what to do
    "files": ("doctor.walls.files", "doctor.walls.files.mend"),
    "network": ("doctor.walls.network", "doctor.walls.network.mend"),
}
BETWEEN = {"zh": "；", "en": "; "}


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One line: what was looked at, whether it is as it should be, what was seen, what to do."""

    subject: str
    is_ok: bool
    seen: str
    remedy: str = ""


Check = Callable[[Settings, Language], Diagnosis]


def python(settings: Settings, lang: Language) -> Diagnosis:  # noqa: ARG001
    """Look at the release of Python."""
    version = ".".join(map(str, sys.version_info[:3]))
    remedy = text("doctor.python.mend", lang)
    return Diagnosis(text("doctor.python", lang), sys.version_info >= (3, 11), version, remedy)


def environment(settings: Settings, lang: Language) -> Diagnosis:
    """Look whether this Python is the checkout's own environment."""
    own = Path(sys.prefix).resolve() == (settings.project / ".venv").resolve()
    remedy = text("doctor.environment.mend", lang)
    return Diagnosis(text("doctor.environment", lang), own, sys.prefix, remedy)


def packages(settings: Settings, lang: Language) -> Diagnosis:
    """Compare the installed packages with the pinned versions."""
    wrong = []
    pins = re.findall(
        r"^([\w.-]+)==(\S+)", (settings.project / "requirements.txt").read_text(), re.MULTILINE
    )
    for name, version in pins:
        values = {"name": name, "version": version}
        try:
            found = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            wrong.append(text("doctor.packages.absent", lang, values))
            continue
        if found != version:
            wrong.append(text("doctor.packages.other", lang, values | {"found": found}))
    seen = BETWEEN[lang].join(wrong[:4]) + (" …" if len(wrong) > 4 else "")
    whole = text("doctor.packages.ok", lang, {"count": len(pins)})
    return Diagnosis(
        text("doctor.packages", lang), not wrong, seen or whole, text("doctor.run", lang)
    )


def postgresql(settings: Settings, lang: Language) -> Diagnosis:
    """Look for the server's programs and PostGIS (not needed with DATABASE_URL)."""
    subject = text("doctor.postgresql", lang)
    if settings.database.database_url:
        return Diagnosis(subject, True, text("doctor.postgresql.not_needed", lang))
    try:
        programs = find_programs(settings.database.paths.cluster)
    except GetuError as error:
        return Diagnosis(subject, False, full(error, lang), text("doctor.run", lang))
    spatial = has_extension(programs.bin)
    values = {"major": str(programs.major), "folder": str(programs.bin)}
    seen = text("doctor.postgresql.with" if spatial else "doctor.postgresql.without", lang, values)
    return Diagnosis(subject, spatial, seen, text("doctor.postgresql.mend", lang, values))


def state_folder(settings: Settings, lang: Language) -> Diagnosis:
    """Look at the folder of the embedded server: whether it is usable, and how full its disk is."""
    root = settings.database.paths.root
    existing = next(p for p in (root, *root.parents) if p.exists())
    free = shutil.disk_usage(existing).free
    subject = text("doctor.state_folder", lang)
    where = text("doctor.state_folder.free", lang, {"folder": str(root), "free": free // 2**20})

    def seen(state: str) -> str:
        return f"{where}{COMMA[lang]}{text(state, lang)}"

    if not os.access(existing, os.W_OK):
        return Diagnosis(
            subject,
            False,
            seen("doctor.state_folder.closed"),
            text("doctor.state_folder.set", lang),
        )
    database = settings.database.paths.database
    if database.exists():
        found = database.stat()
        if stat.S_IMODE(found.st_mode) & 0o077:
            return Diagnosis(
                subject, False, seen("doctor.state_folder.open"), text("doctor.run", lang)
            )
    if free < cluster.FREE_BYTES_MIN:
        return Diagnosis(subject, False, where, text("doctor.state_folder.full", lang))
    if not root.exists():
        return Diagnosis(subject, True, seen("doctor.state_folder.not_made"))
    return Diagnosis(subject, True, seen(_use(settings)))


def _use(settings: Settings) -> str:
    """Tell from the locks whether a program of this checkout is using the database now."""
    paths = settings.database.paths
    for path, state in (
        (paths.gate, "doctor.state_folder.changing"),
        (paths.users, "doctor.state_folder.used"),
    ):
        try:
            with path.open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return state
        except OSError:
            continue
    return "doctor.state_folder.unused"


def socket(settings: Settings, lang: Language) -> Diagnosis:
    """Look at the length of the socket's path, which the kernel limits."""
    path = settings.database.paths.socket_folder / SOCKET_NAME
    values = {"path": str(path), "bytes": len(os.fsencode(path)), "most": SOCKET_BYTES_MAX - 1}
    seen = text("doctor.socket.length", lang, values)
    fits = fits_socket(settings.database.paths.socket_folder)
    return Diagnosis(text("doctor.socket", lang), fits, seen, text("doctor.socket.mend", lang))


def front_end(settings: Settings, lang: Language) -> Diagnosis:
    """Compare ``assets/vendor`` with the pinned packages."""
    whole = vendor.is_complete(settings.project)
    seen = text("doctor.front_end.ok" if whole else "doctor.front_end.missing", lang)
    return Diagnosis(text("doctor.front_end", lang), whole, seen, text("doctor.run", lang))


def fonts(settings: Settings, lang: Language) -> Diagnosis:
    """Count the font files that the program serves; the machine needs none of its own."""
    served = len(list((settings.vendor_folder / "fonts").glob("*.woff2")))
    key = "doctor.fonts.beside" if Path(CJK_FONTS).exists() else "doctor.fonts.alone"
    seen = text(key, lang, {"count": served})
    return Diagnosis(text("doctor.fonts", lang), served > 0, seen, text("doctor.run", lang))


def _is_ours(settings: Settings) -> bool:
    """Tell whether this program answers there: by what it says of its health."""
    context = ssl.create_default_context()
    # It is asked what it is, and told nothing: a certificate of the county's own will do.
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        with urlopen(f"{settings.address}/health", timeout=3, context=context) as answer:  # noqa: S310
            said = json.loads(answer.read(10_000))
    except (OSError, ValueError):
        return False
    return isinstance(said, dict) and said.keys() == {"status", "counties"}


def port(settings: Settings, lang: Language) -> Diagnosis:
    """Look whether the port is free, or taken by this program, which runs."""
    from dashboard.setup.serve import check_port

    subject = text("doctor.port", lang)
    values = {"host": settings.host, "port": str(settings.port), "other": str(settings.port + 1)}
    try:
        check_port(settings.host, settings.port)
    except GetuError:
        if _is_ours(settings):
            return Diagnosis(subject, True, text("doctor.port.ours", lang, values))
        seen = text("doctor.port.used", lang, values)
        return Diagnosis(subject, False, seen, text("doctor.port.mend", lang, values))
    return Diagnosis(subject, True, text("doctor.port.free", lang, values))


def file_walls(settings: Settings, lang: Language) -> Diagnosis:  # noqa: ARG001
    """Look which walls around readers of somebody's file this kernel cannot build."""
    subject = text("doctor.walls", lang)
    missing = walls.missing()
    if not missing:
        return Diagnosis(subject, True, text("doctor.walls.ok", lang))
    seen = BETWEEN[lang].join(text(WALLS[wall][0], lang) for wall in missing)
    remedy = BETWEEN[lang].join(text(WALLS[wall][1], lang) for wall in missing)
    return Diagnosis(subject, False, seen, remedy)


def room(settings: Settings, lang: Language) -> Diagnosis:
    """Tell what files of others may weigh, and whether there is room for them."""
    free = reserve.room(settings.embedded_root) // 1_000_000
    values = {
        "person": settings.uploads_mb,
        "county": settings.uploads_mb * 4,
        "least": settings.free_mb,
        "quarter": settings.free_mb // 4,
        "free": free,
    }
    seen = text("doctor.room.bounds", lang, values)
    is_enough = free >= settings.free_mb
    return Diagnosis(text("doctor.room", lang), is_enough, seen, text("doctor.room.mend", lang))


def _at(written: str | None, never: str) -> str:
    return clock.minute(datetime.fromisoformat(written)) if written else never


def backups(settings: Settings, lang: Language) -> Diagnosis:
    """Look when the last backup was made and the last one was tried out."""
    subject, where = text("doctor.backups", lang), settings.backups
    status = read_status(where.folder)
    never = text("backup.never", lang)
    values = {"at": _at(status.backed_up_at, never), "drill": _at(status.drilled_at, never)}
    seen = text("doctor.backups.last", lang, values)
    found = trouble(where, status, clock.now())
    if found is None:
        unset = "" if where.is_scheduled else COMMA[lang] + text("doctor.backups.unset", lang)
        return Diagnosis(subject, True, seen + unset)
    why = status.failed if found == "failed" else status.drill_failed
    said = {"at": _at(status.backed_up_at, never), "why": told(why, lang) or ""}
    remedy = text("doctor.backups.mend", lang)
    return Diagnosis(subject, False, text(f"backup.trouble.{found}", lang, said), remedy)


CHECKS: tuple[Check, ...] = (
    python, environment, packages, postgresql, state_folder, socket, front_end, fonts, port,
    file_walls, room, backups,
)  # fmt: skip


def database(settings: Settings, lang: Language = "en") -> Iterator[Diagnosis]:
    """Reach the database (an embedded one that exists is started for that), and look inside."""
    subject = text("doctor.database", lang)
    url = settings.database.database_url
    if not url and not settings.database.paths.cluster.exists():
        seen = text("doctor.database.not_made", lang)
        yield Diagnosis(subject, False, seen, text("doctor.run", lang))
        return
    if url:
        where = text("doctor.database.url", lang, {"url": masked(url)})
    else:
        user = server_user() or text("doctor.database.this_user", lang)
        where = text("doctor.database.embedded", lang, {"user": user})
    with ExitStack() as stack:
        try:
            server = stack.enter_context(running_server(settings.database))
            yield from _inside(server, where, lang)
        except GetuError as error:
            remedy = text("doctor.database.mend", lang)
            yield Diagnosis(subject, False, full(error, lang), remedy)


def _inside(server: Server, where: str, lang: Language = "en") -> Iterator[Diagnosis]:
    from data.divisions.read_counties import list_counties
    from data.engine import program_engine, session
    from data.migrations import current_revision, head_revision
    from layers.kit.principal import system

    revision, head = current_revision(server), head_revision()
    yield Diagnosis(text("doctor.database", lang), True, where)
    at = {"revision": revision or text("doctor.migrations.none", lang), "head": head}
    yield Diagnosis(
        text("doctor.migrations", lang),
        revision == head,
        text("doctor.migrations.at", lang, at),
        text("doctor.run", lang),
    )
    if revision is None:
        return
    engine = program_engine(server, pool_size=1)
    try:
        with session(engine, system()) as connection:
            loaded = list_counties(connection)
    finally:
        engine.dispose()
    seen = BETWEEN[lang].join(
        text(
            "doctor.county.one",
            lang,
            {
                "code": c.code,
                "title": c.title_en if lang == "en" else c.title,
                "date": str(c.data_as_of or text("doctor.county.no_date", lang)),
            },
        )
        for c in loaded
    )
    none = text("doctor.county.none", lang)
    yield Diagnosis(
        text("doctor.county", lang), bool(loaded), seen or none, text("doctor.county.mend", lang)
    )


def diagnose(settings: Settings, lang: Language = "en") -> Iterator[Diagnosis]:
    """Yield every line, in the order in which things are needed."""
    for check in CHECKS:
        yield check(settings, lang)
    yield from database(settings, lang)
