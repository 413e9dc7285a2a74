"""Faults and kinds of edits of buildings in the user's words."""

from __future__ import annotations

import json
from typing import Final, TypedDict

import numpy as np
import shapely

from dashboard.text import Language, text
from dashboard.text.findings import remedy, say
from layers.kit.crs import to_storage
from layers.kit.findings import Finding
from layers.kit.json import Geometry
from layers.kit.words import Words

KINDS: Final = {
    "draw": "buildings.kind_draw",
    "move": "buildings.kind_move",
    "reshape": "buildings.kind_reshape",
    "cut": "buildings.kind_cut",
    "join": "buildings.kind_join",
    "remove": "buildings.kind_remove",
    "attributes": "buildings.kind_attributes",
    "split_by_entrance": "buildings.kind_split_by_entrance",
    "import": "buildings.kind_import",
    "undo": "buildings.kind_undo",
    "redo": "buildings.kind_redo",
}


class FindingValue(TypedDict):
    """A fault with its sentence, its remedy and its place; ``where``: longitude, latitude.

    ``confirmable``: whoever sees it may save all the same.
    """

    code: str
    severity: str
    building: int | None
    message: str
    remedy: str | None
    values: Words
    where: list[float] | None
    geometry: Geometry | None
    confirmable: bool


def finding_json(finding: Finding, lang: Language, srid: int) -> FindingValue:
    """Return a finding with its sentence, its remedy and its place (GeoJSON, degrees)."""
    geometry = where = None
    if finding.geometry is not None and not shapely.is_empty(finding.geometry):
        shape = to_storage(np.array([finding.geometry], dtype=object), srid)[0]
        geometry = json.loads(shapely.to_geojson(shape))
        place = shapely.point_on_surface(shape)
        where = [round(place.x, 7), round(place.y, 7)]
    return {
        "code": finding.code,
        "severity": finding.severity,
        "building": None if finding.subject is None else int(finding.subject),
        "message": say(finding, lang),
        "remedy": remedy(finding, lang),
        "values": dict(finding.values),
        "where": where,
        "geometry": geometry,
        "confirmable": bool(finding.values.get("confirmable")),
    }


def kind_word(kind: str, lang: Language) -> str:
    """Return what an edit of a kind is called."""
    return text(KINDS[kind], lang)
