"""One way in which findings become sentences: pages, commands and files all say them here.

1. What a finding says stands under ``finding.<code>``, in the files of this folder; what to do
   about it, where that is said apart, under ``remedy.<code>``.
2. Where a finding of one code may tell more or less, ``finding.<code>.<value>`` is what is said
   of one that has this value: an imported building that overlaps another has ``m2``, a drawn one
   ``overlap_m2``. The first of the catalogue that fits is taken.
3. A sentence may use the finding's values, its ``row``, ``field`` and ``subject``; ``x_zh`` stands
   for ``x`` in Chinese, ``percent`` is the value ``share`` (0–1) as a percentage. A grid's code of
   15 digits is said as its number (第4网格); where a line names the place, the code follows it.

Exporters in ``data/`` say no finding today; one that has to is given ``say`` by its caller, as it
is given ``text``: ``data`` does not know ``dashboard``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Protocol, TypedDict

from dashboard.text import Language, catalogue, percent, text
from layers.kit.findings import Finding
from layers.kit.json import Json
from layers.kit.words import Words

LIST_COMMA = {"zh": "、", "en": ", "}
COLON = {"zh": "：", "en": ": "}
_PLACES = ("row", "field", "subject")
_GRID_CODE = re.compile(r"(?<!\d)\d{12}(?!000)(\d{3})(?!\d)")
_GRID = {"zh": "第{}网格", "en": "grid {}"}
_GRID_AND_CODE = {"zh": "第{}网格（{}）", "en": "grid {} ({})"}


class Breach(Protocol):
    """What can be said: a ``Finding`` of a file, a ``PlanFinding`` of a plan."""

    @property
    def code(self) -> str:
        """The rule."""

    @property
    def values(self) -> Words:
        """What fills the gaps of the sentence."""


def say(finding: Breach, lang: Language) -> str:
    """Return what is wrong. Raises KeyError for a code without a sentence."""
    values = _said(finding, lang)
    return text(_key(finding.code, values), lang, values)


def remedy(finding: Breach, lang: Language) -> str:
    """Return what to do about it. Raises KeyError where nothing is said about that."""
    return text(f"remedy.{finding.code}", lang, _said(finding, lang))


class StoredFinding(TypedDict):
    """A finding that a job kept as JSON."""

    code: str
    values: Mapping[str, Json]


def say_stored(row: StoredFinding, lang: Language) -> str:
    """Return the sentence of a finding that a job kept as JSON."""
    return say(Finding(row["code"], values=row["values"]), lang)


def line(finding: Finding, lang: Language, label: str = "") -> str:
    """Return a finding as a line of a list: how grave, of what, where, what is wrong."""
    places = [label] if label else []
    if finding.row is not None:
        places.append(text("finding_line.row", lang, {"row": str(finding.row)}))
    if finding.subject:
        places.append(_grids(finding.subject, _GRID_AND_CODE[lang]))
    places += [finding.field] if finding.field else []
    head = text(f"import.severity.{finding.severity}", lang)
    where = " ".join(places)
    return COLON[lang].join(part for part in (head, where, say(finding, lang)) if part)


def _said(finding: Breach, lang: Language) -> Mapping[str, object]:
    places = {name: getattr(finding, name, None) for name in _PLACES}
    values = {name: value for name, value in places.items() if value is not None}
    values.update(finding.values)
    said = {name: values.get(f"{name}_{lang}", value) for name, value in values.items()}
    for name, value in said.items():
        if isinstance(value, list | tuple):
            value = said[name] = LIST_COMMA[lang].join(map(str, value))
        if isinstance(value, str):
            said[name] = _grids(value, _GRID[lang])
    share = said.get("share")
    if isinstance(share, float) and "percent" not in said:
        said["percent"] = percent(share)
    return said


def _grids(words: str, named: str) -> str:
    """Return words with the number of each grid whose code of 15 digits stands in them."""
    return _GRID_CODE.sub(lambda m: named.format(int(m[1]), m[0]), words)


def _key(code: str, values: Words) -> str:
    fuller = _fuller().get(code, {})
    return next((key for value, key in fuller.items() if value in values), f"finding.{code}")


@cache
def _fuller() -> Mapping[str, Mapping[str, str]]:
    """Return by code which value of a finding asks for which key of the catalogue."""
    found: dict[str, dict[str, str]] = {}
    for key in catalogue():
        family, _, rest = key.partition(".")
        code, _, value = rest.partition(".")
        if family == "finding" and value:
            found.setdefault(code, {})[value] = key
    return found
