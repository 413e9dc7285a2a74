"""``/ogc`` over a loaded county: documents, paging, filters, and two GDALs that open it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from itertools import pairwise
from typing import Any

import pytest
import shapely
from flask.testing import FlaskClient

from dashboard.ogc.documents import COLLECTIONS, CRS84
from tests.demonstration import Loaded

pytestmark = pytest.mark.database
KEYS = [one.key for one in COLLECTIONS]


def get(client: FlaskClient, path: str, status: int = 200, **headers: str) -> Any:
    answer = client.get(path, headers=headers)
    assert answer.status_code == status, answer.text
    return json.loads(answer.data)


def every_feature(client: FlaskClient, path: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while path:
        made = get(client, path)
        found += made["features"]
        following = [link["href"] for link in made["links"] if link["rel"] == "next"]
        path = following[0].removeprefix("http://localhost") if following else ""
    return found


def test_links_lead_to_the_host_that_was_asked(client: FlaskClient) -> None:
    for path in ("/ogc", "/ogc/", "/ogc/522301", "/ogc/collections/grids/items"):
        made = get(client, path, Host="desk.county.cn:8443")
        hrefs = [link["href"] for link in made["links"]]
        assert hrefs
        assert all(href.startswith("http://desk.county.cn:8443/ogc") for href in hrefs)


def test_every_link_of_the_documents_is_answered(client: FlaskClient) -> None:
    made = get(client, "/ogc")
    links = made["links"] + get(client, "/ogc/collections")["links"]
    for one in get(client, "/ogc/collections")["collections"]:
        assert one["crs"] == [CRS84]
        links += one["links"]
    for link in links:
        answer = client.get(link["href"].removeprefix("http://localhost"))
        assert answer.status_code == 200
        assert answer.content_type.split(";")[0] == link["type"].split(";")[0]


def test_the_definition_names_every_route(client: FlaskClient) -> None:
    made = get(client, "/ogc/api")
    assert made["servers"] == [{"url": "http://localhost/ogc"}]
    for path in made["paths"]:
        real = path.replace("{featureId}", "1").rstrip("/")
        assert client.get(f"/ogc{real}").status_code in (200, 404)
        assert ("{featureId}" in path) or client.get(f"/ogc{real}").status_code == 200


@pytest.mark.parametrize(
    ("key", "sql"),
    [
        ("divisions", "SELECT count(*) FROM division WHERE code LIKE :code || '%'"),
        ("communities", "SELECT count(*) FROM division WHERE kind = 'community'"),
        ("grids", "SELECT count(*) FROM plan_grid"),
        ("plots", "SELECT count(*) FROM plot"),
        ("buildings", "SELECT count(*) FROM building"),
        ("stations", "SELECT count(*) FROM station"),
    ],
)
def test_pages_hold_what_the_database_holds(
    client: FlaskClient, liping: Loaded, key: str, sql: str
) -> None:
    wanted = liping.value(sql + (" AND :code <> ''" if "WHERE" in sql else " WHERE :code <> ''"))
    found = every_feature(client, f"/ogc/collections/{key}/items?limit=37")
    assert len(found) == wanted
    assert len({feature["id"] for feature in found}) == wanted
    assert get(client, f"/ogc/collections/{key}/items?limit=1")["numberMatched"] == wanted
    assert {feature["properties"]["county"] for feature in found} == {liping.code}


def test_households_of_the_buildings_are_all_there(client: FlaskClient) -> None:
    # 59 buildings hold 2,672 households and 12,068 persons
    found = every_feature(client, "/ogc/collections/buildings/items?limit=20")
    properties = [feature["properties"] for feature in found]
    assert len(found) == 59
    assert sum(p["resident"] or 0 for p in properties) == 2_672
    assert sum(p["persons"] or 0 for p in properties) == 12_068


def test_a_building_without_a_count_is_unknown_and_not_zero(client: FlaskClient) -> None:
    found = every_feature(client, "/ogc/collections/buildings/items?limit=100")
    keys = {key for feature in found for key in feature["properties"]}
    assert "resident" in keys
    assert all("resident" in feature["properties"] for feature in found)


def test_a_box_holds_what_it_touches(client: FlaskClient) -> None:
    found = every_feature(client, "/ogc/collections/buildings/items?limit=100")
    shapes = [shapely.from_geojson(json.dumps(feature["geometry"])) for feature in found]
    west, south, east, north = shapely.total_bounds(shapes)
    box = (west, south, (west + east) / 2, (south + north) / 2)
    touched = {
        f["id"] for f, s in zip(found, shapes, strict=True) if s.intersects(shapely.box(*box))
    }
    asked = ",".join(str(v) for v in box)
    part = every_feature(client, f"/ogc/collections/buildings/items?limit=10&bbox={asked}")
    assert {feature["id"] for feature in part} == touched
    assert 0 < len(touched) < len(found)


def test_grids_stand_from_the_day_of_their_plan(client: FlaskClient) -> None:
    path = "/ogc/collections/grids/items?limit=1"
    assert get(client, path)["numberMatched"] == 12
    assert get(client, f"{path}&datetime=2025-07-01")["numberMatched"] == 12
    assert get(client, f"{path}&datetime=2025-06-30")["numberMatched"] == 0
    assert get(client, f"{path}&datetime=2025-06-30/..")["numberMatched"] == 12


def test_a_place_narrows_every_collection(client: FlaskClient) -> None:
    for key in KEYS:
        base = get(client, f"/ogc/collections/{key}/items?limit=1")["numberMatched"]
        for path in (f"/ogc/522301/collections/{key}/items", f"/ogc/collections/{key}/items"):
            own = get(client, f"{path}?limit=1&county=522301")
            assert own["numberMatched"] == base > 0
        other = get(client, f"/ogc/collections/{key}/items?county=520381")
        assert (other["numberMatched"], other["features"]) == (0, [])


def test_service_areas_are_cumulative(client: FlaskClient) -> None:
    found = every_feature(client, "/ogc/collections/service_areas/items?limit=2")
    areas: dict[str, list[Any]] = {}
    for feature in found:
        shape = shapely.from_geojson(json.dumps(feature["geometry"]))
        areas.setdefault(feature["properties"]["category"], []).append(
            (feature["properties"]["minutes"], shape)
        )
    assert "party" in areas
    for rings in areas.values():
        ordered = [shape for _, shape in sorted(rings, key=lambda pair: pair[0])]
        for inner, outer in pairwise(ordered):
            assert inner.difference(outer).area < 1e-9


@pytest.mark.parametrize("key", KEYS)
def test_one_feature_is_the_one_of_the_page(client: FlaskClient, key: str) -> None:
    (first,) = get(client, f"/ogc/collections/{key}/items?limit=1")["features"]
    alone = get(client, f"/ogc/collections/{key}/items/{first['id']}")
    assert {name: alone[name] for name in first} == first
    get(client, f"/ogc/collections/{key}/items/{10**18}", 404)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/ogc/999999", 404),
        ("/ogc/nothing", 404),
        ("/ogc/%00", 404),
        ("/ogc/5%25", 404),
        ("/ogc/522301/collections/grids/items?county=520381", 400),
        ("/ogc/collections/nothing", 404),
        ("/ogc/collections/nothing/items", 404),
        ("/ogc/collections/grids/items?limit=0", 400),
        ("/ogc/collections/grids/items?colour=red", 400),
        ("/ogc/collections?colour=red", 400),
        ("/ogc/collections/grids/items?datetime=%00", 400),
    ],
)
def test_what_is_not_there_is_said(client: FlaskClient, path: str, status: int) -> None:
    assert get(client, path, status)["error"]


@pytest.mark.parametrize(
    "path",
    ["/ogc/collections/grids/items/abc", "/ogc/collections/grids/items/1/2", "/ogc/522301/nothing",
     "/ogc/collections/nothing?f=html"],
)  # fmt: skip
@pytest.mark.parametrize("accept", ["application/json", "text/html,*/*;q=0.8"])
def test_what_is_not_there_is_said_in_json(client: FlaskClient, path: str, accept: str) -> None:
    assert get(client, path, 404, Accept=accept)["error"]


@pytest.mark.parametrize(
    "query", ["limit=", "bbox=", "f=", "datetime=", "crs=", "limit=1&limit=2", "county=&limit=1"]
)
def test_an_empty_or_doubled_parameter_is_refused(client: FlaskClient, query: str) -> None:
    assert get(client, f"/ogc/collections/grids/items?{query}", 400)["error"]


def test_4490_is_latitude_first_and_said(client: FlaskClient) -> None:
    crs = "http://www.opengis.net/def/crs/EPSG/0/4490"
    path = "/ogc/collections/stations/items"
    (usual,) = get(client, f"{path}?limit=1")["features"]
    answer = client.get(f"{path}?limit=1&crs={crs}")
    assert answer.headers["Content-Crs"] == f"<{crs}>"
    (turned,) = json.loads(answer.data)["features"]
    lon, lat = usual["geometry"]["coordinates"]
    assert turned["geometry"]["coordinates"] == [lat, lon]
    near = f"{lat - 1e-5},{lon - 1e-5},{lat + 1e-5},{lon + 1e-5}"
    assert get(client, f"{path}?bbox={near}&bbox-crs={crs}")["numberMatched"] >= 1
    assert client.get(f"{path}?limit=1").headers["Content-Crs"] == f"<{CRS84}>"


def test_pages_of_our_names_may_read_and_no_others(client: FlaskClient) -> None:
    """A web map on another port of the county's server reads; a page of the internet does not."""
    for origin, may in (
        ("http://desk.county.cn:9000", True),
        ("http://localhost:5173", True),
        ("https://evil.example", False),
        ("null", False),
    ):
        answer = client.get("/ogc/collections", headers={"Origin": origin})
        assert answer.headers.get("Access-Control-Allow-Origin") == (origin if may else None)
        assert "Access-Control-Allow-Credentials" not in answer.headers
    answer = client.options("/ogc/collections", headers={"Origin": "http://localhost:5173"})
    assert (answer.status_code, answer.headers["Access-Control-Allow-Methods"]) == (
        200,
        "GET, HEAD, OPTIONS",
    )


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/ogc", "/ogc/522301"),
        ("/ogc/conformance", "conf/core"),
        ("/ogc/collections", "/ogc/collections/grids"),
        ("/ogc/522301/collections/buildings", "/ogc/522301/collections/buildings/items"),
        ("/ogc/collections/buildings/items?limit=5", "offset=5"),
    ],
)
def test_people_get_pages(client: FlaskClient, path: str, shown: str) -> None:
    for asked, headers in (
        (path, {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}),
        (f"{path}{'&' if '?' in path else '?'}f=html&lang=en", {}),
    ):
        answer = client.get(asked, headers=headers)
        assert (answer.status_code, answer.mimetype) == (200, "text/html")
        assert shown in answer.text
        assert "<script>" not in answer.text
    assert client.get(path, headers={"Accept": "*/*"}).mimetype.endswith("json")


