"""Whoever chose a role sees what it may do, and reads why something is not for it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.conftest import Log, Open, settle

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("size", [{"width": 1920, "height": 1080}, {"width": 390, "height": 844}])
def test_a_leader_looks_at_the_planners_desk_and_reads_why_no_draft_is_made(
    open_page: Open, site: str, log: Log, size: dict[str, int]
) -> None:
    page = open_page(site + "/sign-in", ready=False, fresh=True, size=size)
    page.get_by_role("button", name="全部权限").wait_for()
    page.get_by_role("button", name="领导").click()
    page.wait_for_url(lambda url: "/sign-in" not in url)
    assert page.locator("a.who").inner_text() == "领导"
    page.goto(site + "/planner")
    page.locator("a.who").wait_for()
    assert page.locator("a.who").inner_text() == "领导 · 只看"
    assert _fits(page)
    settle(page)
    answer = page.evaluate(
        """async () => {
            const county = getu.config().county;
            const sent = await fetch(`/api/planner/${county}/drafts`, {method: 'POST',
                headers: {'Content-Type': 'application/json', 'X-Getu': 'planner'},
                body: JSON.stringify({name: '甲', source: {kind: 'in_force'}})});
            return [sent.status, (await sent.json()).error];
        }"""
    )
    assert answer == [403, "您的角色（领导）不能做这件事：没有“编制方案”的权限"]
    page.goto(site + "/coverage")
    settle(page)
    assert page.locator(".refused").is_hidden()
    page.get_by_role("tab", name="模拟布点").or_(page.get_by_text("模拟布点")).first.click()
    page.fill("#coverage-scenario-title", "东移")
    page.click("#coverage-scenario-new", force=True)  # it says that it is not for this role
    page.locator(".refused").wait_for()
    assert page.locator(".refused").inner_text().startswith("您的角色（领导）不能做这一步")
    assert _fits(page)
    page.goto(site + "/planner")
    log.complaints = [
        one for one in log.complaints if "403" not in one and "Callback error" not in one
    ]
    page.locator("a.who").click()
    page.get_by_role("button", name="网格业务员").click()
    page.locator("a.who").wait_for()
    assert page.url.startswith(site + "/planner")
    assert page.locator("a.who").inner_text() == "网格业务员"
    settle(page)


def _fits(page: Any) -> bool:
    return bool(page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth"))
