"""导入导出: files in, judged before anything is written; files out; what came in and when."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import html

from dashboard.access.principal import present
from dashboard.components.town_map import town_map
from dashboard.exports.coverage_tables import SUFFIXES as COVERAGE_FORMATS
from dashboard.exports.plan import FORMATS as PLAN_FORMATS
from dashboard.pages.data_desk.files.routes import add_routes
from dashboard.pages.data_desk.files.words import COLUMNS
from dashboard.pages.data_desk.tab import Tab
from dashboard.view import View
from data.engine import session
from data.exporters.kinds import FORMATS, TEMPLATES
from data.files.read_imports import ImportRun, import_runs
from layers.kit import clock

# In the order in which a county's files build on each other.
KINDS = ("stations", "demands", "duty", "streets", "buildings", "divisions", "elevation")
# Their own tabs, and the template where there is one.
ELSEWHERE = (
    ("households", "import_kind.households", "households"),
    ("cases", "import_kind.grids", None),
)


def layout(view: View) -> Any:
    """Return the panel of choices, the place where a file is looked at, and the list of imports.

    Scripts (assets/pages/data_desk/files) fill the first two; the list is there without them.
    """
    return html.Div(
        [
            html.Aside(
                html.P(view.say("data_files.loading"), className="muted"),
                id="files-panel",
                className="layers",
                **{"aria-label": view.say("data_files.bring")},
            ),
            html.Div(
                [
                    html.Div(id="files-work", **{"aria-live": "polite"}),
                    html.Div(town_map(view, []), id="files-map", hidden=True),
                    html.Div(id="files-more"),
                    html.Div(runs(view), id="files-runs"),
                ],
                className="files-main",
            ),
        ],
        className="files-page",
    )


def runs(view: View) -> list[Any]:
    """Return the list of a county's imports."""
    assert view.county is not None
    with session(view.services.engine, present()) as c:
        found = import_runs(c, view.county.code)
    title = html.H2(view.say("data_files.runs"))
    if not found:
        return [title, html.P(view.say("data_files.none"), className="muted")]
    heads = (
        *("data_files.at", "data_files.kind", "data_files.file", "data_files.as_of"),
        *("data_files.read", "data_files.written", "data_files.changes", "data_files.by"),
    )
    table = html.Table(
        [
            html.Thead(html.Tr([html.Th(view.say(name)) for name in heads])),
            html.Tbody([_run(view, run) for run in found]),
        ],
        className="table",
    )
    return [title, html.Div(table, className="wide")]


def _run(view: View, run: ImportRun) -> html.Tr:
    changes = run.changes
    by = {"command line": view.say("data_files.command_line"), "-": "—"}
    return html.Tr(
        [
            html.Td(clock.minute(run.at)),
            html.Td(view.say(f"import_kind.{run.kind}")),
            html.Td([run.file_name, html.Small(run.sha256[:12], title=run.sha256)]),
            html.Td(run.as_of.isoformat() if run.as_of else "—"),
            html.Td(f"{run.rows_read:,}", className="number"),
            html.Td(f"{run.rows_written:,}", className="number"),
            html.Td(view.say("note.changes", changes) if changes else "—"),
            html.Td(by.get(run.made_by, run.made_by)),
        ]
    )


def config(view: View) -> Mapping[str, object]:
    """Return what the script starts with: kinds, formats, templates."""
    assert view.county is not None
    county = view.county.code
    return {
        "kinds": [
            {
                "key": kind,
                "words": view.say(f"import_kind.{kind}"),
                "help": view.say(f"data_files.help.{kind}"),
                "template": kind in TEMPLATES,
                "place": kind != "duty",
                "updates": bool(COLUMNS[kind]),
            }
            for kind in KINDS
        ],
        "elsewhere": [
            {"tab": tab, "words": view.say(title), "template": template}
            for tab, title, template in ELSEWHERE
        ],
        "exports": [
            {"key": what, "words": view.say(f"import_kind.{what}"), "formats": formats}
            for what, formats in FORMATS.items()
        ],
        # What comes of a county's data; it goes out only.
        "results": [
            {
                "words": view.say("data_files.result_plan"),
                "href": f"/api/files/{county}/export/plan.{{form}}?lang={view.lang}",
                "formats": tuple(PLAN_FORMATS),
            },
            {
                "words": view.say("data_files.result_coverage"),
                "href": f"/coverage/export.{{form}}?county={county}&lang={view.lang}",
                "formats": tuple(COVERAGE_FORMATS),
            },
        ],
    }


TAB = Tab(
    "files",
    "data_files.title",
    layout,
    routes=add_routes,
    words=("data_files.", "import.severity."),
    config=config,
)
