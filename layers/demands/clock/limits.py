"""How long a demand may take, by its county's workflow. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from layers.kit.demands.workflow import Colour, Limit, Unit, Workflow

_SECONDS: Final[dict[Unit, int]] = {
    "minutes": 60,
    "working_hours": 3600,
    "working_days": 86_400,
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What a limit depends on."""

    category: str
    size: str | None = None
    importance: int | None = None
    urgency: int | None = None


def seconds(limit: Limit) -> int:
    """Return a limit in counted seconds of its unit."""
    return limit.amount * _SECONDS[limit.unit]


def colour_of(workflow: Workflow, facts: Facts) -> Colour | None:
    """Return the colour by importance × urgency, None where one is not known."""
    if facts.importance is None or facts.urgency is None:
        return None
    weight = facts.importance * facts.urgency
    fitting = [c for c in workflow.colours if weight >= c.least]
    return max(fitting, key=lambda c: c.least, default=None)


def limit_of(workflow: Workflow, facts: Facts) -> Limit | None:
    """Return the time for a demand: by category where life or supply is in danger, then by
    colour, then by size, else the workflow's own.
    """
    for category in workflow.categories:
        if any(word in facts.category for word in category.words):
            return category.limit
    colour = colour_of(workflow, facts)
    if colour is not None and colour.limit is not None:
        return colour.limit
    size = next((s for s in workflow.sizes if s.key == facts.size), None)
    if size is not None and size.limit is not None:
        return size.limit
    return workflow.limit
