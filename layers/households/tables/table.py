"""What a household table says: where its header is, which column is what, and its rows.

Rules, in the order in which a row is read:

1. Header rows are the rows near the top that use the words of such tables; what stands above is
   title. Cells merged across or down are spread over header and text columns, never over numbers.
2. A row of totals (小计, 合计, 总计 …) is left out; its sums are compared with the rows above.
3. A row with one text and no number is a heading (a community, an estate) or a remark.
4. A number may be written ``12户``, ``1,200``, ``１２``; ``—``, ``/`` and an empty cell are
   unknown, never 0. A formula without a stored result, and anything else, is a fault of its row.
5. ``3-1`` that a spreadsheet turned into a date (1 March) is read as ``3-1`` again, and said.
6. An estate that is left empty under a filled one is carried down where the building is a bare
   number (3栋); an empty community always is.
7. A table with one row per household is counted, by place, rooms left out. Columns with names,
   identity numbers or telephones of residents are never read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Final

from layers.households.tables.headers import (
    MEASURES,
    PLACE_FIELDS,
    Layout,
    is_header,
    relation_is_head,
)
from layers.households.tables.names import is_bare_number, plain
from layers.kit.findings import Finding, Severity
from layers.kit.tables.worksheets import CELL_ERRORS, Cell, Worksheet

MOST: Final = 100_000  # households or persons in one row
_TOTAL = re.compile(
    r"(?:小计|合计|总计|共计|累计|汇总|subtotal|total)[::]?$|^(?:小计|合计|总计|共计)"
)
_REMARK = re.compile(
    r"^(?:填表|制表|审核|填报|负责人|联系|备注|说明|注[::]|单位|日期|截至|截止|第?\d+页|共\d+页|统计)"
)
_COMMUNITY = re.compile(r"(?:社区|居委会|居民委员会|村|村委会)(?:[((].*)?$")
_NOTHING: Final = frozenset(
    {"", "-", "--", "—", "——", "/", "\\", "无", "空", "暂无", "未知", "不详"}
)
_NUMBER = re.compile(r"([+-]?\d[\d,]*(?:\.\d+)?)(?:户|人|套|间|个|名|位)?")
_ROOM = re.compile(r"(?<=[元栋幢座楼#号门梯\-－—])[\s\-－—]*\d{3,4}\s*(?:室|房|号房|号)?$")
_SCIENTIFIC = re.compile(r"\d+(?:\.\d+)?[eE]\+?\d+")


@dataclass(frozen=True, slots=True)
class WrittenRow:
    """One row as the office wrote it. ``row``: its number in the spreadsheet, from 1.

    ``values``: count by measure, None where nothing is written. ``rows``: how many rows of
    households were counted into it.
    """

    row: int
    community: str | None
    estate: str | None
    building: str | None
    entrance: str | None
    address: str | None
    code: str | None
    values: Mapping[str, int | None]
    rows: int = 1


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of a sheet, and what there is to say about them.

    ``left_out``: rows that are no buildings (totals, headings, remarks), by kind.
    """

    written: tuple[WrittenRow, ...]
    findings: tuple[Finding, ...]
    left_out: Mapping[str, int]


def read_rows(sheet: Worksheet, layout: Layout) -> Table:
    """Return a sheet's rows as they are written; faults are findings with their row.

    A row with a fault is left out of ``written``.
    """
    return _Reader(sheet, layout).read()


