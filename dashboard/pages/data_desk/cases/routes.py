"""Case sets over HTTP: old grids or borders in, rulings, and what comes of them."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final, TypedDict, get_args

from flask import Blueprint, Flask, Response, jsonify, request
from sqlalchemy import Connection

from dashboard.access.principal import present
from dashboard.pages.data_desk.files.words import plainly
from dashboard.services import Services
from dashboard.text import Language, language, text
from dashboard.text.findings import say
from dashboard.text.refusals import reader, refusal
from dashboard.web.api import make_api
from dashboard.web.bodies import body, sentence, who, whole, whole_or_none, wholes
from data.access.audit import record
from data.cases import read
from data.cases.rows import CaseItem, CaseSet, ClaimValue, SetReport, StandingCase
from data.cases.tables import CASE_SET_KINDS
from data.engine import session
from data.importers.judging.kind import ImportOptions
from data.importers.run import run_import
from layers.grids.cases import border_apply, border_store
from layers.grids.cases import draft as case_draft
from layers.grids.cases import gap as case_gap
from layers.grids.cases import store as case_store
from layers.grids.drafts.plot_store import PlotStore
from layers.kit.errors import InputError
from layers.kit.findings import Finding
from layers.kit.json import Geometry

SUFFIXES: Final = (".zip", ".geojson", ".json", ".gpkg", ".kml", ".fgb", ".gml")
MOST_BYTES: Final = 100 * 1024 * 1024
MOST_BODY: Final = 2 * 1024 * 1024
MOST_FAULTS: Final = 200


def add_routes(server: Flask, services: Services) -> None:
    """Add every address under ``/api/cases`` to a Flask server."""
    api = make_api("cases", most_body=MOST_BODY, most_upload=MOST_BYTES + 2**20)
    plot_store = PlotStore()

    _add_sets(api, services, plot_store)
    _add_rulings(api, services, plot_store)
    _add_endings(api, services, plot_store)
    server.register_blueprint(api)


def _add_sets(api: Blueprint, services: Services, plot_store: PlotStore) -> None:
    @api.get("/<county>")
    def sets(county: str) -> Response:
        with session(services.engine, present()) as c:
            return jsonify(sets=[head_json(head) for head in read.case_sets(c, county)])

    @api.post("/<county>")
    def bring(county: str) -> Response:
        lang = language(request.args.get("lang"))
        file = request.files.get("file")
        if file is None or not file.filename:
            raise InputError("the form lacks file")
        name = Path(file.filename).name
        if Path(name).suffix.lower() not in SUFFIXES:
            raise InputError("the file must be one of {listed}", listed=", ".join(SUFFIXES))
        content = file.stream.read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            raise InputError("the file is over 100 MB")
        kind = request.form.get("kind", "grids")
        if kind not in CASE_SET_KINDS:
            raise InputError("kind must be grids or borders")
        options = ImportOptions(
            crs=sentence(request.form, "crs", most=40),
            name=sentence(request.form, "name", most=120) or Path(name).stem[:120],
            made_by=who(request.form, "-"),
            layer=sentence(request.form, "layer", most=200),
        )
        with tempfile.TemporaryDirectory() as folder:
            # The name is kept for the record; only its letters are used for the path.
            path = Path(folder) / "".join(ch if ch.isprintable() else "_" for ch in name)[-60:]
            path.write_bytes(content)
            try:
                with session(services.engine, present()) as c:
                    summary = run_import(c, kind, path, county, options)
                    set_id = read.case_sets(c, county)[0].id
                    if kind == "grids":
                        head = case_store.fill(c, plot_store, set_id)
                    else:
                        head = border_store.fill_borders(c, set_id)
                    told = {"kind": kind, "cases": head.cases}
                    record(c, "case_set.brought", county, f"case_set:{set_id}", told,
                           by=options.made_by)  # fmt: skip
            except InputError as error:
                if not error.findings:
                    raise
                answer = jsonify(
                    error=refusal(error, reader()),
                    findings=findings_json(error.findings, lang),
                    layers=layers_of(error.findings),
                )
                answer.status_code = 400
                return answer
        answer = jsonify(
            set=head_json(head),
            findings=findings_json(summary.findings, lang),
            notes=[text(note.code, lang, note.values) for note in summary.notes],
        )
        answer.status_code = 201
        return answer

    @api.get("/sets/<int:set_id>")
    def one(set_id: int) -> Response:
        with session(services.engine, present()) as c:
            head = read.case_set(c, set_id)
            claimants = read.claimants(c, set_id, 4490)
            grids = head.kind == "grids"
            allowed = case_store.claimants_by_community(c, head) if grids else {}
            items = read.items(c, set_id)
        return jsonify(
            set=head_json(head),
            claimants=[
                {
                    "label": row.label,
                    "name": row.name,
                    "is_stored": row.is_stored,
                    "geometry": row.geometry.__geo_interface__,
                    "communities": [k for k, own in allowed.items() if row.position in own],
                }
                for row in claimants.itertuples()
            ],
            items=[item_json(row) for row in items],
        )

    @api.get("/sets/<int:set_id>/standing")
    def standing(set_id: int) -> Response:
        with session(services.engine, present()) as c:
            return jsonify(standing_json(c, set_id))


def _add_rulings(api: Blueprint, services: Services, plot_store: PlotStore) -> None:
    @api.post("/sets/<int:set_id>/rulings")
    def rule(set_id: int) -> Response:
        said = body()
        ruling = case_store.Ruling(
            items=wholes(said, "items"),
            to=whole_or_none(said, "to"),
            defer=bool(said.get("defer")),
            by=_by(said),
            seen=whole(said, "seen"),
        )
        with session(services.engine, present()) as c:
            case_store.rule(c, set_id, ruling)
            told = {"items": len(ruling.items), "to": ruling.to, "deferred": ruling.defer}
            record(c, "case_set.ruled", None, f"case_set:{set_id}", told, by=ruling.by)
            return jsonify(standing_json(c, set_id))

    @api.post("/sets/<int:set_id>/bulk")
    def bulk(set_id: int) -> Response:
        said = body()
        known: dict[str, case_store.Bulk] = {kind: kind for kind in get_args(case_store.Bulk)}
        kind = known.get(str(said.get("kind")))
        if kind is None:
            raise InputError("kind must be sure, nearest or proposal")
        with session(services.engine, present()) as c:
            case_store.rule_all(c, set_id, kind, _by(said), sentence(said, "of", most=40))
            told = {"kind": kind}
            record(c, "case_set.bulk_ruled", None, f"case_set:{set_id}", told, by=_by(said))
            return jsonify(standing_json(c, set_id))

    @api.post("/sets/<int:set_id>/undo")
    def undo(set_id: int) -> Response:
        with session(services.engine, present()) as c:
            by = _by(body())
            if not case_gap.take_back(c, plot_store, set_id, by):
                case_store.undo(c, set_id, by)
            record(c, "case_set.undone", None, f"case_set:{set_id}", by=by)
            return jsonify(standing_json(c, set_id))

    @api.post("/sets/<int:set_id>/grid")
    def grid(set_id: int) -> Response:
        said = body()
        asked = whole(said, "item"), _by(said), whole(said, "seen")
        with session(services.engine, present()) as c:
            case_gap.add_missing_grid(c, plot_store, set_id, *asked)
            told = {"item": asked[0]}
            record(c, "case_set.grid_added", None, f"case_set:{set_id}", told, by=asked[1])
            return jsonify(standing_json(c, set_id))


def _add_endings(api: Blueprint, services: Services, plot_store: PlotStore) -> None:
    @api.post("/sets/<int:set_id>/draft")
    def draft(set_id: int) -> Response:
        said = body()
        with session(services.engine, present()) as c:
            head = read.case_set(c, set_id)
            if head.kind != "grids":
                raise InputError("borders make no draft of their own")
            name = sentence(said, "name", most=120) or head.name
            accept = said.get("accept") is True
            case_draft.make_case_draft(c, plot_store, set_id, name, _by(said), accept=accept)
            made = read.case_set(c, set_id)
            told = {"plan": made.plan_id, "accept": accept}
            record(c, "case_set.drafted", made.code, f"case_set:{set_id}", told, by=_by(said))
            answer = jsonify(set=head_json(made))
        answer.status_code = 201
        return answer

    @api.get("/sets/<int:set_id>/preview")
    def preview(set_id: int) -> Response:
        accept = request.args.get("accept") == "1"
        with session(services.engine, present()) as c:
            return jsonify(border_store.preview(c, set_id, accept=accept).report)

    @api.post("/sets/<int:set_id>/apply")
    def move(set_id: int) -> Response:
        said = body()
        with session(services.engine, present()) as c:
            accept = said.get("accept") is True
            border_apply.apply(c, plot_store, set_id, _by(said), accept=accept)
            return jsonify(set=head_json(read.case_set(c, set_id)))

    @api.post("/sets/<int:set_id>/discard")
    def discard(set_id: int) -> Response:
        with session(services.engine, present()) as c:
            case_store.discard(c, set_id, _by(body()))
            record(c, "case_set.discarded", None, f"case_set:{set_id}", by=_by(body()))
        return jsonify({})


class PlanName(TypedDict):
    """The plan that came of a set."""

    id: int
    name: str


class SetValue(TypedDict):
    """A set's head: what it is, how far it is, what came of it."""

    id: int
    kind: str
    state: str
    name: str
    file: str | None
    by: str
    at: str
    sequence: int
    report: SetReport
    plan: PlanName | None
    cases: int
    ruled: int
    deferred: int


