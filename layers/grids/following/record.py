"""What is told and kept of plots that followed an edit."""

from __future__ import annotations

from typing import NotRequired, TypedDict

from layers.grids.following.hanging import FollowingPlan, HungRow
from layers.kit.findings import Finding
from layers.kit.json import Json


class PlotFinding(TypedDict):
    """What was found while plots were made, as it is kept with them."""

    code: str
    severity: str
    subject: NotRequired[str | None]
    values: NotRequired[dict[str, Json]]


class FollowingCommunity(TypedDict):
    """Whose plots were made anew."""

    id: int
    code: str
    name: str


class Report(TypedDict):
    """What an edit changed in a community's plots and plans, for the person who made it."""

    community: FollowingCommunity
    plots_before: int
    plots_after: int
    plans: list[FollowingPlan]
    findings: list[PlotFinding]


class Record(TypedDict):
    """What followed an edit in a community, as the log keeps it to take it back.

    Where plots were made anew: tessellations ``before`` and ``after``; ``children``: (new plot,
    old plot); ``taken``: plots that went; ``lost``: (plot, grid) by draft (id as text, as JSON has
    it) that it had no new plot for.
    """

    community: int
    hung: list[HungRow]
    report: Report
    before: NotRequired[int]
    after: NotRequired[int]
    children: NotRequired[list[tuple[int, int]]]
    taken: NotRequired[list[int]]
    lost: NotRequired[dict[str, list[tuple[int, int]]]]


def as_row(finding: Finding) -> PlotFinding:
    """Return a finding about plots as the log of edits keeps it."""
    return {
        "code": finding.code,
        "severity": finding.severity,
        "subject": finding.subject,
        "values": {k: v for k, v in finding.values.items() if isinstance(v, int | float | str)},
    }
