"""Make every demonstration county and compare what was declared with what was made.

    python benchmarks/sample.py [KEY …]

Prints seconds, buildings, households, grids, stations and demands of each. No named peer: nothing
else makes such towns. ``GETU_TEST_COUNTIES=all ./test tests/data/sample`` checks the rest.
"""

from __future__ import annotations

import os
import platform
import sys
import time

from data.sample.counties.declared import COUNTIES
from data.sample.province import GUIZHOU, make_province
from data.sample.town import make_town


def main() -> None:
    print(f"{os.cpu_count()} cores, {platform.machine()}, load {os.getloadavg()[0]:.1f}")
    print(f"{'':9} {'s':>5} {'buildings':>9} {'households':>21} {'grids':>11} stations demands")
    for key in sys.argv[1:] or COUNTIES:
        county = COUNTIES[key]
        started = time.perf_counter()
        town = make_town(county)
        seconds = time.perf_counter() - started
        households = int(town.counts.loc[town.counts["measure"] == "resident", "value"].sum())
        grids = sum(town.grids_by_community.values())
        print(
            f"{key:9} {seconds:5.1f} {len(town.buildings):9,} "
            f"{households:10,}/{county.structure.households:10,} "
            f"{grids:5}/{county.structure.grids:5} {len(town.stations):8} {len(town.demands):7,}"
        )
    if not sys.argv[1:]:
        started = time.perf_counter()
        made = make_province(GUIZHOU)
        print(f"{'guizhou':9} {time.perf_counter() - started:5.1f} {len(made.grids):,} grids")


if __name__ == "__main__":
    main()
