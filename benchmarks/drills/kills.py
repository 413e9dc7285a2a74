"""kill -9 at random moments: nothing that was acknowledged is lost, nothing is half there.

    .venv/bin/python -m benchmarks.drills.kills [--kills 50] [--seed 1] [--home FOLDER]

``getu serve`` with a database of its own, durable as for users, over the smallest county. Four
hands work at once: one moves plots in a draft, one counts households, one gives and imports files,
one makes plans and publishes them; a fifth asks for divisions. At random moments the program with
its workers, one worker, or PostgreSQL's postmaster is killed. Then it must answer again by itself
(a killed program is started again, as a service manager does), and:

1. every write that was answered 200, 201 or 202 is in the database, and jobs that were taken end;
2. each draft is its log replayed, each grid's households are those of its buildings, each plan
   assigns every plot of a community once, published plans have all of their parts.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread
from typing import Any

from sqlalchemy import Engine, text

from benchmarks.drills.hands import Diary, Hands
from benchmarks.drills.program import ROOT, VICTIMS, Program
from benchmarks.drills.proof import broken, lost
from data.engine import program_engine, session
from data.server import database_settings, running_server
from layers.kit.principal import system


def main(arguments: list[str] | None = None) -> int:
    """Run the drill; 0 where nothing was lost or broken."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--home", type=Path)
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="getu-drill-") as folder:
        home = asked.home or Path(folder)
        home.chmod(0o755)
        return drill(home, asked.kills, random.Random(asked.seed))


def drill(home: Path, kills: int, chance: random.Random, most_s: float = 3.0) -> int:
    """Kill ``kills`` times at random moments; print and return the figures as an exit code.

    ``most_s``: the longest time between an answer and the next kill.
    """
    program = Program(home)
    program.start()
    try:
        program.wait(300)  # the demonstration is loaded first
        return _drill(program, kills, chance, most_s)
    finally:
        program.end()


def _engine(program: Program) -> Callable[[], Engine]:
    settings = database_settings(ROOT, {"GETU_HOME": str(program.home)})

    def make() -> Engine:
        with running_server(settings) as server:
            return program_engine(server, pool_size=2)

    return make


def _drill(program: Program, kills: int, chance: random.Random, most_s: float) -> int:
    diary, ended = Diary(), Event()
    engine = _engine(program)()
    with session(engine, system()) as c:
        county = str(c.execute(text("SELECT code FROM county LIMIT 1")).scalar_one())
        buildings = list(c.execute(text("SELECT id FROM building ORDER BY id LIMIT 40")).scalars())
        place = c.execute(
            text("SELECT ST_X(geom), ST_Y(geom) FROM station ORDER BY id LIMIT 1")
        ).one()
        communities = list(
            c.execute(text("SELECT DISTINCT community_id FROM plan_community")).scalars()
        )
    hands = Hands(program, county, diary, ended, chance)
    work = [
        Thread(target=hands.move_plots),
        Thread(target=hands.count, args=(buildings,)),
        Thread(target=hands.give_files, args=((float(place[0]), float(place[1])),)),
        Thread(target=hands.publish),
    ]
    if most_s > 1.0:  # not in the tests: a division takes a processor
        work.append(Thread(target=hands.divide, args=(communities,)))
    for one in work:
        one.start()
    ups: dict[str, list[float]] = {victim: [] for victim in VICTIMS}
    killed: list[str] = []
    failures: list[str] = []
    try:
        for number in range(kills):
            time.sleep(chance.uniform(0.3, most_s))
            victim = VICTIMS[number % len(VICTIMS)]
            program.kill(victim)
            killed.append(victim)
            time.sleep(0.05)
            ups[victim].append(program.wait())
            with session(engine, system()) as c:
                failures += lost(c, diary)
            if failures:
                break
    finally:
        ended.set()
        for one in work:
            one.join(60)
    engine.dispose()
    failures += _at_the_end(engine, diary)
    _print(diary, killed, ups, failures)
    return int(bool(failures))


def _at_the_end(engine: Engine, diary: Diary) -> list[str]:
    """Wait until no job is under way, then look at everything."""
    open_jobs: Any = None
    until = time.monotonic() + 180
    question = "SELECT count(*) FROM job WHERE state IN ('waiting', 'running')"
    while time.monotonic() < until:
        with session(engine, system()) as c:
            open_jobs = c.execute(text(question)).scalar_one()
        if not open_jobs:
            break
        time.sleep(0.5)
    found = [f"{open_jobs} jobs that never ended"] if open_jobs else []
    with session(engine, system()) as c:
        found += lost(c, diary)
        found += broken(c, diary.of("draft"))
    return found


def _print(
    diary: Diary, killed: list[str], ups: dict[str, list[float]], failures: list[str]
) -> None:
    print(f"killed {len(killed)} times: {dict(Counter(killed))}")
    for victim, times in ups.items():
        if times:
            middle = sorted(times)[len(times) // 2]
            print(f"  {victim}: answers again after {middle:.1f} s (at most {max(times):.1f} s)")
    acknowledged = {what: len(values) for what, values in sorted(diary.told.items())}
    print("acknowledged:", acknowledged)
    if diary.told.get("refused"):
        print("refused:", dict(Counter(map(str, diary.told["refused"])).most_common(5)))
    print("answers:", dict(sorted(diary.statuses.items())))
    print("lost or broken:", failures[:20] or "nothing")


if __name__ == "__main__":
    raise SystemExit(main())
