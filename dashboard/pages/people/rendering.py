"""The pages of accounts as HTML: templates beside this file, words from the catalogue."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from flask import Response
from markupsafe import Markup

from dashboard.access.principal import present
from dashboard.components.qr import drawn_code
from dashboard.plain_pages.rendering import plain_page
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
    status = status_of(said) if said else 200
    folder = Path(__file__).parent
    answer = plain_page(folder, template, theme, status, said=said, done=done, base=PAGE, **values)
    # Addresses hold logins: no other site gets them. Not no-referrer, by which browsers say of a
    # form that it comes from nowhere ("Origin: null"), and the gate then refuses it.
    answer.headers["Referrer-Policy"] = "same-origin"
    return answer
