"""kill -9 during a backup and during a restore, at random moments: whole or untouched, and again.

    .venv/bin/python -m benchmarks.drills.restores [--kills 40] [--seed 1] [--home FOLDER]

A county in a database of its own, durable as for users; a second, empty one beside. In turn the
command, or PostgreSQL's postmaster below it, is killed at any moment between its first instruction
and its last. Then:

1. a backup's file is whole, or not there; its county is as it was;
2. a restore's target is empty as before, or holds every row of the backup;
3. the same command again does the rest: it ends with 0, or refuses a target that is whole, and
   leaves neither databases nor files of the killed one behind.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import psycopg
from psycopg import sql

from benchmarks.drills.program import DEMO, ROOT
from data.backups import counting
from data.backups.archive import opened
from data.backups.client import login
from data.backups.manifest import TableSum
from data.backups.target import refuse_filled
from data.embedded import cluster
from data.server import DatabaseSettings, Server, database_settings, running_server
from layers.kit.errors import ConflictError, GetuError

COMMANDS: Final = ("restore", "backup")
VICTIMS: Final = ("command", "postmaster", "command")
Sums = Mapping[str, TableSum]


def main(arguments: list[str] | None = None) -> int:
    """Run the drill; 0 where everything was whole or untouched, and could be repeated."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("--kills", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--home", type=Path)
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="getu-drill-") as folder:
        home = asked.home or Path(folder)
        home.chmod(0o755)
        return drill(home, asked.kills, random.Random(asked.seed))


def drill(home: Path, kills: int, chance: random.Random) -> int:
    """Kill ``kills`` times, restores twice as often as backups; print what came of it."""
    full, empty = Place(home / "full"), Place(home / "empty")
    full.run("demo", DEMO)
    kept = home / "kept.zip"
    full.run("backup", kept)
    with opened(kept) as backup:
        rounds = Rounds(full, empty, kept, backup.manifest["tables"], chance)
    rounds.measure()
    for number in range(kills):
        command = COMMANDS[0] if number % 3 != 2 else COMMANDS[1]
        victim = VICTIMS[number // 3 % len(VICTIMS)]
        (rounds.kill_restore if command == "restore" else rounds.kill_backup)(victim)
        if rounds.failures:
            break
    rounds.say()
    return int(bool(rounds.failures))


@dataclass
class Place:
    """A state folder, with commands over its embedded server."""

    home: Path
    settings: DatabaseSettings = field(init=False)

    def __post_init__(self) -> None:
        self.home.mkdir(mode=0o755, exist_ok=True)
        self.settings = database_settings(ROOT, {"GETU_HOME": str(self.home)})

    def start(self, *words: str | Path) -> subprocess.Popen[str]:
        """Start a command as a leader of its own group."""
        return subprocess.Popen(
            [sys.executable, "app.py", *map(str, words), "--lang", "en"], cwd=ROOT, text=True,
            env={**os.environ, "GETU_HOME": str(self.home)}, start_new_session=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        )  # fmt: skip

    def run(self, *words: str | Path, code: int = 0) -> float:
        """Run a command to its end; return its seconds. Raises AssertionError for another end."""
        began = time.monotonic()
        process = self.start(*words)
        said = process.communicate()[1]
        if process.returncode != code:
            raise AssertionError(f"{words[0]} ended with {process.returncode}: {said[-2000:]}")
        return time.monotonic() - began

    def sums(self, server: Server) -> Sums:
        with login(server).connect() as c:
            return counting.table_sums(c)

    def forget_database(self) -> None:
        """Let the cluster hold no database of ours, as before its first start."""
        with running_server(self.settings) as server, self.administrator(server) as c:
            name = sql.Identifier(cluster.DATABASE)
            c.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))

    def left_over(self, server: Server) -> list[str]:
        with self.administrator(server) as c:
            found = c.execute("SELECT datname FROM pg_database WHERE datname LIKE 'getu\\__%'")
            return [str(name) for (name,) in found.fetchall()]

    def administrator(self, server: Server) -> psycopg.Connection:
        return login(server).connect("postgres", autocommit=True)

    def kill(self, process: subprocess.Popen[str], victim: str) -> None:
        """Kill the command, or the postmaster below it, if either is there."""
        if victim == "postmaster" and (running := cluster.server_process(self.settings.paths)):
            with suppress(ProcessLookupError):
                os.kill(running[0], signal.SIGKILL)
        elif victim == "command":
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


