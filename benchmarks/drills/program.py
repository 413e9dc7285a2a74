"""``getu serve`` in a state folder of its own, to be killed and to come back."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from data.embedded import cluster
from data.embedded.paths import state_paths
from data.embedded.programs import find_programs

ROOT: Final = Path(__file__).resolve().parents[2]
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
