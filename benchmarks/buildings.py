"""Random edits of buildings in a county's largest community: seconds each, what was made anew.

    GETU_HOME=… python -m benchmarks.buildings 520381 --edits 120 --drafts 1

Works on a loaded county and takes everything back.
"""

from __future__ import annotations

import argparse
import random
import time
from collections import Counter
from typing import Any

import numpy as np
import shapely
from shapely.affinity import rotate, translate
from sqlalchemy import Connection, text

from dashboard.settings import read_settings
from data.buildings import read_edits as read
from data.engine import program_engine
from data.migrations import migrate
from data.server import running_server
from layers.buildings.store import EditRequest, save_edit, step
from layers.grids.drafts.making import DraftOrder, make_draft
from layers.grids.drafts.plot_store import PlotStore
from layers.grids.following import carry_over
from layers.kit.errors import InputError

SURE = frozenset({"building_overlaps"})
STEP = 1e-4  # degrees: about 10 m
WHO = "benchmark"


def random_edit(c: Connection, county: str, ids: list[int], dice: random.Random) -> EditRequest:
    """Return a random move, removal or drawing near a random building."""
    building = dice.choice(ids)
    state = read.states(c, county, [building], "resident")[building].state
    shape = shapely.from_wkb(bytes.fromhex(state["geometry"])).geoms[0]
    kind = dice.choice(["move", "remove", "draw"])
    if kind == "remove":
        return EditRequest("remove", WHO, (building,))
    if kind == "move":
        turned = rotate(shape, dice.uniform(-30, 30))
        moved = translate(turned, dice.uniform(-STEP, STEP), dice.uniform(-STEP, STEP))
        return EditRequest("move", WHO, (building,), shapes={building: moved}, confirm=SURE)
    x = shape.centroid.x + dice.uniform(-3 * STEP, 3 * STEP)
    y = shape.centroid.y + dice.uniform(-3 * STEP, 3 * STEP)
    drawn = shapely.box(x, y, x + dice.uniform(0.5, 3) * STEP, y + STEP)
    return EditRequest("draw", WHO, shapes={0: drawn}, confirm=SURE)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("county")
    parser.add_argument("--edits", type=int, default=120)
    parser.add_argument("--drafts", type=int, default=0)
    parser.add_argument("--seed", type=int, default=5)
    args = parser.parse_args()
    attempts: list[int] = []
    made_anew = carry_over.retessellate

    def counted(*given: Any, **more: Any) -> Any:
        attempts[-1] += 1
        return made_anew(*given, **more)

    carry_over.retessellate = counted
    dice = random.Random(args.seed)
    with running_server(read_settings().database) as server:
        migrate(server)
        engine = program_engine(server, statement_timeout_s=None)
        with engine.connect() as c:
            c.exec_driver_sql("SET getu.scope = 'all'")
            community = c.execute(
                text(
                    """
                    SELECT community_id FROM building WHERE code LIKE :county AND valid_to IS NULL
                    GROUP BY 1 ORDER BY count(*) DESC LIMIT 1
                    """
                ),
                {"county": f"{args.county}%"},
            ).scalar_one()
            ids = [
                int(r.id)
                for r in c.execute(
                    text("SELECT id FROM building WHERE community_id = :c AND valid_to IS NULL"),
                    {"c": community},
                )
            ]
            for n in range(args.drafts):
                wanted = DraftOrder(f"draft {n}", WHO, "in_force", (community,))
                make_draft(c, PlotStore(), args.county, wanted)
            seconds: dict[str, list[float]] = {"edit": [], "undo": []}
            while len(seconds["edit"]) < args.edits:
                point = c.begin_nested()
                attempts.append(0)
                start = time.perf_counter()
                try:
                    save_edit(c, args.county, random_edit(c, args.county, ids, dice))
                except InputError:
                    attempts.pop()
                    point.rollback()
                    continue
                seconds["edit"].append(time.perf_counter() - start)
                start = time.perf_counter()
                step(c, args.county, WHO, redo=False)
                seconds["undo"].append(time.perf_counter() - start)
                point.rollback()
            c.rollback()
        engine.dispose()
    print(f"{len(ids)} buildings, {args.drafts} drafts, {args.edits} edits")
    for name, values in seconds.items():
        middle, most = np.percentile(values, [50, 95])
        print(f"{name}: median {middle:.2f} s, 95% {most:.2f} s, most {max(values):.2f} s")
    names = {1: "around", 2: "wider", 3: "whole", 4: "whole, from scratch"}
    print({names[n]: count for n, count in sorted(Counter(attempts).items())})


if __name__ == "__main__":
    main()
