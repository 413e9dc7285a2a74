"""What can be exported so that it can be imported again, and templates to fill in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC
from typing import Any, Final

from sqlalchemy import Connection

from data.exporters import demands, duty, households, stations
from data.exporters.buildings import export_buildings
from data.exporters.divisions import export_divisions, export_grids
from data.exporters.streets import export_streets
from data.exporters.tables import Rows, csv_bytes, layer_bytes
from data.exporters.workbooks import Say, workbook
from data.importers.kinds.demands.ledger import COLUMNS as DEMANDS
from data.importers.kinds.duty import COLUMNS as DUTY
from data.importers.kinds.stations import COLUMNS as STATIONS
from layers.kit.errors import InputError

EXPORTS: Final[Mapping[str, Callable[[Connection, str], Rows]]] = {
    "stations": stations.export_stations,
    "demands": demands.export_demands,
    "duty": duty.export_duty,
    "buildings": export_buildings,
    "streets": export_streets,
    "divisions": export_divisions,
    "grids": export_grids,
}
FORMATS: Final[Mapping[str, tuple[str, ...]]] = {
    **dict.fromkeys(("stations", "demands"), ("xlsx", "csv", "gpkg", "geojson")),
    "duty": ("xlsx", "csv"),
    **dict.fromkeys(("buildings", "streets", "divisions", "grids"), ("gpkg", "geojson")),
}
TEMPLATES: Final[Mapping[str, tuple[Rows, Callable[[str], Sequence[Any]]]]] = {
    "stations": (Rows("stations", STATIONS, (), "point", UTC), stations.example),
    "demands": (Rows("demands", DEMANDS, (), "point", UTC), demands.example),
    "duty": (Rows("duty", DUTY, (), "none", UTC), duty.example),
    "households": (Rows("households", households.COLUMNS, (), "none", UTC), households.example),
}

# Another reader, which would take an example for a row: it stands among the explanations only.
READ_ELSEWHERE: Final = ("households",)


def export_file(c: Connection, what: str, county: str, form: str, lang: str, say: Say) -> bytes:
    """Return a file of a county's rows. Raises InputError for a format that would lose any."""
    if form not in FORMATS[what]:
        raise InputError(
            "{what} leave as {listed}, not as {form}",
            what=what,
            listed=", ".join(FORMATS[what]),
            form=form,
        )
    found = EXPORTS[what](c, county)
    if form == "xlsx":
        return workbook(found, lang, say)
    if form == "csv":
        return csv_bytes(found, lang)
    return layer_bytes(found, "GPKG" if form == "gpkg" else "GeoJSON")


def template_file(kind: str, lang: str, say: Say) -> bytes:
    """Return the workbook to fill in for a kind. Raises InputError where there is none."""
    if kind not in TEMPLATES:
        raise InputError(
            "there is no template for {kind}: choose {listed}",
            kind=kind,
            listed=", ".join(TEMPLATES),
        )
    empty, example = TEMPLATES[kind]
    return workbook(empty, lang, say, example(lang), inside=kind not in READ_ELSEWHERE)