class StandValue(TypedDict):
    """How a case stands: for whom it was ruled, by whom, or put off."""

    to: int | None
    deferred: bool
    by: str | None


class ItemValue(StandValue):
    """A case with its claims and its shape."""

    id: int
    kind: str
    community: int | None
    community_name: str | None
    building: int | None
    label: str | None
    households: int | None
    area_m2: float | None
    claims: list[ClaimValue]
    proposal: int
    shape: Geometry | None
    at: str | None


class StandingItem(StandValue):
    """How one case of a set stands."""

    id: int


class StandingValue(TypedDict):
    """How every case of a set stands."""

    set: SetValue
    claimants: int
    items: list[StandingItem]


class FaultValue(TypedDict):
    """A fault of a file, with its row where it has one."""

    severity: str
    row: int | None
    message: str


def _by(said: Mapping[str, object]) -> str:
    """Return who rules: a ruling without a name is none."""
    return present().name or sentence(said, "by", needed=True, most=60) or ""


def head_json(head: CaseSet) -> SetValue:
    """Return a set's head: what it is, how far it is, what came of it."""
    return {
        "id": head.id,
        "kind": head.kind,
        "state": head.state,
        "name": head.name,
        "file": head.file_name,
        "by": head.made_by,
        "at": head.made_at.isoformat(),
        "sequence": head.sequence,
        "report": head.report,
        "plan": None
        if head.plan_id is None or head.plan is None
        else {"id": head.plan_id, "name": head.plan},
        "cases": head.cases,
        "ruled": head.ruled,
        "deferred": head.deferred,
    }


