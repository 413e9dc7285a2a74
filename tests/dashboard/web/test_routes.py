"""Routes beside the pages: statuses, caching, compression, tiles, headers."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from pathlib import Path

import brotli
import pyogrio
import pytest
from flask.testing import FlaskClient

from dashboard.application import close_app, create_app
from dashboard.settings import read_settings
from tests.demonstration import Loaded

pytestmark = pytest.mark.database
TILE_LAYERS = {
    *("land", "water", "street", "street_name", "building", "barrier", "border"),
    *("land_name", "place"),
}


@pytest.fixture(scope="module")
def client(liping: Loaded) -> Iterator[FlaskClient]:
    app = create_app(read_settings({}), liping.server)
    yield app.server.test_client()
    close_app(app)


@pytest.fixture(scope="module")
def county(liping: Loaded) -> str:
    return liping.code


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/layers/grids?county={code}", 200),
        ("/layers/nothing?county={code}", 404),
        ("/layers/grids?county=999999", 404),
        ("/layers/grids", 404),
        ("/layers/grids?county={code}&as_of=yesterday", 400),
        ("/layers/demands?county={code}&first=2026-02-30", 400),
        ("/layers/demands?county={code}&first=2026-02-02&last=2026-02-01", 400),
        ("/layers/service_circles?county={code}&station=x", 400),
        ("/layers/service_circles?county={code}&station=999999999", 404),
        ("/layers/service_circles?county={code}&station=" + "9" * 40, 404),
        ("/layers/grids?county=%00", 404),
        ("/layers/grids?county=%25", 404),
        ("/tiles/999999/1/14/1/1.mvt", 404),
        ("/tiles/%25/1/14/1/1.mvt", 404),
        ("/tiles/%00/1/14/1/1.mvt", 404),
        ("/tiles/{code}/1/19/1/1.mvt", 400),
        ("/tiles/{code}/1/3/8/0.mvt", 400),  # zoom 3 has columns 0 … 7
        ("/layers/service_circles?county={code}&category=%00", 404),
        ("/health", 200),
    ],
)
def test_an_answer_has_its_status(client: FlaskClient, county: str, path: str, status: int) -> None:
    answer = client.get(path.format(code=county))
    assert answer.status_code == status
    if status >= 400 and answer.is_json:
        (said,) = answer.get_json().values()
        assert said
        assert "\n" not in said
        assert "Traceback" not in said


def test_a_refusal_says_what_to_write(client: FlaskClient, county: str) -> None:
    answer = client.get(f"/layers/grids?county={county}&as_of=x")
    assert answer.get_json() == {"error": "as_of=x is not a date: write YYYY-MM-DD"}
    tile = client.get(f"/tiles/{county}/1/19/1/1.mvt")
    assert "zoom 0 to 18" in tile.get_json()["error"]


def test_health_tells_how_many_counties_are_loaded(client: FlaskClient) -> None:
    assert client.get("/health").get_json() == {"status": "ok", "counties": 1}


# ---- caching ----------------------------------------------------------------------------------


def test_what_has_not_changed_is_not_sent_again(client: FlaskClient, county: str) -> None:
    path = f"/layers/grids?county={county}"
    first = client.get(path)
    again = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
    other = client.get(path, headers={"If-None-Match": '"other"'})
    assert (again.status_code, again.data) == (304, b"")
    assert other.status_code == 200
    assert other.data == first.data


def test_compressed_answers_are_revalidated_too(client: FlaskClient, county: str) -> None:
    path = f"/layers/grids?county={county}"
    first = client.get(path, headers={"Accept-Encoding": "br"})
    headers = {"If-None-Match": first.headers["ETag"], "Accept-Encoding": "br"}
    assert client.get(path, headers=headers).status_code == 304


def test_only_an_address_that_names_the_revision_is_kept_for_good(
    client: FlaskClient, county: str, liping: Loaded
) -> None:
    revision = liping.query().revision
    plain = client.get(f"/layers/grids?county={county}")
    named = client.get(f"/layers/grids?county={county}&v={revision}")
    tile = client.get(f"/tiles/{county}/{revision}/{_tile(liping, 14)}.mvt")
    assert plain.headers["Cache-Control"] == "no-cache"
    assert "immutable" in named.headers["Cache-Control"]
    assert "immutable" in tile.headers["Cache-Control"]


def test_an_address_with_another_revision_is_not_kept(
    client: FlaskClient, county: str, liping: Loaded
) -> None:
    # A revision that does not stand yet would be stale on the day that it does.
    later = liping.query().revision + 1
    layer = client.get(f"/layers/grids?county={county}&v={later}")
    tile = client.get(f"/tiles/{county}/{later}/{_tile(liping, 14)}.mvt")
    assert "immutable" not in layer.headers["Cache-Control"]
    assert "immutable" not in tile.headers["Cache-Control"]


@pytest.mark.parametrize("encoding", ["br", "gzip"])
def test_features_are_compressed(client: FlaskClient, county: str, encoding: str) -> None:
    path = f"/layers/grids?county={county}"
    answer = client.get(path, headers={"Accept-Encoding": encoding})
    assert answer.headers["Content-Encoding"] == encoding
    assert "Accept-Encoding" in answer.headers["Vary"]
    assert len(answer.data) < len(client.get(path).data) / 2


def test_brotli_is_preferred_and_says_the_same(client: FlaskClient, county: str) -> None:
    path = f"/layers/stations?county={county}"
    answer = client.get(path, headers={"Accept-Encoding": "gzip, deflate, br"})
    assert answer.headers["Content-Encoding"] == "br"
    read = json.loads(brotli.decompress(answer.data))
    assert read == client.get(path).get_json(force=True)


def test_pictures_are_not_compressed_twice(client: FlaskClient, county: str) -> None:
    answer = client.get(f"/layers/demands?county={county}", headers={"Accept-Encoding": "br, gzip"})
    assert answer.mimetype == "image/webp"
    assert "Content-Encoding" not in answer.headers


# ---- tiles ------------------------------------------------------------------------------------


def _tile(county: Loaded, zoom: int) -> str:
    """Return z/x/y of the tile over the middle of a grid."""
    row = county.rows(
        "SELECT ST_X(label_point) AS x, ST_Y(label_point) AS y FROM plan_grid"
        " WHERE code LIKE :code || '%' ORDER BY code LIMIT 1"
    )[0]
    side = 2**zoom
    x = int((row["x"] + 180) / 360 * side)
    y = int((1 - math.asinh(math.tan(math.radians(row["y"]))) / math.pi) / 2 * side)
    return f"{zoom}/{x}/{y}"


def read_tile(body: bytes, place: str, folder: Path) -> dict[str, int]:
    """Return the features of each layer of a tile, as GDAL reads them."""
    z, x, y = place.split("/")
    file = folder / f"{z}-{x}-{y}.mvt"
    file.write_bytes(body)
    counts = {}
    for name, _ in pyogrio.list_layers(file):
        frame = pyogrio.read_dataframe(file, layer=name, X=x, Y=y, Z=z)
        counts[str(name)] = len(frame)
    return counts


def test_a_tile_holds_the_ground_by_its_layers(
    client: FlaskClient, county: str, liping: Loaded, tmp_path: Path
) -> None:
    place = _tile(liping, 14)
    answer = client.get(f"/tiles/{county}/1/{place}.mvt")
    assert answer.mimetype == "application/vnd.mapbox-vector-tile"
    counts = read_tile(answer.data, place, tmp_path)
    assert counts.keys() <= TILE_LAYERS
    assert {"street", "building", "border", "place"} <= counts.keys()
    assert 0 < counts["building"] <= 59


def test_all_buildings_are_on_some_tile(
    client: FlaskClient, county: str, liping: Loaded, tmp_path: Path
) -> None:
    z, x, y = (int(v) for v in _tile(liping, 13).split("/"))
    seen = 0
    for dx in (-1, 0, 1):
        for dy in (-1, 0, 1):
            place = f"{z}/{x + dx}/{y + dy}"
            body = client.get(f"/tiles/{county}/1/{place}.mvt").data
            if body:
                seen += read_tile(body, place, tmp_path).get("building", 0)
    assert seen >= 59  # one that crosses a tile's border is on both


def test_from_afar_a_tile_holds_no_buildings_and_no_lanes(
    client: FlaskClient, county: str, liping: Loaded, tmp_path: Path
) -> None:
    place = _tile(liping, 11)
    counts = read_tile(client.get(f"/tiles/{county}/1/{place}.mvt").data, place, tmp_path)
    assert "building" not in counts
    assert "border" in counts


def test_a_tile_beside_the_county_is_empty(client: FlaskClient, county: str) -> None:
    answer = client.get(f"/tiles/{county}/1/14/0/0.mvt")
    assert (answer.status_code, answer.data) == (200, b"")


# ---- headers ----------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/", "/health", "/layers/nothing", "/layers/grids?county={code}"])
def test_every_answer_bounds_what_a_page_may_load(
    client: FlaskClient, county: str, path: str
) -> None:
    headers = client.get(path.format(code=county)).headers
    policy = dict(
        part.strip().partition(" ")[::2] for part in headers["Content-Security-Policy"].split(";")
    )
    assert policy["default-src"] == "'self'"
    assert policy["connect-src"] == "'self'"
    assert policy["font-src"] == "'self'"
    assert policy["object-src"] == "'none'"
    assert policy["frame-ancestors"] == "'none'"
    # Scripts from this program's files, and Dash's own by their hash.
    assert "'unsafe-inline'" not in policy["script-src"]
    assert "http" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"


def test_the_page_names_no_other_host(client: FlaskClient) -> None:
    html = client.get("/").get_data(as_text=True)
    assert "//" not in html.replace("<!--", "").replace("-->", "").replace("://127", "")


def test_scripts_and_styles_are_kept_for_good_by_their_address(client: FlaskClient) -> None:
    html = client.get("/").get_data(as_text=True)
    named = re.findall(r'(?:src|href)="(/[^"]+\.(?:js|css)(?:\?[^"]*)?)"', html)
    assert any(a.endswith(".css") for a in named)
    assert len({a for a in named if ".js" in a}) >= 3  # the theme, Dash, the page's own
    for address in named:
        answer = client.get(address)
        assert answer.status_code == 200, address
        assert "immutable" in answer.headers["Cache-Control"], address
