"""What the coverage page shows, as files: the same figures, in the same order."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from sqlalchemy import Connection

from dashboard.components.figures import is_of_households
from dashboard.exports.cells import csv_bytes, few_words, xlsx_bytes
from dashboard.exports.coverage_words import (
    building_name,
    question_words,
    reason_words,
    source_words,
    unplaced_words,
)
from dashboard.text import Language, text
from data.divisions import read_counties as counties
from data.divisions.read_communities import communities
from data.exporters.few_frames import veil_frame
from data.importers.commands.coverage_files import write_layers
from data.stations.read_coverage import footprints
from layers.coverage_gaps.answers.gaps import Gaps, read_question
from layers.coverage_gaps.answers.mending import minutes_up
from layers.coverage_gaps.answers.sums import Line
from layers.coverage_gaps.drawing import asked_stations
from layers.coverage_gaps.figures import figures
from layers.coverage_gaps.reasons import reason_for, ways_to
from layers.coverage_gaps.report import (
    Grouping,
    Report,
    doors_outside,
    lay_report,
    nearest_names,
)
from layers.coverage_gaps.store import Board, Boards
from layers.kit import few
from layers.kit.errors import NotFoundError
from layers.kit.figure import Figure
from layers.service_circles.store import Towns

SUFFIXES = ("xlsx", "csv", "gpkg", "geojson")
GROUP_COLUMNS = (
    "code", "name", "households", "outside", "untied", "elderly", "children", "within_0",
    "within_1", "within_2",
)  # fmt: skip
SAID_COLUMNS = ("question", "as_of", "version")
BUILDING_COLUMNS = (
    "code", "name", "address", "grid", "households", "elderly", "children", "station", "minutes",
)  # fmt: skip


FIGURE_COLUMNS = ("figure", "value", "of", "unit", "as_of")


def figure_cells(figure: Figure, lang: Language) -> list[Any]:
    """Return a figure as cells, in the order of ``FIGURE_COLUMNS``; unknown is an empty cell."""
    value, of = figure.value, figure.of
    if is_of_households(figure.unit):
        value, of = (few.told(count, few_words(lang)) for count in (value, of))
    return [
        text(figure.key, lang, figure.words), value, of, text(figure.unit, lang),
        figure.as_of.isoformat(),
    ]  # fmt: skip


def group_row(line: Line) -> list[Any]:
    """Return a line as cells, in the order of ``GROUP_COLUMNS``."""
    return [
        line.key, line.name, line.households, line.outside, line.untied, line.elderly_outside,
        line.children_outside, *line.within,
    ]  # fmt: skip


def building_row(board: Board, gaps: Gaps, door: int, lang: Language) -> list[Any]:
    """Return a building outside as cells, in the order of ``BUILDING_COLUMNS``."""
    facts = board.facts[door]
    _, site, walk_s = max(
        nearest_names(gaps, door), key=lambda n: np.inf if np.isnan(n[2]) else n[2]
    )
    return [
        str(facts.id), building_name(facts, lang), facts.address, facts.grid,
        int(board.people.households[door]), facts.elderly, facts.children,
        site.name if site else None, None if np.isnan(walk_s) else minutes_up(walk_s),
    ]  # fmt: skip


def _told(columns: Sequence[str], cells: Sequence[Any], lang: Language) -> list[Any]:
    """Return cells as whoever asks may read them."""
    return list(few.row(dict(zip(columns, cells, strict=True)), few_words(lang)).values())


def heads(columns: Sequence[str], lang: Language) -> list[str]:
    """Return column names in the reader's language."""
    return [text(f"coverage_export.{name}", lang) for name in columns]


def about(board: Board, gaps: Gaps, lang: Language) -> list[list[Any]]:
    """Return what the figures come from."""
    return [
        [text("coverage_export.question", lang), question_words(board, gaps, lang)],
        ["", source_words(board, gaps, lang)],
        *([["", text("desk.demo", lang)]] if board.is_demonstration else []),
        *([["", unplaced_words(board.unplaced, lang)]] if board.unplaced else []),
    ]


def as_csv(board: Board, gaps: Gaps, report: Report, lang: Language) -> bytes:
    """Return the table of groups; every line says what was asked, of which day and version.

    A table of commas has no second sheet to say it on, and leaves its file's name behind.
    """
    asked = question_words(board, gaps, lang)
    if board.is_demonstration:
        asked = f"{text('desk.demo', lang)} · {asked}"
    said = [asked, board.data_as_of.isoformat(), board.version]
    rows = [[*_told(GROUP_COLUMNS, group_row(line), lang), *said] for line in report.lines]
    return csv_bytes(heads((*GROUP_COLUMNS, *SAID_COLUMNS), lang), rows)


