"""A table of 200,000 rows, one household each: time and memory of reading and matching.

Run: ``python -m benchmarks.households.long``
"""

from __future__ import annotations

import csv
import itertools
import resource
import tempfile
import time
from pathlib import Path

from data.sample.counties.declared import COUNTIES
from data.sample.town import make_town
from layers.households.matching.match import match
from layers.households.reading import read_table
from tests.layers.households.messy.towns import real_buildings, town_register

ROWS = 200_000
HEAD = ("社区", "小区", "楼栋", "单元", "房号", "户主姓名", "住址")


def main() -> None:
    town = make_town(COUNTIES["chishui"])
    homes = (
        (b.community, b.estate, b.number, "1单元", room, "某", b.address)
        for b in itertools.cycle(real_buildings(town))
        for room in range(101, 141)
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "long.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(HEAD)
            rows.writerows(itertools.islice(homes, ROWS))
        register = town_register(town)
        before = time.process_time()
        _, _, _, table = read_table(path, path.name)
        read = time.process_time()
        matches = match(register, table.written)
        done = time.process_time()
    placed = sum(m.state == "placed" for m in matches)
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{ROWS:,} rows → {len(matches):,} places, {placed:,} placed")
    print(f"read {read - before:.1f} s, matched {done - read:.1f} s of processor, {most:.0f} MB")


if __name__ == "__main__":
    main()
