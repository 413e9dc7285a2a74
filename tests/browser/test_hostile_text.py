"""Every text of a town is hostile: no page runs one, and no paper holds one as a formula.

Rows are made by the program's own addresses; then every column of text of every table that takes
any text gets all of ``TEXTS``, row by row, or all of them together where there are few rows.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import openpyxl
import pypdfium2
import pytest
from flask.testing import FlaskClient
from lxml import etree, html
from sqlalchemy import Connection, Text, text
from sqlalchemy.exc import DBAPIError

from dashboard.exports.coverage_tables import SUFFIXES
from dashboard.exports.plan import FORMATS as PLAN_FORMATS
from dashboard.pages.data_desk.quality.routes import TITLES
from dashboard.web.bodies import MARK
from data.engine import owner_engine, session
from data.exporters.kinds import FORMATS
from data.ground.write_travel import save_profile
from data.tables import metadata
from layers.kit.principal import system
from tests.browser.conftest import Log, Open, application, served_by, settle
from tests.browser.looks import PAGES
from tests.demonstration import Loaded, NewDatabase, load
from tests.hostile.texts import FORMULAS, TEXTS

pytestmark = [pytest.mark.browser, pytest.mark.database]
# What is no text of a person: codes, kinds, keys, fingerprints.
NO_TEXT = re.compile(
    r"code|kind|state|stage|sha256|media_type|token|.*_key|key|measure|worker|.*hash"
)
SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@dataclass(frozen=True)
class Hostile:
    """A town full of hostile texts, and a program over it."""

    loaded: Loaded
    client: FlaskClient
    address: str
    draft: int
    written: dict[str, int]
    """How many rows of each column were written."""


@pytest.fixture(scope="module")
def hostile(new_database: NewDatabase, log: Log) -> Iterator[Hostile]:
    loaded = load(new_database, "liping")
    with application(loaded) as app, served_by(app) as address:
        log.served.add(address.removeprefix("http://"))
        client = app.server.test_client()
        draft = make_rows(client, loaded)
        written = make_hostile(loaded)
        yield Hostile(loaded, client, address, draft, written)
    loaded.engine.dispose()


def make_rows(client: FlaskClient, loaded: Loaded) -> int:
    """Make a row of what the town lacks, with a hostile name each; return the draft."""
    marked, county, name = {"headers": {MARK: "1"}}, loaded.code, TEXTS[2]

    def post(address: str, **sent: Any) -> Any:
        answer = client.post(address, **sent, **marked)
        assert answer.status_code < 300, (address, answer.get_data(as_text=True))
        return answer.get_json()

    source = {"kind": "in_force"}
    draft = post(f"/api/planner/{county}/drafts", json={"name": name, "source": source, "by": name})
    query = {"kind": "stations", "name": "<b>.csv", "by": name}
    table = f"名称,类别,经度,纬度\n{name},medical,105.5,26.5\n".encode()
    post(f"/api/files/{county}/uploads", query_string=query, data=table)
    picture = {"file": (io.BytesIO(_picture()), "<i>.png"), "name": name, "by": name}
    post(f"/api/sheets/{county}", data=picture)
    rows = "小区,楼栋,户数\n" + "".join(f'"{t}","{t}",3\n' for t in ("甲<b>", "=1+1"))
    file = {
        "file": (io.BytesIO(rows.encode()), "表.csv"),
        "by": name,
        "effective_on": "2026-01-31",
        "source": name,
    }
    post(f"/api/households/{county}/open", data=file)
    grids = client.get(f"/api/files/{county}/export/plan.geojson").data
    bring = {"file": (io.BytesIO(grids), "旧网格.geojson"), "name": name, "by": name}
    post(f"/api/cases/{county}", data=bring)
    with session(loaded.engine, system()) as c:
        c.execute(
            text(
                "INSERT INTO scenario (code, title, state, operations, reason)"
                " VALUES (:code, :title, 'draft', '[]', :title)"
            ),
            {"code": county, "title": name},
        )
        profile = {"kind": "walk", "title": name, "flat_speed_m_s": 1.2, "steps_factor": 1.5,
                   "off_street_speed_m_s": 1.0, "has_slopes": True, "speeds_km_h": {},
                   "start_s": 0.0, "source": name}  # fmt: skip
        save_profile(c, county, "own1", profile, name[:40])
    return int(draft["id"])


def _picture() -> bytes:
    from PIL import Image

    kept = io.BytesIO()
    Image.new("RGB", (40, 30), "white").save(kept, "PNG")
    return kept.getvalue()


def make_hostile(loaded: Loaded) -> dict[str, int]:
    """Write all texts into every column that takes them; return the rows that were written."""
    written: dict[str, int] = {}
    owner = owner_engine(loaded.server)
    with session(owner, system()) as c:
        for table in metadata.sorted_tables:
            # Published plans, and what is kept for good: only the owner can open this door.
            c.execute(text(f"ALTER TABLE {table.name} DISABLE TRIGGER USER"))
            for column in table.c:
                if not isinstance(column.type, Text) or column.foreign_keys:
                    continue
                if NO_TEXT.fullmatch(column.name):
                    continue
                for suffix in ("", " || ctid::text"):
                    if _write(c, table.name, column.name, suffix, written):
                        break
            c.execute(text(f"ALTER TABLE {table.name} ENABLE TRIGGER USER"))
    owner.dispose()
    return written


def _write(c: Connection, table: str, column: str, suffix: str, written: dict[str, int]) -> bool:
    rows = c.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()
    if not rows:
        return True
    step = 1 if rows >= len(TEXTS) else -(-len(TEXTS) // rows)
    values = [
        FORMULAS[n % len(FORMULAS)] * (step > 1) + "".join(TEXTS[n : n + step])
        for n in range(0, len(TEXTS), step)
    ]
    try:
        with c.begin_nested():
            c.execute(
                text(
                    f"UPDATE {table} SET {column} = (CAST(:texts AS text[]))[1 + n % :many]{suffix}"
                    f" FROM (SELECT ctid AS at, row_number() OVER () - 1 AS n FROM {table}) AS r"
                    f" WHERE {table}.ctid = r.at"
                ),
                {"texts": values, "many": len(values)},
            )
    except DBAPIError:
        return False
    written[f"{table}.{column}"] = int(rows)
    return True


def test_every_text_of_people_is_hostile(hostile: Hostile) -> None:
    expected = {
        "division.name", "building.name", "building.number", "station.name", "station.phone",
        "estate.name", "plan.name", "organisation.name", "office_holder.name", "upload.file_name",
        "pinned_sheet.name", "count_row.building", "case_set.name", "case_claimant.name",
        "scenario.title", "travel_profile.title", "county.title", "demand.title",
    }  # fmt: skip
    assert expected <= hostile.written.keys()
    assert len(hostile.written) > 50


CANARY = "window.__pwned = undefined; window.alert = window.print = () => { window.__pwned = 1; };"
RAN = """() => ({
  ran: window.__pwned !== undefined,
  handlers: [...document.querySelectorAll('*')].flatMap((e) =>
    [...e.attributes].filter((a) => /^on/i.test(a.name)).map((a) => e.outerHTML.slice(0, 200))),
  addresses: [...document.querySelectorAll('[href], [src], [action]')].map((e) =>
    e.getAttribute('href') || e.getAttribute('src') || e.getAttribute('action'))
    .filter((a) => /^\\s*javascript:|evil/i.test(a)),
  made: document.querySelectorAll('img[src=x], plaintext, base, details[ontoggle]').length,
})"""


def test_no_page_runs_one(open_page: Open, hostile: Hostile, log: Log) -> None:
    page = open_page("about:blank", ready=False)
    page.add_init_script(CANARY)
    for address in (*PAGES.values(), f"/planner?plan={hostile.draft}", "/?mode=satisfaction"):
        page.goto(hostile.address + address)
        page.wait_for_selector(".desk")
        settle(page)
        found = page.evaluate(RAN)
        complained, log.complaints[:] = sorted(set(log.complaints)), []
        assert (address, complained) == (address, [])
        assert found == {"ran": False, "handlers": [], "addresses": [], "made": 0}, address
    assert log.dialogs == []


def _papers(hostile: Hostile) -> Iterator[str]:
    """Yield every address of a file."""
    county, draft = hostile.loaded.code, hostile.draft
    grid = hostile.loaded.value(
        "SELECT grid_id FROM plan_grid g JOIN plan p ON p.id = g.plan_id"
        " WHERE p.published_at IS NOT NULL ORDER BY g.households DESC LIMIT 1"
    )
    for what, forms in FORMATS.items():
        for form in forms:
            yield f"/api/files/{county}/export/{what}.{form}"
    for form in PLAN_FORMATS:
        yield f"/api/planner/plans/{draft}/export/{form}"
    for form in ("xlsx", "docx"):
        yield f"/api/files/{county}/export/plan.{form}"
    for form in SUFFIXES:
        yield f"/coverage/export.{form}?county={county}"
    for form in ("html", "pdf"):
        yield f"/coverage/visits.{form}?county={county}&grid={grid}"
    for check in TITLES:
        yield f"/data/quality/rows.csv?county={county}&check={check}"


def test_no_paper_holds_one_as_more_than_text(hostile: Hostile) -> None:
    made: dict[str, int] = {}
    for address in _papers(hostile):
        answer = hostile.client.get(address)
        if answer.status_code == 404:
            continue
        assert answer.status_code < 300, (address, answer.get_data(as_text=True)[:300])
        kind = answer.mimetype
        made[kind] = made.get(kind, 0) + 1
        try:
            READ.get(kind, lambda _: None)(answer.data)
        except AssertionError as error:
            raise AssertionError(f"{address}: {error}") from error
    assert {"text/csv", XLSX, DOCX, "text/html", "application/pdf"} <= made.keys(), made


def harmless_cell(value: object, kind: str = "s") -> None:
    assert kind != "f", f"a formula: {value!r}"
    is_number = isinstance(value, str) and re.fullmatch(r"-?[\d.,]+(e[+-]?\d+)?", value)
    if isinstance(value, str) and not is_number:
        assert not value.startswith(SIGNS), f"would run: {value!r}"


def read_xlsx(content: bytes) -> None:
    book = openpyxl.load_workbook(io.BytesIO(content))
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                harmless_cell(cell.value, cell.data_type)
                assert cell.hyperlink is None
    names = zipfile.ZipFile(io.BytesIO(content)).namelist()
    assert not [n for n in names if "vba" in n.lower() or "externalLink" in n]


def read_csv(content: bytes) -> None:
    for row in csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")):
        for value in row:
            harmless_cell(value)


def read_docx(content: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for name in archive.namelist():
            if not name.endswith((".xml", ".rels")):
                continue
            root = etree.fromstring(archive.read(name))
            tags = {etree.QName(e).localname for e in root.iter(tag=etree.Element)}
            assert not tags & {"instrText", "fldSimple", "hyperlink", "altChunk", "object"}, name
            outside = [e.get("Target") for e in root.iter() if e.get("TargetMode") == "External"]
            assert outside == [], name


def read_html(content: bytes) -> None:
    root = html.fromstring(content)
    for element in root.iter(tag=etree.Element):
        assert not [a for a in element.attrib if a.lower().startswith("on")], element.attrib
        for name in ("href", "src", "action"):
            where = element.get(name, "")
            assert not re.match(r"\s*(javascript:|https?:|//)", where, re.IGNORECASE), where
        if element.tag == "script":
            assert "__pwned" not in (element.text or ""), element.text
    assert not root.xpath("//iframe | //base | //object | //embed | //meta[@http-equiv='refresh']")


def read_pdf(content: bytes) -> None:
    for name in (b"/JavaScript", b"/JS ", b"/Launch", b"/SubmitForm", b"/EmbeddedFile", b"/URI"):
        assert name not in content, name
    with pypdfium2.PdfDocument(content) as document:
        assert len(document) > 0


READ: dict[str, Callable[[bytes], None]] = {
    XLSX: read_xlsx,
    DOCX: read_docx,
    "text/csv": read_csv,
    "text/html": read_html,
    "application/pdf": read_pdf,
}
