"""Files given to the data desk."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, text

from data.rows.reading import row_of, rows_of
from layers.kit.errors import NotFoundError

MOST_NAME = 200  # bytes; file systems take 255


@dataclass(frozen=True, slots=True)
class UploadRow:
    """A file that was given, without its content. ``code``: of its county."""

    id: int
    code: str
    kind: str
    file_name: str
    bytes: int
    sha256: str
    state: str
    made_by: str


_HEAD = "SELECT id, code, kind, file_name, bytes, sha256, state, made_by FROM upload "


def upload(c: Connection, upload_id: int) -> UploadRow:
    """Return an upload. Raises NotFoundError for one that was thrown away."""
    row = row_of(UploadRow, c, _HEAD + "WHERE id = :id", id=upload_id)
    if row is None:
        raise NotFoundError("the file is not here any more: choose it again")
    return row


def file_name(given: str) -> str:
    """Return a name under which a file may lie in a folder, with its ending.

    Only the last part of what was given, so that no file leaves the folder; no longer than file
    systems take (bytes, not letters).
    """
    name = Path(given).name
    if name in ("", ".", ".."):
        return "file"
    suffix = Path(name).suffix.encode()[-20:]
    stem = name.encode()[: len(name.encode()) - len(suffix)]
    return (stem[: MOST_NAME - len(suffix)] + suffix).decode("utf-8", "ignore") or "file"


def write_upload(c: Connection, upload_id: int, folder: Path) -> Path:
    """Write an upload's content into a folder under its own name; return its path."""
    about = upload(c, upload_id)
    path = folder / file_name(about.file_name)
    numbers = c.execute(
        text("SELECT number FROM upload_part WHERE upload_id = :id ORDER BY number"),
        {"id": upload_id},
    ).scalars()
    with path.open("wb") as file:
        for number in list(numbers):
            part = c.execute(
                text("SELECT content FROM upload_part WHERE upload_id = :id AND number = :n"),
                {"id": upload_id, "n": number},
            ).scalar_one()
            file.write(part)
    if path.stat().st_size != about.bytes:
        raise NotFoundError("the file was imported already, or thrown away: choose it again")
    return path


def open_uploads(c: Connection, county: str) -> list[UploadRow]:
    """Return files that were given and neither imported nor thrown away, the newest first."""
    where = "WHERE code = :county AND state = 'open' ORDER BY id DESC LIMIT 20"
    return rows_of(UploadRow, c, _HEAD + where, county=county)
