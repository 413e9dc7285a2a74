"""Automatic division over HTTP: jobs, their progress, their candidates, the choice.

Under ``/api/division``; bodies, errors and the header ``X-Getu`` as docs/planner-api.md says.
``POST /<county>/jobs`` asks, ``GET /jobs/<id>`` tells how far it is and, when done, the candidates;
``POST /jobs/<id>/cancel`` stops; ``POST /jobs/<id>/choice`` draws a candidate into a draft.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, get_args

from flask import Blueprint, Flask, Response, jsonify, request
from sqlalchemy import Connection

from dashboard.access.principal import present
from dashboard.jobs.worker import Cancel, Say
from dashboard.pages.planner.division.values import JobValue, RequestValue, result_json
from dashboard.services import Services
from dashboard.text import Language, language, text
from dashboard.text.refusals import told
from dashboard.web.api import make_api
from dashboard.web.bodies import (
    body,
    refused,
    sentence,
    who,
    whole,
    whole_or_none,
    wholes,
)
from data.access.audit import record
from data.engine import session
from data.jobs import read as read
from data.jobs import write as write
from data.jobs.read import JobRow
from data.jobs.write import Job
from layers.grids.drafts.plot_store import PlotStore
from layers.grids.drafts.saving import LateChange
from layers.grids.proposals.ask import (
    PREFERENCES,
    DivisionQuestion,
    check_asked,
    load_bases,
    make_candidates,
)
from layers.grids.proposals.choice import ChoiceResult, draw_candidate
from layers.grids.proposals.result import DivisionResult, What
from layers.kit.errors import ConflictError, InputError, NotFoundError
from layers.kit.json import parsed

KIND = "division"


def add_division_routes(server: Flask, services: Services) -> None:
    """Add every address under ``/api/division``, and the kind of job behind it."""
    api = make_api("division")
    plot_store = PlotStore()

    def divide(job: Job, say: Say, cancel: Cancel) -> DivisionResult:
        asked = asked_of(job.request)
        say(0.0, {"reading": True})
        with session(services.engine, present()) as c:
            bases = load_bases(c, plot_store, job.code, asked)
        return make_candidates(bases, asked, say, cancel)

    services.jobs.add(KIND, divide, "long")

    _add_jobs(api, services, plot_store)
    _add_choice(api, services, plot_store)
    server.register_blueprint(api)


def _add_jobs(api: Blueprint, services: Services, plot_store: PlotStore) -> None:
    @api.post("/<county>/jobs")
    def ask(county: str) -> Response:
        values = body()
        asked = asked_of(values)
        with session(services.engine, present()) as c:
            check_asked(c, plot_store, county, asked)
            if write.waiting(c, county, KIND) >= write.MOST_WAITING:
                raise ConflictError("too many divisions are waiting: cancel one, or wait")
            job_id = write.create_job(c, county, KIND, request_of(asked), who(values))
            told = {"what": asked.what, "draft": asked.draft}
            record(c, "proposal.asked", county, f"job:{job_id}", told, by=who(values))
            answer = jsonify(job_json(read.job(c, job_id), _lang()))
        services.jobs.wake()
        answer.status_code = 202
        return answer

    @api.get("/<county>/jobs")
    def recent(county: str) -> Response:
        with session(services.engine, present()) as c:
            rows = read.recent_jobs(c, county, KIND)
        return jsonify(jobs=[job_json(row, _lang()) for row in rows])

    @api.get("/jobs/<int:job_id>")
    def one(job_id: int) -> Response:
        with session(services.engine, present()) as c:
            row = _job(c, job_id)
            found = job_json(row, _lang())
            if row.state == "done":
                found["result"] = result_json(_result(c, job_id), _lang())
        return jsonify(found)

    @api.post("/jobs/<int:job_id>/cancel")
    def cancel(job_id: int) -> Response:
        with session(services.engine, present()) as c:
            _job(c, job_id)
            write.request_cancel(c, job_id)
            record(c, "proposal.cancelled", None, f"job:{job_id}")
            return jsonify(job_json(read.job(c, job_id), _lang()))


def _add_choice(api: Blueprint, services: Services, plot_store: PlotStore) -> None:
    @api.post("/jobs/<int:job_id>/choice")
    def choose(job_id: int) -> Response:
        values = body()
        candidate, draft = whole(values, "candidate"), whole(values, "draft")
        token = sentence(values, "token", most=40)
        with session(services.engine, present()) as c:
            _job(c, job_id)
            result = _result(c, job_id)
            drawn = draw_candidate(c, plot_store, result, candidate, draft, who(values), token)
            told = {"job": job_id, "candidate": candidate}
            record(c, "proposal.chosen", None, f"plan:{draft}", told, by=who(values))
        return _drawn(drawn)


def _drawn(drawn: list[ChoiceResult]) -> Response:
    late = next((d.answer for d in drawn if isinstance(d.answer, LateChange)), None)
    if late is not None:
        return refused(409, late.reason, branch=late.branch)
    return jsonify(
        changes=[
            {
                "community": d.community,
                "version": d.answer.version,
                "operation": None if isinstance(d.answer, LateChange) else d.answer.operation,
                "plots": 0 if isinstance(d.answer, LateChange) else len(d.answer.moves),
            }
            for d in drawn
        ]
    )


def _job(c: Connection, job_id: int) -> JobRow:
    """Return a division. Raises NotFoundError, also for jobs of other kinds."""
    row = read.job(c, job_id)
    if row.kind != KIND:
        raise NotFoundError("there is no job {job_id}", job_id=job_id)
    return row


def _result(c: Connection, job_id: int) -> DivisionResult:
    return parsed(DivisionResult, read.job_result(c, job_id), "result")


def _lang() -> Language:
    return language(request.args.get("lang"))


def asked_of(values: Mapping[str, object]) -> DivisionQuestion:
    """Read what a planner asks for from a body or a stored request. Raises InputError."""
    what: Any = values.get("what", "divide")
    if what not in get_args(What):
        raise InputError("what must be one of {listed}", listed=", ".join(get_args(What)))
    prefer: Any = values.get("prefer") or list(PREFERENCES)
    if not isinstance(prefer, list) or not all(one in PREFERENCES for one in prefer):
        raise InputError("prefer must be a list of {listed}", listed=", ".join(PREFERENCES))
    seeds = (0,) if values.get("seeds") is None else wholes(values, "seeds")
    kept = values.get("keep_locked", True)
    if not isinstance(kept, bool):
        raise InputError("keep_locked must be true or false")
    return DivisionQuestion(
        what,
        whole_or_none(values, "draft"),
        tuple(sorted(set(wholes(values, "communities")))),
        tuple(dict.fromkeys(wholes(values, "grids"))),
        tuple(p for p in PREFERENCES if p in prefer),
        tuple(dict.fromkeys(seeds)),
        _factor(values, "keep_estates"),
        _factor(values, "follow_streets"),
        kept,
    )


def _factor(values: Mapping[str, object], name: str) -> float:
    value = values.get(name, 1.0)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InputError("{name} must be a number", name=name)
    return float(value)


def request_of(asked: DivisionQuestion) -> RequestValue:
    """Return what is stored of a request; ``asked_of`` reads it back."""
    return {
        "what": asked.what,
        "draft": asked.draft,
        "communities": list(asked.communities),
        "grids": list(asked.grids),
        "prefer": list(asked.prefer),
        "seeds": list(asked.seeds),
        "keep_estates": asked.keep_estates,
        "follow_streets": asked.follow_streets,
        "keep_locked": asked.keep_locked,
    }


def job_json(row: JobRow, lang: Language) -> JobValue:
    """Return a job as the page shows it."""
    return {
        "id": row.id,
        "state": row.state,
        "progress": round(row.progress, 3),
        "message": _message(row, lang),
        "cancelling": row.cancel_requested and row.state == "running",
        "request": row.request,
        "by": row.made_by,
        "created_at": row.created_at.isoformat(),
        "seconds": None if row.seconds is None else round(row.seconds, 1),
    }


def _message(row: JobRow, lang: Language) -> str | None:
    message = row.message
    if row.state != "running":
        return text("division.failed", lang, {"why": told(message, lang)}) if message else None
    about = json.loads(message) if message else {}
    if "candidate" not in about:
        return text("division.reading", lang)
    return text("division.working", lang, about)
