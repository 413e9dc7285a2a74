"""What a board says after somebody else changed the data; doors that no street reaches."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import text

from dashboard.application import create_app
from dashboard.desk import make_desk
from dashboard.pages.coverage.routes import board_of
from dashboard.settings import read_settings
from data.engine import transaction
from data.write.county import touch
from layers.coverage_gaps.gaps import Question, band_letters
from layers.coverage_gaps.reasons import reason_for
from layers.coverage_gaps.sheet import lay_sheet
from layers.coverage_gaps.sums import total
from tests.demonstration import Loaded

pytestmark = pytest.mark.database
QUESTION = Question(minutes=3)


def test_two_processes_give_the_figures_of_the_revision_that_stands(spare_liping: Loaded) -> None:
    one, other = make_desk(spare_liping.engine), make_desk(spare_liping.engine)
    before = board_of(one, spare_liping.code)
    assert board_of(other, spare_liping.code).version == before.version
    with transaction(spare_liping.engine) as c:  # a third process closes every station
        c.execute(text("UPDATE station SET state = 'suspended'"))
        touch(c, spare_liping.code)
    for desk in (one, other):
        after = board_of(desk, spare_liping.code)
        assert after.version != before.version
        whole = total(after.answer(QUESTION), after.people, "", "")
        assert whole.outside == whole.households
        assert lay_sheet(after, after.answer(QUESTION), "grids").stations == 0
    # The board that a request still holds keeps saying what it said, under its own revision.
    whole = total(before.answer(QUESTION), before.people, "", "")
    assert whole.outside < whole.households


def test_a_building_that_no_street_reaches_is_a_class_of_its_own(spare_liping: Loaded) -> None:
    with transaction(spare_liping.engine) as c:
        moved = c.execute(
            text(
                "UPDATE building SET geom = ST_Translate(geom, 0.05, 0) WHERE id ="
                " (SELECT building_id FROM building_count WHERE measure = 'resident'"
                "  AND value > 0 ORDER BY building_id LIMIT 1) RETURNING id"
            )
        ).scalar_one()
        touch(c, spare_liping.code)
    board = board_of(make_desk(spare_liping.engine), spare_liping.code)
    gaps, door = board.answer(QUESTION), board.door(moved)
    assert band_letters(gaps)[door] == "u"
    assert not gaps.covered[door]
    whole = lay_sheet(board, gaps, "grids").whole
    assert whole.untied == board.people.households[door]
    assert reason_for(board, gaps, gaps.circles[0], door, ()).code == "untied"


@pytest.fixture
def client(liping: Loaded) -> Any:
    return create_app(read_settings({}), liping.server).server.test_client()


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/coverage/answer?county=522301&minutes=0", 400),
        ("/coverage/answer?county=522301&services=casino", 400),
        ("/coverage/answer?county=000000", 404),
        ("/coverage/answer?county=522301%00", 404),
        ("/coverage/export.exe?county=522301", 404),
        ("/coverage/visits.html?county=522301&grid=999999", 404),
        ("/coverage/visits.html?county=522301", 404),
    ],
)
def test_requests_that_cannot_be_answered_get_a_sentence(
    client: Any, path: str, status: int
) -> None:
    answer = client.get(path)
    assert answer.status_code == status
    assert answer.get_json()["error"]


@pytest.mark.parametrize(
    "body",
    [[], {"operations": 5}, {"county": "522301", "operations": [{"kind": "burn", "key": "1"}]},
     {"county": "522301", "operations": [7]},
     {"county": "522301", "operations": [{"kind": "close", "key": "1"}] * 201}],
)  # fmt: skip
def test_a_trial_that_is_no_scenario_is_refused(client: Any, body: Any) -> None:
    answer = client.post("/coverage/try", data=json.dumps(body), content_type="application/json")
    assert answer.status_code == 400
