"""The routes of ``/ogc`` and, narrowed to one county, of ``/ogc/<county code>``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import urlsplit

import numpy as np
from flask import Flask, Response, request
from sqlalchemy import Connection

from dashboard.access.principal import present
from dashboard.gate.hosts import is_ours
from dashboard.ogc import documents
from dashboard.ogc.crs import read_crs
from dashboard.ogc.definition import definition
from dashboard.ogc.documents import (
    COLLECTIONS,
    GEOJSON,
    JSON,
    OPENAPI,
    Collection,
    Conformance,
    Feature,
    Place,
    Property,
)
from dashboard.ogc.pages import Document, asked_values, page_of, wants_page
from dashboard.ogc.parameters import Page, read_page, refuse_unknown
from dashboard.ogc.service_areas import service_areas
from dashboard.services import Services
from data.divisions import read_counties as counties
from data.engine import session
from data.grids import read_ogc as ogc
from data.grids.read_live_loads import counts_day, grids_now
from data.grids.read_ogc import GridQuery, GridRow
from layers.kit.errors import NotFoundError
from layers.kit.layer import Payload

VERSION = 1  # of what is kept between pages


def add_ogc(server: Flask, services: Services, *, theme: str, hosts: tuple[str, ...]) -> None:
    """Add ``/ogc`` to a Flask server.

    ``theme``: address of the script that sets the theme of pages for people. ``hosts``: names of
    this program: pages under these, on any port, may read what is answered here.
    """

    def place_of(code: str) -> Place:
        """Return where this request's links lead: to its own host. Raises NotFoundError."""
        if code:
            if not (code.isascii() and code.isdecimal()):
                raise NotFoundError(f"there is nothing called {code} under /ogc")
            services.revision(code)
        return Place(request.url_root, code)

    def answer(body: Document, media_type: str, crs: str | None = None) -> Response:
        made = page_of(body, theme) if wants_page() else _answer(body, media_type)
        if crs is not None:
            made.headers["Content-Crs"] = f"<{crs}>"
        return made

    def landing(place: str = "") -> Response:
        here = place_of(place)
        _refuse()
        with session(services.engine, present()) as c:
            loaded = [(row.code, row.name) for row in counties.list_counties(c)]
        return answer(documents.landing(here, loaded), JSON)

    def api(place: str = "") -> Response:
        here = place_of(place)
        _refuse()
        return _answer(definition(here), OPENAPI)

    def conformance(place: str = "") -> Response:
        place_of(place)
        _refuse()
        return answer(Conformance(conformsTo=list(documents.CONFORMANCE)), JSON)

    def collections(place: str = "") -> Response:
        here = place_of(place)
        _refuse()
        with session(services.engine, present()) as c:
            bounds = ogc.extent(c, here.code)
        return answer(documents.collections(here, bounds), JSON)

    def collection(key: str, place: str = "") -> Response:
        here, one = place_of(place), _collection(key)
        _refuse()
        with session(services.engine, present()) as c:
            bounds = ogc.extent(c, here.code)
        return answer(documents.collection(here, one, bounds), JSON)

    def items(key: str, place: str = "") -> Response:
        here, one = place_of(place), _collection(key)
        values = asked_values()
        asked = read_page(values, here.code)
        features, matched = _page(services, one.key, asked)
        stamp = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        body = documents.page(
            here, one.key, features, matched, asked.limit, asked.offset, values, stamp
        )
        return answer(body, GEOJSON, asked.crs)

    def item(key: str, feature: int, place: str = "") -> Response:
        here, one = place_of(place), _collection(key)
        values = asked_values()
        refuse_unknown(values, ("crs", "f"))
        crs = read_crs("crs", values.get("crs"))
        asked = Page(GridQuery(within=here.code, feature=min(feature, 2**62)), 1, 0, crs)
        features, _ = _page(services, one.key, asked)
        if not features:
            raise NotFoundError(f"there is no {feature} in {one.key}")
        href = here.href("collections", one.key)
        links = [
            documents.link(f"{href}/items/{feature}", "self", GEOJSON),
            documents.link(href, "collection", JSON),
        ]
        features[0]["links"] = links
        return answer(features[0], GEOJSON, crs)

    for name, path, view in (
        ("landing", "", landing),
        ("api", "/api", api),
        ("conformance", "/conformance", conformance),
        ("collections", "/collections", collections),
        ("collection", "/collections/<key>", collection),
        ("items", "/collections/<key>/items", items),
        ("item", "/collections/<key>/items/<int:feature>", item),
    ):
        for kind, prefix in (("", "/ogc"), ("county ", "/ogc/<place>")):
            server.add_url_rule(
                prefix + (path or "/"), f"ogc {kind}{name}", view, strict_slashes=False
            )

    @server.after_request
    def share(made: Response) -> Response:
        """Let pages of the same names, on any port, read: the county's own web maps do."""
        if not f"{request.path}/".startswith("/ogc/"):
            return made
        made.headers.add("Vary", "Origin")
        origin = request.headers.get("Origin")
        if origin is not None and is_ours(urlsplit(origin).netloc, hosts):
            made.headers["Access-Control-Allow-Origin"] = origin
            made.headers["Access-Control-Allow-Methods"] = "GET, HEAD, OPTIONS"
            made.headers["Access-Control-Expose-Headers"] = "Content-Crs"
            made.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        return made


