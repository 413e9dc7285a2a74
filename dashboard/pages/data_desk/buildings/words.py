"""Faults and kinds of edits of buildings in the user's words."""

from __future__ import annotations

import json
from typing import Any, Final

import numpy as np
import shapely

from dashboard.text import Language, text
from layers.kit.crs import to_storage
from layers.kit.findings import Finding

# What is wrong, and what to do about it.
WORDS: Final = {
    "shape_missing": ("buildings.shape_missing", "buildings.remedy_shape_missing"),
    "shape_crosses_itself": (
        "buildings.shape_crosses_itself",
        "buildings.remedy_shape_crosses_itself",
    ),
    "shape_too_small": ("buildings.shape_too_small", "buildings.remedy_shape_too_small"),
    "shape_too_large": ("buildings.shape_too_large", "buildings.remedy_shape_too_large"),
    "building_outside": ("buildings.outside", "buildings.remedy_outside"),
    "building_overlaps": ("buildings.overlaps", "buildings.remedy_overlaps"),
    "building_crosses_boundary": (
        "buildings.crosses_boundary",
        "buildings.remedy_crosses_boundary",
    ),
    "cut_misses": ("buildings.cut_misses", "buildings.remedy_cut_misses"),
    "join_apart": ("buildings.join_apart", "buildings.remedy_join_apart"),
    "buildings_number": ("buildings.number", "buildings.remedy_number"),
    "units_number": ("buildings.units_number", "buildings.remedy_units_number"),
    "units_half_counted": ("buildings.units_half_counted", "buildings.remedy_units_half_counted"),
    "units_differ": ("buildings.units_differ", "buildings.remedy_units_differ"),
    "external_id_taken": ("buildings.external_id_taken", "buildings.remedy_external_id_taken"),
    "external_id_of_several": (
        "buildings.external_id_of_several",
        "buildings.remedy_external_id_taken",
    ),
}
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


def finding_json(finding: Finding, lang: Language, srid: int) -> dict[str, Any]:
    """Return a finding with its sentence, its remedy and its place (GeoJSON, degrees)."""
    message, remedy = WORDS[finding.code]
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
        "message": text(message, lang, finding.values),
        "remedy": text(remedy, lang, finding.values),
        "values": dict(finding.values),
        "where": where,
        "geometry": geometry,
        "confirmable": bool(finding.values.get("confirmable")),
    }


def kind_word(kind: str, lang: Language) -> str:
    """Return what an edit of a kind is called."""
    return text(KINDS[kind], lang)
