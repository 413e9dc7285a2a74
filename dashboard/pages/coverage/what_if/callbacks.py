"""Callbacks of 模拟布点: a draft changes by operations; adopting writes the real stations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dash import Dash, Input, Output, State, ctx, html, no_update

from dashboard import ids
from dashboard.pages.coverage import parts
from dashboard.pages.coverage.routes import board_of
from dashboard.pages.coverage.what_if.panel import operation_words, scenario_options, side_by_side
from dashboard.pages.coverage.what_if.trial import folded, trial
from dashboard.services import Services
from dashboard.text import Language, text
from dashboard.text.refusals import refusal
from dashboard.view import View, make_view
from data.engine import transaction
from data.stations import write_scenarios as write
from data.stations.write_scenarios import Scenario
from layers.coverage_gaps.figures import asked
from layers.coverage_gaps.gaps import CATEGORIES, Question, Site
from layers.coverage_gaps.scenario import OPERATIONS_MAX, check_operation, next_key
from layers.coverage_gaps.store import Board
from layers.kit.errors import ConflictError, GetuError, InputError, NotFoundError


@dataclass(frozen=True, slots=True)
class Done:
    """A scenario after an action, the drafts to choose from, and a sentence for the user."""

    draft: Scenario | None
    says: str = ""
    is_good: bool = False


def register(app: Dash, services: Services) -> None:
    """Add the callbacks to an application."""

    @app.callback(
        Output(parts.SCENARIO, "data"),
        Output(parts.SCENARIO_CHOICE, "options"),
        Output(parts.SCENARIO_CHOICE, "value"),
        Output(parts.SCENARIO_SAYS, "children"),
        Output("coverage-scenario-body", "hidden"),
        Output(parts.SCENARIO_TITLE, "value"),
        Input(parts.SCENARIO_CHOICE, "value"),
        Input(parts.SCENARIO_NEW, "n_clicks"),
        Input(parts.OPERATION, "data"),
        Input(parts.UNDO, "n_clicks"),
        Input(parts.REDO, "n_clicks"),
        Input(parts.ADOPT, "n_clicks"),
        Input(parts.DISCARD, "n_clicks"),
        Input(parts.SITE_TAKEN, "data"),
        State(parts.SCENARIO, "data"),
        State(parts.SCENARIO_TITLE, "value"),
        State(parts.ADD_CATEGORY, "value"),
        State(parts.ADOPT_BY, "value"),
        State(parts.ADOPT_REASON, "value"),
        State(ids.URL, "search"),
    )
    def act(
        choice: int | None, new: Any, operation: Any, _undo: Any, _redo: Any, _adopt_clicks: Any,
        _discard_clicks: Any, taken: int | None, held: dict[str, Any] | None, title: str | None,
        category: str, by: str | None, reason: str | None, search: str,
    ) -> Any:  # fmt: skip
        view = make_view(services, search or "")
        if view.county is None:
            return (no_update,) * 6
        county = view.county.code
        trigger = ctx.triggered_id
        current = held["id"] if held else None
        if trigger == parts.SCENARIO_CHOICE and current == choice and held:
            return (no_update,) * 6
        try:
            if trigger == parts.SCENARIO_NEW and new:
                done = _create(services, county, title, view.lang)
            elif trigger == parts.OPERATION and operation and held:
                done = _operate(services, county, held, operation, category, view.lang)
            elif trigger in (parts.UNDO, parts.REDO) and held:
                done = _step(services, county, held, -1 if trigger == parts.UNDO else 1)
            elif trigger == parts.ADOPT and held:
                done = _adopt(services, county, held, by, reason, view.lang)
            elif trigger == parts.DISCARD and held:
                done = _discard(services, county, held, view.lang)
            else:
                done = _load(services, county, taken if trigger == parts.SITE_TAKEN else choice)
        except (ConflictError, NotFoundError) as error:
            done = Done(_load(services, county, current).draft, refusal(error, view.lang))
        except InputError as error:
            done = Done(_load(services, county, current).draft, refusal(error, view.lang))
        with transaction(services.engine) as c:
            options = scenario_options(write.drafts(c, county))
        draft = done.draft
        made = trigger == parts.SCENARIO_NEW and not done.says
        return (
            _shown(draft), options, draft.id if draft else None,
            html.Span(done.says, className="good") if done.is_good else done.says, draft is None,
            "" if made else no_update,
        )  # fmt: skip

    @app.callback(
        Output(parts.SCENARIO_WORDS, "children"),
        Output(parts.SCENARIO_SIDE, "children"),
        Output(parts.UNDO, "disabled"),
        Output(parts.REDO, "disabled"),
        Input(parts.SCENARIO, "data"),
        Input(parts.QUESTION, "data"),
        State(ids.URL, "search"),
    )
    def words(held: dict[str, Any] | None, question: dict[str, str] | None, search: str) -> Any:
        view = make_view(services, search or "")
        if view.county is None or not held or not question:
            return [], [], True, True
        board = board_of(services, view.county.code)
        listed = _operation_list(board, held, view)
        side = _side(services, board, asked(question), held["id"])
        undone = held["total"] > len(held["operations"])
        return listed, side_by_side(side, view.lang), not held["operations"], not undone

    @app.callback(
        Output(parts.STATION_FORM, "hidden"),
        Output("coverage-station-name", "children"),
        Output(parts.STATION_SHUT, "children"),
        Output(parts.STATION_CATEGORIES, "value"),
        Output(parts.STATION_DAYS, "value"),
        Output(parts.STATION_OPENS, "value"),
        Output(parts.STATION_CLOSES, "value"),
        Input(parts.STATION, "data"),
        Input(parts.SCENARIO, "data"),
        State(ids.URL, "search"),
    )
    def station(key: str | None, held: dict[str, Any] | None, search: str) -> Any:
        view = make_view(services, search or "")
        site = None
        if view.county is not None and held and key:
            after = folded(board_of(services, view.county.code), held["operations"]).sites
            site = next((s for s in after if s.key == str(key)), None)
        if site is None:
            return True, "", "", [], [], "09:00", "17:00"
        shut = text("coverage.close_station" if site.state == "open" else "coverage.open_station",
                    view.lang)  # fmt: skip
        return False, site.name, shut, list(site.categories), *_form_hours(site)

    @app.callback(
        Output(parts.OPERATION, "data"),
        Input(parts.STATION_SHUT, "n_clicks"),
        Input(parts.STATION_SAVE, "n_clicks"),
        State(parts.STATION, "data"),
        State(parts.SCENARIO, "data"),
        State(parts.STATION_CATEGORIES, "value"),
        State(parts.STATION_DAYS, "value"),
        State(parts.STATION_OPENS, "value"),
        State(parts.STATION_CLOSES, "value"),
        State(ids.URL, "search"),
        prevent_initial_call=True,
    )
    def change(
        shut: int | None, save: int | None, key: str | None, held: dict[str, Any] | None,
        categories: list[str], days: list[int], opens: str, closes: str, search: str,
    ) -> Any:  # fmt: skip
        view = make_view(services, search or "")
        if not key or not held or view.county is None or not (shut or save):
            return no_update
        after = folded(board_of(services, view.county.code), held["operations"]).sites
        site = next((s for s in after if s.key == str(key)), None)
        if site is None:
            return no_update
        if ctx.triggered_id == parts.STATION_SHUT:
            kind = "close" if site.state == "open" else "open"
            return {"kind": kind, "key": str(key), "at": shut}
        chosen = (sorted(days or []), opens, closes)
        hours = [[day, opens, closes] for day in chosen[0]]
        several: list[dict[str, Any]] = []
        if set(categories or []) != set(site.categories):
            several.append({"kind": "categories", "key": str(key), "categories": categories})
        # Hours that differ from day to day stay as they are until the form is changed.
        if chosen != _form_hours(site):
            several.append({"kind": "hours", "key": str(key), "hours": hours})
        return {"several": several, "at": save} if several else no_update


def _form_hours(site: Site) -> tuple[list[int], str, str]:
    """Return a station's hours as the form shows them: days, earliest opening, latest closing."""
    days = sorted({h[0] for h in site.hours})
    opens = min((h[1] for h in site.hours), default="09:00")
    closes = max((h[2] for h in site.hours), default="17:00")
    return days, _half(opens), _half(closes)


