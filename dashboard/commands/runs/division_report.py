"""The report of ``getu divide``: figures by community and in all, certificates, findings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

import numpy as np

from dashboard.text import Language
from dashboard.text.findings import say
from layers.grids.division.divide import Options
from layers.grids.from_files.town_plan import CommunityPlan
from layers.grids.judge.verdict import Certificate
from layers.kit.findings import Finding
from layers.kit.json import Json, JsonObject


class CommunityReport(TypedDict):
    """One community's plan. ``lower_bound``: of grids, by households alone (what does not hang
    together may ask for more: finding ``bound_not_reachable``). ``seconds``: of the computer.
    """

    community: str
    households: int
    grids: int
    lower_bound: int
    max_households: int
    over_cap: int
    oversize_buildings: int
    contiguous: bool
    seamless: bool
    polsby_popper_mean: float
    seconds: float


class TotalsReport(TypedDict):
    """All communities together; ``communities``: how many there are."""

    communities: int
    households: int
    grids: int
    lower_bound: int
    over_cap: int
    oversize_buildings: int
    max_households: int
    contiguous: bool
    seamless: bool
    polsby_popper_mean: float
    seconds: float


class OptionsReport(TypedDict):
    """What was asked for; ``units``: of what the grids are made."""

    households_max: int
    prefer: str | None
    seed: int
    units: str


class DivisionReport(TypedDict):
    """What ``--report`` writes. A finding's own values stand beside its code and sentence."""

    communities: list[CommunityReport]
    totals: TotalsReport
    options: OptionsReport
    certificates: list[Certificate]
    findings: list[JsonObject]


def division_report(
    plans: Sequence[CommunityPlan],
    findings: Sequence[Finding],
    options: Options,
    areas: bool,
    seconds: float,
    lang: Language,
) -> DivisionReport:
    """Return the figures of all communities; ``seconds``: of the whole run."""
    rows = [_row(plan) for plan in plans]
    grids = sum(row["grids"] for row in rows)
    roundness = sum(row["polsby_popper_mean"] * row["grids"] for row in rows)
    totals: TotalsReport = {
        "communities": len(rows),
        "households": sum(row["households"] for row in rows),
        "grids": grids,
        "lower_bound": sum(row["lower_bound"] for row in rows),
        "over_cap": sum(row["over_cap"] for row in rows),
        "oversize_buildings": sum(row["oversize_buildings"] for row in rows),
        "max_households": max((row["max_households"] for row in rows), default=0),
        "contiguous": all(row["contiguous"] for row in rows),
        "seamless": all(row["seamless"] for row in rows),
        "polsby_popper_mean": round(roundness / max(1, grids), 4),
        "seconds": round(seconds, 3),
    }
    return {
        "communities": rows,
        "totals": totals,
        "options": {
            "households_max": options.households_max,
            "prefer": options.prefer,
            "seed": options.seed,
            "units": "areas" if areas else "buildings",
        },
        "certificates": [plan.verdict.certificate for plan in plans],
        "findings": [finding_row(finding, lang) for finding in findings],
    }


def _row(plan: CommunityPlan) -> CommunityReport:
    certificate = plan.verdict.certificate
    checks = certificate["checks"]
    return {
        "community": plan.name,
        "households": int(plan.problem.households.sum()),
        "grids": plan.division.grids,
        "lower_bound": plan.division.lower_bound,
        "max_households": certificate["max_households"],
        "over_cap": certificate["over_cap"],
        "oversize_buildings": certificate["oversize_buildings"],
        "contiguous": checks["contiguous"] == "passed",
        "seamless": checks["seamless"] == "passed",
        "polsby_popper_mean": certificate["polsby_popper_mean"],
        "seconds": round(plan.seconds, 3),
    }


def finding_row(finding: Finding, lang: Language) -> JsonObject:
    """Return a finding for the report: its own values beside its code and sentence."""
    return {**_plain_finding(finding), "sentence": say(finding, lang)}


def _plain_finding(finding: Finding) -> JsonObject:
    plain = {
        "code": finding.code,
        "severity": finding.severity,
        "row": finding.row,
        "field": finding.field,
        "subject": finding.subject,
        **finding.values,
    }
    return {key: _simple(value) for key, value in plain.items() if value is not None}


def _simple(value: object) -> Json:
    if isinstance(value, np.generic):
        item: Json = value.item()
        return item
    return value if isinstance(value, (int, float, str, list, bool)) else str(value)
