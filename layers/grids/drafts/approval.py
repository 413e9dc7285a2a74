"""The way of a draft to approval, by the county's own list of stages.

1. A plan goes one stage forward at a time; into the last stage it is published.
2. It goes back to any earlier stage with a comment; back to the first is a withdrawal.
3. The stage before the last is the approval: it needs the document's number (文号); publishing
   needs one too where none was given, and the day from which the plan is in force.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from layers.kit.errors import InputError, Message


@dataclass(frozen=True, slots=True)
class Step:
    """A stage that a plan may go to now, and what has to be said with it."""

    stage: str
    kind: Literal["forward", "back", "withdraw", "publish"]
    needs: tuple[str, ...] = ()


def next_steps(
    stages: Sequence[str], stage: str, *, published: bool, document_number: str | None
) -> list[Step]:
    """Return where a plan may go, forward first. A published plan stays where it is."""
    if published:
        return []
    at = stages.index(stage) if stage in stages else 0
    steps = []
    if at + 1 < len(stages):
        last = at + 2 == len(stages)
        approval = at + 3 == len(stages)
        needs = []
        if approval or (last and not document_number):
            needs.append("document_number")
        if last:
            needs.append("in_force_from")
        steps.append(Step(stages[at + 1], "publish" if last else "forward", tuple(needs)))
    for back in range(at - 1, -1, -1):
        steps.append(Step(stages[back], "back" if back else "withdraw", ("comment",)))
    return steps


def chosen_step(steps: Sequence[Step], stage: str, said: Mapping[str, object]) -> Step:
    """Return the step to a stage. Raises InputError when it is not allowed or lacks something."""
    for step in steps:
        if step.stage == stage:
            missing = [need for need in step.needs if not said.get(need)]
            if missing:
                raise InputError(
                    "the stage {stage} needs {listed}",
                    stage=stage,
                    listed=tuple(Message(need) for need in missing),
                )
            return step
    allowed = ", ".join(step.stage for step in steps) or Message("none: it is published")
    raise InputError(
        "the plan cannot go to {stage} now; allowed: {allowed}", stage=stage, allowed=allowed
    )
