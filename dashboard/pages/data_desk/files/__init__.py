"""导入导出: what came in, from which file, when and by whom."""

from __future__ import annotations

from typing import Any

from dash import html

from dashboard.pages.data_desk.tab import Tab
from dashboard.view import View
from data.engine import transaction
from data.read.imports import import_runs


def layout(view: View) -> Any:
    """Return the list of a county's imports."""
    assert view.county is not None
    with transaction(view.desk.engine) as c:
        runs = import_runs(c, view.county.code)
    if not runs:
        return html.P(view.say("data_files.none"), className="empty")
    heads = (
        *("data_files.at", "data_files.kind", "data_files.file"),
        *("data_files.read", "data_files.written", "data_files.by"),
    )
    return html.Table(
        [
            html.Thead(html.Tr([html.Th(view.say(name)) for name in heads])),
            html.Tbody(
                [
                    html.Tr(
                        [
                            html.Td(f"{run['at']:%Y-%m-%d %H:%M}"),
                            html.Td(view.say(f"import_kind.{run['kind']}")),
                            html.Td(run["file_name"]),
                            html.Td(f"{run['rows_read']:,}"),
                            html.Td(f"{run['rows_written']:,}"),
                            html.Td(run["made_by"]),
                        ]
                    )
                    for run in runs
                ]
            ),
        ],
        className="table",
    )


TAB = Tab("files", "data_files.title", layout)
