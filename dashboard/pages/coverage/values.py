"""What the coverage page and the browser hand each other, each with its keys."""

from __future__ import annotations

from typing import NotRequired, TypedDict

from layers.kit.json import Geometry


class QuestionValue(TypedDict):
    """The question as the page's script writes it; ``asked`` reads it. All of it is text."""

    minutes: str
    services: str
    profile: str
    way: NotRequired[str]
    tier: NotRequired[str]
    weekday: NotRequired[str]
    clock: NotRequired[str]


class Selection(TypedDict, total=False):
    """What is chosen on the map or in the table: one of these."""

    building: int
    station: str
    grid: str
    community: str
    untied: str


class WayValue(TypedDict):
    """What the map shows with a detail: a line, and where to go."""

    line: Geometry | None
    bounds: list[list[float]] | None


class CurrentValue(TypedDict):
    """Which version the data have, and since when."""

    version: str
    at: str
