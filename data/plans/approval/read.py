"""The way of a plan to approval: its history, its waivers, scans of stamped documents."""

from __future__ import annotations

from sqlalchemy import Connection, RowMapping, text

from layers.kit.errors import NotFoundError


def history(c: Connection, plan_id: int) -> list[RowMapping]:
    """Return a plan's stages in order, with who, when and the scan."""
    rows = c.execute(
        text(
            """
            SELECT stage, at, by, comment, document_number, attachment
            FROM plan_stage WHERE plan_id = :plan ORDER BY id
            """
        ),
        {"plan": plan_id},
    )
    return list(rows.mappings())


def waivers(c: Connection, plan_id: int) -> list[RowMapping]:
    """Return a plan's waivers: which grid may break which rule, why, and who says so."""
    rows = c.execute(
        text(
            """
            SELECT w.id, w.grid_id, w.code, w.finding, w.reason, w.by, w.at, w.pieces
            FROM plan_waiver w WHERE w.plan_id = :plan ORDER BY w.id
            """
        ),
        {"plan": plan_id},
    )
    return list(rows.mappings())


def waived(c: Connection, plan_id: int) -> set[tuple[int | None, str]]:
    """Return which grid (id) may break which rule.

    Not those that may have a number of pieces: up to it they break no rule, beyond it they do.
    """
    return {(w["grid_id"], w["finding"]) for w in waivers(c, plan_id) if w["pieces"] is None}


def attachment(c: Connection, attachment_id: int, *, content: bool = False) -> RowMapping:
    """Return a stored scan. Raises NotFoundError."""
    column = ", content" if content else ""
    row = (
        c.execute(
            text(
                f"""
                SELECT id, plan_id, name, media_type, size, sha256{column}
                FROM plan_attachment WHERE id = :id
                """
            ),
            {"id": attachment_id},
        )
        .mappings()
        .first()
    )
    if row is None:
        raise NotFoundError("there is no attachment {attachment_id}", attachment_id=attachment_id)
    return row


def plan_of_waiver(c: Connection, waiver_id: int) -> int | None:
    """Return the plan that a waiver belongs to, None where there is no such waiver."""
    found = c.execute(
        text("SELECT plan_id FROM plan_waiver WHERE id = :id"), {"id": waiver_id}
    ).scalar()
    return None if found is None else int(found)