def _half(clock: str) -> str:
    """Return a time on the half hour that the form can show."""
    hour, minute = clock.split(":")[:2]
    return f"{int(hour):02d}:{'30' if int(minute) >= 30 else '00'}"


def _shown(draft: Scenario | None) -> dict[str, Any] | None:
    """Return what the browser keeps of a scenario."""
    if draft is None:
        return None
    return {
        "id": draft.id,
        "version": draft.version,
        "operations": list(draft.held),
        "total": len(draft.operations),
    }


def _load(services: Services, county: str, scenario_id: int | None) -> Done:
    if scenario_id is None:
        return Done(None)
    with transaction(services.engine) as c:
        found = next((d for d in write.drafts(c, county) if d.id == scenario_id), None)
    return Done(found)


def _create(services: Services, county: str, title: str | None, lang: Language) -> Done:
    with transaction(services.engine) as c:
        number = len(write.drafts(c, county)) + 1
        title = (title or "").strip() or text("coverage.scenario_number", lang, {"number": number})
        return Done(write.create_scenario(c, county, title))


def _held(c: Any, county: str, held: dict[str, Any]) -> Scenario:
    """Return the draft that the browser shows. Raises ConflictError when it changed since."""
    draft = write.scenario(c, county, int(held["id"]), lock=True)
    if draft.version != held["version"] or draft.state != "draft":
        raise ConflictError("someone else changed or closed this scenario: it was loaded anew")
    return draft


