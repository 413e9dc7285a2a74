"""Hostile files by the kind of door they knock at. Each is made when it is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from tests.hostile.pictures import HEIGHTS, SCANS
from tests.hostile.places import Canary
from tests.hostile.tables import TABLES
from tests.hostile.towns import TOWNS
from tests.hostile.vectors import VECTORS

ALL: Final = {"vector": VECTORS, "table": TABLES, "heights": HEIGHTS, "scan": SCANS, "town": TOWNS}


def files(canary: Canary) -> Iterator[tuple[str, str, bytes]]:
    """Yield kind, name and content of every hostile file."""
    for kind, makers in ALL.items():
        for name, make in makers.items():
            content = make(canary)
            yield kind, name, content.encode() if isinstance(content, str) else content
