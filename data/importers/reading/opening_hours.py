"""Opening hours as OpenStreetMap writes them, as far as they are simple."""

from __future__ import annotations

import re

Hours = list[tuple[int, str, str]]

_DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
_SPAN = re.compile(r"(\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})$")


def parse_opening_hours(text: str | None) -> Hours | None:
    """Return (weekday 1-7, opens, closes) per interval, or None when it says more than that.

    Understood: ``24/7``, ``Mo-Fr 08:00-18:00; Sa 09:00-12:00``, ``08:00-12:00,13:00-17:00``,
    ``Su off``. Seasons, holidays and nights past midnight are not: None, never a guess.
    """
    if not text:
        return None
    if text.strip() == "24/7":
        return [(day, "00:00", "24:00") for day in range(1, 8)]
    week: dict[int, Hours] = {}
    for rule in text.split(";"):
        words = rule.strip().replace(", ", ",").split()
        if not words or words[0] == "PH":
            continue
        days = _weekdays(words[0]) if words[0][:1].isalpha() else list(range(1, 8))
        times = words[1:] if words[0][:1].isalpha() else words
        if days is None or len(times) != 1:
            return None
        spans = [] if times[0] in ("off", "closed") else _spans(times[0])
        if spans is None:
            return None
        for day in days:
            week[day] = [(day, opens, closes) for opens, closes in spans]
    return [hours for day in sorted(week) for hours in week[day]] or None


def _weekdays(text: str) -> list[int] | None:
    days: list[int] = []
    for part in text.split(","):
        ends = part.split("-")
        if part == "PH":
            continue
        if not all(end in _DAYS for end in ends) or len(ends) > 2:
            return None
        first, last = _DAYS.index(ends[0]), _DAYS.index(ends[-1])
        days += [d % 7 + 1 for d in range(first, last + 1 if last >= first else last + 8)]
    return days


def _spans(text: str) -> list[tuple[str, str]] | None:
    spans = []
    for part in text.split(","):
        found = _SPAN.match(part)
        if not found:
            return None
        h1, m1, h2, m2 = (int(n) for n in found.groups())
        if not (m1 < 60 and m2 < 60 and h1 * 60 + m1 < h2 * 60 + m2 <= 24 * 60):
            return None
        spans.append((f"{h1:02d}:{m1:02d}", f"{h2:02d}:{m2:02d}"))
    return spans
