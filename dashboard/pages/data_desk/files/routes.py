"""Files over HTTP: give one, look at it, have it judged, import it; exports and templates.

Under ``/api/files``; a change needs the header ``X-Getu``.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import IO, Any, Final

from flask import Blueprint, Flask, Response, jsonify, request
from sqlalchemy import Connection

from dashboard.access.principal import need, present
from dashboard.exports.cells import csv_bytes
from dashboard.exports.plan import FORMATS as PLAN_FORMATS
from dashboard.exports.plan_papers import add_plan_papers, plan_paper
from dashboard.pages.data_desk.files import jobs, words
from dashboard.pages.data_desk.files.values import FaultsValue, UploadQuestion
from dashboard.services import Services
from dashboard.text import Language, language, text
from dashboard.web.api import make_api
from dashboard.web.bodies import as_download, body, sentence, who
from dashboard.web.papers import answer as paper
from dashboard.web.papers import download
from data.access.actions import Action
from data.access.audit import record
from data.divisions import read_counties as counties
from data.engine import session
from data.exporters.kinds import FORMATS, export_file, template_file
from data.exporters.tables import MEDIA
from data.files.read_uploads import open_uploads, upload, write_upload
from data.files.write_uploads import MOST_BYTES, check_quota, discard_upload, keep_upload
from data.importers.reading.look import Look, look_at
from data.jobs import read as read_jobs
from data.jobs import write as write_jobs
from data.jobs.read import JobRow
from layers.kit.errors import ConflictError, InputError, NotFoundError
from layers.kit.json import parsed

MOST_BODY: Final = 1_000_000
PART: Final = 1 << 20
UNSEEN: Final = ("elevation",)  # no rows to look at


def add_routes(server: Flask, services: Services) -> None:
    """Add every address under ``/api/files`` to a Flask server."""
    api = make_api(
        "files",
        most_body=MOST_BODY,
        most_upload=MOST_BYTES + PART,
        uploads=("give",),
        faults=_faults,
    )

    _add_uploads(api, services)
    _add_jobs(api, services)
    _add_downloads(api, services)
    server.register_blueprint(api)


def _faults(error: InputError) -> FaultsValue:
    """Return every fault with its sentence."""
    kind = request.args.get("kind", "")
    found = jobs.refused_json(error)["findings"]
    return {"findings": [words.finding_json(f, kind, _lang()) for f in found]}


def _add_uploads(api: Blueprint, services: Services) -> None:
    @api.post("/<county>/uploads")
    def give(county: str) -> Response:
        """Store the body as a file of a kind (?kind=&name=&by=); tell what is in it."""
        kind = _kind(request.args.get("kind"))
        name = sentence(request.args, "name", needed=True, most=200) or ""
        by = who(request.args, "-")
        services.revision(county)
        # Read whole before a transaction begins: a slow line must not hold the database.
        with tempfile.TemporaryFile() as spooled:
            size = sum(spooled.write(part) for part in _parts(request.stream))
            spooled.seek(0)
            with session(services.engine, present()) as c:
                check_quota(c, county, by, size, services.upload_bytes)
                own = keep_upload(c, county, kind, name, _parts(spooled), by)
                about = upload(c, own)
                told = {"kind": kind, "bytes": about.bytes, "sha256": about.sha256}
                record(c, "file.given", county, f"upload:{own}", told, by=by)
                look = _look(c, own, kind)
        answer = jsonify(
            id=own,
            kind=kind,
            name=name,
            bytes=about.bytes,
            sha256=about.sha256,
            look=None if look is None else words.look_json(kind, look, _lang()),
        )
        answer.status_code = 201
        return answer

    @api.get("/<county>/uploads")
    def waiting(county: str) -> Response:
        """Return the files that somebody gave and nobody imported yet."""
        with session(services.engine, present()) as c:
            found = open_uploads(c, county)
        return jsonify(
            uploads=[
                {
                    "id": row.id,
                    "kind": row.kind,
                    "name": row.file_name,
                    "bytes": row.bytes,
                    "by": row.made_by,
                }
                for row in found
                if row.kind in words.COLUMNS
            ]
        )

    @api.get("/uploads/<int:upload_id>/look")
    def look(upload_id: int) -> Response:
        """Look at another sheet or layer, or read with another encoding."""
        with session(services.engine, present()) as c:
            kind = upload(c, upload_id).kind
            found = _look(c, upload_id, kind)
        return jsonify(look=None if found is None else words.look_json(kind, found, _lang()))

    @api.delete("/uploads/<int:upload_id>")
    def discard(upload_id: int) -> Response:
        with session(services.engine, present()) as c:
            record(c, "file.discarded", None, f"upload:{upload_id}")
            discard_upload(c, upload_id)
        return jsonify(discarded=upload_id)


def _parts(stream: IO[bytes]) -> Iterator[bytes]:
    while part := stream.read(PART):
        yield part


def _look(c: Connection, upload_id: int, kind: str) -> Look | None:
    if kind in UNSEEN:
        return None
    layer, encoding = request.args.get("layer") or None, request.args.get("encoding") or None
    with tempfile.TemporaryDirectory() as folder:
        path = write_upload(c, upload_id, Path(folder))
        return look_at(path, words.COLUMNS[kind], layer=layer, encoding=encoding)


def _add_jobs(api: Blueprint, services: Services) -> None:
    def ask(upload_id: int, kind: str) -> Response:
        values = body()
        asked = asked_of(values, upload_id)
        by = who(values, "-")
        with session(services.engine, present()) as c:
            about = upload(c, upload_id)
            if about.state != "open":
                raise ConflictError("this file was imported already")
            if write_jobs.waiting(c, about.code, kind) >= write_jobs.MOST_WAITING:
                raise ConflictError("too many files are waiting: cancel one, or wait")
            job_id = write_jobs.create_job(c, about.code, kind, asked, by)
            action: Action = "file.import_asked" if kind == jobs.IMPORT else "file.judge_asked"
            record(c, action, about.code, f"upload:{upload_id}", {"job": job_id}, by=by)
            answer = jsonify(words.job_json(read_jobs.job(c, job_id), _lang()))
        services.jobs.wake()
        answer.status_code = 202
        return answer

    @api.post("/uploads/<int:upload_id>/judge")
    def judge(upload_id: int) -> Response:
        return ask(upload_id, jobs.JUDGE)

    @api.post("/uploads/<int:upload_id>/import")
    def bring(upload_id: int) -> Response:
        return ask(upload_id, jobs.IMPORT)

    @api.get("/jobs/<int:job_id>")
    def one(job_id: int) -> Response:
        with session(services.engine, present()) as c:
            row = _job(c, job_id)
            found = words.job_json(row, _lang())
            if row.state == "done":
                result = words.stored_result(read_jobs.job_result(c, job_id))
                found["result"] = words.result_json(result, _kind_of(row), _lang())
        return jsonify(found)

    @api.post("/jobs/<int:job_id>/cancel")
    def cancel(job_id: int) -> Response:
        with session(services.engine, present()) as c:
            if _job(c, job_id).kind == jobs.IMPORT:
                need("plan")  # who may not import stops no import
            write_jobs.request_cancel(c, job_id)
            record(c, "file.cancelled", None, f"job:{job_id}")
            return jsonify(words.job_json(read_jobs.job(c, job_id), _lang()))

    @api.get("/jobs/<int:job_id>/faults.csv")
    def faults(job_id: int) -> Response:
        """Return every fault that was found, for a spreadsheet."""
        lang = _lang()
        with session(services.engine, present()) as c:
            row = _job(c, job_id)
            result = words.stored_result(read_jobs.job_result(c, job_id))
        listed = [
            words.finding_json(f, _kind_of(row), lang)
            for f in ([] if "already" in result else result["findings"])
        ]
        head = [text(f"data_files.fault.{n}", lang) for n in ("row", "line", "field", "severity",
                                                              "message")]  # fmt: skip
        rows = [
            (f["row"], f["line"], f["field"], text(f"import.severity.{f['severity']}", lang),
             f["message"])
            for f in listed
        ]  # fmt: skip
        answer = Response(csv_bytes(head, rows), mimetype="text/csv")
        return as_download(answer, f"{text('data_files.faults', lang)}.csv")


def _add_downloads(api: Blueprint, services: Services) -> None:
    add_plan_papers(services.papers)

    @api.get("/templates/<kind>.xlsx")
    def template(kind: str) -> Response:
        lang = _lang()
        content = template_file(kind, lang, lambda key: text(key, lang))
        name = f"{text('data_files.template', lang)} {text(f'import_kind.{kind}', lang)}.xlsx"
        return as_download(Response(content, mimetype=MEDIA["xlsx"]), name)

    @api.get("/<county>/export/<what>.<form>")
    def export(county: str, what: str, form: str) -> Response:
        lang = _lang()
        if what == "plan" and form in PLAN_FORMATS:
            return plan_in_force(county, form)
        if what not in FORMATS or form not in MEDIA:
            raise NotFoundError("there is no export {what}.{form}", what=what, form=form)
        with session(services.engine, present()) as c:
            title = counties.county(c, county)
            content = export_file(c, what, county, form, lang, lambda key: text(key, lang))
        place = title.name_en if lang == "en" else title.name
        name = f"{place} {text(f'import_kind.{what}', lang)} {title.data_as_of:%Y-%m-%d}.{form}"
        answer = as_download(Response(content, mimetype=MEDIA[form]), name)
        answer.headers["Cache-Control"] = "no-store"
        return answer

    def plan_in_force(county: str, form: str) -> Response:
        with session(services.engine, present()) as c:
            counties.county(c, county)
            wanted = plan_paper(c, county, form)
        return paper(services, wanted, download)


def asked_of(values: Mapping[str, object], upload_id: int) -> UploadQuestion:
    """Return what a page asks for, checked field by field. Raises InputError."""
    columns = values.get("columns") or {}
    if not isinstance(columns, dict) or len(columns) > 100:
        raise InputError("columns must be an object: ours to theirs")
    if not all(isinstance(v, str) and len(v) <= 200 for v in (*columns, *columns.values())):
        raise InputError("columns must name columns")
    day = sentence(values, "as_of", most=10)
    if day is not None:
        try:
            date.fromisoformat(day)
        except ValueError:
            raise InputError("{day} is not a date: write YYYY-MM-DD", day=day) from None
    kind = _kind(values.get("kind"))
    return {
        "upload": upload_id,
        "kind": kind,
        "columns": {k: v for k, v in columns.items() if v},
        "crs": sentence(values, "crs", most=2000),
        "layer": sentence(values, "layer", most=200),
        "encoding": sentence(values, "encoding", most=40),
        "source": sentence(values, "source", most=80),
        "digest": sentence(values, "digest", most=64),
        "as_of": day,
        "skip": values.get("skip") is True,
    }


def _kind(value: Any) -> str:
    if not isinstance(value, str) or value not in words.COLUMNS:
        raise InputError("choose what the file holds: {listed}", listed=", ".join(words.COLUMNS))
    return value


def _kind_of(row: JobRow) -> str:
    return parsed(UploadQuestion, row.request, "request")["kind"]


def _job(c: Connection, job_id: int) -> JobRow:
    row = read_jobs.job(c, job_id)
    if row.kind not in (jobs.JUDGE, jobs.IMPORT):
        raise NotFoundError("there is no job {job_id} of files", job_id=job_id)
    return row


def _lang() -> Language:
    return language(request.args.get("lang"))
