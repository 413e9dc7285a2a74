"""Where the state of one checkout lives: outside of it, and on a socket path that is short enough.

PostgreSQL refuses to run as root, and its own user cannot enter a folder under a mode-700 parent,
so a cluster inside of the checkout cannot work for everybody (docs/running.md).
"""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from layers.kit.errors import SettingsError

RESERVE_NAME = "reserve"
SOCKET_NAME = ".s.PGSQL.5432"
SOCKET_BYTES_MAX = 100  # the kernel's limit is 108; PostgreSQL reports a breach in its log only


@dataclass(frozen=True, slots=True)
class StatePaths:
    """Folders and files of one checkout's state. None of them needs to exist yet.

    ``database`` belongs to the user that PostgreSQL runs as; the rest to the user of the program.
    """

    root: Path
    socket_folder: Path

    @property
    def database(self) -> Path:
        """Return the folder that PostgreSQL's user owns: the cluster and the server's log."""
        return self.root / "database"

    @property
    def cluster(self) -> Path:
        """Return the data folder of the cluster."""
        return self.database / "cluster"

    @property
    def server_log(self) -> Path:
        """Return the log of PostgreSQL itself."""
        return self.database / "server.log"

    @property
    def reserve(self) -> Path:
        """Return the file that holds room for the moment at which the disk is full."""
        return self.root / RESERVE_NAME

    @property
    def gate(self) -> Path:
        """Return the file locked while somebody starts or stops the server."""
        return self.root / "gate.lock"

    @property
    def users(self) -> Path:
        """Return the file on which every process that uses the server holds a shared lock."""
        return self.root / "users.lock"

    @property
    def log(self) -> Path:
        """Return the log of the program (tracebacks go there, never to the terminal)."""
        return self.root / "getu.log"


def fingerprint(path: Path) -> str:
    """Return ten hexadecimal digits that name a folder (SHA-256 of its resolved path)."""
    return hashlib.sha256(os.fsencode(path.resolve())).hexdigest()[:10]


def fits_socket(folder: Path) -> bool:
    """Tell whether a socket in this folder stays under the length that the kernel takes."""
    return len(os.fsencode(folder / SOCKET_NAME)) < SOCKET_BYTES_MAX


def private_folder(environ: Mapping[str, str], user_id: int) -> Path:
    """Return this user's own mode-700 folder in the system's temporary directory.

    It is created when absent. Raises SettingsError when something of another user's, or something
    that others may write to, stands in its place.
    """
    folder = Path(environ.get("TMPDIR") or tempfile.gettempdir()) / f"getu-{user_id}"
    if not fits_socket(folder / ("0" * 10)):
        folder = Path("/tmp") / f"getu-{user_id}"  # noqa: S108 (verified below)
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        pass
    except OSError as error:
        raise SettingsError(
            "{folder} cannot be created ({error}): set TMPDIR",
            folder=folder,
            error=error.strerror,
        ) from error
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != user_id or found.st_mode & 0o077:
        raise SettingsError(
            "{folder} is not a private folder of this user: remove it, or set XDG_RUNTIME_DIR",
            folder=folder,
        )
    return folder


def _socket_folder(name: str, environ: Mapping[str, str], user_id: int) -> Path:
    if user_id == 0:
        # Root's run directory must let PostgreSQL's user through, which root's own 700 would not.
        return Path("/run/getu") / name
    runtime = environ.get("XDG_RUNTIME_DIR")
    if runtime and fits_socket(Path(runtime) / "getu" / name) and os.access(runtime, os.W_OK):
        return Path(runtime) / "getu" / name
    return private_folder(environ, user_id) / name


def state_paths(project: Path, environ: Mapping[str, str]) -> StatePaths:
    """Return where the state of the checkout ``project`` lives, by its path and the environment.

    1. ``GETU_HOME`` set: that folder, with the socket in it when the path is short enough.
    2. Root: ``/var/lib/getu/<hash>`` and ``/run/getu/<hash>``.
    3. Else ``$XDG_STATE_HOME/getu/<hash>`` (``~/.local/state``) and
       ``$XDG_RUNTIME_DIR/getu/<hash>``, or a verified mode-700 folder of the system's temporary
       directory.

    Raises SettingsError when no private folder can be had.
    """
    user_id = os.geteuid()
    home = environ.get("GETU_HOME")
    if home:
        root = Path(home).expanduser().absolute()
        if fits_socket(root / "socket"):
            return StatePaths(root, root / "socket")
        return StatePaths(root, _socket_folder(fingerprint(root), environ, user_id))
    name = fingerprint(project)
    if user_id == 0:
        root = Path("/var/lib/getu") / name
    else:
        state = environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
        root = Path(state) / "getu" / name
    return StatePaths(root, _socket_folder(name, environ, user_id))
