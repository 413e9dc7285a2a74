"""The HTML of a page: its text at once, its layout with it, and one script for all of Dash.

Dash by itself sends an empty page, then asks for a layout, then for callbacks, then for the page's
content: four rounds before a word is read. Here the address decides the page when its HTML is
asked for. The HTML holds the page's words and figures as plain text, shown until the scripts have
drawn the live page over it, and the layout as data, so that the scripts ask for nothing first.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial
from html import escape
from logging import getLogger
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from dash import Dash, dcc, html
from dash._utils import to_json
from flask import has_request_context, request

from dashboard import ids
from dashboard.components.plain import plain
from dashboard.components.rights import page_rights
from dashboard.components.sign import SIGN
from dashboard.setup.bundle import Bundles
from dashboard.web.dash_scripts import dash_scripts
from dashboard.web.kept_pages import KeptPages
from layers.kit.errors import ServerError

logger = getLogger(__name__)
_DASH_SCRIPT = re.compile(r'<script src="/_dash-component-suites/[^"]*"></script>\s*')
FIRST_VIEW = "first-view"
FIRST_MAP = "data-first-map="
PageOf = Callable[[str, str], Any]
"""(path, search) → the page's layout."""
ScriptsOf = Callable[[str, Mapping[str, str]], str]
"""(path, parameters) → the folder of the page's scripts under ``assets/pages``."""
# Without its comments: they are for the reader of the file, not for every page.
RENDERER = re.sub(
    r"^ *//.*\n", "", (Path(__file__).parent / "web" / "start.js").read_text("utf-8"), flags=re.M
)


def shell(page: Any = None, path: str | None = None, search: str | None = None) -> html.Div:
    """Return the outermost layout: the address bar and the page in it.

    Without a page the address is left open: Dash reads it and asks for the page.
    """
    where = {} if path is None else {"pathname": path, "search": search}
    return html.Div(
        [
            dcc.Location(id=ids.URL, refresh="callback-nav", **where),
            html.Main(page, id=ids.PAGE),
        ],
        id="shell",
    )


def _preloads(page: Any) -> str:
    """Return links by which the browser fetches what the scripts will ask for while they come.

    That is a map's features, and the addresses of ``data-preload`` (with blanks between them).
    """
    if page is None:
        return ""
    urls: list[str] = []
    for part in page._traverse():
        if getattr(part, "_type", "") == "GeoJSON" and getattr(part, "url", None):
            urls.append(part.url)
        urls += getattr(part, "data-preload", "").split()
    return "".join(
        f'<link rel="preload" as="fetch" crossorigin href="{escape(url)}">\n' for url in urls
    )


def _module(url: str, name: str = "") -> str:
    """Return a link by which the browser fetches a module that is asked for later."""
    named = f' id="{name}"' if name else ""
    return f'<link rel="modulepreload"{named} href="{url}">'


class Shell(Dash):
    """Dash, whose page brings what the page needs and no other page's scripts and styles.

    ``page_of``, ``scripts_of`` and ``built`` are set before it serves.
    """

    page_of: PageOf | None = None
    scripts_of: ScriptsOf
    built: Bundles
    kept: KeptPages | None = None

    def __init__(self, *args: Any, **options: Any) -> None:
        """Make a Dash application that starts after the first view and the page's scripts."""
        super().__init__(*args, **options)
        self.renderer = RENDERER

    def index(self, *args: Any, **options: Any) -> Any:
        """Return a page's HTML, the first page's as it was made a moment ago."""
        make: Callable[[], str] = partial(super().index, *args, **options)
        return make() if self.kept is None else self.kept.answer(make)

    def interpolate_index(self, scripts: str = "", **parts: str) -> str:
        """Return the page's HTML: Dash's scripts as one, the first layout, the first view."""
        layout = self._first_layout()
        answers = to_json({"_dash-layout": layout, "_dash-dependencies": self._callback_list})
        holder = (
            '<script id="first-answers" type="application/json">'
            + str(answers).replace("<", "\\u003c")
            + "</script>\n"
        )
        page = layout.children[1].children
        view = f'<div id="{FIRST_VIEW}">{plain(page)}</div>' if page is not None else ""
        # Where the first view has a map, Dash is read when that is painted (web/start.js).
        has_map = FIRST_MAP in view
        later = ' type="text/plain" data-later' if has_map else ""
        bundle = f'<script src="{dash_scripts().url}"{later}></script>\n'
        scripts = bundle + _DASH_SCRIPT.sub("", scripts)
        parts["favicon"] = f'<link rel="icon" href="{SIGN}">\n' + _preloads(page)
        parts["app_entry"] = f'{view}<div id="react-entry-point"></div>'
        parts["css"] = parts.get("css", "") + self._own(has_map=has_map)
        made = super().interpolate_index(scripts=holder + scripts, **parts)
        return made.replace("<html ", f'<html data-rights="{page_rights()}" ', 1)

    def _own(self, *, has_map: bool) -> str:
        """Return the tags of the page's own styles and scripts; ``has_map``: its first view."""
        path, params = (request.path, request.args) if has_request_context() else ("/", {})
        bundle = self.built.pages[self.scripts_of(path, params)]
        first = self.built.first
        # What is fetched in this order: what the first view's map needs, then Dash, then the rest.
        before = [
            *(_module(chunk) for chunk in first.preloads),
            _module(first.script, "first-scripts"),
            f'<link rel="preload" as="script" href="{dash_scripts().url}" fetchpriority="low">',
        ]
        done = first.preloads if has_map else ()
        tags = [
            f'<link rel="stylesheet" href="{bundle.style}">',
            f'<script src="{self.built.theme}"></script>',
            *(before if has_map else ()),
            *(_module(chunk) for chunk in bundle.preloads if chunk not in done),
            _module(bundle.script, "page-scripts"),
        ]
        return "\n".join(tags)

    def _config(self) -> Mapping[str, object]:
        """Return what the renderer is told, without the layouts of all pages.

        With them it compares every callback with every page at each visit: 160 kB to read.
        tests/dashboard/test_shell.py compares them instead.
        """
        config: Mapping[str, object] = super()._config()
        if config["ui"]:
            return config
        kept = {name: value for name, value in config.items() if name != "validation_layout"}
        return {**kept, "suppress_callback_exceptions": True}

    def _first_layout(self) -> html.Div:
        """Return the layout of the address asked for; the open shell where it cannot be made.

        Then Dash asks again by callback, and the page says what it then finds.
        """
        if self.page_of is None or not has_request_context():
            return shell()
        raw = urlsplit(request.environ.get("RAW_URI") or request.environ.get("REQUEST_URI") or "/")
        search = f"?{raw.query}" if raw.query else ""
        try:
            return shell(self.page_of(raw.path, search), raw.path, search)
        except ServerError:
            raise  # said by a page of its own (dashboard/gate/waiting.py)
        except Exception:
            logger.exception("%s could not be made with its HTML", raw.path)
            return shell()