def _operate(
    services: Services, county: str, held: dict[str, Any], operation: dict[str, Any], category: str,
    lang: Language,
) -> Done:  # fmt: skip
    with transaction(services.engine) as c:
        draft = _held(c, county, held)
        for one in operation.get("several") or [operation]:
            if one.get("kind") == "add":
                key = next_key(draft.operations)
                name = text("coverage.new_station_name", lang, {"number": int(key[1:])})
                one = {**one, "key": key, "name": name, "categories": [category]}
            draft = write.append_operation(
                c, draft, check_operation(one, CATEGORIES), OPERATIONS_MAX
            )
        return Done(draft)


def _step(services: Services, county: str, held: dict[str, Any], step: int) -> Done:
    with transaction(services.engine) as c:
        return Done(write.move_position(c, _held(c, county, held), step))


def _discard(services: Services, county: str, held: dict[str, Any], lang: Language) -> Done:
    with transaction(services.engine) as c:
        draft = _held(c, county, held)
        write.discard_scenario(c, draft)
    return Done(None, text("coverage.discarded", lang, {"title": draft.title}), is_good=True)


def _adopt(
    services: Services, county: str, held: dict[str, Any], by: str | None, reason: str | None,
    lang: Language,
) -> Done:  # fmt: skip
    if not (by or "").strip() or not (reason or "").strip():
        raise InputError("say who adopts this scenario, and why")
    board = board_of(services, county)
    with transaction(services.engine) as c:
        draft = _held(c, county, held)
        result = folded(board, draft.held)
        if result.lost:
            raise ConflictError("a station of this scenario is gone: undo that change first")
        write.adopt_scenario(
            c, draft, changes(board.sites, result.sites), by=str(by), reason=str(reason)
        )
    return Done(None, text("coverage.adopted", lang, {"title": draft.title}), is_good=True)


def changes(before: tuple[Site, ...], after: tuple[Site, ...]) -> list[dict[str, Any]]:
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


def _operation_list(board: Board, held: dict[str, Any], view: View) -> list[Any]:
    names = {site.key: site.name for site in board.sites}
    items, lost = [], folded(board, held["operations"]).lost
    for operation in held["operations"]:
        if operation["kind"] == "add":
            names[operation["key"]] = operation["name"]
        name = names.get(operation["key"], text("coverage.station_gone", view.lang))
        items.append(html.Li(operation_words(operation, name, view.lang)))
    if not items:
        return [html.P(text("coverage.no_changes", view.lang), className="legend-note")]
    gone = [html.P(text("coverage.operations_lost", view.lang, {"count": len(lost)}),
                   className="says")] if lost else []  # fmt: skip
    return [html.Section([html.H3(text("coverage.changes", view.lang)), html.Ol(items), *gone],
                         className="section operations")]  # fmt: skip


def _side(
    services: Services, board: Board, question: Question, chosen: int
) -> list[dict[str, Any]]:
    with transaction(services.engine) as c:
        known = write.drafts(c, board.county)
    rows = []
    for draft in known:
        try:
            body = trial(board, question, draft.held)
        except GetuError:
            continue  # a draft of an older program that this one cannot read
        rows.append(
            {
                "title": draft.title,
                "changes": draft.position,
                "gained": body["gained_households"],
                "lost": body["lost_households"],
                "outside": body["outside_after"],
                "is_chosen": draft.id == chosen,
            }
        )
    return rows
