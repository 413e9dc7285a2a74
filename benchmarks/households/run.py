"""Messy household tables of every demonstration county: how many rows place themselves.

For each county an office's table of one month is made (tests/messy), read and matched; every row
that waits is ruled rightly; then the next month's table of the same office, with new slips, is
read and matched. Run: ``python -m benchmarks.households.run [KEY …]``
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from data.sample.counties.declared import COUNTIES
from data.sample.town import make_town
from tests.layers.households.messy.months import two_months


def main(keys: list[str]) -> None:
    print(f"{'county':<10}{'rows':>7}{'placed':>9}{'wrong':>8}{'queued':>8}"
          f"{'rulings':>9}{'next rows':>11}{'placed':>9}{'wrong':>8}{'seconds':>9}")  # fmt: skip
    for key in keys or list(COUNTIES):
        town = make_town(COUNTIES[key])
        with tempfile.TemporaryDirectory() as folder:
            started = time.perf_counter()
            months = two_months(town, COUNTIES[key].name, Path(folder), seed=7)
            seconds = time.perf_counter() - started
        first, second = months.first, months.second
        print(
            f"{key:<10}{first.rows:>7,}{first.placed_share:>9.2%}{first.wrong_share:>8.2%}"
            f"{first.queued:>8,}{months.rulings:>9,}{second.rows:>11,}"
            f"{second.placed_share:>9.2%}{second.wrong_share:>8.2%}{seconds:>9.1f}"
        )
        if "--kinds" in sys.argv:
            for (kind, done), count in sorted((first.by_kind).items()):
                print(f"    {kind:<14}{done:<8}{count:>6}")


if __name__ == "__main__":
    main([a for a in sys.argv[1:] if not a.startswith("-")])
