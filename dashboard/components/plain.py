"""A component tree as plain HTML: what a page shows until its scripts have drawn it."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from dash.development.base_component import Component

_VOID = {"br", "hr", "img", "input"}
_NAMES = {"className": "class", "htmlFor": "for", "tabIndex": "tabindex", "colSpan": "colspan",
          "rowSpan": "rowspan", "title": "title", "href": "href", "role": "role",
          "action": "action", "method": "method", "name": "name", "type": "type"}  # fmt: skip


def plain(part: Any) -> str:
    """Return a component, text or list as HTML; ids are left out, they belong to the live page."""
    if part is None or isinstance(part, bool):
        return ""
    if isinstance(part, list | tuple):
        return "".join(plain(one) for one in part)
    if not isinstance(part, Component):
        return escape(str(part))
    kind, values = type(part).__name__, part.to_plotly_json()["props"]
    if part._namespace == "dash_html_components":
        return _element(kind.lower(), values)
    if kind == "Loading":
        return plain(values.get("children"))
    if kind == "Dropdown":
        return _dropdown(values)
    if kind in ("Checklist", "RadioItems"):
        return _options(kind, values)
    if kind == "RangeSlider":
        return '<div class="first-slider"></div>'
    return ""  # stores, the address, the map: nothing to read


def _element(tag: str, values: Mapping[str, Any]) -> str:
    if values.get("hidden"):
        return ""
    written = "".join(
        f' {_NAMES.get(name, name)}="{escape(str(value))}"'
        for name, value in values.items()
        if (name in _NAMES or name.startswith(("aria-", "data-"))) and value is not None
    )
    if values.get("style"):
        rules = ";".join(f"{_kebab(k)}:{v}" for k, v in values["style"].items())
        written += f' style="{escape(rules)}"'
    if tag in _VOID:
        return f"<{tag}{written}>"
    return f"<{tag}{written}>{plain(values.get('children'))}</{tag}>"


def _kebab(name: str) -> str:
    return "".join(f"-{c.lower()}" if c.isupper() else c for c in name)


def _dropdown(values: Mapping[str, Any]) -> str:
    chosen = next(
        (o["label"] for o in values.get("options") or () if o["value"] == values.get("value")), ""
    )
    css = escape(values.get("className") or "")
    return f'<div class="first-dropdown {css}">{escape(str(chosen))}</div>'


def _options(kind: str, values: Mapping[str, Any]) -> str:
    chosen = values.get("value")
    chosen = chosen if isinstance(chosen, list) else [chosen]
    form = "checkbox" if kind == "Checklist" else "radio"
    lines = "".join(
        f'<label><input type="{form}" disabled{" checked" if o["value"] in chosen else ""}>'
        f"{escape(str(o['label']))}</label>"
        for o in values.get("options") or ()
    )
    return f'<div class="{escape(values.get("className") or "")}">{lines}</div>'
