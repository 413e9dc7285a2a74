"""The planner's desk: drafts and tools at the left, the map, what is wrong at the right.

The scripts (``assets/pages/planner``) fill the empty parts; every word comes from here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dash import dcc, html

from dashboard import ids
from dashboard.components.frame import Config, base_config, empty_state, frame
from dashboard.components.rights import needs
from dashboard.components.town_map import town_map
from dashboard.pages.planner.division import panel as division
from dashboard.text import catalogue
from dashboard.view import View

TOOLS = (
    ("select", "V", "planner.tool_select"),
    ("brush", "B", "planner.tool_brush"),
    ("lasso", "L", "planner.tool_lasso"),
    ("push", "P", "planner.tool_push"),
    ("split", "X", "planner.tool_split"),
    ("merge", "M", "planner.tool_merge"),
    ("estate", "E", "planner.tool_estate"),
    ("new_grid", "N", "planner.tool_new_grid"),
    ("dissolve", "D", "planner.tool_dissolve"),
    ("lock_grid", "K", "planner.tool_lock_grid"),
    ("lock_plot", "O", "planner.tool_lock_plot"),
)
# Further panels at the left, under the tools: functions of the view. The panel of automatic
# division adds itself here.
PANELS: tuple[Callable[[View], Any], ...] = (division.panel,)


def layout(view: View) -> html.Div:
    """Return the page; without a county it says how to get one."""
    if view.county is None:
        return frame(view, [empty_state(view)])
    body = [
        html.Div(
            [_left(view), _map(view), _right(view)], className="columns planner", id="planner"
        ),
        html.Div(id="planner-compare", hidden=True, role="region"),
        dcc.Store(id=ids.PLANNER_START, data=view.county.code),
    ]
    return frame(view, body, _config(view))


class PlannerConfig(Config):
    """``layers``: none, for the first page's scripts are loaded here too.

    ``ground_waits``: the ground is drawn where the draft is, not first where the county is.
    """

    planner: bool
    ground_waits: bool
    layers: list[str]


def _config(view: View) -> PlannerConfig:
    config = base_config(view)
    words = {
        key: texts[view.lang]
        for key, texts in catalogue().items()
        if key.startswith(("planner.", "unit."))
    }
    return {
        **config,
        "planner": True,
        "ground_waits": True,
        "layers": [],
        "words": {**config["words"], **words},
    }


def _left(view: View) -> html.Aside:
    tools = [
        html.Button(
            [html.Span(view.say(title)), html.Kbd(key)],
            title=f"{view.say(title)} ({key})",
            **{"data-tool": tool, "aria-pressed": "false"},
        )
        for tool, key, title in TOOLS
    ]
    return html.Aside(
        [
            html.Section(id="planner-drafts"),
            html.Details(
                [
                    html.Summary(view.say("planner.tools")),
                    html.Div(tools, id="planner-tools", role="toolbar"),
                    html.Div(
                        [
                            html.Label(view.say("planner.brush_size"), htmlFor="planner-size"),
                            html.Div(id="planner-size-holder"),
                            html.Kbd("[ ]"),
                        ],
                        className="row",
                    ),
                    html.Div(
                        [
                            html.Button(
                                view.say("planner.only_any"),
                                id="planner-only",
                                title=view.say("planner.only_help"),
                            ),
                            html.Kbd("F"),
                            html.Button(
                                view.say("planner.undo"), id="planner-undo", title="Ctrl+Z"
                            ),
                            html.Button(
                                view.say("planner.redo"), id="planner-redo", title="Ctrl+Y"
                            ),
                        ],
                        className="row",
                    ),
                ],
                className="section",
                open=True,
                **{"data-fold": "tools", **needs("plan")},
            ),
            html.P(id="planner-status", role="status"),
            html.Div([panel(view) for panel in PANELS], id="planner-slot"),
            html.Section(
                [html.P(id="planner-totals"), html.Div(id="planner-grids")], className="section"
            ),
        ],
        className="layers planner-left",
        **{"aria-label": view.say("planner.tools")},
    )


def _map(view: View) -> html.Div:
    return html.Div(
        [
            town_map(view, []),
            html.Div(id="planner-hint", role="status"),
            html.Div(id="planner-told", hidden=True, role="status"),
            html.Div(id="planner-notices"),
        ],
        className="planner-map",
    )


def _right(view: View) -> html.Aside:
    return html.Aside(
        [
            html.Div(
                [
                    html.Button(view.say("planner.compare"), id="planner-compare-open"),
                    html.Button(
                        view.say("planner.t_open"),
                        id="planner-territory-open",
                        **{"aria-pressed": "false", **needs("plan")},
                    ),
                    html.Button(view.say("planner.t_record"), id="planner-territory-record"),
                ],
                className="row",
            ),
            html.Section(id="planner-selected", className="section"),
            html.Section(id="planner-findings", className="section"),
            html.Section(id="planner-stages", className="section"),
            html.Section(id="planner-exports", className="section"),
            html.Details(
                [
                    html.Summary(view.say("planner.legend")),
                    html.Ul(
                        [
                            _mark("load-50", view.say("planner.legend_50")),
                            _mark("load-80", view.say("planner.legend_80")),
                            _mark("load-100", view.say("planner.legend_100")),
                            _mark("load-over", view.say("planner.legend_over")),
                            _mark("load-alone", view.say("planner.legend_alone")),
                            _mark("plan-mark-cut", view.say("planner.legend_cut")),
                            _mark("plan-mark-near", view.say("planner.legend_near")),
                        ],
                        className="legend",
                    ),
                ],
                className="section",
                open=True,
            ),
        ],
        id="planner-inspector",
        className="inspector",
        **{"aria-label": view.say("desk.inspector")},
    )


def _mark(css: str, words: str) -> html.Li:
    return html.Li([html.Span(className=f"mark {css}"), html.Span(words)])
