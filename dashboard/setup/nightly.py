"""Backups by themselves: gunicorn's master looks what is due, and lets another process do it.

The master serves no page, so nobody who reaches one reaches what makes backups; and a program has
one master, whatever the number of its workers. Of several programs with one folder, the command
lets the first one work (``getu backup --due``).
"""

from __future__ import annotations

import subprocess
import sys
import time
from logging import getLogger
from pathlib import Path
from typing import Final

from data.backups.keeping import BackupSettings, due, read_status
from layers.kit import clock

logger = getLogger(__name__)
EVERY_S: Final = 20.0
PROGRAM: Final = "import sys; from dashboard.commands import main; sys.exit(main())"


class Nightly:
    """What one program does by itself about backups."""

    def __init__(self, settings: BackupSettings, project: Path) -> None:
        self._settings, self._project = settings, project
        self._child: subprocess.Popen[bytes] | None = None
        self._next = time.monotonic() + EVERY_S / 2  # after the pages, which people wait for

    def tick(self) -> None:
        """Look, every ``EVERY_S``, and begin what is due; return at once."""
        if not self._settings.is_scheduled or time.monotonic() < self._next:
            return
        self._next = time.monotonic() + EVERY_S
        if self._child is not None and self._child.poll() is None:
            return
        now = clock.now()
        self._child = None
        if due(self._settings, read_status(self._settings.folder), now) is None:
            return
        try:
            self._child = subprocess.Popen(
                [sys.executable, "-c", PROGRAM, "backup", "--due"], cwd=self._project,
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            )  # fmt: skip
        except OSError:
            logger.exception("no backup could be begun")
