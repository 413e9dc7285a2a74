"""A plan's papers as XLSX and DOCX: register, before and after, buildings with the grid before.

The columns are those of a 网格划分登记表; codes are text, so that leading zeros stay.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Cm, Pt
from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter

from data.exporters.plans.lines import BuildingLine, RegisterLine
from data.plans.rows import BeforeAfter
from layers.kit import few
from layers.kit.tables.cells import FORMULA_SIGNS, writable

REGISTER = (
    ("community", "社区", 14),
    ("code", "网格编码", 19),
    ("name", "网格名称", 20),
    ("type", "类型", 10),
    ("households", "户数", 8),
    ("persons", "人口", 8),
    ("buildings", "楼栋数", 8),
    ("area_m2", "面积（㎡）", 11),
    ("east", "东至", 18),
    ("south", "南至", 18),
    ("west", "西至", 18),
    ("north", "北至", 18),
    ("answers", "负责人", 34),
)
BALANCE = (
    ("code", "社区编码", 16),
    ("name", "社区", 14),
    ("grids_before", "调整前网格数", 12),
    ("grids_after", "调整后网格数", 12),
    ("households_before", "调整前户数", 12),
    ("households_after", "调整后户数", 12),
    ("mean_before", "调整前均户", 11),
    ("mean_after", "调整后均户", 11),
    ("largest_before", "调整前最大", 11),
    ("largest_after", "调整后最大", 11),
    ("over_before", "调整前超限", 11),
    ("over_after", "调整后超限", 11),
)
BUILDINGS = (
    ("grid", "网格编码", 19),
    ("grid_name", "网格名称", 20),
    ("building", "楼栋号（系统）", 13),
    ("external_id", "楼栋编号", 16),
    ("name", "楼栋名称", 20),
    ("number", "栋号", 10),
    ("estate", "小区", 18),
    ("address", "地址", 32),
    ("households", "户数", 8),
    ("persons", "人口", 8),
    ("grid_before", "原网格编码", 19),
    ("name_before", "原网格", 20),
    ("change", "原网格 → 新网格", 40),
)
TEXTS = ("code", "grid", "external_id", "number", "grid_before")
Columns = Sequence[tuple[str, str, int]]
"""The attribute of a line, what stands over its column, the column's width."""
Lines = Sequence[RegisterLine] | Sequence[BeforeAfter] | Sequence[BuildingLine]


@dataclass(frozen=True, slots=True)
class Papers:
    """What is written: a heading and three tables; ``before``: the name of the plan before."""

    heading: str
    notes: Sequence[str]
    register: Sequence[RegisterLine]
    balance: Sequence[BeforeAfter]
    buildings: Sequence[BuildingLine]
    before: str | None

    @property
    def moved(self) -> list[BuildingLine]:
        """The buildings whose grid changes; none where no plan came before."""
        return [b for b in self.buildings if b.is_moved] if self.before else []

    @property
    def about_moved(self) -> str:
        """How many buildings change grid, and how many stay."""
        if not self.before:
            return "此前没有启用的方案，没有原网格"
        moved = self.moved
        stay = f"{len(self.buildings) - len(moved):,} 栋网格不变"
        households = sum(b.households or 0 for b in moved)
        return f"{len(moved):,} 栋（{households:,} 户）调整网格，{stay}" if moved else stay


def _cell(value: Any) -> Any:
    """Return a value for a cell; a text that would run as a formula gets an apostrophe."""
    if isinstance(value, str):
        value = _printable(value)
        return f"'{value}" if value.startswith(FORMULA_SIGNS) else value
    return "" if value is None else value


def _printable(text: str) -> str:
    """Return a text without the control characters that neither XLSX nor DOCX can hold."""
    return "".join(c for c in writable(text) if c >= " ")


def workbook(papers: Papers) -> bytes:
    """Return the papers as XLSX, one sheet a table."""
    book = Workbook()
    book.remove(book.active)
    for title, columns, rows in (
        ("网格划分登记表", REGISTER, papers.register),
        ("调整前后对照表", BALANCE, papers.balance),
        ("楼栋清单", BUILDINGS, papers.buildings),
    ):
        sheet = book.create_sheet(title)
        notes = [*papers.notes, papers.about_moved] if columns is BUILDINGS else papers.notes
        sheet.append([_cell(f"{papers.heading} {title}")])
        sheet.append([_cell("；".join(notes))])
        sheet.append([name for _, name, _ in columns])
        for number, (_, _, width) in enumerate(columns, 1):
            sheet.column_dimensions[get_column_letter(number)].width = width
        for cell in sheet[3]:
            cell.font = Font(bold=True)
            cell.fill = PatternFill("solid", fgColor="E8EDF2")
            cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
            cell.border = _box()
        _fill(sheet, columns, rows)
        sheet["A1"].font = Font(bold=True, size=14)
        sheet.freeze_panes = "A4"
        sheet.page_setup.orientation = "landscape"
        sheet.page_setup.paperSize = 9  # A4
        sheet.page_setup.fitToWidth = 1
        sheet.page_setup.fitToHeight = 0
        sheet.sheet_properties.pageSetUpPr.fitToPage = True
        sheet.print_title_rows = "3:3"
    packed = io.BytesIO()
    book.save(packed)
    return packed.getvalue()


