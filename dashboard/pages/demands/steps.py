"""One demand over HTTP: what happened, its clock as a sum, what may come next; a step of it.

``GET /api/demands/<id>`` · ``POST /api/demands/<id>/events`` (who works) ·
``POST /api/demands/<id>/decisions`` (who grants or refuses what somebody else asked for). Both take
``{"action", "to"?, "seq", "key"?, "note"?, "unit"?, "values"?: {…}}``: ``seq`` is of the last event
that was seen, and 409 tells what happened meanwhile (``happened``).
"""

from __future__ import annotations

from datetime import datetime
from typing import TypedDict

from flask import Blueprint, Flask, Response, jsonify, request

from dashboard.access.principal import present
from dashboard.services import Services
from dashboard.text import Language, language, text
from dashboard.web.api import make_api
from dashboard.web.bodies import body, only, refused, sentence, whole
from data.engine import session
from layers.demands.clock.clock import Run
from layers.demands.steps.act import Look, StepMeanwhileError, StepOrder, look, take_step
from layers.demands.steps.next import NextStep
from layers.kit.demands.chain import Event
from layers.kit.demands.workflow import Label, Limit, Workflow
from layers.kit.errors import ForbiddenError, InputError
from layers.kit.json import JsonObject, as_json

FIELDS = ("action", "to", "seq", "key", "note", "unit", "values")
MOST_KEY = 80


def add_demand_routes(server: Flask, services: Services) -> None:
    """Add every address under ``/api/demands`` to a Flask server."""
    api = make_api("demands", most_body=64 * 1024)

    @api.get("/<int:demand>")
    def one(demand: int) -> Response:
        with session(services.engine, present(), is_snapshot=True) as c:
            seen = look(c, demand, present())
        return jsonify(shown(seen, _lang()))

    _add_steps(api, services)
    server.register_blueprint(api)


def _add_steps(api: Blueprint, services: Services) -> None:
    @api.post("/<int:demand>/events")
    def step(demand: int) -> Response:
        return take(demand, "work")

    @api.post("/<int:demand>/decisions")
    def decide(demand: int) -> Response:
        return take(demand, "approve")

    def take(demand: int, right: str) -> Response:
        order = _order(only(body(), *FIELDS))
        who = present()
        decides = order.action.endswith(("_granted", "_refused"))
        if decides != (right == "approve"):
            raise ForbiddenError("who asked for it cannot decide it")
        try:
            with session(services.engine, who) as c:
                done = take_step(c, demand, order, who)
                seen = look(c, demand, who)
        except StepMeanwhileError as late:
            with session(services.engine, who) as c:
                workflow = look(c, demand, who).stored.workflow
            happened = [event_json(e, workflow, _lang()) for e in late.happened]
            return refused(409, late, happened=happened)
        return jsonify(
            done=event_json(done.event, seen.stored.workflow, _lang()),
            masked=list(done.masked),
            repeated=done.is_repeated,
            demand=shown(seen, _lang()),
        )


def _lang() -> Language:
    return language(request.args.get("lang"))


def _order(values: JsonObject) -> StepOrder:
    given = values.get("values")
    if given is not None and not isinstance(given, dict):
        raise InputError("{name} must be a JSON object", name="values")
    return StepOrder(
        action=sentence(values, "action", needed=True, most=60) or "",
        to_step=sentence(values, "to", most=60),
        seq=whole(values, "seq"),
        key=sentence(values, "key", most=MOST_KEY),
        note=sentence(values, "note"),
        unit=sentence(values, "unit", most=120),
        values=given or {},
    )


class EventJson(TypedDict):
    """An event; ``payload``: what it carries besides note and unit."""

    seq: int
    at: str
    from_step: str
    action: str
    to_step: str
    label: str
    to_label: str
    actor: str
    unit: str | None
    note: str | None
    payload: JsonObject


class NextJson(TypedDict):
    """What may come next; ``why``: why not now, in words."""

    action: str
    to: str
    label: str
    to_label: str
    role: str
    carries: list[str]
    address: str
    why: str | None


class LineJson(TypedDict):
    """A part of a clock's sum."""

    kind: str
    label: str
    begin: str
    end: str
    counted_s: int
    unit: str


class LimitJson(TypedDict):
    """So much time."""

    amount: int
    unit: str


class ChangeJson(TypedDict):
    """An extension, or a deadline that was told, and the event that says so."""

    seq: int
    limit: LimitJson | None
    due: str | None


