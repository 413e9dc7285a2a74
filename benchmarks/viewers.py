"""Many who look: sessions that open the first page and refresh it every half minute.

    python -m benchmarks.viewers [--sessions 500] [--every 30] [--minutes 5] [--port 8907]

Serves the county of ``GETU_HOME`` with ``GETU_SIGN_IN=on`` by a program of its own, adds a person
of each role that needs no second factor (``getu user add``), sets their passwords by their links
and signs in as often as there are sessions: each has a cookie of its own. Then each session, at a
moment of its own within the interval:

- opens the first page once, with every script, style and layer that its HTML names;
- refreshes: the page again, and what of it a browser asks again (answers that may be kept are
  not asked for; those with an ETag are asked whether they changed), as a wall screen does;
- asks ``/health`` three times an interval, as the page's header does.

Each request is a connection of its own: browsers have closed the old one after half a minute.
Prints seconds by kind, errors, the program's processor time and memory (RSS) over the run.
Exits 1 where a target is missed. Targets: p95 of refreshes ≤ 300 ms, errors < 0.1%, RSS flat
(the last quarter's mean ≤ 1.05 × the second quarter's).
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import secrets
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

PROJECT = Path(__file__).resolve().parents[1]
ROLES = ("viewer", "staff", "planner")
PASSWORD = f"{secrets.token_urlsafe(12)}-Z9"
NAMED = re.compile(r'<(?:script|link)[^>]+(?:src|href)="(/[^"]+)"')
PATIENCE_S = 30.0


@dataclass
class Seen:
    """What was measured: seconds by kind, and how many answers were errors."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    bytes: int = 0

    def add(self, kind: str, seconds: float) -> None:
        """Note how long a request took."""
        self.seconds.setdefault(kind, []).append(seconds)


@dataclass(frozen=True)
class Answer:
    """An answer: its status, headers (small letters), body as it came, and cookies (name=value)."""

    status: int
    headers: dict[str, str]
    body: bytes
    cookies: tuple[str, ...] = ()


class Client:
    """A browser's session at the program."""

    def __init__(self, port: int, cookie: str, seen: Seen) -> None:
        self._port, self._cookie, self._seen = port, cookie, seen
        self._kept: dict[str, str | None] = {}  # address → its ETag; None: need not be asked

    async def get(self, path: str, kind: str, **headers: str) -> Answer | None:
        """Ask for an address; None after an error, which is noted."""
        began = time.perf_counter()
        sent = {"Cookie": self._cookie, "Accept": "text/html,*/*", **headers}
        try:
            answer = await asyncio.wait_for(request(self._port, "GET", path, sent), PATIENCE_S)
        except (OSError, TimeoutError, ValueError) as error:
            self._seen.errors.append(f"{path[:60]}: {error!r}")
            return None
        self._seen.add(kind, time.perf_counter() - began)
        self._seen.bytes += len(answer.body)
        if answer.status not in (200, 304):
            self._seen.errors.append(f"{path[:60]}: {answer.status}")
            return None
        return answer

    async def open(self, kind: str) -> None:
        """Fetch the page, then what it names and the browser has not kept."""
        page = await self.get("/", kind, **{"Accept-Encoding": "identity"})
        if page is None:
            return
        part = "parts" if kind == "open" else "again"
        for path in dict.fromkeys(NAMED.findall(page.body.decode("utf-8", "replace"))):
            address = path.replace("&amp;", "&")
            if address in self._kept and self._kept[address] is None:
                continue
            tag = self._kept.get(address)
            more = {"If-None-Match": tag} if tag else {}
            answer = await self.get(address, part, **{"Accept-Encoding": "br, gzip"}, **more)
            if answer is not None:
                lasting = "immutable" in answer.headers.get("cache-control", "")
                self._kept[address] = None if lasting else answer.headers.get("etag", "")


