"""kill -9 at random moments: nothing that was acknowledged is lost, nothing is half there.

    .venv/bin/python -m benchmarks.drills [--kills 50] [--seed 1] [--home FOLDER]

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
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Any, Final

from sqlalchemy import Connection, Engine, text

from data.embedded import cluster
from data.embedded.paths import state_paths
from data.embedded.programs import find_programs
from data.engine import program_engine, session
from data.plans import read as read_plans
from data.server import database_settings, running_server
from layers.grids.drafts.plot_store import PlotStore
from layers.grids.drafts.state import load_state
from layers.grids.plan.assignment import count_loads
from layers.kit.principal import system
from tests.layers.grids.log_replay import replayed

ROOT: Final = Path(__file__).resolve().parent.parent
DEMO: Final = "liping"
UP_S: Final = 90.0
VICTIMS: Final = ("program", "worker", "postmaster")


class Program:
    """``getu serve`` in a state folder of its own."""

    def __init__(self, home: Path) -> None:
        with socket.socket() as found:
            found.bind(("127.0.0.1", 0))
            self.port = found.getsockname()[1]
        self.home = home
        self.paths = state_paths(ROOT, {"GETU_HOME": str(home)})
        self.env = {**os.environ, "GETU_HOME": str(home), "GETU_DEMO": DEMO, "GETU_FREE_MB": "100"}
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [sys.executable, "app.py", "serve", "--port", str(self.port)]
        with (self.home / "serve.txt").open("ab") as said:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=self.env, start_new_session=True, stdout=said, stderr=said
            )

    def ask(self, method: str, path: str, body: Any = None, raw: bytes | None = None) -> Any:
        """Return status and JSON; 0 where the line broke before an answer came."""
        data = raw if raw is not None else None if body is None else json.dumps(body).encode()
        headers = {"X-Getu": "drill", "Accept": "application/json"}
        if raw is None and body is not None:
            headers["Content-Type"] = "application/json"
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}", data, headers, method=method
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                content = answer.read()
                return answer.status, json.loads(content) if content else None
        except urllib.error.HTTPError as error:
            with suppress(Exception):
                return error.code, json.loads(error.read())
            return error.code, None
        except (OSError, ValueError, Exception):
            return 0, None

    def wait(self, within_s: float = UP_S) -> float:
        """Wait until it answers; return after how long."""
        started = time.monotonic()
        while time.monotonic() - started < within_s:
            if self.ask("GET", "/health")[0] == 200:
                return time.monotonic() - started
            time.sleep(0.1)
        said = (self.home / "serve.txt").read_text(errors="replace")
        raise AssertionError(f"it did not answer within {within_s} s: {said[-2000:]}")

    def workers(self) -> list[int]:
        """Return the workers of the web server, by their parent."""
        assert self.process is not None
        listed = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(pid) for pid in listed.split()]

    def kill(self, victim: str) -> None:
        assert self.process is not None
        if victim == "program":
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.start()
        elif victim == "worker":
            for pid in self.workers()[:1]:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        else:
            running = cluster.server_process(self.paths)
            if running is not None:
                with suppress(ProcessLookupError):
                    os.kill(running[0], signal.SIGKILL)

    def end(self) -> None:
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
        if cluster.server_process(self.paths):
            cluster.stop(self.paths, find_programs(self.paths.cluster))


@dataclass
class Diary:
    """What was acknowledged, in the words of the question that finds it again."""

    told: dict[str, list[Any]] = field(default_factory=dict)
    statuses: Counter[str] = field(default_factory=Counter)
    lock: Lock = field(default_factory=Lock)

    def note(self, what: str, value: Any) -> None:
        with self.lock:
            self.told.setdefault(what, []).append(value)

    def saw(self, hand: str, status: int) -> None:
        with self.lock:
            self.statuses[f"{hand} {status}"] += 1

    def of(self, what: str) -> list[Any]:
        with self.lock:
            return list(self.told.get(what, ()))


@dataclass
class Hands:
    """Who works while things are killed."""

    program: Program
    county: str
    diary: Diary
    ended: Event
    chance: random.Random

    def ask(
        self, hand: str, method: str, path: str, body: Any = None, raw: bytes | None = None
    ) -> Any:
        status, said = self.program.ask(method, path, body, raw)
        self.diary.saw(hand, status)
        if status == 0 or status >= 500:
            self.ended.wait(0.2)
        return (said if said is not None else {}) if 0 < status < 300 else None

    def make_draft(self, hand: str, name: str) -> dict[str, Any] | None:
        source = {"kind": "in_force"}
        body = {"name": name, "source": source, "by": hand}
        made: dict[str, Any] | None = self.ask(
            hand, "POST", f"/api/planner/{self.county}/drafts", body
        )
        if made is not None:
            self.diary.note("draft", made["id"])
        return made

    def move_plots(self) -> None:
        draft, number = None, 0
        while not self.ended.is_set():
            draft = draft or self.make_draft("strokes", f"drill {time.monotonic_ns()}")
            if draft is None:
                continue
            community = draft["communities"][0]
            state = self.ask(
                "strokes", "GET", f"/api/planner/drafts/{draft['id']}/communities/{community}"
            )
            if state is None:
                continue
            version, plots = state["version"], len(state["assignment"])
            for _ in range(20):
                number += 1
                token = f"drill-{os.getpid()}-{number}-{self.chance.random()}"
                grid = self.chance.choice(state["grids"])["id"]
                some = self.chance.sample(range(plots), min(3, plots))
                body = {"community": community, "version": version, "token": token, "by": "甲",
                        "kind": "brush", "plots": some, "to": grid}  # fmt: skip
                path = f"/api/planner/drafts/{draft['id']}/operations"
                done = self.ask("strokes", "POST", path, body)
                if done is None:
                    break
                version = done["version"]
                self.diary.note("stroke", token)

    def count(self, buildings: list[int]) -> None:
        number = 0
        while not self.ended.is_set():
            number += 1
            building = self.chance.choice(buildings)
            body = {"persons": number, "by": "乙"}
            if (
                self.ask("counts", "POST", f"/api/counts/{self.county}/{building}", body)
                is not None
            ):
                self.diary.note("count", (building, number))

    def give_files(self, place: tuple[float, float]) -> None:
        number = 0
        while not self.ended.is_set():
            number += 1
            name = f"drill-{number}-{self.chance.random():.6f}"
            table = f"编号,名称,类别,经度,纬度\n{name},{name},medical,{place[0]},{place[1]}\n"
            path = f"/api/files/{self.county}/uploads?kind=stations&name={name}.csv&by=a"
            given = self.ask("files", "POST", path, raw=table.encode())
            if given is None:
                continue
            self.diary.note("upload", given["id"])
            body = {"kind": "stations", "crs": "EPSG:4326", "source": name, "by": "丙",
                    "columns": (given["look"] or {}).get("matched", {})}  # fmt: skip
            job = self.ask("files", "POST", f"/api/files/uploads/{given['id']}/import", body)
            if job is not None:
                self.diary.note("job", job["id"])
                self.follow("files", f"/api/files/jobs/{job['id']}", name)

    def follow(self, hand: str, path: str, name: str | None = None) -> None:
        until = time.monotonic() + 60
        while not self.ended.is_set() and time.monotonic() < until:
            found = self.ask(hand, "GET", path)
            if found is not None and found["state"] in ("done", "failed", "cancelled"):
                if found["state"] == "done" and name and not found["result"].get("refused"):
                    self.diary.note("imported", name)
                return
            self.ended.wait(0.2)

    def publish(self) -> None:
        number = 0
        while not self.ended.is_set():
            number += 1
            draft = self.make_draft("publishing", f"publish {number} {time.monotonic_ns()}")
            while draft is not None and not self.ended.is_set():
                path = f"/api/planner/drafts/{draft['id']}"
                detail = self.ask("publishing", "GET", path)
                forward = [
                    s
                    for s in (detail or {}).get("next_stages", ())
                    if s["kind"] in ("forward", "publish")
                ]
                if detail is not None and (detail["published"] or not forward):
                    break
                if not forward:
                    continue
                body = {"stage": forward[0]["stage"], "by": "丁", "comment": "x",
                        "document_number": f"文 {number}"}  # fmt: skip
                if forward[0]["kind"] == "publish":
                    body["in_force_from"] = f"{date(2100, 1, 1) + timedelta(days=number)}"
                status, said = self.program.ask("POST", f"{path}/stages", body)
                self.diary.saw("publishing", status)
                if status == 200:
                    self.diary.note("stage", (draft["id"], forward[0]["stage"]))
                elif 400 <= status < 500:
                    self.diary.note("refused", (said or {}).get("error"))
                    break

    def divide(self, communities: list[int]) -> None:
        while not self.ended.is_set():
            body = {"communities": [self.chance.choice(communities)], "limit": 300, "by": "戊"}
            job = self.ask("dividing", "POST", f"/api/division/{self.county}/jobs", body)
            if job is None:
                self.ended.wait(1.0)
                continue
            self.diary.note("job", job["id"])
            self.follow("dividing", f"/api/division/jobs/{job['id']}")


def lost(c: Connection, diary: Diary) -> list[str]:
    """Return what was acknowledged and is not there."""
    found: list[str] = []

    def missing(what: str, question: str, keys: list[Any]) -> None:
        there = {row[0] for row in c.execute(text(question), {"keys": keys})}
        found.extend(f"{what} {key}" for key in keys if key not in there)

    missing("draft", "SELECT id FROM plan WHERE id = ANY(:keys)", diary.of("draft"))
    missing(
        "stroke", "SELECT token FROM plan_operation WHERE token = ANY(:keys)", diary.of("stroke")
    )
    missing("upload", "SELECT id FROM upload WHERE id = ANY(:keys)", diary.of("upload"))
    missing("job", "SELECT id FROM job WHERE id = ANY(:keys)", diary.of("job"))
    missing("import", "SELECT source FROM station WHERE source = ANY(:keys)", diary.of("imported"))
    for plan, stage in diary.of("stage"):
        asked = {"plan": plan, "stage": stage}
        question = "SELECT count(*) FROM plan_stage WHERE plan_id = :plan AND stage = :stage"
        if not c.execute(text(question), asked).scalar():
            found.append(f"stage {plan} {stage}")
    newest = dict(diary.of("count"))
    question = (
        "SELECT max(value) FROM building_count WHERE building_id = :id AND measure = 'persons'"
    )
    for building, number in newest.items():
        kept = c.execute(text(question), {"id": building}).scalar()
        if kept is None or kept < number:
            found.append(f"count {building}: {number}, kept {kept}")
    return found


_ASSIGNED_TWICE: Final = """
    SELECT count(*) FROM (
        SELECT plan_id, plot_id FROM plan_assignment GROUP BY 1, 2 HAVING count(*) > 1
    ) AS twice
