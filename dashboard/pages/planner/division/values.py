"""What the division panel is sent: a job's result with sentences, without arrays over plots."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NotRequired, TypedDict

from dashboard.text import Language, text
from dashboard.text.findings import say_stored
from layers.grids.division.problem import Prefer
from layers.grids.proposals.result import (
    Candidate,
    CandidateCommunity,
    CandidateCommunityShown,
    CandidateHead,
    CommunityBefore,
    CommunityShown,
    DivisionResult,
    FindingRow,
    MeasuresRow,
    What,
)
from layers.kit.findings import Severity
from layers.kit.json import Json, JsonObject

SUMMED = (
    "fewer_grids",
    "fewer_grids_possible",
    "above_bound",
    "bound_not_reachable",
    "households_unknown",
    "households_estimated",
    "no_streets",
)
RANK = ("error", "warning", "info")


class RequestValue(TypedDict):
    """What was asked for, as a job keeps it."""

    what: What
    draft: int | None
    communities: list[int]
    grids: list[int]
    prefer: list[Prefer]
    seeds: list[int]
    keep_estates: float
    follow_streets: float
    keep_locked: bool


class FindingValue(TypedDict):
    """What there is to say. ``where``: the community's name, None where it is about all."""

    code: str
    severity: Severity
    values: Mapping[str, Json]
    where: str | None
    message: str


class CandidateValue(CandidateHead):
    """One way to divide, with what there is to say of it."""

    findings: list[FindingValue]
    communities: list[CandidateCommunityShown]


class ResultValue(TypedDict):
    """All candidates side by side."""

    what: What
    draft: int | None
    keep_locked: bool
    limit: int
    minimum: int | None
    box: list[int]
    before: MeasuresRow | None
    communities: list[CommunityShown]
    candidates: list[CandidateValue]


class JobValue(TypedDict):
    """A job as the page shows it; ``request``: a ``RequestValue`` as it was kept."""

    id: int
    state: str
    progress: float
    message: str | None
    cancelling: bool
    request: JsonObject
    by: str
    created_at: str
    seconds: float | None
    result: NotRequired[ResultValue]


def result_json(result: DivisionResult, lang: Language) -> ResultValue:
    """Return a job's result with sentences for its findings, without arrays over plots."""
    names = {row["id"]: row["name"] for row in result["communities"]}
    return {
        **result,
        "communities": [_community(row) for row in result["communities"]],
        "candidates": [
            {
                **candidate,
                "findings": _findings(result, candidate, names, lang),
                "communities": [_part(row) for row in candidate["communities"]],
            }
            for candidate in result["candidates"]
        ],
    }


def _community(row: CommunityBefore) -> CommunityShown:
    return {
        "id": row["id"],
        "code": row["code"],
        "name": row["name"],
        "tessellation": row["tessellation"],
        "plan": row["plan"],
        "version": row["version"],
        "plots": row["plots"],
        "households": row["households"],
        "grids": row["grids"],
        "lower_bound": row["lower_bound"],
        "kept": row["kept"],
        "box": row["box"],
        "map": row["map"],
    }


def _part(row: CandidateCommunity) -> CandidateCommunityShown:
    return {
        "id": row["id"],
        "measures": row["measures"],
        "moved": row["moved"],
        "changed": row["changed"],
        "changed_buildings": row["changed_buildings"],
        "seconds": row["seconds"],
        "grids": row["grids"],
        "moves": row["moves"],
        "certificate": row["certificate"],
        "passed": row["passed"],
    }


@dataclass(slots=True)
class _FindingSum:
    """A finding while those of several communities are added up."""

    code: str
    severity: Severity
    values: Mapping[str, Json]
    where: str | None = None

    def add(self, more: FindingRow) -> None:
        """Add the numbers of the same finding of another community."""
        self.values = {k: _count(v) + _count(self.values[k]) for k, v in more["values"].items()}


def _count(value: Json) -> int:
    return value if isinstance(value, int) else 0


def _findings(
    result: DivisionResult, candidate: Candidate, names: Mapping[int, str], lang: Language
) -> list[FindingValue]:
    """Return what there is to say, errors first; what holds in several communities is added up."""
    communities = candidate["communities"]
    found: list[_FindingSum] = []
    summed: dict[str, _FindingSum] = {}
    for row in communities:
        for finding in row["findings"]:
            code = finding["code"]
            if code in summed:
                summed[code].add(finding)
                continue
            one = _FindingSum(code, finding["severity"], finding["values"])
            found.append(one)
            if code in SUMMED:
                summed[code] = one
            elif len(communities) > 1:
                one.where = names[row["id"]]
    if len(communities) > 1:
        found = _of_the_whole(result, candidate, found, summed)
    found.sort(key=lambda f: (RANK.index(f.severity), f.code not in SUMMED))
    return [
        {
            "code": one.code,
            "severity": one.severity,
            "values": one.values,
            "where": one.where,
            "message": _sentence(one, lang),
        }
        for one in found
    ]


def _of_the_whole(
    result: DivisionResult,
    candidate: Candidate,
    found: list[_FindingSum],
    summed: Mapping[str, _FindingSum],
) -> list[_FindingSum]:
    """Say of the whole its own totals, not those of the communities that are named."""
    grids, bound = candidate["measures"]["grids"], candidate["measures"]["lower_bound"]
    parts = summed.get("bound_not_reachable")
    beyond = 0
    if parts is not None:
        beyond = _count(parts.values["reachable"]) - _count(parts.values["bound"])
    reachable = bound + beyond
    had = result["before"]["grids"] if result["before"] else 0
    whole: dict[str, Mapping[str, Json]] = {
        "bound_not_reachable": {"bound": bound, "reachable": reachable},
        "above_bound": {"grids": grids, "bound": reachable, "more": grids - reachable},
        "fewer_grids": {"grids": had, "possible": grids},
    }
    for code in whole.keys() & summed.keys():
        summed[code].values = whole[code]
    return found if grids < had else [f for f in found if f.code != "fewer_grids"]


def _sentence(finding: _FindingSum, lang: Language) -> str:
    values = dict(finding.values)
    if "to" in values:
        number, to = values.get("grid"), _count(values["to"])
        key = "division.grid_n" if number is not None else "division.grid_new"
        values["grid"] = text(key, lang, {"n": str(number if number is not None else -to)})
    return say_stored({"code": finding.code, "values": values}, lang)
