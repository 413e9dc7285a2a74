"""The header of a household table: where it is, and which column is which of ours."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NotRequired, TypedDict

from layers.households.tables.names import is_bare_number, plain
from layers.kit.findings import Finding
from layers.kit.json import Json, parsed
from layers.kit.tables.worksheets import Cell, Worksheet

PLACE_FIELDS: Final = ("community", "estate", "building", "entrance", "address", "code")
MEASURES: Final = (
    *("resident", "registered", "rented", "vacant", "dwellings"),
    *("persons", "elderly", "children", "employed", "floating_population"),
)
HOUSEHOLDS: Final = MEASURES[:5]
TOP: Final = 40  # rows among which the header is looked for
SAMPLE: Final = 400  # rows that tell what a column holds

_WORDS: Final[tuple[tuple[str, float, str], ...]] = (
    ("code", 0.9, r"(?:楼栋|建筑物?|房屋|楼幢)(?:编号|编码|代码|id)|external_id"),
    ("entrance", 1.0, r"^(?:所在|所属)?单元(?:号|名称)?$|^门栋$|^梯号$|^entrance$"),
    ("community", 1.0, r"^(?:所[属在])?(?:社区|村居|村\([居社区]+\)|居委会)(?:名称|代码)?$"),
    ("community", 1.0, r"^community$"),
    ("estate", 1.0, r"小区|院落|楼盘|^estate$|居民点|安置点|自然寨|片区名称"),
    ("building", 1.0, r"^(?:楼栋|栋|楼|幢|座|楼幢|楼房|房屋|建筑物?)(?:号|名|名称)?$"),
    ("building", 1.0, r"栋号|楼号|幢号|楼栋|^building$|^name$"),
    ("address", 1.0, r"地址|住址|坐落|门牌|位置|^address$"),
    ("floating_population", 0.9, r"流动人口|外来人口|暂住人口|^floating.?population$"),
    ("elderly", 0.9, r"老年|老人|6[05]岁|^elderly$"),
    ("children", 0.9, r"儿童|未成年|小孩|^children$"),
    ("employed", 0.9, r"就业|^employed$"),
    ("registered", 1.0, r"户籍.*户|户.*户籍|在籍户|^registered$"),
    ("rented", 1.0, r"(?:出租|租住|租赁|租户).*|^rented$"),
    ("vacant", 1.0, r"空置|空户|空房|空关|^vacant$"),
    ("dwellings", 1.0, r"套数|住房数|房屋数|^dwellings$"),
    ("resident", 1.0, r"常住.*户|户.*常住|居住户|实住|现住户|^resident$|^households$"),
    ("persons", 1.0, r"常住人口|^(?:人口|人数)(?:数|合计|总数)?(?:\(人\))?$|人口.*常住|总人[口数]"),
    ("persons", 1.0, r"^persons$|^population$"),
    ("resident", 0.9, r"^(?:总|合计|住)?户数?(?:合计|总数|数)?(?:\(户\))?$|总户数|户数"),
    ("persons", 0.6, r"人口|人数"),
    ("building", 0.6, r"^(?:名称|房屋|楼宇)|栋|幢"),
)  # fmt: skip
_PRIVATE = re.compile(
    r"姓名|户主(?!关系)|身份证|证件|电话|手机|联系|出生|性别|民族|银行|卡号|籍贯|工作单位|微信|"
    r"[楼栋户组片]长|网格[长员]|管家|负责人|责任人|包保"
)
_AMOUNT = re.compile(r"户数|人口|人数|套数|[栋幢楼层元]数|户$|面积")
_NOT_COUNTED = re.compile(r"户籍人口|户籍人数|面积|[栋幢楼层元]数")
_RELATION = re.compile(r"与户主关系|户主关系|家庭关系")
_ONE_HOUSEHOLD = re.compile(r"户主|户号|户编号|房号|房间号|室号|门牌号室|身份证")
_IDENTITY = re.compile(r"\d{17}[\dXx]|1[3-9]\d{9}")


class LayoutValue(TypedDict):
    """A layout as it is kept and as a page sends it back; see ``Layout``."""

    header_rows: list[int]
    first_row: int
    columns: dict[str, int]
    per_household: NotRequired[bool]
    relation: NotRequired[int | None]
    labels: NotRequired[list[str]]


@dataclass(frozen=True, slots=True)
class Layout:
    """How a sheet is read. Positions count from 0.

    ``columns``: position by field (``PLACE_FIELDS``, ``MEASURES``). ``per_household``: one row
    is one household; ``relation``: where a row is one person, the column that says who heads.
    """

    header_rows: tuple[int, ...]
    first_row: int
    columns: Mapping[str, int]
    per_household: bool = False
    relation: int | None = None
    labels: tuple[str, ...] = ()

    def as_dict(self) -> LayoutValue:
        """Return the form that is stored and that a page may send back."""
        return {
            "header_rows": list(self.header_rows),
            "first_row": self.first_row,
            "columns": dict(self.columns),
            "per_household": self.per_household,
            "relation": self.relation,
            "labels": list(self.labels),
        }

    @staticmethod
    def from_dict(given: Json) -> Layout:
        """Return a layout from its stored form. Raises InputError, which says what is wrong."""
        values = parsed(LayoutValue, given, "layout")
        return Layout(
            tuple(values["header_rows"]),
            values["first_row"],
            values["columns"],
            values.get("per_household", False),
            values.get("relation"),
            tuple(values.get("labels", ())),
        )


@dataclass(frozen=True, slots=True)
class Guess:
    """A layout with how sure it is of each field (0 to 1), and the columns that are private.

    ``title``: what stands above the header. ``findings``: what a person should know of it.
    """

    layout: Layout
    confidence: Mapping[str, float]
    private: frozenset[int]
    title: tuple[str, ...]
    findings: tuple[Finding, ...]


def guess(sheet: Worksheet, header_row: int | None = None) -> Guess:
    """Return the likeliest layout of a sheet. Fields that were not found are absent.

    ``header_row``: the one (from 0) that a person says is the header; None looks for it.
    """
    rows = _spread_header(sheet)
    start, used = _find_header(rows) if header_row is None else (header_row, 1)
    if header_row is not None:
        rows += [list(r) for r in sheet.rows[len(rows) : header_row + 1]]
    header = tuple(range(start, start + used))
    width = max((len(r) for r in sheet.rows), default=0)
    labels = tuple(_label([rows[r] for r in header], j) for j in range(width))
    first = start + used
    private = _private_columns(sheet, labels, first)
    columns: dict[str, int] = {}
    sure: dict[str, float] = {}
    for j, label in enumerate(labels):
        field, trust = _field_of(label)
        if field and j not in private and trust > sure.get(field, 0):
            columns[field], sure[field] = j, trust
    _by_content(sheet, first, columns, sure, private)
    relation = next((j for j, label in enumerate(labels) if _RELATION.search(label)), None)
    counted = any(m in columns for m in HOUSEHOLDS)
    one = any(_ONE_HOUSEHOLD.search(label) for label in labels) or relation is not None
    findings = []
    if private:
        said = "、".join(labels[j] or f"{j + 1}" for j in sorted(private))
        findings.append(Finding("table_private_columns", "info", values={"columns": said}))
    if not counted and one:
        findings.append(Finding("table_one_row_per_household", "info"))
        columns = {f: j for f, j in columns.items() if f in PLACE_FIELDS}
    if not used:
        findings.append(Finding("table_header_not_found", "warning"))
    title = tuple(
        str(next(v for v in r if v is not None)) for r in sheet.rows[:start] if any(_filled(r))
    )
    layout = Layout(header, first, columns, not counted and one, relation, labels)
    return Guess(layout, sure, private, title, tuple(findings))


def shown_rows(sheet: Worksheet, found: Guess, count: int = 20) -> list[tuple[str, ...]]:
    """Return the first rows under the header as text for a preview; private columns are blank."""
    rows = []
    for cells in sheet.rows[found.layout.first_row :][:count]:
        rows.append(
            tuple(
                "•••" if j in found.private and v is not None else _shown(v)
                for j, v in enumerate(cells)
            )
        )
    return rows


def above_rows(sheet: Worksheet, found: Guess, count: int = 6) -> list[tuple[str, ...]]:
    """Return the last rows above the header as text, as ``shown_rows`` does: one may be it."""
    start = found.layout.header_rows[0] if found.layout.header_rows else 0
    return [
        tuple("•••" if _is_hidden(v, j, found) else _shown(v) for j, v in enumerate(cells))
        for cells in sheet.rows[max(0, start - count) : start]
    ]


def _is_hidden(value: Cell, column: int, found: Guess) -> bool:
    if value is None:
        return False
    return column in found.private or bool(_IDENTITY.fullmatch(_shown(value).strip()))


def is_header(layout: Layout, cells: Sequence[Cell]) -> bool:
    """Tell whether a row repeats the header, as printed pages do."""
    texts = [(j, plain(v)) for j, v in enumerate(cells) if v is not None]
    if len(texts) < 2:
        return False
    return all(j < len(layout.labels) and t and t in plain(layout.labels[j]) for j, t in texts)


def relation_is_head(value: Cell) -> bool:
    """Tell whether a person's row is the head's, who stands for the household."""
    return plain(value) in ("户主", "本人", "户主本人")


def _shown(value: Cell) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _filled(cells: Sequence[Cell]) -> list[Cell]:
    return [v for v in cells if v is not None and str(v).strip()]


def _spread_header(sheet: Worksheet) -> list[list[Cell]]:
    """Return the top rows with merged cells filled."""
    rows = [list(r) for r in sheet.rows[:TOP]]
    for top, left, bottom, right in sheet.merged:
        if top >= len(rows) or left >= len(rows[top]):
            continue
        value = rows[top][left]
        for i in range(top, min(bottom + 1, len(rows))):
            rows[i] += [None] * (right + 1 - len(rows[i]))
            for j in range(left, right + 1):
                rows[i][j] = value
    return rows


def _field_of(label: str) -> tuple[str | None, float]:
    text = plain(label)
    if not text or _PRIVATE.search(text) or _RELATION.search(text):
        return None, 0.0
    if _NOT_COUNTED.search(text):
        return None, 0.0
    amount = bool(_AMOUNT.search(text))
    for field, trust, pattern in _WORDS:
        if re.search(pattern, text) and not (amount and field in PLACE_FIELDS):
            return field, trust
    return None, 0.0


def _words(cells: Sequence[Cell]) -> int:
    """Return how many different header words a row holds; 0 for a row with numbers."""
    texts = {plain(v) for v in _filled(cells)}
    if any(isinstance(v, int | float) for v in cells) or any(is_bare_number(t) for t in texts):
        return 0
    known = {t for t in texts if len(t) <= 16 and (_field_of(t)[0] or _PRIVATE.search(t))}
    return len(known) if len(texts) > 1 else 0


def _find_header(rows: list[list[Cell]]) -> tuple[int, int]:
    """Return the first header row and how many there are; (0, 0) without any."""
    scores = [_words(r) for r in rows]
    best = max(scores, default=0)
    if best < 2:
        return 0, 0
    start = scores.index(best)
    if start and scores[start - 1] >= 1 and _joined(rows[start - 1], rows[start]):
        start -= 1
    used = 1
    while start + used < len(rows) and _continues(rows[start + used - 1], rows[start + used]):
        used += 1
    return start, used


def _joined(above: list[Cell], below: list[Cell]) -> bool:
    """Tell whether two rows share a cell merged down, as a header of two rows does."""
    return any(a is not None and a == b for a, b in zip(above, below, strict=False))


def _continues(above: list[Cell], below: list[Cell]) -> bool:
    filled = _filled(below)
    if not filled or any(isinstance(v, int | float) for v in filled):
        return False
    if any(is_bare_number(plain(v)) or len(plain(v)) > 12 for v in filled):
        return False
    split = any(
        a is not None and i + 1 < len(above) and above[i + 1] == a
        and i + 1 < len(below) and below[i + 1] != below[i]
        for i, a in enumerate(above[: len(below)])
    )  # fmt: skip
    return split and any(v not in above for v in below if v is not None)


def _label(rows: list[list[Cell]], column: int) -> str:
    parts: list[str] = []
    for row in rows:
        value = row[column] if column < len(row) else None
        text = "" if value is None else str(value).strip().replace("\n", "")
        if text and text not in parts:
            parts.append(text)
    return " ".join(parts)


def _private_columns(sheet: Worksheet, labels: tuple[str, ...], first: int) -> frozenset[int]:
    """Return columns about residents: by header, and by what identity numbers look like."""
    found = {j for j, label in enumerate(labels) if _PRIVATE.search(plain(label))}
    found -= {j for j, label in enumerate(labels) if _RELATION.search(plain(label))}
    for j in range(len(labels)):
        cells = [r[j] for r in sheet.rows[first : first + SAMPLE] if j < len(r)]
        texts = [_shown(v).strip() for v in cells if v is not None]
        if texts and sum(bool(_IDENTITY.fullmatch(t)) for t in texts) > 0.3 * len(texts):
            found.add(j)
    return frozenset(found)


def _by_content(
    sheet: Worksheet,
    first: int,
    columns: dict[str, int],
    sure: dict[str, float],
    private: frozenset[int],
) -> None:
    """Find the column of buildings by its cells (3栋, 将军府3号楼) where no header says it."""
    if "building" in columns or "address" in columns:
        return
    best, column = 0.3, None
    for j in range(max((len(r) for r in sheet.rows), default=0)):
        if j in private or j in columns.values():
            continue
        cells = [r[j] for r in sheet.rows[first : first + SAMPLE] if j < len(r)]
        texts = [plain(v) for v in cells if isinstance(v, str)]
        share = sum(bool(re.search(r"\d(?:号楼|栋|幢|#|座|号)", t)) for t in texts)
        if texts and share / len(texts) > best:
            best, column = share / len(texts), j
    if column is not None:
        columns["building"], sure["building"] = column, 0.4
