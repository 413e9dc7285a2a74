"""How many households a grid may hold.

1. A grid over the limit is ``grid_over_limit``, an error: of two or more plots, or of plots not
   known (0).
2. A building that alone exceeds the limit is a grid of its own, ``building_over_limit``: a warning.

How full it is, as a colour: ``layers.kit.load``.
"""

from __future__ import annotations

from collections.abc import Sequence

from layers.kit.findings import Finding


def limit_findings(
    codes: Sequence[str], households: Sequence[int], plots: Sequence[int], limit: int
) -> list[Finding]:
    """Return the breaches of the limit, clause 1 and 2, worst first."""
    breaches = [
        Finding(
            "grid_over_limit" if count != 1 else "building_over_limit",
            "error" if count != 1 else "warning",
            subject=code,
            values={"households": load, "limit": limit, "over": load - limit},
        )
        for code, load, count in zip(codes, households, plots, strict=True)
        if load > limit
    ]
    return sorted(breaches, key=lambda f: (f.severity, -f.whole("over")))
