"""Scenarios over HTTP (docs/coverage-api.md): the page's script writes by these."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NotRequired, TypedDict

from flask import Blueprint, Response, jsonify, request

from dashboard.access.principal import present
from dashboard.pages.coverage.what_if import actions
from dashboard.pages.coverage.what_if.actions import Seen, shown
from dashboard.pages.coverage.what_if.values import HeldValue
from dashboard.services import Services
from dashboard.text import Language, language, text
from dashboard.web.bodies import body, only, sentence, who, whole
from dashboard.web.papers import fresh
from data.engine import session
from data.stations import write_scenarios as write
from data.stations.write_scenarios import REASON_MAX, TITLE_MAX, Scenario
from layers.coverage_gaps.answers.scenario import OPERATIONS_MAX
from layers.kit.errors import InputError

CATEGORY: str = "service_station"


class DraftValue(HeldValue):
    """A scenario and what it is called."""

    title: str


class ChangedValue(TypedDict):
    """A scenario after a change: None where it is a draft no more, and then what became of it."""

    scenario: DraftValue | None
    said: NotRequired[str]


def add_scenario_routes(api: Blueprint, services: Services) -> None:
    """Add ``/<county>/scenarios`` to the coverage API."""

    @api.get("/<county>/scenarios")
    def scenarios(county: str) -> Response:
        services.revision(county)  # NotFoundError where it is not loaded
        with session(services.engine, present()) as c:
            drafts = write.drafts(c, county)
        return fresh(jsonify(scenarios=[draft_json(draft) for draft in drafts]))

    @api.post("/<county>/scenarios")
    def create_scenario(county: str) -> Response:
        values = only(body(), "title")
        title = sentence(values, "title", most=TITLE_MAX)
        services.revision(county)
        return _changed(actions.create(services, county, title, _lang()), status=201)

    @api.post("/<county>/scenarios/<int:scenario_id>/operations")
    def operate(county: str, scenario_id: int) -> Response:
        values = only(body(), "version", "operations", "category")
        sent = values.get("operations")
        if (
            not isinstance(sent, list)
            or not 0 < len(sent) <= OPERATIONS_MAX
            or not all(isinstance(one, dict) for one in sent)
        ):
            raise InputError("the request is not a scenario")
        category = sentence(values, "category", most=40) or CATEGORY
        seen = _seen(county, scenario_id, values)
        return _changed(actions.operate(services, seen, sent, category, _lang()))

    @api.post("/<county>/scenarios/<int:scenario_id>/undo")
    def undo_operation(county: str, scenario_id: int) -> Response:
        seen = _seen(county, scenario_id, only(body(), "version"))
        return _changed(actions.step(services, seen, -1))

    @api.post("/<county>/scenarios/<int:scenario_id>/redo")
    def redo_operation(county: str, scenario_id: int) -> Response:
        seen = _seen(county, scenario_id, only(body(), "version"))
        return _changed(actions.step(services, seen, 1))

    @api.post("/<county>/scenarios/<int:scenario_id>/adopt")
    def adopt_scenario(county: str, scenario_id: int) -> Response:
        values = only(body(), "version", "by", "reason")
        reason = sentence(values, "reason", most=REASON_MAX) or ""
        seen = _seen(county, scenario_id, values)
        done = actions.adopt(services, seen, by=who(values, unknown=""), reason=reason)
        return _ended(done, "coverage.adopted")

    @api.post("/<county>/scenarios/<int:scenario_id>/discard")
    def discard_scenario(county: str, scenario_id: int) -> Response:
        seen = _seen(county, scenario_id, only(body(), "version"))
        return _ended(actions.discard(services, seen), "coverage.discarded")


def draft_json(draft: Scenario) -> DraftValue:
    """Return a draft with its title."""
    held = shown(draft)
    assert held is not None
    return {**held, "title": draft.title}


def _changed(draft: Scenario, status: int = 200) -> Response:
    value: ChangedValue = {"scenario": draft_json(draft)}
    answer = jsonify(value)
    answer.status_code = status
    return answer


def _ended(draft: Scenario, said: str) -> Response:
    value: ChangedValue = {"scenario": None, "said": text(said, _lang(), {"title": draft.title})}
    return jsonify(value)


def _seen(county: str, scenario_id: int, values: Mapping[str, object]) -> Seen:
    return Seen(county, scenario_id, whole(values, "version"))


def _lang() -> Language:
    return language(request.args.get("lang"))
