"""``/admin/audit``: the audit searched, and taken along as CSV; the auditor's alone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final

from flask import Flask, Response, request, stream_with_context
from sqlalchemy import Engine

from dashboard.access.principal import ALL, Principal, present
from dashboard.exports.audit import audit_csv
from dashboard.gate.strict_json import is_text
from dashboard.plain_pages.rendering import plain_page, reader_language
from dashboard.text import Language, text
from dashboard.text.audit import (
    action_words,
    detail_words,
    origin_words,
    role_words,
    subject_key,
    subject_words,
)
from dashboard.web.bodies import as_download
from data.access.actions import ACTIONS
from data.access.audit import record
from data.access.read_audit import AuditEntry, AuditSearch, Place, entries, every_entry
from data.divisions.read_scopes import names_of
from data.engine import session
from layers.kit import clock
from layers.kit.errors import InputError

PAGE: Final = "/admin/audit"
ON_A_PAGE: Final = 50
FIELDS: Final = ("since", "until", "actor", "action", "subject", "code")
MOST_LETTERS: Final = 80
Names = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for: as written, what it means, and whether it could be read."""

    written: Mapping[str, str]
    search: AuditSearch
    before: Place | None
    is_read: bool


def add_audit_page(server: Flask, engine: Engine, *, theme: str) -> None:
    """Add the page and its file. ``theme``: address of the script that sets the theme."""

    @server.get(PAGE, endpoint="audit.search")
    def search() -> Response:
        asked = asked_of(request.args)
        found: list[AuditEntry] = []
        names: Names = {}
        if asked.is_read:
            with session(engine, present()) as c:
                found = entries(c, asked.search, ON_A_PAGE + 1, asked.before)
                names = names_of(c, {one.code for one in found if one.code})
        return _page(theme, asked, found, names)

    @server.get(f"{PAGE}.csv", endpoint="audit.export")
    def export() -> Response:
        asked, lang, who = asked_of(request.args), reader_language(), present()
        if not asked.is_read:
            raise InputError("write days as 2026-01-31 and codes in digits")
        with session(engine, who) as c:
            told = {name: value for name, value in asked.written.items() if value}
            record(c, "audit.exported", asked.search.code, None, told)
        lines = stream_with_context(_lines(engine, who, asked.search, lang))
        answer = as_download(
            Response(lines, mimetype="text/csv"), f"{text('audit_log.title', lang)}.csv"
        )
        answer.headers["Cache-Control"] = "no-store"
        return answer


def _lines(engine: Engine, who: Principal, wanted: AuditSearch, lang: Language) -> Iterator[str]:
    with session(engine, who, is_snapshot=True) as c:
        yield from audit_csv(every_entry(c, wanted), lang)


def asked_of(args: Mapping[str, str]) -> Asked:
    """Read what an address asks for; what cannot be read finds nothing, and is said."""
    written = {name: args.get(name, "").strip()[:MOST_LETTERS] for name in FIELDS}
    try:
        _check(written)
        wanted = AuditSearch(
            _day(written["since"], 0),
            _day(written["until"], 1),
            written["actor"],
            written["action"],
            subject_key(written["subject"]),
            written["code"],
            "" if present().scope == ALL else present().scope,
        )
        return Asked(written, wanted, _place(args.get("before", "")), True)
    except (ValueError, OverflowError):
        clean = {name: value if is_text(value) else "" for name, value in written.items()}
        return Asked(clean, AuditSearch(), None, False)


def _check(written: Mapping[str, str]) -> None:
    """Raise ValueError for what no search can be."""
    if (
        not all(is_text(value) for value in written.values())
        or not re.fullmatch(r"[0-9]{0,15}", written["code"])
        or written["action"] not in ("", *ACTIONS)
    ):
        raise ValueError


def _day(written: str, days: int) -> datetime | None:
    """Return the begin of a day of the county. Raises ValueError, OverflowError."""
    if not written:
        return None
    day = date.fromisoformat(written) + timedelta(days=days)
    return clock.begins(day)


def _place(written: str) -> Place | None:
    if not written:
        return None
    micros, _, own = written.partition(".")
    if not (micros.isascii() and micros.isdecimal() and own.isascii() and own.isdecimal()):
        raise ValueError
    if len(micros) > 17 or len(own) > 18:
        raise ValueError
    return Place(_EPOCH + timedelta(microseconds=int(micros)), int(own))


_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def place_of(entry: AuditEntry) -> str:
    """Return where a page ends that ends with an entry."""
    return f"{(entry.at - _EPOCH) // timedelta(microseconds=1)}.{entry.id}"


def _page(theme: str, asked: Asked, found: list[AuditEntry], names: Names) -> Response:
    lang = reader_language()
    shown = found[:ON_A_PAGE]
    return plain_page(
        Path(__file__).parent,
        "search.html",
        theme,
        200 if asked.is_read else 400,
        page=PAGE,
        asked=asked,
        kept={name: value for name, value in asked.written.items() if value},
        actions=ACTIONS,
        entries=shown,
        names=names,
        zone=clock.ZONE,
        moment=clock.second,
        action_words=partial(action_words, lang=lang),
        role_words=partial(role_words, lang=lang),
        origin_words=partial(origin_words, lang=lang),
        subject_words=partial(subject_words, lang=lang),
        detail_words=partial(detail_words, lang=lang),
        older=place_of(shown[-1]) if len(found) > ON_A_PAGE else "",
    )
