"""The one way into the audit: who did what, in the transaction of the deed itself.

Actor, role and origin are the transaction's own (data/engine.py, ``session``); ``by`` counts where
that is the program itself or a demonstration, which know nobody. The database says when.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar

from psycopg.types.json import Jsonb
from sqlalchemy import Connection, text

from data.access.actions import OWNERS, Action
from layers.kit.principal import DEMONSTRATION, system

_heard: ContextVar[list[str] | None] = ContextVar("audit", default=None)
UNCHANGED = "unchanged"

_INSERT = text(
    """
    INSERT INTO audit_entry (code, actor, action, subject, detail, role, origin)
    SELECT :code,
           CASE WHEN :by <> '' AND (a.actor IN ('', :system) OR starts_with(a.actor, :nobody))
                THEN :by ELSE coalesce(nullif(a.actor, ''), '-') END,
           :action, :subject, :detail, nullif(current_setting('getu.role', true), ''),
           nullif(current_setting('getu.origin', true), '')
    FROM (SELECT coalesce(current_setting('getu.actor', true), '') AS actor) a
    """
)


def record(
    c: Connection,
    action: Action,
    code: str | None = None,
    subject: str | None = None,
    detail: Mapping[str, object] | None = None,
    *,
    by: str | None = None,
) -> None:
    """Append one entry. It stands when the transaction does.

    ``code``: the county's; None: that of the subject's row, and none ('') where it has no county.
    ``subject``: ``kind:id``. ``detail``: small, JSON, without personal data.
    """
    values = {
        "code": _code_of(c, subject) if code is None else code,
        "by": (by or "").strip(),
        "system": system().actor,
        "nobody": DEMONSTRATION,
        "action": action,
        "subject": subject,
        "detail": Jsonb(dict(detail or {})),
    }
    c.execute(_INSERT, values)
    _hear(action)


def unchanged() -> None:
    """Say that a request which may change something changed nothing: a look ahead, a repetition."""
    _hear(UNCHANGED)


def _code_of(c: Connection, subject: str | None) -> str:
    kind, _, own = (subject or "").partition(":")
    table = OWNERS.get(kind)
    if table is None or not own.isdecimal():
        return ""
    found = c.execute(text(f"SELECT code FROM {table} WHERE id = :id"), {"id": int(own)}).scalar()
    return str(found or "")


def listen() -> list[str]:
    """Return a list that takes the actions of this thread's request, from now on."""
    heard: list[str] = []
    _heard.set(heard)
    return heard


def _hear(said: str) -> None:
    heard = _heard.get()
    if heard is not None:
        heard.append(said)
