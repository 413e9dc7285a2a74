"""What a change of the data costs the coverage page: only what it touches is computed anew.

    python -m benchmarks.coverage_freshness [--county 520381]

On the database that ``./run`` uses (a loaded county; ``GETU_HOME`` or ``DATABASE_URL`` as there).
Each change is made, the board and the figures of one question are asked for, and the change is
undone. Beside it the same from nothing, as a program that has just started does it. Also the
seconds of each way of travel in full, and of what is drawn of it.
"""

from __future__ import annotations

import argparse
import os
import platform
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import text

from dashboard.pages.coverage.routes import board_of
from dashboard.services import make_services
from data.engine import program_engine, session
from data.server import database_settings, running_server
from layers.coverage_gaps.answers.gaps import Question
from layers.coverage_gaps.drawing import areas, streets
from layers.coverage_gaps.report import lay_report
from layers.kit.principal import system

ONE = "(SELECT min(id) FROM {table} WHERE code LIKE :county)"
CHANGES = {
    "one station moved": (
        "UPDATE station SET geom = ST_Translate(geom, {0}1e-4, 0) WHERE id = "
        + ONE.format(table="station")
    ),
    "every count": (
        "UPDATE building_count SET value = value {0} 1 WHERE code LIKE :county AND value > 5"
    ),
    "one building moved": (
        "UPDATE building SET geom = ST_Translate(geom, {0}1e-5, 0) WHERE id = "
        + ONE.format(table="building")
    ),
    "one street": (
        "UPDATE street_edge SET layer = layer {0} 1 WHERE id = " + ONE.format(table="street_edge")
    ),
    "demands only": "UPDATE demand SET importance = importance WHERE code LIKE :county",
}
WAYS = (
    Question(),
    Question(way="round_trip"),
    Question(way="response", services=("police", "fire", "party")),
)


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Return milliseconds and the result."""
    began = time.perf_counter()
    result = work()
    return (time.perf_counter() - began) * 1000, result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--county", default="520381")
    county = parser.parse_args().county
    print(f"{platform.platform()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    settings = database_settings(Path(__file__).resolve().parents[1], os.environ)
    with running_server(settings) as server:
        engine = program_engine(server, pool_size=2)
        services, asked = make_services(engine), Question()

        def figures(of: Any) -> Any:
            board = board_of(of, county)
            return lay_report(board, board.answer(asked), "grids")

        figures(make_services(engine))  # compiles
        cold_ms, _ = timed(lambda: figures(make_services(engine)))
        figures(services)
        print(f"from nothing: {cold_ms:,.0f} ms")
        for name, change in CHANGES.items():
            for sign in ("+", "-"):
                with session(engine, system()) as c:
                    c.execute(text(change.format(sign)), {"county": f"{county}%"})
                spent_ms, _ = timed(lambda: figures(services))
                if sign == "+":
                    share = cold_ms / spent_ms
                    print(f"{name}: {spent_ms:,.0f} ms ({share:.1f} times less than from nothing)")
        board = board_of(services, county)
        for question in WAYS:
            board.answer_with(question, board.sites)
            answer_ms, _ = timed(lambda q=question: board.answer_with(q, board.sites))
            areas(board, question, board.sites)
            areas_ms, _ = timed(lambda q=question: areas(board, q, board.sites))
            streets_ms, _ = timed(lambda q=question: streets(board, q, board.sites))
            print(f"{question.way}, {len(board.facts):,} doors, {len(board.sites)} stations: "
                  f"in full {answer_ms:,.0f} ms, areas {areas_ms:,.0f} ms, "
                  f"streets {streets_ms:,.0f} ms")  # fmt: skip
        engine.dispose()


if __name__ == "__main__":
    main()