# In a process of its own: pyogrio holds the interpreter's lock while it reads, and the server
# of these tests is a thread.
PYOGRIO = """
import json, sys
import pyogrio
source = sys.argv[1]
if "OAPIF" not in pyogrio.list_drivers():
    print("null")
    sys.exit()
told = {"layers": pyogrio.list_layers(source)[:, 0].tolist()}
for key in ("grids", "buildings", "stations"):
    frame = pyogrio.read_dataframe(source, layer=key)
    told[key] = {"rows": len(frame), "crs": frame.crs.to_wkt(), "bounds": list(frame.total_bounds)}
    if key == "grids":
        told["households"] = int(frame["households"].sum())
        box = frame.geometry.iloc[0].representative_point().buffer(1e-6).bounds
        told["in_box"] = len(pyogrio.read_dataframe(source, layer=key, bbox=tuple(box)))
print(json.dumps(told))
"""


@pytest.mark.parametrize("place", ["", "/522301"])
def test_the_gdal_of_pyogrio_opens_it(address: str, place: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PYOGRIO, f"OAPIF:{address}{place}"],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    if told is None:
        pytest.skip("pyogrio's GDAL was built without the OAPIF driver")
    assert told["layers"] == KEYS
    assert (told["grids"]["rows"], told["buildings"]["rows"]) == (12, 59)
    assert (told["households"], told["in_box"]) == (2_672, 1)
    for key in ("grids", "buildings", "stations"):
        assert "WGS 84" in told[key]["crs"]
        west, south, east, north = told[key]["bounds"]
        assert 104.8 < west < east < 105.0  # longitude first, whatever the reference says
        assert 25.0 < south < north < 25.2


