"""One demand over HTTP: what happened, its clock as a sum, what may come next; a step of it.

``GET /api/demands/<id>`` · ``POST /api/demands/<id>/events`` (who works) ·
``POST /api/demands/<id>/decisions`` (who grants or refuses what somebody else asked for). Both take
``{"action", "to"?, "seq", "key"?, "note"?, "unit"?, "values"?: {…}}``: ``seq`` is of the last event
that was seen, and 409 tells what happened meanwhile (``happened``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

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
from layers.kit.demands.workflow import Label, Workflow
from layers.kit.errors import ForbiddenError, InputError

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


def _order(values: Mapping[str, object]) -> StepOrder:
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


def shown(seen: Look, lang: Language) -> dict[str, object]:
    """Return a demand as JSON, in the words of its county's workflow."""
    head, workflow = seen.head, seen.stored.workflow
    deadline = seen.clock.deadline
    return {
        **{k: v for k, v in asdict(head).items() if not k.endswith("_at")},
        "received_at": head.received_at.isoformat(),
        "closed_at": head.closed_at and head.closed_at.isoformat(),
        "deadline_at": deadline and deadline.isoformat(),
        "workflow": {"label": _said(workflow.label, lang), "number": seen.stored.number},
        "state_label": _said(workflow.step[head.state].label, lang),
        "clock": run_json(seen.clock.now, lang),
        "step_clock": run_json(seen.clock.step, lang),
        "former": [run_json(run, lang) for run in seen.clock.runs[:-1]],
        "timeline": [event_json(e, workflow, lang) for e in seen.events],
        "next": [next_json(s, workflow, lang) for s in seen.next],
    }


def event_json(event: Event, workflow: Workflow, lang: Language) -> dict[str, object]:
    """Return an event as JSON."""
    action = workflow.by_way[event.from_step, event.action, event.to_step]
    return {
        **asdict(event),
        "at": event.at.isoformat(),
        "payload": dict(event.payload),
        "label": _said(action.label, lang),
        "to_label": _said(workflow.step[event.to_step].label, lang),
    }


def next_json(step: NextStep, workflow: Workflow, lang: Language) -> dict[str, object]:
    """Return what may come next as JSON; ``why``: why not now, in words."""
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


def run_json(run: Run | None, lang: Language) -> dict[str, object] | None:
    """Return a run of a clock as JSON, with the sum that explains it."""
    if run is None:
        return None
    return {
        "begin": run.begin.isoformat(),
        "stop": run.stop and run.stop.isoformat(),
        "due": run.due and run.due.isoformat(),
        "unit": run.unit,
        "limit": run.limit and asdict(run.limit),
        "is_paused": run.is_paused,
        "is_overdue": run.is_overdue,
        "left_s": run.left_s,
        "overdue_s": run.overdue_s,
        "note": text("demands.provisional", lang) if run.is_provisional else None,
        "changes": [
            {
                "seq": change.seq,
                "limit": change.limit and asdict(change.limit),
                "due": change.due and change.due.isoformat(),
            }
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


def _said(label: Label, lang: Language) -> str:
    return label.zh if lang == "zh" else label.en
