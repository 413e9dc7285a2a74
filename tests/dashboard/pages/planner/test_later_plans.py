"""In force is what is in force today; a plan of a later day is coming, and may be taken back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from data.divisions.read_counties import query, revision
from data.engine import transaction
from layers.grids.layer import controls
from tests.dashboard.pages.planner.conftest import Planner, at_the_desk
from tests.dashboard.pages.planner.plans import approve, go, publish
from tests.demonstration import NewDatabase

pytestmark = pytest.mark.database


@pytest.fixture(scope="module")
def planner(new_database: NewDatabase) -> Iterator[Planner]:
    """Return a desk of this module's own: the county's plans are its subject."""
    with at_the_desk(new_database) as planner:
        yield planner


def today(planner: Planner) -> date:
    return date.fromisoformat(planner.get(f"/{planner.county}")["today"])


def merged(planner: Planner, name: str) -> int:
    """Return a draft of eleven grids: two of the twelve in force are one in it, and approved."""
    draft = planner.draft(name=name)
    state = planner.state(draft)
    plot, to = planner.border(draft)
    other = state["assignment"][plot]
    change = planner.operate(draft, "merge", state["version"], grids=[to, other], to=to)
    for finding in change["findings"]:
        if finding["severity"] == "error":
            planner.post(
                f"/drafts/{draft}/waivers", 201, grid=finding["grid"], finding=finding["code"],
                reason="试", by="丙",
            )  # fmt: skip
    approve(planner, draft)
    return draft


def choices(planner: Planner, **values: str) -> list[tuple[str, str, Any]]:
    with transaction(planner.loaded.engine) as c:
        (control,) = controls(c, query(c, planner.county, values))
    return [(o.value, o.label, o.words["name"]) for o in control.options]


def grids_shown(planner: Planner, day: str = "") -> int:
    answer = planner.client.get(
        f"/layers/grids?county={planner.county}{f'&as_of={day}' if day else ''}"
    )
    assert answer.status_code == 200
    return len(answer.get_json()["features"])


def kept(planner: Planner) -> list[Any]:
    return [
        planner.loaded.rows("SELECT id, code, type, valid_from, valid_to FROM grid ORDER BY id"),
        planner.loaded.rows(
            "SELECT grid_id, code, valid_from, valid_to FROM grid_code ORDER BY id"
        ),
        planner.loaded.rows("SELECT id, grid_id, code FROM station ORDER BY id"),
        planner.loaded.rows(
            "SELECT plan_id, in_force_from, in_force_to FROM plan_community"
            " WHERE in_force_from IS NOT NULL ORDER BY plan_id"
        ),
    ]


@pytest.fixture(scope="module")
def coming(planner: Planner) -> dict[str, Any]:
    draft = merged(planner, "下月的方案")
    day = today(planner) + timedelta(days=30)
    found = {"plan": draft, "day": day, "before": kept(planner)}
    publish(planner, draft, day)
    return found


def test_a_plan_of_a_later_day_is_not_in_force(planner: Planner, coming: dict[str, Any]) -> None:
    desk = planner.get(f"/{planner.county}")
    states = {p["id"]: p["state"] for p in desk["plans"]}
    assert states[coming["plan"]] == "later"
    (now,) = [plan for plan, state in states.items() if state == "now"]
    assert {c["in_force"] for c in desk["communities"]} == {now}
    assert grids_shown(planner) == 12
    detail = planner.get(f"/drafts/{coming['plan']}")
    assert (detail["coming"], detail["in_force_from"]) == (True, coming["day"].isoformat())


def test_it_can_be_chosen_by_its_name_and_day(planner: Planner, coming: dict[str, Any]) -> None:
    later, standing, *_ = choices(planner)
    assert later == (coming["day"].isoformat(), "desk.plan_later", "下月的方案")
    assert standing[1] == "desk.plan_in_force"
    assert grids_shown(planner, later[0]) == 11
    assert grids_shown(planner, standing[0]) == 12


def test_each_day_has_one_choice_and_drafts_are_none_beside_what_is_in_force(
    planner: Planner, coming: dict[str, Any]
) -> None:
    planner.draft(name="另一份草稿")
    listed = choices(planner)
    assert len({value for value, _, _ in listed}) == len(listed)
    assert "desk.plan_draft" not in {label for _, label, _ in listed}
    # A day between two plans is one to choose, once the address asks for it.
    between = (coming["day"] - timedelta(days=3)).isoformat()
    assert (between, "desk.plan_on_day") in [v[:2] for v in choices(planner, as_of=between)]


def test_taken_back_before_its_day_everything_is_as_it_was(
    planner: Planner, coming: dict[str, Any]
) -> None:
    plan = coming["plan"]
    numbers = [(g["id"], g["code"], g["name"]) for g in planner.state(plan)["grids"]]
    planner.post(f"/drafts/{plan}/take-back", 400, by="丙")  # why has to be said
    detail = planner.post(f"/drafts/{plan}/take-back", by="丙", comment="启用日期要改")
    assert (detail["stage"], detail["published"], detail["numbered"]) == ("批复", False, True)
    assert detail["history"][-1]["comment"] == "启用日期要改"
    assert kept(planner) == coming["before"]
    assert [(g["id"], g["code"], g["name"]) for g in planner.state(plan)["grids"]] == numbers
    assert choices(planner)[0][1] == "desk.plan_in_force"
    # It is published again for another day.
    publish(planner, plan, today(planner) + timedelta(days=60))
    assert choices(planner)[0][1] == "desk.plan_later"
    planner.post(f"/drafts/{plan}/take-back", by="丙", comment="再改")


def test_a_plan_that_is_in_force_cannot_be_taken_back(planner: Planner) -> None:
    (now,) = [p["id"] for p in planner.get(f"/{planner.county}")["plans"] if p["state"] == "now"]
    said = planner.post(f"/drafts/{now}/take-back", 409, by="丙", comment="x")
    assert "in force since" in said["error"]
    draft = planner.draft(name="没启用")
    planner.post(f"/drafts/{draft}/take-back", 409, by="丙", comment="x")
    for statement in (
        "UPDATE plan SET published_at = NULL, certificate = NULL WHERE id = :id",
        "UPDATE plan_community SET in_force_from = NULL WHERE plan_id = :id",
    ):
        with pytest.raises(DBAPIError), transaction(planner.loaded.engine) as c:
            c.execute(text(statement), {"id": now})


def test_of_two_that_come_the_last_is_taken_back_first(planner: Planner) -> None:
    plans = []
    for days, name in ((10, "先"), (20, "后")):
        draft = merged(planner, name) if not plans else 0
        if plans:
            source = {"kind": "plan", "plan": plans[0]}
            draft = planner.post(f"/{planner.county}/drafts", 201, name=name, source=source)["id"]
            for finding in planner.state(draft)["findings"]:
                if finding["severity"] == "error":
                    planner.post(
                        f"/drafts/{draft}/waivers", 201, grid=finding["grid"],
                        finding=finding["code"], reason="试", by="丙",
                    )  # fmt: skip
            approve(planner, draft)
        publish(planner, draft, today(planner) + timedelta(days=days))
        plans.append(draft)
    assert planner.post(f"/drafts/{plans[0]}/take-back", 409, by="丙", comment="x")["error"]
    for plan in reversed(plans):
        planner.post(f"/drafts/{plan}/take-back", by="丙", comment="撤回")
        go(planner, plan, "草稿", comment="重做")


def test_on_its_day_it_is_in_force_and_the_county_has_another_revision(planner: Planner) -> None:
    """The clock of the session is put forward; nobody writes anything."""
    plan = merged(planner, "到日子")
    day = today(planner) + timedelta(days=5)
    publish(planner, plan, day)

    def seen(now: date) -> tuple[int, date, int]:
        with transaction(planner.loaded.engine) as c:
            c.execute(text("SELECT set_config('getu.today', :day, true)"), {"day": now.isoformat()})
            asked = query(c, planner.county)
            (control,) = controls(c, asked)
            (standing,) = [o for o in control.options if o.label == "desk.plan_in_force"]
            grids = standing.words["grids"]
            assert isinstance(grids, int)
            return revision(c, planner.county), asked.plans_on, grids

    eve, that_day, week_after = (seen(day + timedelta(days=n)) for n in (-1, 0, 7))
    assert (eve[2], that_day[2], week_after[2]) == (12, 11, 11)
    assert that_day[0] == eve[0] + 1 == week_after[0]
    assert (eve[1] < day, that_day[1], week_after[1]) == (True, day, day)
    planner.post(f"/drafts/{plan}/take-back", by="丙", comment="撤回")


@pytest.mark.parametrize(
    ("asked", "status"), [("yesterday", 400), ("2026-02-30", 400), ("1990-01-01", 404)]
)
def test_a_day_that_is_none_or_has_no_plan_says_so(
    planner: Planner, asked: str, status: int
) -> None:
    where = f"?county={planner.county}&as_of={asked}"
    answer = planner.client.get(f"/figures.json{where}")
    assert answer.status_code == status
    assert ("date" if status == 400 else asked) in answer.get_data(as_text=True)
    answer = planner.client.get(f"/layers/grids{where}")
    if status == 404:  # nothing is drawn, and why is said
        assert answer.get_json()["no_plan_on"] == asked
    else:
        assert answer.status_code == status
    page = planner.client.get(f"/{where}").get_data(as_text=True)
    assert asked in page
