"""Files that jobs made: kept for a day, and no more of them than there is room for."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, text

from layers.kit.errors import InputError, NotFoundError

KEPT_HOURS = 24
MOST_BYTES = 256 * 2**20
"""Of all files together: those made first go first."""


@dataclass(frozen=True, slots=True)
class JobFile:
    """A file: its name, media type, content."""

    name: str
    media_type: str
    content: bytes


def keep_file(c: Connection, county: str, job_id: int, made: JobFile) -> None:
    """Keep the file of a job; old ones, and those for which there is no room, go.

    Two workers may hold the same job, when one was taken for dead: who comes second keeps his.
    Raises InputError for a file that is larger than everything may be.
    """
    size = len(made.content)
    if size > MOST_BYTES:
        raise InputError(
            "the file is over {most_bytes} MB: ask for one community",
            most_bytes=MOST_BYTES // 2**20,
        )
    c.execute(
        text(
            """
            DELETE FROM job_file WHERE made_at < now() - make_interval(hours => :hours)
             OR job_id = :id OR job_id IN (
                SELECT job_id FROM (
                    SELECT job_id, sum(bytes) OVER (ORDER BY job_id DESC) AS so_far FROM job_file
                ) f WHERE so_far > :room)
            """
        ),
        {"hours": KEPT_HOURS, "id": job_id, "room": MOST_BYTES - size},
    )
    c.execute(
        text(
            """
            INSERT INTO job_file (job_id, code, name, media_type, bytes, content)
            VALUES (:id, :county, :name, :media, :bytes, :content)
            ON CONFLICT (job_id) DO UPDATE SET name = excluded.name, bytes = excluded.bytes,
                media_type = excluded.media_type, content = excluded.content, made_at = now()
            """
        ),
        {
            "id": job_id,
            "county": county,
            "name": made.name,
            "media": made.media_type,
            "bytes": size,
            "content": made.content,
        },
    )


def job_file(c: Connection, job_id: int) -> JobFile:
    """Return the file of a job that is done. Raises NotFoundError."""
    row = c.execute(
        text(
            """
            SELECT f.name, f.media_type, f.content FROM job_file f
            JOIN job j ON j.id = f.job_id AND j.state = 'done' WHERE f.job_id = :id
            """
        ),
        {"id": job_id},
    ).first()
    if row is None:
        raise NotFoundError("the file is not here any more: ask for it again")
    return JobFile(row.name, row.media_type, bytes(row.content))
