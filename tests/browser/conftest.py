"""Pages served in-process on a free port, and a browser that lets no request leave the machine."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import BoundedSemaphore, Thread
from typing import Any
from urllib.parse import urlsplit

import pytest
from werkzeug.serving import make_server

from dashboard.application import close_app, create_app
from dashboard.settings import read_settings
from tests.conftest import DESK, WITHIN_MS
from tests.demonstration import Loaded, liping, spare_liping

__all__ = ["liping", "spare_liping"]
# The page is useful: grids drawn, the inspector filled, the circles drawn.
DRAWN = """() => window.getu?.map?.()?._loaded
  && document.querySelector('.leaflet-grids-pane path.leaflet-interactive')"""
READY = f"""{DRAWN}
  && document.querySelectorAll('.inspector .fact').length > 3
  && (!getu.config().bounds || location.search.includes('at='))"""
# No answer and no change of the page for 300 ms, once Dash has drawn the live page.
QUIET = """() => {
    const quiet = (window.testQuiet = window.testQuiet || (() => {
        const kept = { since: performance.now() };
        const now = () => { kept.since = performance.now(); };
        new PerformanceObserver(now).observe({ type: 'resource' });
        new MutationObserver(now).observe(document.body,
            { subtree: true, childList: true, attributes: true, characterData: true });
        return kept;
    })());
    const waiting = document.querySelector('[data-dash-is-loading="true"], #first-view');
    return !waiting && performance.now() - quiet.since > 300;
}"""

# Addresses whose server has ended. A page may outlive its server by a moment, and asks in vain.
ENDED: set[str] = set()
# Ports of servers that have ended, for the next ones: the browser has the scripts of such an
# address compiled, which is half of what a page costs it.
FREE_PORTS: list[int] = []
# Addresses that serve another county than before: the profile still holds what the last one kept.
STALE: set[str] = set()


@contextmanager
def application(loaded: Loaded) -> Iterator[Any]:
    """Give the program over a loaded county."""
    app = create_app(read_settings({}), loaded.server)
    try:
        yield app
    finally:
        close_app(app)


@contextmanager
def served(loaded: Loaded, *, alone: bool = False) -> Iterator[str]:
    """Serve a loaded county on loopback; give its address."""
    with application(loaded) as app, served_by(app, alone=alone) as address:
        yield address


@contextmanager
def served_by(app: Any, *, alone: bool = False) -> Iterator[str]:
    """Serve a program on loopback; give its address.

    ``alone``: no other county is served there in this run, before it or after it.
    """
    listener = _listener(0 if alone or not FREE_PORTS else FREE_PORTS.pop())
    port = listener.getsockname()[1]
    program = app.server if alone else _few(_asked_again(app.server))
    server = make_server("127.0.0.1", port, program, threaded=True, fd=listener.fileno())
    listener.close()
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    ENDED.discard(f"127.0.0.1:{port}")
    STALE.add(f"127.0.0.1:{port}")
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        ENDED.add(f"127.0.0.1:{port}")
        server.shutdown()
        thread.join(10)
        server.server_close()
        if not alone:
            FREE_PORTS.append(port)


def _listener(port: int) -> socket.socket:
    """Return a socket that listens on a port, or on another one if that is taken by now."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
    except OSError:
        listener.bind(("127.0.0.1", 0))
    listener.listen(128)
    return listener


def _few(program: Any) -> Any:
    """Return the program working on two requests at once.

    A page asks for six tiles at the same time. Of a database that is new, every connection learns
    projections first, which takes longer than a tile.
    """
    turns = BoundedSemaphore(2)

    def call(environ: dict[str, Any], start: Any) -> Any:
        with turns:
            return program(environ, start)

    return call


