"""Grids too many for one drawing: tiles, the grid at a place, unknown organisations."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyogrio
import pytest
from flask.testing import FlaskClient

from dashboard.application import close_app, create_app
from dashboard.intake.demonstration import load_province
from dashboard.settings import read_settings
from data.engine import program_engine, transaction
from data.grids.read import plan_totals
from data.grids.read_tiles import grids_without_organisation
from data.sample.province import GUIZHOU
from data.server import Server
from layers.grids import layer as grids
from tests.demonstration import Loaded, silent

pytestmark = pytest.mark.database
SMALL = replace(GUIZHOU, grids=2_400, counties=10, reporting=8)


@pytest.fixture(scope="module")
def province(new_database: Callable[[], Server]) -> Loaded:
    server = new_database()
    engine = program_engine(server, pool_size=4, statement_timeout_s=None)
    with transaction(engine) as c:
        load_province(c, SMALL, silent)
    return Loaded(server, engine, SMALL.code)


@pytest.fixture(scope="module")
def client(province: Loaded) -> Iterator[FlaskClient]:
    app = create_app(read_settings({}), province.server)
    yield app.server.test_client()
    close_app(app)


def tiles(province: Loaded, zoom: int) -> list[tuple[int, int]]:
    (box,) = province.rows(
        "SELECT ST_XMin(b) w, ST_YMin(b) s, ST_XMax(b) e, ST_YMax(b) n"
        " FROM (SELECT ST_Extent(geom) b FROM plan_grid WHERE code LIKE :code || '%') x"
    )

    def column(lon: float) -> int:
        return int((lon + 180) / 360 * 2**zoom)

    def row(lat: float) -> int:
        return int((1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * 2**zoom)

    return [
        (x, y)
        for x in range(column(box["w"]), column(box["e"]) + 1)
        for y in range(row(box["n"]), row(box["s"]) + 1)
    ]


def read(client: FlaskClient, place: str, folder: Path, name: str) -> Any:
    z, x, y = place.split("/")
    answer = client.get(f"/tiles/grids/{SMALL.code}/1/{place}.mvt")
    assert answer.mimetype == "application/vnd.mapbox-vector-tile"
    if not answer.data:  # nothing lies there
        return []
    file = folder / f"{z}-{x}-{y}.mvt"
    file.write_bytes(answer.data)
    if name not in pyogrio.list_layers(file)[:, 0]:
        return []
    return pyogrio.read_dataframe(file, layer=name, X=x, Y=y, Z=z)


def test_no_drawing_is_sent_of_more_grids_than_fit_one(client: FlaskClient) -> None:
    answer = client.get(f"/layers/grids?county={SMALL.code}")
    assert json.loads(answer.data)["features"] == []


def test_every_grid_is_on_some_tile_with_its_class(
    client: FlaskClient, province: Loaded, tmp_path: Path
) -> None:
    classes: dict[int, int] = {}
    for x, y in tiles(province, 8):
        frame = read(client, f"8/{x}/{y}", tmp_path, "grid")
        if len(frame):
            classes.update(zip(frame["id"].astype(int), frame["load"].astype(int), strict=True))
    # load = how many of 150, 240 and 300 households are exceeded
    rows = province.rows("SELECT grid_id, households FROM plan_grid WHERE code LIKE :code || '%'")
    truth = {r["grid_id"]: sum(r["households"] > s for s in (150, 240, 300)) for r in rows}
    assert len(truth) == 2_400
    assert classes.items() <= truth.items()
    assert len(classes) > 0.95 * len(truth)  # a few are smaller than a pixel there


def test_a_grid_over_the_limit_is_marked_from_afar(
    client: FlaskClient, province: Loaded, tmp_path: Path
) -> None:
    marked: set[int] = set()
    for x, y in tiles(province, 7):
        frame = read(client, f"7/{x}/{y}", tmp_path, "over")
        if len(frame):
            marked |= set(frame["id"].astype(int))
    rows = province.rows(
        "SELECT grid_id FROM plan_grid WHERE code LIKE :code || '%' AND households > 300"
    )
    assert marked == {r["grid_id"] for r in rows}


def test_the_grid_at_a_place_is_the_one_that_covers_it(
    client: FlaskClient, province: Loaded
) -> None:
    for row in province.rows(
        "SELECT grid_id, ST_X(label_point) lon, ST_Y(label_point) lat FROM plan_grid"
        " WHERE code LIKE :code || '%' ORDER BY grid_id LIMIT 5"
    ):
        path = f"/grids/one?county={SMALL.code}&lon={row['lon']}&lat={row['lat']}"
        (at,) = json.loads(client.get(path).data)["features"]
        assert at["properties"]["id"] == row["grid_id"]
        path = f"/grids/one?county={SMALL.code}&id={row['grid_id']}"
        assert json.loads(client.get(path).data)["features"] == [at]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/grids/one?county=5299&lon=0&lat=0", 200),
        ("/grids/one?county=5299&lon=0", 400),
        ("/grids/one?county=5299&lon=nan&lat=1", 400),
        ("/grids/one?county=5299&lon=1&lat=91", 400),
        ("/grids/one?county=5299&id=x", 400),
        ("/grids/one?county=5299&id=" + "9" * 30, 400),
        ("/grids/one?county=5299&id=1&as_of=x", 400),
        ("/grids/one?county=520381&lon=1&lat=1", 404),
        ("/grids/one?county=%00&lon=1&lat=1", 404),
        ("/tiles/grids/5299/1/7/200/1.mvt", 400),
        ("/tiles/grids/5299/1/30/1/1.mvt", 400),
        ("/tiles/grids/5299/1/7/1/1.mvt?as_of=x", 400),
        ("/tiles/grids/999999/1/7/1/1.mvt", 404),
    ],
)
def test_an_answer_has_its_status(client: FlaskClient, path: str, status: int) -> None:
    assert client.get(path).status_code == status


def test_a_place_without_a_grid_has_none(client: FlaskClient) -> None:
    made = json.loads(client.get("/grids/one?county=5299&lon=0&lat=0").data)
    assert made["features"] == []


def test_unknown_organisations_are_counted(province: Loaded) -> None:
    truth = province.value(
        "SELECT count(*) FROM plan_grid pg WHERE pg.code LIKE :code || '%' AND NOT EXISTS"
        " (SELECT FROM grid_organisation o WHERE o.grid_id = pg.grid_id)"
    )
    with transaction(province.engine) as c:
        assert grids_without_organisation(c, SMALL.code, province.as_of) == truth > 0
        totals = plan_totals(c, SMALL.code, province.as_of, 300)
    over = province.value(
        "SELECT count(*) FROM plan_grid WHERE code LIKE :code || '%' AND households > 300"
    )
    # plots are not known (0), so the limit is judged by the totals
    assert (totals.grids, totals.over_limit) == (2_400, over)


def test_only_many_grids_are_tiles(province: Loaded) -> None:
    with transaction(province.engine) as c:
        assert grids.as_tiles(c, SMALL.code)
        assert not grids.as_tiles(c, f"{SMALL.code}01")
