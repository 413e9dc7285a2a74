"""Made towns of the declared counties: made once by the code that stands, for every worker.

The same declaration gives the same town bit for bit (``tests/data/sample/test_town_geometry.py``
holds that against towns made anew), so a town of one test is as good as that of another.
"""

from __future__ import annotations

import fcntl
import os
import pickle
from functools import cache
from pathlib import Path

from data.sample.counties.county import County
from data.sample.counties.declared import COUNTIES
from data.sample.town import Town, make_town
from tests import carry


@cache
def town_of(key: str) -> Town:
    """Return a county's town, shared by the tests of a worker: read it only."""
    return new_town(COUNTIES[key])


@cache
def _folder() -> Path:
    try:
        return carry.towns(Path(__file__).resolve().parents[1])
    except OSError:  # a home that cannot be written to
        folder = Path(os.environ["GETU_HOME"]) / "towns"  # the run's own (tests/conftest.py)
        folder.mkdir(parents=True, exist_ok=True)
        return folder


def new_town(county: County) -> Town:
    """Return a town of the caller's own; it is made where this code has not made it yet."""
    kept = _folder() / f"{county.key}.pickle"
    with kept.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            half = kept.with_suffix(".half")
            half.write_bytes(pickle.dumps(make_town(county)))
            half.rename(kept)
    town: Town = pickle.loads(kept.read_bytes())
    return town
