"""The panel of 布点建议: the question in plain words, the answer, its proof."""

from __future__ import annotations

from datetime import datetime
from typing import Any, get_args

from dash import dcc, html

from dashboard.components.rights import needs, says
from dashboard.exports.coverage_words import clock_words
from dashboard.pages.coverage import parts
from dashboard.pages.coverage.siting.values import JobValue
from dashboard.text import Language, counted, number, text
from dashboard.view import View
from layers.coverage_gaps.answers.mending import minutes_up
from layers.coverage_gaps.sitings import NUMBER_MAX, SitingAnswer, Weight

GOALS = ("cover", "all", "distance")
PLACES = ("doors", "public", "drawn", "picked")
# The page is written anew every second while a proof runs: hundreds of rows stop a browser.
SITES_SHOWN = 20


def siting_panel(view: View) -> list[Any]:
    """Return the panel of the question; its answer comes below."""
    lang = view.lang
    return [
        html.P(text("coverage.siting_note", lang), className="muted"),
        html.Label(text("coverage.site_goal", lang), htmlFor=parts.SITE_GOAL, className="field"),
        dcc.Dropdown(
            id=parts.SITE_GOAL, value="cover", clearable=False, searchable=False,
            options=[{"label": text(f"coverage_goal.{g}", lang), "value": g} for g in GOALS],
        ),
        html.Label(text("coverage.site_weight", lang), htmlFor=parts.SITE_WEIGHT,
                   className="field"),
        dcc.Dropdown(
            id=parts.SITE_WEIGHT, value="households", clearable=False, searchable=False,
            options=[
                {"label": text(f"coverage_weight.{w}", lang), "value": w} for w in get_args(Weight)
            ],
        ),
        html.Label(text("coverage.site_number", lang), htmlFor=parts.SITE_NUMBER,
                   className="field"),
        dcc.Input(id=parts.SITE_NUMBER, type="number", min=1, max=NUMBER_MAX, step=1, value=3,
                  className="number"),
        html.Label(text("coverage.site_where", lang), htmlFor=parts.SITE_CANDIDATES,
                   className="field"),
        dcc.Dropdown(
            id=parts.SITE_CANDIDATES, value="doors", clearable=False, searchable=False,
            options=[{"label": text(f"coverage_where.{p}", lang), "value": p} for p in PLACES],
        ),
        html.Div(
            [
                html.Button(text("coverage.draw_area", lang), id=parts.SITE_DRAW,
                            **{"aria-pressed": "false"}),
                html.P(text("coverage.draw_note", lang), className="legend-note"),
            ],
            hidden=True, **{"data-candidates": "drawn"},
        ),
        html.Div(
            html.P(text("coverage.pick_note", lang), className="legend-note"),
            hidden=True, **{"data-candidates": "picked"},
        ),
        html.Span(text("coverage.keep", lang), className="unseen"),
        dcc.RadioItems(
            id=parts.SITE_KEEP, value="keep", className="radio stacked",
            options=[
                {"label": text("coverage.keep_existing", lang), "value": "keep"},
                {"label": text("coverage.move_existing", lang), "value": "move"},
            ],
        ),
        html.Div(
            [
                html.Div(
                    [
                        html.Label(text(label, lang), htmlFor=control),
                        dcc.Input(id=control, type="number", min=0, step=1, className="number"),
                    ],
                    className="number-row",
                )
                for label, control in (
                    ("coverage.site_least", parts.SITE_LEAST),
                    ("coverage.site_most", parts.SITE_MOST),
                )
            ],
            id=parts.SITE_CAPACITY,
        ),
        html.Div(
            [
                html.Button(text("coverage.site_start", lang), id=parts.SITE_START,
                            className="primary", **says("work", lang)),
                html.Button(text("coverage.site_cancel", lang), id=parts.SITE_CANCEL,
                            hidden=True, **needs("work")),
            ],
            className="row",
        ),
        html.Div(id=parts.SITE_ANSWER, **{"aria-live": "polite"}),
        dcc.Store(id=parts.SITE_JOB),
        dcc.Store(id=parts.SITE_TAKEN),
        dcc.Store(id=parts.SITE_ASKED),
        dcc.Store(id=parts.SITE_AREA),
        dcc.Store(id=parts.SITE_PICKED),
        dcc.Interval(id=parts.SITE_CLOCKWORK, interval=1000, disabled=True),
    ]  # fmt: skip


