"""The panel of automatic division; ``assets/pages/planner/division`` makes its windows."""

from __future__ import annotations

import json
from typing import Any

from dash import html

from dashboard.components.rights import needs
from dashboard.text import catalogue
from dashboard.view import View

ACTIONS = (
    ("divide", "division.open", "main"),
    ("repair", "division.repair", ""),
    ("split", "division.split", ""),
    ("even", "division.even", ""),
    ("results", "division.results", "quiet"),
)


def panel(view: View) -> html.Section:
    """Return the panel with the words that its script says."""
    words = {
        key: texts[view.lang] for key, texts in catalogue().items() if key.startswith("division.")
    }
    buttons: list[Any] = [
        html.Button(
            view.say(title),
            className=css,
            **{"data-division": action, **needs("read" if action == "results" else "plan")},
        )
        for action, title, css in ACTIONS
    ]
    return html.Section(
        [
            html.Details(
                [
                    html.Summary(view.say("division.title"), title=view.say("division.how")),
                    html.Div(buttons, className="row"),
                    html.P(view.say("division.how"), className="muted", **needs("plan")),
                ],
                open=True,
                **{"data-fold": "division"},
            ),
            html.Div(id="division-progress", hidden=True, role="status"),
        ],
        id="division",
        className="section",
        **{"data-words": json.dumps(words, ensure_ascii=False)},
    )
