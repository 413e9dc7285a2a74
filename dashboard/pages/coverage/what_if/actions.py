"""What is done with a scenario of 模拟布点: make, change, undo, adopt, put away.

Nothing here knows the page's components: an ``Act`` comes in, a ``ScenarioResult`` goes out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection

from dashboard.access.principal import present
from dashboard.pages.coverage.board import board_of
from dashboard.pages.coverage.what_if.trial import folded
from dashboard.pages.coverage.what_if.values import HeldValue, OperationForm
from dashboard.services import Services
from dashboard.text import Language, text
from data.engine import session
from data.stations import write_scenarios as write
from data.stations.write_scenarios import Scenario
from layers.coverage_gaps.answers.gaps import CATEGORIES, Site
from layers.coverage_gaps.answers.scenario import (
    OPERATIONS_MAX,
    check_operation,
    next_key,
)
from layers.kit.errors import ConflictError, InputError
from layers.kit.json import StoredJson
from layers.kit.records.stations import StationAfter

Wish = Literal["choose", "create", "operate", "undo", "redo", "adopt", "discard"]


@dataclass(frozen=True, slots=True)
class Act:
    """One action on a scenario, as the page asked for it.

    ``held``: the scenario that the browser shows; all but choosing and making one need it.
    ``chosen``: the scenario to load, None for none. The other values are for one wish each.
    """

    wish: Wish
    county: str
    lang: Language
    held: HeldValue | None = None
    chosen: int | None = None
    title: str = ""
    operation: OperationForm | None = None
    category: str = ""
    by: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ScenarioResult:
    """A scenario after an action, and a sentence for the user."""

    draft: Scenario | None
    says: str = ""
    is_good: bool = False


def carry_out(services: Services, act: Act) -> ScenarioResult:
    """Do what is asked. Raises ConflictError, NotFoundError, InputError."""
    if act.wish == "create":
        return _create(services, act)
    if act.held is None or act.wish == "choose":
        return ScenarioResult(load(services, act.county, act.chosen))
    if act.wish == "operate":
        return _operate(services, act, act.held)
    if act.wish == "adopt":
        return _adopt(services, act, act.held)
    if act.wish == "discard":
        return _discard(services, act, act.held)
    step = -1 if act.wish == "undo" else 1
    with session(services.engine, present()) as c:
        return ScenarioResult(write.move_position(c, _held(c, act.county, act.held), step))


def load(services: Services, county: str, scenario_id: int | None) -> Scenario | None:
    """Return a draft of the county, or None when it is none (any more)."""
    if scenario_id is None:
        return None
    with session(services.engine, present()) as c:
        return next((d for d in write.drafts(c, county) if d.id == scenario_id), None)


def shown(draft: Scenario | None) -> HeldValue | None:
    """Return what the browser keeps of a scenario."""
    if draft is None:
        return None
    return {
        "id": draft.id,
        "version": draft.version,
        "operations": list(draft.held),
        "total": len(draft.operations),
    }


def _create(services: Services, act: Act) -> ScenarioResult:
    with session(services.engine, present()) as c:
        number = len(write.drafts(c, act.county)) + 1
        title = act.title or text("coverage.scenario_number", act.lang, {"number": number})
        return ScenarioResult(write.create_scenario(c, act.county, title))


def _held(c: Connection, county: str, held: HeldValue) -> Scenario:
    """Return the draft that the browser shows. Raises ConflictError when it changed since."""
    draft = write.scenario(c, county, int(held["id"]), lock=True)
    if draft.version != held["version"] or draft.state != "draft":
        raise ConflictError("someone else changed or closed this scenario: it was loaded anew")
    return draft


def _operate(services: Services, act: Act, held: HeldValue) -> ScenarioResult:
    sent: OperationForm = act.operation or {}
    with session(services.engine, present()) as c:
        draft = _held(c, act.county, held)
        for one in sent.get("several") or [sent]:
            added: StoredJson = {}
            if one.get("kind") == "add":
                key = next_key(draft.operations)
                name = text("coverage.new_station_name", act.lang, {"number": int(key[1:])})
                added = {"key": key, "name": name, "categories": [act.category]}
            operation = check_operation({**one, **added}, CATEGORIES)
            draft = write.append_operation(c, draft, operation, OPERATIONS_MAX)
        return ScenarioResult(draft)


def _discard(services: Services, act: Act, held: HeldValue) -> ScenarioResult:
    with session(services.engine, present()) as c:
        draft = _held(c, act.county, held)
        write.discard_scenario(c, draft)
    return ScenarioResult(
        None, text("coverage.discarded", act.lang, {"title": draft.title}), is_good=True
    )


def _adopt(services: Services, act: Act, held: HeldValue) -> ScenarioResult:
    if not act.by.strip() or not act.reason.strip():
        raise InputError("say who adopts this scenario, and why")
    board = board_of(services, act.county)
    with session(services.engine, present()) as c:
        draft = _held(c, act.county, held)
        result = folded(board, draft.held)
        if result.lost:
            raise ConflictError("a station of this scenario is gone: undo that change first")
        became = changes(board.sites, result.sites)
        write.adopt_scenario(c, draft, became, by=act.by, reason=act.reason)
    return ScenarioResult(
        None, text("coverage.adopted", act.lang, {"title": draft.title}), is_good=True
    )


def changes(before: Sequence[Site], after: Sequence[Site]) -> list[StationAfter]:
    """Return what becomes of each station that differs, as ``adopt_scenario`` takes it."""
    was = {site.key: site for site in before}
    return [
        {
            "key": site.key, "name": site.name, "lon": site.lon, "lat": site.lat,
            "categories": list(site.categories), "state": site.state,
            "hours": [list(h) for h in site.hours],
        }
        for site in after
        if was.get(site.key) != site and (site.key in was or site.state == "open")
    ]  # fmt: skip
