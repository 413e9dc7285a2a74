"""What a board says after somebody else changed the data; doors that no street reaches."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import numpy as np
import pytest
from sqlalchemy import text

from dashboard.application import close_app, create_app
from dashboard.pages.coverage.routes import board_of
from dashboard.services import make_services
from dashboard.settings import read_settings
from dashboard.web.bodies import MARK
from data.divisions.write_county import touch
from data.engine import transaction
from data.ground.write_travel import remove_profile, save_profile
from layers.coverage_gaps.answers.gaps import Question, band_letters
from layers.coverage_gaps.answers.sums import total
from layers.coverage_gaps.reasons import reason_for
from layers.coverage_gaps.report import lay_report
from layers.coverage_gaps.store import Board
from layers.kit.errors import InputError
from layers.service_circles.store import versions_of
from layers.service_circles.travel.profiles import read_profile
from layers.service_circles.walking import compute
from tests.demonstration import Loaded

pytestmark = pytest.mark.database
QUESTION = Question(minutes=3)


def test_two_processes_give_the_figures_of_the_revision_that_stands(spare_liping: Loaded) -> None:
    one, other = make_services(spare_liping.engine), make_services(spare_liping.engine)
    before = board_of(one, spare_liping.code)
    assert board_of(other, spare_liping.code).version == before.version
    with transaction(spare_liping.engine) as c:  # a third process closes every station
        c.execute(text("UPDATE station SET state = 'suspended'"))
        touch(c, spare_liping.code)
    for services in (one, other):
        after = board_of(services, spare_liping.code)
        assert after.version != before.version
        whole = total(after.answer(QUESTION), after.people, "", "")
        assert whole.outside == whole.households
        assert lay_report(after, after.answer(QUESTION), "grids").stations == 0
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
    board = board_of(make_services(spare_liping.engine), spare_liping.code)
    gaps, door = board.answer(QUESTION), board.door(moved)
    assert band_letters(gaps)[door] == "u"
    assert not gaps.covered[door]
    whole = lay_report(board, gaps, "grids").whole
    assert whole.untied == board.people.households[door]
    assert reason_for(board, gaps, gaps.circles[0], door, ()).code == "untied"


@pytest.fixture(scope="module")
def client(liping: Loaded) -> Iterator[Any]:
    app = create_app(read_settings({}), liping.server)
    yield app.server.test_client()
    close_app(app)


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
     {"county": "522301", "operations": [], "question": [1]},
     {"county": "522301", "operations": [{"kind": "close", "key": "1"}] * 201}],
)  # fmt: skip
def test_a_trial_that_is_no_scenario_is_refused(client: Any, body: Any) -> None:
    for address in ("/api/coverage/try", "/coverage/try"):
        answer = client.post(
            address, data=json.dumps(body), content_type="application/json", headers={MARK: "test"}
        )
        assert answer.status_code == 400


@pytest.mark.parametrize("address", ["/api/coverage/try", "/coverage/try"])
def test_a_trial_is_guarded_like_every_change(client: Any, address: str) -> None:
    assert client.post(address, json={"operations": []}).status_code == 403
    much = {"operations": [], "more": "x" * 200_000}
    assert client.post(address, json=much, headers={MARK: "test"}).status_code == 413


# ---- what a change touches, and nothing else ----------------------------------------------------


def figures(board: Board, question: Question) -> tuple[Any, ...]:
    """Everything that a page shows of an answer, by keys that do not depend on any order."""
    gaps = board.answer(question)
    sheet = lay_report(board, gaps, "grids")
    by_communities = lay_report(board, gaps, "communities")
    doors = {
        int(board.town.building_ids[d]): (
            int(board.people.households[d]), bool(gaps.covered[d]), int(gaps.within[d]),
            None if np.isnan(gaps.walk_s[d]) else float(gaps.walk_s[d]),
        )
        for d in range(len(board.facts))
    }  # fmt: skip
    return doors, sheet.whole, sheet.lines, by_communities.lines, sheet.paper, band_letters(gaps)


ASKED = (
    Question(minutes=2),
    Question(minutes=4, services=("party", "medical"), profile="elderly"),
    Question(minutes=4, way="round_trip"),
    Question(minutes=3, way="response", services=("police", "fire", "party")),
    Question(minutes=3, weekday=3, clock="10:00"),
)
PLACE = "ST_SetSRID(ST_MakePoint(ST_X(geom) + :x, ST_Y(geom) + :y), 4490)"
CHANGES = {
    "move a station": f"UPDATE station SET geom = {PLACE} WHERE id = :station",
    "close a station": "UPDATE station SET state = 'suspended' WHERE id = :station",
    "open it": "UPDATE station SET state = 'open' WHERE id = :station",
    "rename it": "UPDATE station SET name = name || '甲' WHERE id = :station",
    "serve its own": "UPDATE station SET service_rule = 'own_division' WHERE id = :station",
    "serve anyone": "UPDATE station SET service_rule = 'nearest' WHERE id = :station",
    "hours": "UPDATE station_hours SET opens = '14:00' WHERE station_id = :station",
    "count": "UPDATE building_count SET value = value + 3 WHERE building_id = :building",
    "nobody lives there": "UPDATE building_count SET value = 0 WHERE building_id = :building",
    "move a building": "UPDATE building SET geom = ST_Translate(geom, :x, :y) WHERE id = :building",
    "pull it down": "UPDATE building SET valid_to = '2026-01-01' WHERE id = :building",
    "raise it again": "UPDATE building SET valid_to = NULL WHERE id = :building",
    "close a street": "DELETE FROM street_edge WHERE id = :street",
    "one way": "UPDATE street_edge SET is_oneway = NOT is_oneway WHERE id = :street",
    "walk slower": "UPDATE policy SET flat_speed_m_s = 0.9",
    "walk faster": "UPDATE policy SET flat_speed_m_s = 1.2",
    "tie nearer": "UPDATE policy SET tie_max_m = 60",
    "rename a community": "UPDATE division SET name = name || '乙' WHERE kind = 'community'",
}  # fmt: skip


@pytest.mark.parametrize("seed", range(4))
def test_after_any_changes_a_kept_board_equals_one_made_from_nothing(
    spare_liping: Loaded, seed: int
) -> None:
    draw = np.random.default_rng(seed)
    services = make_services(spare_liping.engine)
    ids = {
        name: [r["id"] for r in spare_liping.rows(f"SELECT id FROM {table} ORDER BY id")]
        for name, table in (
            ("station", "station"), ("building", "building"), ("street", "street_edge"),
        )
    }  # fmt: skip
    for step in range(9):
        for question in ASKED:
            board_of(services, spare_liping.code).answer(question)
        name = str(draw.choice(list(CHANGES)))
        values = {key: int(draw.choice(some)) for key, some in ids.items()}
        x, y = draw.uniform(-1e-3, 1e-3, 2)
        with transaction(spare_liping.engine) as c:
            c.execute(text(CHANGES[name]), {**values, "x": float(x), "y": float(y)})
        kept = board_of(services, spare_liping.code)
        fresh = board_of(make_services(spare_liping.engine), spare_liping.code)
        assert kept.version == fresh.version
        for question in ASKED:
            assert figures(kept, question) == figures(fresh, question), (step, name, question)


def searched(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Note how many stations each search is for."""
    calls: list[int] = []
    real = compute.reaches

    def noting(network: Any, doors: Any, stations: Any, *rest: Any) -> Any:
        calls.append(len(stations))
        return real(network, doors, stations, *rest)

    monkeypatch.setattr(compute, "reaches", noting)
    return calls


