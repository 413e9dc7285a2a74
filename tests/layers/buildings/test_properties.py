"""Whatever is done to buildings: a seamless town, nobody lost, and all of it can be taken back.

Every example runs in one transaction of a real PostGIS, which is rolled back.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from shapely.affinity import rotate, translate
from sqlalchemy import Connection, text

from data.buildings import read_edits as read
from data.buildings.rows import StateRow
from data.plans import read as plans
from layers.buildings.store import EditRequest, EditResult, save_edit, step
from layers.grids.drafts.making import DraftOrder, make_draft
from layers.grids.drafts.plot_store import PlotStore
from layers.grids.drafts.saving import StrokeRequest, save_stroke
from layers.grids.drafts.state import load_state
from layers.grids.plan.stroke import Stroke
from layers.kit.crs import to_measuring, to_storage
from layers.kit.errors import InputError
from tests.layers.buildings.conftest import DRAFTS, NEWEST_PLOTS, STANDING, Desk
from tests.layers.grids.log_replay import replayed
from tests.properties import examples

MEASURE = "resident"
SURE = frozenset({"building_overlaps"})


class Town:
    """A county in a transaction of its own."""

    def __init__(self, c: Connection, desk: Desk) -> None:
        self.c, self.county = c, desk.county
        self.policy = plans.policy(c, self.county)
        self.srid = self.policy.measuring_srid

    def all(self, sql: str) -> list[dict[str, Any]]:
        return [dict(row) for row in self.c.execute(text(sql)).mappings()]

    def standing(self) -> dict[int, StateRow]:
        ids = [r["id"] for r in self.all("SELECT id FROM building WHERE valid_to IS NULL")]
        return read.states(self.c, self.county, sorted(ids), MEASURE)

    def shape(self, building: int) -> Any:
        state = read.states(self.c, self.county, [building], MEASURE)[building].state
        shape = to_measuring(
            np.array([shapely.from_wkb(bytes.fromhex(state["geometry"]))]), self.srid
        )
        return max(shape[0].geoms, key=lambda part: part.area)

    def degrees(self, shape: Any) -> Any:
        return to_storage(np.array([shape], object), self.srid)[0]

    def households(self) -> int:
        return sum(row.households or 0 for row in self.standing().values())

    def persons(self) -> int:
        rows = read.states(self.c, self.county, list(self.standing()), "persons")
        return sum(row.households or 0 for row in rows.values())

    def edit(self, kind: Any, buildings: Any = (), **more: Any) -> EditResult:
        made = save_edit(
            self.c, self.county, EditRequest(kind, "甲", tuple(buildings), confirm=SURE, **more)
        )
        assert isinstance(made, EditResult)
        return made

    def snapshot(self) -> tuple[Any, Any, Any]:
        return self.all(STANDING), self.all(NEWEST_PLOTS), self.all(DRAFTS)

    def act(self, action: str, pick: float, size: float, turn: float) -> bool:
        """Do one random thing; False where it was refused."""
        ids = sorted(self.standing())
        b = ids[int(pick * len(ids)) % len(ids)]
        shape = self.shape(b)
        try:
            if action == "draw":
                corner = shapely.Point(*np.add(shape.centroid.coords[0], (size, 14 * turn)))
                square = rotate(shapely.box(0, 0, 6 + size, 9), 90 * turn)
                moved = translate(square, corner.x, corner.y)
                self.edit("draw", shapes={0: self.degrees(moved)})
            elif action in ("move", "reshape"):
                moved = translate(rotate(shape, 40 * turn), size - 6, 5 * turn)
                moved = moved.buffer(1 + turn, join_style="mitre") if action == "reshape" else moved
                self.edit(action, [b], shapes={b: self.degrees(moved)})
            elif action == "cut":
                west, south, east, north = shape.bounds
                x = west + (0.2 + 0.6 * turn) * (east - west)
                line = shapely.LineString([(x, south - 3), (x + 0.3, north + 3)])
                self.edit("cut", [b], line=self.degrees(line))
            elif action == "join":
                others = sorted((self.shape(o).distance(shape), o) for o in ids if o != b)
                self.edit("join", [b, others[0][1]])
            elif action == "remove":
                self.edit("remove", [b])
            elif action == "attributes":
                self.edit("attributes", [b], values={"name": f"楼{size:.1f}", "aliases": ["旧名"]})
            else:
                known = self.standing()[b].households or 0
                units = [{"name": None, "households": None}] * 3
                if turn > 0.5 and known:
                    first = int(known * turn)
                    units = [{"name": "东", "households": first},
                             {"name": "西", "households": known - first}]  # fmt: skip
                self.edit("split_by_entrance", [b], values={"units": units})
        except InputError:
            return False
        return True


@pytest.fixture(scope="module")
def drafted(desk: Desk) -> Iterator[Desk]:
    """Yield the county with a draft that a planner has redrawn a little."""
    with desk.loaded.engine.begin() as c:
        plot_store = PlotStore()
        plan = make_draft(c, plot_store, desk.county, DraftOrder("改动前的草案", "甲", "in_force"))
        community = plans.plan_communities(c, plan)[0].id
        state = load_state(c, plot_store, plans.plan_head(c, plan), community)
        problem, grid = state.about.graph.problem, state.plan.grid
        for a, b in zip(problem.a.tolist(), problem.b.tolist(), strict=True):
            if grid[a] != grid[b]:
                stroke = Stroke("assign", (a,), int(grid[b]))
                save_stroke(c, plot_store, plan, StrokeRequest(community, 1, stroke, "甲"))
                break
    yield desk
    with desk.loaded.engine.begin() as c:
        c.execute(text("DELETE FROM plan WHERE id = :id"), {"id": plan})


def check_plots(town: Town) -> None:
    """The newest plots tile every community, and every building stands whole on one of them."""
    rows = town.all(
        """
        SELECT p.id, p.community_id, ST_AsBinary(p.geom) AS geometry,
               ARRAY(SELECT building_id FROM plot_building WHERE plot_id = p.id) AS buildings
        FROM plot p WHERE p.tessellation_id IN (
            SELECT DISTINCT ON (community_id) id FROM tessellation
            ORDER BY community_id, version DESC) ORDER BY p.id
        """
    )
    stored = np.array([shapely.from_wkb(bytes(r["geometry"])) for r in rows], object)
    assert shapely.is_valid(stored).all()
    assert shapely.coverage_is_valid(stored)
    metric = to_measuring(stored, town.srid)
    (outline,) = town.all(
        "SELECT ST_AsBinary(geom) AS g FROM division WHERE kind = 'community' AND geom IS NOT NULL"
    )
    community = to_measuring(np.array([shapely.from_wkb(bytes(outline["g"]))]), town.srid)[0]
    assert abs(shapely.area(metric).sum() - community.area) < 1e-9 * community.area + 1e-4
    seat: dict[int, list[int]] = {}
    for at, row in enumerate(rows):
        for b in row["buildings"]:
            seat.setdefault(b, []).append(at)
    standing = town.standing()
    assert set(seat) == set(standing)
    assert all(len(plots) == 1 for plots in seat.values())
    shapes = {b: town.shape(b) for b in standing}
    tree = shapely.STRtree(list(shapes.values()))
    for b, shape in shapes.items():
        alone = len(tree.query(shape, predicate="intersects")) == 1
        inside = shapely.intersection(shape, community)
        if alone and shapely.get_num_geometries(inside) == 1:
            outside = shapely.difference(inside, metric[seat[b][0]]).area
            assert outside < 1e-3, (b, outside)


def check_drafts(town: Town) -> None:
    """Every draft covers the newest plots, its log gives it, and its figures are its plots'."""
    plot_store = PlotStore()
    for head in plans.plan_heads(town.c, town.county):
        if head.published_at is not None:
            continue
        for community in plans.plan_communities(town.c, head.id):
            state = load_state(town.c, plot_store, head, community.id)
            assert (state.plan.grid >= 0).all()
            assert (replayed(town.c, head.id, state).grid == state.plan.grid).all()
            stored = plans.plan_grids(town.c, head.id, community.id)
            held = {r.grid_id: (r.households, r.buildings, r.plots) for r in stored}
            counted = {g: (v.households, v.buildings, v.plots) for g, v in state.plan.loads.items()}
            assert held == counted


