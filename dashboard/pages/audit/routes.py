"""``/admin/audit``: the audit searched, and taken along as CSV; the auditor's alone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

from flask import Flask, Response, request, stream_with_context
from jinja2 import Environment, FileSystemLoader
from sqlalchemy import Engine

from dashboard.access.principal import ALL, Principal, present
from dashboard.components.sign import SIGN
from dashboard.exports.audit import audit_csv
from dashboard.gate.strict_json import is_text
from dashboard.text import Language, language, text
from dashboard.web.bodies import as_download
from data.access.actions import ACTIONS
from data.access.audit import record
from data.access.read_audit import AuditEntry, AuditSearch, Place, entries, every_entry
from data.engine import session
from layers.kit.errors import InputError
from layers.kit.json import JsonObject

PAGE: Final = "/admin/audit"
ON_A_PAGE: Final = 50
FIELDS: Final = ("since", "until", "actor", "action", "subject", "code")
MOST_LETTERS: Final = 80


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
        if asked.is_read:
            with session(engine, present()) as c:
                found = entries(c, asked.search, ON_A_PAGE + 1, asked.before)
        return _page(theme, asked, found)

    @server.get(f"{PAGE}.csv", endpoint="audit.export")
    def export() -> Response:
        asked, lang, who = asked_of(request.args), _lang(), present()
        if not asked.is_read:
            raise InputError("write days as 2026-01-31 and codes in digits")
        with session(engine, who) as c:
            told = {name: value for name, value in asked.written.items() if value}
            record(c, "audit.exported", asked.search.code, None, told)
        lines = stream_with_context(_lines(engine, who, asked.search, lang))
        answer = as_download(Response(lines, mimetype="text/csv"), f"{_say('title')}.csv")
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
            written["subject"],
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
    """Return the begin of a day of this machine's time. Raises ValueError, OverflowError."""
    if not written:
        return None
    day = date.fromisoformat(written) + timedelta(days=days)
    return datetime.combine(day, time()).astimezone(UTC)


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


def _lang() -> Language:
    asked = request.args.get("lang")
    return language(asked or request.accept_languages.best_match(("zh", "en")))


def _say(key: str) -> str:
    return text(f"audit_log.{key}", _lang())


@cache
def _templates() -> Environment:
    folder = FileSystemLoader(Path(__file__).parent)
    return Environment(loader=folder, autoescape=True, trim_blocks=True, lstrip_blocks=True)


def _told(detail: JsonObject) -> str:
    """Return the details of an entry in one line, without those that say nothing."""
    return "  ".join(f"{name}={value}" for name, value in detail.items() if value not in (None, {}))


def _page(theme: str, asked: Asked, found: list[AuditEntry]) -> Response:
    lang = _lang()
    kept = {name: value for name, value in asked.written.items() if value}
    spoken = {"lang": lang} if request.args.get("lang") else {}

    def at(path: str, **more: str) -> str:
        told = urlencode({**more, **spoken})
        return f"{path}?{told}" if told else path

    def say(key: str, **gaps: str | int) -> str:
        return text(key, lang, gaps)

    shown = found[:ON_A_PAGE]
    made = (
        _templates()
        .get_template("search.html")
        .render(
            who=present(),
            lang=lang,
            say=say,
            at=at,
            page=PAGE,
            asked=asked,
            kept=kept,
            actions=ACTIONS,
            entries=shown,
            moment=lambda value: f"{value.astimezone():%Y-%m-%d %H:%M:%S}",
            told=_told,
            older=place_of(shown[-1]) if len(found) > ON_A_PAGE else "",
            sign=SIGN,
            theme=theme,
            other=urlencode({**kept, "lang": "en" if lang == "zh" else "zh"}),
        )
    )
    answer = Response(made, 200 if asked.is_read else 400, mimetype="text/html")
    answer.headers["Cache-Control"] = "no-store"
    return answer
