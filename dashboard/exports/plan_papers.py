"""Files of plans as papers: what an address asks for, and how the queue makes it."""

from __future__ import annotations

from typing import Final, Literal, TypedDict

from sqlalchemy import Connection

from dashboard.exports.plan import check_format, export_plan
from dashboard.jobs.papers import PaperOrder, Papers
from data.exporters.pages import Step
from data.jobs.files import JobFile
from data.plans.read_exports import rests_on
from layers.kit.json import JsonObject, parsed

KIND: Final = "plan_paper"


class PlanRequest(TypedDict):
    """What is stored of a paper that is asked for."""

    form: str
    plan: int | Literal["in-force"]
    community: int | None
    encoding: str


def add_plan_papers(papers: Papers) -> None:
    """Let the workers make files of plans."""
    papers.add(KIND, _make)


def plan_paper(
    c: Connection,
    county: str,
    form: str,
    plan: int | Literal["in-force"] = "in-force",
    community: int | None = None,
    encoding: str = "UTF-8",
) -> PaperOrder:
    """Return what is asked for, as ``export_plan`` takes it. Raises InputError, NotFoundError."""
    check_format(form, encoding)
    asked: PlanRequest = {
        "form": form,
        "plan": plan,
        "community": community,
        "encoding": encoding.upper(),
    }
    return PaperOrder(KIND, county, asked, rests_on(c, county))


def _make(c: Connection, county: str, request: JsonObject, step: Step) -> JobFile:
    asked = parsed(PlanRequest, request, "request")
    return export_plan(
        c, county, asked["form"], asked["plan"], asked["community"], asked["encoding"], step
    )
