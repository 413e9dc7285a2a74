"""A demand's history in one cell: a line an event, ``moment | step | actor | note``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import Final

from data.demands.tables import DEMAND_STATES
from data.demands.write_updates import Event

_BETWEEN: Final = " | "
# A note may hold line ends and bars; each of them is two characters in the cell.
_MARKS: Final = (("\\", "\\\\"), ("\n", "\\n"), ("|", "\\p"))


def written_history(events: Sequence[Event], zone: tzinfo) -> str | None:
    """Return the events as text, times in ``zone``; None for none. ``read_history`` undoes it."""
    lines = []
    for at, step, actor, note in events:
        parts = [at.astimezone(zone).isoformat(), step, _packed(actor)]
        lines.append(_BETWEEN.join([*parts, _packed(note)] if note else parts))
    return "\n".join(lines) or None


def read_history(text: str, zone: tzinfo) -> tuple[list[Event], list[str]]:
    """Return the events of a cell, and the lines that are none. ``zone``: of times without one."""
    events: list[Event] = []
    odd: list[str] = []
    for line in text.splitlines():
        parts = [p.strip() for p in line.split("|")]
        at = _moment(parts[0], zone)
        if at is None or not 3 <= len(parts) <= 4 or parts[1] not in DEMAND_STATES or not parts[2]:
            if line.strip():
                odd.append(line.strip())
            continue
        note = _unpacked(parts[3]) if len(parts) == 4 and parts[3] else None
        events.append((at, parts[1], _unpacked(parts[2]), note))
    return events, odd


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
