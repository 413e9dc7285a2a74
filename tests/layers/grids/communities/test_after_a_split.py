"""What can be done once a community has been split: one split for all, its day the data's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import pytest

from data.grids.read import grids_shown
from data.plans import read
from layers.grids.communities.apply import ChangeResult
from layers.grids.communities.codes import Official, enter_code
from layers.grids.communities.reversal import take_back
from layers.grids.drafts.making import DraftOrder as Draft
from layers.grids.drafts.making import make_draft
from layers.grids.drafts.pairs import pair_plans
from layers.grids.drafts.plot_store import PlotStore
from layers.kit.errors import ConflictError, InputError
from tests.demonstration import Loaded
from tests.layers.grids.communities.conftest import Town

pytestmark = pytest.mark.database
DAY = date(2026, 10, 31)


@dataclass(frozen=True)
class Parted:
    """A county after the split of 北门社区; ``before``: the plan that was in force."""

    town: Town
    done: ChangeResult
    before: int


@pytest.fixture(scope="module")
def split(sansui: Loaded) -> Iterator[Parted]:
    """Give the split, in a transaction of this file: no other changes the county meanwhile."""
    with sansui.engine.connect() as c:
        opened = c.begin()
        town = Town(c, sansui.code, PlotStore())
        before = town.community("北门社区").in_force
        yield Parted(town, town.split("北门社区", town.east("北门社区")), before)
        opened.rollback()


@pytest.fixture
def parted(split: Parted) -> Iterator[Parted]:
    """Give the split; what a test adds to it is rolled back."""
    added = split.town.c.begin_nested()
    yield split
    added.rollback()


def test_what_has_been_built_on_is_not_taken_back(parted: Parted) -> None:
    town, done = parted.town, parted.done
    draft = make_draft(
        town.c,
        town.plot_store,
        town.county,
        Draft("新草案", "甲", "in_force", (done.communities[1],)),
    )
    with pytest.raises(ConflictError, match="plans and drafts"):
        take_back(town.c, done.change, "乙")
    assert read.plan_head(town.c, draft).grids > 0


def test_an_official_code_on_the_very_day_of_the_split_leaves_no_day_without_a_plan(
    parted: Parted,
) -> None:
    town, done = parted.town, parted.done
    enter_code(town.c, town.county, Official(done.communities[1], "522624002018", DAY, "甲"))
    shown = [g.code[:12] for g in grids_shown(town.c, town.county, DAY)]
    assert "522624002018" in shown
    assert "522624002901" not in shown


@pytest.mark.parametrize(
    ("code", "why"),
    [("5226240020", "12 digits"), ("522624001018", "subdistrict"), ("522624002002", "another")],
)
def test_a_wrong_official_code_is_refused(parted: Parted, code: str, why: str) -> None:
    town, done = parted.town, parted.done
    with pytest.raises(InputError, match=why):
        enter_code(town.c, town.county, Official(done.communities[1], code, DAY, "甲"))


def test_the_plan_of_a_split_says_which_counts_it_was_judged_on(parted: Parted) -> None:
    town, done = parted.town, parted.done
    (row,) = town.rows(
        "SELECT p.snapshot_id, p.published_at, s.effective_on FROM plan p JOIN count_snapshot"
        " s ON s.id = p.snapshot_id WHERE p.id = :p",
        p=done.plan,
    )
    assert row["published_at"] is not None


def test_the_plans_before_and_after_a_split_are_compared_on_the_same_plots(parted: Parted) -> None:
    town, done = parted.town, parted.done
    pair = pair_plans(town.c, town.plot_store, parted.before, done.plan or 0)
    assert [p.same_plots for p in pair.communities] == [True, True]
    one, two = pair.measures
    assert one.households == two.households
    # Every row of the table tells where posts go, and no post is told twice.
    moved = [n for p in pair.communities for n in pair.workers_moved(p).values()]
    assert sum(moved) <= sum(pair.posts[0].values())
