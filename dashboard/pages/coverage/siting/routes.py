"""Questions of 布点建议 over HTTP (docs/coverage-api.md): asked, followed, given up, tried out."""

from __future__ import annotations

from typing import TypedDict, cast

from flask import Blueprint, Response, jsonify, request

from dashboard.access.principal import present
from dashboard.pages.coverage.siting.proofs import Proofs
from dashboard.pages.coverage.siting.values import JobValue
from dashboard.pages.coverage.what_if.actions import create_of_sites
from dashboard.pages.coverage.what_if.routes import CATEGORY, ChangedValue, draft_json
from dashboard.services import Services
from dashboard.text import Language, language, text
from dashboard.text.refusals import refusal
from dashboard.web.api import status_of
from dashboard.web.bodies import body, only, sentence
from dashboard.web.papers import fresh
from data.access.audit import record
from data.divisions import read_counties as counties
from data.engine import session
from data.stations import write_sitings as sitings
from layers.coverage_gaps.answers.gaps import PARTY
from layers.coverage_gaps.figures import ASKED
from layers.coverage_gaps.sitings import SitingAnswer, answer_at_once
from layers.kit.errors import ConflictError, GetuError, InputError
from layers.kit.json import JsonObject, as_json
from layers.service_circles.store import versions_of

FORM = ("goal", "number", "where", "area", "picked", "weight", "least", "most")


class AskedValue(TypedDict):
    """A siting question that was asked."""

    id: int


def add_siting_routes(api: Blueprint, services: Services, proofs: Proofs) -> None:
    """Add ``/<county>/sitings`` to the coverage API."""

    @api.post("/<county>/sitings")
    def ask_siting(county: str) -> Response:
        values = only(body(), "question", "keep", *FORM)
        question = values.get("question")
        if not isinstance(question, dict):
            raise InputError("the request is not a siting question")
        only(question, *ASKED)
        try:
            asked: AskedValue = {"id": _ask(services, proofs, county, question, values)}
        except GetuError as error:
            answer = jsonify(error=_said(error, question, values))
            answer.status_code = status_of(error)
            return answer
        made = jsonify(asked)
        made.status_code = 201
        return made

    @api.get("/<county>/sitings/<int:siting_id>")
    def siting(county: str, siting_id: int) -> Response:
        return fresh(jsonify(job_of(services, county, siting_id)))

    @api.post("/<county>/sitings/<int:siting_id>/cancel")
    def cancel_siting(county: str, siting_id: int) -> Response:
        only(body())
        with session(services.engine, present()) as c:
            sitings.siting(c, county, siting_id)
            sitings.cancel_siting(c, county, siting_id)
            record(c, "siting.cancelled", county, f"siting:{siting_id}")
        return fresh(jsonify(job_of(services, county, siting_id)))

    @api.post("/<county>/sitings/<int:siting_id>/scenario")
    def try_siting(county: str, siting_id: int) -> Response:
        """Make a scenario of the proposed places, to be moved about and adopted."""
        values = only(body(), "services", "category")
        answer = job_of(services, county, siting_id)["answer"]
        if answer is None or not answer["sites"]:
            raise ConflictError("there is no answer yet: wait, or ask again")
        made = create_of_sites(
            services,
            county,
            answer["sites"],
            sentence(values, "services", most=200) or PARTY,
            sentence(values, "category", most=40) or CATEGORY,
            _lang(),
        )
        changed: ChangedValue = {"scenario": draft_json(made)}
        made_answer = jsonify(changed)
        made_answer.status_code = 201
        return made_answer


def job_of(services: Services, county: str, siting_id: int) -> JobValue:
    """Return how far a question is. Raises NotFoundError."""
    with session(services.engine, present()) as c:
        query = counties.query(c, county)
        found = sitings.siting(c, county, siting_id)
        now = versions_of(c, query).short()
    answer = cast("SitingAnswer | None", found.answer)  # stored as ``prove`` returned it
    return {
        "id": found.id, "state": found.state, "answer": answer, "seconds": found.seconds,
        "is_lost": found.is_lost, "goes_on": found.goes_on,
        "is_stale": answer is not None and answer["version"] != now,
        "as_of": query.data_as_of.isoformat(),
    }  # fmt: skip


def _ask(
    services: Services, proofs: Proofs, county: str, question: JsonObject, form: JsonObject
) -> int:
    """Answer at once, store the answer, and let a job prove it. Raises GetuError."""
    values = {**question, **{name: form[name] for name in FORM if form.get(name)}}
    if form.get("keep") == "move":
        values["is_movable"] = True
    stored = {name: as_json(value) for name, value in values.items()}
    problem = proofs.posed(county, stored)
    first = answer_at_once(problem)
    with session(services.engine, present()) as c:
        revision = counties.revision(c, county)
        number = sitings.ask_siting(c, county, revision, stored, first)
        record(c, "siting.asked", county, f"siting:{number}")
        proofs.keep(number, problem)
    services.jobs.wake()
    return number


def _said(error: GetuError, question: JsonObject, form: JsonObject) -> str:
    """Return what to do about a question that cannot be answered."""
    lang = _lang()
    if form.get("keep") == "move" and "," in str(question.get("services")):
        return text("coverage.site_one_service", lang)
    if form.get("where") == "drawn" and not form.get("area"):
        return text("coverage.site_draw_first", lang)
    if form.get("where") == "picked" and not form.get("picked"):
        return text("coverage.site_pick_first", lang)
    return refusal(error, lang)


def _lang() -> Language:
    return language(request.args.get("lang"))
