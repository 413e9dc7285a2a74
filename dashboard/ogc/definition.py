"""The API definition (OpenAPI 3.0) of ``/ogc``: made from the same lists that the routes use."""

from __future__ import annotations

from typing import Any

from dashboard.ogc.documents import COLLECTIONS, GEOJSON, JSON, Place
from dashboard.ogc.parameters import LIMIT_DEFAULT, LIMIT_MAX

Json = dict[str, Any]


def definition(place: Place) -> Json:
    """Return the OpenAPI document whose server is this place."""
    paths: Json = {
        "/": _get("Landing page", JSON),
        "/conformance": _get("Conformance classes", JSON),
        "/collections": _get("The collections", JSON),
    }
    for one in COLLECTIONS:
        base = f"/collections/{one.key}"
        paths[base] = _get(one.title, JSON)
        paths[f"{base}/items"] = _get(one.title, GEOJSON, _PARAMETERS)
        paths[f"{base}/items/{{featureId}}"] = _get(one.title, GEOJSON, [_FEATURE])
    return {
        "openapi": "3.0.3",
        "info": {"title": "格图 Getu: OGC API – Features", "version": "1.0.0"},
        "servers": [{"url": place.href()}],
        "paths": paths,
    }


def _get(summary: str, media_type: str, parameters: list[Json] | None = None) -> Json:
    answers = {
        "200": {"description": summary, "content": {media_type: {"schema": {"type": "object"}}}},
        "400": {"description": "A parameter that is unknown or cannot be read"},
        "404": {"description": "There is no such thing"},
    }
    return {"get": {"summary": summary, "parameters": parameters or [], "responses": answers}}


def _query(name: str, schema: Json, about: str) -> Json:
    return {
        "name": name,
        "in": "query",
        "required": False,
        "description": about,
        "schema": schema,
        "style": "form",
        "explode": False,
    }


_PARAMETERS = [
    _query(
        "limit",
        {"type": "integer", "minimum": 1, "maximum": LIMIT_MAX, "default": LIMIT_DEFAULT},
        "Features on a page",
    ),
    _query("offset", {"type": "integer", "minimum": 0, "default": 0}, "Features to pass over"),
    _query(
        "bbox",
        {
            "type": "array",
            "oneOf": [{"minItems": 4, "maxItems": 4}, {"minItems": 6, "maxItems": 6}],
            "items": {"type": "number"},
        },
        "West,south,east,north in degrees (CRS84)",
    ),
    _query("datetime", {"type": "string"}, "A day, or first/last: what stands on those days"),
    _query("county", {"type": "string"}, "Code of a county"),
    _query("within", {"type": "string"}, "Code of a division: everything that lies in it"),
]
_FEATURE: Json = {
    "name": "featureId",
    "in": "path",
    "required": True,
    "schema": {"type": "integer"},
}
