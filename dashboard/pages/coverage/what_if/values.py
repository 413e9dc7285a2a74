"""What the panel of 模拟布点 and the browser hand each other, each with its keys."""

from __future__ import annotations

from typing import TypedDict

from layers.coverage_gaps.drawing import DrawnValue, EffectValue, StationMark
from layers.kit.records.stations import Operation


class HeldValue(TypedDict):
    """What the browser keeps of a scenario: the operations that hold, and how many there are."""

    id: int
    version: int
    operations: list[Operation]
    total: int


class OptionValue(TypedDict):
    """A line of a dropdown."""

    label: str
    value: int


class SideValue(TypedDict):
    """A draft beside the others: what it changes for how many households."""

    title: str
    changes: int
    gained: int
    lost: int
    outside: int
    is_chosen: bool


class TrialValue(EffectValue, DrawnValue):
    """What operations would change, and what the map shows of it."""

    stations: list[StationMark]


class OperationForm(TypedDict, total=False):
    """What the map or the form of a station asks for: one operation, or several at a time.

    ``at``: a number that differs each time, so that the same wish twice is two wishes.
    """

    kind: str
    key: str
    lon: float
    lat: float
    categories: list[str]
    hours: list[list[int | str]]
    several: list[OperationForm]
    at: int | None


class DoneValue(TypedDict):
    """What became of a change: the scenario to show, and a sentence for the user."""

    id: int | None
    says: str
    is_good: bool
    is_made: bool


class StationForm(TypedDict):
    """The form of the station in hand: its services, days, and one opening and closing."""

    categories: list[str] | None
    days: list[int] | None
    opens: str
    closes: str
