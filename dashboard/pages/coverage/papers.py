"""Papers of the coverage page: what is shown as a file, and the visit sheet of a grid."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypedDict

from sqlalchemy import Connection

from dashboard.access.principal import present
from dashboard.exports.coverage_tables import SUFFIXES, as_file
from dashboard.exports.visit_sheet import as_html, as_pdf, lay_visits
from dashboard.jobs.papers import PaperOrder
from dashboard.services import Services
from dashboard.text import Language, language
from data.divisions import read_counties as counties
from data.engine import session
from data.exporters.pages import Step, between
from data.jobs.files import JobFile
from layers.coverage_gaps.figures import ASKED, asked
from layers.coverage_gaps.report import Grouping
from layers.kit import clock
from layers.kit.errors import NotFoundError
from layers.kit.json import JsonObject, parsed
from layers.service_circles.store import versions_of

COVERAGE: Final = "coverage_paper"
VISITS: Final = "visit_sheet"
TYPES: Final = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv",
    "gpkg": "application/geopackage+sqlite3",
    "geojson": "application/geo+json",
    "html": "text/html",
    "pdf": "application/pdf",
}


class CoverageRequest(TypedDict):
    """What is stored of a paper that is asked for; ``question``: the names of its address."""

    suffix: str
    lang: Language
    by: Grouping
    grid: str
    question: dict[str, str]


def coverage_paper(services: Services, suffix: str, values: Mapping[str, str]) -> PaperOrder:
    """Return what an address asks for. Raises InputError, NotFoundError."""
    if suffix not in SUFFIXES:
        raise NotFoundError("there is no export as {suffix}", suffix=suffix)
    return _wanted(services, COVERAGE, suffix, values)


def visit_paper(services: Services, suffix: str, values: Mapping[str, str]) -> PaperOrder:
    """Return what an address asks for. Raises InputError, NotFoundError."""
    if suffix not in ("html", "pdf"):
        raise NotFoundError("there is no visit sheet as {suffix}", suffix=suffix)
    return _wanted(services, VISITS, suffix, values)


def _wanted(services: Services, kind: str, suffix: str, values: Mapping[str, str]) -> PaperOrder:
    asked(values)  # what cannot be answered is refused before it waits
    county = values.get("county", "")
    told: CoverageRequest = {
        "suffix": suffix,
        "lang": language(values.get("lang")),
        "by": "communities" if values.get("by") == "communities" else "grids",
        "grid": values.get("grid", ""),
        "question": {name: values[name] for name in ASKED if values.get(name)},
    }
    with session(services.engine, present()) as c:
        query = counties.query(c, county)
        version = versions_of(c, query).short()
    return PaperOrder(kind, county, told, f"{query.revision} {version}")


def add_coverage_papers(services: Services) -> None:
    """Let the workers make these papers."""

    def coverage(c: Connection, county: str, request: JsonObject, step: Step) -> JobFile:
        told = parsed(CoverageRequest, request, "request")
        board = services.boards.get(c, counties.query(c, county))
        step(0.3)
        gaps = board.answer(asked(told["question"]))
        step(0.6)
        content = as_file(c, board, gaps, told["suffix"], told["by"], told["lang"])
        name = f"coverage-{board.county}-{board.data_as_of.isoformat()}-{board.version}"
        return JobFile(f"{name}.{told['suffix']}", TYPES[told["suffix"]], content)

    def visits(c: Connection, county: str, request: JsonObject, step: Step) -> JobFile:
        told = parsed(CoverageRequest, request, "request")
        suffix, grid, lang = told["suffix"], told["grid"], told["lang"]
        board = services.boards.get(c, counties.query(c, county))
        step(0.2)
        gaps = board.answer(asked(told["question"]))
        sheet = lay_visits(c, board, gaps, grid, lang)
        step(0.4)
        page = as_html(board, gaps, sheet, lang, clock.now())
        content = as_pdf(page, between(step, 0.4, 1.0)) if suffix == "pdf" else page.encode()
        name = f"visits-{grid}-{board.data_as_of.isoformat()}.{suffix}"
        return JobFile(name, TYPES[suffix], content)

    services.papers.add(COVERAGE, coverage)
    services.papers.add(VISITS, visits)