@dataclass(slots=True)
class _Reader:
    sheet: Worksheet
    layout: Layout
    findings: list[Finding] = field(default_factory=list)
    left_out: dict[str, int] = field(default_factory=dict)
    origin: dict[tuple[int, int], tuple[int, int]] = field(default_factory=dict)
    community: str | None = None
    estate: str | None = None
    heading: str | None = None
    carried: int = 0

    def read(self) -> Table:
        texts = [c for f, c in self.layout.columns.items() if f in PLACE_FIELDS]
        for top, left, bottom, right in self.sheet.merged:
            for column in texts:
                if left <= column <= right:
                    for row in range(max(top, self.layout.first_row), bottom + 1):
                        self.origin[row, column] = (top, left)
        measures = [m for m in MEASURES if m in self.layout.columns]
        if not self.layout.per_household and not measures:
            self._find("table_without_counts", None)
            return Table((), tuple(self.findings), {})
        totals = _Totals()
        rows = list(self._rows(measures, totals))
        if self.layout.per_household:
            rows = _counted(rows)
        hidden = [r for r in self.sheet.hidden_rows if r >= self.layout.first_row]
        if hidden:
            first = min(hidden) + 1
            self._find("table_hidden_rows", None, "warning", rows=len(hidden), first=first)
        if self.carried:
            self._find("table_carried_down", None, "info", rows=self.carried)
        return Table(tuple(rows), tuple(self.findings), self.left_out)

    def _rows(self, measures: list[str], totals: _Totals) -> Iterator[WrittenRow]:
        for position in range(self.layout.first_row, len(self.sheet.rows)):
            cells = self.sheet.rows[position]
            filled = {j: v for j, v in enumerate(cells) if v is not None and str(v).strip()}
            if not filled or is_header(self.layout, cells):
                continue
            kind = self._no_building(filled, measures)
            if kind == "total":
                totals.compare(self, position, filled, measures)
            if kind:
                self.left_out[kind] = self.left_out.get(kind, 0) + 1
                continue
            before = len(self.findings)
            written = self._written(position, cells, measures)
            if any(f.severity == "error" for f in self.findings[before:]):
                continue
            if written is None:
                self.left_out["nothing"] = self.left_out.get("nothing", 0) + 1
                continue
            totals.add(written)
            yield written

    def _no_building(self, filled: Mapping[int, Cell], measures: list[str]) -> str | None:
        """Tell why a row is no building: a total, a heading, a remark; None when it may be one."""
        texts = [plain(v) for v in filled.values() if isinstance(v, str)]
        named = [plain(filled[c]) for f, c in self._texts() if c in filled]
        if any(_TOTAL.search(t) for t in [*named, *texts[:2]]):
            return "total"
        if texts and _REMARK.match(texts[0]):
            return "remark"
        counted = any(self.layout.columns[m] in filled for m in measures)
        if len(set(texts)) == 1 and len(texts) == len(filled) and not counted:
            if self.layout.per_household or is_bare_number(texts[0]):
                return None
            text = str(next(iter(filled.values()))).strip()
            if _COMMUNITY.search(text):
                self.community, self.estate, self.heading = text, None, None
            else:
                self.heading = text
            return "heading"
        return None

    def _texts(self) -> list[tuple[str, int]]:
        return [(f, self.layout.columns[f]) for f in PLACE_FIELDS if f in self.layout.columns]

    def _written(
        self, position: int, cells: tuple[Cell, ...], measures: list[str]
    ) -> WrittenRow | None:
        parts: dict[str, str | None] = dict.fromkeys(PLACE_FIELDS)
        for name, column in self._texts():
            parts[name] = self._text(position, column, name)
        if self.layout.per_household:
            for name in ("building", "address"):
                if parts[name]:
                    parts[name] = _ROOM.sub("", str(parts[name])).rstrip("-－— ") or None
        own = parts["community"]
        if own is not None and own != self.community:
            self.community, self.estate = own, None
        parts["community"] = self.community
        bare = is_bare_number(plain(parts["building"])) if parts["building"] else False
        if parts["estate"] is not None:
            self.estate, self.heading = parts["estate"], None
        elif bare and parts["address"] is None and (self.heading or self.estate):
            parts["estate"] = self.heading or self.estate
            self.carried += self.heading is None
        if not any(parts[f] for f in ("building", "address", "estate", "code")):
            return None
        if self.layout.per_household:
            values = self._one_household(cells)
        else:
            values = {m: self._count(position, self.layout.columns[m], cells, m) for m in measures}
        return WrittenRow(
            position + 1,
            parts["community"],
            parts["estate"],
            parts["building"],
            parts["entrance"],
            parts["address"],
            parts["code"],
            values,
        )

    def _one_household(self, cells: tuple[Cell, ...]) -> dict[str, int | None]:
        """Count the row of one household, or of one person where the table lists persons."""
        column = self.layout.relation
        if column is None:
            return {"resident": 1}
        said = cells[column] if column < len(cells) else None
        return {"resident": int(relation_is_head(said)), "persons": 1}

    def _text(self, position: int, column: int, name: str) -> str | None:
        row, col = self.origin.get((position, column), (position, column))
        cells = self.sheet.rows[row]
        value = cells[col] if col < len(cells) else None
        if (row, col) in self.sheet.unvalued:
            self._find("formula_without_value", position, field=name)
            return None
        if isinstance(value, date | datetime):
            said = f"{value.month}-{value.day}"
            self._find("table_date_was_number", position, "warning", name, found=said)
            return said
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        text = "" if value is None else str(value).strip()
        if text.upper() in CELL_ERRORS:
            self._find("cell_error", position, field=name, found=text)
            return None
        if name in ("community", "code") and _SCIENTIFIC.fullmatch(text):
            self._find("code_scientific", position, field=name, found=text[:60])
            return None
        return None if text in _NOTHING else text[:200]

    def _count(
        self, position: int, column: int, cells: tuple[Cell, ...], measure: str
    ) -> int | None:
        if (position, column) in self.sheet.unvalued:
            self._find("formula_without_value", position, field=measure)
            return None
        value = cells[column] if column < len(cells) else None
        fault, number = whole(value)
        if isinstance(value, str) and value.upper() in CELL_ERRORS:
            fault = "cell_error"
        if fault:
            found = str(value)[:60]
            self._find(fault, position, field=measure, found=found, least=0, most=MOST)
        return number

    def _find(
        self,
        code: str,
        position: int | None,
        severity: Severity = "error",
        field: str | None = None,
        **values: Any,
    ) -> None:
        row = None if position is None else position + 1
        self.findings.append(Finding(code, severity, row, field, values=values))


