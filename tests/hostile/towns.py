"""Hostile towns of OpenStreetMap, by name."""

from __future__ import annotations

import struct
from typing import Final

from tests.hostile.markup import Maker, laughs, outside
from tests.hostile.packing import zeros


def _blob(raw_size: int, content: bytes) -> bytes:
    def number(value: int) -> bytes:
        out = b""
        while value > 127:
            out, value = out + bytes([value & 127 | 128]), value >> 7
        return out + bytes([value])

    blob = b"\x10" + number(raw_size) + b"\x1a" + number(len(content)) + content
    head = b"\x0a\x09OSMHeader\x18" + number(len(blob))
    return struct.pack(">I", len(head)) + head + blob


TOWNS: Final[dict[str, Maker]] = {
    "bomb.osm.pbf": lambda _: _blob(2**31 - 1, zeros(1 << 28)),
    "size.osm.pbf": lambda _: struct.pack(">I", 2**32 - 1) + b"x" * 100,
    "laughs.osm": lambda _: laughs("x", "osm"),
    "entity.osm": lambda c: outside(c, "osm"),
}
