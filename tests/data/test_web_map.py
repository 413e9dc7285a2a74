"""Degrees that are called WGS 84 on their way to the map are the same degrees."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, text

from data.engine import transaction
from data.web_map import STORED, WEB, stored, web

pytestmark = pytest.mark.database

# 20,000 places all over China, and back from the map.
BOTH_WAYS = f"""
    WITH place AS (
        SELECT ST_SetSRID(ST_MakePoint(73 + random() * 62, 18 + random() * 35), {STORED}) AS geom
        FROM generate_series(1, 20000)
    ), seen AS (
        SELECT {web("geom")} AS here, ST_Transform(geom, {WEB}) AS there FROM place
    )
    SELECT count(*) FILTER (WHERE NOT ST_OrderingEquals(here, there)) AS out_off,
           count(*) FILTER (WHERE NOT ST_OrderingEquals(
               {stored("there")}, ST_Transform(there, {STORED}))) AS back_off,
           min(ST_SRID({stored("there")})) AS srid
    FROM seen
"""


def test_both_ways_give_the_same_to_the_last_bit(module_program: Engine) -> None:
    with transaction(module_program) as c:
        row = c.execute(text(BOTH_WAYS)).one()
    assert (row.out_off, row.back_off, row.srid) == (0, 0, STORED)
