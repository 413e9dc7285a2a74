"""Text and its ground reach 4.5:1 in both themes (WCAG 2.2, 1.4.3)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ASSETS = Path(__file__).resolve().parents[2] / "assets"
STYLES, SCRIPTS = (
    [f for f in ASSETS.rglob(kind) if not {"vendor", "built"} & set(f.parts)]
    for kind in ("*.css", "*.js")
)
LEAST = 4.5
PAIRS = [
    ("text", "ground"),
    ("text", "panel"),
    ("text", "panel-high"),
    ("muted", "ground"),
    ("muted", "panel"),
    ("muted", "panel-high"),
    ("loud-text", "ground"),
    ("loud-text", "panel"),
    ("loud-text", "panel-high"),
    ("good-text", "panel"),
    ("good-text", "panel-high"),
    ("chosen-text", "ground"),
    ("chosen-text", "panel"),
    ("chosen-text", "panel-high"),
    ("link", "ground"),
    ("link", "panel"),
    ("water-name", "ground"),
]


def themes() -> dict[str, dict[str, str]]:
    css = re.sub(r"/\*.*?\*/", "", (ASSETS / "tokens.css").read_text(encoding="utf-8"), flags=re.S)
    dark, light = re.findall(r":root(?:\[data-theme=\"light\"\])? \{(.*?)\}", css, flags=re.S)
    read = [dict(re.findall(r"--([\w-]+):\s*([^;]+);", block)) for block in (dark, light)]
    return {"dark": read[0], "light": {**read[0], **read[1]}}


def luminance(colour: str) -> float:
    """Relative luminance of sRGB, WCAG 2.2."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a: str, b: str) -> float:
    low, high = sorted((luminance(a), luminance(b)))
    return (high + 0.05) / (low + 0.05)


def test_the_formula_gives_the_standards_own_values() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    # look.md: the fill of what is over the limit is no text colour
    assert contrast("#d55e00", "#f6f8fb") == pytest.approx(3.6, abs=0.1)


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize(("text", "ground"), PAIRS)
def test_text_can_be_read_on_its_ground(theme: str, text: str, ground: str) -> None:
    tokens = themes()[theme]
    assert contrast(tokens[text], tokens[ground]) >= LEAST


def test_both_themes_define_the_same_colours() -> None:
    dark, light = themes()["dark"], themes()["light"]
    css = (ASSETS / "tokens.css").read_text(encoding="utf-8")
    block = css.split('[data-theme="light"]')[1]
    own = dict(re.findall(r"--([\w-]+):\s*([^;]+);", block))
    assert {k for k, v in dark.items() if v.startswith("#")} - own.keys() == set()
    assert light.keys() == dark.keys()


def test_every_token_that_a_style_or_script_uses_is_defined() -> None:
    styles = "".join(file.read_text(encoding="utf-8") for file in STYLES)
    defined = set(re.findall(r"--([a-z][\w-]*):", styles))
    used = set()
    for file in [*STYLES, *SCRIPTS]:
        written = file.read_text(encoding="utf-8")
        used |= set(re.findall(r"var\(--([a-z][\w-]*)", written))
        used |= set(re.findall(r"['\"]--([a-z][\w-]*)['\"]", written))
    assert used - defined == set()


def test_no_text_is_given_the_colour_of_a_fill() -> None:
    fills = {"load-over", "load-50", "load-80", "load-100", "party", "faint"}
    css = "\n".join(file.read_text(encoding="utf-8") for file in STYLES)
    as_text = set(re.findall(r"(?<![\w-])color:\s*var\(--([\w-]+)\)", css))
    assert as_text & fills == set()
