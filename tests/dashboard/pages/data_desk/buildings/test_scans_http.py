"""Pictures under the map over HTTP: uploaded, pinned with residuals, kept, refused in words."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from dashboard.pages.data_desk.buildings import scans as sheets
from dashboard.pages.data_desk.buildings.counts import add_count_routes
from dashboard.pages.data_desk.buildings.places import add_place_routes
from dashboard.services import make_services
from dashboard.web.routes import add_routes
from layers.kit.crs import transform
from tests.demonstration import Loaded, NewDatabase, load

pytestmark = pytest.mark.database
HEADERS = {"X-Getu": "data"}


@pytest.fixture(scope="module")
def county(new_database: NewDatabase) -> Iterator[Loaded]:
    loaded = load(new_database, "liping")
    yield loaded
    loaded.engine.dispose()


@pytest.fixture(scope="module")
def client(county: Loaded) -> FlaskClient:
    server = Flask(__name__)
    services = make_services(county.engine)
    add_routes(server, services)  # its table from exception to status
    sheets.add_sheet_routes(server, services)
    return server.test_client()


def png(width: int = 400, height: int = 300) -> bytes:
    kept = io.BytesIO()
    Image.new("RGB", (width, height), "white").save(kept, "PNG")
    return kept.getvalue()


def upload(client: FlaskClient, county: Loaded, content: bytes | None = None, **more: Any) -> Any:
    form = {
        "file": (io.BytesIO(png() if content is None else content), "C:/图/规划图.png"),
        **more,
    }
    return client.post(
        f"/api/sheets/{county.code}", data=form, headers=HEADERS,
        content_type="multipart/form-data",
    )  # fmt: skip


def pins_at(county: Loaded, *pairs: tuple[float, float, float, float]) -> list[dict[str, float]]:
    """Pins from x, y in pixels and metres from the county's middle."""
    query = county.query()
    (row,) = county.rows(
        "SELECT ST_X(p) AS lon, ST_Y(p) AS lat FROM (SELECT ST_Centroid(ST_Collect(geom)) AS p"
        " FROM division WHERE kind = 'community' AND code LIKE :code || '%') s"
    )
    (x0,), (y0,) = transform([row["lon"]], [row["lat"]], 4326, query.measuring_srid)
    pins = []
    for x, y, east, north in pairs:
        (lon,), (lat,) = transform([x0 + east], [y0 + north], query.measuring_srid, 4326)
        pins.append({"x": x, "y": y, "lon": float(lon), "lat": float(lat)})
    return pins


def place(client: FlaskClient, county: Loaded, sheet: int, **body: Any) -> Any:
    return client.put(f"/api/sheets/{county.code}/{sheet}/pins", json=body, headers=HEADERS)


def test_an_uploaded_picture_is_kept_with_its_name_and_who_brought_it(
    client: FlaskClient, county: Loaded
) -> None:
    answer = upload(client, county, by="测绘员")
    assert answer.status_code == 201
    made = answer.get_json()
    assert (made["name"], made["file_name"], made["by"]) == ("规划图", "规划图.png", "测绘员")
    assert (made["width"], made["height"], made["placement"]) == (400, 300, "none")
    assert made["corners"] is None
    picture = client.get(f"/api/sheets/{county.code}/{made['id']}/picture")
    assert picture.mimetype == "image/png"
    with Image.open(io.BytesIO(picture.data)) as image:
        assert image.size == (400, 300)
    listed = client.get(f"/api/sheets/{county.code}").get_json()["sheets"]
    assert made["id"] in {s["id"] for s in listed}


def test_pins_are_tried_before_they_are_kept(client: FlaskClient, county: Loaded) -> None:
    sheet = upload(client, county).get_json()
    # Half a metre a pixel, upright; the fourth pin is 3 m too far east.
    pins = pins_at(county, (0, 0, 0, 0), (400, 0, 200, 0), (400, 300, 200, -150), (0, 300, 3, -150))
    body = {"model": "similarity", "pins": pins}
    tried = place(client, county, sheet["id"], preview=True, **body).get_json()["fit"]
    assert tried["worst"] == 3
    assert tried["pixel_m"] == pytest.approx(0.5, rel=0.02)
    assert tried["rms_m"] < max(tried["residuals_m"]) < 3
    assert client.get(f"/api/sheets/{county.code}").get_json()["sheets"][0]["corners"] is None

    kept = place(client, county, sheet["id"], version=1, by="王钉", **body).get_json()
    for one, other in zip(kept["corners"], tried["corners"], strict=True):
        assert one == pytest.approx(other, abs=1e-7)
    assert (kept["pinned_by"], kept["version"], kept["elsewhere"]) == ("王钉", 2, False)
    late = place(client, county, sheet["id"], version=1, by="迟到", **body)
    assert late.status_code == 409