async def request(
    port: int, method: str, path: str, headers: dict[str, str], body: bytes = b""
) -> Answer:
    """Ask once, by a connection of its own."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", "Connection: close"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        if body:
            lines.append(f"Content-Length: {len(body)}")
        writer.write("\r\n".join([*lines, "", ""]).encode() + body)
        await writer.drain()
        whole = await reader.read()
    finally:
        writer.close()
    head, _, content = whole.partition(b"\r\n\r\n")
    first, *rest = head.decode("latin-1").split("\r\n")
    pairs = [line.partition(":") for line in rest]
    cookies = tuple(
        value.strip().partition(";")[0] for name, _, value in pairs if name.lower() == "set-cookie"
    )
    told = {name.lower(): value.strip() for name, _, value in pairs}
    return Answer(int(first.split(" ")[1]), told, content, cookies)


async def view(client: Client, wait_s: float, every_s: float, until: float) -> None:
    """Be one session: open the page, then refresh it until the end."""
    await asyncio.sleep(wait_s)
    await client.open("open")
    turn = time.perf_counter()
    while turn + every_s < until:
        for third in (1, 2, 3):
            await asyncio.sleep(max(0.0, turn + third * every_s / 3 - time.perf_counter()))
            await client.get("/health", "health")
        turn += every_s
        await client.open("refresh")


async def signed_in(port: int, people: list[str], sessions: int) -> list[str]:
    """Sign in as often as there are sessions; return their cookies."""
    cookies = []
    origin = {"Origin": f"http://127.0.0.1:{port}"}
    form = {**origin, "Content-Type": "application/x-www-form-urlencoded"}
    for n in range(sessions):
        login = people[n % len(people)]
        body = f"login={login}&password={quote(PASSWORD)}".encode()
        answer = await request(port, "POST", "/sign-in", form, body)
        cookie = next((one for one in answer.cookies if one.startswith("getu_session=")), "")
        if answer.status != 303 or not cookie:
            raise SystemExit(f"{login} could not sign in: {answer.status} {answer.body[:300]!r}")
        cookies.append(cookie)
    return cookies


async def invited(port: int) -> list[str]:
    """Add a person of each role; return their logins."""
    people = []
    for role in ROLES:
        login = f"bench-{role}-{secrets.token_hex(3)}"
        made = subprocess.run(
            [sys.executable, "app.py", "user", "add", login, "--role", role],
            cwd=PROJECT, capture_output=True, text=True, check=True,
        )  # fmt: skip
        found = re.search(r"/set-up/(\S+)", made.stdout)
        if found is None:
            raise SystemExit(f"no link for {login}: {made.stdout} {made.stderr}")
        form = {
            "Origin": f"http://127.0.0.1:{port}",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        body = f"password={quote(PASSWORD)}&again={quote(PASSWORD)}".encode()
        answer = await request(port, "POST", f"/set-up/{found[1]}", form, body)
        if answer.status != 303:
            raise SystemExit(f"{login}: {answer.status} {answer.body[:300]!r}")
        people.append(login)
    return people


def tree(pid: int) -> Iterator[int]:
    """Return a process and what it started, but for the database."""
    yield pid
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            if "postgres" not in Path(f"/proc/{child}/comm").read_text():
                yield from tree(int(child))


def used(pid: int) -> tuple[float, float]:
    """Return RSS in MB and processor seconds of the program."""
    rss, ticks = 0, 0
    for one in tree(pid):
        try:
            rss += int(Path(f"/proc/{one}/statm").read_text().split()[1]) * 4096
            fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
        except FileNotFoundError:
            continue
        ticks += int(fields[11]) + int(fields[12])
    return rss / 1e6, ticks / os.sysconf("SC_CLK_TCK")


async def measured(pid: int, until: float) -> list[tuple[float, float]]:
    """Return the program's memory and processor time, every 5 s."""
    found = []
    while time.perf_counter() < until:
        found.append(used(pid))
        await asyncio.sleep(5)
    return found


async def run(port: int, pid: int, args: argparse.Namespace) -> bool:
    """Be all the sessions; print what was measured; tell whether the targets hold."""
    print("signing in …", flush=True)
    people = await invited(port)
    cookies = await signed_in(port, people, args.sessions)
    seen = Seen()
    warm = Client(port, cookies[0], Seen())
    await warm.open("open")
    began = time.perf_counter()
    until = began + args.every + args.minutes * 60
    print(f"{len(cookies)} sessions every {args.every:g} s for {args.minutes:g} min", flush=True)
    watch = asyncio.create_task(measured(pid, until))
    await asyncio.gather(
        *(
            view(Client(port, cookie, seen), n * args.every / len(cookies), args.every, until)
            for n, cookie in enumerate(cookies)
        )
    )
    rows = await watch
    return report(seen, rows, time.perf_counter() - began)


def report(seen: Seen, rows: list[tuple[float, float]], took_s: float) -> bool:
    """Print what was measured; tell whether the targets hold."""
    total = sum(len(one) for one in seen.seconds.values()) + len(seen.errors)
    for kind in sorted(seen.seconds):
        values = sorted(seen.seconds[kind])
        middle, late, last = (values[int(len(values) * share)] for share in (0.5, 0.95, 0.99))
        print(f"  {kind:<8} {len(values):6d} requests  median {middle * 1e3:5.0f} ms  "
              f"p95 {late * 1e3:5.0f} ms  p99 {last * 1e3:5.0f} ms")  # fmt: skip
    share = len(seen.errors) / max(total, 1)
    print(f"  {total} requests in {took_s:.0f} s, {seen.bytes / 1e6:.0f} MB; errors {share:.3%}")
    for error in seen.errors[:5]:
        print(f"    {error}")
    quarter = max(1, len(rows) // 4)
    middle = statistics.mean(rss for rss, _ in rows[quarter : 2 * quarter] or rows)
    end = statistics.mean(rss for rss, _ in rows[-quarter:])
    cpu = rows[-1][1] - rows[0][1]
    load = os.getloadavg()[0]
    print(f"  RSS {middle:.0f} MB in the second quarter, {end:.0f} MB in the last; "
          f"processor {cpu / took_s:.2f} of {os.cpu_count()}; load {load:.1f}")  # fmt: skip
    again = sorted(seen.seconds.get("refresh", [0.0]))
    return again[int(len(again) * 0.95)] <= 0.3 and share < 0.001 and end <= 1.05 * middle


def main() -> None:
    """Serve, be the sessions, end the program."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sessions", type=int, default=500)
    parser.add_argument("--every", type=float, default=30.0, help="seconds between two refreshes")
    parser.add_argument("--minutes", type=float, default=5.0, help="after the first interval")
    parser.add_argument("--port", type=int, default=8907)
    args = parser.parse_args()
    served = subprocess.Popen(
        [sys.executable, "app.py", "serve", "--port", str(args.port)],
        cwd=PROJECT, env={**os.environ, "GETU_SIGN_IN": "on"}, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert served.stdout is not None
        for line in served.stdout:
            if str(args.port) in line:
                break
        else:
            raise SystemExit("the program did not start")
        holds = asyncio.run(run(args.port, served.pid, args))
    finally:
        served.terminate()
        served.wait(60)
    sys.exit(0 if holds else 1)


if __name__ == "__main__":
    main()
