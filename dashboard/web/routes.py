"""Routes beside the pages: layers, tiles, health; and the headers of every answer."""

from __future__ import annotations

from flask import Flask, Response, jsonify, request
from flask_compress import Compress

from dashboard.access.principal import present, system
from dashboard.services import Services
from dashboard.web.answers import YEAR_S, refuse_nul, respond
from dashboard.web.api import add_refusals
from data.divisions import read_counties as counties
from data.engine import session
from layers.base_map.layer import LAYER as BASE_MAP
from layers.base_map.layer import ground_tile
from layers.grids import layer as grids
from layers.grids.layer import LAYER as GRIDS
from layers.kit.layer import Payload

# Everything comes from this program; Dash and Leaflet set styles from script.
POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; "
    "script-src 'self' {scripts}; connect-src 'self'; font-src 'self'; "
    "object-src 'none'; base-uri 'self'; frame-ancestors 'none'; form-action 'self'"
)


def add_routes(server: Flask, services: Services) -> None:
    """Add ``/layers``, ``/tiles`` and ``/health`` to a Flask server, and what refusals are."""
    add_refusals(server)

    @server.get("/layers/<key>")
    def layer(key: str) -> Response:
        values = request.args.to_dict()
        county = values.pop("county", "")
        refuse_nul(county, *values.values())
        named = values.get("v")
        lasting = named is not None and named == str(services.revision(county))
        return respond(services.payload(key, county, values), lasting=lasting)

    @server.get("/tiles/<county>/<revision>/<int:z>/<int:x>/<int:y>.mvt")
    def tile(county: str, revision: str, z: int, x: int, y: int) -> Response:
        refuse_nul(county)
        # Kept by the revision that stands, whatever the address says: one that names a later
        # revision would be stale on the day that it comes.
        current, scope = services.revision_seen(county)

        def make() -> Payload:
            with session(services.engine, present()) as c:
                return ground_tile(c, county, z, x, y)

        key = ("tile", BASE_MAP.version, county, scope, current, z, x, y)
        return respond(services.cache.get(key, make), lasting=revision == str(current))

    @server.get("/tiles/grids/<county>/<revision>/<int:z>/<int:x>/<int:y>.mvt")
    def grid_tile(county: str, revision: str, z: int, x: int, y: int) -> Response:
        refuse_nul(county)
        current, scope = services.revision_seen(county)
        values = {k: v for k, v in request.args.items() if k in GRIDS.parameters}

        def make() -> Payload:
            with session(services.engine, present()) as c:
                return grids.tile(c, counties.query(c, county, values), z, x, y)

        shown = tuple(sorted(values.items()))
        key = ("grid tile", GRIDS.version, county, scope, current, shown, z, x, y)
        return respond(services.cache.get(key, make), lasting=revision == str(current))

    @server.get("/grids/one")
    def one_grid() -> Response:
        values = request.args.to_dict()
        county = values.pop("county", "")
        refuse_nul(county, *values.values())
        with session(services.engine, present()) as c:
            return respond(grids.one(c, counties.query(c, county, values)), lasting=False)

    @server.get("/health")
    def health() -> Response:
        with session(services.engine, system()) as c:
            loaded = counties.county_count(c)
        return jsonify(status="ok", counties=loaded)


def add_headers(server: Flask) -> None:
    """Compress answers, let browsers keep what has a version, and bound what a page may load."""
    server.config.update(
        COMPRESS_ALGORITHM=["br", "gzip"],
        COMPRESS_ALGORITHM_STREAMING=["br", "gzip"],
        COMPRESS_BR_LEVEL=5,
        COMPRESS_MIN_SIZE=1024,
        COMPRESS_MIMETYPES=[
            "text/html",
            "text/css",
            "text/javascript",
            "application/javascript",
            "application/json",
            "application/geo+json",
            "application/vnd.mapbox-vector-tile",
            "image/svg+xml",
        ],
    )
    Compress(server)

    @server.after_request
    def header(answer: Response) -> Response:
        if request.path.startswith(("/_dash-component-suites/", "/assets/")) and (
            "m=" in request.query_string.decode()
            or ".v" in request.path
            or request.path.startswith("/assets/built/")
        ):
            answer.headers["Cache-Control"] = f"public, max-age={YEAR_S}, immutable"
        if answer.mimetype == "text/html":
            # A page holds its figures: whoever comes back to it sees those of that moment.
            answer.headers.setdefault("Cache-Control", "no-store")
        answer.headers.setdefault("X-Content-Type-Options", "nosniff")
        answer.headers.setdefault("Referrer-Policy", "same-origin")
        return answer
