"""Plans as the planner's desk lists them: drafts, published plans, waivers, findings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Literal, NotRequired, TypedDict

from sqlalchemy import Connection

from dashboard.text import Language
from dashboard.text.findings import say
from data.plans.approval import read as read_approval
from data.plans.rows import PlanHead, Policy, Waiver
from layers.grids.drafts.state import is_editable
from layers.grids.plan.stroke import PlanFinding
from layers.kit.words import Words

Breach = tuple[int | None, str]
"""A grid's id and the rule that it breaks."""


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
    numbered: bool


class PublishedValue(TypedDict):
    """A published plan's head; days as YYYY-MM-DD. ``state``: in force today, later, or before."""

    id: int
    name: str
    stage: str
    grids: int
    communities: list[int]
    document_number: str | None
    in_force_from: str | None
    in_force_to: str | None
    state: Literal["now", "later", "past"]


class WaiverValue(TypedDict):
    """Who answers for a grid that breaks a rule, why, and for how much of it.

    ``households``, ``pieces``: what the grid had when it was given; beyond that it lapses.
    """

    id: int
    grid: int | None
    code: str
    finding: str
    reason: str
    by: str
    at: str
    households: int | None
    pieces: int | None


class HintValue(TypedDict):
    """Plots that would mend a breach by going to another grid."""

    to: int
    plots: list[int]
    households: int
    buildings: int


class FindingValue(TypedDict):
    """A breach of a rule with its sentence; ``waived``: somebody answers for it as it is now.

    ``waiver``: who, why and for how much; where it is not ``waived`` the waiver has lapsed.
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
    waiver: NotRequired[WaiverValue | None]
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
        "numbered": head.numbered_at is not None,
    }


def published_json(head: PlanHead, today: date) -> PublishedValue:
    """Return a published plan's head, and how it stands to today."""
    since, until = head.in_force_from, head.in_force_to
    is_past = since is None or (until is not None and until <= today)
    is_later = since is not None and since > today
    return {
        "id": head.id,
        "name": head.name,
        "stage": head.stage,
        "grids": head.grids,
        "communities": list(head.communities),
        "document_number": head.document_number,
        "in_force_from": _day(head.in_force_from),
        "in_force_to": _day(head.in_force_to),
        "state": "later" if is_later else "past" if is_past else "now",
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
        "households": row.households,
        "pieces": row.pieces,
    }


def findings_json(
    findings: Iterable[PlanFinding], waivers: Mapping[Breach, Waiver], lang: Language
) -> list[FindingValue]:
    """Return findings with their sentence and who answers for them."""
    return [
        {
            "code": f.code,
            "severity": f.severity,
            "grid": f.grid,
            "plots": list(f.plots),
            "values": dict(f.values),
            "message": say(f, lang),
            "waived": f.waived,
            "waiver": _waiver_of(f, waivers),
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


def _waiver_of(found: PlanFinding, waivers: Mapping[Breach, Waiver]) -> WaiverValue | None:
    code = "grid_in_pieces" if found.code == "grid_pieces_allowed" else found.code
    row = waivers.get((found.grid, code))
    return None if row is None else waiver_json(row)


def waivers_of(c: Connection, plan_id: int) -> dict[Breach, Waiver]:
    """Return a plan's waivers by grid and rule, the last one given of each."""
    return {(w.grid_id, w.finding): w for w in read_approval.waivers(c, plan_id)}
