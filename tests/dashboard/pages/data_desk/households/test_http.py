"""The households page over HTTP: a month from file to published counts and back, refusals."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest
from openpyxl import Workbook
from sqlalchemy import text

from dashboard.application import close_app, create_app
from dashboard.settings import read_settings
from data.engine import transaction
from tests.demonstration import Loaded

pytestmark = pytest.mark.database
HEADERS = {"X-Getu": "households"}
API = "/api/households"


@pytest.fixture
def client(spare_liping: Loaded) -> Iterator[Any]:
    app = create_app(read_settings({}), spare_liping.server)
    yield app.server.test_client()
    close_app(app)


@pytest.fixture(scope="module")
def shared_client(liping: Loaded) -> Iterator[Any]:
    app = create_app(read_settings({}), liping.server)
    yield app.server.test_client()
    close_app(app)


def known(loaded: Loaded) -> list[Any]:
    return loaded.rows(
        "SELECT b.id, e.name AS estate, b.number, n.value FROM building b"
        " JOIN estate e ON e.id = b.estate_id"
        " JOIN building_count n ON n.building_id = b.id AND n.measure = 'resident'"
        " ORDER BY b.id"
    )


def table(loaded: Loaded, *, more: int = 1, strange: int = 1) -> bytes:
    """A month's table: every building with ``more`` households, and rows that fit nothing."""
    book = Workbook()
    sheet = book.active
    sheet.append(["2026年11月户数统计表"])
    sheet.append(["小区名称", "楼栋", "常住户数", "户主姓名"])
    for row in known(loaded):
        sheet.append([row["estate"], row["number"], row["value"] + more, "张三"])
    for i in range(strange):
        sheet.append(["老粮站", f"门面房{i}", 7, "李四"])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def send(client: Any, path: str, content: bytes, name: str = "11月.xlsx", **form: Any) -> Any:
    return client.post(
        f"{API}{path}", data={"file": (io.BytesIO(content), name), **form}, headers=HEADERS
    )


def opened(client: Any, loaded: Loaded, **form: Any) -> dict[str, Any]:
    answer = send(
        client, f"/{loaded.code}/open", form.pop("content", None) or table(loaded),
        effective_on="2026-11-30", source="社区上报", by="张敏", **form,
    )  # fmt: skip
    assert answer.status_code == 201, answer.data
    made: dict[str, Any] = answer.get_json()
    return made


def post(client: Any, path: str, **values: Any) -> Any:
    return client.post(f"{API}{path}", json=values, headers=HEADERS)


def rows(client: Any, upload: int, which: str = "queued") -> dict[str, Any]:
    answer: dict[str, Any] = client.get(f"{API}/uploads/{upload}/rows?list={which}").get_json()
    return answer


def households(loaded: Loaded) -> int:
    """Newest counts that were not rolled back, as every page reads them."""
    found = loaded.value(
        "SELECT sum(value) FROM (SELECT DISTINCT ON (n.building_id) n.value FROM building_count n"
        " JOIN count_snapshot s ON s.id = n.snapshot_id AND s.rolled_back_at IS NULL"
        " WHERE n.measure = 'resident' ORDER BY n.building_id, s.effective_on DESC, s.id DESC) x"
    )
    return int(found)


