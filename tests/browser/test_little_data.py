"""Pages over a database with little or nothing in it say what to do, and break nowhere."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text as sql

from dashboard.text import text
from data.engine import program_engine, transaction
from data.server import Server
from tests.browser.conftest import Log, Open, served, settle
from tests.demonstration import Loaded

pytestmark = [pytest.mark.browser, pytest.mark.database]


def test_an_empty_database_says_how_to_fill_it(open_page: Open, database: Server, log: Log) -> None:
    empty = Loaded(database, program_engine(database, pool_size=2), "")
    with served(empty) as address:
        log.served.add(address.removeprefix("http://"))
        page = open_page(address, ready=False)
        page.wait_for_selector(".empty")
        settle(page)
        said = page.inner_text(".empty")
        assert text("desk.empty_title", "zh") in said
        assert "getu demo" in said
        assert "getu import" in said
        page.click("#theme-switch")
        settle(page)
        assert page.get_attribute("html", "data-theme") == "light"
        page.click("#theme-switch")
        page.close()
    empty.engine.dispose()


@pytest.fixture
def bare(spare_liping: Loaded) -> Loaded:
    """A county that has borders and nothing else yet."""
    with transaction(spare_liping.engine) as c:
        c.execute(sql("DELETE FROM plan"))
        c.execute(sql("SELECT getu.remove_ledger(:code)"), {"code": spare_liping.code})
        for table in ("station", "building", "street_node", "elevation"):
            c.execute(sql(f"DELETE FROM {table}"))
        c.execute(sql("DELETE FROM published_figure"))
    return spare_liping


def test_a_county_with_borders_alone_says_what_is_missing(
    open_page: Open, bare: Loaded, log: Log
) -> None:
    with served(bare) as address:
        log.served.add(address.removeprefix("http://"))
        everything = f"{address}/?layers=grids,service_circles,demands"
        page: Any = open_page(everything, ready=False)
        page.wait_for_selector(".inspector h2")
        settle(page)
        said = page.inner_text(".layers")
        for key in ("grids.empty", "desk.no_streets", "desk.no_demands"):
            assert text(key, "zh") in said
        # Nothing that is not known stands there as a figure that would be good news.
        assert page.locator(".tile").count() == 0
        page.close()