def siting_answer(job: JobValue, lang: Language) -> list[Any]:
    """Return an answer in plain words: what it reaches, what is proven, station by station."""
    answer = job["answer"]
    stale = []
    if answer is None:
        return [html.P(text("coverage.site_none", lang), className="says")]
    if job["is_stale"]:
        values = {"at": clock_words(datetime.fromisoformat(answer["changed_at"]))}
        stale = [html.P(text("coverage.site_stale", lang, values), className="says")]
    if not answer["sites"]:
        return [*stale, html.P(text("coverage.site_none", lang), className="says")]
    sentences = [*stale, html.P(_result(answer, lang), className="result")]
    sentences.append(html.P(_proof(job, answer, lang), className="proof"))
    unit = text(f"coverage_unit.{answer['unit']}", lang)
    head = html.Thead(
        html.Tr(
            [
                html.Th(text(key, lang, {"unit": unit}), scope="col")
                for key in ("coverage.site", "coverage.site_gain", "coverage.site_sum")
            ]
        )
    )
    rows = [
        html.Tr(
            [
                html.Th(f"{rank}  {site['name']}", scope="row"),
                html.Td(f"+{_amount(site['gain'], answer, lang)}"),
                html.Td(_amount(site["sum"], answer, lang)),
            ]
        )
        for rank, site in enumerate(answer["sites"][:SITES_SHOWN], start=1)
    ]
    return [
        *sentences,
        html.Table([head, html.Tbody(rows)], className="lines"),
        *_more(len(answer["sites"]) - SITES_SHOWN, lang),
        *_unknown(answer, lang),
        *_curve(answer, lang),
        html.Button(text("coverage.site_to_scenario", lang), id=parts.SITE_SCENARIO,
                    className="to-scenario", **needs("work")),
        html.P(
            text("coverage.site_source", lang,
                 {"candidates": answer["candidates"], "all": answer["all"], "unit": unit,
                  "version": answer["version"], "date": job["as_of"],
                  "changed": clock_words(datetime.fromisoformat(answer["changed_at"]))}),
            className="as-of",
        ),
    ]  # fmt: skip


def _amount(value: float, answer: SitingAnswer, lang: Language) -> str:
    """Write how many are reached: what is counted may be households, or people."""
    return counted(value, lang) if answer["unit"] == "households" else number(value)


def _more(count: int, lang: Language) -> list[Any]:
    """Return how many places only the map shows."""
    if count <= 0:
        return []
    return [html.P(text("coverage.more_sites", lang, {"count": count}), className="legend-note")]


def _unknown(answer: SitingAnswer, lang: Language) -> list[Any]:
    if not answer["unknown"]:
        return []
    words = text("coverage.site_unknown", lang, {"buildings": answer["unknown"]})
    return [html.P(words, className="legend-note")]


def _result(answer: SitingAnswer, lang: Language) -> str:
    values = {
        "number": len(answer["sites"]),
        "before": answer["before"],
        "after": answer["after"],
        "gain": answer["after"] - answer["before"],
        "all": answer["all"],
        "unit": text(f"coverage_unit.{answer['unit']}", lang),
        "reachable": answer["reachable"],
    }
    if answer["goal"] == "distance":
        before, after = answer["mean_before_s"], answer["mean_after_s"]
        values["mean_before"] = "—" if before is None else number(minutes_up(before))
        values["mean_after"] = "—" if after is None else number(minutes_up(after))
    return text(f"coverage_result.{answer['goal']}", lang, values)


def _proof(job: JobValue, answer: SitingAnswer, lang: Language) -> str:
    """Return the sentence of evidence: proven, still being proven, or how far at most."""
    values = {
        "number": len(answer["sites"]),
        "after": answer["after"],
        "unit": text(f"coverage_unit.{answer['unit']}", lang),
        "seconds": round(job["seconds"], 1),
    }
    if answer["proved"]:
        return text(f"coverage_proved.{answer['goal']}", lang, values)
    if job["state"] == "running" and not job["is_lost"]:
        return text("coverage.proving", lang, values)
    ended = {"cancelled": "coverage.proof_cancelled", "failed": "coverage.proof_failed"}
    if job["is_lost"]:
        return text("coverage.proof_again" if job["goes_on"] else "coverage.proof_lost", lang)
    if answer["bound"] is None:
        return text(ended.get(job["state"], "coverage.proof_open"), lang)
    bound = answer["bound"]
    shown = minutes_up(bound) if answer["goal"] == "distance" else int(bound)
    return text(f"coverage_bound.{answer['goal']}", lang, {**values, "bound": shown})


def _curve(answer: SitingAnswer, lang: Language) -> list[Any]:
    """Return households against the number of stations, as bars with their figures."""
    steps = answer["curve"]
    if not steps:
        return []
    top = max(steps[-1] - answer["before"], 1)
    unit = text(f"coverage_unit.{answer['unit']}", lang)
    every = -(-len(steps) // SITES_SHOWN)
    items = [
        html.Li(
            [
                html.Span(number(count), className="step"),
                html.Span(
                    className="bar",
                    style={"width": f"{65 * max(value - answer['before'], 0) / top:.1f}%"},
                ),
                html.Span(_amount(value, answer, lang), className="amount"),
            ]
        )
        for count, value in enumerate([answer["before"], *steps])
        if count % every == 0 or count == len(steps)
    ]
    return [
        html.Section(
            [
                html.H3(
                    text("coverage.curve", lang, {"unit": unit}),
                ),
                html.Ul(items, className="curve"),
            ],
            className="section",
        )
    ]
