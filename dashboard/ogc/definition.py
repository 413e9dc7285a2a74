"""The API definition (OpenAPI 3.0) of ``/ogc``: made from the same lists that the routes use."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NotRequired, TypedDict

from dashboard.ogc.documents import COLLECTIONS, GEOJSON, JSON, Place
from dashboard.ogc.parameters import LIMIT_DEFAULT, LIMIT_MAX


class Schema(TypedDict, total=False):
    """What a value must be (OpenAPI 3.0, Schema Object)."""

    type: str
    minimum: int
    maximum: int
    default: int
    minItems: int
    maxItems: int
    oneOf: list[Schema]
    items: Schema


class Description(TypedDict):
    """A parameter, without where it stands: ``in`` is no name in Python."""

    name: str
    required: bool
    schema: Schema
    description: NotRequired[str]
    style: NotRequired[str]
    explode: NotRequired[bool]


In = TypedDict("In", {"in": str})


class Parameter(Description, In):
    """A parameter of an operation (OpenAPI 3.0, Parameter Object)."""


class MediaType(TypedDict):
    """What a body holds."""

    schema: Schema


class Answer(TypedDict):
    """What an operation answers (OpenAPI 3.0, Response Object)."""

    description: str
    content: NotRequired[dict[str, MediaType]]


class Operation(TypedDict):
    """What can be asked at an address; ``responses`` by status."""

    summary: str
    parameters: list[Parameter]
    responses: dict[str, Answer]


class PathItem(TypedDict):
    """An address: it can only be read."""

    get: Operation


class Info(TypedDict):
    """What the API is called."""

    title: str
    version: str


class Server(TypedDict):
    """Where the API is."""

    url: str


class Definition(TypedDict):
    """An API definition (OpenAPI 3.0, OpenAPI Object); ``paths`` by address."""

    openapi: str
    info: Info
    servers: list[Server]
    paths: dict[str, PathItem]


def definition(place: Place) -> Definition:
    """Return the OpenAPI document whose server is this place."""
    paths: dict[str, PathItem] = {
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


def _get(summary: str, media_type: str, parameters: Sequence[Parameter] = ()) -> PathItem:
    answers: dict[str, Answer] = {
        "200": {"description": summary, "content": {media_type: {"schema": {"type": "object"}}}},
        "400": {"description": "A parameter that is unknown or cannot be read"},
        "404": {"description": "There is no such thing"},
    }
    return {"get": {"summary": summary, "parameters": list(parameters), "responses": answers}}


def _query(name: str, schema: Schema, about: str) -> Parameter:
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
    _query("bbox-crs", {"type": "string"}, "System of bbox: CRS84, or EPSG 4490 (latitude first)"),
    _query("crs", {"type": "string"}, "System of the answer: CRS84, or EPSG 4490 (latitude first)"),
    _query("datetime", {"type": "string"}, "A day, or first/last: what stands on those days"),
    _query("county", {"type": "string"}, "Code of a county"),
    _query("within", {"type": "string"}, "Code of a division: everything that lies in it"),
]
_FEATURE: Parameter = {
    "name": "featureId",
    "in": "path",
    "required": True,
    "schema": {"type": "integer"},
}