ACTIONS = ("draw", "move", "reshape", "cut", "join", "remove", "attributes", "split_by_entrance")
unit = st.floats(0, 0.999, allow_nan=False)
steps = st.tuples(st.sampled_from(ACTIONS), unit, st.floats(0, 12), unit)


@settings(
    max_examples=examples(12),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],  # shrinking would take minutes
)
@given(st.lists(steps, min_size=1, max_size=4))
def test_any_edits_keep_the_town_whole_and_undoing_them_is_identity(
    drafted: Desk, actions: list[tuple[str, float, float, float]]
) -> None:
    with drafted.loaded.engine.connect() as c:
        town = Town(c, drafted)
        before, done = town.snapshot(), 0
        for action, pick, size, turn in actions:
            held, persons = town.households(), town.persons()
            ids = sorted(town.standing())
            known = town.standing()[ids[int(pick * len(ids)) % len(ids)]].households or 0
            if town.act(action, pick, size, turn):
                done += 1
                assert town.households() == held - (known if action == "remove" else 0)
                assert action == "remove" or town.persons() == persons
        check_plots(town)
        check_drafts(town)
        after = town.snapshot()
        for _ in range(done):
            step(c, town.county, "甲", redo=False)
        assert town.snapshot() == before
        for _ in range(done):
            step(c, town.county, "甲", redo=True)
        assert town.snapshot()[0] == after[0]
        assert town.snapshot()[1] == after[1]
        check_drafts(town)
        c.rollback()


def test_undoing_further_back_than_plots_are_kept_makes_them_anew(
    drafted: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("layers.grids.following.carry_over.KEPT_VERSIONS", 0)
    with drafted.loaded.engine.connect() as c:
        town = Town(c, drafted)
        rows, households = town.all(STANDING), town.households()
        for at, action in enumerate(("remove", "cut", "move")):
            assert town.act(action, 0.3 * at, 5.0, 0.4)
        for _ in range(3):
            step(c, town.county, "甲", redo=False)
            check_plots(town)
            check_drafts(town)
        assert town.all(STANDING) == rows
        assert town.households() == households
        c.rollback()
