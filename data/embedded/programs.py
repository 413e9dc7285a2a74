"""PostgreSQL's own programs: where they are, and how they are run by an unprivileged user.

``./run`` imports this on the system's bare Python: the standard library only.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from layers.kit.errors import ServerError

MAJOR_MIN = 14


@dataclass(frozen=True)
class Programs:
    """The programs of one PostgreSQL release, and the user they run as (None: the present one)."""

    bin: Path
    major: int
    user: str | None

    @cached_property
    def user_id(self) -> int:
        """Return the numeric id of the user that PostgreSQL runs as."""
        return pwd.getpwnam(self.user).pw_uid if self.user else os.geteuid()

    @cached_property
    def group_id(self) -> int:
        """Return the numeric id of that user's own group."""
        return pwd.getpwnam(self.user).pw_gid if self.user else os.getegid()

    def run(
        self, name: str, *arguments: str | Path, timeout_s: float = 120
    ) -> subprocess.CompletedProcess[str]:
        """Run one of PostgreSQL's programs and return its result, whatever its exit code.

        The working folder is ``/`` since the caller's may be closed to that user, and the session
        is a new one so that Ctrl-C in a terminal does not reach the server before the program.
        """
        command = [str(self.bin / name), *map(str, arguments)]
        return self.command(command, timeout_s=timeout_s)

    def command(
        self, command: list[str], timeout_s: float = 120
    ) -> subprocess.CompletedProcess[str]:
        """Run any command as PostgreSQL's user; see ``run``."""
        environ = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8", "TZ": "UTC"}
        other_user = {"user": self.user, "group": self.group_id, "extra_groups": ()}
        return subprocess.run(  # type: ignore[call-overload]
            command,
            cwd="/",
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=timeout_s,
            start_new_session=True,
            check=False,
            **(other_user if self.user else {}),
        )


def server_user() -> str | None:
    """Return the user for the server: ``postgres`` when the program runs as root, else None."""
    if os.geteuid() != 0:
        return None
    try:
        pwd.getpwnam("postgres")
    except KeyError:
        raise ServerError(
            "PostgreSQL refuses to run as root and there is no user postgres: run ./run, "
            "which installs it or prints the line to paste",
        ) from None
    return "postgres"


def installed_releases() -> dict[int, Path]:
    """Return the folders with PostgreSQL's server programs, by major release."""
    folders = [*Path("/usr/lib/postgresql").glob("*/bin")]
    on_path = shutil.which("initdb")
    if on_path:
        folders.append(Path(on_path).resolve().parent)
    releases: dict[int, Path] = {}
    for folder in folders:
        if not all((folder / name).exists() for name in ("initdb", "pg_ctl", "postgres")):
            continue
        answer = subprocess.run(
            [folder / "postgres", "--version"], capture_output=True, text=True, check=False
        ).stdout.split()
        number = answer[2].split(".")[0] if len(answer) > 2 else ""
        if number.isdigit():
            releases.setdefault(int(number), folder)
    return releases


def has_extension(bin_folder: Path, extension: str = "postgis") -> bool:
    """Tell whether an extension is installed for the release whose programs are in this folder."""
    pg_config = bin_folder / "pg_config"
    shared = Path("/usr/share/postgresql") / bin_folder.parent.name
    if pg_config.exists():
        answer = subprocess.run(
            [pg_config, "--sharedir"], capture_output=True, text=True, check=False
        )
        if answer.returncode == 0:
            shared = Path(answer.stdout.strip())
    return (shared / "extension" / f"{extension}.control").exists()


def find_programs(cluster: Path) -> Programs:
    """Return the programs for a cluster: of its own release, or the newest one for a new cluster.

    Raises ServerError when no usable release is installed.
    """
    releases = {m: f for m, f in installed_releases().items() if m >= MAJOR_MIN}
    if not releases:
        raise ServerError(
            "PostgreSQL {major_min} or newer is not installed: run ./run, which installs it "
            "or prints the line to paste",
            major_min=MAJOR_MIN,
        )
    version_file = cluster / "PG_VERSION"
    if version_file.exists():
        major = int(version_file.read_text().strip())
        if major not in releases:
            raise ServerError(
                "the database in {cluster} was made by PostgreSQL {major}, which is not "
                "installed: install postgresql-{major} and postgresql-{major}-postgis-3",
                cluster=cluster,
                major=major,
            )
        return Programs(releases[major], major, server_user())
    with_postgis = [m for m, folder in releases.items() if has_extension(folder)]
    if not with_postgis:
        newest = max(releases)
        raise ServerError(
            "PostGIS is missing beside PostgreSQL {newest}: install postgresql-{newest}-postgis-3",
            newest=newest,
        )
    newest = max(with_postgis)
    return Programs(releases[newest], newest, server_user())
