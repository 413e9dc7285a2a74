"""The program killed in the middle of a save: nothing is half-saved, and no work is lost."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlalchemy import text

from tests.browser.conftest import Log, Open
from tests.browser.planner.desk import DRAWN, Desk, new_draft, plan_id, stored
from tests.conftest import ROOT
from tests.demonstration import Loaded

pytestmark = [pytest.mark.browser, pytest.mark.database]


class Program:
    """``getu serve`` as a process of its own, on a port that stays the same."""

    def __init__(self, loaded: Loaded) -> None:
        with socket.socket() as found:
            found.bind(("127.0.0.1", 0))
            self.port = found.getsockname()[1]
        self.env = {
            **os.environ,
            "DATABASE_URL": loaded.server.program_url,
            "GETU_OWNER_URL": loaded.server.owner_url,
        }
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        command = [sys.executable, "app.py", "serve", "--port", str(self.port)]
        self.process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=self.env,
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until = time.monotonic() + 90
        while time.monotonic() < until:
            try:
                with urllib.request.urlopen(f"{self.address}/health", timeout=2) as answer:
                    if answer.status == 200:
                        return
            except OSError:
                time.sleep(0.2)
        raise AssertionError("the program did not answer within 40 s")

    def kill(self) -> None:
        """Kill the master and its workers at once."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None


@pytest.fixture
def program(spare_liping: Loaded, log: Log) -> Iterator[Program]:
    found = Program(spare_liping)
    log.served.add(urlsplit(found.address).netloc)
    found.start()
    yield found
    found.kill()


def held(loaded: Loaded, plan: int) -> dict[str, Any]:
    """Return everything that a save writes."""
    return {
        "version": loaded.value("SELECT version FROM plan WHERE id = :p", p=plan),
        "log": loaded.value("SELECT count(*) FROM plan_operation WHERE plan_id = :p", p=plan),
        "plots": loaded.rows(
            "SELECT plot_id, grid_id FROM plan_assignment WHERE plan_id = :p ORDER BY plot_id",
            p=plan,
        ),
        "grids": loaded.rows(
            "SELECT grid_id, households FROM plan_grid WHERE plan_id = :p ORDER BY grid_id", p=plan
        ),
    }


def test_a_program_killed_in_the_middle_of_a_save_loses_and_halves_nothing(
    open_page: Open, program: Program, spare_liping: Loaded, log: Log
) -> None:
    desk = Desk(open_page(f"{program.address}/planner", ready=False))
    new_draft(desk, "in_force", "断电")
    plan = plan_id(desk)
    before = held(spare_liping, plan)
    desk.choose(9)
    desk.page.keyboard.press("n")
    home = desk.homes(12)[0][:2]
    with spare_liping.engine.connect() as other:
        # Whoever holds the figures of the grids stops the save after it has moved the plots.
        other.execute(text("SELECT 1 FROM plan_grid WHERE plan_id = :p FOR UPDATE"), {"p": plan})
        desk.drag(home, [home[0] + 1, home[1] + 1])
        waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        until = time.monotonic() + 90
        while not spare_liping.value(waiting) and time.monotonic() < until:
            time.sleep(0.05)
        assert spare_liping.value(waiting) == 1  # the save hangs in its middle
        program.kill()
        other.rollback()
    desk.page.wait_for_function("() => getu.planner.sync.away")
    shown = desk.loads
    assert held(spare_liping, plan) == before
    program.start()
    desk.rest()
    assert desk.loads == shown
    assert stored(spare_liping, plan) == shown
    assert held(spare_liping, plan)["version"] == before["version"] + 1
    # And so it is after a reload.
    desk.page.reload()
    desk.page.wait_for_function(DRAWN)
    desk.rest()
    assert desk.loads == shown
    log.complaints[:] = [
        c for c in log.complaints if "ERR_CONNECTION" not in c and "ERR_EMPTY" not in c
    ]