@pytest.mark.skipif(not shutil.which("ogrinfo"), reason="gdal-bin is not installed")
def test_the_gdal_of_debian_opens_it(address: str) -> None:
    def ogrinfo(*arguments: str) -> str:
        done = subprocess.run(
            ["ogrinfo", "-ro", *arguments], capture_output=True, text=True, timeout=300
        )
        assert done.returncode == 0, done.stderr
        assert "ERROR" not in done.stderr + done.stdout
        return done.stdout

    listed = ogrinfo("-q", f"OAPIF:{address}")
    assert [line.split()[1] for line in listed.splitlines() if line[:1].isdigit()] == KEYS
    for key, count in (("plots", None), ("buildings", 59), ("grids", 12)):
        told = ogrinfo("-so", f"OAPIF:{address}", key)
        matched = int(told.split("Feature Count: ")[1].split()[0])
        assert count is None or matched == count
        extent = told.split("Extent: (")[1].split(")")[0]
        assert extent.startswith("104.")  # longitude is x
    # all pages, across the driver's own page size
    whole = ogrinfo("-al", "-q", "-geom=NO", f"OAPIF:{address}/collections/buildings")
    assert whole.count("OGRFeature(buildings)") == 59
    few = ogrinfo("-q", "-geom=NO", "-spat", "0", "0", "1", "1", f"OAPIF:{address}", "buildings")
    assert "OGRFeature" not in few
