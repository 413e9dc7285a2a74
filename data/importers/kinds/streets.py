"""``--as streets``: lines that people walk along; they connect at shared vertices only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from sqlalchemy import Connection

from data.divisions.write_county import touch
from data.files.read_records import Record, street_records
from data.ground.read_terrain import read_elevation
from data.ground.write import write_streets
from data.ground.write_streets import remove_streets
from data.importers.judging.changes import SAME_PLACE_DEG, Change, Changes, What
from data.importers.judging.county_state import STORAGE_SRID
from data.importers.judging.kind import (
    Context,
    ImportScript,
    change_notes,
    kept_rows,
    read_values,
    skipped_note,
    take,
)
from data.importers.reading.columns import Column, choice_of
from data.importers.reading.notes import Note
from data.importers.reading.shapes.coordinates import LINES, place
from data.importers.reading.shapes.vector import read_vector
from layers.kit.crs import to_measuring
from layers.kit.ground.ways import CLASSES, STREET_CLASS, WORDS

COLUMNS: Final = (
    Column("class", "choice", ("highway", "fclass", "类别", "道路等级"), choices=choice_of(
        *CLASSES, **STREET_CLASS, **WORDS)),
    Column("name", aliases=("名称", "道路名称")),
    Column("bridge", "flag", ("桥",)),
    Column("tunnel", "flag", ("隧道",)),
    Column("oneway", "flag", ("单行",)),
    Column("layer", "number", least=-5, most=5),
    Column("external_id", aliases=("id", "osm_id", "编号")),
)  # fmt: skip


ATTRIBUTES: Final = ("name", "class", "bridge", "tunnel", "oneway", "layer")


def read(context: Context) -> ImportScript:
    """Read streets; multi-part lines become one street a part.

    A line is known by its id, or by lying where a stored street without an id lies. When anything
    is new or changed, all streets of the county are joined anew, so that old and new ones connect
    wherever they share a vertex.
    """
    faults, options, state = context.faults, context.options, context.state
    context.progress("reading")
    file = read_vector(context.path, options.reading(COLUMNS), faults)
    notes: list[Note] = []
    context.progress("judging")
    values = read_values(file, COLUMNS, context, notes)
    lines = place(file, LINES, faults, county=state.outline)
    faults.stop(skip_rows=options.skip_faulty_rows)

    rows = kept_rows(faults, len(lines))
    if "class" not in values or None in values["class"]:
        unknown = sum(v is None for v in values.get("class", [None] * len(lines)))
        notes.append(Note("fallback.street_class", {"rows": unknown}))
    context.progress("comparing")
    own, lines = take(values, rows), lines[rows]
    stored = street_records(context.connection, state.code)
    changes = _compare(own, lines, rows, stored)
    notes += change_notes(changes)
    notes += skipped_note(faults, options.skip_faulty_rows)

    def write(c: Connection) -> int:
        work = [i for i in range(len(rows)) if changes.rows[i].what in ("new", "changed")]
        if not work:
            return 0
        context.progress("writing")
        given = own.get("external_id", [None] * len(rows))
        again = {given[i] for i in work if given[i] is not None}
        kept = [r for r in stored if r["external_id"] is None or r["external_id"] not in again]
        told = {
            id_
            for i in work
            if given[i] is None
            for id_ in changes.rows[i].fields.get("edges", ((), ()))[0]
        }
        kept = [r for r in kept if r["id"] not in told]
        frame = _joined(kept, _frame(take(own, np.array(work)), lines[work]))
        if state.srid is None:
            raise ValueError("a county that is not loaded has no measuring CRS")
        measured = to_measuring(np.asarray(frame.geometry, dtype=object), state.srid)
        metres = frame.set_geometry(list(measured), crs=state.srid)
        remove_streets(c, state.code)
        edges = write_streets(c, state.code, metres, state.srid, read_elevation(c, state.code))
        touch(c, state.code)
        return edges - len(kept) if edges > len(kept) else len(work)

    counts = {"streets": int(shapely.get_num_geometries(lines).sum())}
    return ImportScript(len(file.table), counts, tuple(notes), write, changes=changes)


def _frame(own: Mapping[str, list[Any]], lines: NDArray[np.object_]) -> gpd.GeoDataFrame:
    parts, owner = shapely.get_parts(lines, return_index=True)
    told = take(own, owner)
    nothing: list[Any] = [None] * len(owner)
    columns = {
        "name": told.get("name", nothing),
        "class": [v or "street" for v in told.get("class", nothing)],
        "bridge": [bool(v) for v in told.get("bridge", nothing)],
        "tunnel": [bool(v) for v in told.get("tunnel", nothing)],
        "oneway": [bool(v) for v in told.get("oneway", nothing)],
        "layer": [int(v or 0) for v in told.get("layer", nothing)],
        "external_id": told.get("external_id", nothing),
    }
    return gpd.GeoDataFrame(
        pd.DataFrame({k: pd.Series(v, dtype=object) for k, v in columns.items()}),
        geometry=list(parts),
        crs=STORAGE_SRID,
    )


def _joined(kept: Sequence[Record], fresh: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the stored edges that stay, then the file's lines."""
    names = [n for n in fresh.columns if n != "geometry"]
    columns = {n: [*(r[n] for r in kept), *fresh[n].tolist()] for n in names}
    return gpd.GeoDataFrame(
        pd.DataFrame({k: pd.Series(v, dtype=object) for k, v in columns.items()}),
        geometry=[*(r["geometry"] for r in kept), *fresh.geometry],
        crs=STORAGE_SRID,
    )


