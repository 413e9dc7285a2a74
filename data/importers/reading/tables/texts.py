"""Tables written as text: separated by commas, semicolons, tabs or bars, in any usual encoding."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter

from data.importers.reading.faults import Faults
from data.importers.reading.text.encodings import known, looked_for, nearest
from layers.kit.tables.worksheets import Cell

SEPARATORS = ",\t;|"
_HEAD = 200_000
_QUOTED = re.compile(r'"(?:[^"]|"")*"')
_FIRST = 30  # lines that tell what stands between the cells


def decoded_text(data: bytes, said: str | None, faults: Faults) -> tuple[str, str]:
    """Return a file's text and its encoding.

    ``said``: what the user says. Where that does not fit, and where nothing does, the file is
    refused; the fault names the encoding that fits.
    """
    lines = data.split(b"\n")
    wide = _wide(data)
    if wide is not None:
        encoding: str | None = wide
    else:
        encoding = looked_for(lines)
    if said is not None:
        name = known(said)
        if name is None or not _reads(data, name):
            if encoding is not None:
                faults.add("file_encoding_other", said=said, works=encoding)
            else:
                faults.add("file_encoding")
            faults.stop()
            raise ValueError("a fault stops")
        encoding = name
    if encoding is None:
        best, wrong = nearest(lines)
        if wrong * 50 > len(lines):
            faults.add("table_encoding")
            faults.stop()
        encoding = best
        faults.add("text_lost", severity="warning", rows=wrong, encoding=best)
    text = data.decode(encoding, "replace")
    text = text.removeprefix("\ufeff")
    if "\0" in text:
        faults.add("table_encoding")
        faults.stop()
    return text, encoding


def _wide(data: bytes) -> str | None:
    """Return which UTF-16 a text is in: by its mark, or by the zeros of its ASCII letters."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "UTF-16"
    head = data[:4096]
    half = len(head) // 2
    if half < 2 or b"\0" not in head:
        return None
    odd, even = head[1::2].count(0), head[::2].count(0)
    if odd > 0.2 * half and even < 0.02 * half + 1:
        return "UTF-16LE"
    return "UTF-16BE" if even > 0.2 * half and odd < 0.02 * half + 1 else None


def _reads(data: bytes, encoding: str) -> bool:
    try:
        return "\0" not in data.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        return False


def separator(text: str) -> str:
    """Return what stands between cells: the mark of which most lines hold equally many.

    What is quoted is one cell, whatever it holds: lines of a history, sentences with commas.
    """
    bare = _QUOTED.sub("q", text[:_HEAD])
    lines = [line for line in bare.splitlines()[:_FIRST] if line.strip()]

    def evenly(mark: str) -> tuple[int, int]:
        counts = Counter(n for line in lines if (n := line.count(mark)))
        count, many = max(counts.items(), key=lambda item: (item[1], item[0]), default=(0, 0))
        return (many, count)

    return max(SEPARATORS, key=evenly)


def read_rows(
    text: str, faults: Faults, *, most_rows: int, most_columns: int, most_cells: int
) -> list[tuple[Cell, ...]]:
    """Return the rows of a text. Raises ``InputError`` beyond the bounds."""
    csv.field_size_limit(10_000_000)
    rows: list[tuple[Cell, ...]] = []
    cells = 0
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator(text)):
            cells += len(row)
            if len(row) > most_columns:
                faults.add("table_too_wide", columns=len(row), most=most_columns)
                faults.stop()
            if len(rows) >= most_rows or cells > most_cells:
                faults.add("table_too_long", rows=len(rows), most=most_rows)
                faults.stop()
            rows.append(tuple(row))
    except csv.Error:
        faults.add("table_broken", row=len(rows) + 1)
        faults.stop()
    return rows
