"""Drafts over HTTP: what a stroke saves, undo, staleness, faults."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
import shapely

from data.engine import transaction
from data.plans import read
from layers.grids.drafts.plot_store import PlotStore
from layers.grids.drafts.state import load_state
from tests.dashboard.pages.planner.conftest import Planner
from tests.layers.grids.log_replay import replayed

pytestmark = pytest.mark.database


def stored(planner: Planner, draft: int) -> dict[int, tuple[int, int, int]]:
    """Households, buildings and plots of every grid, counted by SQL from plots and counts."""
    rows = planner.loaded.rows(
        """
        SELECT a.grid_id, count(DISTINCT a.plot_id) AS plots, count(b.id) AS buildings,
               coalesce(sum(n.value), 0) AS households
        FROM plan_assignment a
        LEFT JOIN plot_building pb ON pb.plot_id = a.plot_id
        LEFT JOIN building b ON b.id = pb.building_id
        LEFT JOIN building_count n ON n.building_id = b.id AND n.measure =
          (SELECT household_measure FROM policy WHERE code = :code LIMIT 1)
        WHERE a.plan_id = :draft GROUP BY a.grid_id
        """,
        draft=draft,
    )
    return {r["grid_id"]: (int(r["households"]), r["buildings"], r["plots"]) for r in rows}


def shown(state: Any) -> dict[int, tuple[int, int, int]]:
    return {g["id"]: (g["households"], g["buildings"], g["plots"]) for g in state["grids"]}


# ---- reading ----------------------------------------------------------------------------------


def test_the_ground_draws_every_plot_and_neighbours_share_their_edges(planner: Planner) -> None:
    ground = planner.ground(planner.draft())
    rings, plots = ground["ring"], ground["plot_ring"]
    xy = np.array(ground["xy"]).reshape(-1, 2)
    edges: dict[tuple[tuple[int, int], tuple[int, int]], int] = {}
    for plot in range(ground["n"]):
        parts = [np.cumsum(xy[rings[r] : rings[r + 1]], axis=0)
                 for r in range(plots[plot], plots[plot + 1])]  # fmt: skip
        polygon = shapely.Polygon(parts[0], parts[1:])
        inside = shapely.Point(ground["point"][2 * plot : 2 * plot + 2])
        assert polygon.buffer(2).contains(inside)
        for part in parts:
            corners = [tuple(int(v) for v in c) for c in part]
            for a, b in zip(corners, corners[1:] + corners[:1], strict=True):
                key = (min(a, b), max(a, b))
                edges[key] = edges.get(key, 0) + (a != b)
    assert set(edges.values()) <= {0, 1, 2}  # an inner edge twice, an outer one once
    assert len(ground["households"]) == len(ground["estate"]) == ground["n"]


def test_a_ground_is_not_sent_twice(planner: Planner) -> None:
    tessellation = planner.state(planner.draft())["tessellation"]
    path = f"/api/planner/ground/{tessellation}?county={planner.county}"
    etag = planner.client.get(path).headers["ETag"]
    assert planner.client.get(path, headers={"If-None-Match": etag}).status_code == 304


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/999999", 404),
        ("/%25", 404),
        ("/ground/999999?county={county}", 404),
        ("/ground/1?county=999999", 404),
        ("/drafts/999999", 404),
        ("/drafts/1/communities/999999", 404),
        ("/compare?a=1", 400),
        ("/compare?a=1&b=x", 400),
        ("/compare?a=1&b=999999", 404),
        ("/attachments/999999", 404),
        ("/drafts/99999999999999999999", 404),
        ("/drafts/1/communities/99999999999999999999", 404),
        ("/plans/99999999999999999999/export/csv", 404),
        ("/compare?a=1&b=99999999999999999999", 400),
    ],
)
def test_what_is_not_there_is_said(planner: Planner, path: str, status: int) -> None:
    said = planner.get(path.format(county=planner.county), status)
    assert said["error"]
    assert "\n" not in said["error"]


def test_a_change_without_the_header_is_refused(planner: Planner) -> None:
    answer = planner.client.post(f"/api/planner/{planner.county}/drafts", json={"name": "x"})
    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", 400),
        (b"[]", 400),
        (b"{", 400),
        (b'{"kind": "brush"}', 400),
        (b'{"name": "a\\u0000b", "source": {"kind": "empty"}}', 400),
        (b'{"expected": {"' + b"9" * 5000 + b'": 1}, "kind": "brush"}', 400),
        (b'{"community": 1e400}', 400),
        (b"[" * 100_000, 400),
        (b'"' + b"x" * 9_000_000 + b'"', 413),
    ],
)
def test_a_body_that_is_no_stroke_is_refused(planner: Planner, content: bytes, status: int) -> None:
    draft = planner.draft()
    for path in (f"drafts/{draft}/operations", f"{planner.county}/drafts"):
        answer = planner.client.post(
            f"/api/planner/{path}",
            data=content,
            headers={"X-Getu": "planner", "Content-Type": "application/json"},
        )
        assert answer.status_code == status, answer.get_data(as_text=True)[:300]


# ---- strokes ----------------------------------------------------------------------------------


def test_a_random_walk_keeps_every_count_equal_to_sql_and_the_log_replays(
    planner: Planner,
) -> None:
    chance = random.Random(4)
    draft = planner.draft(name="漫步")
    state, ground = planner.state(draft), planner.ground(draft)
    total = sum(g["households"] for g in state["grids"])
    n, version, saved = ground["n"], state["version"], 0
    for number in range(60):
        grids = [g["id"] for g in planner.state(draft)["grids"]]
        kind = chance.choice(("brush", "brush", "new_grid", "merge", "dissolve", "undo", "redo"))
        if kind in ("undo", "redo"):
            path, values = kind, {}
        else:
            path = "operations"
            plots = chance.sample(range(n), chance.randint(1, 5))
            values = {"kind": kind, "token": f"walk-{number}"}
            values |= {
                "brush": {"plots": plots, "to": chance.choice(grids)},
                "new_grid": {"plots": plots, "to": -1},
                "merge": {"grids": chance.sample(grids, min(2, len(grids)))},
                "dissolve": {"grid": chance.choice(grids)},
            }[kind]
        answer = planner.client.post(
            f"/api/planner/drafts/{draft}/{path}",
            json={"community": planner.community(), "version": version, "by": "甲", **values},
            headers={"X-Getu": "planner"},
        )
        assert answer.status_code in (200, 400), answer.get_data(as_text=True)
        if answer.status_code == 200:
            saved += 1
            version = answer.get_json()["version"]
    assert saved > 30
    state = planner.state(draft)
    assert shown(state) == stored(planner, draft)
    assert sum(g["households"] for g in state["grids"]) == total
    with transaction(planner.loaded.engine) as c:
        now = load_state(c, PlotStore(), read.plan_head(c, draft), planner.community())
        again = replayed(c, draft, now)
    assert again.grid.tolist() == now.plan.grid.tolist()
    rows = planner.loaded.rows(
        """
        SELECT g.grid_id, g.households, g.buildings, g.plots FROM plan_grid g
        WHERE g.plan_id = :draft
        """,
        draft=draft,
    )
    assert {r["grid_id"]: (r["households"], r["buildings"], r["plots"]) for r in rows} == shown(
        state
    )
    gap = planner.loaded.value(
        """
        SELECT ST_Area(ST_SymDifference(ST_Union(g.geom),
                                        (SELECT ST_Union(p.geom) FROM plot p
                                         JOIN plan_assignment a ON a.plot_id = p.id
                                         WHERE a.plan_id = :draft))::geography)
        FROM plan_grid g WHERE g.plan_id = :draft
        """,
        draft=draft,
    )
    assert gap < 0.01  # m2, of 300,000


def test_undo_of_everything_is_the_plan_that_the_draft_started_from(planner: Planner) -> None:
    draft = planner.draft()
    before = planner.state(draft)
    plot, to = planner.border(draft)
    version = planner.operate(draft, "brush", 1, plots=[plot], to=to)["version"]
    version = planner.operate(draft, "dissolve", version, grid=to)["version"]
    community = planner.community()
    for left in (1, 0):
        change = planner.post(f"/drafts/{draft}/undo", community=community, version=version)
        version = change["version"]
        assert change["undo"] == left
    after = planner.state(draft)
    assert after["assignment"] == before["assignment"]
    assert shown(after) == shown(before)
    for _ in range(2):
        version = planner.post(f"/drafts/{draft}/redo", community=community, version=version)[
            "version"
        ]
    said = planner.post(f"/drafts/{draft}/redo", 400, community=community, version=version)
    assert "nothing to redo" in said["error"]


def test_a_stroke_sent_twice_is_saved_once(planner: Planner) -> None:
    draft = planner.draft()
    plot, to = planner.border(draft)
    first = planner.operate(draft, "brush", 1, plots=[plot], to=to, token="lost-answer")
    again = planner.operate(draft, "brush", 1, plots=[plot], to=to, token="lost-answer")
    assert (again["repeated"], again["version"]) == (True, first["version"])
    assert again["moves"] == first["moves"]
    assert planner.get(f"/drafts/{draft}")["operations"] == 1


def test_a_new_grid_gets_an_id_and_a_number_that_no_grid_had(planner: Planner) -> None:
    draft = planner.draft()
    numbers = {g["number"] for g in planner.state(draft)["grids"]}
    change = planner.operate(draft, "new_grid", 1, plots=[0, 1], to=-7)
    made = change["created"]["-7"]
    (grid,) = [g for g in change["grids"] if g["id"] == made]
    assert grid["is_new"]
    assert grid["number"] > max(numbers)
    assert grid["was"] is None


def test_a_browser_that_counts_otherwise_is_told(planner: Planner) -> None:
    draft = planner.draft()
    plot, to = planner.border(draft)
    change = planner.operate(draft, "brush", 1, plots=[plot], to=to, expected={str(to): -5})
    counted = next(g["households"] for g in change["grids"] if g["id"] == to)
    assert change["disagreement"] == {str(to): {"browser": -5, "server": counted}}


def test_a_preview_changes_nothing(planner: Planner) -> None:
    draft = planner.draft()
    before = planner.state(draft)
    change = planner.operate(draft, "dissolve", 0, grid=before["grids"][0]["id"], preview=True)
    assert change["moves"]
    assert change["operation"] is None
    assert planner.state(draft) == before


def test_locked_plots_and_grids_stay(planner: Planner) -> None:
    draft = planner.draft()
    plot, to = planner.border(draft)
    community = planner.community()
    tessellation = planner.state(draft)["tessellation"]
    lock = {"community": community, "tessellation": tessellation}
    state = planner.post(f"/drafts/{draft}/locks", **lock, grids=[], plots=[plot], locked=True)
    assert state["locked_plots"] == [plot]
    # Positions of plots that are no more would name other land.
    older = {**lock, "tessellation": tessellation - 1}
    late = planner.post(f"/drafts/{draft}/locks", 409, **older, plots=[plot], locked=False)
    assert "load the page again" in late["error"]
    said = planner.operate(draft, "brush", 1, 400, plots=[plot], to=to)
    assert "locked" in said["error"]
    planner.post(f"/drafts/{draft}/locks", **lock, plots=[plot], locked=False)
    planner.post(f"/drafts/{draft}/locks", **lock, grids=[to], locked=True)
    assert "locked" in planner.operate(draft, "brush", 1, 400, plots=[plot], to=to)["error"]


@pytest.mark.parametrize(
    ("values", "status", "said"),
    [
        ({"kind": "brush", "plots": [99999], "to": 1}, 400, "outside this community"),
        ({"kind": "brush", "plots": [0], "to": 999999}, 404, "not in this community"),
        ({"kind": "brush", "plots": [0]}, 400, "lacks to"),
        ({"kind": "brush", "plots": "0", "to": 1}, 400, "list of whole numbers"),
        ({"kind": "brush", "plots": [True], "to": 1}, 400, "whole number"),
        ({"kind": "paint", "plots": [0], "to": 1}, 400, "kind must be one of"),
        ({"kind": "split", "grid": "{grid}", "line": [[0, 0], [0, 1]]}, 400, "does not divide"),
        ({"kind": "split", "grid": "{grid}", "line": [[0, 0]]}, 400, "2 to 5,000"),
        ({"kind": "split", "grid": "{grid}", "line": [[0, 0], [0, 0]]}, 400, "different"),
        ({"kind": "split", "grid": "{grid}", "line": [[0, 0], [0, 1e999]]}, 400, "JSON object"),
        ({"kind": "lasso", "ring": [[0, 0], [1, 1], [1, 0]], "to": "{grid}"}, 400, "nothing"),
        ({"kind": "merge", "grids": []}, 400, "two or more"),
        ({"kind": "estate", "estate": 999, "to": "{grid}"}, 400, "no plots"),
        ({"kind": "dissolve", "grid": "{grid}", "version": 77}, 409, "version 77"),
    ],
)
def test_a_stroke_that_cannot_be_done_changes_nothing(
    planner: Planner, values: dict[str, Any], status: int, said: str
) -> None:
    draft = planner.draft()
    before = planner.state(draft)
    grid = before["grids"][0]["id"]
    values = {k: grid if v == "{grid}" else v for k, v in values.items()}
    sent = {"version": 1, "community": planner.community(), **values}
    answer = planner.post(f"/drafts/{draft}/operations", status, **sent)
    assert said in answer["error"]
    assert planner.state(draft) == before
