"""Identifiers. Internal ids never contain codes; a division code is text, never a number."""

from __future__ import annotations

import re
from typing import NewType

DivisionId = NewType("DivisionId", int)
CommunityId = NewType("CommunityId", DivisionId)
BuildingId = NewType("BuildingId", int)
PlotId = NewType("PlotId", int)
GridId = NewType("GridId", int)
PlanId = NewType("PlanId", int)
TessellationId = NewType("TessellationId", int)
OperationId = NewType("OperationId", int)
WaiverId = NewType("WaiverId", int)
ChangeId = NewType("ChangeId", int)
CaseSetId = NewType("CaseSetId", int)
CaseId = NewType("CaseId", int)
RulingId = NewType("RulingId", int)
EditId = NewType("EditId", int)
PostId = NewType("PostId", int)
AreaId = NewType("AreaId", int)
StationId = NewType("StationId", int)
DemandId = NewType("DemandId", int)
WorkflowId = NewType("WorkflowId", int)
EstateId = NewType("EstateId", int)
UploadId = NewType("UploadId", int)
RowId = NewType("RowId", int)
SnapshotId = NewType("SnapshotId", int)

KIND_BY_LENGTH = {
    2: "province",
    4: "prefecture",
    6: "county",
    9: "subdistrict",
    12: "community",
    15: "grid",
}
_LENGTHS = sorted(KIND_BY_LENGTH)


def clean_code(value: object) -> str | None:
    """Return a division code without its padding zeros, or None when it is not one.

    ``520111101000`` → ``520111101``; ``520000`` → ``52``. A code that a spreadsheet turned into
    scientific notation (``5.20111E+11``) has lost digits, so it is refused.
    """
    text = str(value).strip() if value is not None else ""
    if re.fullmatch(r"\d+\.0", text):  # a text column that was read as a float, all digits intact
        text = text[:-2]
    if not re.fullmatch(r"\d{2,15}", text) or len(text) not in _LENGTHS:
        return None
    for length in _LENGTHS:
        if len(text) > length and set(text[length:]) == {"0"}:
            return text[:length]
    return text


def kind_of(code: str) -> str:
    """Return the kind of division that a clean code names (by its length)."""
    return KIND_BY_LENGTH[len(code)]


def parent_code(code: str) -> str | None:
    """Return the code one level up; None for a province."""
    shorter = [n for n in _LENGTHS if n < len(code)]
    return code[: shorter[-1]] if shorter else None
