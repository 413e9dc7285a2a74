"""The planner's desk over HTTP: grounds, drafts, strokes, undo, locks (docs/planner-api.md)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from flask import Blueprint, Flask, Response, jsonify, request
from sqlalchemy import Connection

from dashboard.access.principal import present
from dashboard.pages.planner.approval import add_approval_routes, detail_json
from dashboard.pages.planner.communities import add_community_routes
from dashboard.pages.planner.comparison import add_comparison_routes
from dashboard.pages.planner.files import add_file_routes
from dashboard.pages.planner.states import change_json, grids_json, state_json
from dashboard.pages.planner.values import DraftValue, draft_json, published_json
from dashboard.services import Services
from dashboard.text import language
from dashboard.text.refusals import reader, refusal
from dashboard.web.api import make_api
from dashboard.web.bodies import body, line, sentence, who, whole, whole_or_none, wholes
from data.access.actions import Action
from data.access.audit import record, unchanged
from data.engine import session
from data.households.read import unplaced_by_community
from data.plans import read
from data.plans.drafts import write
from layers.grids.drafts import saving as drafting
from layers.grids.drafts.making import DraftOrder, SourceKind, make_draft
from layers.grids.drafts.plot_store import PlotStore
from layers.grids.drafts.state import is_editable, load_state
from layers.grids.plan.stroke import Kind, Stroke
from layers.kit.errors import ConflictError, InputError, NotFoundError

MOST_BODY, MOST_UPLOAD = 8 * 1024 * 1024, 110 * 1024 * 1024


def add_planner_routes(server: Flask, services: Services) -> None:
    """Add every address under ``/api/planner`` to a Flask server."""
    api = make_api("planner", most_upload=MOST_UPLOAD)
    plot_store = PlotStore()

    _add_reading(api, services, plot_store)
    _add_drafts(api, services, plot_store)
    _add_strokes(api, services, plot_store)
    add_approval_routes(api, services, plot_store)
    add_comparison_routes(api, services, plot_store)
    add_community_routes(api, services, plot_store)
    add_file_routes(api, services, plot_store)
    server.register_blueprint(api)


def _lang() -> Any:
    return language(request.args.get("lang"))


def _created(value: Any) -> Response:
    answer = jsonify(value)
    answer.status_code = 201
    return answer


def _draft(c: Connection, plan_id: int) -> DraftValue:
    head = read.plan_head(c, plan_id)
    return draft_json(head, read.policy(c, head.code))


def _add_reading(api: Blueprint, services: Services, plot_store: PlotStore) -> None:
    @api.get("/<county>")
    def county(county: str) -> Response:
        with session(services.engine, present()) as c:
            policy = read.policy(c, county)
            heads = read.plan_heads(c, county)
            loads = read.community_loads(c, county, policy.household_measure)
            rows = read.communities_planned(c, county, policy.plans_on)
            unplaced = unplaced_by_community(c, county, None, policy.household_measure)
        drafts = [draft_json(h, policy) for h in heads if h.published_at is None]
        return jsonify(
            county=county,
            name=policy.name,
            as_of=policy.data_as_of.isoformat(),
            today=policy.today.isoformat(),
            policy={
                "households_max": policy.households_max,
                "households_min": policy.households_min,
                "area_households_max": policy.area_households_max,
                "measure": policy.household_measure,
                "stages": policy.stages,
                "source_document": policy.source_document,
            },
            communities=[
                {
                    "id": r.id,
                    "code": r.code,
                    "name": r.name,
                    "plots": r.plots,
                    "households": loads.get(r.id, (0, 0))[0],
                    "buildings": loads.get(r.id, (0, 0))[1],
                    "unplaced": unplaced.get(r.code, 0),
                    "in_force": r.in_force,
                    "tessellation": r.tessellation,
                    "bounds": [r.west, r.south, r.east, r.north],
                    "change_days": [day.isoformat() for day in r.days(policy)],
                }
                for r in rows
            ],
            unplaced=unplaced.get(county, 0),
            drafts=drafts,
            plans=sorted(
                (published_json(h, policy.today) for h in heads if h.published_at is not None),
                key=lambda p: p["in_force_from"] or "",
                reverse=True,
            ),
        )

    @api.get("/ground/<int:tessellation>")
    def ground(tessellation: int) -> Response:
        with session(services.engine, present()) as c:
            policy = read.policy(c, request.args.get("county", ""))
            row = read.tessellation(c, tessellation)
            if not row.code.startswith(policy.code):
                raise NotFoundError(
                    "tessellation {tessellation} is not in this county", tessellation=tessellation
                )
            about = plot_store.get(
                c, tessellation, policy.code, policy.measuring_srid, policy.household_measure
            )
        answer = Response(about.body, mimetype="application/json")
        answer.add_etag()
        answer.headers["Cache-Control"] = "no-cache"
        answer.make_conditional(request)
        return answer

    @api.get("/drafts/<int:plan_id>")
    def draft(plan_id: int) -> Response:
        with session(services.engine, present()) as c:
            return jsonify(detail_json(c, plot_store, plan_id))

    @api.get("/drafts/<int:plan_id>/communities/<int:community_id>")
    def community(plan_id: int, community_id: int) -> Response:
        with session(services.engine, present()) as c:
            state = load_state(c, plot_store, read.plan_head(c, plan_id), community_id)
            return jsonify(state_json(c, plot_store, state, _lang()))


def _add_drafts(api: Blueprint, services: Services, plot_store: PlotStore) -> None:
    @api.post("/<county>/drafts")
    def create(county: str) -> Response:
        values = body()
        source = values.get("source")
        if not isinstance(source, dict) or source.get("kind") not in get_args(SourceKind):
            raise InputError(
                "source.kind must be one of {listed}", listed=", ".join(get_args(SourceKind))
            )
        wanted = DraftOrder(
            sentence(values, "name", needed=True, most=120) or "",
            who(values),
            source["kind"],
            None if values.get("communities") is None else wholes(values, "communities"),
            whole_or_none(source, "plan"),
        )
        with session(services.engine, present()) as c:
            made = make_draft(c, plot_store, county, wanted)
            record(c, "plan.created", county, f"plan:{made}", {"name": wanted.name}, by=wanted.by)
            return _created(_draft(c, made))

    @api.patch("/drafts/<int:plan_id>")
    def rename(plan_id: int) -> Response:
        name = sentence(body(), "name", needed=True, most=120) or ""
        with session(services.engine, present()) as c:
            if read.hold_plan(c, plan_id).published_at is not None:
                raise ConflictError("a published plan keeps its name")
            write.rename_plan(c, plan_id, name)
            record(c, "plan.renamed", None, f"plan:{plan_id}", {"name": name})
            return jsonify(_draft(c, plan_id))

    @api.delete("/drafts/<int:plan_id>")
    def delete(plan_id: int) -> Response:
        with session(services.engine, present()) as c:
            if read.hold_plan(c, plan_id).published_at is not None:
                raise ConflictError("a published plan cannot be deleted")
            record(c, "plan.deleted", None, f"plan:{plan_id}")
            write.delete_draft(c, plan_id)
        return Response(status=204)

    @api.post("/drafts/<int:plan_id>/branch")
    def branch(plan_id: int) -> Response:
        values = body()
        name = sentence(values, "name", needed=True, most=120) or ""
        with session(services.engine, present()) as c:
            head = read.hold_plan(c, plan_id)
            made = drafting.branch(c, head, name, who(values))
            told = {"of": plan_id, "name": name}
            record(c, "plan.branched", head.code, f"plan:{made}", told, by=who(values))
            return _created(_draft(c, made))


def _add_strokes(api: Blueprint, services: Services, plot_store: PlotStore) -> None:
    def answer_of(c: Connection, outcome: drafting.StrokeResult | drafting.LateChange) -> Response:
        if isinstance(outcome, drafting.StrokeResult):
            return jsonify(change_json(c, plot_store, outcome, _lang()))
        kept = None if outcome.branch is None else _draft(c, outcome.branch)
        answer = jsonify(
            error=refusal(outcome.reason, reader()), version=outcome.version, branch=kept
        )
        answer.status_code = 409
        return answer

    @api.post("/drafts/<int:plan_id>/operations")
    def operate(plan_id: int) -> Response:
        sent = _sent(body())
        with session(services.engine, present()) as c:
            outcome = drafting.save_stroke(c, plot_store, plan_id, sent)
            _record(c, plan_id, "plan.operation", outcome, sent.by)
            return answer_of(c, outcome)

    def step(plan_id: int, *, redo: bool) -> Response:
        values = body()
        with session(services.engine, present()) as c:
            outcome = drafting.step(
                c,
                plot_store,
                plan_id,
                whole(values, "community"),
                whole(values, "version"),
                who(values),
                redo=redo,
            )
            _record(c, plan_id, "plan.redone" if redo else "plan.undone", outcome, who(values))
            return answer_of(c, outcome)

    @api.post("/drafts/<int:plan_id>/undo")
    def undo(plan_id: int) -> Response:
        return step(plan_id, redo=False)

    @api.post("/drafts/<int:plan_id>/redo")
    def redo(plan_id: int) -> Response:
        return step(plan_id, redo=True)

    @api.post("/drafts/<int:plan_id>/locks")
    def lock(plan_id: int) -> Response:
        values = body()
        locked = values.get("locked")
        if not isinstance(locked, bool):
            raise InputError("locked must be true or false")
        with session(services.engine, present()) as c:
            state = drafting.lock(
                c,
                plot_store,
                plan_id,
                whole(values, "community"),
                wholes(values, "grids"),
                wholes(values, "plots"),
                locked=locked,
                tessellation=whole(values, "tessellation"),
            )
            told = {"locked": locked, "grids": len(wholes(values, "grids")),
                    "plots": len(wholes(values, "plots"))}  # fmt: skip
            record(c, "plan.locked", None, f"plan:{plan_id}", told, by=who(values))
            return jsonify(state_json(c, plot_store, state, _lang()))

    @api.patch("/drafts/<int:plan_id>/grids/<int:grid_id>")
    def edit_grid(plan_id: int, grid_id: int) -> Response:
        values = body()
        name, kind = sentence(values, "name", most=60), sentence(values, "type", most=20)
        if kind not in (None, "general", "dedicated"):
            raise InputError("type must be general or dedicated")
        with session(services.engine, present()) as c:
            head = read.hold_plan(c, plan_id)
            if not is_editable(head, read.policy(c, head.code)):
                raise ConflictError("the plan is not a draft any more: its grids keep their names")
            if not write.rename_grid(c, plan_id, grid_id, name=name, kind=kind):
                raise NotFoundError("grid {grid_id} is not in this draft", grid_id=grid_id)
            told = {"grid": grid_id, "name": name, "type": kind}
            record(c, "plan.grid_named", head.code, f"plan:{plan_id}", told)
            for row in read.plan_grids(c, plan_id):
                if row.grid_id == grid_id:
                    state = load_state(c, plot_store, head, row.community_id)
                    return jsonify(grids_json(c, plot_store, state, {grid_id})[0])
        raise NotFoundError("grid {grid_id} has no plots in this draft", grid_id=grid_id)


def _record(
    c: Connection,
    plan_id: int,
    action: Action,
    outcome: drafting.StrokeResult | drafting.LateChange,
    by: str,
) -> None:
    """Leave what became of a stroke in the audit; nothing for one that was only tried."""
    if isinstance(outcome, drafting.LateChange):
        if outcome.branch is not None:
            of = {"of": plan_id, "version": outcome.version}
            record(c, "plan.branched", None, f"plan:{outcome.branch}", of, by=by)
    elif outcome.operation is None or outcome.repeated:
        unchanged()
    else:
        told = {"operation": outcome.operation, "kind": outcome.kind, "plots": len(outcome.moves)}
        record(c, action, None, f"plan:{plan_id}", told, by=by)


def _sent(values: Mapping[str, object]) -> drafting.StrokeRequest:
    """Read an operation. Raises InputError."""
    kind: Any = values.get("kind")
    if kind not in get_args(Kind):
        raise InputError("kind must be one of {listed}", listed=", ".join(get_args(Kind)))
    expected = values.get("expected") or {}
    if not isinstance(expected, dict) or not all(
        k.removeprefix("-").isdecimal() and len(k) < 20 and isinstance(v, int)
        for k, v in expected.items()
    ):
        raise InputError("expected must be households by grid")
    preview = values.get("preview") is True
    stroke = Stroke(
        kind,
        wholes(values, "plots"),
        whole_or_none(values, "to"),
        whole_or_none(values, "grid"),
        wholes(values, "grids"),
        whole_or_none(values, "estate"),
        only_from=None if values.get("only_from") is None else wholes(values, "only_from"),
    )
    return drafting.StrokeRequest(
        whole(values, "community"),
        0 if preview else whole(values, "version"),
        stroke,
        who(values),
        line(values, "ring") if kind == "lasso" else line(values, "line"),
        sentence(values, "token", most=64),
        {int(k): v for k, v in expected.items()},
        preview,
    )
