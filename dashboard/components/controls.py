"""A layer's controls as components: the page renders whatever the layer declares.

Values of the address choose what is set at first; a value that is not there is passed over.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from dash import dcc, html

from dashboard import ids
from dashboard.text import Language, catalogue, percent, text
from layers.kit.layer import Control, Option, Sentence, Share

MARKS = 4


def control_value(control: Control, params: Mapping[str, str], chosen: str | None) -> Any:
    """Return what a control is set to at first. ``chosen``: the layer of what is chosen."""
    if control.kind == "days":
        return _days_value(control, params)
    asked = params.get(control.name, control.value)
    if control.kind == "subject" and asked == "one" and chosen != control.of:
        return control.value
    return asked if asked in {option.value for option in control.options} else control.value


def control_parameters(
    control: Control, value: Any, selected: Mapping[str, str] | None
) -> dict[str, str]:
    """Return the parameters that a control's value stands for; the absent are left out."""
    if control.kind == "days":
        if not control.days or value is None:
            return {}
        first, last = control.days
        if value[0] == 0 and value[1] == (last - first).days:
            return {}
        days = [date.fromordinal(first.toordinal() + int(offset)) for offset in value]
        return {"first": days[0].isoformat(), "last": days[1].isoformat()}
    if control.kind == "day" and value == control.usual:
        return {}
    values = {control.name: str(value)} if value else {}
    of_one = control.kind == "subject" and value == "one"
    if of_one and control.parameter and selected and selected["layer"] == control.of:
        values[control.parameter] = selected["id"]
    return values


def render(layer: str, control: Control, value: Any, lang: Language) -> list[Any]:
    """Return a control with its label; a sentence where there is nothing to set."""
    if control.kind == "days":
        made = _days(layer, control, value)
    else:
        make = _subject if control.kind == "subject" else _choice
        made = [make(layer, control, value, lang)]
    is_empty = control.days is None if control.kind == "days" else not control.options
    if is_empty:
        # Callbacks are tied to the control, so it is there, unseen.
        said = [html.P(text(control.empty, lang), className="legend-note")] if control.empty else []
        return [*said, html.Div(made, hidden=True)]
    label = [html.Span(text(control.label, lang), className="field")] if control.label else []
    return [html.Div([*label, *made], className=f"control control-{control.name}")]


def says(said: tuple[Sentence, ...], lang: Language) -> list[Any]:
    """Return what a layer says of what it shows."""
    return [part for one in said for part in _sentence(one, lang)]


def _sentence(one: Sentence, lang: Language) -> list[Any]:
    parts: list[Any] = []
    if one.key:
        words = {k: percent(v.value) if isinstance(v, Share) else v for k, v in one.words.items()}
        css = "legend-note" if one.is_note else "said"
        parts.append(html.P(text(one.key, lang, words), className=css))
    if one.scale:
        parts.append(html.Div([html.Span(end) for end in one.scale], className="heat-scale"))
    return parts


def _label(option: Option, lang: Language) -> str:
    known = option.label in catalogue()
    words = text(option.label, lang, option.words) if known else option.value
    return words if option.count is None else f"{words} ({option.count})"


def _options(control: Control, lang: Language) -> list[dict[str, str]]:
    return [{"label": _label(o, lang), "value": o.value} for o in control.options]


def _choice(layer: str, control: Control, value: Any, lang: Language) -> Any:
    return dcc.Dropdown(
        id=ids.control(layer, control.name, control.kind),
        options=_options(control, lang),
        value=value if control.options else None,
        clearable=False,
        searchable=False,
    )


def _subject(layer: str, control: Control, value: Any, lang: Language) -> Any:
    return dcc.RadioItems(
        id=ids.control(layer, control.name, control.kind),
        options=_options(control, lang),
        value=value,
        inline=True,
        className="radio",
    )


def _days(layer: str, control: Control, value: Any) -> list[Any]:
    first, last = control.days or (date(2000, 1, 1), date(2000, 1, 1))
    marks = {(day - first).days: {"label": f"{day:%Y-%m}"} for day in _months(first, last)}
    return [
        html.Div(className="span-words", **{"data-days": layer}),
        dcc.RangeSlider(
            id=ids.control(layer, control.name, control.kind),
            min=0,
            max=(last - first).days,
            step=1,
            value=value,
            marks=marks,
            allowCross=False,
            updatemode="mouseup",
            allow_direct_input=False,
        ),
    ]


def _days_value(control: Control, params: Mapping[str, str]) -> list[int]:
    if control.days is None:
        return [0, 0]
    first, last = control.days
    top = (last - first).days
    return sorted(
        [_offset(params, "first", first, 0, top), _offset(params, "last", first, top, top)]
    )


def _offset(params: Mapping[str, str], name: str, first: date, default: int, top: int) -> int:
    try:
        offset = (date.fromisoformat(params[name]) - first).days
    except (KeyError, ValueError):
        return default
    return min(max(offset, 0), top)


def _months(first: date, last: date) -> list[date]:
    """Return at most five first days of months, evenly apart: more would run into each other."""
    span = (last.year - first.year) * 12 + last.month - first.month
    step = next((n for n in (1, 2, 3, 6, 12, 24, 36, 60) if span // n <= MARKS), 120)
    days = []
    for month in range(first.year * 12 + first.month, last.year * 12 + last.month):
        if month % step == 0:
            days.append(date(month // 12, month % 12 + 1, 1))
    return days
