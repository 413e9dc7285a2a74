"""Our columns in their table: matched by name, read by type, every fault with its row."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo
from typing import Any, Final

import pandas as pd

from data.importers.reading.faults import Faults
from data.importers.reading.shapes.vector_file import VectorFile
from data.importers.reading.tables.headers import LAT_NAMES, LON_NAMES, Names
from data.importers.reading.text.encodings import meant
from data.importers.reading.text.visible import folded, half_width, unit_less, visible
from layers.kit.ids import clean_code
from layers.kit.tables.worksheets import CELL_ERRORS

TEXT_MAX: Final = 2000
CHINESE: Final = re.compile(r"[\u4e00-\u9fff]")
# As spreadsheets write a number of over 11 digits: the last of these are gone.
_LOST_DIGITS: Final = re.compile(r"[+-]?\d(?:\.\d+)?[eE]\+?(?:1[1-9]|[2-9]\d)")
_TRUE = ("1", "true", "t", "yes", "y", "是", "有")
_FALSE = ("0", "false", "f", "no", "n", "否", "无")


@dataclass(frozen=True, slots=True)
class Column:
    """One of our columns. ``aliases``: what others call it. ``choices``: their word → ours.

    ``type``: text, code (division code), whole (≥ 0), number, flag, day, moment, choice, choices
    (a list, separated by ; , 、 |). ``most`` of a text is its length.
    """

    name: str
    type: str = "text"
    aliases: tuple[str, ...] = ()
    required: bool = False
    choices: Mapping[str, str] = field(default_factory=dict)
    least: float | None = None
    most: float | None = None
    zone: tzinfo = UTC  # of moments that are written without one

    @property
    def chinese(self) -> str:
        """Return its Chinese name: the first alias in Chinese, else its own name."""
        return next((a for a in self.aliases if CHINESE.search(a)), self.name)

    def words(self, lang: str) -> dict[str, str]:
        """Return our choices with the word of a language for each: ours → word."""
        said: dict[str, str] = {}
        for word, ours in self.choices.items():
            if lang == "zh" and CHINESE.search(word):
                said.setdefault(ours, word)
        return {ours: said.get(ours, ours) for ours in dict.fromkeys(self.choices.values())}


def read_columns(
    file: VectorFile, columns: Sequence[Column], mapping: Mapping[str, str], faults: Faults
) -> dict[str, list[Any]]:
    """Return each of our columns as a list (None = unknown); absent optional ones are left out.

    ``mapping`` (ours → theirs) wins over names; names are compared without case.
    """
    theirs = match_columns(file, columns, mapping, faults)
    read = {}
    for column in columns:
        if column.name in theirs:
            own = theirs[column.name]
            if own in file.doubled:
                faults.add("column_doubled", field=own)
            read[column.name] = _read(file.table[own], column, own, faults)
    return read


def names_of(columns: Sequence[Column]) -> Names:
    """Return how the columns of a kind may be called, and which of them a table must have."""
    return Names.of({c.name: c.aliases for c in columns}, (c.name for c in columns if c.required))


def match_columns(
    file: VectorFile, columns: Sequence[Column], mapping: Mapping[str, str], faults: Faults
) -> dict[str, str]:
    """Return their column for each of ours that is found."""
    present = [str(c) for c in file.table.columns]
    listed = ", ".join(present) or "-"
    ours = {c.name for c in columns} | {"lon", "lat"}
    for name in sorted(set(mapping) - ours):
        faults.add("column_not_ours", field=name, ours=", ".join(sorted(ours)))
    found: dict[str, str] = {}
    for name, wanted in mapping.items():
        match = wanted if wanted in present else _unique(wanted, present)
        if match is None:
            faults.add("column_unknown", field=name, column=wanted, columns=listed)
        else:
            found[name] = match
    for column in columns:
        if column.name in mapping:
            continue
        for name in (column.name, *column.aliases):
            alike = _alike(name, present)
            if len(alike) > 1 and name not in alike:
                faults.add("column_ambiguous", field=column.name, columns=", ".join(alike))
            if alike:
                found[column.name] = name if name in alike else alike[0]
                break
        else:
            if column.required:
                names = ", ".join((column.name, *column.aliases))
                faults.add("column_missing", field=column.name, names=names, columns=listed)
    return {name: match for name, match in found.items() if name in {c.name for c in columns}}


def unused_columns(
    file: VectorFile, columns: Sequence[Column], mapping: Mapping[str, str]
) -> list[str]:
    """Return their columns that the import does not take over."""
    used = set(match_columns(file, columns, mapping, Faults(file.name)).values())
    plain = (*LON_NAMES, *LAT_NAMES)
    return [
        str(c)
        for c in file.table.columns
        if c not in used and c not in file.used and folded(str(c)) not in plain
    ]


def _unique(wanted: str, present: Sequence[str]) -> str | None:
    alike = _alike(wanted, present)
    return alike[0] if len(alike) == 1 else None


def _alike(name: str, present: Sequence[str]) -> list[str]:
    """Return the columns of a name: as written, else as it is seen, else but for its unit."""
    for key in (folded, unit_less):
        wanted = key(name)
        found = [c for c in present if key(c) == wanted]
        if found:
            return found
    return []


def _read(series: pd.Series, column: Column, theirs: str, faults: Faults) -> list[Any]:
    """Return a column's values. A cell that is faulty already (a formula) is not missing too."""
    faulty = faults.rows_of(column.name, theirs)
    parse = _PARSERS[column.type]
    values: list[Any] = []
    for row, raw in enumerate(series.tolist(), start=1):
        text = _text(raw)
        if text is None:
            values.append(None)
            if column.required and row not in faulty:
                faults.add("value_missing", row=row, field=column.name)
            continue
        if text.upper() in CELL_ERRORS:
            values.append(None)
            faults.add("cell_error", row=row, field=column.name, found=text)
            continue
        if column.type not in ("text", "choices"):
            text = half_width(text)
        try:
            values.append(parse(text, column))
        except _CellError as bad:
            values.append(None)
            faults.add(bad.code, row=row, field=column.name, found=text[:60], **bad.values)
    return values


