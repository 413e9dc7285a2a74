"""The audit as a file: CSV for a spreadsheet, JSON lines for a program."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator

from dashboard.exports.cells import safe
from dashboard.text import Language, text
from data.access.read_audit import AuditEntry

COLUMNS = ("at", "actor", "role", "origin", "code", "action", "subject", "detail", "id")


def audit_csv(entries: Iterable[AuditEntry], lang: Language) -> Iterator[str]:
    """Give the lines of a CSV file, its head first; actions by their words and keys."""
    yield "\ufeff" + _line([text(f"audit_log.column.{name}", lang) for name in COLUMNS])
    for one in entries:
        yield _line(
            [
                f"{one.at.astimezone():%Y-%m-%d %H:%M:%S.%f%z}",
                safe(one.actor),
                one.role,
                safe(one.origin),
                one.code,
                one.action,
                safe(one.subject),
                safe(json.dumps(one.detail, ensure_ascii=False)),
                one.id,
            ]
        )


def audit_lines(entries: Iterable[AuditEntry]) -> Iterator[str]:
    """Give an entry a line, as JSON."""
    for one in entries:
        row = {name: getattr(one, name) for name in COLUMNS} | {"at": one.at.isoformat()}
        yield json.dumps(row, ensure_ascii=False) + "\n"


def _line(cells: list[object]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(["" if cell is None else cell for cell in cells])
    return out.getvalue()