def as_xlsx(board: Board, gaps: Gaps, report: Report, grouping: Grouping, lang: Language) -> bytes:
    """Return groups, buildings outside, and what the figures come from."""
    by = "coverage_export.by_grid" if grouping == "grids" else "coverage_export.by_community"
    outside = [
        _told(BUILDING_COLUMNS, building_row(board, gaps, d, lang), lang)
        for d in doors_outside(board, gaps)
    ]
    groups = [_told(GROUP_COLUMNS, group_row(line), lang) for line in report.lines]
    return xlsx_bytes(
        [
            (text(by, lang), heads(GROUP_COLUMNS, lang), groups),
            (text("coverage_export.buildings", lang), heads(BUILDING_COLUMNS, lang), outside),
            (text("coverage_export.about", lang), ["", ""], about(board, gaps, lang)),
            (
                text("coverage_export.figures", lang),
                heads(FIGURE_COLUMNS, lang),
                [figure_cells(figure, lang) for figure in figures(board, gaps, report)],
            ),
        ]
    )


def as_file(
    c: Connection, board: Board, gaps: Gaps, suffix: str, grouping: Grouping, lang: Language
) -> bytes:
    """Return what is shown as a file of one of ``SUFFIXES``; the page and the command line write
    the same bytes. Raises NotFoundError for another suffix.

    CSV: the groups, with question and version. XLSX: groups, buildings outside, what the figures
    come from. GeoPackage: groups, buildings and stations with their geometry (EPSG:4490). GeoJSON:
    the groups (4326).
    """
    report = lay_report(board, gaps, grouping)
    if suffix == "csv":
        return as_csv(board, gaps, report, lang)
    if suffix == "xlsx":
        return as_xlsx(board, gaps, report, grouping, lang)
    if suffix == "gpkg":
        return as_gpkg(c, board, gaps, report, grouping, lang)
    if suffix == "geojson":
        return as_geojson(c, board, report, grouping)
    raise NotFoundError("there is no export as {suffix}", suffix=suffix)


def coverage_bytes(
    c: Connection,
    county: str,
    asked: Mapping[str, str],
    suffix: str,
    grouping: Grouping = "grids",
    lang: Language = "zh",
) -> bytes:
    """Return the file that the page would give for a question (``asked``: the names and values
    of its address), without a running page. Raises InputError, NotFoundError.
    """
    board = Boards(Towns()).get(c, counties.query(c, county))
    return as_file(c, board, board.answer(read_question(asked)), suffix, grouping, lang)


def as_gpkg(
    c: Connection, board: Board, gaps: Gaps, report: Report, grouping: Grouping, lang: Language
) -> bytes:
    """Return layers ``grids`` or ``communities``, ``buildings`` (outside) and ``stations``.

    EPSG:4490. Column names are those of docs/frames.md, in English for programs that read them.
    """
    groups = _group_frame(c, board, report, grouping)
    ids, outlines = footprints(c, board.county)
    place = {int(i): n for n, i in enumerate(ids)}
    outside = doors_outside(board, gaps)
    buildings = gpd.GeoDataFrame(
        pd.DataFrame(
            [building_row(board, gaps, d, lang) for d in outside], columns=list(BUILDING_COLUMNS)
        ),
        geometry=[outlines[place[int(board.facts[d].id)]] for d in outside],
        crs=4490,
    )
    sites = asked_stations(gaps)
    stations = gpd.GeoDataFrame(
        {
            "code": [s.key for s in sites],
            "name": [s.name for s in sites],
            "tier": [s.tier for s in sites],
            "categories": [",".join(s.categories) for s in sites],
        },
        geometry=gpd.points_from_xy([s.lon for s in sites], [s.lat for s in sites]),
        crs=4490,
    )
    layers = {grouping: groups, "buildings": veil_frame(buildings), "stations": stations}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "out.gpkg"
        write_layers(path, {name: frame for name, frame in layers.items() if len(frame)})
        return path.read_bytes() if path.exists() else b""


def as_geojson(c: Connection, board: Board, report: Report, grouping: Grouping) -> bytes:
    """Return the groups as GeoJSON (EPSG:4326, CGCS2000 taken as equal), seven decimals."""
    frame = _group_frame(c, board, report, grouping)
    moved = shapely.set_precision(frame.geometry.values, 1e-7, mode="valid_output")
    written: str = frame.set_geometry(moved).to_json(drop_id=True, ensure_ascii=False)
    body = json.loads(written)
    body.pop("crs", None)
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def _group_frame(
    c: Connection, board: Board, report: Report, grouping: Grouping
) -> gpd.GeoDataFrame:
    """Return the lines of a sheet with the geometry of their grid or community, EPSG:4490."""
    if grouping == "grids":
        shapes = {str(r.grid_id): shapely.from_wkb(bytes(r.geometry)) for r in board.grid_rows}
    else:
        frame = communities(c, board.county, 4490)
        shapes = dict(zip(frame["code"], frame.geometry, strict=True))
    lines = [line for line in report.lines if line.key in shapes]
    return veil_frame(
        gpd.GeoDataFrame(
            pd.DataFrame([group_row(line) for line in lines], columns=list(GROUP_COLUMNS)),
            geometry=[shapes[line.key] for line in lines],
            crs=4490,
        )
    )


def why_words(board: Board, gaps: Gaps, door: int, lang: Language) -> str:
    """Return why a door is outside and what would mend it, for its first missing service."""
    for circle in gaps.circles:
        if not circle.covered[door]:
            ways = ways_to(board, gaps, circle, door)
            reason = reason_for(board, gaps, circle, door, ways)
            return reason_words(reason, gaps.question.way, lang)
    return ""
