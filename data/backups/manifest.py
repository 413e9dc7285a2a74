"""What a backup says of itself: where it comes from, and what must be in it, table by table."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Final, TypedDict

from layers.kit.errors import InputError
from layers.kit.json import parsed

FORMAT: Final = 1
DUMP: Final = "database.dump"
MANIFEST: Final = "manifest.json"
STATE: Final = "state/"
"""Before the names of the state folder's own files."""


class TableSum(TypedDict):
    """A table's rows: how many, and a checksum that does not depend on their order."""

    rows: int
    checksum: str


class StoredFile(TypedDict):
    """A file inside of the backup. ``mode``: its permissions where it came from."""

    bytes: int
    sha256: str
    mode: int


class Manifest(TypedDict):
    """All that a restore is judged by. ``made_at``: UTC; ``database_bytes``: on disk, indexes too.

    ``revision``: of the migrations; ``postgresql``: the server's major release; ``postgis``: as
    its extension calls itself, 3.3.2.
    """

    format: int
    program: str
    made_at: str
    revision: str
    postgresql: int
    postgis: str
    database_bytes: int
    tables: dict[str, TableSum]
    files: dict[str, StoredFile]


def written(manifest: Manifest) -> bytes:
    """Return the manifest as its file holds it."""
    return json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True).encode()


def read(content: bytes) -> Manifest:
    """Return the manifest that a file holds. Raises InputError."""
    try:
        found = json.loads(content)
    except ValueError as error:
        raise InputError("the backup's manifest cannot be read: take another backup") from error
    manifest: Manifest = parsed(Manifest, found, MANIFEST)
    if manifest["format"] != FORMAT:
        raise InputError(
            "the backup is of format {format}, which is not known here: update the program",
            format=manifest["format"],
        )
    return manifest


def differing(told: Mapping[str, TableSum], found: Mapping[str, TableSum]) -> Sequence[str]:
    """Return the tables whose rows are not those that were told of, with both counts."""
    wrong = []
    for name in sorted({*told, *found}):
        before, after = told.get(name), found.get(name)
        if before == after:
            continue
        counts = [str(one["rows"]) if one else "-" for one in (before, after)]
        wrong.append(f"{name} ({counts[0]} → {counts[1]})")
    return wrong
