"""The browser and the server think the same: random towns, random operations, every figure."""

from __future__ import annotations

import json
import math
import random
from typing import Any

import numpy as np

from layers.grids.division.problem import Problem
from layers.grids.plan import gestures
from layers.grids.plan.assignment import Move, Plan, apply_moves, make_plan, make_plot_graph
from layers.grids.plan.stroke import Rules, plan_findings
from layers.kit.errors import InputError
from tests.assets.node import run_node

ORIGIN = (106.63, 26.65)
STEP = 1e-7
METRES = (99_500.123456, 110_800.654321)
JUDGED = ("grid_over_limit", "building_over_limit", "grid_in_pieces")
TOWNS = 60
STROKES = 12


def make_town(dice: random.Random) -> dict[str, Any]:
    """Return a lattice with holes and diagonals, some big buildings, estates and locks."""
    across, down = dice.randint(2, 9), dice.randint(2, 9)
    n = across * down
    pairs = []
    for p in range(n):
        right = p + 1 if (p + 1) % across else None
        for q in (right, p + across, p + across + 1 if right else None):
            if q is not None and q < n and dice.random() < 0.85:
                pairs.append((p, q))
    k = dice.randint(1, min(6, n))
    ids = dice.sample(range(10, 500), k)
    assignment = [dice.randrange(k) for _ in range(n)]
    for g in range(k):
        assignment[g] = g
    point = []
    for p in range(n):
        point += [
            1000 * (p % across) + dice.randint(1, 900),
            1000 * (p // across) + dice.randint(1, 900),
        ]
    return {
        "households": [dice.choice((0, 3, 12, 40, 40, 120)) for _ in range(n)],
        "persons": [dice.randint(0, 90) for _ in range(n)],
        "buildings": [dice.randint(0, 2) for _ in range(n)],
        "estate": [dice.randint(-1, 2) for _ in range(n)],
        "locked": [int(dice.random() < 0.05) for _ in range(n)],
        "a": [a for a, _ in pairs],
        "b": [b for _, b in pairs],
        "shared": [round(dice.uniform(0.5, 60), 1) for _ in pairs],
        "assignment": assignment,
        "grids": [{"id": i, "locked": dice.random() < 0.1} for i in ids],
        "limit": dice.choice((100, 300, 600)),
        "origin": ORIGIN,
        "step": STEP,
        "metres": METRES,
        "point": point,
        "operations": [],
    }


def plan_of(town: dict[str, Any]) -> Plan:
    """Return the same town as layers/grids has it."""
    n = len(town["households"])
    problem = Problem(
        households=np.array(town["households"], np.int64),
        area_m2=np.ones(n),
        perimeter_m=np.ones(n),
        x=np.zeros(n),
        y=np.zeros(n),
        a=np.array(town["a"], np.int32),
        b=np.array(town["b"], np.int32),
        shared_m=np.array(town["shared"], np.float64),
        barrier=np.zeros(len(town["a"]), np.int8),
        estate=np.array(town["estate"], np.int32),
        building=np.ones(n, bool),
        persons=np.array(town["persons"], np.int64),
    )
    point = np.array(town["point"], np.int64).reshape(n, 2)
    ground = make_plot_graph(
        problem, np.array(town["buildings"], np.int64), point * STEP * np.array(METRES)
    )
    ids = [g["id"] for g in town["grids"]]
    return make_plan(
        ground,
        np.array([ids[g] for g in town["assignment"]], np.int64),
        [g["id"] for g in town["grids"] if g["locked"]],
        [p for p, locked in enumerate(town["locked"]) if locked],
    )


def metres(line: list[list[float]]) -> list[tuple[float, float]]:
    return [((x - ORIGIN[0]) * METRES[0], (y - ORIGIN[1]) * METRES[1]) for x, y in line]


def random_line(dice: random.Random, town: dict[str, Any], vertices: int) -> list[list[float]]:
    wide = max(town["point"]) + 500
    return [
        [ORIGIN[0] + dice.uniform(-500, wide) * STEP, ORIGIN[1] + dice.uniform(-500, wide) * STEP]
        for _ in range(vertices)
    ]


def random_operation(
    dice: random.Random, town: dict[str, Any], plan: Plan
) -> tuple[dict[str, Any], tuple[Move, ...]]:
    """Return an operation as the browser has it, and the server's moves; () when it is refused."""
    grids = sorted(plan.loads)
    kind = dice.choice(("brush", "brush", "lasso", "estate", "split", "merge", "dissolve"))
    new = -1 - len(town["operations"])
    to = dice.choice([*grids, new])
    one = dice.choice(grids)
    operation: dict[str, Any] = {"kind": kind, "to": to}
    try:
        if kind == "brush":
            operation["plots"] = dice.sample(
                range(plan.graph.plots), dice.randint(1, max(1, plan.graph.plots // 3))
            )
            only = None
            if dice.random() < 0.3:
                operation["only_from"] = one
                only = [one]
            return operation, gestures.gather(plan, operation["plots"], to, only)
        if kind == "lasso":
            operation["ring"] = random_line(dice, town, dice.randint(3, 7))
            inside = gestures.inside_ring(plan.graph, metres(operation["ring"]))
            return operation, gestures.gather(plan, inside.tolist(), to)
        if kind == "estate":
            operation["estate"] = dice.randint(0, 2)
            plots = gestures.estate_plots(plan, operation["estate"])
            return operation, gestures.gather(plan, plots, to)
        if kind == "split":
            operation |= {
                "grid": one,
                "line": random_line(dice, town, dice.randint(2, 5)),
                "to": new,
            }
            return operation, gestures.split(plan, one, metres(operation["line"]), new)
        if kind == "merge":
            operation["grids"] = [dice.choice(grids), one]
            return operation, gestures.merge(plan, operation["grids"], operation["grids"][0])
        operation["grid"] = one
        return operation, gestures.dissolve(plan, one, town["limit"])
    except InputError:
        return operation, ()


def thought(plan: Plan, limit: int) -> tuple[dict[str, list[int]], list[Any]]:
    """Return loads and findings as the browser writes them."""
    found = [
        [f.code, f.grid, list(f.plots), f.mend.target if f.mend else None]
        for f in plan_findings(plan, Rules(limit))
        if f.code in JUDGED
    ]
    return {str(g): list(load) for g, load in plan.loads.items()}, sorted(found, key=str)


def test_browser_and_server_agree_on_random_towns_and_operations() -> None:
    dice = random.Random(20_261_120)
    towns, answers = [], []
    for _ in range(TOWNS):
        town = make_town(dice)
        plan = plan_of(town)
        expected = []
        for _ in range(STROKES):
            operation, moves = random_operation(dice, town, plan)
            if operation["kind"] in ("split", "merge", "dissolve") and not moves:
                continue  # refused on the server: the browser says why before it would send it
            town["operations"].append(operation)
            plan = apply_moves(plan, moves)
            loads, found = thought(plan, town["limit"])
            expected.append(([list(m) for m in moves], loads, found))
        towns.append(town)
        answers.append(expected)
    answer = run_node("pages/planner/replay.js", given=json.dumps(towns))
    assert answer.returncode == 0, answer.stderr[-2000:]
    compared = 0
    for town, expected, seen in zip(towns, answers, json.loads(answer.stdout), strict=True):
        for operation, (moves, loads, found), browser in zip(
            town["operations"], expected, seen, strict=True
        ):
            assert browser["moves"] == sorted(moves), operation
            assert browser["loads"] == loads, operation
            assert sorted(browser["findings"], key=str) == found, operation
            compared += 1
    assert compared > TOWNS * STROKES / 2


def test_a_number_written_for_the_browser_comes_back_the_same() -> None:
    # The line of a split crosses the wire as decimal degrees: nothing may be lost on the way.
    value = ORIGIN[0] + 12_345 * STEP + math.ulp(106.0)
    assert json.loads(json.dumps(value)) == value
