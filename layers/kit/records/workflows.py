"""A workflow as JSON: what a version of it keeps."""

from __future__ import annotations

from typing import Literal, TypedDict


class LabelRecord(TypedDict):
    """What something is called."""

    zh: str
    en: str


class LimitRecord(TypedDict):
    """So much time."""

    amount: int
    unit: Literal["minutes", "working_hours", "working_days"]


class StepRecord(TypedDict):
    """A step."""

    key: str
    label: LabelRecord
    phase: Literal[
        "start", "received", "accepted", "dispatched", "handling", "replied",
        "closed", "merged", "withdrawn",
    ]  # fmt: skip
    role: str
    limit: LimitRecord | None


class ActionRecord(TypedDict):
    """A move from a step to a step."""

    key: str
    label: LabelRecord
    from_step: str
    to_step: str
    role: str
    carries: list[str]
    kind: Literal["receive", "move", "reopen", "told", "note", "ask", "grant", "refuse", "end"]
    sizes: list[str]
    request: str | None


class SizeRecord(TypedDict):
    """A size."""

    key: str
    label: LabelRecord
    route: str
    limit: LimitRecord | None


class ColourRecord(TypedDict):
    """A colour."""

    key: str
    label: LabelRecord
    least: int
    limit: LimitRecord | None


class CategoryRecord(TypedDict):
    """The time of a category."""

    words: list[str]
    limit: LimitRecord


class WorkflowRecord(TypedDict):
    """The whole of it; ``hours``: pairs of minutes of the day."""

    key: str
    label: LabelRecord
    source: str
    steps: list[StepRecord]
    moves: list[ActionRecord]
    sizes: list[SizeRecord]
    colours: list[ColourRecord]
    categories: list[CategoryRecord]
    limit: LimitRecord | None
    hours: list[list[int]]
    reopen_days: int
