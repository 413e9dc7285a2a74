from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from threading import Thread

import pytest
from flask.testing import FlaskClient
from werkzeug.serving import make_server

from dashboard.application import close_app, create_app
from dashboard.settings import read_settings
from tests.demonstration import Loaded, liping

__all__ = ["liping"]
# Without sign-in, as nowhere else for such a name: these tests read what everybody may.
SETTINGS = replace(read_settings({}), hosts=("desk.county.cn",))


@pytest.fixture(scope="session")
def address(liping: Loaded) -> Iterator[str]:
    """Serve the county on a free port of the loopback; return the address of ``/ogc``."""
    app = create_app(SETTINGS, liping.server)
    running = make_server("127.0.0.1", 0, app.server, threaded=True)
    thread = Thread(target=running.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{running.server_port}/ogc"
    running.shutdown()
    running.server_close()
    thread.join(timeout=5)


@pytest.fixture(scope="session")
def client(liping: Loaded) -> Iterator[FlaskClient]:
    # Not in a with-block: that keeps a context open, and two such fixtures close them crosswise.
    app = create_app(SETTINGS, liping.server)
    yield app.server.test_client()
    close_app(app)