def _asked_again(program: Any) -> Any:
    """Return the program with answers about a county that browsers ask for again.

    Two counties' revisions may have one number. Scripts and styles are everybody's, and kept.
    """

    def call(environ: dict[str, Any], start: Any) -> Any:
        def begin(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            kept = [
                (name, "no-cache" if value.startswith("private, max-age") else value)
                for name, value in headers
            ]
            return start(status, kept, *more)

        return program(environ, begin)

    return call


UNANSWERED = "TypeError: Failed to fetch"
CUT = ("ERR_CONNECTION_RESET", "ERR_SOCKET_NOT_CONNECTED")
# By a page that was left or closed, and by a test that lets nothing through.
ENDED_BY_TESTS = ("ERR_ABORTED", "ERR_FAILED")


@dataclass
class Log:
    """What a browser asked for and complained of, over the whole session.

    ``served``: hosts of this program's own servers; no request goes to another one.
    """

    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    """Requests without an answer: why, and what was asked for."""
    served: set[str] = field(default_factory=set)

    def watch(self, context: Any) -> None:
        context.on("request", lambda r: self.requests.append(r.url))
        context.on("dialog", self._dialog)
        context.on("console", self._console)
        context.on("weberror", lambda e: self.complaints.append(f"exception: {e.error}"))
        context.on("response", self._response)
        context.on("requestfailed", lambda r: self.lost.append(f"{r.failure} {r.url}"))
        context.on("page", lambda p: p.on("websocket", lambda w: self.requests.append(w.url)))

    def _dialog(self, dialog: Any) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    def _console(self, message: Any) -> None:
        # The development server of these tests closes idle connections under a request's nose;
        # the browser asks again by itself. Scripts that tell of a fetch which failed repeat what
        # the browser has said of the same request by one of its own messages.
        lost = (*CUT, UNANSWERED)
        if urlsplit(message.location.get("url", "")).netloc in ENDED:
            lost += ("ERR_CONNECTION_REFUSED",)
        if message.type == "error" and not any(word in message.text for word in lost):
            self.complaints.append(f"console: {message.text}")

    def _response(self, response: Any) -> None:
        if response.status >= 400:
            self.complaints.append(f"{response.status} {response.url}")

    def told(self) -> list[str]:
        """Return the complaints since the last time; a request that was cut is told by itself."""
        told, self.complaints = self.complaints, []
        lost, self.lost = self.lost, []
        was_cut = any(word in one for one in lost for word in (*CUT, *ENDED_BY_TESTS))
        kept = [m for m in told if not (was_cut and m == f"exception: {UNANSWERED}")]
        return [*kept, *lost] if kept else []

    def hosts(self) -> set[str]:
        local = ("data", "blob", "about")
        return {urlsplit(u).netloc for u in self.requests if urlsplit(u).scheme not in local}


@pytest.fixture(scope="session")
def log() -> Log:
    return Log()


@pytest.fixture(scope="session")
def site(liping: Loaded, log: Log) -> Iterator[str]:
    """Return the address of the program over 栗坪."""
    with served(liping, alone=True) as address:
        log.served.add(urlsplit(address).netloc)
        yield address


Open = Callable[..., Any]


@pytest.fixture(scope="session")
def profile(kept_profile: Any, log: Log) -> Any:
    """Return a profile whose cache is warm after the first test."""
    log.watch(kept_profile)
    return kept_profile


@pytest.fixture
def open_page(browser: Any, profile: Any, log: Log) -> Iterator[Open]:
    """Return a function that opens an address and waits until the page is useful.

    ``fresh``: in a profile of its own, that has never been here. ``size``: of the window. What
    the browser complains of, or asks of another host, fails the test that it happened in.
    """
    pages, contexts = [], []

    def visit(
        address: str, *, ready: bool = True, fresh: bool = False, size: dict[str, int] = DESK
    ) -> Any:
        context = profile
        if fresh:
            context = browser.new_context(viewport=DESK, locale="zh-CN")
            context.set_default_timeout(WITHIN_MS)
            contexts.append(context)
            log.watch(context)
        page = context.new_page()
        pages.append(page)
        page.set_viewport_size(size)
        _forget_last_county(page, address)
        page.goto(address)
        if ready:
            page.wait_for_function(READY, timeout=WITHIN_MS)
            settle(page)
        return page

    yield visit
    for one in (*pages, *contexts):
        one.close()
    complaints = log.told()
    dialogs, log.dialogs = log.dialogs, []
    assert log.hosts() <= log.served
    assert complaints == []
    assert dialogs == []


def _forget_last_county(page: Any, address: str) -> None:
    """Empty what scripts kept under an address that now serves another county."""
    host = urlsplit(address).netloc
    if host in STALE:
        STALE.discard(host)
        tools = page.context.new_cdp_session(page)
        asked = {"origin": f"http://{host}", "storageTypes": "local_storage"}
        tools.send("Storage.clearDataForOrigin", asked)
        tools.detach()


def settle(page: Any) -> None:
    """Wait until nothing has been under way for a moment.

    The address bar is written 150 ms after the last change.
    """
    # What a click sets off begins with a frame or two: until then all is as quiet as before.
    page.wait_for_timeout(60)
    page.wait_for_function(QUIET, polling=50, timeout=WITHIN_MS)
