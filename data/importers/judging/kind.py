"""What every kind of import gets and gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import Connection

from data.importers.judging.changes import Changes
from data.importers.judging.county_state import CountyState
from data.importers.reading.columns import Column, names_of, read_columns, unused_columns
from data.importers.reading.faults import Faults
from data.importers.reading.notes import Note
from data.importers.reading.shapes.vector_file import ReadOptions, VectorFile

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """What the user says beside the file. ``as_of``: the date that the data stand for.

    ``skip_faulty_rows``: leave rows with errors out instead of refusing the file. ``replace``:
    remove the county first (``osm`` only). ``source``: who gave the data; external ids are
    unique within it. ``expected``: digest of the changes that the user was shown; other changes
    are refused.
    """

    crs: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    layer: str | None = None
    encoding: str | None = None
    as_of: date | None = None
    name: str | None = None
    name_en: str | None = None
    source: str = "import"
    skip_faulty_rows: bool = False
    replace: bool = False
    dry_run: bool = False
    made_by: str = "command line"
    expected: str | None = None

    def reading(self, columns: Sequence[Column]) -> ReadOptions:
        """Return the part that concerns the file, and the columns that it is looked through for."""
        names = names_of(columns)
        return ReadOptions(self.crs, self.columns, self.layer, self.encoding, names)


@dataclass(frozen=True, slots=True)
class ImportScript:
    """A file that was read and found fit: ``write`` stores it in the caller's transaction and
    returns how many rows. ``counts``: what would be written, by frame. ``changes``: the fate of
    each row, None for kinds that replace as a whole. ``shapes``: what would come, in EPSG:4490,
    for the map of kinds without ``changes``."""

    rows_read: int
    counts: Mapping[str, int]
    notes: tuple[Note, ...]
    write: Callable[[Connection], int]
    changes: Changes | None = None
    shapes: Sequence[Any] = ()


@dataclass(frozen=True, slots=True)
class Context:
    """What a reader works with. ``day``: the date that the data stand for."""

    path: Path
    state: CountyState
    options: ImportOptions
    day: date
    faults: Faults
    progress: Progress
    connection: Connection


def kept_rows(faults: Faults, count: int) -> np.ndarray:
    """Return the positions of the rows without errors."""
    bad = faults.bad_rows
    return np.array([i for i in range(count) if i + 1 not in bad], dtype=np.int64)


def take(values: Mapping[str, Sequence[Any]], rows: np.ndarray) -> dict[str, list[Any]]:
    """Return columns at the positions given."""
    return {name: [column[i] for i in rows] for name, column in values.items()}


def read_values(
    file: VectorFile, columns: Sequence[Column], context: Context, notes: list[Note]
) -> dict[str, list[Any]]:
    """Read our columns of a file, and note which of theirs are not taken over."""
    mapping = context.options.columns
    values = read_columns(file, columns, mapping, context.faults)
    unused = unused_columns(file, columns, mapping)
    if unused:
        notes.append(Note("note.columns_unused", {"columns": ", ".join(unused[:30])}))
    if file.source.shift:
        notes.append(Note("note.shift_undone", {"crs": file.source.name}))
    return values


def check_unique(values: Sequence[Any], field_name: str, faults: Faults) -> None:
    """Add a fault for each repetition of a value that has to be unique; None may repeat."""
    first: dict[Any, int] = {}
    for row, value in enumerate(values, start=1):
        if value is None:
            continue
        if value in first:
            other = first[value]
            faults.add("value_repeated", row=row, field=field_name, found=str(value), other=other)
        else:
            first[value] = row


def change_notes(changes: Changes) -> list[Note]:
    """Return the sentence that says what would be new, changed, unchanged and gone."""
    counts = changes.counts
    notes = [Note("note.changes", {w: counts[w] for w in ("new", "changed", "unchanged")})]
    if counts["gone"]:
        notes.append(Note("note.gone", {"rows": counts["gone"]}))
    return notes


def skipped_note(faults: Faults, skip: bool) -> list[Note]:
    """Return the sentence that says how many rows were left out, if any."""
    if not skip or not faults.bad_rows:
        return []
    return [Note("note.rows_left_out", {"rows": len(faults.bad_rows)})]
