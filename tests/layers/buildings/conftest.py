"""One county whose buildings the tests of this folder may change, and a client for its desk."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import shapely
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from dashboard.pages.data_desk.buildings.edits import add_building_routes
from dashboard.services import make_services
from dashboard.web.routes import add_routes
from layers.kit.crs import to_measuring, to_storage
from tests.demonstration import Loaded, NewDatabase, load

MARK = {"X-Getu": "data"}


@dataclass
class Desk:
    """The building desk of one county."""

    client: FlaskClient
    loaded: Loaded

    @property
    def county(self) -> str:
        return self.loaded.code

    @property
    def srid(self) -> int:
        return int(self.loaded.value("SELECT measuring_srid FROM county WHERE code = :code"))

    def get(self, path: str, status: int = 200) -> Any:
        return self._json(self.client.get(f"/api/buildings/{self.county}{path}"), status)

    def post(self, path: str, status: int = 200, **values: Any) -> Any:
        address = f"/api/buildings/{self.county}{path}"
        return self._json(self.client.post(address, json=values, headers=MARK), status)

    def _json(self, answer: TestResponse, status: int) -> Any:
        assert answer.status_code == status, answer.get_data(as_text=True)[:900]
        return answer.get_json()

    def edit(self, kind: str, buildings: Any = (), status: int = 200, **values: Any) -> Any:
        values.setdefault("by", "甲")
        return self.post("/edits", status, kind=kind, buildings=list(buildings), **values)

    def undo(self, status: int = 200, by: str = "甲", **more: Any) -> Any:
        return self.post("/undo", status, by=by, **more)

    def redo(self, status: int = 200, by: str = "甲", **more: Any) -> Any:
        return self.post("/redo", status, by=by, **more)

    def ids(self) -> list[int]:
        rows = self.loaded.rows("SELECT id FROM building WHERE valid_to IS NULL ORDER BY id")
        return [int(r["id"]) for r in rows]

    def shape(self, building: int) -> Any:
        """Return a building's footprint in metres."""
        wkb = self.loaded.value(
            "SELECT ST_AsBinary(geom) FROM building WHERE id = :id", id=building
        )
        shape = to_measuring([shapely.from_wkb(bytes(wkb))], self.srid)[0]
        return shape.geoms[0]

    def geojson(self, shape: Any) -> Any:
        """Return a shape in metres as GeoJSON in degrees."""
        return json.loads(shapely.to_geojson(to_storage([shape], self.srid)[0]))

    def free_place(self, side: float = 12.0) -> Any:
        """Return a square in metres in the community that meets no building."""
        wkb = self.loaded.value(
            "SELECT ST_AsBinary(geom) FROM division WHERE kind = 'community' ORDER BY id LIMIT 1"
        )
        community = to_measuring([shapely.from_wkb(bytes(wkb))], self.srid)[0]
        built = shapely.union_all([self.shape(i) for i in self.ids()])
        west, south, east, north = (int(v) for v in built.bounds)
        for x, y in itertools.product(range(west, east, 5), range(south, north, 5)):
            square = shapely.box(x, y, x + side, y + side)
            if community.contains(square) and built.distance(square) > 3:
                return square
        raise AssertionError("no free place")

    def rows(self) -> list[Any]:
        return self.loaded.rows(STANDING)

    def plots(self) -> list[Any]:
        return self.loaded.rows(NEWEST_PLOTS)


# Everything that stands: rows, lists and counts of buildings.
STANDING = """
    SELECT b.id, b.code, b.community_id, b.estate_id, b.name, b.number, b.levels,
           b.levels_estimated, b.life, b.use, b.external_id, b.source, b.valid_from,
           encode(ST_AsEWKB(b.geom), 'hex') AS geometry,
           ARRAY(SELECT a.address FROM building_address a WHERE a.building_id = b.id
                 ORDER BY 1) AS addresses,
           ARRAY(SELECT a.alias FROM building_alias a WHERE a.building_id = b.id
                 ORDER BY 1) AS aliases,
           ARRAY(SELECT a.name || ST_AsText(a.geom) FROM building_entrance a
                 WHERE a.building_id = b.id ORDER BY 1) AS entrances,
           ARRAY(SELECT a.life || a.starts_on FROM building_life a
                 WHERE a.building_id = b.id ORDER BY 1) AS lives,
           ARRAY(SELECT a.use FROM building_use a WHERE a.building_id = b.id
                 ORDER BY 1) AS uses,
           ARRAY(SELECT a.snapshot_id || a.measure || a.value FROM building_count a
                 WHERE a.building_id = b.id ORDER BY 1) AS counts
    FROM building b WHERE b.valid_to IS NULL ORDER BY b.id
"""
# The newest plots with their buildings and borders, by geometry.
NEWEST_PLOTS = """
    SELECT encode(ST_AsEWKB(p.geom), 'hex') AS geometry, p.kind, p.building_id,
           ARRAY(SELECT pb.building_id FROM plot_building pb WHERE pb.plot_id = p.id
                 ORDER BY 1) AS buildings,
           ARRAY(SELECT round(n.shared_m::numeric, 6) || n.barrier FROM plot_neighbour n
                 WHERE p.id IN (n.plot_a, n.plot_b) ORDER BY 1) AS borders
    FROM plot p
    WHERE p.tessellation_id IN (
        SELECT DISTINCT ON (community_id) id FROM tessellation
        ORDER BY community_id, version DESC)
    ORDER BY 1
"""
# What drafts say: the grid of every plot, by the plot's geometry; figures of grids.
DRAFTS = """
    SELECT a.plan_id, encode(ST_AsEWKB(p.geom), 'hex') AS geometry, a.grid_id, a.code,
           g.households, g.persons, g.buildings, g.plots,
           EXISTS (SELECT FROM draft_plot_lock l
                   WHERE l.plan_id = a.plan_id AND l.plot_id = p.id) AS locked
    FROM plan_assignment a
    JOIN plan d ON d.id = a.plan_id AND d.published_at IS NULL
    JOIN plot p ON p.id = a.plot_id
    JOIN plan_grid g ON g.plan_id = a.plan_id AND g.grid_id = a.grid_id
    ORDER BY 1, 2
"""


@pytest.fixture(scope="session")
def desk(new_database: NewDatabase) -> Iterator[Desk]:
    loaded = load(new_database, "liping")
    server, shared = Flask("buildings"), make_services(loaded.engine)
    add_routes(server, shared)
    add_building_routes(server, shared)
    yield Desk(server.test_client(), loaded)
    loaded.engine.dispose()
