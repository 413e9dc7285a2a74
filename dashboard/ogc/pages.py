"""``/ogc`` for people: the same documents as plain pages, with links to follow and rows to read."""

from __future__ import annotations

from pathlib import Path
from typing import Final, TypedDict, cast
from urllib.parse import urlencode, urlsplit

from flask import Response, request

from dashboard.ogc.documents import (
    COLLECTIONS,
    GEOJSON,
    JSON,
    CollectionDocument,
    Collections,
    Conformance,
    Feature,
    FeatureCollection,
    Landing,
    Link,
)
from dashboard.plain_pages.rendering import plain_page
from layers.kit.errors import InputError

Document = Landing | Conformance | Collections | CollectionDocument | Feature | FeatureCollection
HTML: Final = "text/html"
_OWN: Final = ("f", "lang")


class Way(TypedDict):
    """A link of a page."""

    href: str
    title: str
    rel: str


class Told(TypedDict, total=False):
    """What any of the documents may hold."""

    type: str
    itemType: str
    description: str
    conformsTo: list[str]
    collections: list[CollectionDocument]
    features: list[Feature]
    numberMatched: int
    links: list[Link]


def wants_page() -> bool:
    """Tell whether whoever asks is a person: ``f=html``, or a browser that names no format."""
    asked = request.args.get("f")
    if asked is not None:
        return asked == "html"
    return request.accept_mimetypes.best_match((JSON, GEOJSON, HTML)) == HTML


def asked_values() -> dict[str, str]:
    """Return the parameters of the request. Raises InputError for one that is there twice.

    What makes a page of the answer (``f=html``, its language) is none of the service's.
    """
    twice = sorted(name for name, values in request.args.lists() if len(values) > 1)
    if twice:
        raise InputError("{names} is there more than once", names=", ".join(twice))
    values = request.args.to_dict()
    if wants_page():
        return {name: value for name, value in values.items() if name not in _OWN}
    return values


def page_of(body: Document, theme: str) -> Response:
    """Return a document as a page: what it is, where its links lead, its features as a table."""
    told = cast("Told", body)
    links = told.get("links", [])
    alone = [cast("Feature", body)] if told.get("type") == "Feature" else []
    features = told.get("features", alone)
    columns = list(dict.fromkeys(name for one in features for name in one["properties"]))
    key = request.path.partition("/collections/")[2].partition("/")[0]
    heading = next((one.title for one in COLLECTIONS if one.key == key), "OGC API – Features")
    made = plain_page(
        Path(__file__).parent,
        "document.html",
        theme,
        heading=heading,
        ways=[_way(link) for link in links if link["rel"] in ("data", "items", "item")],
        collections=[(_href(one["links"][0]["href"]), one) for one in told.get("collections", [])],
        about=told.get("description", "") if "itemType" in told else "",
        classes=told.get("conformsTo", []),
        columns=columns,
        rows=[[one["id"], *map(one["properties"].get, columns)] for one in features],
        matched=told.get("numberMatched"),
        turns={link["rel"]: _href(link["href"]) for link in links},
        above=request.path.rstrip("/").rpartition("/")[0],
        plain=f"{request.path}?{urlencode({**asked_values(), 'f': 'json'})}",
    )
    made.headers["Vary"] = "Host, Accept"
    return made


def _way(link: Link) -> Way:
    return {
        "href": _href(link["href"]),
        "title": link.get("title") or link["rel"],
        "rel": link["rel"],
    }


def _href(href: str) -> str:
    """Return an address of this program without its host, in the language of the page."""
    parts = urlsplit(href)
    lang = request.args.get("lang")
    more = f"lang={lang}" if lang in ("zh", "en") else ""
    query = "&".join(part for part in (parts.query, more) if part)
    return f"{parts.path}?{query}" if query else parts.path
