"""Papers over HTTP: an address of a paper answers with the file, or with the job that makes it.

``GET`` of such an address waits and answers with the file. With the header ``Prefer:
respond-async`` (RFC 7240) it answers 202 with the job; then ``/api/papers/<id>`` tells how far it
is, ``/api/papers/<id>/file`` has the file, ``/api/papers/<id>/cancel`` gives it up.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NotRequired, TypedDict

from flask import Flask, Response, jsonify, request

from dashboard.jobs.papers import PaperOrder, Ticket
from dashboard.services import Services
from dashboard.text import text
from dashboard.text.refusals import reader, told
from dashboard.web.api import make_api
from dashboard.web.bodies import as_download, body, sentence
from data.jobs.files import JobFile
from data.jobs.read import JobRow

PREFERENCE = "respond-async"
SILENT_S = 5.0  # of a worker that gives a sign of life twice a second


def answer(
    services: Services, wanted: PaperOrder, as_answer: Callable[[JobFile], Response]
) -> Response:
    """Answer with a paper, or, where the request prefers it, with its job."""
    if PREFERENCE not in request.headers.get("Prefer", "").lower():
        return as_answer(services.papers.get(wanted))
    ticket = services.papers.ask(wanted)
    made = jsonify(paper_json(services.papers.standing(ticket.job), ticket))
    made.status_code = 202
    made.headers["Location"] = f"/api/papers/{ticket.job}"
    made.headers["Preference-Applied"] = PREFERENCE
    return fresh(made)


def download(made: JobFile) -> Response:
    """Return a file as a download."""
    return fresh(as_download(Response(made.content, mimetype=made.media_type), made.name))


def fresh(made: Response) -> Response:
    """Let no browser keep an answer."""
    made.headers["Cache-Control"] = "no-store"
    return made


class PaperValue(TypedDict):
    """How a paper stands, as the page shows it; ``asker``: what cancels with, for who asked."""

    id: int
    state: str
    progress: float
    message: str
    asker: NotRequired[str]


def paper_json(found: JobRow, ticket: Ticket | None = None) -> PaperValue:
    """Return how a paper stands in the reader's language."""
    lang = reader()
    lost = found.state == "running" and (found.silent_s or 0.0) > SILENT_S
    if found.state == "failed":
        message = told(found.message, lang) or ""
    elif lost or (found.state == "running" and found.tries > 1):
        message = text("papers.again", lang)
    else:
        message = text("papers.waiting" if found.state == "waiting" else "papers.making", lang)
    value: PaperValue = {
        "id": found.id,
        "state": found.state,
        "progress": round(found.progress, 3),
        "message": message,
    }
    return value if ticket is None else {**value, "asker": ticket.asker}


def add_paper_routes(server: Flask, services: Services) -> None:
    """Add every address under ``/api/papers``."""
    api = make_api("papers")

    @api.get("/<int:job_id>")
    def one(job_id: int) -> Response:
        return fresh(jsonify(paper_json(services.papers.standing(job_id))))

    @api.get("/<int:job_id>/file")
    def file(job_id: int) -> Response:
        return download(services.papers.file(job_id))

    @api.post("/<int:job_id>/cancel")
    def cancel(job_id: int) -> Response:
        asker = sentence(body(), "asker", needed=True, most=64) or ""
        services.papers.standing(job_id)  # NotFoundError for a paper of somebody else
        services.papers.leave(Ticket(job_id, asker))
        return fresh(jsonify(paper_json(services.papers.standing(job_id))))

    server.register_blueprint(api)
