"""Doors against ``pgr_withPointsDD`` on a real PostgreSQL."""

import numpy as np
import psycopg
import pytest
import shapely
from sqlalchemy.engine import make_url

from data.embedded import cluster
from layers.service_circles.walking.compute import reaches
from layers.service_circles.walking.network import build_network
from layers.service_circles.walking.ties import anchors_of, doors_of, tie
from tests.layers.service_circles.pgrouting import lay_tables, reach_by_pgrouting
from tests.layers.service_circles.towns import hills, lattice

pytestmark = pytest.mark.database


@pytest.fixture
def connection(database):
    """A connection that may make extensions, to a database with pgRouting."""
    url = make_url(database.owner_url).set(drivername="postgresql")
    if database.embedded:
        url = url.set(username=cluster.SUPERUSER)
    with psycopg.connect(url.render_as_string(hide_password=False), autocommit=True) as opened:
        there = opened.execute(
            "SELECT count(*) FROM pg_available_extensions WHERE name = 'pgrouting'"
        ).fetchone()
        if not there[0]:
            pytest.skip("needs the PostgreSQL extension pgrouting (postgresql-15-pgrouting)")
        opened.execute("CREATE EXTENSION pgrouting CASCADE")
        yield opened


def test_the_same_doors_are_within_15_minutes_as_pgrouting_says(connection):
    network = build_network(lattice(18, seed=9), hills)
    draw = np.random.default_rng(9)
    homes = doors_of(network, tie(shapely.points(draw.uniform(0, 1440, (600, 2))), network))
    stations = anchors_of(network, tie(shapely.points(draw.uniform(0, 1440, (5, 2))), network))
    lay_tables(connection, network, homes.places, stations)
    for s, found in enumerate(reaches(network, homes, stations, 700.0)):
        expected = reach_by_pgrouting(connection, homes.places, stations, s, 700.0)
        assert found.doors.tolist() == sorted(expected)
        assert 0 < len(expected) < 600
        times = np.array([expected[door] for door in found.doors.tolist()])
        assert np.abs(found.walk_s - times).max() <= 0.001
