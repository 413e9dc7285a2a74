"""One line of JSON for each request, job and command: what, how long, how it ended, who.

1. Nothing of what was sent or answered is in it: no body, no query, no address with its values,
   no sentence of an error. A request is named after its endpoint, a person by the login.
2. A line is one write to a file that is only appended to, so several processes share it; at
   ``MOST_BYTES`` it becomes ``.1``, and the oldest of ``KEPT`` goes.
3. A disk that is full costs lines, never an answer.
"""

from __future__ import annotations

import fcntl
import json
import os
from contextlib import suppress
from logging import INFO, Handler, LogRecord, getLogger
from pathlib import Path
from typing import Final

from layers.kit import clock

MOST_BYTES: Final = 20 * 2**20
KEPT: Final = 5
logger = getLogger("getu.events")
logger.setLevel(INFO)
logger.propagate = False  # these lines are for a file, not for the terminal


def event(what: str, **fields: str | int | float | None) -> None:
    """Write one line. ``fields``: clause 1 says what they must not hold."""
    told = {"at": clock.now().isoformat(timespec="milliseconds"), "event": what, **fields}
    logger.info("%s", json.dumps({k: v for k, v in told.items() if v is not None}))


def keep_events(path: Path) -> None:
    """Let the lines of this process go to a file, once."""
    if not any(isinstance(h, Journal) and h.path == path for h in logger.handlers):
        for old in [h for h in logger.handlers if isinstance(h, Journal)]:
            logger.removeHandler(old)
        logger.addHandler(Journal(path))


class Journal(Handler):
    """A file of lines that several processes write to."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path

    def emit(self, record: LogRecord) -> None:
        """Append a line (clauses 2 and 3)."""
        line = (record.getMessage() + "\n").encode()
        with suppress(OSError):
            number = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                os.write(number, line)
                is_full = os.fstat(number).st_size > MOST_BYTES
            finally:
                os.close(number)
            if is_full:
                self._begin_anew()

    def _begin_anew(self) -> None:
        number = os.open(self.path.with_name(f".{self.path.name}.lock"), os.O_WRONLY | os.O_CREAT)
        try:
            fcntl.flock(number, fcntl.LOCK_EX)
            if self.path.stat().st_size <= MOST_BYTES:
                return  # another process did it meanwhile
            for age in range(KEPT - 1, 0, -1):
                older = self.path.with_name(f"{self.path.name}.{age}")
                if older.exists():
                    older.rename(self.path.with_name(f"{self.path.name}.{age + 1}"))
            self.path.rename(self.path.with_name(f"{self.path.name}.1"))
        finally:
            os.close(number)
