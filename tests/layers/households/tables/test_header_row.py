"""The header of a table is where a person says it is."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from openpyxl import Workbook

from dashboard.application import close_app, create_app
from dashboard.settings import read_settings
from tests.dashboard.pages.data_desk.households.test_http import send
from tests.demonstration import Loaded

pytestmark = pytest.mark.database


@pytest.fixture(scope="module")
def client(liping: Loaded) -> Iterator[Any]:
    app = create_app(read_settings({}), liping.server)
    yield app.server.test_client()
    close_app(app)


def book() -> bytes:
    """Row 0 reads like a header, row 1 is it: names of residents stand under 联系人."""
    made = Workbook()
    sheet = made.active
    sheet.append(["小区", "楼栋", "常住户数", "填表说明"])
    sheet.append(["院落", "栋", "户数", "姓名"])
    sheet.append(["老粮站", "1栋", 12, "张三"])
    sheet.append(["老粮站", "2栋", 14, "李四"])
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def test_a_header_row_that_was_guessed_wrong_is_moved(client: Any, liping: Loaded) -> None:
    (first,) = send(client, f"/{liping.code}/look", book()).get_json()["sheets"]
    (moved,) = send(
        client, f"/{liping.code}/look", book(), sheet=first["sheet"], header="1"
    ).get_json()["sheets"]
    assert moved["layout"]["header_rows"] == [1]
    assert moved["layout"]["first_row"] == 2
    assert moved["layout"]["columns"] == {"estate": 0, "building": 1, "resident": 2}
    assert moved["rows"] == [["老粮站", "1栋", "12", "•••"], ["老粮站", "2栋", "14", "•••"]]
    assert moved["above"][0][:3] == ["小区", "楼栋", "常住户数"]


def test_a_column_that_the_moved_header_calls_private_cannot_be_read(
    client: Any, liping: Loaded
) -> None:
    (moved,) = send(client, f"/{liping.code}/look", book(), sheet="Sheet", header="1").get_json()[
        "sheets"
    ]
    layout = moved["layout"] | {"columns": {"address": 3, "resident": 2}}
    answer = send(
        client, f"/{liping.code}/open", book(), sheet="Sheet", layout=json.dumps(layout),
        effective_on="2026-11-30", source="社区", by="张敏",
    )  # fmt: skip
    assert answer.status_code == 400
    assert any(f["code"] == "table_column_private" for f in answer.get_json()["findings"])


@pytest.mark.parametrize(("sheet", "header"), [("Sheet", "99"), ("Sheet", "x"), ("别的", "1")])
def test_a_row_or_sheet_that_is_not_there_is_refused(
    client: Any, liping: Loaded, sheet: str, header: str
) -> None:
    answer = send(client, f"/{liping.code}/look", book(), sheet=sheet, header=header)
    assert answer.status_code == 400


def test_moving_the_header_shows_no_name_that_was_hidden(client: Any, liping: Loaded) -> None:
    answer = send(client, f"/{liping.code}/look", book(), sheet="Sheet", header="0")
    assert "张三" not in answer.get_data(as_text=True)
    (moved,) = answer.get_json()["sheets"]
    assert moved["layout"]["header_rows"] == [0]
    assert 3 in moved["private"]
