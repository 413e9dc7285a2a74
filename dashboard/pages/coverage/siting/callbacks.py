"""Callbacks of 布点建议: a first answer at once, the proof as a job, progress, cancel."""

from __future__ import annotations

from typing import Any, cast

from dash import Dash, Input, Output, State, ctx, html, no_update

from dashboard import ids
from dashboard.access.principal import present
from dashboard.pages.coverage import parts
from dashboard.pages.coverage.siting.panel import siting_answer
from dashboard.pages.coverage.siting.proofs import Proofs
from dashboard.pages.coverage.siting.values import JobHeld, JobValue, SitingForm
from dashboard.pages.coverage.values import QuestionValue
from dashboard.services import Services
from dashboard.text import text
from dashboard.text.refusals import refusal
from dashboard.view import View, make_view
from data.divisions import read_counties as counties
from data.engine import session
from data.stations import write_scenarios as scenarios
from data.stations import write_sitings as sitings
from layers.coverage_gaps.answers.gaps import PARTY
from layers.coverage_gaps.sitings import SitingAnswer, answer_at_once
from layers.kit.errors import GetuError
from layers.kit.json import as_json
from layers.kit.records.stations import Operation
from layers.service_circles.store import versions_of


def register(app: Dash, services: Services) -> None:
    """Add the callbacks to an application."""
    _asking(app, services, Proofs(services))
    _taking(app, services)


def _asking(app: Dash, services: Services, proofs: Proofs) -> None:
    @app.callback(
        Output(parts.SITE_JOB, "data"),
        Output(parts.SITE_ANSWER, "children"),
        Output(parts.SITE_CLOCKWORK, "disabled"),
        Output(parts.SITE_CANCEL, "hidden"),
        inputs={
            "_times": [
                Input(parts.SITE_START, "n_clicks"),
                Input(parts.SITE_CANCEL, "n_clicks"),
                Input(parts.SITE_CLOCKWORK, "n_intervals"),
                Input(parts.CURRENT, "data"),
            ],
            "job": State(parts.SITE_JOB, "data"),
            "question": State(parts.QUESTION, "data"),
            "form": {
                "goal": State(parts.SITE_GOAL, "value"),
                "number": State(parts.SITE_NUMBER, "value"),
                "where": State(parts.SITE_CANDIDATES, "value"),
                "area": State(parts.SITE_AREA, "data"),
                "picked": State(parts.SITE_PICKED, "data"),
                "keep": State(parts.SITE_KEEP, "value"),
                "weight": State(parts.SITE_WEIGHT, "value"),
                "least": State(parts.SITE_LEAST, "value"),
                "most": State(parts.SITE_MOST, "value"),
            },
            "search": State(ids.URL, "search"),
        },
        prevent_initial_call=True,
    )
    def site(
        _times: list[Any], job: JobHeld | None, question: QuestionValue | None, form: SitingForm,
        search: str,
    ) -> Any:  # fmt: skip
        view = make_view(services, search or "")
        if view.county is None or not question:
            return (no_update,) * 4
        if ctx.triggered_id == parts.SITE_START:
            try:
                number = _start(services, proofs, view, question, form)
            except GetuError as error:
                words = [html.P(_said(error, question, form, view), className="says")]
                return None, words, True, True
        elif job:
            number = int(job["id"])
            if ctx.triggered_id == parts.SITE_CANCEL:
                with session(services.engine, present()) as c:
                    sitings.cancel_siting(c, view.county.code, number)
        else:
            return (no_update,) * 4
        return _show(services, view, number)


def _taking(app: Dash, services: Services) -> None:
    @app.callback(
        Output(parts.SITE_TAKEN, "data"),
        Output(parts.MODE, "value"),
        Input(parts.SITE_SCENARIO, "n_clicks", allow_optional=True),
        State(parts.SITE_JOB, "data"),
        State(parts.ADD_CATEGORY, "value"),
        State(parts.QUESTION, "data"),
        State(ids.URL, "search"),
        prevent_initial_call=True,
    )
    def take(
        clicks: int | None, job: JobHeld | None, category: str, question: QuestionValue | None,
        search: str,
    ) -> Any:  # fmt: skip
        """Make a scenario of the proposed places, to be moved about and adopted."""
        view = make_view(services, search or "")
        if not clicks or not job or view.county is None:
            return no_update, no_update
        wanted = (question["services"] if question else PARTY).split(",")
        offered = [category if service == PARTY else service for service in wanted]
        operations: list[Operation] = [
            {
                "kind": "add", "key": f"n{rank}", "lon": s["lon"], "lat": s["lat"],
                "name": text("coverage.new_station_name", view.lang, {"number": rank}),
                "categories": offered,
            }
            for rank, s in enumerate(job["sites"], start=1)
        ]  # fmt: skip
        with session(services.engine, present()) as c:
            title = text("coverage.site_scenario", view.lang, {"number": len(operations)})
            made = scenarios.create_scenario(c, view.county.code, title, operations)
        return made.id, "what_if"


def _said(error: GetuError, question: QuestionValue, form: SitingForm, view: View) -> str:
    """Return what to do about a question that cannot be answered."""
    if form["keep"] == "move" and "," in question["services"]:
        return text("coverage.site_one_service", view.lang)
    if form["where"] == "drawn" and not form["area"]:
        return text("coverage.site_draw_first", view.lang)
    if form["where"] == "picked" and not form["picked"]:
        return text("coverage.site_pick_first", view.lang)
    return refusal(error, view.lang)


def _start(
    services: Services, proofs: Proofs, view: View, question: QuestionValue,
    form: SitingForm,
) -> int:  # fmt: skip
    """Answer at once, store the answer, and let a job prove it. Raises GetuError."""
    assert view.county is not None
    county = view.county.code
    values = {**question, **{k: v for k, v in form.items() if v and k != "keep"}}
    if form["keep"] == "move":
        values["is_movable"] = True
    stored = {k: as_json(v) for k, v in values.items()}
    problem = proofs.posed(county, stored)
    first = answer_at_once(problem)
    with session(services.engine, present()) as c:
        number = sitings.ask_siting(c, county, view.county.revision, stored, first)
        proofs.keep(number, problem)
    services.jobs.wake()
    return number


def _show(services: Services, view: View, number: int) -> Any:
    assert view.county is not None
    with session(services.engine, present()) as c:
        found = sitings.siting(c, view.county.code, number)
        now = versions_of(c, counties.query(c, view.county.code)).short()
    answer = cast("SitingAnswer | None", found.answer)  # stored as ``prove`` returned it
    job: JobValue = {
        "id": found.id, "state": found.state, "answer": answer, "seconds": found.seconds,
        "is_lost": found.is_lost, "goes_on": found.goes_on,
        "is_stale": answer is not None and answer["version"] != now,
        "as_of": view.county.data_as_of.isoformat(),
    }  # fmt: skip
    kept: JobHeld = {"id": found.id, "sites": answer["sites"] if answer else []}
    return kept, siting_answer(job, view.lang), not found.goes_on, not found.goes_on
