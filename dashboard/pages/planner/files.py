"""Files of plans over HTTP: imports of grid layers, exports."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TypedDict

from flask import Blueprint, Response, jsonify, request

from dashboard.access.principal import present
from dashboard.exports.plan_papers import add_plan_papers, plan_paper
from dashboard.pages.planner.values import FindingValue, draft_json
from dashboard.services import Services
from dashboard.text import Language, language
from dashboard.text.findings import say
from dashboard.text.refusals import reader, refusal
from dashboard.web.bodies import refused, sentence, who
from dashboard.web.papers import answer, download
from data.access.audit import record
from data.engine import session
from data.importers.reading.plan_files import read_grid_file
from data.plans import read
from layers.grids.drafts.from_table import import_table
from layers.grids.drafts.making import DraftOrder, OverlayOutcome, import_polygons
from layers.grids.drafts.plot_store import PlotStore
from layers.kit.errors import InputError, Message
from layers.kit.findings import Finding

SUFFIXES = (".geojson", ".json", ".gpkg", ".zip", ".csv")
MOST_FAULTS = 200
MOST_BYTES = 100 * 1024 * 1024


def add_file_routes(api: Blueprint, services: Services, plot_store: PlotStore) -> None:
    """Add imports and exports."""
    add_plan_papers(services.papers)

    @api.get("/plans/<int:plan_id>/export/<kind>")
    def export(plan_id: int, kind: str) -> Response:
        community = request.args.get("community")
        if community is not None and not (community.isdecimal() and len(community) < 19):
            raise InputError("community must be an id")
        only = None if community is None else int(community)
        encoding = request.args.get("encoding", "utf-8")
        with session(services.engine, present()) as c:
            county = read.plan_head(c, plan_id).code
            wanted = plan_paper(c, county, kind, plan_id, only, encoding)
        return answer(services, wanted, download)

    @api.post("/<county>/drafts/import")
    def import_(county: str) -> Response:
        file = request.files.get("file")
        if file is None or not file.filename:
            raise InputError("the form lacks file")
        suffix = Path(file.filename).suffix.lower()
        if suffix not in SUFFIXES:
            raise InputError("the file must be one of {listed}", listed=", ".join(SUFFIXES))
        form = request.form
        communities = sentence(form, "communities")
        wanted = DraftOrder(
            sentence(form, "name", most=120) or Path(file.filename).stem[:120],
            who(form),
            "empty",
            None if communities is None else _ids(communities),
        )
        crs = sentence(form, "crs", most=40)
        lang = language(request.args.get("lang"))
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"grids{suffix}"
            content = file.stream.read(MOST_BYTES + 1)
            if len(content) > MOST_BYTES:
                return refused(413, Message("the file is over 100 MB"))
            path.write_bytes(content)
            try:
                read_file = read_grid_file(path, crs)
            except InputError as error:
                return _faults(error, lang)
        with session(services.engine, present()) as c:
            if read_file.polygons is not None:
                done = import_polygons(c, plot_store, county, read_file.polygons, wanted)
            else:
                done = import_table(c, plot_store, county, read_file.table or {}, wanted)
            head = read.plan_head(c, done.plan)
            told = {"name": wanted.name}
            record(c, "plan.imported", county, f"plan:{done.plan}", told, by=wanted.by)
            draft = draft_json(head, read.policy(c, county))
        answer = jsonify(draft=draft, report=report_json(done, lang))
        answer.status_code = 201
        return answer


def _faults(error: InputError, lang: Language) -> Response:
    """Return every fault of a file with its row."""
    listed = [
        {
            "code": f.code,
            "severity": f.severity,
            "row": f.row,
            "field": f.field,
            "message": say(f, lang),
        }
        for f in error.findings[:MOST_FAULTS]
    ]
    answer = jsonify(error=refusal(error, reader()), findings=listed)
    answer.status_code = 400
    return answer


def _ids(listed: str) -> tuple[int, ...]:
    parts = [p.strip() for p in listed.split(",")]
    if not all(p.isdecimal() and len(p) < 19 for p in parts):
        raise InputError("communities must be ids with commas between")
    return tuple(int(p) for p in parts)


class ReportValue(TypedDict):
    """What an import changed, community by community."""

    grids: int
    plots: int
    plots_cut: int
    area_moved_m2: int
    households_moved: int
    without_grid_m2: int
    overlap_m2: int
    findings: list[FindingValue]


def report_json(done: OverlayOutcome, lang: Language) -> ReportValue:
    """Return what an import changed, with a sentence for each community and fault."""
    findings: list[FindingValue] = []
    for about, laid in done.overlays.values():
        households = about.graph.problem.households
        for code, amount, plots in (
            ("plots_cut", float(laid.moved_m2.sum()), laid.cut),
            ("polygons_missing", laid.without_grid_m2, laid.orphans),
            ("polygons_overlap", laid.overlap_m2, laid.cut[:0]),
        ):
            if amount < 1 and len(plots) == 0:
                continue
            values = {"name": about.name, "plots": len(plots), "area_m2": round(amount)}
            findings.append(
                {
                    "code": code,
                    "severity": "warning",
                    "grid": None,
                    "community": about.community_id,
                    "plots": plots.tolist(),
                    "values": {**values, "households": int(households[plots].sum())},
                    "message": say(Finding(code, values=values), lang),
                    "waived": False,
                    "hint": None,
                }
            )
    findings += [
        {
            "code": "community_untouched",
            "severity": "info",
            "grid": None,
            "community": None,
            "plots": [],
            "values": {"name": name},
            "message": say(Finding("community_untouched", values={"name": name}), lang),
            "waived": False,
            "hint": None,
        }
        for name in done.missing
    ]
    laid_all = [laid for _, laid in done.overlays.values()]
    return {
        "grids": done.grids,
        "plots": sum(about.graph.plots for about, _ in done.overlays.values()),
        "plots_cut": sum(len(laid.cut) for laid in laid_all),
        "area_moved_m2": round(sum(float(laid.moved_m2.sum()) for laid in laid_all)),
        "households_moved": sum(
            int(about.graph.problem.households[laid.cut].sum())
            for about, laid in done.overlays.values()
        ),
        "without_grid_m2": round(sum(laid.without_grid_m2 for laid in laid_all)),
        "overlap_m2": round(sum(laid.overlap_m2 for laid in laid_all)),
        "findings": findings,
    }