@pytest.mark.parametrize(
    ("pairs", "model", "said"),
    [
        ([(0, 0, 0, 0)], "similarity", "至少要 2 个图钉，现在有 1 个"),
        ([(0, 0, 0, 0), (0, 0, 50, 50)], "similarity", "挤在一处"),
        ([(0, 0, 0, 0), (9, 9, 9, -9), (90, 90, 90, -90)], "affine", "一条直线"),
    ],
)
def test_pins_that_fix_nothing_are_refused_in_words(
    client: FlaskClient, county: Loaded, pairs: Any, model: str, said: str
) -> None:
    sheet = upload(client, county).get_json()
    answer = place(
        client, county, sheet["id"], preview=True, model=model, pins=pins_at(county, *pairs)
    )
    assert answer.status_code == 400
    assert said in answer.get_json()["error"]


@pytest.mark.parametrize(
    "pin",
    [{"x": 1}, {"x": 1, "y": "2", "lon": 3, "lat": 4}, {"x": 1, "y": 1, "lon": 400, "lat": 0}],
)
def test_pins_that_are_none_are_refused(client: FlaskClient, county: Loaded, pin: Any) -> None:
    sheet = upload(client, county).get_json()
    answer = place(client, county, sheet["id"], preview=True, model="affine", pins=[pin])
    assert answer.status_code == 400


def test_what_is_no_picture_is_refused_in_the_readers_language(
    client: FlaskClient, county: Loaded
) -> None:
    assert "这不是图纸" in upload(client, county, b"<svg/>").get_json()["error"]
    answer = client.post(
        f"/api/sheets/{county.code}?lang=en", data={}, headers=HEADERS,
        content_type="multipart/form-data",
    )  # fmt: skip
    assert answer.get_json()["error"] == "No file was chosen"


def test_a_county_keeps_a_bounded_number_of_pictures(
    client: FlaskClient, county: Loaded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sheets, "MOST_SHEETS", 0)
    answer = upload(client, county)
    assert answer.status_code == 400
    assert "先删掉不用的" in answer.get_json()["error"]


def test_a_foreign_page_changes_nothing(client: FlaskClient, county: Loaded) -> None:
    sheet = upload(client, county).get_json()
    address = f"/api/sheets/{county.code}/{sheet['id']}"
    assert client.delete(address).status_code == 403
    assert client.delete(address, headers=HEADERS).status_code == 204
    assert client.get(f"{address}/picture").status_code == 404
    assert client.delete(address, headers=HEADERS).status_code == 404


def test_a_picture_of_another_county_is_not_there(client: FlaskClient, county: Loaded) -> None:
    sheet = upload(client, county).get_json()
    assert client.get(f"/api/sheets/999999/{sheet['id']}/picture").status_code == 404
    assert client.get("/api/sheets/999999").status_code == 404
    assert client.get("/api/sheets/x'--").status_code == 404


def test_a_picture_is_renamed(client: FlaskClient, county: Loaded) -> None:
    sheet = upload(client, county).get_json()
    address = f"/api/sheets/{county.code}/{sheet['id']}"
    named = client.patch(address, json={"name": "<b>新图</b>"}, headers=HEADERS).get_json()
    assert named["name"] == "<b>新图</b>"  # kept as it is: pages show it as text


@pytest.fixture(scope="module")
def counting(county: Loaded) -> FlaskClient:
    server = Flask(__name__)
    services = make_services(county.engine)
    add_routes(server, services)
    add_count_routes(server, services)
    add_place_routes(server, services)
    return server.test_client()


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"households": 12, "as_of": "2026-11-20"}, 200),
        ({"persons": 0}, 200),
        ({}, 400),
        ({"households": -1}, 400),
        ({"households": 1.5}, 400),
        ({"households": 200_000}, 400),
        ({"households": 1, "as_of": "2026-13-01"}, 400),
    ],
)
def test_counts_of_one_building_are_checked(
    counting: FlaskClient, county: Loaded, body: Any, status: int
) -> None:
    building = county.value(
        "SELECT min(id) FROM building WHERE code LIKE :code || '%' AND valid_to IS NULL"
    )
    address = f"/api/counts/{county.code}/{building}"
    assert counting.post(address, json=body, headers=HEADERS).status_code == status
    assert counting.post(address, json=body).status_code == 403


def test_a_search_takes_signs_of_patterns_as_they_stand(
    counting: FlaskClient, county: Loaded
) -> None:
    address = f"/api/places/{county.code}"
    (row,) = county.rows(
        "SELECT id, name FROM building WHERE code LIKE :code || '%' AND name IS NOT NULL"
        " ORDER BY id LIMIT 1"
    )
    found = counting.get(address, query_string={"q": row["name"]}).get_json()["found"]
    assert found[0]["id"] == row["id"]
    for nothing in ("%", "_", "\\", "' OR 1=1 --"):
        assert counting.get(address, query_string={"q": nothing}).get_json()["found"] == []
    assert counting.get(address, query_string={"q": "  "}).get_json()["found"] == []
