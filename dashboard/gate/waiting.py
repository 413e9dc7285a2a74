"""The page that is shown while the database does not answer; it asks again by itself."""

from __future__ import annotations

from datetime import UTC, datetime
from html import escape
from logging import getLogger
from typing import Final

from flask import Flask, Response, request

from dashboard.components.sign import SIGN
from dashboard.text import Language, language, text
from dashboard.text.refusals import reader
from dashboard.web.api import status_of
from dashboard.web.bodies import refused
from layers.kit.errors import ServerError

logger = getLogger(__name__)
AGAIN_S: Final = 5
_PAGE: Final = """<!DOCTYPE html>
<html lang="{code}" data-theme="dark">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="{again}">
<title>{title} · 格图 Getu</title>
<link rel="icon" href="{sign}">
<link rel="stylesheet" href="/assets/vendor/fonts/fonts.css">
<link rel="stylesheet" href="/assets/tokens.css">
<link rel="stylesheet" href="/assets/sign_in.css">
<script src="{theme}"></script>
</head>
<body>
<main class="gate">
<header><div class="brand"><b>格图</b><span>Getu</span></div></header>
<h1>{title}</h1>
<p class="said" role="alert">{said}</p>
</main>
</body>
</html>"""


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


def _page(theme: str, lang: Language) -> str:
    now = f"{datetime.now(UTC).astimezone():%H:%M}"
    return _PAGE.format(
        code="zh-CN" if lang == "zh" else "en",
        again=AGAIN_S,
        title=escape(text("desk.waiting_title", lang)),
        said=escape(text("desk.waiting", lang, {"time": now})),
        sign=SIGN,
        theme=escape(theme),
    )
