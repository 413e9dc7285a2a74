"""How many examples property tests try: ``GETU_TEST_PROFILE`` is quick, usual or thorough.

No profile has a deadline: how long one example takes says how loaded the machine is.
"""

from __future__ import annotations

import os

from hypothesis import settings

SHARES = {"quick": 0.2, "usual": 1.0, "thorough": 10.0}
PROFILE = os.environ.get("GETU_TEST_PROFILE", "usual")


def choose_profile() -> None:
    settings.register_profile("getu", deadline=None, max_examples=examples(100))
    settings.load_profile("getu")


def examples(usual: int) -> int:
    """Return how many examples to try where the usual profile tries ``usual``."""
    return max(5, round(usual * SHARES[PROFILE]))
