"""A disk that fills up under a running program: what is refused, what goes on, how it recovers.

    .venv/bin/python -m benchmarks.drills.full_disk

``getu serve`` with its database on a small disk in memory (mounted for it: needs root). The disk
is filled by somebody else, step by step; then a statement that no gate has seen writes on until
nothing is left. PostgreSQL must not stop (no PANIC in its log), pages and layers answer
throughout, and when there is room again everything is saved as before.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg

from benchmarks.drills.program import Program
from data.embedded import cluster
from data.embedded.reserve import NEARLY_FULL, free_bytes

SIZE_MB, FREE_MB = 1400, 400
MB = 1_000_000
_ENTER = "SELECT set_config('getu.scope', 'all', true), set_config('getu.actor', 'x', true)"
_UPLOAD = """
    INSERT INTO upload (code, kind, file_name, bytes, sha256, state, made_by)
    VALUES ('522301', 'stations', 'a.csv', 1, '', 'open', 'x') RETURNING id
"""
_PART = """
    INSERT INTO upload_part (upload_id, number, code, content)
    SELECT %(own)s, %(number)s, '522301', string_agg(sha256(random()::text::bytea), ''::bytea)
    FROM generate_series(1, 15000)
"""


def fill(disk: Path, leave: int) -> None:
    """Write a file until ``leave`` bytes are free."""
    with (disk / "filler").open("ab") as file:
        while (left := free_bytes(disk) - leave) > MB:
            file.write(bytes(min(left, 16 * MB)))
            file.flush()


def write_on(program: Program) -> str:
    """Write with a connection of the program's own until something says no; return what."""
    running = cluster.server_process(program.paths)
    assert running is not None
    address = cluster.connection_text(running[1], "getu_program", "getu")
    try:
        with psycopg.connect(address, options="-c search_path=getu,public") as c:
            c.execute(_ENTER)
            found = c.execute(_UPLOAD).fetchone()
            assert found is not None
            for number in range(4000):
                c.execute(_PART, {"own": found[0], "number": number})
    except psycopg.Error as error:
        return str(error).splitlines()[0]
    return "nothing"


def main() -> int:
    """Print each step; 0 where all of them went as they should."""
    with tempfile.TemporaryDirectory(prefix="getu-full-") as folder:
        disk = Path(folder)
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE_MB}m", "getu", disk], check=True)
        try:
            return _on(disk)
        finally:
            subprocess.run(["umount", "-l", disk], check=True)


def _on(disk: Path) -> int:
    disk.chmod(0o755)
    home = disk / "home"
    home.mkdir(mode=0o755)
    program = Program(home)
    program.env["GETU_FREE_MB"] = str(FREE_MB)
    program.start()
    wrong: list[str] = []

    def expect(what: str, found: object, wanted: object) -> None:
        print(f"  {what}: {found}")
        if found != wanted:
            wrong.append(f"{what}: {found}, not {wanted}")

    def draft() -> int:
        body = {"name": "甲", "source": {"kind": "in_force"}, "by": "甲"}
        return int(program.ask("POST", "/api/planner/522301/drafts", body)[0])

    def given() -> int:
        path = "/api/files/522301/uploads?kind=stations&name=a.csv"
        table = "名称,类别,经度,纬度\n甲,medical,105.5,26.5\n".encode()
        return int(program.ask("POST", path, raw=table)[0])

    def read() -> int:
        return int(program.ask("GET", "/api/planner/522301")[0])

    try:
        program.wait(300)
        print(f"{free_bytes(disk) // MB} MB are free")
        expect("a file", given(), 201)
        expect("a draft", draft(), 201)
        fill(disk, (FREE_MB - 50) * MB)
        print(f"{free_bytes(disk) // MB} MB are free")
        expect("a file", given(), 503)
        expect("a draft", draft(), 201)
        fill(disk, FREE_MB // 4 * MB - 3 * MB)
        time.sleep(1.0)
        print(f"{free_bytes(disk) // MB} MB are free, {NEARLY_FULL // MB} MB is nearly full")
        expect("a draft", draft(), 503)
        expect("reading", read(), 200)
        print("  a statement that writes on:", write_on(program))
        print(f"{free_bytes(disk) // MB} MB are free")
        expect("reading", read(), 200)
        (disk / "filler").unlink()
        started = time.monotonic()
        while draft() != 201 and time.monotonic() - started < 60:
            time.sleep(0.5)
        print(f"room again: a draft is saved after {time.monotonic() - started:.1f} s")
        expect("a draft", draft(), 201)
        log = program.paths.server_log.read_text(errors="replace")
        expect("PANIC in PostgreSQL's log", log.count("PANIC"), 0)
    finally:
        program.end()
    print("wrong:", wrong or "nothing")
    return int(bool(wrong))


if __name__ == "__main__":
    if os.geteuid():
        raise SystemExit("a disk of its own is mounted by root")
    raise SystemExit(main())
