"""Household tables over HTTP: look at a file, open it, rule, preview, publish, roll back."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypedDict, get_args

from flask import Blueprint, Flask, Response, jsonify, request
from sqlalchemy import Connection

from dashboard.access.principal import present
from dashboard.pages.data_desk.households.estates import add_estate_routes
from dashboard.pages.data_desk.households.previews import preview_json
from dashboard.pages.data_desk.households.values import (
    BuildingValue,
    FindingValue,
    RowValue,
    UploadValue,
    building_json,
    findings_json,
    look_json,
    row_json,
    snapshot_json,
    upload_json,
)
from dashboard.services import Services
from dashboard.text import Language, language
from dashboard.web.api import make_api
from dashboard.web.bodies import (
    body,
    day,
    sentence,
    who,
    whole,
    whole_or_none,
    wholes,
)
from data.divisions import read_counties as counties
from data.engine import session
from data.households import read
from data.households.read_desk import building_at, building_county, buildings_called, snapshot_sums
from layers.households import store
from layers.households.preview import preview
from layers.households.reading import look, look_again
from layers.households.tables.headers import MEASURES, PLACE_FIELDS, Layout
from layers.households.uploads import QueuedRow, Upload, measure_of
from layers.kit.errors import InputError, NotFoundError

SUFFIXES = (".xlsx", ".xls", ".xlsm", ".csv", ".txt")
MOST_UPLOAD, MOST_BODY = 64 * 1024 * 1024, 1024 * 1024
MOST_ROWS = 100
MOST_FOUND = 8
VERDICTS: tuple[store.Verdict, ...] = get_args(store.Verdict)
LISTS = {
    "queued": ("queued",),
    "placed": ("placed",),
    "ruled": ("placed", "unplaced", "ignored", "queued"),
    "unplaced": ("unplaced",),
    "ignored": ("ignored",),
}


def add_household_routes(server: Flask, services: Services) -> None:
    """Add every address under ``/api/households`` to a Flask server."""
    api = make_api("households", most_body=MOST_BODY, most_upload=MOST_UPLOAD, faults=_faults)

    _add_files(api, services)
    _add_rows(api, services)
    _add_snapshots(api, services)
    add_estate_routes(api, services)
    server.register_blueprint(api)


class FaultsValue(TypedDict):
    """What a refusal tells beside its sentence."""

    findings: list[FindingValue]


def _faults(error: InputError) -> FaultsValue:
    """Return every fault with its sentence."""
    return {"findings": findings_json(error.findings, _lang())}


def _lang() -> Language:
    return language(request.args.get("lang"))


def _measure(c: Connection, head: Upload) -> str:
    return measure_of(head, counties.query(c, head.county).household_measure)


class RowsValue(TypedDict):
    """A page of rows with the buildings that they may mean; ``total``: rows in all."""

    upload: UploadValue
    total: int
    rows: list[RowValue]
    buildings: dict[int, BuildingValue]


def _head(c: Connection, upload_id: int) -> UploadValue:
    head = store.upload(c, upload_id)
    return upload_json(head, _measure(c, head), _lang())


@contextmanager
def _received() -> Iterator[tuple[Path, str]]:
    """Give the file of the request on disk, and what it is called. Raises InputError."""
    given = request.files.get("file")
    name = Path((given.filename if given else "") or "").name.replace("\0", "")[:200]
    if given is None or not name:
        raise InputError("send the table as the form field file")
    suffix = Path(name).suffix.lower()
    if suffix not in SUFFIXES:
        raise InputError(
            "{name} is no table: send one of {listed}", name=name, listed=", ".join(SUFFIXES[:4])
        )
    with tempfile.TemporaryDirectory(prefix="getu-households-") as folder:
        path = Path(folder) / f"table{suffix}"
        given.save(path)
        yield path, name


def _layout(given: str | None) -> Layout | None:
    """Read the columns that a person chose. Raises InputError."""
    if not given:
        return None
    try:
        layout = Layout.from_dict(json.loads(given))
    except (InputError, ValueError, RecursionError) as error:
        raise InputError("the columns are not understood: choose them again") from error
    known = {*PLACE_FIELDS, *MEASURES}
    positions = [*layout.columns.values(), layout.first_row, *layout.header_rows]
    if not layout.columns.keys() <= known or not all(0 <= p < 100_000 for p in positions):
        raise InputError("the columns are not understood: choose them again")
    return layout


def _add_files(api: Blueprint, services: Services) -> None:
    @api.get("/<county>")
    def overview(county: str) -> Response:
        """Return open tables and the snapshots of a county."""
        with session(services.engine, present()) as c:
            asked = counties.query(c, county)
            measure = asked.household_measure
            uploads = store.uploads(c, county, "open")
            rows = store.snapshots(c, county)
            sums = snapshot_sums(c, county, measure)
            revision = counties.revision(c, county)
        newest = next((r.id for r in rows if r.rolled_back_at is None), None)
        return jsonify(
            revision=revision,
            measure=measure,
            uploads=[upload_json(u, measure_of(u, measure), _lang()) for u in uploads],
            snapshots=[snapshot_json(r, sums.get(r.id), newest) for r in rows],
        )

    @api.post("/<county>/look")
    def look_at(county: str) -> Response:  # noqa: ARG001  # its guard looks at it
        """Return what a file seems to hold; nothing is kept.

        With ``sheet`` and ``header`` (a row, from 0) that sheet alone, with its header there.
        """
        header = request.form.get("header", "")
        with _received() as (path, name):
            if header:
                if not header.isdecimal() or len(header) > 6:
                    raise InputError("say the row of the header as a number")
                sheet = sentence(request.form, "sheet", needed=True, most=200) or ""
                found = look_again(path, sheet, int(header))
                return jsonify(file=name, sheets=look_json([found], _lang()))
            return jsonify(file=name, sheets=look_json(look(path), _lang()))

    @api.post("/<county>/open")
    def open_table(county: str) -> Response:
        """Read a table and tie its rows to buildings."""
        form = request.form
        on = day(form, "effective_on")
        if on is None:
            raise InputError("say the day that the counts are of")
        layout = _layout(form.get("layout"))
        source = sentence(form, "source", needed=True, most=60) or ""
        with _received() as (path, name), session(services.engine, present()) as c:
            counties.county(c, county)
            upload_id = store.open_upload(
                c, county, path, name, who(form), sheet=sentence(form, "sheet", most=200),
                columns=layout, effective_on=on, source=source,
                skip_faulty_rows=form.get("skip") == "1",
            )  # fmt: skip
            made = _head(c, upload_id)
        answer = jsonify(made)
        answer.status_code = 201
        return answer

    @api.get("/uploads/<int:upload_id>")
    def one(upload_id: int) -> Response:
        with session(services.engine, present()) as c:
            return jsonify(_head(c, upload_id))

    @api.post("/uploads/<int:upload_id>/discard")
    def discard(upload_id: int) -> Response:
        values = body()
        with session(services.engine, present()) as c:
            store.discard(c, upload_id, who(values), whole(values, "version"))
            return jsonify(_head(c, upload_id))


def _rows(c: Connection, upload_id: int, which: str, offset: int, sought: str) -> RowsValue:
    head = store.upload(c, upload_id)
    measure = _measure(c, head)
    found: list[QueuedRow] = store.queue(c, upload_id, 0, head.rows, states=LISTS[which])
    if which == "ruled":
        found = [r for r in found if r.ruled_by is not None]
        found.sort(key=lambda r: str(r.ruled_at), reverse=True)
    if sought:
        found = [
            r for r in found
            if sought in "".join(filter(None, (r.community, r.estate, r.building, r.address)))
        ]  # fmt: skip
    page = found[offset : offset + MOST_ROWS]
    wanted = {k["building_id"] for r in page for k in r.candidates}
    wanted |= {r.building_id for r in page if r.building_id is not None}
    places = store.places(c, sorted(wanted))
    counted = read.newest_counts(c, head.county, measure)
    return {
        "upload": upload_json(head, measure, _lang()),
        "total": len(found),
        "rows": [row_json(r, measure, _lang()) for r in page],
        "buildings": {i: building_json(i, place, counted) for i, place in places.items()},
    }


def _add_rows(api: Blueprint, services: Services) -> None:
    @api.get("/uploads/<int:upload_id>/rows")
    def rows(upload_id: int) -> Response:
        """Return rows of one list, ``offset`` and after, that hold the text ``sought``."""
        which = request.args.get("list", "queued")
        offset = request.args.get("offset", "0")
        if which not in LISTS or not offset.isdecimal() or len(offset) > 9:
            raise InputError("there is no such list of rows")
        sought = sentence(request.args, "sought", most=60) or ""
        with session(services.engine, present()) as c:
            return jsonify(_rows(c, upload_id, which, int(offset), sought))

    @api.post("/uploads/<int:upload_id>/rule")
    def rule(upload_id: int) -> Response:
        """Say what rows mean: a building, none of ours, or left without one."""
        values = body()
        verdict = next((v for v in VERDICTS if v == values.get("verdict")), None)
        if verdict is None:
            raise InputError("verdict must be building, not_ours or unplaced")
        building = whole_or_none(values, "building")
        with session(services.engine, present()) as c:
            head = store.upload(c, upload_id)
            if building is not None and building_county(c, building) != head.county:
                raise InputError("there is no such building in this county")
            done = store.rule(
                c, upload_id, wholes(values, "rows"), building, verdict, who(values),
                whole(values, "version"),
            )  # fmt: skip
            made = _head(c, upload_id)
        return jsonify(upload=made, ruled=done.ruled, followed=done.followed)

    @api.post("/uploads/<int:upload_id>/unrule")
    def unrule(upload_id: int) -> Response:
        """Take rulings back."""
        values = body()
        with session(services.engine, present()) as c:
            done = store.take_back_ruling(
                c, upload_id, wholes(values, "rows"), who(values), whole(values, "version")
            )
            made = _head(c, upload_id)
        return jsonify(upload=made, ruled=done.ruled, followed=done.followed)

    @api.get("/uploads/<int:upload_id>/preview")
    def seen(upload_id: int) -> Response:
        with session(services.engine, present()) as c:
            return jsonify(preview_json(preview(c, upload_id), _lang()))

    @api.post("/uploads/<int:upload_id>/publish")
    def publish(upload_id: int) -> Response:
        """Make a table the newest counts."""
        values = body()
        with session(services.engine, present()) as c:
            snapshot = store.publish(
                c, upload_id, who(values), whole(values, "version"),
                unplaced=values.get("unplaced") is True, seen=whole(values, "seen"),
            )  # fmt: skip
            made = _head(c, upload_id)
        return jsonify(upload=made, snapshot=snapshot)


def _add_snapshots(api: Blueprint, services: Services) -> None:
    @api.post("/snapshots/<int:snapshot_id>/roll-back")
    def roll_back(snapshot_id: int) -> Response:
        values = body()
        with session(services.engine, present()) as c:
            reason = sentence(values, "reason", needed=True, most=400) or ""
            store.roll_back(c, snapshot_id, who(values), reason)
        return jsonify(done=True)

    @api.post("/snapshots/<int:snapshot_id>/take-back")
    def take_back(snapshot_id: int) -> Response:
        values = body()
        with session(services.engine, present()) as c:
            reason = sentence(values, "reason", most=400) or ""
            store.take_back_roll_back(c, snapshot_id, who(values), reason)
        return jsonify(done=True)

    @api.get("/<county>/find")
    def find(county: str) -> Response:
        """Return buildings that are called like ``sought``."""
        sought = sentence(request.args, "sought", needed=True, most=60) or ""
        with session(services.engine, present()) as c:
            asked = counties.query(c, county)
            found = buildings_called(c, county, sought, MOST_FOUND)
            places = store.places(c, found)
            counted = read.newest_counts(c, county, asked.household_measure)
        return jsonify(buildings=[building_json(i, places[i], counted) for i in found])

    @api.get("/<county>/building")
    def building(county: str) -> Response:
        """Return a building by ``id`` or by place (``lon``, ``lat``), with its counts over time."""
        args = request.args
        with session(services.engine, present()) as c:
            asked = counties.query(c, county)
            wanted = args.get("id", "")
            found: int | None
            if wanted:
                if not wanted.isdecimal() or len(wanted) > 18:
                    raise NotFoundError("there is no such building")
                found = int(wanted)
                if building_county(c, found) != county:
                    raise NotFoundError("there is no such building in this county")
            else:
                lon, lat = (args.get(n, type=float) for n in ("lon", "lat"))
                if lon is None or lat is None or not (abs(lon) <= 180 and abs(lat) <= 90):
                    raise InputError("say the building or a place")
                found = building_at(c, county, lon, lat)
            if found is None:
                return jsonify(building=None)
            place = store.places(c, [found])[found]
            rows = store.history(c, found)
            counted = read.newest_counts(c, county, asked.household_measure)
        return jsonify(
            building=building_json(found, place, counted),
            measure=asked.household_measure,
            history=[
                {
                    "on": r.effective_on.isoformat(),
                    "measure": r.measure,
                    "value": r.value,
                    "source": r.source,
                    "confidence": r.confidence,
                }
                for r in rows
            ],
        )
