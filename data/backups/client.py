"""Connections and PostgreSQL's own programs, with the rights that a backup needs.

A backup must see every row, whatever row-level security says: on the embedded server it is the
superuser's, on another the owner's login, which then needs BYPASSRLS.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import psycopg
from psycopg.conninfo import make_conninfo
from sqlalchemy.engine import make_url

from data.backups.counting import SETTINGS
from data.embedded.access import SUPERUSER
from data.embedded.programs import server_user
from data.server import Server
from layers.kit.errors import ServerError


@dataclass(frozen=True)
class Login:
    """How a server is entered. ``role``: who owns what is restored, None: the login itself."""

    parameters: Mapping[str, str]
    database: str
    role: str | None
    is_embedded: bool

    def connect(
        self, database: str | None = None, *, autocommit: bool = False
    ) -> psycopg.Connection:
        """Return a connection that sees every row or is refused. Raises ServerError."""
        try:
            connection = psycopg.connect(
                make_conninfo(
                    "", **self.parameters, dbname=database or self.database, connect_timeout=10
                ),
                autocommit=True,
            )
        except psycopg.OperationalError as error:
            raise ServerError(
                "the database cannot be entered for a backup: {said}", said=first_line(error)
            ) from error
        connection.execute(SETTINGS)
        connection.autocommit = autocommit
        return connection

    def environ(self) -> dict[str, str]:
        """Return libpq's variables: a password is in no process's arguments."""
        names = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD"}
        told = {names.get(k, f"PG{k.upper()}"): v for k, v in self.parameters.items()}
        return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8", "TZ": "UTC"} | told

    def start(
        self,
        program: Path,
        *arguments: str,
        stdin: int | None,
        stdout: int | None,
        lent: Sequence[int] = (),
    ) -> subprocess.Popen[bytes]:
        """Start pg_dump or pg_restore; its complaints are read from ``stderr``.

        ``lent``: open files that it finds under their numbers, in ``/dev/fd``.
        """
        other: Mapping[str, object] = {}
        user = server_user() if self.is_embedded else None
        if user is not None:
            other = {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": ()}
        return subprocess.Popen(  # type: ignore[call-overload]
            [program, *arguments], stdin=stdin or subprocess.DEVNULL,
            stdout=stdout or subprocess.DEVNULL, stderr=subprocess.PIPE, env=self.environ(),
            cwd="/", start_new_session=True, pass_fds=lent, **other,
        )  # fmt: skip


def login(server: Server) -> Login:
    """Return how a server is entered by who makes backups of it."""
    url = make_url(server.owner_url)
    parameters = {k: v for k, v in url.query.items() if isinstance(v, str)}
    for name, value in (("host", url.host), ("port", url.port), ("password", url.password)):
        if value is not None:
            parameters[name] = str(value)
    if server.embedded:
        return Login({**parameters, "user": SUPERUSER}, str(url.database), url.username, True)
    if url.username:
        parameters["user"] = url.username
    return Login(parameters, str(url.database), None, False)


def find_client(name: str, major: int) -> Path:
    """Return pg_dump or pg_restore that can talk to a server of this release or an older one.

    Raises ServerError with the package to install.
    """
    folders = sorted(
        (int(f.parent.name), f)
        for f in Path("/usr/lib/postgresql").glob("*/bin")
        if f.parent.name.isdecimal() and (f / name).exists()
    )
    for release, folder in folders:
        if release >= major:
            return folder / name
    on_path = shutil.which(name)
    if on_path:
        answer = subprocess.run([on_path, "--version"], capture_output=True, text=True, check=False)
        words = answer.stdout.split()
        said = words[2].split(".")[0] if len(words) > 2 else ""
        if said.isdecimal() and int(said) >= major:
            return Path(on_path)
    raise ServerError(
        "{name} of PostgreSQL {major} is not installed: install postgresql-client-{major}",
        name=name,
        major=major,
    )


def first_line(error: BaseException | bytes) -> str:
    """Return the line of a complaint that says what is wrong."""
    told = error.decode("utf-8", "replace") if isinstance(error, bytes) else str(error)
    lines = [line.strip() for line in told.splitlines() if line.strip()]
    telling = [line for line in lines if "error:" in line or "ERROR" in line or "FATAL" in line]
    return (telling or lines or ["-"])[0]


def complaints(process: subprocess.Popen[bytes]) -> IO[bytes]:
    """Return the pipe of a program's complaints."""
    assert process.stderr is not None
    return process.stderr
