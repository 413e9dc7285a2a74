"""How long hostile files are looked at before they are refused, and with how much memory.

    .venv/bin/python -m benchmarks.hostile

Every file of ``tests/hostile/files.py`` goes to every reader of its kind, each in its child behind
walls, as at the program's doors. Memory: the most that the child held itself (``RssAnon``), with
the libraries that it shares with its server. A file beside and a listener tell whether anything of
the machine was touched.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from multiprocessing import forkserver
from pathlib import Path
from threading import Event, Thread
from typing import Any, Final

import shapely

from data.importers.kinds.elevation import read_elevation_file
from data.importers.osm.extract import read_extract
from data.importers.reading.child.confined import warm
from data.importers.reading.faults import Faults
from data.importers.reading.look import look_at
from data.importers.reading.plan_files import read_grid_file
from data.importers.reading.scans import read_scan
from data.importers.reading.shapes.vector import read_vector
from data.importers.reading.shapes.vector_file import ReadOptions
from data.importers.reading.tables.books import read_book
from layers.kit.errors import InputError
from tests.hostile.files import files
from tests.hostile.places import Canary

MOST_S, MOST_MB = 2.0, 300.0
TICKS: Final = os.sysconf("SC_CLK_TCK")
Reader = Callable[[Path], Any]
READERS: Final[dict[str, dict[str, Reader]]] = {
    "vector": {
        "look": lambda p: look_at(p, ()),
        "read": lambda p: read_vector(p, ReadOptions(crs="EPSG:4326"), Faults(p.name)),
        "grids": lambda p: read_grid_file(p, "EPSG:4326"),
    },
    "table": {
        "look": lambda p: look_at(p, ()),
        "read": lambda p: read_vector(p, ReadOptions(), Faults(p.name), "none"),
        "book": lambda p: read_book(p, Faults(p.name)),
    },
    "heights": {
        "heights": lambda p: read_elevation_file(
            p, shapely.box(106.1, 26.5, 106.5, 26.9), 4545, None, Faults(p.name)
        ),
        "scan": read_scan,
    },
    "scan": {"scan": read_scan},
    "town": {"town": lambda p: read_extract(p, lambda _: None)},
}


class Memory:
    """Looks every two milliseconds at what the children of the server of readers hold and spend.

    ``most``: megabytes; ``spent``: seconds of the processor.
    """

    def __init__(self) -> None:
        self.most, self.spent, self._ended = 0.0, 0.0, Event()
        Thread(target=self._look, daemon=True).start()

    def _look(self) -> None:
        server = forkserver._forkserver._forkserver_pid  # type: ignore[attr-defined]
        while not self._ended.wait(0.002):
            try:
                children = Path(f"/proc/{server}/task/{server}/children").read_text().split()
                for child in children:
                    status = Path(f"/proc/{child}/status").read_text()
                    held = status.partition("RssAnon:")[2].split()
                    self.most = max(self.most, int(held[0]) / 1024 if held else 0.0)
                    spent = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()
                    self.spent = max(self.spent, (int(spent[11]) + int(spent[12])) / TICKS)
            except OSError:
                continue  # it ended between two looks

    def end(self) -> None:
        self._ended.set()


def main() -> int:
    """Print every answer that is too slow, too large or none, and the worst of all."""
    warm()
    rows: list[tuple[float, float, float, str, str]] = []
    touched: list[str] = []
    with tempfile.TemporaryDirectory() as apart, tempfile.TemporaryDirectory() as folder:
        canary = Canary(Path(apart))
        canary.was_read()
        for kind, name, content in files(canary):
            path = Path(folder) / name
            path.write_bytes(content)
            for where, reader in READERS[kind].items():
                memory, started = Memory(), time.monotonic()
                try:
                    reader(path)
                    said = "taken"
                except InputError as error:
                    said = ", ".join(sorted({f.code for f in error.findings})) or str(error)
                took = time.monotonic() - started
                memory.end()
                rows.append((took, memory.spent, memory.most, f"{name} → {where}", said))
                if canary.was_read() or canary.was_called():
                    touched.append(name)
            path.unlink()
        canary.close()
    rows.sort(reverse=True)
    print(f"{len(rows)} refusals or readings; the slowest:")
    for row in rows[:12]:
        print(_line(*row))
    print("the largest:")
    for row in sorted(rows, key=lambda row: -row[2])[:8]:
        print(_line(*row))
    print("taken:", ", ".join(what for *_, what, said in rows if said == "taken") or "-")
    print("touched what is not theirs:", ", ".join(touched) or "nobody")
    worst_s, worst_mb = (max(row[at] for row in rows) for at in (1, 2))
    print(
        f"at most {rows[0][0]:.2f} s, {worst_s:.2f} s of the processor ({MOST_S} s), "
        f"{worst_mb:.0f} MB ({MOST_MB:.0f} MB)"
    )
    return int(worst_s > MOST_S or worst_mb > MOST_MB or bool(touched))


def _line(took: float, spent: float, held: float, what: str, said: str) -> str:
    return f"  {took:5.2f} s, {spent:5.2f} s of the processor, {held:4.0f} MB  {what}: {said}"


if __name__ == "__main__":
    raise SystemExit(main())
