"""How full a grid is: its class by households ÷ limit. Decided in docs/decisions/load-class.md.

1. Up to 50%, 80% and 100% of the limit is quiet; exactly the limit is not over it.
2. Over the limit is loud, of two or more plots; also where the plots are not known (0).
3. One plot over the limit is a building that exceeds it alone: a class of its own.

Python, tiles and pictures ask here; scripts read ``assets/shared/load.js``, made by ``script``.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

LOAD_STEPS: Final = (0.5, 0.8, 1.0)
OVER, ALONE = "load-over", "load-alone"
LOAD_CLASSES: Final = ("load-50", "load-80", "load-100", OVER, ALONE)


def load_class(households: int, limit: int, plots: int = 0) -> str:
    """Return the class of a grid's load (clauses 1 to 3). ``plots``: 0 = not known."""
    share = households / limit
    for step, name in zip(LOAD_STEPS, LOAD_CLASSES, strict=False):
        if share <= step:
            return name
    return ALONE if plots == 1 else OVER


def is_over_limit(households: int, limit: int, plots: int = 0) -> bool:
    """Tell whether a grid breaks the limit; a building that is alone over it does not."""
    return load_class(households, limit, plots) == OVER


def script() -> str:
    """Return the script that tells the pages the same: a test compares it with the file."""
    return (
        "// Made by layers/kit/load.py (docs/decisions/load-class.md): do not edit.\n"
        f"export const LOAD_STEPS = {json.dumps(LOAD_STEPS)};\n"
        f"export const LOAD_CLASSES = {json.dumps(LOAD_CLASSES)};\n"
    ).replace('"', "'")


if __name__ == "__main__":
    place = Path(__file__).parents[2] / "assets" / "shared" / "load.js"
    place.write_text(script(), encoding="utf-8")