def _segments(lines: NDArray[np.object_]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return (middle x, y, half width, half height) of every segment, and whose it is.

    The same from either end: a line drawn backwards is the same line.
    """
    xy, owner = shapely.get_coordinates(lines, return_index=True)
    inner = owner[1:] == owner[:-1]
    ends = np.diff(xy, axis=0)[inner]
    turned = (ends[:, 0] < 0) | ((ends[:, 0] == 0) & (ends[:, 1] < 0))
    ends[turned] *= -1
    middle = (xy[1:] + xy[:-1])[inner] / 2
    return np.hstack([middle, ends / 2]), owner[1:][inner].astype(np.int64)


def _compare(
    own: Mapping[str, list[Any]],
    lines: NDArray[np.object_],
    rows: NDArray[np.int64],
    stored: Sequence[Record],
) -> Changes:
    """Compare by segments: a stored street is cut at junctions, its segments are the file's.

    1. With an id: the edges of that id; unchanged when they have exactly the line's segments and
       its attributes. 2. Without: the stored edges without an id that hold all of its segments.
    """
    given = own.get("external_id", [None] * len(lines))
    edges: NDArray[np.object_] = np.array([r["geometry"] for r in stored], dtype=object)
    by_id: dict[Any, list[int]] = {}
    for i, record in enumerate(stored):
        by_id.setdefault(record["external_id"], []).append(i)
    segments, owner = _segments(lines)
    there, edge_of = _segments(edges) if len(edges) else (np.empty((0, 4)), np.empty(0, int))
    # Nearly vertical segments may turn either way: both ways are stored.
    both = np.vstack([there, there * [1, 1, -1, -1]])
    both_of = np.concatenate([edge_of, edge_of])
    hits: list[list[int]] = [[]] * len(segments)
    if len(both) and len(segments):
        hits = list(cKDTree(both).query_ball_point(segments, 2 * SAME_PLACE_DEG))
    counts_there = np.bincount(edge_of, minlength=len(stored)) if len(stored) else np.empty(0)
    found: list[Change] = []
    starts = np.searchsorted(owner, np.arange(len(lines) + 1))
    for i in range(len(lines)):
        members = by_id.get(given[i], []) if given[i] is not None else by_id.get(None, [])
        allowed = set(members)
        of_segments = [
            {int(both_of[h]) for h in hits[s]} & allowed for s in range(starts[i], starts[i + 1])
        ]
        name = str(own["name"][i]) if own.get("name") and own["name"][i] else str(given[i] or "")
        number, shape = int(rows[i]) + 1, lines[i]
        known = given[i] is not None and bool(members)
        used = {e for edge in of_segments for e in edge}
        whole = bool(of_segments) and all(of_segments)
        if known:
            whole = whole and sum(counts_there[e] for e in members) == len(of_segments)
            used = set(members)
        if not known and not whole:
            found.append(Change("new", name, number, place=shape))
            continue
        fields: dict[str, tuple[Any, Any]] = {} if whole else {"geometry": (None, None)}
        for attribute in ATTRIBUTES:
            if attribute in own:
                value = _stored_form(attribute, own[attribute][i])
                before = {stored[e][attribute] for e in used}
                if before != {value}:
                    fields[attribute] = (next(iter(before), None), value)
        if fields:
            fields["edges"] = (tuple(sorted(stored[e]["id"] for e in used)), ())
        what: What = "changed" if fields else "unchanged"
        found.append(Change(what, name, number, None, fields, shape))
    return Changes((*found, *_gone(given, by_id, stored)))


def _stored_form(attribute: str, value: Any) -> Any:
    if attribute == "class":
        return value or "street"
    if attribute == "layer":
        return int(value or 0)
    return value if attribute == "name" else bool(value)


def _gone(
    given: Sequence[Any], by_id: Mapping[Any, list[int]], stored: Sequence[Record]
) -> list[Change]:
    """Return the streets with an id that a file of streets with ids does not hold."""
    if not given or None in given:
        return []
    held = set(given)
    return [
        Change("gone", stored[edges[0]]["name"] or str(name), place=stored[edges[0]]["geometry"])
        for name, edges in by_id.items()
        if name is not None and name not in held
    ]
