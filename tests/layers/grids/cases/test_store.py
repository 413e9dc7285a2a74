"""Case sets in the database: sums, rulings by two people, undo, the draft."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import geopandas as gpd
import pytest
import shapely
from sqlalchemy import Connection, text

from data.cases import read
from data.plans import read as plans
from layers.grids.cases import store as case_store
from layers.grids.cases.draft import make_case_draft
from layers.grids.cases.store import Ruling, fill, rule, rule_all, undo
from layers.grids.drafts.plot_store import PlotStore
from layers.grids.drafts.state import load_state
from layers.kit.errors import ConflictError, InputError
from tests.demonstration import Loaded
from tests.layers.grids.cases.messy import messy

pytestmark = pytest.mark.database
HOUSEHOLDS = 2672  # of 栗坪


def progress(rows: Iterable[Any]) -> dict[str, int]:
    """Count how cases stand."""
    states = Counter(
        "ruled" if r.ruled_to is not None else "deferred" if r.is_deferred else "open" for r in rows
    )
    return {name: states.get(name, 0) for name in ("ruled", "deferred", "open")}


def rows(c: Connection, head: Any) -> list[Any]:
    return read.standing(c, head.id)


def say(c: Connection, head: Any, item: Any, to: int | None, by: str = "甲", **more: Any) -> Any:
    seen = more.pop("seen", read.case_set(c, head.id).sequence)
    return rule(c, head.id, Ruling((item.id,), to, more.get("defer", False), by, seen))


def test_settled_and_cases_are_the_community(c: Connection, old: Any) -> None:
    (sums,) = old.report["communities"]
    assert sums["settled_households"] + sums["case_households"] == sums["households"] == HOUSEHOLDS
    assert sums["settled_buildings"] + sums["case_buildings"] == sums["buildings"] == 59
    cases = rows(c, old)
    assert len(cases) == sums["case_buildings"] == old.cases > 3
    assert sum(r.households for r in cases) == sums["case_households"]
    # One grid is missing: its buildings lie in none.
    assert {"none", "overlap"} <= {r.kind for r in cases}


@pytest.mark.parametrize("seed", [1, 2, 3, 11, 23, 42])
def test_however_messy_the_file_no_building_is_lost(
    c: Connection, own_grids: gpd.GeoDataFrame, bring: Callable[..., Any], seed: int
) -> None:
    head = bring(messy(own_grids, seed, missing=seed % 3, shift_m=3.0 + seed % 5))
    (sums,) = head.report["communities"]
    assert sums["settled_households"] + sums["case_households"] == HOUSEHOLDS
    buildings = [r.building_id for r in rows(c, head)]
    assert len(set(buildings)) == len(buildings) == 59 - sums["settled_buildings"]


def test_a_ruling_says_who_and_when_and_counts(c: Connection, old: Any) -> None:
    first, second, *_ = rows(c, old)
    say(c, old, first, first.claims[1]["claimant"])
    head = say(c, old, second, None, defer=True)
    assert (head.ruled, head.deferred, head.sequence) == (1, 1, 2)
    stands = {r.id: r for r in read.items(c, old.id)}
    assert stands[first.id].ruled_to == first.claims[1]["claimant"]
    assert stands[first.id].ruled_by == "甲"
    assert stands[first.id].ruled_at is not None
    assert stands[second.id].is_deferred
    assert progress(rows(c, old)) == {"ruled": 1, "deferred": 1, "open": old.cases - 2}


def test_a_second_ruling_on_what_another_ruled_unseen_is_told(c: Connection, old: Any) -> None:
    first, second, *_ = rows(c, old)
    seen = old.sequence
    say(c, old, first, first.proposal, "甲", seen=seen)
    with pytest.raises(ConflictError, match="甲 ruled on 1"):
        say(c, old, first, first.claims[1]["claimant"], "乙", seen=seen)
    assert rows(c, old)[0].ruled_to == first.proposal
    # Another building is nobody's business.
    say(c, old, second, second.proposal, "乙", seen=seen)
    # Whoever has seen the ruling may change it.
    say(c, old, first, first.claims[1]["claimant"], "乙")
    assert rows(c, old)[0].ruled_by == "乙"


def test_undo_takes_back_ones_own_last_ruling_only(c: Connection, old: Any) -> None:
    first, second, *_ = rows(c, old)
    before = rows(c, old)
    say(c, old, first, first.proposal, "甲")
    say(c, old, second, second.proposal, "乙")
    undo(c, old.id, "甲")
    now = rows(c, old)
    assert (now[0].ruled_to, now[0].ruled_by) == (None, None)
    assert now[1].ruled_by == "乙"
    undo(c, old.id, "乙")
    unchanged = ("id", "ruled_to", "is_deferred", "ruled_by")
    assert [[getattr(r, k) for k in unchanged] for r in rows(c, old)] == [
        [getattr(r, k) for k in unchanged] for r in before
    ]
    with pytest.raises(InputError, match="nothing of yours"):
        undo(c, old.id, "甲")


def test_what_another_ruled_on_since_is_not_undone(c: Connection, old: Any) -> None:
    first, *_ = rows(c, old)
    say(c, old, first, first.proposal, "甲")
    say(c, old, first, first.claims[1]["claimant"], "乙")
    with pytest.raises(ConflictError):
        undo(c, old.id, "甲")
    assert rows(c, old)[0].ruled_by == "乙"


def test_cases_of_a_kind_are_ruled_at_once_and_undone_at_once(c: Connection, old: Any) -> None:
    cases = rows(c, old)
    none = [r for r in cases if r.kind == "none"]
    say(c, old, none[0], None, defer=True)
    head = rule_all(c, old.id, "nearest", "甲")
    assert head.ruled == len(none) - 1  # what was put off stays
    sure = [r for r in cases if r.claims[0]["share"] > 0.9 and r.claims[1]["share"] < 0.1]
    head = rule_all(c, old.id, "sure", "甲")
    assert head.ruled == len(none) - 1 + len(sure)
    head = undo(c, old.id, "甲")
    assert head.ruled == len(none) - 1
    overlap = [r for r in cases if r.kind == "overlap"]
    assert rule_all(c, old.id, "proposal", "甲", "overlap").ruled == head.ruled + len(overlap)
    rule_all(c, old.id, "proposal", "甲")
    assert progress(rows(c, old)) == {"ruled": len(cases) - 1, "deferred": 1, "open": 0}


def test_a_building_goes_to_no_grid_of_another_set_and_no_unknown_one(
    c: Connection, old: Any
) -> None:
    first, *_ = rows(c, old)
    for to in (-1, 999):
        with pytest.raises(InputError, match="does not lie"):
            say(c, old, first, to)
    with pytest.raises(InputError, match="choose cases"):
        rule(c, old.id, Ruling((10**9,), 0, False, "甲", 0))


def test_no_draft_while_a_case_waits(c: Connection, old: Any, plot_store: PlotStore) -> None:
    with pytest.raises(ConflictError, match="wait for a ruling"):
        make_case_draft(c, plot_store, old.id, "草案", "甲")


def test_the_draft_follows_every_ruling_and_keeps_codes_and_names(
    c: Connection, town: Loaded, old: Any, plot_store: PlotStore, own_grids: gpd.GeoDataFrame
) -> None:
    against = next(r for r in rows(c, old) if r.kind == "overlap")
    say(c, old, against, against.claims[1]["claimant"])
    rule_all(c, old.id, "proposal", "甲")
    made = make_case_draft(c, plot_store, old.id, "旧网格草案", "甲")
    head = plans.plan_head(c, made.plan)
    (community,) = head.communities
    state = load_state(c, plot_store, head, community)
    labels = list(read.claimants(c, old.id, 4490)["label"])
    # Every building lies in the grid that it was given to.
    srid = state.about.srid
    plots = read.plot_buildings(c, state.about.tessellation, srid, "resident")
    grid_of = {
        int(b): state.grids[int(state.plan.grid[state.about.position(int(p))])].code
        for b, p in zip(plots["id"], plots["plot"], strict=True)
    }
    for row in rows(c, old):
        assert grid_of[row.building_id] == labels[row.ruled_to]
    assert sum(load.households for load in state.plan.loads.values()) == HOUSEHOLDS
    # Eleven of twelve grids are in the file; codes, names and ids are those in force.
    names = dict(zip(own_grids["code"], own_grids["name"], strict=True))
    rows_now = plans.plan_grids(c, made.plan)
    assert {r.code for r in rows_now} == set(labels)
    assert all(r.name == names[r.code] for r in rows_now)
    in_force = {r.code: r.grid_id for r in plans.plan_grids(c, _in_force(c, town))}
    assert all(in_force[r.code] == r.grid_id for r in rows_now)
    # The union of the grids is the community.
    shapes = [bytes(r.geometry) for r in plans.exportable(c, made.plan, srid, None)]
    union = shapely.union_all(shapely.from_wkb(shapes))
    whole = shapely.union_all(state.about.shapes)
    assert shapely.symmetric_difference(union, whole).area < 1e-3
    assert read.case_set(c, old.id).state == "done"
    with pytest.raises(ConflictError):
        make_case_draft(c, plot_store, old.id, "noch eins", "甲", accept=True)


def _in_force(c: Connection, town: Loaded) -> int:
    policy = plans.policy(c, town.code)
    (row,) = plans.communities_planned(c, town.code, policy.data_as_of)
    return int(row.in_force)


def test_accepting_takes_the_proposals_and_the_report_says_so(
    c: Connection, old: Any, plot_store: PlotStore
) -> None:
    first, *_ = rows(c, old)
    say(c, old, first, first.proposal)
    made = make_case_draft(c, plot_store, old.id, "草案", "甲", accept=True)
    assert (made.report["ruled"], made.report["by_proposal"]) == (1, old.cases - 1)
    by = {b["building"]: b["by"] for b in made.report["buildings"]}
    assert by[first.building_id] == "甲"
    assert sum(who is None for who in by.values()) == old.cases - 1
    assert made.report["households"] == HOUSEHOLDS
    assert made.report["area_moved_m2"] > 0


def test_old_codes_that_are_no_division_codes_are_kept_as_the_platforms(
    c: Connection, plot_store: PlotStore, own_grids: gpd.GeoDataFrame, bring: Callable[..., Any]
) -> None:
    frame = own_grids.assign(code=[f"P-{i:03d}" for i in range(len(own_grids))], name="老格")
    head = bring(frame)
    assert head.cases == 0  # they follow plots
    made = make_case_draft(c, plot_store, head.id, "草案", "甲")
    codes = c.execute(
        text(
            "SELECT g.upstream_code, pg.name, pg.code FROM plan_grid pg JOIN grid g ON g.id ="
            " pg.grid_id WHERE pg.plan_id = :plan ORDER BY 1"
        ),
        {"plan": made.plan},
    ).all()
    assert [r.upstream_code for r in codes] == list(frame["code"])
    assert {r.name for r in codes} == {"老格"}
    assert len({r.code for r in codes}) == 12
    assert made.report["area_moved_m2"] == 0


def test_buildings_that_changed_since_are_looked_at_anew(
    c: Connection, old: Any, plot_store: PlotStore
) -> None:
    first, second, *_ = rows(c, old)
    say(c, old, first, first.proposal)
    c.execute(
        text("UPDATE building SET geom = ST_Translate(geom, 0.00001, 0) WHERE id = :id"),
        {"id": second.building_id},
    )
    fill(c, plot_store, old.id)
    now = {r.building_id: r for r in rows(c, old)}
    assert now[first.building_id].ruled_to == first.proposal
    changed = now.get(second.building_id)
    assert changed is None or changed.claims != second.claims


def test_a_set_that_was_put_away_takes_no_ruling(c: Connection, old: Any) -> None:
    first, *_ = rows(c, old)
    case_store.discard(c, old.id, "甲")
    with pytest.raises(ConflictError):
        say(c, old, first, first.proposal)
    assert read.case_sets(c, "522301") == []
