"""Plots and plans after an edit: across a border, in an open draft, for two at once, killed."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import shapely
from shapely.affinity import translate
from sqlalchemy import Engine, text

from data.engine import program_engine, transaction
from data.plans import read as plans
from data.plans.retessellation import read as read_plots
from data.server import Server
from layers.buildings.store import EditRequest, EditResult, LateEdit, save_edit, step
from layers.grids.drafts.making import DraftOrder, make_draft
from layers.grids.drafts.plot_store import PlotStore
from layers.grids.drafts.saving import LateChange, StrokeRequest, save_stroke
from layers.grids.drafts.saving import step as draft_step
from layers.grids.drafts.state import load_state
from layers.grids.plan.stroke import Stroke
from layers.kit.errors import InputError
from tests.conftest import ROOT
from tests.layers.buildings.towns import GAP, HOUSE, house, load_made_town
from tests.layers.grids.log_replay import replayed


@dataclass
class MadeTown:
    server: Server
    engine: Engine
    county: str

    def rows(self, sql: str, **values: Any) -> list[dict[str, Any]]:
        with transaction(self.engine) as c:
            return [dict(r) for r in c.execute(text(sql), values).mappings()]

    def building(self, name: str) -> int:
        (row,) = self.rows("SELECT id FROM building WHERE external_id = :name", name=name)
        return int(row["id"])

    def plots(self) -> list[dict[str, Any]]:
        return self.rows(
            """
            SELECT encode(ST_AsEWKB(p.geom), 'hex') AS geometry, p.building_id, p.code
            FROM plot p WHERE p.tessellation_id IN (
                SELECT DISTINCT ON (community_id) id FROM tessellation
                ORDER BY community_id, version DESC) ORDER BY 1
            """
        )

    def edit(self, kind: Any, *buildings: int, by: str = "甲", **more: Any) -> EditResult:
        with transaction(self.engine) as c:
            made = save_edit(c, self.county, EditRequest(kind, by, buildings, **more))
        assert isinstance(made, EditResult)
        return made

    def undo(self) -> EditResult:
        with transaction(self.engine) as c:
            made = step(c, self.county, "甲", redo=False)
        assert isinstance(made, EditResult)
        return made

    def draft(self) -> int:
        (row,) = self.rows("SELECT max(id) AS id FROM plan WHERE published_at IS NULL")
        return int(row["id"])


@pytest.fixture(scope="module")
def town(
    new_database: Callable[[], Server], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[MadeTown]:
    """Yield the made town; every test of this file changes a place of its own."""
    server = new_database()
    engine = program_engine(server, pool_size=4)
    yield MadeTown(server, engine, load_made_town(engine, tmp_path_factory.mktemp("town")))
    engine.dispose()


def test_a_building_moved_across_the_border_changes_community_and_plots(town: MadeTown) -> None:
    plots = town.plots()
    building = town.building("H31")
    made = town.edit("move", building, shapes={building: translate(house(3, 1), 0, 3 * GAP)})
    assert [r["community"]["code"] for r in made.plots] == ["522624001001"]
    over = translate(house(4, 1), 0, 3 * GAP)
    made = town.edit("move", building, shapes={building: over})
    assert sorted(r["community"]["code"] for r in made.plots) == ["522624001001", "522624001002"]
    (row,) = town.rows("SELECT code FROM building WHERE id = :id", id=building)
    assert row["code"] == "522624001002"
    seats = [p["code"] for p in town.plots() if p["building_id"] == building]
    assert seats == ["522624001002"]
    town.undo()
    town.undo()
    assert town.plots() == plots


def test_a_building_on_the_border_goes_to_the_larger_share_and_says_so(town: MadeTown) -> None:
    # 70% of the house lie east of the border at 108.67.
    x = house(4, 0).bounds[0] - 0.25 * GAP - 0.3 * HOUSE
    y = house(4, 2).bounds[1] + 2 * GAP
    made = town.edit("draw", shapes={0: shapely.box(x, y, x + HOUSE, y + HOUSE)})
    (finding,) = made.findings
    assert finding.code == "building_crosses_boundary"
    assert finding.values["share"] == pytest.approx(70.0, abs=0.2)
    (row,) = town.rows("SELECT code FROM building WHERE id = :id", id=made.changed[0])
    assert row["code"] == "522624001002"


def test_an_open_draft_is_told_and_its_undo_still_works(town: MadeTown) -> None:
    plot_store, plan = PlotStore(), town.draft()
    with transaction(town.engine) as c:
        community = plans.plan_communities(c, plan)[0].id
        version = plans.plan_head(c, plan).version
        stroke = Stroke("new_grid", (0, 1))
        saved = save_stroke(c, plot_store, plan, StrokeRequest(community, version, stroke, "甲"))
        assert not isinstance(saved, LateChange)
        moved = {int(saved.state.about.plot_ids[m.plot]): m.target for m in saved.moves}
        shapes = {r.id: bytes(r.geometry) for r in read_plots.plots(c, list(moved))}
    town.edit("draw", shapes={0: translate(house(0, 2), 0, 3 * GAP)})
    late = StrokeRequest(community, saved.version, Stroke("new_grid", (2,)), "乙")
    with pytest.raises(InputError, match="draw it again"), transaction(town.engine) as c:
        save_stroke(c, plot_store, plan, late)
    with transaction(town.engine) as c:
        state = load_state(c, plot_store, plans.plan_head(c, plan), community)
        assert (replayed(c, plan, state).grid == state.plan.grid).all()
        # The plots that went to the new grid are still in it, under their new ids.
        rows = read_plots.plots(c, state.about.plot_ids.tolist())
        pairs = zip(rows, state.plan.grid.tolist(), strict=True)
        now = {bytes(r.geometry): g for r, g in pairs}
        assert {now[shapes[i]] for i in moved if shapes[i] in now} <= set(moved.values())
        version = plans.plan_head(c, plan).version
        undone = draft_step(c, plot_store, plan, community, version, "甲", redo=False)
        assert not isinstance(undone, LateChange)
        state = load_state(c, plot_store, plans.plan_head(c, plan), community)
        assert (replayed(c, plan, state).grid == state.plan.grid).all()


def test_a_new_draft_starts_on_the_newest_plots_with_the_plan_in_force(town: MadeTown) -> None:
    plan = town.draft()
    made = town.edit("draw", shapes={0: translate(house(1, 2), 0, 3 * GAP)})
    with transaction(town.engine) as c:
        plot_store = PlotStore()
        copy = make_draft(c, plot_store, town.county, DraftOrder("新草案", "甲", "plan", plan=plan))
        for row in plans.plan_communities(c, copy):
            newest = read_plots.newest(c, row.id)
            assert newest is not None
            assert row.tessellation == newest.id
    seat = town.rows(
        """
        SELECT a.plan_id FROM plan_assignment a JOIN plot_building pb ON pb.plot_id = a.plot_id
        WHERE pb.building_id = :id ORDER BY 1
        """,
        id=made.changed[0],
    )
    assert [r["plan_id"] for r in seat] == [plan, copy]


def test_of_two_at_once_one_is_first_and_the_other_is_told(town: MadeTown) -> None:
    building = town.building("H00")
    answers: list[Any] = []

    def change(by: str) -> None:
        with transaction(town.engine) as c:
            sent = EditRequest("attributes", by, (building,), {building: 1}, values={"name": by})
            answers.append(save_edit(c, town.county, sent))

    hands = [threading.Thread(target=change, args=(by,)) for by in ("甲", "乙", "丙")]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join()
    saved = [a for a in answers if isinstance(a, EditResult)]
    refused = [a for a in answers if isinstance(a, LateEdit)]
    assert (len(saved), len(refused)) == (1, 2)
    (row,) = town.rows("SELECT name, version FROM building WHERE id = :id", id=building)
    assert row["version"] == 2
    assert all(row["name"] in str(r.reason) for r in refused)


def test_two_who_draw_at_once_both_have_their_building_on_whole_plots(town: MadeTown) -> None:
    def draw(column: int) -> None:
        for row in (3, 4):
            town.edit("draw", by=str(column), shapes={0: house(column, row + 1)})

    before = len(town.rows("SELECT id FROM building WHERE valid_to IS NULL"))
    hands = [threading.Thread(target=draw, args=(column,)) for column in (2, 5, 6)]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join()
    seats = [p["building_id"] for p in town.plots() if p["building_id"] is not None]
    standing = town.rows("SELECT id FROM building WHERE valid_to IS NULL ORDER BY id")
    assert sorted(seats) == [r["id"] for r in standing]
    assert len(standing) == before + 6


KILLED = """
    import sys, time
    from sqlalchemy import create_engine
    import shapely
    from data.engine import program_engine, transaction
    from data.server import Server
    from data.buildings import write_edits as building_edits
    from layers.buildings.store import EditRequest, save_edit

    def wait(*args, **more):
        print("in the middle", flush=True)
        time.sleep(60)

    building_edits.log_edit = wait  # rows, plots and drafts are written, the log is not
    engine = program_engine(Server(sys.argv[1], sys.argv[1], False), pool_size=1)
    with transaction(engine) as c:
        shape = shapely.box(*map(float, sys.argv[3:]))
        save_edit(c, sys.argv[2], EditRequest("draw", "甲", shapes={0: shape}))
"""


def test_a_program_killed_in_the_middle_leaves_nothing_behind(town: MadeTown) -> None:
    plots, count = town.plots(), len(town.rows("SELECT 1 FROM building"))
    drawn = town.rows("SELECT id FROM building_edit WHERE kind = 'draw'")
    box = [repr(v) for v in translate(house(7, 2), 0, 3 * GAP).bounds]
    command = [sys.executable, "-c", textwrap.dedent(KILLED), town.server.program_url, town.county]
    with subprocess.Popen([*command, *box], cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "in the middle\n"
        process.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:  # until the server has noticed
        open_ = "SELECT count(*) AS n FROM pg_locks WHERE locktype = 'advisory'"
        if town.rows(open_)[0]["n"] == 0:
            break
        time.sleep(0.1)
    assert town.plots() == plots
    assert len(town.rows("SELECT 1 FROM building")) == count
    assert town.rows("SELECT id FROM building_edit WHERE kind = 'draw'") == drawn
    town.edit("draw", shapes={0: translate(house(7, 2), 0, 3 * GAP)})
