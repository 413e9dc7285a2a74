"""The pages of accounts as HTML: templates beside this file, words from the catalogue."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from flask import Response, request
from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup

from dashboard.access.principal import present
from dashboard.components.qr import drawn_code
from dashboard.components.sign import SIGN
from dashboard.text import Language, language, text
from dashboard.text.refusals import refusal
from dashboard.web.api import status_of
from layers.kit.errors import ConflictError, GetuError

PAGE: Final = "/people"


@dataclass(frozen=True, slots=True)
class Slip:
    """What a person gets on paper: whose account it is, and the link that sets its password."""

    login: str
    name: str
    address: str

    def code(self) -> Markup:
        """Return the link as a picture, made here: SVG within the page."""
        return drawn_code(self.address)


@cache
def _templates() -> Environment:
    folder = FileSystemLoader(Path(__file__).parent)
    return Environment(loader=folder, autoescape=True, trim_blocks=True, lstrip_blocks=True)


def reader_language() -> Language:
    """Return the language of a page: what the address asks for, else what the browser prefers."""
    asked = request.args.get("lang")
    return language(asked or request.accept_languages.best_match(("zh", "en")))


def refuse_demonstration() -> None:
    """Raise ConflictError on demonstration: whoever sits there is nobody who keeps accounts."""
    if present().is_demonstration:
        raise ConflictError(
            "on demonstration nobody signs in: set GETU_SIGN_IN=on to keep accounts"
        )


def page(
    template: str, theme: str, *, said: GetuError | None = None, done: str = "", **values: Any
) -> Response:
    """Return a page, kept nowhere.

    ``said``: a refusal, whose status the page gets. ``done``: what was done, as a sentence.
    """
    lang = reader_language()

    def say(key: str, **gaps: str | int) -> str:
        return text(key, lang, gaps)

    def at(path: str, **more: str) -> str:
        kept = {"lang": lang} if request.args.get("lang") else {}
        asked = urlencode({**{k: v for k, v in more.items() if v}, **kept})
        return f"{path}?{asked}" if asked else path

    def moment(value: datetime | None) -> str:
        return f"{value.astimezone():%Y-%m-%d %H:%M}" if value else "—"

    made = (
        _templates()
        .get_template(template)
        .render(
            {
                "who": present(),
                "lang": lang,
                "say": say,
                "at": at,
                "moment": moment,
                "said": refusal(said, lang) if said else "",
                "done": done,
                "sign": SIGN,
                "theme": theme,
                "base": PAGE,
                "here": "/" + request.path.split("/")[1],
                "other": urlencode({**request.args, "lang": "en" if lang == "zh" else "zh"}),
                **values,
            }
        )
    )
    answer = Response(made, status_of(said) if said else 200, mimetype="text/html")
    answer.headers["Cache-Control"] = "no-store"
    # Addresses hold logins: no other site gets them. Not no-referrer, by which browsers say of a
    # form that it comes from nowhere ("Origin: null"), and the gate then refuses it.
    answer.headers["Referrer-Policy"] = "same-origin"
    return answer
