"""Every sentence of the program, Chinese first, English beside it.

One TOML file per slice: ``layers/<slice>/text.toml`` beside what it names, and the rest in the
folders beside this file, named after the pages. A key is a table with ``zh`` and ``en``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal, get_args

from layers.kit import few
from layers.kit.words import Words

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
ROOT = Path(__file__).resolve().parents[2]


def language(value: str | None) -> Language:
    """Return a supported language; Chinese unless English was asked for."""
    return "en" if value == "en" else "zh"


@cache
def catalogue() -> Mapping[str, Mapping[str, str]]:
    """Return all texts by key. Raises ValueError when a key is doubled or misses a language."""
    texts: dict[str, dict[str, str]] = {}
    for file in text_files():
        for key, entry in tomllib.loads(file.read_text(encoding="utf-8")).items():
            if key in texts:
                raise ValueError(f"text key {key} is defined twice, again in {file.name}")
            missing = [name for name in LANGUAGES if not entry.get(name)]
            if missing:
                raise ValueError(f"text key {key} in {file.name} lacks {', '.join(missing)}")
            texts[key] = entry
    return texts


APART = ("help", "refusals", "notes")


def text_files() -> list[Path]:
    """Return the files of the catalogue.

    Not those of ``refusals``, ``help`` and ``notes``, where the English sentence is the key.
    """
    here = Path(__file__).resolve().parent
    own = [file for file in here.rglob("*.toml") if file.parent.name not in APART]
    return [*sorted((ROOT / "layers").glob("*/text.toml")), *sorted(own)]


def text(key: str, lang: Language, values: Words | None = None) -> str:
    """Return the sentence of a key, with ``{name}`` filled from ``values``.

    Numbers get thousands separators. Raises KeyError for a key that is not in the catalogue.
    """
    sentence = catalogue()[key][lang]
    if not values:
        return sentence
    shown = {name: _shown(name, value, lang) for name, value in values.items()}
    return sentence.format(**shown)


def _shown(name: str, value: object, lang: Language) -> object:
    if not isinstance(value, int | float):
        return value
    # A gap is known by its name, as a field is: the number of a few households is not said.
    return counted(value, lang) if name in few.COUNTS else number(value)


def counted(households: float | int | None, lang: Language) -> str:
    """Write a number of households: of 1 and 2 only that it is fewer than 3, where the reader
    lacks the right to more. An em dash for unknown.
    """
    if few.is_few(households) and few.hides():
        return catalogue()["few.number"][lang]
    return number(households)


def number(value: float | int | None, digits: int = 0) -> str:
    """Write a number with thousands separators; an em dash for unknown."""
    if value is None:
        return "—"
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, float) and digits == 0 and not value.is_integer():
        digits = 1
        if abs(value) < 0.1:  # "0.0 m" would say that there is nothing
            return f"{value:.1g}"
    return f"{value:,.{digits}f}"


def percent(share: float | None) -> str:
    """Write a share (0–1) as a percentage with one digit; an em dash for unknown.

    Nearly all is not all: 100.0% and 0.0% are said only of exactly all and none; what would
    round to them is ">99.9%" and "<0.1%".
    """
    if share is None:
        return "—"
    shown = round(share * 100, 1)
    if 0 < share < 1 and shown in (0.0, 100.0):
        return ">99.9%" if shown else "<0.1%"
    return f"{shown:.1f}%"
