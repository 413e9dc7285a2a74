"""A demand's history in one cell: a line an event, ``moment | step | actor | note``.

What leaves a demand where it is says so: ``step/action``. What an event carries besides its note
comes last, as JSON.
"""

from __future__ import annotations

import json
from collections.abc import Container, Sequence
from datetime import datetime, tzinfo
from typing import Final

from layers.kit.demands.chain import ToldEvent

_BETWEEN: Final = " | "
# A note may hold line ends and bars; each of them is two characters in the cell.
_MARKS: Final = (("\\", "\\\\"), ("\n", "\\n"), ("|", "\\p"))


def written_history(events: Sequence[ToldEvent], zone: tzinfo) -> str | None:
    """Return the events as text, times in ``zone``; None for none. ``read_history`` undoes it."""
    lines = []
    for e in events:
        step = f"{e.step}/{e.action}" if e.action else e.step
        parts = [e.at.astimezone(zone).isoformat(), step, _packed(e.actor)]
        if e.note or e.payload:
            parts.append(_packed(e.note or ""))
        if e.payload:
            parts.append(_packed(json.dumps(dict(e.payload), ensure_ascii=False)))
        lines.append(_BETWEEN.join(parts))
    return "\n".join(lines) or None


def read_history(
    text: str, zone: tzinfo, steps: Container[str]
) -> tuple[list[ToldEvent], list[str]]:
    """Return the events of a cell, and the lines that are none. ``zone``: of times without one;
    ``steps``: the words that a step may have.
    """
    events: list[ToldEvent] = []
    odd: list[str] = []
    for line in text.splitlines():
        parts = [p.strip() for p in line.split("|")]
        at = _moment(parts[0], zone)
        step, _, action = parts[1].partition("/") if len(parts) > 1 else ("", "", "")
        payload = _payload(parts[4]) if len(parts) == 5 else {}
        wrong = at is None or not 3 <= len(parts) <= 5 or step not in steps or not parts[2]
        if wrong or at is None or payload is None:
            if line.strip():
                odd.append(line.strip())
            continue
        note = _unpacked(parts[3]) if len(parts) > 3 and parts[3] else None
        events.append(ToldEvent(at, step, _unpacked(parts[2]), note, action or None, payload))
    return events, odd


def _payload(text: str) -> dict[str, object] | None:
    try:
        found = json.loads(_unpacked(text))
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _moment(text: str, zone: tzinfo) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=zone)


def _packed(text: str) -> str:
    for plain, mark in _MARKS:
        text = text.replace(plain, mark)
    return text


def _unpacked(text: str) -> str:
    out, at = [], 0
    back = {mark[1]: plain for plain, mark in _MARKS}
    while at < len(text):
        if text[at] == "\\" and text[at + 1 : at + 2] in back:
            out.append(back[text[at + 1]])
            at += 2
        else:
            out.append(text[at])
            at += 1
    return "".join(out)