"""
_UNASSIGNED: Final = """
    SELECT count(*) FROM plan_community AS k
    JOIN plot AS p ON p.tessellation_id = k.tessellation_id
    LEFT JOIN plan_assignment AS a ON a.plan_id = k.plan_id AND a.plot_id = p.id
    WHERE a.plot_id IS NULL
"""
_HALF_PUBLISHED: Final = """
    SELECT count(*) FROM plan AS p JOIN plan_community AS k ON k.plan_id = p.id
    WHERE (p.published_at IS NOT NULL) <> (k.in_force_from IS NOT NULL)
       OR (p.published_at IS NOT NULL AND p.certificate IS NULL AND p.id = ANY(:drafts))
"""
_HALF_IMPORTED: Final = """
    SELECT count(*) FROM upload AS u WHERE u.state = 'imported'
      AND EXISTS (SELECT 1 FROM upload_part AS p WHERE p.upload_id = u.id)
"""


def broken(c: Connection, drafts: list[int]) -> list[str]:
    """Return which invariants do not hold."""
    found = [
        f"{count} {what}"
        for what, question in (
            ("plots in two grids of a plan", _ASSIGNED_TWICE),
            ("plots of a planned community in no grid", _UNASSIGNED),
            ("plans half published", _HALF_PUBLISHED),
            ("uploads half imported", _HALF_IMPORTED),
        )
        if (count := c.execute(text(question), {"drafts": drafts}).scalar_one())
    ]
    store = PlotStore()
    for plan in drafts:
        head = read_plans.plan_head(c, plan)
        for planned in read_plans.plan_communities(c, plan):
            state = load_state(c, store, head, planned.id)
            again = replayed(c, plan, state)
            if again.grid.tolist() != state.plan.grid.tolist():
                found.append(f"draft {plan} is not its log")
            stored = {
                row.grid_id: row.households
                for row in c.execute(
                    text("SELECT grid_id, households FROM plan_grid WHERE plan_id = :p"),
                    {"p": plan},
                )
            }
            counted = count_loads(state.about.graph, state.plan.grid)
            found.extend(
                f"draft {plan}: grid {grid} says {stored.get(grid)}, holds {load.households}"
                for grid, load in counted.items()
                if stored.get(grid) != load.households
            )
    return found


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
