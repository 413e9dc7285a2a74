"""kill -9 of program, worker and postmaster while people work: ``benchmarks/drills``, short."""

from __future__ import annotations

import random

import pytest

from benchmarks.drills.kills import drill
from benchmarks.drills.program import VICTIMS
from tests.conftest import temporary_home

pytestmark = pytest.mark.database


def test_what_is_killed_loses_nothing_and_comes_back() -> None:
    with temporary_home() as home:
        assert drill(home, len(VICTIMS), random.Random(7), 1.0) == 0