def test_a_month_from_file_to_counts_and_back(client: Any, spare_liping: Loaded) -> None:
    before = households(spare_liping)
    looked = send(client, f"/{spare_liping.code}/look", table(spare_liping)).get_json()
    sheet = looked["sheets"][0]
    assert {"estate", "building", "resident"} <= sheet["layout"]["columns"].keys()
    assert sheet["private"] == [3]
    assert not any("张三" in cell for row in sheet["rows"] for cell in row)
    upload = opened(client, spare_liping)
    assert upload["states"] == {"placed": 59, "queued": 1}
    seen = client.get(f"{API}/uploads/{upload['id']}/preview").get_json()
    assert (seen["before"], seen["after"], seen["unplaced"]) == (before, before + 59, 7)
    refused = post(client, f"/uploads/{upload['id']}/publish", version=upload["version"],
                   seen=seen["seen"], by="张敏")  # fmt: skip
    assert refused.status_code == 400
    assert refused.get_json()["findings"]
    assert households(spare_liping) == before
    done = post(client, f"/uploads/{upload['id']}/publish", version=upload["version"],
                seen=seen["seen"], by="张敏", unplaced=True)  # fmt: skip
    assert done.status_code == 200
    assert households(spare_liping) == before + 59
    shown = client.get(f"{API}/{spare_liping.code}").get_json()
    assert shown["uploads"] == []
    newest = shown["snapshots"][0]
    assert (newest["households"], newest["unplaced"], newest["newest"]) == (before + 59, 7, True)
    snapshot = done.get_json()["snapshot"]
    assert post(client, f"/snapshots/{snapshot}/roll-back", by="张敏").status_code == 400
    post(client, f"/snapshots/{snapshot}/roll-back", by="张敏", reason="上错了月份")
    assert households(spare_liping) == before
    again = post(client, f"/snapshots/{snapshot}/roll-back", by="李强", reason="再来一次")
    assert again.status_code == 409
    post(client, f"/snapshots/{snapshot}/take-back", by="张敏")
    assert households(spare_liping) == before + 59


def test_a_ruling_is_taken_back_and_a_late_one_is_told(client: Any, spare_liping: Loaded) -> None:
    upload = opened(client, spare_liping)
    found = rows(client, upload["id"])
    row = found["rows"][0]
    building = known(spare_liping)[0]["id"]
    ruled = post(client, f"/uploads/{upload['id']}/rule", rows=[row["id"]], verdict="building",
                 building=building, by="张敏", version=upload["version"])  # fmt: skip
    assert ruled.status_code == 200
    assert rows(client, upload["id"])["total"] == 0
    ours = rows(client, upload["id"], "ruled")
    assert [(r["building"], r["by"]) for r in ours["rows"]] == [(building, "张敏")]
    assert str(building) in ours["buildings"]
    # A colleague who still sees the row waiting rules on it: told, and nothing is lost.
    late = post(client, f"/uploads/{upload['id']}/rule", rows=[row["id"]], verdict="unplaced",
                by="李强", version=upload["version"])  # fmt: skip
    assert late.status_code == 409
    assert rows(client, upload["id"], "ruled")["total"] == 1
    now = ruled.get_json()["upload"]["version"]
    back = post(client, f"/uploads/{upload['id']}/unrule", rows=[row["id"]], by="张敏", version=now)
    assert back.status_code == 200
    assert rows(client, upload["id"])["total"] == 1


def test_a_discarded_table_changes_no_count(client: Any, spare_liping: Loaded) -> None:
    before = households(spare_liping)
    upload = opened(client, spare_liping)
    done = post(client, f"/uploads/{upload['id']}/discard", version=upload["version"], by="张敏")
    assert done.get_json()["state"] == "discarded"
    assert households(spare_liping) == before


def test_a_building_is_found_by_place_and_by_name(shared_client: Any, liping: Loaded) -> None:
    row = liping.rows(
        "SELECT b.id, e.name AS estate, b.number, ST_X(ST_PointOnSurface(b.geom)) AS lon,"
        " ST_Y(ST_PointOnSurface(b.geom)) AS lat FROM building b"
        " JOIN estate e ON e.id = b.estate_id ORDER BY b.id LIMIT 1"
    )[0]
    at = shared_client.get(
        f"{API}/{liping.code}/building?lon={row['lon']}&lat={row['lat']}"
    ).get_json()
    assert at["building"]["id"] == row["id"]
    count = liping.value(
        "SELECT value FROM building_count WHERE measure = 'resident' AND building_id = :id",
        id=row["id"],
    )
    assert at["building"]["households"] == count
    assert {h["measure"] for h in at["history"]} >= {"resident"}
    sought = f"{row['estate']} {row['number']}"
    named = shared_client.get(f"{API}/{liping.code}/find", query_string={"sought": sought})
    assert row["id"] in [b["id"] for b in named.get_json()["buildings"]]
    nowhere = shared_client.get(f"{API}/{liping.code}/building?lon=105&lat=26").get_json()
    assert nowhere["building"] is None