class _CellError(Exception):
    def __init__(self, code: str, **values: Any) -> None:
        super().__init__(code)
        self.code, self.values = code, values


def _text(raw: Any) -> str | None:
    """Return a cell as text; whole floats as digits; None when empty."""
    if raw is None or raw is pd.NA or raw is pd.NaT:
        return None
    if isinstance(raw, float):
        if math.isnan(raw):
            return None
        if raw.is_integer() and abs(raw) < 1e15:
            raw = int(raw)
    return visible(str(raw)) or None


def _plain_text(text: str, column: Column) -> str:
    most = TEXT_MAX if column.most is None else int(column.most)
    if len(text) > most:
        raise _CellError("text_too_long", length=len(text), most=most)
    if "\0" in text:
        raise _CellError("text_broken")
    if _LOST_DIGITS.fullmatch(text):
        raise _CellError("code_scientific")
    right = meant(text)
    if right is not None:
        raise _CellError("text_mojibake", right=right) if right else _CellError("text_gone")
    return text


def _code(text: str, _: Column) -> str:
    if re.fullmatch(r"\d+(\.\d+)?[eE]\+?\d+", text):
        raise _CellError("code_scientific")
    code = clean_code(text)
    if code is None:
        raise _CellError("code_not_valid")
    return code


def _number(text: str, column: Column) -> float:
    try:
        value = float(text.replace(",", ""))
    except ValueError:
        raise _CellError("not_a_number") from None
    if not math.isfinite(value):
        raise _CellError("not_a_number")
    low, high = column.least, column.most
    if (low is not None and value < low) or (high is not None and value > high):
        raise _CellError("out_of_range", least=low, most=high)
    return value


def _whole(text: str, column: Column) -> int:
    value = _number(text, column)
    if not value.is_integer():
        raise _CellError("not_whole")
    if value < 0 and column.least is None:
        raise _CellError("out_of_range", least=0, most=column.most)
    return int(value)


def _flag(text: str, _: Column) -> bool:
    lower = text.lower()
    if lower in _TRUE:
        return True
    if lower in _FALSE:
        return False
    raise _CellError("not_a_flag")


def _day(text: str, column: Column) -> date:
    return _moment(text, column).date()


_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")


def _moment(text: str, column: Column) -> datetime:
    """Read ISO 8601, 20240305, 2024/3/5 and 2024年3月5日, with or without a time and a zone."""
    tidy = _DATE.sub(lambda m: f"{m[1]}-{int(m[2]):02d}-{int(m[3]):02d}", text, count=1)
    tidy = re.sub(r"(?<=\d) ?(UTC|Z)$", "+00:00", tidy)
    tidy = re.sub(r"(?<= )(\d):", r"0\1:", tidy)
    tidy = re.sub(r"([+-]\d\d)$", r"\1:00", tidy) if ":" in tidy else tidy
    try:
        value = datetime.fromisoformat(tidy)
    except ValueError:
        raise _CellError("not_a_date") from None
    if not 1900 <= value.year <= 2200:
        raise _CellError("not_a_date")
    return value if value.tzinfo else value.replace(tzinfo=column.zone)


def _choice(text: str, column: Column) -> str:
    ours = column.choices.get(text.lower())
    if ours is None:
        raise _CellError(
            "not_a_choice",
            choices=", ".join(dict.fromkeys(column.choices.values())),
            choices_zh="、".join(column.words("zh").values()),
        )
    return ours


def _choices(text: str, column: Column) -> list[str]:
    parts = [p.strip() for p in re.split(r"[;,，、；|]", text) if p.strip()]
    if not column.choices:
        return parts
    return list(dict.fromkeys(_choice(p, column) for p in parts))


_PARSERS: Final[Mapping[str, Callable[[str, Column], Any]]] = {
    "text": _plain_text,
    "code": _code,
    "number": _number,
    "whole": _whole,
    "flag": _flag,
    "day": _day,
    "moment": _moment,
    "choice": _choice,
    "choices": _choices,
}


def choice_of(*ours: str, **words: str) -> dict[str, str]:
    """Return a table of choices: our own words, and others' words for them."""
    return {**{w: w for w in ours}, **{k.lower(): v for k, v in words.items()}}