def item_json(row: CaseItem) -> ItemValue:
    """Return a case with its claims and its shape (GeoJSON)."""
    return {
        "id": row.id,
        "kind": row.kind,
        "community": row.community_id,
        "community_name": row.community,
        "building": row.building_id,
        "label": row.label or row.address,
        "households": row.households,
        "area_m2": row.area_m2,
        "claims": row.claims,
        "proposal": row.proposal,
        "shape": None if row.shape is None else json.loads(row.shape),
        **_stands(row),
        "at": None if row.ruled_at is None else row.ruled_at.isoformat(),
    }


def standing_json(c: Connection, set_id: int) -> StandingValue:
    """Return how every case of a set stands, for pages that show the set already."""
    head = read.case_set(c, set_id)
    rows = read.standing(c, set_id)
    return {
        "set": head_json(head),
        "claimants": read.claimant_count(c, set_id),
        "items": [{"id": r.id, **_stands(r)} for r in rows],
    }


def _stands(row: CaseItem | StandingCase) -> StandValue:
    return {"to": row.ruled_to, "deferred": row.is_deferred, "by": row.ruled_by}


def layers_of(findings: tuple[Finding, ...]) -> list[str] | None:
    """Return the layers to choose from, where that is what the file was refused for."""
    several = next((f for f in findings if f.code == "layer_several"), None)
    return None if several is None else str(several.values["layers"]).split(", ")


def findings_json(findings: tuple[Finding, ...], lang: Language) -> list[FaultValue]:
    """Return a file's faults as sentences with their rows."""
    return [
        {
            "severity": f.severity,
            "row": f.row,
            "message": plainly(say(f, lang), lang),
        }
        for f in findings[:MOST_FAULTS]
    ]
