"""Papers with real clicks: progress at once, the download by itself, given up, refused in words."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from dashboard.exports import plan_papers
from layers.kit.errors import Cancelled, InputError
from tests.browser.conftest import WITHIN_MS, Open
from tests.demonstration import Loaded

pytestmark = [pytest.mark.database, pytest.mark.browser]


class Gate:
    """Holds the making of a plan's papers until it is opened; may refuse them."""

    def __init__(self) -> None:
        self.open, self.begun = Event(), Event()
        self.refuses = False
        self.given_up = 0
        self._make = plan_papers.export_plan

    def __call__(self, *args: Any) -> Any:
        step = args[-1]
        self.begun.set()
        while not self.open.wait(0.02):
            try:
                step(0.4)
            except Cancelled:
                self.given_up += 1
                raise
        if self.refuses:
            raise InputError("encoding must be utf-8 or gbk")
        return self._make(*args)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    made = Gate()
    monkeypatch.setattr(plan_papers, "export_plan", made)
    yield made
    made.open.set()


@pytest.fixture
def address(site: str, gate: Gate) -> str:
    """Return the files tab of the program that the session shares: papers change no data."""
    return f"{site}/data?county=522301&tab=files"


@pytest.fixture
def before(liping: Loaded) -> int:
    """Return the newest job, so that a test sees its own."""
    return int(liping.value("SELECT coalesce(max(id), 0) FROM job"))


LINK = "a[href*='export/plan.png']"


def visit(open_page: Open, address: str, **more: Any) -> Any:
    page = open_page(address, ready=False, **more)
    page.wait_for_selector(LINK, timeout=WITHIN_MS)
    return page


def test_a_paper_shows_its_progress_at_once_and_downloads_by_itself(
    open_page: Open, address: str, gate: Gate
) -> None:
    page = visit(open_page, address)
    # The card is there before the click's own turn of the browser ends: no answer is waited for.
    shown = page.evaluate(
        f"""() => {{ document.querySelector("{LINK}").click();
            return document.querySelectorAll('#papers .paper-card progress').length; }}"""
    )
    assert shown == 1
    page.wait_for_function("() => document.querySelector('.paper-card progress')?.value === 0.4")
    page.click(LINK)  # again: it is being made, and there is no second card
    assert page.locator(".paper-card").count() == 1
    with page.expect_download(timeout=WITHIN_MS) as download:
        gate.open.set()
    assert download.value.suggested_filename.endswith(".png")
    assert Path(download.value.path()).read_bytes().startswith(b"\x89PNG")
    page.wait_for_selector(".paper-card:has-text('下载已开始')")
    with page.expect_download() as again:
        page.click(".paper-card a")
    assert again.value.suggested_filename == download.value.suggested_filename
    page.click(".paper-card button")
    assert page.locator(".paper-card").count() == 0


def test_two_browsers_share_a_paper_and_one_that_leaves_takes_it_from_nobody(
    open_page: Open, address: str, gate: Gate, liping: Loaded, before: int
) -> None:
    one, other = visit(open_page, address), visit(open_page, address, fresh=True)
    one.click(LINK)
    assert gate.begun.wait(60)
    other.click(LINK)
    other.wait_for_function("() => document.querySelector('.paper-card progress')?.value === 0.4")
    one.click(".paper-card button:has-text('取消')")
    one.wait_for_selector(".paper-card:has-text('已取消')")
    with other.expect_download(timeout=WITHIN_MS) as download:
        gate.open.set()
    assert Path(download.value.path()).stat().st_size > 500
    assert gate.given_up == 0
    assert liping.value("SELECT count(*) FROM job WHERE id > :id", id=before) == 1


def test_a_paper_that_nobody_wants_is_given_up_while_it_is_made(
    open_page: Open, address: str, gate: Gate, liping: Loaded, before: int
) -> None:
    page = visit(open_page, address)
    page.click(LINK)
    assert gate.begun.wait(60)
    page.wait_for_function("() => document.querySelector('.paper-card progress')?.value === 0.4")
    page.click(".paper-card button:has-text('取消')")
    page.wait_for_selector(".paper-card:has-text('已取消，没有生成文件')")
    for _ in range(600):
        if liping.value("SELECT state FROM job WHERE id > :id", id=before) == "cancelled":
            break
        page.wait_for_timeout(100)
    assert gate.given_up == 1


def test_a_refusal_says_what_to_do_and_may_be_tried_again(
    open_page: Open, address: str, gate: Gate
) -> None:
    gate.refuses = True
    gate.open.set()
    page = visit(open_page, address)
    page.click(LINK)
    page.wait_for_selector(".paper-card.failed:has-text('没有生成')", timeout=WITHIN_MS)
    gate.refuses = False
    with page.expect_download(timeout=WITHIN_MS) as download:
        page.click(".paper-card button:has-text('再试一次')")
    assert download.value.suggested_filename.endswith(".png")


def test_a_reload_finds_the_paper_that_is_being_made(
    open_page: Open, address: str, gate: Gate
) -> None:
    page = visit(open_page, address)
    page.click(LINK)
    page.wait_for_function("() => document.querySelector('.paper-card progress')?.value === 0.4")
    page.reload()
    page.wait_for_selector(".paper-card progress", timeout=WITHIN_MS)
    with page.expect_download(timeout=WITHIN_MS) as download:
        gate.open.set()
    assert download.value.suggested_filename.endswith(".png")


def test_a_table_that_is_written_at_once_downloads_through_the_same_card(
    open_page: Open, address: str
) -> None:
    page = visit(open_page, address)
    with page.expect_download(timeout=WITHIN_MS) as download:
        page.click("a[href*='export/stations.csv']")
    assert download.value.suggested_filename.endswith(".csv")
    page.wait_for_selector(".paper-card:has-text('下载已开始')")
