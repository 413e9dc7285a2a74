"""The attribute table of a shapefile (dBase), read as it is: numbers whole, text in its encoding.

What GDAL loses here: digits of numbers beyond 2^53 beside an empty cell, names whose ``.cpg`` says
nothing (OEM) or something wrong, and all text where one value was cut within a character.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final

import numpy as np
import pandas as pd

from data.importers.reading.faults import Faults
from data.importers.reading.text.encodings import (
    SAMPLE,
    Decoded,
    decoded,
    fits,
    known,
    looked_for,
    nearest,
)

_DRIVERS: Final = {0x4D: "GBK", 0x4F: "BIG5", 0x78: "BIG5", 0x7A: "GBK"}
_TEXT, _NUMBER, _FLAG, _DAY = b"C", b"NF", b"L", b"D"
_EXACT: Final = 15  # digits that a float keeps


@dataclass(frozen=True, slots=True)
class Attributes:
    """``table``: columns as in the file, rows that are not deleted. ``encoding`` of the text."""

    table: pd.DataFrame
    encoding: str
    is_whole: bool


@dataclass(frozen=True, slots=True)
class _Field:
    name: bytes
    kind: bytes
    start: int
    size: int
    decimals: int


def read_attributes(
    data: bytes, said_by_file: str | None, said: str | None, faults: Faults
) -> Attributes | None:
    """Return a dBase table; None where it is built in another way (GDAL reads it then).

    ``said_by_file``: what the ``.cpg`` holds; ``said``: what the user says. Raises ``InputError``
    for an encoding of the user's that does not fit; the fault names the one that does.
    """
    layout = _layout(data)
    if layout is None:
        return None
    fields, rows, first, size = layout
    cells = np.frombuffer(data, np.uint8, rows * size, first).reshape(rows, size)
    kept = cells[cells[:, 0] != ord("*")]
    texts = {f: [v.rstrip(b"\0 ") for v in _column(kept, f)] for f in fields if f.kind in _TEXT}
    every = [f.name for f in fields] + [
        v for column in texts.values() for v in column[:SAMPLE] if not v.isascii()
    ]
    encoding = _encoding(every, said_by_file or _DRIVERS.get(data[29], None), said, faults)
    names = decoded([f.name for f in fields], encoding).values
    table: dict[str, Any] = {}
    for f, name in zip(fields, names, strict=True):
        if f.kind in _TEXT:
            found = decoded(texts[f], encoding)
            _say_lost(found, name, faults)
            values: Any = pd.Series([v.strip() or None for v in found.values], dtype=object)
        else:
            values = _values(_column(kept, f), f)
        own, number = name, 1
        while own in table:
            number += 1
            own = f"{name} ({number})"
        table[own] = values
    whole = all(f.kind in _TEXT + _NUMBER + _FLAG + _DAY for f in fields)
    return Attributes(pd.DataFrame(table, index=range(len(kept))), encoding, whole)


def _layout(data: bytes) -> tuple[list[_Field], int, int, int] | None:
    if len(data) < 33:
        return None
    rows, first, size = struct.unpack_from("<IHH", data, 4)
    fields, start = [], 1
    for at in range(32, min(first, len(data)) - 31, 32):
        if data[at] == 0x0D:
            break
        name = data[at : at + 11].split(b"\0")[0].strip()
        width, decimals = data[at + 16], data[at + 17]
        kind = data[at + 11 : at + 12].upper()
        if kind in _TEXT:
            width += 256 * decimals  # long text, as some programs write it
        fields.append(_Field(name, kind, start, width, decimals))
        start += width
    if not fields or start != size or first < 33:
        return None
    return fields, min(rows, (len(data) - first) // size), first, size


def _column(cells: np.ndarray, f: _Field) -> list[bytes]:
    part = np.ascontiguousarray(cells[:, f.start : f.start + f.size])
    return [bytes(row) for row in part] if f.size else [b""] * len(cells)


def _encoding(values: list[bytes], by_file: str | None, said: str | None, faults: Faults) -> str:
    """Return the encoding: the user's, the file's own where it fits, else what it looks like."""
    seen = looked_for(values)
    if said is not None:
        name = known(said)
        if name is not None and fits(values, name) and not (seen == "UTF-8" != name):
            return name
        if seen is not None:
            faults.add("file_encoding_other", said=said, works=seen)
        else:
            faults.add("file_encoding")
        faults.stop()
    if all(value.isascii() for value in values):
        return "UTF-8"
    own = known(by_file)
    if own is not None and fits(values, own) and (seen is None or seen == own or seen != "UTF-8"):
        if own.startswith(("ISO", "CP125")) and seen is not None:
            own = None  # every byte is a letter there: it fits anything
        elif own == "GBK" and seen == "GB18030":
            own = seen
        if own is not None:
            return own
    if seen is not None:
        if own is not None and own != seen and {own, seen} != {"GBK", "GB18030"}:
            faults.add("encoding_not_as_said", severity="info", said=by_file, found=seen)
        return seen
    best, wrong = nearest(values)
    odd = sum(not value.isascii() for value in values)
    if wrong * 5 > odd:
        if own is not None and own.startswith(("ISO", "CP125")):
            return own
        faults.add("file_encoding")
        faults.stop()
    return best


def _say_lost(found: Decoded, name: str, faults: Faults) -> None:
    faults.rows("text_broken_within", found.lost, field=name, severity="warning")


def _values(cells: list[bytes], f: _Field) -> Any:
    if f.kind in _NUMBER:
        return _numbers([c.strip(b"\0 *") for c in cells], f)
    if f.kind in _FLAG:
        flags = {b"T": True, b"Y": True, b"F": False, b"N": False}
        return pd.Series([flags.get(c.strip().upper()) for c in cells], dtype=object)
    if f.kind in _DAY:
        return pd.Series([_day(c.decode("ascii", "replace").strip()) for c in cells], dtype=object)
    return pd.Series([None] * len(cells), dtype=object)


def _numbers(cells: list[bytes], f: _Field) -> Any:
    """Return whole numbers whole, however long; others as floats unless these would lose digits."""
    texts = [c.decode("ascii", "replace") for c in cells]
    if f.decimals == 0:
        whole = [_whole(text) for text in texts]
        if all(isinstance(n, int) and abs(n) < 2**63 for n in whole):
            return np.array(whole, np.int64)
        return pd.Series(whole, dtype=object)
    if any(len(text.partition(".")[0].lstrip("-")) > _EXACT for text in texts):
        return pd.Series([_plain(text) for text in texts], dtype=object)
    return pd.to_numeric(pd.Series(texts, dtype=object), errors="coerce").to_numpy(np.float64)


def _whole(text: str) -> int | float | None:
    if not text:
        return None
    try:
        return int(text)
    except ValueError:
        try:
            return float(text)
        except ValueError:
            return None


def _plain(text: str) -> str | None:
    try:
        return format(Decimal(text).normalize(), "f") if text else None
    except InvalidOperation:
        return None


def _day(text: str) -> str | None:
    return f"{text[:4]}-{text[4:6]}-{text[6:8]}" if len(text) == 8 and text.isdigit() else None
