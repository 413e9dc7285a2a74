"""The audit read: searched page by page, the last first, and taken along whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, TextClause, text

from layers.kit.json import JsonObject


@dataclass(frozen=True, slots=True)
class AuditSearch:
    """What is looked for; '' and None are no condition.

    ``until``: not in it itself. ``actor``: a part of the name. ``subject``: a kind, or
    ``kind:id``. ``code``: the beginning of a division code. ``reach``: the scope of whoever looks;
    what is of no county is seen by each.
    """

    since: datetime | None = None
    until: datetime | None = None
    actor: str = ""
    action: str = ""
    subject: str = ""
    code: str = ""
    reach: str = ""


class Place(NamedTuple):
    """Where a page ends: the next begins with what is before it."""

    at: datetime
    id: int


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One entry."""

    id: int
    at: datetime
    code: str
    actor: str
    role: str | None
    action: str
    subject: str | None
    detail: JsonObject
    origin: str | None


_CONDITIONS = {
    "since": "at >= :since",
    "until": "at < :until",
    "actor": "position(lower(:actor) IN lower(actor)) > 0",
    "action": "action = :action",
    "subject": "(subject = :subject OR starts_with(subject, :subject || ':'))",
    "code": "starts_with(code, :code)",
    "reach": "(code = '' OR starts_with(code, :reach))",
}


def entries(
    c: Connection, wanted: AuditSearch, most: int, before: Place | None = None
) -> list[AuditEntry]:
    """Return the last entries that are looked for, or those before a place."""
    asked, values = _question(wanted, before, "DESC", "LIMIT :most")
    rows = c.execute(asked, {**values, "most": most})
    return [AuditEntry(**row._mapping) for row in rows]


def every_entry(c: Connection, wanted: AuditSearch) -> Iterator[AuditEntry]:
    """Give all entries that are looked for, the first first, without holding them all at once."""
    asked, values = _question(wanted, None, "ASC", "")
    with c.execute(asked, values, execution_options={"yield_per": 1000}) as found:
        for row in found:
            yield AuditEntry(**row._mapping)


def _question(
    wanted: AuditSearch, before: Place | None, order: str, end: str
) -> tuple[TextClause, dict[str, object]]:
    asked = {name: getattr(wanted, name) for name in _CONDITIONS}
    held = {name: value for name, value in asked.items() if value}
    where = [_CONDITIONS[name] for name in held]
    if before is not None:
        where.append("(at, id) < (:before_at, :before_id)")
        held |= {"before_at": before.at, "before_id": before.id}
    sql = (
        "SELECT id, at, code, actor, role, action, subject, detail, origin FROM audit_entry "
        + (f"WHERE {' AND '.join(where)} " if where else "")
        + f"ORDER BY at {order}, id {order} {end}"
    )
    return text(sql), held
