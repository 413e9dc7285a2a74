"""The audit as a file: CSV for a spreadsheet, JSON lines for a program."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator

from dashboard.exports.cells import safe
from dashboard.text import Language, text
from dashboard.text.audit import (
    action_words,
    detail_words,
    origin_words,
    role_words,
    subject_words,
)
from data.access.read_audit import AuditEntry
from layers.kit import clock

COLUMNS = ("at", "actor", "role", "origin", "code", "action", "subject", "detail", "id")
IN_WORDS = ("role", "origin", "action", "subject", "detail")
"""Columns of keys, each with its words before it."""


def audit_csv(entries: Iterable[AuditEntry], lang: Language) -> Iterator[str]:
    """Give the lines of a CSV file, its head first: words, and the keys beside them.

    All times are of one zone, that of the county, which the head names.
    """
    yield "\ufeff" + _line(list(_head(lang)))
    for one in entries:
        yield _line(
            [
                f"{clock.local(one.at):%Y-%m-%d %H:%M:%S.%f}",
                safe(one.actor),
                safe(role_words(one.role, lang)),
                safe(one.role),
                safe(origin_words(one.origin, lang)),
                safe(one.origin),
                one.code,
                safe(action_words(one.action, lang)),
                one.action,
                safe(subject_words(one.subject, lang)),
                safe(one.subject),
                safe(detail_words(one.detail, lang)),
                safe(json.dumps(one.detail, ensure_ascii=False)),
                one.id,
            ]
        )


def _head(lang: Language) -> Iterator[str]:
    for name in COLUMNS:
        column = text(f"audit_log.column.{name}", lang)
        if name == "at":
            yield text("audit_log.in_zone", lang, {"zone": clock.ZONE})
            continue
        yield column
        if name in IN_WORDS:
            yield text("audit_log.key_of", lang, {"column": column})


def audit_lines(entries: Iterable[AuditEntry]) -> Iterator[str]:
    """Give an entry a line, as JSON."""
    for one in entries:
        row = {name: getattr(one, name) for name in COLUMNS} | {"at": one.at.isoformat()}
        yield json.dumps(row, ensure_ascii=False) + "\n"


def _line(cells: list[object]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(["" if cell is None else cell for cell in cells])
    return out.getvalue()
