"""The page that is shown while the database does not answer; it asks again by itself."""

from __future__ import annotations

from logging import getLogger
from pathlib import Path
from typing import Final

from flask import Flask, Response, request

from dashboard.plain_pages.rendering import plain_page
from dashboard.text import Language, language
from dashboard.text.refusals import reader
from dashboard.web.api import status_of
from dashboard.web.bodies import refused
from layers.kit import clock
from layers.kit.errors import ServerError

logger = getLogger(__name__)
AGAIN_S: Final = 5


def add_waiting(server: Flask, theme: str, pages: tuple[str, ...]) -> None:
    """Answer failures of the database: a page with a page, anything else with a sentence.

    ``theme``: address of the script that sets the theme. ``pages``: endpoints of pages.
    """

    @server.errorhandler(ServerError)
    def refuse(error: ServerError) -> Response:
        if not error.details:  # which ``refused`` logs
            logger.error("%s: %s", request.path, error)
        answer = refused(status_of(error), error)
        if request.endpoint in pages and request.accept_mimetypes.accept_html:
            answer.data = _page(theme, language(request.args.get("lang") or reader()))
            answer.mimetype = "text/html"
        answer.headers["Retry-After"] = str(AGAIN_S)
        return answer


def _page(theme: str, lang: Language) -> bytes:
    now = f"{clock.now():%H:%M}"
    made = plain_page(
        Path(__file__).parent, "waiting.html", theme, lang=lang, again=AGAIN_S, time=now
    )
    return made.get_data()