def whole(value: Cell) -> tuple[str | None, int | None]:
    """Return (fault, number) of a cell that should hold a whole number of households or people."""
    if value is None:
        return None, None
    if isinstance(value, bool | date | datetime) or not isinstance(value, str | int | float):
        return "not_a_number", None
    if isinstance(value, str):
        text = plain(value)
        if text in _NOTHING:
            return None, None
        match = _NUMBER.fullmatch(text)
        if not match:
            return ("code_scientific" if _SCIENTIFIC.fullmatch(text) else "not_a_number"), None
        value = float(match[1].replace(",", ""))
    if value != value or value in (float("inf"), float("-inf")):
        return "not_a_number", None
    if value != int(value):
        return "not_whole", None
    return (None, int(value)) if 0 <= value <= MOST else ("out_of_range", None)


class _Totals:
    """Sums of the rows since each kind of total, to compare with what the table says."""

    def __init__(self) -> None:
        self.whole: dict[str, int] = {}
        self.since: dict[str, dict[str, int]] = {}
        self.group: dict[str, int] = {}
        self.here: dict[str, int] = {}  # since the community began
        self.community: str | None = None

    def add(self, written: WrittenRow) -> None:
        if written.community != self.community:
            self.community, self.here = written.community, {}
        for sums in (self.whole, self.group, self.here, *self.since.values()):
            for measure, value in written.values.items():
                sums[measure] = sums.get(measure, 0) + (value or 0)

    def compare(
        self, reader: _Reader, position: int, filled: Mapping[int, Cell], measures: list[str]
    ) -> None:
        """Find a total that agrees with no sum above it."""
        if any(f.severity == "error" for f in reader.findings):
            return  # rows with faults are not in the sums
        texts = [plain(v) for v in filled.values() if isinstance(v, str)]
        word = next((m[0] for t in texts if (m := _TOTAL.search(t))), "合计")
        same = self.since.setdefault(word, dict(self.whole))
        for measure in measures:
            _, said = whole(filled.get(reader.layout.columns[measure]))
            if said is None:
                continue
            every = (self.group, self.here, same, self.whole, *self.since.values())
            if said not in [sums.get(measure, 0) for sums in every]:
                counted = same.get(measure, 0) if word == "小计" else self.whole.get(measure, 0)
                reader._find(
                    "table_total_differs",
                    position,
                    "warning",
                    measure,
                    said=said,
                    counted=counted,
                    change=said - counted,
                )
        self.since[word] = {}
        self.group = {}


def _counted(rows: list[WrittenRow]) -> list[WrittenRow]:
    """Return rows of households summed by place; the row number is the first one's."""
    found: dict[tuple[str | None, ...], WrittenRow] = {}
    for row in rows:
        key = (row.community, row.estate, row.building, row.entrance, row.address, row.code)
        if key in found:
            first = found[key]
            values = {m: (first.values[m] or 0) + (row.values[m] or 0) for m in first.values}
            found[key] = replace(first, values=values, rows=first.rows + 1)
        else:
            found[key] = row
    return list(found.values())
