"""What a workflow has to keep before it is put in force. Breaches are findings.

1. Keys are small letters, and each step's is its own.
2. It begins where demands wait, and has an end for what is done, merged and withdrawn.
3. Every action leads from a step to a step, and asks only for what an action can carry.
4. Every step can be come to, and from every open step a demand can be closed.
5. Sizes that an action names are declared; office hours follow each other within the day.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

from layers.kit.demands.workflow import CARRIED, ENDS, ROLES, START, UNITS, Limit, Workflow
from layers.kit.findings import Finding

_KEY: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
_DAY: Final = 24 * 60


def judge(workflow: Workflow) -> tuple[Finding, ...]:
    """Return every breach of the rules above."""
    return (
        *_keys(workflow),
        *_ends(workflow),
        *_actions(workflow),
        *_ways(workflow),
        *_numbers(workflow),
    )


def _keys(workflow: Workflow) -> Iterator[Finding]:
    counted = Counter(s.key for s in workflow.steps)
    keys = (*counted, *(a.key for a in workflow.moves), workflow.key)
    for key in dict.fromkeys(keys):
        if not _KEY.fullmatch(key) or counted[key] > (key != START):
            yield Finding("workflow_key", subject=key, values={"key": key})
    ways = Counter((a.from_step, a.key, a.to_step) for a in workflow.actions)
    for (_, key, _), many in ways.items():
        if many > 1:
            yield Finding("workflow_key", subject=key, values={"key": key})


def _ends(workflow: Workflow) -> Iterator[Finding]:
    phases = {s.phase for s in workflow.steps}
    if not workflow.steps or workflow.steps[0].phase != "received":
        yield Finding("workflow_begin")
    for phase in ENDS:
        if phase not in phases:
            yield Finding("workflow_end", values={"phase": phase})


def _actions(workflow: Workflow) -> Iterator[Finding]:
    sizes = {s.key for s in workflow.sizes}
    for action in workflow.moves:
        known = action.from_step in workflow.step and action.to_step in workflow.step
        if not known or action.from_step == START or action.to_step == START:
            yield Finding("workflow_action", subject=action.key, values={"key": action.key})
        odd = [c for c in action.carries if c not in CARRIED]
        if odd or action.role not in ROLES or not set(action.sizes) <= sizes:
            yield Finding("workflow_action_asks", subject=action.key, values={"key": action.key})


def _ways(workflow: Workflow) -> Iterator[Finding]:
    follow: dict[str, set[str]] = {s.key: set() for s in workflow.steps}
    lead: dict[str, set[str]] = {s.key: set() for s in workflow.steps}
    for action in workflow.moves:
        if action.from_step in follow and action.to_step in follow:
            follow[action.from_step].add(action.to_step)
            lead[action.to_step].add(action.from_step)
    if not workflow.steps:
        return
    there = _reached(follow, {workflow.steps[0].key})
    closing = _reached(lead, {s.key for s in workflow.steps if s.phase == "closed"})
    for step in workflow.steps:
        if step.key not in there or (step.phase not in ENDS and step.key not in closing):
            yield Finding("workflow_way", subject=step.key, values={"key": step.key})


def _reached(follow: Mapping[str, set[str]], begin: set[str]) -> set[str]:
    found, waiting = set(begin), list(begin)
    while waiting:
        new = follow[waiting.pop()] - found
        found |= new
        waiting += new
    return found


def _numbers(workflow: Workflow) -> Iterator[Finding]:
    limits: list[Limit | None] = [workflow.limit]
    limits += [s.limit for s in workflow.steps]
    limits += [s.limit for s in workflow.sizes]
    limits += [c.limit for c in workflow.colours]
    limits += [c.limit for c in workflow.categories]
    if any(x is not None and (x.amount < 1 or x.unit not in UNITS) for x in limits):
        yield Finding("workflow_limit")
    edges = [edge for window in workflow.hours for edge in window]
    if edges != sorted(set(edges)) or not edges or edges[0] < 0 or edges[-1] > _DAY:
        yield Finding("workflow_hours")
