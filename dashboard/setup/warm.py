"""What the first visitors ask for, asked for once before they come.

The program asks itself, by the addresses that a browser would use: pages, the layers that they
show, the tiles of the first view, the coverage page's first answer. Each answer is kept where
answers of its kind are kept.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from html import unescape
from logging import getLogger

from dash import Dash

from dashboard.access.principal import INSIDE, command
from dashboard.pages import PAGES
from data.divisions.read_counties import CountyRow, list_counties
from data.engine import session
from layers.base_map.layer import terrain_bounds
from layers.kit.principal import system

logger = getLogger(__name__)
ZOOMS = (12, 13, 14)
TILES_MAX = 40  # a county's; a province is looked at piece by piece
_PRELOAD = re.compile(r'rel="preload" as="fetch" crossorigin href="([^"]+)"')


def warm(app: Dash) -> None:
    """Ask an application for its first pages; what fails is only a slower first answer."""
    services = app.server.extensions["getu"]
    client = app.server.test_client()
    client.environ_base[INSIDE] = command()
    try:
        with session(services.engine, system()) as c:
            first = list_counties(c)[:1]
        if not first:
            return
        for page in PAGES:
            text = client.get(page.path).text
            for address in _PRELOAD.findall(text):
                client.get(unescape(address))
        for county in first:
            for address in _first_addresses(county):
                client.get(address)
    except Exception as error:
        logger.info("the first pages could not be made ready: %s", error)


def _first_addresses(county: CountyRow) -> Iterator[str]:
    yield from tiles(county)
    yield f"/coverage/answer?county={county.code}"
    yield f"/coverage/buildings?county={county.code}"
    yield f"/api/planner/{county.code}"


def tiles(county: CountyRow) -> Iterator[str]:
    """Return the addresses of the tiles that cover a county, the far ones first."""
    if county.bounds is None:
        return
    west, south, east, north = terrain_bounds(county.bounds)
    for z in ZOOMS:
        (x0, y0), (x1, y1) = _tile(west, north, z), _tile(east, south, z)
        if (x1 - x0 + 1) * (y1 - y0 + 1) > TILES_MAX:
            return
        for x in range(x0, x1 + 1):
            for y in range(y0, y1 + 1):
                yield f"/tiles/{county.code}/{county.revision}/{z}/{x}/{y}.mvt"


def _tile(lon: float, lat: float, z: int) -> tuple[int, int]:
    """Return the column and row of the web-Mercator tile that holds a place."""
    side = 1 << z
    y = (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2
    return int((lon + 180) / 360 * side), int(y * side)