def test_a_moved_station_is_searched_for_and_the_others_keep_their_reach(
    spare_liping: Loaded, monkeypatch: pytest.MonkeyPatch
) -> None:
    services, question = (
        make_services(spare_liping.engine),
        Question(minutes=3, services=("market",)),
    )
    with transaction(spare_liping.engine) as c:
        c.execute(text("UPDATE station SET categories = categories || ARRAY['market']"))
    before = board_of(services, spare_liping.code)
    (circle,) = before.answer(question).circles
    assert len(circle.sites) > 2
    calls = searched(monkeypatch)
    with transaction(spare_liping.engine) as c:
        c.execute(
            text(f"UPDATE station SET geom = {PLACE} WHERE id = :id"),
            {"x": 2e-4, "y": 0.0, "id": int(circle.sites[0].key)},
        )
    after = board_of(services, spare_liping.code)
    after.answer(question)
    assert calls == [1]
    assert after.town.network is before.town.network
    assert after.travels is before.travels


def test_new_counts_at_the_same_doors_are_summed_and_nothing_is_searched_for(
    spare_liping: Loaded, monkeypatch: pytest.MonkeyPatch
) -> None:
    services, question = make_services(spare_liping.engine), Question(minutes=3)
    before = board_of(services, spare_liping.code)
    was = lay_report(before, before.answer(question), "grids").whole
    calls = searched(monkeypatch)
    with transaction(spare_liping.engine) as c:
        c.execute(text("UPDATE building_count SET value = value * 2 WHERE measure = 'resident'"))
    after = board_of(services, spare_liping.code)
    now = lay_report(after, after.answer(question), "grids").whole
    assert (now.households, now.outside) == (2 * was.households, 2 * was.outside)
    assert calls == []
    assert after.town.doors is before.town.doors
    assert after.answer(question).circles[0] is before.answer(question).circles[0]