def test_a_change_from_a_foreign_page_is_refused(shared_client: Any, liping: Loaded) -> None:
    answer = shared_client.post(f"{API}/snapshots/1/roll-back", json={"reason": "x"})
    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.exe", b"x"), ("a.xlsx", b"PK\x03\x04 cut off"), ("a.csv", b""), ("", b"x")],
)
def test_a_file_that_is_no_table_is_refused(
    shared_client: Any, liping: Loaded, name: str, content: bytes
) -> None:
    answer = send(shared_client, f"/{liping.code}/look", content, name)
    assert answer.status_code == 400
    assert answer.get_json()["error"]


@pytest.mark.parametrize(
    "form",
    [
        {"effective_on": ""},
        {"effective_on": "2026-13-01"},
        {"source": ""},
        {"layout": "[]"},
        {"layout": '{"columns": {"building": -1}, "header_rows": [], "first_row": 0}'},
        {"layout": '{"columns": {"owner": 1}, "header_rows": [], "first_row": 0}'},
    ],
)
def test_an_opening_that_is_not_understood_changes_nothing(
    shared_client: Any, liping: Loaded, form: dict[str, str]
) -> None:
    values = {"effective_on": "2026-11-30", "source": "社区上报", **form}
    answer = send(shared_client, f"/{liping.code}/open", table(liping), **values)
    assert answer.status_code == 400
    assert liping.value("SELECT count(*) FROM count_upload") == 0


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/999999", 404),
        ("/uploads/99", 404),
        ("/uploads/9223372036854775808", 404),
        ("/uploads/99/rows?list=all", 400),
        ("/522301/building?id=99999", 404),
        ("/522301/building?lon=200&lat=0", 400),
        ("/522301/building?lon=nan&lat=0", 400),
        ("/52%00/forecast", 404),
    ],
)
def test_what_is_not_there_is_said(shared_client: Any, path: str, status: int) -> None:
    assert shared_client.get(f"{API}{path}").status_code == status


def test_what_is_expected_of_an_estate_is_forecast(client: Any, spare_liping: Loaded) -> None:
    shown = client.get(f"{API}/{spare_liping.code}/forecast").get_json()
    assert shown["months"] == []
    estate = shown["estates"][0]
    seen = {k: estate[k] for k in ("households", "on", "life")}
    counted = spare_liping.value(
        "SELECT sum(n.value) FROM building_count n JOIN building b ON b.id = n.building_id"
        " WHERE n.measure = 'resident' AND b.estate_id = :id",
        id=estate["id"],
    )
    path = f"/{spare_liping.code}/estates/{estate['id']}"
    wanted = {"households": counted + 1000, "on": "2027-06-30", "life": "building"}
    assert post(client, path, **wanted, seen=seen, by="张敏").status_code == 200
    (month,) = client.get(f"{API}/{spare_liping.code}/forecast").get_json()["months"]
    assert (month["month"], month["estates"][0]["brings"]) == ("2027-06", 1000)
    added = sum(g["after"] - g["before"] for g in month["grids"])
    assert added + month["nowhere"] == 1000
    # The grids' households now are those that SQL counts in them.
    assert any(g["over"] for g in month["grids"])
    # Who still saw it without expectation is told.
    assert post(client, path, **wanted, seen=seen, by="李强").status_code == 409
    half = {"households": 5, "on": None, "life": "building"}
    assert post(client, path, **half, seen=wanted, by="李强").status_code == 400
    audit = spare_liping.rows("SELECT actor FROM audit_entry WHERE action = 'estate.expect'")
    assert [r["actor"] for r in audit] == ["张敏"]


def test_texts_from_a_table_are_text(client: Any, spare_liping: Loaded) -> None:
    with transaction(spare_liping.engine) as c:
        c.execute(text("UPDATE estate SET name = '<img src=x>' WHERE id ="
                       " (SELECT min(id) FROM estate)"))  # fmt: skip
    shown = client.get(f"{API}/{spare_liping.code}/forecast").get_json()
    assert "<img src=x>" in [e["name"] for e in shown["estates"]]
