"""Every figure opens exactly its rows, and page, API and export say the same number."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

import openpyxl
import pytest
from dash import html
from flask.testing import FlaskClient
from sqlalchemy import text as sql

from dashboard.application import close_app, create_app
from dashboard.components.figures import value_words
from dashboard.exports.coverage_tables import as_xlsx
from dashboard.pages.command_centre.summary import summary_panel
from dashboard.pages.coverage.figures import figures as coverage_panel
from dashboard.services import Services, make_services
from dashboard.settings import read_settings
from dashboard.text import text
from dashboard.view import make_view
from data.engine import transaction
from layers.coverage_gaps.answers.gaps import Question
from layers.coverage_gaps.figures import figures, paper_figures
from layers.coverage_gaps.report import lay_report
from layers.kit.figure import Figure, Rows
from tests.demonstration import Loaded

pytestmark = pytest.mark.database


@pytest.fixture(scope="module")
def services(liping: Loaded) -> Services:
    return make_services(liping.engine)


@pytest.fixture(scope="module")
def client(liping: Loaded) -> Iterator[FlaskClient]:
    app = create_app(read_settings({}), liping.server)
    yield app.server.test_client()
    close_app(app)


def counted(services: Services, county: str, figure: Figure) -> float | None:
    assert figure.rows is not None, figure.key
    rows = services.rows(figure.rows.table, county, dict(figure.rows.where))
    return figure.rows.measure(rows)


def every(services: Services, county: str) -> list[Figure]:
    return [f for found in services.figures(county, {}).values() for f in found]


def assert_rows(services: Services, county: str) -> None:
    found = every(services, county)
    assert [f.key for f in found if counted(services, county, f) != f.value] == []


def test_every_figure_of_the_summary_is_what_its_rows_make(
    services: Services, liping: Loaded
) -> None:
    keys = {f.key for f in every(services, liping.code)}
    assert {
        "summary.over_limit", "summary.outside", "summary.overdue", "summary.households",
        "summary.tier_community", "figures.closed",
    } <= keys  # fmt: skip
    assert_rows(services, liping.code)


def test_figures_are_what_their_rows_make_where_something_is_wrong(spare_liping: Loaded) -> None:
    # A limit that four of twelve grids break, an hour to every station, and late demands.
    with transaction(spare_liping.engine) as c:
        c.execute(sql("UPDATE policy SET households_max = 225, area_households_max = 400"))
        c.execute(sql("""
            INSERT INTO demand_event (demand_id, seq, code, at, version_id, from_step, action,
                                      to_step, actor)
            SELECT id, seq + 1, code, changed_at, version_id, 'replied', 'rework', 'handling', 't'
            FROM demand WHERE state = 'replied'
        """))  # fmt: skip
        c.execute(sql("UPDATE demand SET deadline_at = '2020-01-01' WHERE phase = 'handling'"))
        c.execute(sql("UPDATE county SET revision = revision + 1"))
    services = make_services(spare_liping.engine)
    found = {f.key: f for f in every(services, spare_liping.code)}
    assert found["summary.over_limit"].value
    assert found["summary.overdue"].value
    assert found["summary.over_limit"].tone == "loud"
    assert_rows(services, spare_liping.code)


def test_the_summary_says_the_figures_and_links_to_their_rows(
    services: Services, client: FlaskClient, liping: Loaded
) -> None:
    page = html.Div(summary_panel(services, liping.code, {}, "zh"))
    shown = [
        component.to_plotly_json()["props"]
        for component in page._traverse()
        if isinstance(component, html.A)
    ]
    links = {one["data-figure"]: one["data-rows"] for one in shown}
    known = [f for f in every(services, liping.code) if f.rows and f.value is not None]
    assert links == {f.key: f.rows.address(liping.code) for f in known if f.rows}
    body = client.get(f"/figures.json?county={liping.code}").get_json()
    said = {f["key"]: f for f in body["figures"]}
    words = str(page)
    for figure in known:
        assert figure.rows is not None
        rows = client.get(links[figure.key]).get_json()["rows"]
        assert figure.rows.measure(rows) == figure.value == said[figure.key]["value"]
        assert value_words(figure, "zh").split(" / ")[0] in words
    assert all(f["unit"] and f["as_of"] for f in body["figures"])


def test_rows_open_as_a_table_with_heads_in_the_readers_language(
    client: FlaskClient, liping: Loaded
) -> None:
    for table in ("grids", "grid_communities", "stations", "demands", "walks"):
        body = client.get(f"/rows/{table}.csv?county={liping.code}&lang=zh")
        assert body.status_code == 200
        head, *rows = csv.reader(io.StringIO(body.data.decode("utf-8-sig")))
        assert rows
        assert text("rows.id" if table not in ("grid_communities",) else "rows.code", "zh") in head


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/rows/nothing.json?county=522301", 404),
        ("/rows/grids.exe?county=522301", 404),
        ("/rows/grids.json?county=999999", 404),
        ("/rows/grids.json?county=522301&as_of=x", 400),
        ("/rows/demands.json?county=522301&only=names", 404),
        ("/rows/demands.json?county=522301&scope=5", 400),
        ("/rows/walks.json?county=522301&minutes=7", 400),
        ("/rows/coverage_doors.json?county=522301&only=x", 400),
    ],
)
def test_rows_that_are_not_there_are_refused(
    client: FlaskClient, address: str, status: int
) -> None:
    answer = client.get(address)
    assert answer.status_code == status
    assert answer.get_json()["error"]


@pytest.mark.parametrize(
    "question",
    [Question(minutes=3), Question(minutes=5, services=("medical", "market")),
     Question(minutes=5, way="response")],
)  # fmt: skip
def test_the_coverage_page_its_export_and_the_rows_say_the_same(
    services: Services, liping: Loaded, question: Question
) -> None:
    with transaction(liping.engine) as c:
        board = services.boards.get(c, liping.query())
    gaps = board.answer(question)
    sheet = lay_report(board, gaps, "grids")
    found = figures(board, gaps, sheet)
    both = [f for pair in paper_figures(board, gaps, sheet) for f in pair]
    wrong = [f.key for f in (*found, *both) if counted(services, liping.code, f) != f.value]
    assert wrong == []
    page = str(coverage_panel(make_view(services, ""), board, gaps, sheet))
    assert all(value_words(f, "zh").split(" / ")[0] in page for f in found)
    book = openpyxl.load_workbook(io.BytesIO(as_xlsx(board, gaps, sheet, "grids", "zh")))
    cells: list[Any] = list(book.worksheets[-1].iter_rows(min_row=2, values_only=True))
    assert [(row[0], row[1]) for row in cells] == [
        (text(f.key, "zh", f.words), f.value) for f in found
    ]


def test_what_nobody_knows_is_not_nought() -> None:
    rows = Rows("doors", measure_by="sum", column="elderly")
    assert rows.measure([{"elderly": None}, {"elderly": None}]) is None
    assert rows.measure([{"elderly": None}, {"elderly": 2}]) == 2
    assert rows.measure([]) == 0
    assert Rows("doors").measure([{}, {}]) == 2
    assert Rows("doors", measure_by="max", column="elderly").measure([]) is None
