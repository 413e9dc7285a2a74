"""A name that looks like HTML is a name: on the map, in hints, in the inspector, in lists."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import text

from data.engine import owner_engine, transaction
from tests.browser.conftest import Log, Open, served
from tests.browser.screen import click, point, wait_for_title
from tests.demonstration import Loaded

pytestmark = [pytest.mark.browser, pytest.mark.database]
NASTY = "<img src=x onerror=alert(1)>"
NASTY_TOO = "\"'><script>alert(2)</script>{{alert(3)}}"


@pytest.fixture
def nasty(spare_liping: Loaded, log: Log) -> Iterator[str]:
    """Return the address of a county in which everything has a name that looks like HTML."""
    owner = owner_engine(spare_liping.server)
    with transaction(owner) as c:
        # Published plans cannot be changed: only the owner can open this door.
        c.execute(text("ALTER TABLE plan_grid DISABLE TRIGGER published_is_immutable"))
        c.execute(text("UPDATE plan_grid SET name = :name"), {"name": NASTY})
        c.execute(text("ALTER TABLE plan_grid ENABLE TRIGGER published_is_immutable"))
        for table in ("station", "division", "plan", "organisation", "office_holder", "land"):
            c.execute(text(f"UPDATE {table} SET name = :name"), {"name": NASTY})
        c.execute(text("UPDATE street_edge SET name = :name"), {"name": NASTY})
        c.execute(text("UPDATE station SET services = ARRAY[:name], phone = :name"),
                  {"name": NASTY_TOO})  # fmt: skip
        c.execute(text("UPDATE county SET title = :name, title_en = :name"), {"name": NASTY_TOO})
    owner.dispose()
    with served(spare_liping) as address:
        log.served.add(address.removeprefix("http://"))
        yield address


def harmless(page: Any, log: Log) -> None:
    assert log.dialogs == []
    assert page.locator("img[src='x']").count() == 0
    assert page.locator("script:not([src]):not([type='application/json'])").evaluate_all(
        "(all) => all.filter((s) => s.textContent.includes('alert(')).length"
    ) == 0  # fmt: skip


def test_a_name_that_looks_like_html_is_shown_as_text(
    open_page: Open, nasty: str, log: Log, spare_liping: Loaded
) -> None:
    grid, station = (
        spare_liping.rows(
            f"SELECT ST_X({point}) AS lon, ST_Y({point}) AS lat FROM {table} ORDER BY {by} LIMIT 1"
        )[0]
        for table, point, by in (
            ("plan_grid", "label_point", "households DESC"),
            ("station", "geom", "tier IS NULL, id"),
        )
    )
    page = open_page(nasty)
    assert page.inner_text("header h1") == NASTY_TOO
    for thing, chosen in ((grid, ".inspector .fact"), (station, ".inspector .fact")):
        page.mouse.move(*point(page, thing["lon"], thing["lat"]), steps=3)
        hint = page.wait_for_selector(".leaflet-tooltip.hint")
        assert NASTY in hint.inner_text()
        click(page, thing["lon"], thing["lat"])
        wait_for_title(page, NASTY)
        assert page.locator(chosen).count() > 2
        harmless(page, log)
    assert NASTY_TOO in page.inner_text(".inspector")
