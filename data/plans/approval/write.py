"""The way of a plan to approval: stages, scans of stamped documents, waivers."""

from __future__ import annotations

from psycopg.types.json import Jsonb
from sqlalchemy import Connection, text

from data.plans.rows import ScanValue


def write_stage(
    c: Connection,
    plan_id: int,
    *,
    code: str,
    stage: str,
    by: str,
    comment: str | None,
    document_number: str | None,
    attachment: ScanValue | None,
) -> None:
    """Set a plan's stage and append it to its history."""
    c.execute(
        text(
            """
            INSERT INTO plan_stage (code, plan_id, stage, by, comment, document_number, attachment)
            VALUES (:code, :plan, :stage, :by, :comment, :number, :attachment)
            """
        ),
        {
            "code": code,
            "plan": plan_id,
            "stage": stage,
            "by": by,
            "comment": comment,
            "number": document_number,
            "attachment": None if attachment is None else Jsonb(dict(attachment)),
        },
    )
    c.execute(
        text(
            """
            UPDATE plan SET stage = :stage, changed_at = now(),
                   document_number = coalesce(:number, document_number)
            WHERE id = :plan
            """
        ),
        {"plan": plan_id, "stage": stage, "number": document_number},
    )


def add_attachment(
    c: Connection,
    plan_id: int,
    *,
    code: str,
    name: str,
    media_type: str,
    content: bytes,
    sha256: str,
    by: str,
) -> int:
    """Store a scan with its plan; return its id."""
    return int(
        c.execute(
            text(
                """
                INSERT INTO plan_attachment (code, plan_id, name, media_type, size, sha256,
                                             content, by)
                VALUES (:code, :plan, :name, :type, :size, :sha256, :content, :by) RETURNING id
                """
            ),
            {
                "code": code,
                "plan": plan_id,
                "name": name,
                "type": media_type,
                "size": len(content),
                "sha256": sha256,
                "content": content,
                "by": by,
            },
        ).scalar_one()
    )


def add_waiver(
    c: Connection,
    plan_id: int,
    *,
    grid_id: int,
    code: str,
    finding: str,
    reason: str,
    by: str,
    households: int | None = None,
    pieces: int | None = None,
    apart: str | None = None,
) -> int:
    """Store that a grid may break a rule, why, and who says so; return its id.

    ``households``: how many the grid may hold. ``pieces``: how many pieces it may have, ``apart``:
    those that lie apart (EWKB).
    """
    return int(
        c.execute(
            text(
                """
                INSERT INTO plan_waiver (code, plan_id, grid_id, finding, reason, by, households,
                                         pieces, geom)
                VALUES (:code, :plan, :grid, :finding, :reason, :by, :households, :pieces,
                        CAST(:apart AS geometry))
                RETURNING id
                """
            ),
            {
                "code": code,
                "plan": plan_id,
                "grid": grid_id,
                "finding": finding,
                "reason": reason,
                "by": by,
                "households": households,
                "pieces": pieces,
                "apart": apart,
            },
        ).scalar_one()
    )


def delete_waiver(c: Connection, waiver_id: int) -> int | None:
    """Remove a waiver of a draft; return the draft's id, None where there is no such waiver."""
    found = c.execute(
        text("DELETE FROM plan_waiver WHERE id = :id RETURNING plan_id"), {"id": waiver_id}
    ).scalar()
    return None if found is None else int(found)
