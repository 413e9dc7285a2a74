"""The way of a plan to approval: its history, its waivers, scans of stamped documents."""

from __future__ import annotations

from sqlalchemy import Connection, text

from data.plans.rows import Attachment, StageRow, Waiver
from data.rows.reading import row_of, rows_of
from layers.kit.errors import NotFoundError


def history(c: Connection, plan_id: int) -> list[StageRow]:
    """Return a plan's stages in order, with who, when and the scan."""
    return rows_of(
        StageRow,
        c,
        """
        SELECT stage, at, by, comment, document_number, attachment
        FROM plan_stage WHERE plan_id = :plan ORDER BY id
        """,
        plan=plan_id,
    )


def waivers(c: Connection, plan_id: int) -> list[Waiver]:
    """Return a plan's waivers: which grid may break which rule, why, and who says so."""
    return rows_of(
        Waiver,
        c,
        """
        SELECT w.id, w.grid_id, w.code, w.finding, w.reason, w.by, w.at, w.pieces, w.households,
               ST_AsBinary(w.geom) AS apart
        FROM plan_waiver w WHERE w.plan_id = :plan ORDER BY w.id
        """,
        plan=plan_id,
    )


def attachment(c: Connection, attachment_id: int) -> Attachment:
    """Return a stored scan without its bytes. Raises NotFoundError."""
    row = row_of(
        Attachment,
        c,
        "SELECT id, plan_id, name, media_type, size, sha256 FROM plan_attachment WHERE id = :id",
        id=attachment_id,
    )
    if row is None:
        raise NotFoundError("there is no attachment {attachment_id}", attachment_id=attachment_id)
    return row


def attachment_content(c: Connection, attachment_id: int) -> bytes:
    """Return the bytes of a stored scan. Raises NotFoundError."""
    found = c.execute(
        text("SELECT content FROM plan_attachment WHERE id = :id"), {"id": attachment_id}
    ).scalar()
    if found is None:
        raise NotFoundError("there is no attachment {attachment_id}", attachment_id=attachment_id)
    return bytes(found)


def plan_of_waiver(c: Connection, waiver_id: int) -> int | None:
    """Return the plan that a waiver belongs to, None where there is no such waiver."""
    found = c.execute(
        text("SELECT plan_id FROM plan_waiver WHERE id = :id"), {"id": waiver_id}
    ).scalar()
    return None if found is None else int(found)
