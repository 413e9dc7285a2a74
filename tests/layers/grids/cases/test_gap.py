"""A grid that the old file lacks is made of the ground that it leaves empty."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Connection

from data.cases import read
from layers.grids.cases.draft import make_case_draft
from layers.grids.cases.gap import add_missing_grid, take_back
from layers.grids.cases.store import Ruling, rule
from layers.grids.drafts.plot_store import PlotStore
from layers.kit.errors import ConflictError, InputError

pytestmark = pytest.mark.database


def in_none(c: Connection, old: Any) -> list[Any]:
    return [r for r in read.standing(c, old.id) if r.kind == "none"]


def test_the_empty_ground_takes_its_buildings_and_the_draft_a_grid(
    c: Connection, old: Any, plot_store: PlotStore
) -> None:
    first = in_none(c, old)[0]
    (before,) = old.report["communities"]
    head = add_missing_grid(c, plot_store, old.id, first.id, "甲", old.sequence)
    (after,) = head.report["communities"]
    assert not in_none(c, old)
    # Nothing is lost: what is no case any more is settled.
    assert after["settled_households"] + after["case_households"] == before["households"]
    assert after["settled_households"] >= before["settled_households"] + first.households
    made = make_case_draft(c, plot_store, old.id, "草稿", "甲", accept=True)
    assert made.report["grids"] == before["polygons"] + 1
    assert made.report["households"] == before["households"]


def test_what_was_ruled_stays_ruled(c: Connection, old: Any, plot_store: PlotStore) -> None:
    first, second, *_ = in_none(c, old)
    rule(c, old.id, Ruling((second.id,), second.proposal, False, "乙", old.sequence))
    seen = read.case_set(c, old.id).sequence
    add_missing_grid(c, plot_store, old.id, first.id, "甲", seen)
    stands = {r.id: r for r in read.standing(c, old.id)}
    assert stands[second.id].ruled_to == second.proposal
    assert first.id not in stands


def test_it_is_taken_back_whole(c: Connection, old: Any, plot_store: PlotStore) -> None:
    claimants = read.claimant_count(c, old.id)
    buildings = [r.building_id for r in read.standing(c, old.id)]
    first = in_none(c, old)[0]
    assert not take_back(c, plot_store, old.id, "甲")
    add_missing_grid(c, plot_store, old.id, first.id, "甲", old.sequence)
    assert not take_back(c, plot_store, old.id, "乙")
    assert take_back(c, plot_store, old.id, "甲")
    again = read.standing(c, old.id)
    assert sorted(r.building_id for r in again) == sorted(buildings)
    assert read.claimant_count(c, old.id) == claimants


def test_a_building_between_two_grids_makes_none(
    c: Connection, old: Any, plot_store: PlotStore
) -> None:
    row = next(r for r in read.standing(c, old.id) if r.kind == "overlap")
    with pytest.raises(InputError, match="enough empty ground"):
        add_missing_grid(c, plot_store, old.id, row.id, "甲", old.sequence)
    rule(c, old.id, Ruling((row.id,), row.proposal, False, "乙", old.sequence))
    with pytest.raises(ConflictError, match="乙 ruled"):
        add_missing_grid(c, plot_store, old.id, row.id, "甲", old.sequence)