def _collection(key: str) -> Collection:
    for one in COLLECTIONS:
        if one.key == key:
            return one
    raise NotFoundError(f"there is no collection called {key}")


def _refuse() -> None:
    refuse_unknown(asked_values(), ("f",))


def _page(services: Services, key: str, asked: Page) -> tuple[list[Feature], int]:
    """Return the features of a page and how many fit in all."""
    if key not in ogc.TABLES:
        found = service_areas(services, asked.wanted)
        part = found[asked.offset : asked.offset + asked.limit]
        return [documents.feature(row, crs=asked.crs) for row in part], len(found)
    with session(services.engine, present()) as c:
        revisions = tuple((row.code, row.revision) for row in counties.list_counties(c))

        def make() -> Payload:
            found = np.array(ogc.matching_ids(c, key, asked.wanted), np.int64)
            return Payload(found.tobytes(), "application/octet-stream")

        # Kept while no county changes: a client that reads page by page asks the same again.
        kept = services.cache.get(
            ("ogc", VERSION, key, asked.wanted, present().scope, revisions), make
        )
        ids = np.frombuffer(kept.body, np.int64)
        matched = len(ids)
        chosen = ids[asked.offset : asked.offset + asked.limit].tolist()
        rows = ogc.features(c, key, asked.wanted, chosen) if chosen else []
        more: Mapping[int, Mapping[str, Property]] = {}
        if key == "buildings":
            more = _counted(c, [row.id for row in rows])
        elif key == "grids":
            more = _live(c, [row for row in rows if isinstance(row, GridRow)])
    return [documents.feature(row, more.get(row.id), asked.crs) for row in rows], matched


def _counted(c: Connection, buildings: list[int]) -> Mapping[int, Mapping[str, Property]]:
    """Return the newest counts of buildings and ``counts_as_of``, None where unknown."""
    counts = ogc.newest_counts(c, buildings)
    found: dict[int, Mapping[str, Property]] = {}
    for own in buildings:
        known = counts.get(own)
        values = {} if known is None else known.values
        found[own] = {
            **dict.fromkeys(ogc.MEASURES),
            **values,
            "counts_as_of": None if known is None else known.as_of,
        }
    return found


def _live(c: Connection, rows: list[GridRow]) -> Mapping[int, Mapping[str, Property]]:
    """Return what grids hold now: ``households_now`` and ``counts_as_of``, None where unknown."""
    found: dict[int, Mapping[str, Property]] = {}
    for code in sorted({row.county for row in rows}):
        asked, day = counties.query(c, code), counts_day(c, code)
        own = [row for row in rows if row.county == code]
        pairs = [
            (row.plan_id, row.id)
            for row in own
            if row.valid_to is None or row.valid_to > asked.today
        ]
        now = grids_now(c, pairs, asked.household_measure)
        for row in own:
            known = now.get(row.id)
            found[row.id] = {
                "households_now": known.households if known else None,
                "counts_as_of": day if known else None,
            }
    return found


def _answer(body: Mapping[str, object], media_type: str) -> Response:
    made = Response(json.dumps(body, ensure_ascii=False), content_type=media_type)
    made.headers["Cache-Control"] = "no-cache"
    made.headers["Vary"] = "Host, Accept"
    return made
