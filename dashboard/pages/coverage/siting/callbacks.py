"""Callbacks of 布点建议: questions go by the routes; here an answer and its proof are shown."""

from __future__ import annotations

from typing import Any

from dash import Dash, Input, Output, State, ctx, html, no_update

from dashboard import ids
from dashboard.pages.coverage import parts
from dashboard.pages.coverage.siting.panel import siting_answer
from dashboard.pages.coverage.siting.routes import job_of
from dashboard.pages.coverage.siting.values import AskedSiting, JobHeld
from dashboard.services import Services
from dashboard.view import make_view


def register(app: Dash, services: Services) -> None:
    """Add the callbacks to an application."""

    @app.callback(
        Output(parts.SITE_JOB, "data"),
        Output(parts.SITE_ANSWER, "children"),
        Output(parts.SITE_CLOCKWORK, "disabled"),
        Output(parts.SITE_CANCEL, "hidden"),
        Input(parts.SITE_ASKED, "data"),
        Input(parts.SITE_CLOCKWORK, "n_intervals"),
        Input(parts.CURRENT, "data"),
        State(parts.SITE_JOB, "data"),
        State(ids.URL, "search"),
        prevent_initial_call=True,
    )
    def site(
        asked: AskedSiting | None, _ticks: int | None, _current: Any, job: JobHeld | None,
        search: str,
    ) -> Any:  # fmt: skip
        """Show how far the question is that the page asked last."""
        view = make_view(services, search or "")
        is_new = ctx.triggered_id == parts.SITE_ASKED
        if is_new and asked and asked["says"]:
            return None, [html.P(asked["says"], className="says")], True, True
        number = asked["id"] if is_new and asked else job and job["id"]
        if view.county is None or number is None:
            return (no_update,) * 4
        found = job_of(services, view.county.code, int(number))
        answer, goes_on = found["answer"], found["goes_on"]
        kept: JobHeld = {"id": found["id"], "sites": answer["sites"] if answer else []}
        return kept, siting_answer(found, view.lang), not goes_on, not goes_on
