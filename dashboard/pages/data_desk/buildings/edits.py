"""The building desk over HTTP: features, edits, undo, the log (docs/buildings-api.md)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any, Literal, get_args

import shapely
from flask import Blueprint, Flask, Response, jsonify, request
from shapely.errors import GEOSException
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Connection

from dashboard.access.principal import present
from dashboard.pages.data_desk.buildings.words import finding_json, kind_word
from dashboard.services import Services
from dashboard.text import Language, language
from dashboard.text.refusals import reader, refusal
from dashboard.web.api import make_api
from dashboard.web.bodies import body, sentence, who, whole, whole_or_none, wholes
from data.access.actions import Action
from data.access.audit import record, unchanged
from data.buildings import read_edits as read
from data.buildings.tables import LIVES, USES
from data.engine import session
from data.plans import read as plans
from layers.buildings.edit import KINDS, Attributes, Kind, UnitValue
from layers.buildings.store import EditRequest, EditResult, LateEdit, save_edit, step
from layers.kit.errors import InputError, NotFoundError

MOST_FEATURES = 5_000
MOST_LOG = 500
MOST_TOLD = 50
MOST_NAMES, MOST_LETTERS = 50, 120


def add_building_routes(server: Flask, services: Services) -> None:
    """Add every address under ``/api/buildings`` to a Flask server."""
    api = make_api("buildings")

    _add_reading(api, services)
    _add_editing(api, services)
    server.register_blueprint(api)


def _lang() -> Language:
    return language(request.args.get("lang"))


def _add_reading(api: Blueprint, services: Services) -> None:
    @api.get("/<county>")
    def within(county: str) -> Response:
        box = _box(request.args.get("bbox", ""))
        with session(services.engine, present()) as c:
            measure = plans.policy(c, county).household_measure
            found = read.features_within(c, county, measure, box, MOST_FEATURES)
        return jsonify(
            type="FeatureCollection",
            features=found[:MOST_FEATURES],
            truncated=len(found) > MOST_FEATURES,
        )

    @api.get("/<county>/<int:building>")
    def one(county: str, building: int) -> Response:
        with session(services.engine, present()) as c:
            measure = plans.policy(c, county).household_measure
            found = read.features_of(c, county, measure, [building])
            if not found:
                raise NotFoundError("building {building} is not in this county", building=building)
            return jsonify({**found[0], "history": read.history(c, building)})

    @api.get("/<county>/estates")
    def estates(county: str) -> Response:
        with session(services.engine, present()) as c:
            return jsonify(estates=[asdict(row) for row in read.estates(c, county)])

    @api.get("/<county>/edits")
    def edits(county: str) -> Response:
        limit = request.args.get("limit", "50")
        if not limit.isdecimal() or not 1 <= int(limit[:6]) <= MOST_LOG:
            raise InputError("limit must be 1 to {most_log}", most_log=MOST_LOG)
        by = who(request.args)
        with session(services.engine, present()) as c:
            rows = read.log(c, county, int(limit))
            undo, redo = read.steps(c, county, by)
        listed = [
            {
                **asdict(row),
                "made_at": row.made_at.isoformat(),
                "what": kind_word(row.kind, _lang()),
            }
            for row in rows
        ]
        return jsonify(edits=listed, undo=undo, redo=redo)


def _add_editing(api: Blueprint, services: Services) -> None:
    @api.post("/<county>/edits")
    def edit(county: str) -> Response:
        values = body()
        try:
            sent = _sent(values)
            with session(services.engine, present()) as c:
                saved = save_edit(c, county, sent)
                _record(c, county, "building.edited", saved, sent.by)
        except InputError as error:
            return _faults(services, county, error)
        return _answer(services, county, saved)

    def stepped(county: str, *, redo: bool) -> Response:
        values = body()
        token = sentence(values, "token", most=64)
        with session(services.engine, present()) as c:
            done = step(c, county, who(values), redo=redo, token=token)
            action: Action = "building.redone" if redo else "building.undone"
            _record(c, county, action, done, who(values))
        return _answer(services, county, done)

    @api.post("/<county>/undo")
    def undo(county: str) -> Response:
        return stepped(county, redo=False)

    @api.post("/<county>/redo")
    def redo(county: str) -> Response:
        return stepped(county, redo=True)


def _record(
    c: Connection, county: str, action: Action, outcome: EditResult | LateEdit, by: str
) -> None:
    if isinstance(outcome, LateEdit) or outcome.repeated:
        unchanged()
        return
    told = {"changed": list(outcome.changed)[:MOST_TOLD], "removed": list(outcome.removed)}
    record(c, action, county, f"building_edit:{outcome.edit}", told, by=by)


def _answer(services: Services, county: str, outcome: EditResult | LateEdit) -> Response:
    if isinstance(outcome, LateEdit):
        answer = jsonify(error=refusal(outcome.reason, reader()), edit=outcome.edit)
        answer.status_code = 409
        return answer
    with session(services.engine, present()) as c:
        measure = plans.policy(c, county).household_measure
        features = read.features_of(c, county, measure, outcome.changed)
    reports = [dict(report) for report in outcome.plots]
    plots = {**reports[0], "others": reports[1:]} if reports else None
    return jsonify(
        edit=outcome.edit,
        features=features,
        removed=list(outcome.removed),
        plots=plots,
        findings=[finding_json(f, _lang(), outcome.srid) for f in outcome.findings],
        repeated=outcome.repeated,
    )


def _faults(services: Services, county: str, error: InputError) -> Response:
    if not error.findings:
        raise error
    with session(services.engine, present()) as c:
        srid = plans.policy(c, county).measuring_srid
    told = [finding_json(f, _lang(), srid) for f in error.findings]
    answer = jsonify(error=" ".join(f["message"] for f in told[:3]), findings=told)
    answer.status_code = 400
    return answer


def _box(written: str) -> tuple[float, float, float, float]:
    try:
        west, south, east, north = (float(v) for v in written.split(","))
    except ValueError as error:
        raise InputError("bbox must be west,south,east,north in degrees") from error
    box = (west, south, east, north)
    if not all(math.isfinite(v) and abs(v) <= 360 for v in box) or west > east or south > north:
        raise InputError("bbox must be west,south,east,north in degrees")
    return box


def _sent(values: Mapping[str, object]) -> EditRequest:
    """Read an edit. Raises InputError."""
    kind: Any = values.get("kind")
    if kind not in KINDS:
        raise InputError("kind must be one of {listed}", listed=", ".join(KINDS))
    buildings = wholes(values, "buildings")
    versions = values.get("versions") or {}
    if not isinstance(versions, dict) or not all(
        str(k).isdecimal() and len(str(k)) < 19 and isinstance(v, int) for k, v in versions.items()
    ):
        raise InputError("versions must be the version by building")
    confirm = values.get("confirm") or []
    if not isinstance(confirm, list) or not all(isinstance(v, str) for v in confirm):
        raise InputError("confirm must be a list of finding codes")
    given = values.get("values") or {}
    if not isinstance(given, dict):
        raise InputError("values must be an object")
    return EditRequest(
        kind=kind,
        by=who(values),
        buildings=tuple(dict.fromkeys(buildings)),
        versions={int(k): v for k, v in versions.items()},
        shapes=_shapes(values, kind, buildings),
        line=_geometry(values["line"], "LineString") if values.get("line") else None,
        values=_values(given),
        confirm=frozenset(confirm),
        token=sentence(values, "token", most=64),
        asked={k: v for k, v in values.items() if k != "by"},
    )


def _shapes(
    values: Mapping[str, object], kind: Kind, buildings: Sequence[int]
) -> dict[int, BaseGeometry]:
    several = values.get("geometries")
    if several is not None:
        if not isinstance(several, dict) or not all(str(k).isdecimal() for k in several):
            raise InputError("geometries must be a geometry by building")
        return {int(k): _geometry(v, "Polygon", "MultiPolygon") for k, v in several.items()}
    if values.get("geometry") is None:
        return {}
    shape = _geometry(values["geometry"], "Polygon", "MultiPolygon")
    return {0 if kind == "draw" or not buildings else buildings[0]: shape}


def _geometry(value: Any, *kinds: str) -> BaseGeometry:
    """Read a GeoJSON geometry in degrees. Raises InputError."""
    if not isinstance(value, dict) or value.get("type") not in kinds:
        raise InputError("the geometry must be a GeoJSON {listed}", listed=" or ".join(kinds))
    try:
        shape = shapely.force_2d(shapely.geometry.shape(value))
    except (GEOSException, ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
        raise InputError("the geometry's coordinates cannot be read") from error
    bounds = shape.bounds
    if bounds and (
        not all(math.isfinite(v) for v in bounds)
        or max(abs(bounds[0]), abs(bounds[2])) > 180
        or max(abs(bounds[1]), abs(bounds[3])) > 90
    ):
        raise InputError("the geometry must be in degrees, longitude first")
    return shape


_Word = Literal["name", "number", "external_id"]
_Number = Literal["estate_id", "levels"]
_List = Literal["addresses", "aliases", "names"]
_WORDS: tuple[_Word, ...] = get_args(_Word)
_NUMBERS: tuple[_Number, ...] = get_args(_Number)
_LISTS: tuple[_List, ...] = get_args(_List)


def _values(given: Mapping[str, object]) -> Attributes:
    """Read attributes: only those that are named change."""
    result: Attributes = {}
    for name in _WORDS:
        if name in given:
            result[name] = sentence(given, name, most=MOST_LETTERS)
    for number in _NUMBERS:
        if number in given:
            result[number] = whole_or_none(given, number)
    levels = result.get("levels")
    if levels is not None and not 1 <= levels <= 200:
        raise InputError("levels must be 1 to 200")
    if "use" in given:
        result["use"] = _one_of(given, "use", USES)
    if "life" in given:
        result["life"] = _one_of(given, "life", LIVES)
    if given.get("life_on") is not None:
        result["life_on"] = _day(given["life_on"])
    for several in _LISTS:
        if several in given:
            result[several] = _names(given, several)
    if "entrances" in given:
        result["entrances"] = [_entrance(e) for e in _rows(given, "entrances")]
    if "units" in given:
        result["units"] = [_unit(u) for u in _rows(given, "units")]
    return result


def _one_of(given: Mapping[str, object], name: str, allowed: Sequence[str]) -> str:
    value = given[name]
    if value not in allowed:
        raise InputError("{name} must be one of {listed}", name=name, listed=", ".join(allowed))
    return str(value)


def _day(value: Any) -> str:
    try:
        return date.fromisoformat(value).isoformat()
    except (ValueError, TypeError) as error:
        raise InputError("life_on must be a date: write YYYY-MM-DD") from error


def _names(given: Mapping[str, object], name: str) -> list[str]:
    found = given[name]
    if not isinstance(found, list) or len(found) > MOST_NAMES:
        raise InputError(
            "{name} must be a list of at most {most_names} names", name=name, most_names=MOST_NAMES
        )
    named = [sentence({name: v}, name, most=MOST_LETTERS) for v in found]
    return list(dict.fromkeys(v for v in named if v))


def _rows(given: Mapping[str, object], name: str) -> list[Mapping[str, object]]:
    found = given[name]
    if (
        not isinstance(found, list)
        or len(found) > MOST_NAMES
        or not all(isinstance(v, dict) for v in found)
    ):
        raise InputError("{name} must be a list of objects", name=name)
    return found


def _entrance(row: Mapping[str, object]) -> tuple[str, BaseGeometry | None]:
    name = sentence(row, "name", needed=True, most=40) or ""
    point = row.get("point")
    if point is None:
        return name, None
    return name, _geometry({"type": "Point", "coordinates": point}, "Point")


def _unit(row: Mapping[str, object]) -> UnitValue:
    name = sentence(row, "name", most=40)
    households = None if row.get("households") is None else whole(row, "households")
    if households is not None and not 0 <= households <= 100_000:
        raise InputError("households must be 0 or more")
    return {"name": name, "households": households}
