"""How many households a grid may hold, and how full it is.

1. A grid of two or more plots over the limit is ``grid_over_limit``: an error.
2. A building that alone exceeds the limit is a grid of its own, ``building_over_limit``: a warning.
3. Load is households ÷ limit. Up to 50%, 80% and 100% are quiet; over 100% is loud.
"""

from __future__ import annotations

from collections.abc import Sequence

from layers.kit.findings import Finding

LOAD_STEPS = (0.5, 0.8, 1.0)
LOAD_CLASSES = ("load-50", "load-80", "load-100", "load-over")


def load_class(households: int, limit: int) -> str:
    """Return the class of a grid's load (clause 3); exactly the limit is not over it."""
    share = households / limit
    for step, name in zip(LOAD_STEPS, LOAD_CLASSES, strict=False):
        if share <= step:
            return name
    return LOAD_CLASSES[-1]


def limit_findings(
    codes: Sequence[str], households: Sequence[int], plots: Sequence[int], limit: int
) -> list[Finding]:
    """Return the breaches of the limit, clause 1 and 2, worst first."""
    breaches = [
        Finding(
            "grid_over_limit" if count > 1 else "building_over_limit",
            "error" if count > 1 else "warning",
            subject=code,
            values={"households": load, "limit": limit, "over": load - limit},
        )
        for code, load, count in zip(codes, households, plots, strict=True)
        if load > limit
    ]
    return sorted(breaches, key=lambda f: (f.severity, -int(f.values["over"])))
