"""What the files tab asks, what its jobs keep as their results, and what it shows of them.

What a job keeps has text keys and values; what is shown has sentences in the reader's language.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, NotRequired, TypedDict, final

from data.importers.judging.changes import What
from layers.kit.findings import Severity
from layers.kit.json import Feature, Json, JsonObject


class UploadQuestion(TypedDict):
    """What a page asks for of an upload. ``columns``: ours to theirs; ``as_of``: YYYY-MM-DD.

    ``digest``: of the changes that were shown; ``skip``: leave faulty rows out.
    """

    upload: int
    kind: str
    columns: dict[str, str]
    crs: str | None
    layer: str | None
    encoding: str | None
    source: str | None
    digest: str | None
    as_of: str | None
    skip: bool


class Fault(TypedDict):
    """A fault or a warning as a job keeps it."""

    code: str
    severity: Severity
    row: int | None
    field: str | None
    values: JsonObject


class Faults(TypedDict):
    """Faults, errors first, the first 5,000 of them; how many there are of which kind.

    ``bad_rows``: rows with an error; ``of_the_file``: some error is of no row.
    """

    findings: list[Fault]
    errors: int
    warnings: int
    bad_rows: int
    of_the_file: bool


class Example(TypedDict):
    """One row of a file. ``fields``: name → [stored, in the file], of what differs."""

    name: str
    row: int | None
    fields: dict[str, tuple[Json, Json]]


class ChangeCounts(TypedDict):
    """What would change: rows by their fate, and the first of each."""

    counts: dict[What, int]
    examples: dict[What, list[Example]]


class Note(TypedDict):
    """What an import estimated or assumed: a text key and its values."""

    code: str
    values: JsonObject


@final
class FileReport(Faults):
    """What a file holds and would change, or has changed.

    ``counts``: rows by frame. ``made``: text keys and values of what was made beside the rows.
    """

    refused: Literal[False]
    file: str
    sha256: str
    rows_read: int
    rows_written: int
    seconds: float
    counts: dict[str, int]
    notes: list[Note]
    digest: str | None
    changes: ChangeCounts | None
    map: list[Feature]
    made: list[tuple[str, dict[str, int]]]


@final
class FileRefusal(Faults):
    """Why a file cannot be used. ``stale``: the data changed since its changes were shown."""

    refused: Literal[True]
    said: str | None
    stale: bool


@final
class EarlierImport(TypedDict):
    """The file was imported by somebody before."""

    already: Literal[True]


Result = FileReport | FileRefusal | EarlierImport


class ColumnValue(TypedDict):
    """One of our columns: its name, what it is called, whether a row needs it."""

    name: str
    words: str | None
    needed: bool


class LookValue(TypedDict):
    """What a file holds, and our columns to be matched with its own."""

    table: bool
    layers: Sequence[str]
    layer: str | None
    columns: Sequence[str]
    first: Sequence[Sequence[str | None]]
    matched: Mapping[str, str]
    crs: str | None
    rows: int | None
    encoding: str | None
    ours: list[ColumnValue]
    needs_crs: bool


class FaultValue(TypedDict):
    """One fault with its sentence; ``line``: of the worksheet."""

    code: str
    severity: Severity
    row: int | None
    line: Json
    field: str | None
    message: str


class FaultsValue(TypedDict):
    """What a refusal tells beside its sentence."""

    findings: list[FaultValue]


class ExampleValue(TypedDict):
    """One row of a file. ``fields``: what a column is called, the stored value, the file's."""

    name: str
    row: int | None
    fields: list[tuple[str | None, Json, Json]]


class ChangedValue(TypedDict):
    """``ChangeCounts`` in the reader's language."""

    counts: dict[What, int]
    examples: dict[What, list[ExampleValue]]


class RefusedValue(FaultsValue):
    """``FileRefusal`` in the reader's language."""

    refused: Literal[True]
    errors: int
    warnings: int
    bad_rows: int
    of_the_file: bool
    said: str | None
    stale: bool


class FoundValue(FaultsValue):
    """``FileReport`` in the reader's language."""

    refused: Literal[False]
    errors: int
    warnings: int
    bad_rows: int
    of_the_file: bool
    file: str
    sha256: str
    rows_read: int
    rows_written: int
    seconds: float
    counts: list[tuple[str, int]]
    notes: list[str]
    digest: str | None
    changes: ChangedValue | None
    map: list[Feature]
    made: list[str]


ResultValue = FoundValue | RefusedValue | EarlierImport


class JobValue(TypedDict):
    """A job as the page shows it."""

    id: int
    kind: str
    state: str
    progress: float
    stage: str | None
    message: str | None
    result: NotRequired[ResultValue]
