"""The first page is made once for all who see the same; each finds their own name on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import brotli
import pytest

from dashboard.access.principal import INSIDE, signed_in
from dashboard.application import close_app, create_app
from dashboard.settings import read_settings
from dashboard.web import kept_pages
from data.divisions.write_county import touch
from data.engine import transaction
from data.server import Server
from tests.demonstration import Loaded, load

pytestmark = pytest.mark.database


@pytest.fixture(scope="module")
def loaded(new_database: Callable[[], Server]) -> Iterator[Loaded]:
    made = load(new_database, "liping")
    yield made
    made.engine.dispose()


@pytest.fixture(scope="module")
def app(loaded: Loaded) -> Iterator[Any]:
    made = create_app(read_settings({"GETU_SIGN_IN": "on"}), loaded.server)
    yield made
    close_app(made)


@pytest.fixture
def made(app: Any, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the addresses of pages as they are made; nothing is kept from before."""
    addresses: list[str] = []
    make = app.page_of

    def page_of(path: str, search: str) -> Any:
        addresses.append(f"{path}{search}")
        return make(path, search)

    monkeypatch.setattr(app, "page_of", page_of)
    monkeypatch.setattr(app, "kept", kept_pages.KeptPages(app.server.extensions["getu"].engine))
    monkeypatch.setattr(kept_pages, "KEPT_S", 3600 * 24 * 365)  # no change of the period meanwhile
    return addresses


def page(app: Any, loaded: Loaded, name: str, role: str = "viewer", **headers: str) -> Any:
    who = signed_in(name, role, loaded.code)
    return app.server.test_client().get("/", headers=headers, environ_base={INSIDE: who})


def test_each_finds_their_own_name_on_a_page_that_is_made_once(
    app: Any, loaded: Loaded, made: list[str]
) -> None:
    for name, other in (("王敏", "李雷"), ("李雷", "王敏"), ("王敏", "李雷")):
        text = page(app, loaded, name).get_data(as_text=True)
        assert text.count(name) >= 2  # the words at once, and the layout
        assert other not in text
        assert kept_pages.STAND_IN not in text
        assert 'data-rights="enter read"' in text
    assert len(made) == 1


def test_a_name_that_means_something_to_html_has_a_page_of_its_own(
    app: Any, loaded: Loaded, made: list[str]
) -> None:
    page(app, loaded, "王敏")
    for _ in range(2):
        text = page(app, loaded, "<b>\"O'Neil").get_data(as_text=True)
        assert '<b>"O' not in text
        assert "&lt;b&gt;" in text
    assert len(made) == 2


def test_what_changed_or_what_another_role_sees_is_made_anew(
    app: Any, loaded: Loaded, made: list[str]
) -> None:
    page(app, loaded, "王敏")
    assert 'data-rights="enter read work"' in page(app, loaded, "王敏", "staff").get_data(
        as_text=True
    )
    assert len(made) == 2
    with transaction(loaded.engine) as c:
        revision = touch(c, loaded.code)
    assert f"v={revision}" in page(app, loaded, "王敏").get_data(as_text=True)
    assert len(made) == 3


def test_it_goes_out_packed_and_the_browser_keeps_nothing(
    app: Any, loaded: Loaded, made: list[str]
) -> None:
    plain = page(app, loaded, "王敏")
    packed = page(app, loaded, "王敏", **{"Accept-Encoding": "gzip, br"})
    assert packed.headers["Content-Encoding"] == "br"
    assert brotli.decompress(packed.data) == plain.data
    assert packed.headers["Cache-Control"] == "no-store"
    assert {"Accept-Encoding", "Cookie"} <= set(packed.vary)
    assert len(made) == 1


def test_nothing_is_kept_of_other_pages_and_for_nobody(
    app: Any, loaded: Loaded, made: list[str]
) -> None:
    who = {INSIDE: signed_in("王敏", "viewer", loaded.code)}
    for _ in range(2):
        app.server.test_client().get("/coverage", environ_base=who)
    assert len(made) == 2
    answer = app.server.test_client().get("/", headers={"Accept": "text/html"})
    assert answer.status_code == 303  # to the sign-in page
