"""Files and changes are refused while the disk is nearly full; reading goes on."""

from __future__ import annotations

import time
from typing import Final

from flask import Response, request

from dashboard.access.rights import Right
from dashboard.settings import Settings
from dashboard.web.bodies import refused
from data.embedded.reserve import room
from layers.kit.errors import Message

LOOKED_S: Final = 0.5
READS: Final = ("read", "enter", "open")
TAKES_LESS: Final = ("GET", "HEAD", "OPTIONS", "DELETE")
NO_FILES = Message("the disk is nearly full: no files are taken until there is room again")
NO_CHANGES = Message(
    "the disk is nearly full: nothing is saved until there is room; reading goes on"
)


class FreeSpace:
    """What is free where files of others and the embedded database lie.

    Of a server by ``DATABASE_URL`` only its own machine knows how full it is; it says so itself.
    """

    def __init__(self, settings: Settings) -> None:
        self._root = settings.embedded_root
        self._least = settings.free_mb * 1_000_000
        self._at, self._free = -LOOKED_S, 0

    def free(self) -> int:
        """Return the bytes that are free on the fuller disk, as of half a second ago."""
        now = time.monotonic()
        if now - self._at >= LOOKED_S:
            self._free = room(self._root)
            self._at = now
        return self._free

    def refusal(self, right: Right | None) -> Response | None:
        """Return the refusal of the present request, which needs ``right``; None when it may go on.

        A file needs room for itself and for what it becomes: four times what a change needs.
        """
        if request.method in TAKES_LESS:
            return None
        brings_file = request.mimetype.startswith("multipart/") or request.endpoint == "files.give"
        if brings_file and self.free() < self._least:
            return refused(503, NO_FILES)
        if right not in READS and self.free() < self._least // 4:
            return refused(503, NO_CHANGES)
        return None
