"""社区析置 over HTTP: a preview writes nothing, faults are said, what was done is recorded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.dashboard.pages.planner.conftest import Planner, at_the_desk
from tests.demonstration import NewDatabase

pytestmark = pytest.mark.database


@pytest.fixture(scope="module")
def planner(new_database: NewDatabase) -> Iterator[Planner]:
    """Return a desk of this module's own: no other test has published a plan there."""
    with at_the_desk(new_database) as planner:
        yield planner


def asked(planner: Planner, **more: Any) -> dict[str, Any]:
    """A split of the community east of its middle."""
    row = planner.get(f"/{planner.county}")["communities"][0]
    ground = planner.get(f"/ground/{row['tessellation']}?county={planner.county}")
    x = ground["point"][::2]
    middle = sorted(x)[len(x) // 2]
    plots = [p for p, at in enumerate(x) if at > middle]
    return {
        "kind": "split",
        "community": row["id"],
        "tessellation": row["tessellation"],
        "plots": plots,
        "name": "栗坪东社区",
        "by": "甲",
        **more,
    }


def test_a_preview_counts_every_household_once_and_writes_nothing(planner: Planner) -> None:
    before = planner.get(f"/{planner.county}")
    shown = planner.post(f"/{planner.county}/territories", **asked(planner), preview=True)
    assert sum(part["households"] for part in shown["parts"]) == 2672
    assert sum(part["buildings"] for part in shown["parts"]) == 59
    assert [part["is_temporary"] for part in shown["parts"]] == [False, True]
    assert shown["parts"][0]["was_households"] == 2672
    assert planner.get(f"/{planner.county}") == before
    assert planner.loaded.value("SELECT count(*) FROM division_change") == 0


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"kind": "merge"}, 400),
        ({"name": None}, 400),
        ({"plots": []}, 400),
        ({"plots": [10**9]}, 400),
        ({"plots": "all"}, 400),
        ({"community": 10**9}, 404),
        ({"tessellation": 10**9}, 409),
        ({"on": "yesterday"}, 400),
        ({"on": "2099-01-01"}, 400),
        ({"kind": "border", "to": None}, 400),
        ({"kind": "border", "to": 10**9}, 404),
    ],
)
def test_what_cannot_be_done_is_refused(
    planner: Planner, more: dict[str, Any], status: int
) -> None:
    said = planner.post(f"/{planner.county}/territories", status, **asked(planner, **more))
    assert said["error"]
    assert planner.loaded.value("SELECT count(*) FROM division_change") == 0


def test_what_was_done_is_recorded_and_can_be_taken_back_once(planner: Planner) -> None:
    before = planner.get(f"/{planner.county}")["communities"]
    done = planner.post(f"/{planner.county}/territories", 201, **asked(planner))
    record = planner.get(f"/{planner.county}/territories")
    (change,) = record["changes"]
    assert (change["id"], change["by"], change["may_be_taken_back"]) == (done["change"], "甲", True)
    assert [one["name"] for one in record["temporary"]] == ["栗坪东社区"]
    assert planner.get(f"/drafts/{done['plan']}")["published"]
    # Whoever asks again about the old community is told.
    planner.post(
        f"/{planner.county}/territories",
        404,
        **asked(planner, community=before[0]["id"], name="另一个"),
    )
    planner.post(f"/territories/{done['change']}/take-back", by="乙")
    planner.post(f"/territories/{done['change']}/take-back", 409, by="乙")
    planner.post("/territories/999999/take-back", 404, by="乙")
    assert planner.get(f"/{planner.county}")["communities"] == before
    (change,) = planner.get(f"/{planner.county}/territories")["changes"]
    assert (change["taken_back_by"], change["may_be_taken_back"]) == ("乙", False)


def test_only_a_temporary_code_is_replaced(planner: Planner) -> None:
    row = planner.get(f"/{planner.county}")["communities"][0]
    said = planner.post(
        f"/{planner.county}/official-codes", 409, community=row["id"], code="522301001002", by="甲"
    )
    assert "official" in said["error"]
