"""Dash's own scripts as one: what every page needs of React, the renderer and the components.

One answer instead of twelve, compressed once for as long as the program runs, under an address
that holds the hash of its content. The parts that only some pages use (date pickers, Markdown)
stay apart: their loaders ask for them beside the bundle, and are sent on to their package.
"""

from __future__ import annotations

import gzip
import hashlib
import importlib.util
import re
from functools import cache
from pathlib import Path
from threading import Thread

import brotli
from flask import Flask, Response, abort, redirect, request
from werkzeug.wrappers import Response as Answer

MOST_NAME = 200
PREFIX = "/_dash-component-suites/getu"
NAME = "dash_renderer.js"  # Dash looks for its renderer by this name in the page
OWN = Path(__file__).with_name("first_answers.js")
# In this order: React before the components, the renderer after them. Without the polyfill (for
# browsers without fetch and Promise), which replaces working timers by slow ones, and without the
# table, which no page has.
PARTS = (
    "dash/deps/react@18.*.min.js",
    "dash/deps/react-dom@18.*.min.js",
    "dash/deps/prop-types@15.*.min.js",
    "dash_leaflet/dash_leaflet.js",
    "dash_leaflet/async-GeoJSON.js",
    "dash/dcc/dash_core_components-shared.js",
    "dash/dcc/async-dropdown.js",
    "dash/dcc/async-slider.js",
    "dash/dash-renderer/build/dash_renderer.min.js",
    "dash/dcc/dash_core_components.js",
    "dash/html/dash_html_components.min.js",
)
FOLDERS = ("dash/dcc", "dash_leaflet")
YEAR_S = 365 * 24 * 3600
_SOURCE_MAP = re.compile(r"\n?//# sourceMappingURL=\S*\s*$")


def _package(name: str) -> Path:
    found = importlib.util.find_spec(name)
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent


def _newest(pattern: str) -> Path:
    """Return the file of an installed package that a pattern names; the highest version."""
    package, _, rest = pattern.partition("/")
    versions = sorted(
        _package(package).glob(rest),
        key=lambda path: [int(n) for n in re.findall(r"\d+", path.name)],
    )
    return versions[-1]


class DashScripts:
    """The bundle: its text's hash, and its bytes for a browser that takes Brotli, gzip, or none."""

    def __init__(self) -> None:
        texts = [OWN.read_text(encoding="utf-8")]
        for part in PARTS:
            texts.append(_SOURCE_MAP.sub("", _newest(part).read_text(encoding="utf-8")))
        self.plain = "\n;".join(texts).encode()
        self.digest = hashlib.blake2b(self.plain, digest_size=10).hexdigest()
        # Fast first, so that nobody waits; the small one stands a few seconds later.
        self._brotli = brotli.compress(self.plain, quality=5)
        Thread(target=self._press, name="press", daemon=True).start()

    @property
    def url(self) -> str:
        """Return the address of the bundle."""
        return f"{PREFIX}/{self.digest}/{NAME}"

    def encoded(self, accepted: str) -> tuple[bytes, str | None]:
        """Return the bytes and their encoding for a browser's ``Accept-Encoding``."""
        if "br" in accepted:
            return self._brotli, "br"
        if "gzip" in accepted:
            return _gzipped(self), "gzip"
        return self.plain, None

    def _press(self) -> None:
        self._brotli = brotli.compress(self.plain, quality=11)


@cache
def _gzipped(scripts: DashScripts) -> bytes:
    return gzip.compress(scripts.plain, mtime=0)


@cache
def dash_scripts() -> DashScripts:
    """Return the process's one bundle."""
    return DashScripts()


def add_dash_scripts(server: Flask) -> None:
    """Add the bundle, and the way to parts beside it, to a Flask server."""

    @server.get(f"{PREFIX}/<digest>/<name>")
    def part(digest: str, name: str) -> Response | Answer:
        scripts = dash_scripts()
        if name != NAME:
            for folder in FOLDERS:
                package, _, rest = folder.partition("/")
                if len(name) < MOST_NAME and (_package(package) / rest / Path(name).name).is_file():
                    return redirect(f"/_dash-component-suites/{folder}/{Path(name).name}", 301)
            abort(404)
        body, encoding = scripts.encoded(request.headers.get("Accept-Encoding", ""))
        answer = Response(body, mimetype="text/javascript")
        answer.headers["Vary"] = "Accept-Encoding"
        if encoding:
            answer.headers["Content-Encoding"] = encoding
        if digest == scripts.digest:
            answer.headers["Cache-Control"] = f"public, max-age={YEAR_S}, immutable"
        return answer
