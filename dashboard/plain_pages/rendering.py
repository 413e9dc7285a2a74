"""A plain page from a template beside its routes, with the words of the catalogue."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from flask import Response, current_app, g, request
from jinja2 import Environment, FileSystemLoader

from dashboard.access.rights import Right
from dashboard.components.sign import SIGN
from dashboard.text import Language, language, text
from dashboard.text.refusals import refusal
from dashboard.web.api import READING
from layers.kit import clock
from layers.kit.errors import GetuError

PAGES: Final[tuple[tuple[str, str, Right], ...]] = (
    ("/", "page.command_centre", "read"),
    ("/people", "page.people", "administer"),
    ("/admin/audit", "audit_log.title", "audit"),
)
"""What the bar leads to: address, key of its name, the right that it takes."""


@cache
def _templates(folder: Path) -> Environment:
    found = FileSystemLoader([folder, Path(__file__).parent])
    return Environment(loader=found, autoescape=True, trim_blocks=True, lstrip_blocks=True)


def reader_language() -> Language:
    """Return the language of a page: what the address asks for, else what the browser prefers."""
    asked = request.args.get("lang")
    return language(asked or request.accept_languages.best_match(("zh", "en")))


def plain_page(
    folder: Path,
    template: str,
    theme: str,
    status: int = 200,
    *,
    lang: Language | None = None,
    said: GetuError | None = None,
    **values: Any,
) -> Response:
    """Return a page, kept nowhere.

    What a form was answered with once (a link, codes) leads to no other language: that would be
    another page.

    ``folder``: where its template lies. ``theme``: address of the script that sets the theme.
    ``lang``: None for the reader's. ``said``: a refusal that the page shows.
    """
    lang = lang or reader_language()
    asked = {"lang": lang} if request.args.get("lang") else {}

    def at(path: str, **more: str) -> str:
        told = urlencode({**{k: v for k, v in more.items() if v}, **asked})
        return f"{path}?{told}" if told else path

    def say(key: str, **gaps: str | int) -> str:
        return text(key, lang, gaps)

    made = (
        _templates(folder)
        .get_template(template)
        .render(
            {
                "who": g.get("principal"),
                "lang": lang,
                "say": say,
                "at": at,
                "moment": moment,
                "pages": PAGES,
                "here": _here(),
                "request": request,
                "said": refusal(said, lang) if said else "",
                "keeps": request.method in READING or (said is not None and _is_asked_for()),
                "sign": SIGN,
                "theme": theme,
                "other": urlencode({**request.args, "lang": "en" if lang == "zh" else "zh"}),
                **values,
            }
        )
    )
    answer = Response(made, status, mimetype="text/html")
    answer.headers["Cache-Control"] = "no-store"
    return answer


def moment(value: datetime | None) -> str:
    """Write a moment in the time of the county, to the minute; a dash for none."""
    return clock.minute(value) if value else "—"


def _is_asked_for() -> bool:
    """Tell whether this address can be opened too, and not only be sent a form."""
    adapter = current_app.create_url_adapter(request)
    return adapter is not None and adapter.test(method="GET")


def _here() -> str:
    """Return which page of the bar this one belongs to, else its own address."""
    path = request.path
    own = (page for page, _, _ in PAGES if page != "/" and f"{path}/".startswith(f"{page}/"))
    return next(own, path)