class RunJson(TypedDict):
    """A run of a clock."""

    begin: str
    stop: str | None
    due: str | None
    unit: str
    limit: LimitJson | None
    is_paused: bool
    is_overdue: bool
    left_s: int
    overdue_s: int
    note: str | None
    changes: list[ChangeJson]
    lines: list[LineJson]


class DemandJson(TypedDict):
    """A demand as somebody sees it."""

    id: int
    code: str
    external_id: str | None
    title: str
    category: str
    channel: str
    size: str | None
    importance: int | None
    urgency: int | None
    handled_by: str | None
    organisation: str | None
    merged_into: int | None
    is_satisfied: bool | None
    place: list[float] | None
    workflow: str
    version: int
    state: str
    state_label: str
    phase: str
    seq: int
    received_at: str
    closed_at: str | None
    deadline_at: str | None
    clock: RunJson | None
    step_clock: RunJson | None
    former: list[RunJson]
    timeline: list[EventJson]
    next: list[NextJson]


def shown(seen: Look, lang: Language) -> DemandJson:
    """Return a demand as JSON, in the words of its county's workflow."""
    head, workflow = seen.head, seen.stored.workflow
    place = None if head.lon is None or head.lat is None else [head.lon, head.lat]
    runs = [_run(run, lang) for run in seen.clock.runs]
    return {
        "id": head.id,
        "code": head.code,
        "external_id": head.external_id,
        "title": head.title,
        "category": head.category,
        "channel": head.channel,
        "size": head.size,
        "importance": head.importance,
        "urgency": head.urgency,
        "handled_by": head.handled_by,
        "organisation": head.organisation,
        "merged_into": head.merged_into,
        "is_satisfied": head.is_satisfied,
        "place": place,
        "workflow": _said(workflow.label, lang),
        "version": seen.stored.number,
        "state": head.state,
        "state_label": _said(workflow.step[head.state].label, lang),
        "phase": head.phase,
        "seq": head.seq,
        "received_at": head.received_at.isoformat(),
        "closed_at": _iso(head.closed_at),
        "deadline_at": _iso(seen.clock.deadline),
        "clock": runs[-1] if runs else None,
        "step_clock": None if seen.clock.step is None else _run(seen.clock.step, lang),
        "former": runs[:-1],
        "timeline": [event_json(e, workflow, lang) for e in seen.events],
        "next": [_next(s, workflow, lang) for s in seen.next],
    }


def event_json(event: Event, workflow: Workflow, lang: Language) -> EventJson:
    """Return an event as JSON."""
    action = workflow.by_way[event.from_step, event.action, event.to_step]
    return {
        "seq": event.seq,
        "at": event.at.isoformat(),
        "from_step": event.from_step,
        "action": event.action,
        "to_step": event.to_step,
        "label": _said(action.label, lang),
        "to_label": _said(workflow.step[event.to_step].label, lang),
        "actor": event.actor,
        "unit": event.unit,
        "note": event.note,
        "payload": {name: as_json(value) for name, value in event.payload.items()},
    }


def _next(step: NextStep, workflow: Workflow, lang: Language) -> NextJson:
    action = step.action
    return {
        "action": action.key,
        "to": action.to_step,
        "label": _said(action.label, lang),
        "to_label": _said(workflow.step[action.to_step].label, lang),
        "role": action.role,
        "carries": list(step.carries),
        "address": "decisions" if step.right == "approve" else "events",
        "why": None if step.why is None else text(f"demand_why.{step.why}", lang),
    }


def _run(run: Run, lang: Language) -> RunJson:
    return {
        "begin": run.begin.isoformat(),
        "stop": _iso(run.stop),
        "due": _iso(run.due),
        "unit": run.unit,
        "limit": _limit(run.limit),
        "is_paused": run.is_paused,
        "is_overdue": run.is_overdue,
        "left_s": run.left_s,
        "overdue_s": run.overdue_s,
        "note": text("demands.provisional", lang) if run.is_provisional else None,
        "changes": [
            {"seq": change.seq, "limit": _limit(change.limit), "due": _iso(change.due)}
            for change in run.changes
        ],
        "lines": [
            {
                "kind": line.kind,
                "label": text(f"demand_line.{line.day or line.kind}", lang),
                "begin": line.begin.isoformat(),
                "end": line.end.isoformat(),
                "counted_s": line.counted_s,
                "unit": line.unit,
            }
            for line in run.lines
        ],
    }


def _limit(limit: Limit | None) -> LimitJson | None:
    return None if limit is None else {"amount": limit.amount, "unit": limit.unit}


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def _said(label: Label, lang: Language) -> str:
    return label.zh if lang == "zh" else label.en
