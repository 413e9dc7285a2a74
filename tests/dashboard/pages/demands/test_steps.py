"""A demand's life by steps of several people: what happens, what is refused, what is kept."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from dashboard.access.principal import RIGHTS_OF, signed_in
from dashboard.application import close_app, create_app
from dashboard.settings import read_settings
from data.engine import program_engine, session
from layers.demands.clocks import compare_clocks
from layers.demands.steps.act import Done, Look, StepMeanwhileError, StepOrder, look, take_step
from layers.kit.errors import ConflictError, ForbiddenError, KeyReusedError, NotFoundError
from layers.kit.principal import Principal, system
from tests.demonstration import Loaded, load

pytestmark = pytest.mark.database
STAFF, OTHER = signed_in("甲", "staff", "522301"), signed_in("丙", "staff", "522301")
APPROVER = signed_in("乙", "approver", "522301")
HEADERS = {"X-Getu": "1"}
NOW = datetime(2026, 11, 1, 1, tzinfo=UTC)  # the day after the demonstration's last


@pytest.fixture(scope="module")
def town(new_database: Any) -> Iterator[Loaded]:
    loaded = load(new_database, "liping")
    yield loaded
    loaded.engine.dispose()


@pytest.fixture(scope="module")
def client(town: Loaded) -> Iterator[FlaskClient]:
    app = create_app(read_settings({}), town.server)
    yield app.server.test_client()
    close_app(app)


def demand_in(town: Loaded, phase: str, skip: int = 0) -> int:
    return int(
        town.value(
            "SELECT id FROM demand WHERE phase = :phase ORDER BY id OFFSET :skip LIMIT 1",
            phase=phase,
            skip=skip,
        )
    )


def not_yet_due(town: Loaded, skip: int = 0) -> int:
    return int(
        town.value(
            "SELECT id FROM demand WHERE phase = 'handling' AND deadline_at > :now"
            " ORDER BY id DESC OFFSET :skip LIMIT 1",
            now=NOW,
            skip=skip,
        )
    )


def seen(engine: Engine, demand: int, who: Principal = STAFF) -> Look:
    with session(engine, who) as c:
        return look(c, demand, who, NOW)


def does(
    engine: Engine, demand: int, action: str, who: Principal = STAFF, seq: int | None = None,
    **given: Any,
) -> Done:  # fmt: skip
    last = seen(engine, demand).head.seq if seq is None else seq
    with session(engine, who) as c:
        return take_step(c, demand, StepOrder(action, None, last, **given), who, NOW)


def test_a_demand_goes_its_way_and_its_history_says_who(town: Loaded) -> None:
    demand = demand_in(town, "handling")
    before = seen(town.engine, demand)
    does(town.engine, demand, "reply", note="已修好，请联系13812345678")
    done = does(town.engine, demand, "close", OTHER, values={"satisfied": True})
    after = seen(town.engine, demand)
    assert (after.head.phase, after.head.is_satisfied) == ("closed", True)
    assert after.head.closed_at == done.event.at
    assert [(e.action, e.actor) for e in after.events[len(before.events) :]] == [
        ("reply", "甲"), ("close", "丙"),
    ]  # fmt: skip
    assert after.events[-2].note == "已修好，请联系138******78"
    assert after.clock.now is not None
    assert after.clock.now.stop is not None
    entry = town.rows("SELECT actor, action, subject FROM audit_entry ORDER BY id DESC LIMIT 1")
    assert tuple(entry[0].values()) == ("丙", "demand.step", f"demand:{demand}")


def test_what_is_written_is_masked_and_the_mask_is_told(town: Loaded) -> None:
    demand = demand_in(town, "handling")
    done = does(town.engine, demand, "remark", note="身份证522624199001011234")
    assert (done.event.note, done.masked) == ("身份证522*************34", ("identity",))


def test_an_extension_is_asked_by_one_and_granted_by_another(town: Loaded) -> None:
    demand = not_yet_due(town)
    due = seen(town.engine, demand).clock.deadline
    assert due is not None
    does(town.engine, demand, "extension_asked", values={"ground": "等材料", "amount": 2})
    with pytest.raises(ForbiddenError):
        does(town.engine, demand, "extension_granted", values={"amount": 2})
    does(town.engine, demand, "extension_granted", APPROVER, values={"amount": 2})
    after = seen(town.engine, demand)
    assert after.clock.deadline is not None
    assert after.clock.deadline > due
    assert after.head.deadline_at == after.clock.deadline
    with session(town.engine, system()) as c:
        assert compare_clocks(c, town.code, NOW).differing == ()


def test_while_it_is_suspended_no_deadline_is_kept(town: Loaded) -> None:
    demand = not_yet_due(town, 1)
    given = {"ground": "汛期后施工", "until": "2999-05-01"}
    does(town.engine, demand, "suspension_asked", values=given)
    does(town.engine, demand, "suspension_granted", APPROVER)
    paused = seen(town.engine, demand)
    assert (paused.head.deadline_at, paused.clock.now and paused.clock.now.is_paused) == (
        None,
        True,
    )
    with pytest.raises(ConflictError):
        does(town.engine, demand, "suspension_granted", APPROVER)
    does(town.engine, demand, "suspension_ended")
    assert seen(town.engine, demand).head.deadline_at is not None


def test_a_clock_that_is_kept_wrong_is_found_and_mended(town: Loaded) -> None:
    demand = demand_in(town, "replied")
    with session(town.engine, system()) as c:
        c.execute(
            text("UPDATE demand SET deadline_at = '2020-01-01' WHERE id = :id"), {"id": demand}
        )
        assert compare_clocks(c, town.code, NOW).differing == (demand,)
        found = compare_clocks(c, town.code, NOW, keep=True)
        assert found.demands == town.value("SELECT count(*) FROM demand")
        assert compare_clocks(c, town.code, NOW).differing == ()


def test_merged_and_taken_apart_again(town: Loaded) -> None:
    demand, into = demand_in(town, "accepted"), demand_in(town, "accepted", 1)
    does(town.engine, demand, "merge", values={"into": into})
    merged = seen(town.engine, demand).head
    assert (merged.phase, merged.merged_into) == ("merged", into)
    does(town.engine, demand, "separate")
    apart = seen(town.engine, demand).head
    assert (apart.phase, apart.merged_into, apart.closed_at) == ("accepted", None, None)


def test_the_same_key_is_the_same_deed(town: Loaded) -> None:
    demand = demand_in(town, "handling", 1)
    first = does(town.engine, demand, "remark", note="已联系", key="k1")
    again = does(town.engine, demand, "remark", seq=first.event.seq - 1, note="已联系", key="k1")
    assert (again.event.seq, again.is_repeated) == (first.event.seq, True)
    with pytest.raises(KeyReusedError):
        does(town.engine, demand, "remark", note="别的话", key="k1")


def test_of_two_workers_one_takes_the_step_and_the_other_is_told(town: Loaded) -> None:
    demand = demand_in(town, "handling", 2)
    last = seen(town.engine, demand).head.seq
    start = Barrier(4)
    engine = program_engine(town.server, pool_size=4)

    def take(number: int) -> str:
        who = signed_in(f"w{number}", "staff", "522301")
        start.wait()
        try:
            does(engine, demand, "reply", who, last, note=f"由 {number} 答复")
        except StepMeanwhileError as late:
            return f"told of {late.happened[0].action}"
        return "done"

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(take, range(4))) == ["done"] + ["told of reply"] * 3
    engine.dispose()
    assert seen(town.engine, demand).head.seq == last + 1


def test_double_clicks_are_one_event(town: Loaded) -> None:
    demand = demand_in(town, "handling", 3)
    last = seen(town.engine, demand).head.seq
    start = Barrier(4)
    engine = program_engine(town.server, pool_size=4)

    def click(_: int) -> bool:
        start.wait()
        return does(engine, demand, "reply", seq=last, note="已答复", key="one").is_repeated

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(click, range(4))) == [False, True, True, True]
    engine.dispose()
    assert seen(town.engine, demand).head.seq == last + 1


def test_who_may_not_is_refused_and_who_is_elsewhere_sees_nothing(town: Loaded) -> None:
    demand = demand_in(town, "handling", 4)
    viewer = Principal("丁", "viewer", "522301", RIGHTS_OF["viewer"])
    with pytest.raises(ForbiddenError):
        does(town.engine, demand, "reply", viewer, note="x")
    elsewhere = signed_in("戊", "staff", "522624")
    with pytest.raises(NotFoundError):
        does(town.engine, demand, "reply", elsewhere, seq=1, note="x")


# ---- over HTTP --------------------------------------------------------------------------------


def test_a_demand_is_told_with_its_clock_and_what_may_come_next(
    client: FlaskClient, town: Loaded
) -> None:
    demand = demand_in(town, "handling", 5)
    told = client.get(f"/api/demands/{demand}").get_json()
    assert told["state_label"] == "办理中"
    assert told["timeline"][0]["label"] == "登记"
    assert told["clock"]["due"]
    steps = {s["action"]: s for s in told["next"]}
    assert steps["reply"]["carries"] == ["note"]
    assert steps["reply"]["address"] == "events"
    english = client.get(f"/api/demands/{demand}?lang=en").get_json()
    assert english["state_label"] == "Handling"
    assert client.get("/api/demands/987654321").status_code == 404


def test_a_step_over_http(client: FlaskClient, town: Loaded) -> None:
    demand = demand_in(town, "handling", 5)
    seq = client.get(f"/api/demands/{demand}").get_json()["seq"]
    address = f"/api/demands/{demand}/events"
    order = {"action": "reply", "seq": seq, "note": "已修好", "key": "h1"}
    assert client.post(address, json=order).status_code == 403  # without the header
    done = client.post(address, json=order, headers=HEADERS).get_json()
    assert (done["done"]["label"], done["demand"]["phase"]) == ("答复", "replied")
    again = client.post(address, json=order, headers=HEADERS)
    assert (again.status_code, again.get_json()["repeated"]) == (200, True)
    other = client.post(address, json={**order, "note": "别的"}, headers=HEADERS)
    assert other.status_code == 422
    late = client.post(address, json={**order, "key": "h2"}, headers=HEADERS)
    assert late.status_code == 409
    assert [e["action"] for e in late.get_json()["happened"]] == ["reply"]
    for wrong, status in (
        ({"action": "close", "seq": seq + 1}, 400),  # is the caller satisfied?
        ({"action": "told", "seq": seq + 1}, 409),
        ({"action": "close", "seq": "x"}, 400),
        ({"action": "close", "seq": seq + 1, "extra": 1}, 400),
        ({"action": "extension_granted", "seq": seq + 1}, 403),  # goes to /decisions
    ):
        assert client.post(address, json=wrong, headers=HEADERS).status_code == status, wrong
