"""Who may enter the private cluster: two users of this machine, by the socket, and nobody else.

PostgreSQL asks the kernel who is at the other end of the socket (``peer``). The user that the
program runs as and the user that PostgreSQL runs as may log in as the roles that the program has;
every other user of the machine, and every other way in, is refused. No password is kept anywhere.
The files are compared at each start: a cluster of an older program, which let in whoever reached
its socket, is closed then.
"""

from __future__ import annotations

import os
import pwd
from pathlib import Path
from typing import Final

from data.embedded.paths import StatePaths
from data.embedded.programs import Programs

SUPERUSER: Final = "getu_bootstrap"  # makes roles and extensions, and takes backups
LOGINS: Final = (SUPERUSER, "getu_owner", "getu_program")
MAP: Final = "getu"
_HEAD: Final = "# Written by getu at each start (data/embedded/access.py); changes are lost.\n"


def close_to_others(paths: StatePaths, programs: Programs) -> bool:
    """Write who may enter; return whether anything was changed, so that a server must read it."""
    users = dict.fromkeys(pwd.getpwuid(uid).pw_name for uid in (programs.user_id, os.geteuid()))
    entries = f"{_HEAD}local all {','.join(LOGINS)} peer map={MAP}\n"
    mapped = _HEAD + "".join(f'{MAP} "{user}" {role}\n' for user in users for role in LOGINS)
    changed = _write(paths.cluster / "pg_hba.conf", entries, programs)
    return _write(paths.cluster / "pg_ident.conf", mapped, programs) or changed


def _write(path: Path, text: str, programs: Programs) -> bool:
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return False
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)
    number = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(number, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    if programs.user:
        os.chown(new, programs.user_id, programs.group_id)
    new.rename(path)
    return True