def test_what_no_circle_rests_on_changes_no_version(spare_liping: Loaded) -> None:
    services = make_services(spare_liping.engine)
    before = board_of(services, spare_liping.code)
    with transaction(spare_liping.engine) as c:
        c.execute(text("UPDATE demand SET title = title || '。'"))
        touch(c, spare_liping.code)
    assert board_of(services, spare_liping.code) is before


def test_a_version_is_of_six_characters_and_changes_with_every_part(spare_liping: Loaded) -> None:
    def version() -> str:
        with transaction(spare_liping.engine) as c:
            return versions_of(c, spare_liping.query()).short()

    seen = {version()}
    for name in ("move a station", "hours", "count", "move a building", "close a street",
                 "walk slower", "rename a community"):  # fmt: skip
        ids = {
            key: spare_liping.value(f"SELECT {column} FROM {table} LIMIT 1")
            for key, table, column in (
                ("station", "station_hours", "station_id"), ("building", "building", "id"),
                ("street", "street_edge", "id"),
            )
        }  # fmt: skip
        with transaction(spare_liping.engine) as c:
            c.execute(text(CHANGES[name]), {**ids, "x": 1e-5, "y": 0.0})
        seen.add(version())
    assert len(seen) == 8
    assert {len(v) for v in seen} == {6}


def test_a_change_that_was_rolled_back_changes_no_version(spare_liping: Loaded) -> None:
    services = make_services(spare_liping.engine)
    before = board_of(services, spare_liping.code)
    with spare_liping.engine.connect() as c:
        c.execute(text("UPDATE station SET state = 'suspended'"))
        c.rollback()
    assert board_of(services, spare_liping.code) is before


def test_a_profile_is_audited_used_by_every_process_and_can_be_taken_back(
    spare_liping: Loaded,
) -> None:
    one, other = make_services(spare_liping.engine), make_services(spare_liping.engine)
    question = Question(minutes=3, profile="elderly")
    before = board_of(other, spare_liping.code)
    written = read_profile(
        {"key": "elderly", "flat_speed_m_s": 0.5, "off_street_speed_m_s": 0.5, "steps_factor": 1,
         "has_slopes": True, "source": "实测"}
    )  # fmt: skip
    with transaction(spare_liping.engine) as c:
        save_profile(c, spare_liping.code, "elderly", asdict(written), "张三")
    for services in (one, other):
        after = board_of(services, spare_liping.code)
        assert after.town.profiles.walker("elderly").source == "实测"
        assert after.answer(question).covered.sum() < before.answer(question).covered.sum()
    assert spare_liping.value("SELECT actor FROM audit_entry ORDER BY id DESC LIMIT 1") == "张三"
    with transaction(spare_liping.engine) as c:
        assert remove_profile(c, spare_liping.code, "elderly", "李四")
    again = board_of(other, spare_liping.code)
    assert figures(again, question) == figures(before, question)
    with pytest.raises(InputError), transaction(spare_liping.engine) as c:
        save_profile(c, spare_liping.code, "elderly", asdict(written), " ")
    with pytest.raises(InputError):
        again.answer(Question(minutes=3, profile="own7"))
