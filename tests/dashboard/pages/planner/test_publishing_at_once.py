"""Two people who publish at the same moment: one plan comes into force, the other waits."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from tests.dashboard.pages.planner.conftest import MARK, Planner, at_the_desk
from tests.dashboard.pages.planner.plans import approve, draft_of_newest, later_day
from tests.demonstration import NewDatabase

pytestmark = pytest.mark.database


@pytest.fixture
def own_county(new_database: NewDatabase) -> Iterator[Planner]:
    """A county of this test's own: other tests publish plans with errors that they waive."""
    with at_the_desk(new_database) as planner:
        yield planner


def test_of_two_plans_published_at_once_one_is_refused_with_a_sentence(own_county: Planner) -> None:
    planner = own_county
    since = later_day(planner)
    drafts = [draft_of_newest(planner, name) for name in ("东", "西")]
    for draft in drafts:
        approve(planner, draft)
    together = Barrier(2)

    def send(draft: int) -> Any:
        together.wait(60)
        return planner.client.application.test_client().post(
            f"/api/planner/drafts/{draft}/stages",
            json={"stage": "启用", "by": "乙", "in_force_from": since.isoformat()},
            headers=MARK,
        )

    with ThreadPoolExecutor(2) as pool:
        answers = sorted(pool.map(send, drafts), key=lambda answer: answer.status_code)
    said = [answer.get_json().get("error") for answer in answers]
    assert [answer.status_code for answer in answers] == [200, 409], said
    assert answers[1].get_json()["error"]