@dataclass
class Rounds:
    """One kill after the other. ``longest``: seconds of a command undisturbed, the least so far."""

    full: Place
    empty: Place
    kept: Path
    tables: Sums
    chance: random.Random
    longest: dict[str, float] = field(default_factory=dict)
    found: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)

    def measure(self) -> None:
        """Take the time of each command once; the first restore makes the cluster besides."""
        self.empty.run("restore", self.kept)
        self.empty.forget_database()
        self.longest["restore"] = self.empty.run("restore", self.kept)
        self.empty.forget_database()
        file = self.kept.with_name("one.zip")
        self.longest["backup"] = self.full.run("backup", file)
        file.unlink()

    def _disturb(self, place: Place, command: str, file: Path, victim: str) -> int:
        """Kill at a random moment; return the command's exit code, or the signal, negative."""
        process = place.start(command, file)
        time.sleep(self.chance.uniform(0.0, self.longest[command]))
        place.kill(process, victim)
        return process.returncode

    def _note(self, command: str, victim: str, code: int, state: str) -> None:
        when = "was done already" if code == 0 else f"{victim} killed"
        self.found[f"{command}, {when}: {state}"] += 1

    def kill_restore(self, victim: str) -> None:
        code = self._disturb(self.empty, "restore", self.kept, victim)
        with running_server(self.empty.settings) as server:
            state = self._state(server)
        self._note("restore", victim, code, state)
        if state == "neither" or (code == 0 and state != "whole"):
            self.failures.append(f"restore, {victim}, ended with {code}: the target is {state}")
            return
        try:
            took = self.empty.run("restore", self.kept, code=2 if state == "whole" else 0)
            if state != "whole":
                self.longest["restore"] = min(self.longest["restore"], took)
        except AssertionError as error:
            self.failures.append(f"again after {state}: {error}")
            return
        with running_server(self.empty.settings) as server:
            if self._state(server) != "whole":
                self.failures.append("restored again, and not whole")
            self.failures += [f"left over: {name}" for name in self._left(server, state)]
        self.empty.forget_database()

    def _left(self, server: Server, state: str) -> list[str]:
        # A second restore that is refused looks at nothing; a drill or a restore removes what is.
        if state == "whole":
            self.empty.run("backup", "drill", self.kept)
        return self.empty.left_over(server)

    def _state(self, server: Server) -> str:
        """Return ``untouched``, ``whole`` or ``neither``."""
        with login(server).connect() as c:
            try:
                refuse_filled(c)
            except ConflictError:
                pass
            else:
                return "untouched"
        sums = self.empty.sums(server)
        audit = sums["audit_entry"]["rows"] - self.tables["audit_entry"]["rows"]
        same = {name for name, one in self.tables.items() if sums.get(name) == one}
        differ = set(self.tables) ^ same
        return "whole" if differ <= {"audit_entry"} and audit in (0, 1) else "neither"

    def kill_backup(self, victim: str) -> None:
        file = self.kept.with_name("one.zip")
        code = self._disturb(self.full, "backup", file, victim)
        state = "not there"
        if file.exists():
            state = "whole"
            try:
                with opened(file):
                    pass
            except GetuError:
                state = "broken"
            file.unlink()
        self._note("backup", victim, code, state)
        if state == "broken" or (code == 0 and state != "whole"):
            self.failures.append(f"backup, {victim}, ended with {code}: the file is {state}")
        with running_server(self.full.settings) as server:
            sums = self.full.sums(server)
        changed = {name for name in self.tables if sums[name] != self.tables[name]}
        if changed - {"audit_entry"}:
            self.failures.append(f"a backup changed {sorted(changed)}")
        try:
            took = self.full.run("backup", file)
            self.longest["backup"] = min(self.longest["backup"], took)
        except AssertionError as error:
            self.failures.append(f"backup again: {error}")
        file.unlink(missing_ok=True)
        self.failures += [f"left over: {path}" for path in file.parent.glob(".*.unfinished")]

    def say(self) -> None:
        """Print what was found."""
        seconds = {command: round(took, 1) for command, took in self.longest.items()}
        print(f"killed {self.found.total()} times; undisturbed the commands take {seconds} s")
        for what, count in sorted(self.found.items()):
            print(f"  {what}: {count}")
        print("half there, or not to be repeated:", self.failures or "nothing")


if __name__ == "__main__":
    raise SystemExit(main())
