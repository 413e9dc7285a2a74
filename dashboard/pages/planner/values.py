"""Plans as the planner's desk lists them: drafts, published plans, waivers, findings."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import NotRequired, TypedDict

from sqlalchemy import Connection

from dashboard.text import Language
from dashboard.text.findings import say
from data.plans.approval import read as read_approval
from data.plans.rows import PlanHead, Policy, Waiver
from layers.grids.drafts.state import is_editable
from layers.grids.plan.stroke import PlanFinding
from layers.kit.words import Words


class DraftValue(TypedDict):
    """A plan's head, as docs/planner-api.md calls a Draft."""

    id: int
    name: str
    stage: str
    version: int
    parent: int | None
    parent_name: str | None
    made_by: str
    made_at: str
    changed_at: str
    operations: int
    communities: list[int]
    grids: int
    editable: bool
    document_number: str | None
    is_branch: bool


class PublishedValue(TypedDict):
    """A published plan's head; days as YYYY-MM-DD."""

    id: int
    name: str
    stage: str
    grids: int
    communities: list[int]
    document_number: str | None
    in_force_from: str | None
    in_force_to: str | None


class WaiverValue(TypedDict):
    """Who answers for a grid that breaks a rule, and why."""

    id: int
    grid: int | None
    code: str
    finding: str
    reason: str
    by: str
    at: str


class HintValue(TypedDict):
    """Plots that would mend a breach by going to another grid."""

    to: int
    plots: list[int]
    households: int
    buildings: int


class FindingValue(TypedDict):
    """A breach of a rule with its sentence; ``waived``: somebody answers for it.

    ``community``: only where a file's report speaks of one.
    """

    code: str
    severity: str
    grid: int | None
    community: NotRequired[int | None]
    plots: list[int]
    values: Words
    message: str
    waived: bool
    hint: HintValue | None


def draft_json(head: PlanHead, policy: Policy) -> DraftValue:
    """Return a plan's head as docs/planner-api.md calls a Draft."""
    return {
        "id": head.id,
        "name": head.name,
        "stage": head.stage,
        "version": head.version,
        "parent": head.parent_id,
        "parent_name": head.parent_name,
        "made_by": head.made_by,
        "made_at": head.made_at.isoformat(),
        "changed_at": head.changed_at.isoformat(),
        "operations": head.operations,
        "communities": list(head.communities),
        "grids": head.grids,
        "editable": is_editable(head, policy),
        "document_number": head.document_number,
        "is_branch": head.is_branch,
    }


def published_json(head: PlanHead) -> PublishedValue:
    """Return a published plan's head."""
    return {
        "id": head.id,
        "name": head.name,
        "stage": head.stage,
        "grids": head.grids,
        "communities": list(head.communities),
        "document_number": head.document_number,
        "in_force_from": _day(head.in_force_from),
        "in_force_to": _day(head.in_force_to),
    }


def _day(value: date | None) -> str | None:
    return None if value is None else value.isoformat()[:10]


def waiver_json(row: Waiver) -> WaiverValue:
    """Return a waiver."""
    return {
        "id": row.id,
        "grid": row.grid_id,
        "code": row.code,
        "finding": row.finding,
        "reason": row.reason,
        "by": row.by,
        "at": row.at.isoformat(),
    }


def findings_json(
    findings: Iterable[PlanFinding], waived: set[tuple[int | None, str]], lang: Language
) -> list[FindingValue]:
    """Return findings with their sentence and whether somebody answers for them."""
    return [
        {
            "code": f.code,
            "severity": f.severity,
            "grid": f.grid,
            "plots": list(f.plots),
            "values": dict(f.values),
            "message": say(f, lang),
            "waived": (f.grid, f.code) in waived,
            "hint": None
            if f.mend is None
            else {
                "to": f.mend.target,
                "plots": list(f.mend.plots),
                "households": f.mend.households,
                "buildings": f.mend.buildings,
            },
        }
        for f in findings
    ]


def waived_of(c: Connection, plan_id: int) -> set[tuple[int | None, str]]:
    """Return which grid may break which rule."""
    return read_approval.waived(c, plan_id)
