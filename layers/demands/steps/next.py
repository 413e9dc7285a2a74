"""What may be done with a demand next, by whom, what it must carry, and why not now. Pure.

1. A move leads on, for demands of its sizes. What another platform tells is nobody's act.
2. A request is asked for once; who asked does not decide it. Deciding takes the right ``approve``,
   all else ``work``.
3. An extension is asked for before the deadline; a second one needs a form as well. Reopening is
   asked for within the county's days after the end.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from layers.kit.demands.chain import Event
from layers.kit.demands.workflow import UNITS, Action, Workflow
from layers.kit.errors import InputError
from layers.kit.json import Json, JsonObject

Why = Literal["right", "own_request", "overdue", "too_late"]
MOST_AMOUNT: Final = 365
MOST_WORDS: Final = 2000


@dataclass(frozen=True, slots=True)
class NextStep:
    """An action that the workflow lets through now. ``why``: None where it may be done."""

    action: Action
    carries: tuple[str, ...]
    right: Literal["work", "approve"]
    why: Why | None


@dataclass(frozen=True, slots=True)
class Situation:
    """Where a demand stands. ``is_late``: its deadline has passed."""

    step: str
    size: str | None
    events: Sequence[Event]
    closed_at: datetime | None
    is_late: bool
    now: datetime


@dataclass(frozen=True, slots=True)
class Asked:
    """The last word of a request: asked, granted, refused or ended, and by whom."""

    kind: str
    actor: str


def requests_of(workflow: Workflow, events: Sequence[Event]) -> dict[str, Asked]:
    """Return the last word of every request of a demand."""
    found: dict[str, Asked] = {}
    for e in events:
        action = workflow.by_way.get((e.from_step, e.action, e.to_step))
        if action and action.request and action.kind in ("ask", "grant", "refuse", "end"):
            found[action.request] = Asked(action.kind, e.actor)
    return found


def next_steps(
    workflow: Workflow, at: Situation, rights: frozenset[str], actor: str
) -> list[NextStep]:
    """Return what may come next, and for whom it may not (clauses 1 to 3)."""
    asked = requests_of(workflow, at.events)
    found = []
    for action in workflow.allowed(at.step):
        fits = not action.sizes or at.size is None or at.size in action.sizes
        if action.kind == "receive" or not fits or not _is_open(action, asked):
            continue
        right: Literal["work", "approve"] = "approve" if action.needs_approval else "work"
        why = _why(workflow, action, at, asked, actor)
        if right not in rights:
            why = "right"
        found.append(NextStep(action, _carries(action, at), right, why))
    return found


def _is_open(action: Action, asked: Mapping[str, Asked]) -> bool:
    last = asked.get(action.request or "")
    if action.kind == "ask":
        return last is None or last.kind != "ask"
    if action.kind in ("grant", "refuse"):
        return last is not None and last.kind == "ask"
    return action.kind != "end" or (last is not None and last.kind == "grant")


def _why(
    workflow: Workflow, action: Action, at: Situation, asked: Mapping[str, Asked], actor: str
) -> Why | None:
    if action.needs_approval and asked[action.request or ""].actor == actor:
        return "own_request"
    if action.kind == "ask" and action.request == "extension" and at.is_late:
        return "overdue"
    if action.kind == "ask" and action.request == "reopening" and at.closed_at is not None:
        until = at.closed_at + timedelta(days=workflow.reopen_days)
        return "too_late" if at.now > until else None
    return None


def _carries(action: Action, at: Situation) -> tuple[str, ...]:
    if action.kind == "ask" and action.request == "extension":
        granted = sum(e.action == "extension_granted" for e in at.events)
        return (*action.carries, "form") if granted else action.carries
    return action.carries


@dataclass(frozen=True, slots=True)
class Carried:
    """What somebody gives along with a step, as it was sent."""

    note: str | None = None
    unit: str | None = None
    values: JsonObject | None = None


def check_carried(
    step: NextStep, given: Carried, workflow: Workflow, now: datetime
) -> dict[str, Json]:
    """Return what the event's payload holds. Raises InputError for what is missing or odd."""
    values = dict(given.values or {})
    payload: dict[str, Json] = {}
    for name in step.carries:
        if name in ("note", "unit"):
            said: Json = given.note if name == "note" else given.unit
        else:
            said = values.pop(name, None)
        if said is None or said == "":
            raise InputError("{name} is missing", name=name)
        if name not in ("note", "unit"):
            payload[name] = _checked(name, said, workflow, now)
    if "amount" in payload:
        unit = values.pop("amount_unit", "working_days")
        if unit not in UNITS:
            raise InputError("{name} is not one of {values}", name="amount_unit",
                             values=", ".join(UNITS))  # fmt: skip
        payload["unit"] = unit
    if values:
        raise InputError("nothing here takes the field {name}", name=sorted(values)[0][:60])
    return payload


def _checked(name: str, said: Json, workflow: Workflow, now: datetime) -> Json:
    if name == "amount":
        if isinstance(said, bool) or not isinstance(said, int) or not 1 <= said <= MOST_AMOUNT:
            raise InputError("{name} is from 1 to {most}", name=name, most=MOST_AMOUNT)
        return said
    if name == "satisfied":
        if not isinstance(said, bool):
            raise InputError("{name} is yes or no", name=name)
        return said
    if name == "into":
        if isinstance(said, bool) or not isinstance(said, int):
            raise InputError("{name} must be a whole number", name=name)
        return said
    if not isinstance(said, str) or len(said) > MOST_WORDS or "\0" in said:
        raise InputError("{name} must be text", name=name)
    if name == "size" and said not in {s.key for s in workflow.sizes}:
        raise InputError("{name} is not one of {values}", name=name,
                         values=", ".join(s.key for s in workflow.sizes))  # fmt: skip
    if name == "until":
        return _day(said, now)
    return said.strip()


def _day(said: str, now: datetime) -> str:
    try:
        day = datetime.fromisoformat(said).date()
    except ValueError as error:
        raise InputError(
            "{name}={value} is not a date: write YYYY-MM-DD", name="until", value=said[:20]
        ) from error
    if day < now.date():
        raise InputError("{name} has passed", name="until")
    return day.isoformat()
