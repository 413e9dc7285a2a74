"""The workflows of the counties of the field notes, each a file of ``counties/``.

A file says steps, moves, sizes, colours and limits in the county's own words. Ends that all
counties have (merged, withdrawn, taken apart) are added where a file does not say them itself.
A time is written ``"3 working_days"``, office hours ``"08:30-12:00"``, a label ``"zh | en"``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Final, NotRequired, TypedDict, cast

from layers.kit.demands.standard import SIZES, STANDARD
from layers.kit.demands.workflow import (
    Action,
    CategoryLimit,
    Colour,
    Label,
    Limit,
    Phase,
    Size,
    Step,
    Unit,
    Workflow,
)
from layers.kit.errors import InputError
from layers.kit.json import parsed


class DeclaredStep(TypedDict):
    """A step as a file says it."""

    key: str
    label: str
    phase: Phase
    role: str
    limit: NotRequired[str]


DeclaredMove = TypedDict(
    "DeclaredMove",
    {
        "key": str,
        "label": str,
        "from": list[str],
        "to": str,
        "role": str,
        "carries": NotRequired[list[str]],
        "sizes": NotRequired[list[str]],
    },
)
"""A move as a file says it: from each of these steps to one."""


class DeclaredSize(TypedDict):
    """A size as a file says it."""

    key: str
    label: str
    route: NotRequired[str]
    limit: NotRequired[str]


class DeclaredColour(TypedDict):
    """A colour as a file says it."""

    key: str
    label: str
    least: int
    limit: NotRequired[str]


class DeclaredCategory(TypedDict):
    """The time of a category as a file says it."""

    words: list[str]
    limit: str


class DeclaredWorkflow(TypedDict):
    """A workflow as a file says it."""

    key: str
    label: str
    source: str
    steps: list[DeclaredStep]
    moves: list[DeclaredMove]
    sizes: NotRequired[list[DeclaredSize]]
    colours: NotRequired[list[DeclaredColour]]
    categories: NotRequired[list[DeclaredCategory]]
    limit: NotRequired[str]
    hours: NotRequired[list[str]]
    reopen_days: NotRequired[int]


class DeclaredFile(TypedDict):
    """A file of workflows."""

    workflows: list[DeclaredWorkflow]


FOLDER: Final = Path(__file__).parent / "counties"
_ENDS: Final = (("merged", "已合并 | Merged"), ("withdrawn", "已撤回 | Withdrawn"))


def preset_names() -> tuple[str, ...]:
    """Return the names of all presets, ``standard`` first."""
    return ("standard", *sorted(p.stem for p in FOLDER.glob("*.toml")))


@cache
def preset(name: str) -> tuple[Workflow, ...]:
    """Return the workflows of a preset, that of the ledger first. Raises InputError."""
    if name == "standard":
        return (STANDARD,)
    path = FOLDER / f"{name}.toml"
    if name not in preset_names():
        raise InputError("there is no workflow preset {name}", name=name)
    read = parsed(DeclaredFile, tomllib.loads(path.read_text(encoding="utf-8")), name)
    return tuple(_workflow(declared) for declared in read["workflows"])


def _workflow(declared: DeclaredWorkflow) -> Workflow:
    steps = [_step(s) for s in declared["steps"]]
    moves = [one for m in declared["moves"] for one in _moves(m)]
    for phase, label in _ENDS:
        if all(s.phase != phase for s in steps):
            steps.append(Step(phase, _label(label), cast(Phase, phase), "community"))
            moves += _ending(phase, steps)
    sizes = tuple(_size(s) for s in declared.get("sizes", ())) or SIZES
    return Workflow(
        key=declared["key"],
        label=_label(declared["label"]),
        source=declared["source"],
        steps=tuple(steps),
        moves=tuple(moves),
        sizes=sizes,
        colours=tuple(_colour(c) for c in declared.get("colours", ())),
        categories=tuple(
            CategoryLimit(tuple(c["words"]), _limit(c["limit"]))
            for c in declared.get("categories", ())
        ),
        limit=_limit(declared["limit"]) if "limit" in declared else None,
        hours=_hours(declared.get("hours", ["08:30-12:00", "14:30-18:00"])),
        reopen_days=declared.get("reopen_days", 10),
    )


def _step(said: DeclaredStep) -> Step:
    limit = _limit(said["limit"]) if "limit" in said else None
    return Step(said["key"], _label(said["label"]), said["phase"], said["role"], limit)


def _moves(said: DeclaredMove) -> list[Action]:
    """Return one action for each step that it leads from."""
    return [
        Action(
            said["key"], _label(said["label"]), before, said["to"], said["role"],
            tuple(said.get("carries", ())), sizes=tuple(said.get("sizes", ())),
        )
        for before in said["from"]
    ]  # fmt: skip


def _ending(phase: str, steps: Sequence[Step]) -> list[Action]:
    early = ("received", "accepted", "dispatched")
    if phase == "withdrawn":
        into, label, carries = (*early, "handling"), Label("撤回", "Withdraw"), ()
        return [
            Action("withdraw", label, s.key, phase, "caller", carries)
            for s in steps
            if s.phase in into
        ]
    label = Label("合并", "Merge")
    made = [
        Action("merge", label, s.key, phase, "community", ("into",))
        for s in steps
        if s.phase in early
    ]
    back = next((s for s in steps if s.phase == "accepted"), steps[0])
    apart = Label("拆开", "Take apart")
    return [*made, Action("separate", apart, phase, back.key, "community", (), "reopen")]


def _size(said: DeclaredSize) -> Size:
    limit = _limit(said["limit"]) if "limit" in said else None
    return Size(said["key"], _label(said["label"]), said.get("route", ""), limit)


def _colour(said: DeclaredColour) -> Colour:
    limit = _limit(said["limit"]) if "limit" in said else None
    return Colour(said["key"], _label(said["label"]), said["least"], limit)


def _label(said: str) -> Label:
    zh, _, en = said.partition(" | ")
    return Label(zh, en or zh)


def _limit(said: str) -> Limit:
    amount, _, unit = said.partition(" ")
    return Limit(int(amount), cast(Unit, unit))


def _hours(said: Sequence[str]) -> tuple[tuple[int, int], ...]:
    def minute(clock: str) -> int:
        hour, _, rest = clock.partition(":")
        return int(hour) * 60 + int(rest)

    pairs = [window.split("-") for window in said]
    return tuple((minute(a), minute(b)) for a, b in pairs)