def _box() -> Border:
    line = Side(style="thin", color="B0B7BF")
    return Border(line, line, line, line)


def _fill(sheet: Any, columns: Columns, rows: Lines) -> None:
    """Write the rows below the header. Styles are made once: a style a cell takes minutes."""
    styles = []
    for number, (key, _, _) in enumerate(columns, 1):
        model = sheet.cell(row=4, column=number)
        model.border = _box()
        if key in TEXTS:
            model.number_format = "@"
        styles.append(copy(model._style))
    for at, row in enumerate(rows, 4):
        values = _told(row, columns)
        for number, (key, _, _) in enumerate(columns, 1):
            cell = sheet.cell(row=at, column=number, value=_cell(values[key]))
            cell._style = styles[number - 1]
            if key in TEXTS:
                cell.data_type = "s"


def _told(row: object, columns: Columns) -> dict[str, Any]:
    """Return a line by column, as whoever asks may read it."""
    return few.row({key: getattr(row, key) for key, _, _ in columns}, few.SAID)


def document(papers: Papers) -> bytes:
    """Return the papers as DOCX: tables, the buildings of each grid, a place for the stamp."""
    paper = Document()
    section = paper.sections[0]
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = Cm(29.7), Cm(21.0)
    section.left_margin = section.right_margin = Cm(1.6)
    section.top_margin = section.bottom_margin = Cm(1.6)
    normal = paper.styles["Normal"]
    normal.font.name, normal.font.size = "宋体", Pt(9)
    normal.element.rPr.rFonts.set(qn("w:eastAsia"), "宋体")
    paper.add_heading(_printable(f"{papers.heading}网格划分登记表"), 1)
    for note in papers.notes:
        paper.add_paragraph(_printable(note))
    _table(paper, REGISTER, papers.register)
    if papers.balance:
        paper.add_heading("调整前后对照表", 2)
        _table(paper, BALANCE, papers.balance)
    _transfers(paper, papers)
    paper.add_heading("楼栋清单", 2)
    columns = [c for c in BUILDINGS if c[0] not in ("grid", "grid_name", "grid_before", "change")]
    by_grid: dict[tuple[str, str], list[BuildingLine]] = {}
    for row in papers.buildings:
        by_grid.setdefault((row.grid, row.grid_name), []).append(row)
    for (code, name), rows in by_grid.items():
        paper.add_heading(_printable(f"{name}（{code}）：{len(rows)} 栋"), 3)
        _table(paper, columns, rows)
    paper.add_paragraph()
    paper.add_paragraph(
        "填报单位（盖章）：　　　　　　　　审批单位（盖章）：　　　　　　　　　　年　　月　　日"
    )
    packed = io.BytesIO()
    paper.save(packed)
    return packed.getvalue()


def _transfers(paper: Any, papers: Papers) -> None:
    """Append which buildings go from which grid to which: a line for each pair of grids."""
    paper.add_heading("楼栋：原网格 → 新网格", 2)
    paper.add_paragraph(_printable(papers.about_moved))
    pairs: dict[tuple[str, str], list[BuildingLine]] = {}
    for building in papers.moved:
        pairs.setdefault((building.grid_before or "—", building.grid), []).append(building)
    for (before, after), rows in sorted(pairs.items()):
        households = sum(b.households or 0 for b in rows)
        said = "、".join(_called(b) for b in rows)
        line = f"{rows[0].change}（{before} → {after}）：{len(rows):,} 栋 {households:,} 户。{said}"
        paper.add_paragraph(_printable(line), style="List Bullet")


def _called(building: BuildingLine) -> str:
    """Return what a building is called where it stands among others."""
    said = building.name or "".join(p for p in (building.estate, building.number) if p)
    return said or building.external_id or f"楼栋 {building.building}"


def _table(paper: Any, columns: Columns, rows: Lines) -> None:
    """Append a table. Written as XML at once: python-docx looks the table up for every cell."""
    head = _row([name for _, name, _ in columns], bold=True)
    body = "".join(_row(list(_told(row, columns).values())) for row in rows)
    grid = "".join(f'<w:gridCol w:w="{width * 100}"/>' for _, _, width in columns)
    table = parse_xml(
        f'<w:tbl {nsdecls("w")}><w:tblPr><w:tblStyle w:val="TableGrid"/>'
        f'<w:tblW w:w="5000" w:type="pct"/></w:tblPr><w:tblGrid>{grid}</w:tblGrid>{head}{body}'
        "</w:tbl>"
    )
    paper.add_paragraph()._p.addprevious(table)


def _row(values: Sequence[Any], *, bold: bool = False) -> str:
    run = "<w:rPr><w:b/></w:rPr>" if bold else ""
    properties = "<w:trPr><w:tblHeader/></w:trPr>" if bold else ""
    cells = "".join(
        f'<w:tc><w:p><w:r>{run}<w:t xml:space="preserve">{_text(value)}</w:t></w:r></w:p></w:tc>'
        for value in values
    )
    return f"<w:tr>{properties}{cells}</w:tr>"


def _text(value: Any) -> str:
    return "" if value is None else escape(_printable(str(value)))
