"""Files given to the data desk: kept in pieces in the database, for whichever process judges them.

Nothing of them lies on a disk between two steps, and a file that was neither imported nor thrown
away goes by itself after ``KEPT_DAYS``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from sqlalchemy import Connection, insert, text

from data.files import upload_tables
from layers.kit.errors import InputError

MOST_BYTES = 300_000_000
KEPT_DAYS = 3


def check_quota(c: Connection, county: str, made_by: str, size: int, most: int) -> None:
    """Refuse a file of ``size`` bytes beyond ``most`` bytes a person, four times that a county.

    What waits to be imported counts, and what hangs on plans that are not published. Raises
    InputError.
    """
    c.execute(text("SELECT pg_advisory_xact_lock(hashtext('getu upload'), hashtext(:county))"),
              {"county": county})  # fmt: skip
    own, county_s = c.execute(
        text(
            """
            SELECT coalesce(sum(bytes) FILTER (WHERE made_by = :by), 0), coalesce(sum(bytes), 0)
            FROM (
                SELECT made_by, bytes FROM upload WHERE code = :county AND state = 'open'
                UNION ALL
                SELECT a.by, a.size FROM plan_attachment AS a JOIN plan ON plan.id = a.plan_id
                WHERE a.code = :county AND plan.published_at IS NULL
            ) AS kept
            """
        ),
        {"county": county, "by": made_by},
    ).one()
    if own + size > most:
        raise InputError(
            "your files that wait come to over {most} MB: import or discard some first",
            most=most // 1_000_000,
        )
    if county_s + size > 4 * most:
        raise InputError(
            "the county's files that wait come to over {most} MB: import or discard some first",
            most=4 * most // 1_000_000,
        )


def keep_upload(
    c: Connection, county: str, kind: str, file_name: str, parts: Iterable[bytes], made_by: str
) -> int:
    """Store a file as it comes; return its id. Raises InputError for an empty or too large one."""
    c.execute(
        text("DELETE FROM upload WHERE created_at < now() - make_interval(days => :days)"),
        {"days": KEPT_DAYS},
    )
    upload = upload_tables.upload
    own = int(
        c.execute(
            insert(upload)
            .values(
                code=county,
                kind=kind,
                file_name=file_name,
                bytes=1,
                sha256="",
                state="open",
                made_by=made_by,
            )
            .returning(upload.c.id)
        ).scalar_one()
    )
    size, digest = 0, hashlib.sha256()
    for number, part in enumerate(parts):
        size += len(part)
        if size > MOST_BYTES:
            raise InputError(
                "{file_name} is over {most_bytes} MB: split it",
                file_name=file_name,
                most_bytes=MOST_BYTES // 1000000,
            )
        digest.update(part)
        c.execute(
            insert(upload_tables.upload_part).values(
                upload_id=own, number=number, code=county, content=part
            )
        )
    if size == 0:
        raise InputError("{file_name} is empty: export it again", file_name=file_name)
    c.execute(
        upload.update().where(upload.c.id == own).values(bytes=size, sha256=digest.hexdigest())
    )
    return own


def lock_upload(c: Connection, upload_id: int) -> str | None:
    """Hold an upload until the transaction ends; return its state, None when it is gone."""
    found = c.execute(
        text("SELECT state FROM upload WHERE id = :id FOR UPDATE"), {"id": upload_id}
    ).scalar()
    return None if found is None else str(found)


def finish_upload(c: Connection, upload_id: int) -> None:
    """Say that an upload was imported, and let its content go."""
    c.execute(text("UPDATE upload SET state = 'imported' WHERE id = :id"), {"id": upload_id})
    c.execute(text("DELETE FROM upload_part WHERE upload_id = :id"), {"id": upload_id})


def discard_upload(c: Connection, upload_id: int) -> None:
    """Throw a file away that was not imported."""
    c.execute(text("DELETE FROM upload WHERE id = :id AND state = 'open'"), {"id": upload_id})
