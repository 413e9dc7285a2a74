"""``--as divisions``: counties, subdistricts and communities with their borders."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy import Connection, select

from data.divisions import tables as division_tables
from data.divisions.write import division_ids, write_divisions
from data.divisions.write_county import create_county, touch
from data.files.read_records import division_records
from data.importers.judging.changes import Changes, StoredRow, compare
from data.importers.judging.county_state import STORAGE_SRID
from data.importers.judging.kind import (
    Context,
    ImportScript,
    change_notes,
    check_unique,
    kept_rows,
    read_values,
    skipped_note,
    take,
)
from data.importers.reading.columns import Column
from data.importers.reading.faults import Faults
from data.importers.reading.notes import Note
from data.importers.reading.shapes.coordinates import POLYGONS, place
from data.importers.reading.shapes.vector import read_vector
from layers.kit.crs import measuring_srid
from layers.kit.ids import kind_of, parent_code

COLUMNS: Final = (
    Column(
        "code",
        "code",
        ("adcode", "代码", "区划代码", "行政区划代码", "xzqdm", "division_code"),
        required=True,
    ),
    Column("name", aliases=("名称", "xzqmc", "mc"), required=True),
    Column("name_en", aliases=("英文名称",)),
)
OVERLAP_M2: Final = 1.0
_M2_PER_DEGREE2: Final = 111_320.0**2


def read(context: Context) -> ImportScript:
    """Read borders. Codes lose their padding; equal vertices stay equal, so borders stay shared."""
    faults, options = context.faults, context.options
    file = read_vector(context.path, options.reading(COLUMNS), faults)
    notes: list[Note] = []
    values = read_values(file, COLUMNS, context, notes)
    shapes = place(file, POLYGONS, faults)
    codes = values.get("code", [None] * len(shapes))
    scope = context.state.code
    for row, code in enumerate(codes, start=1):
        if code is not None and not code.startswith(scope):
            faults.add("code_outside_scope", row=row, field="code", found=code, scope=scope)
        elif code is not None and len(code) == 15:
            faults.add("code_is_grid", row=row, field="code", found=code)
    check_unique(codes, "code", faults)
    _check_overlaps(codes, shapes, faults)
    faults.stop(skip_rows=options.skip_faulty_rows)

    rows = kept_rows(faults, len(shapes))
    frame = gpd.GeoDataFrame(take(values, rows), geometry=list(shapes[rows]), crs=STORAGE_SRID)
    frame = _without_demonstrations(context.connection, frame, notes)
    known = division_ids(context.connection, scope)
    frame = _add_parents(frame, set(known), notes)
    counts: dict[str, int] = {}
    for code in frame["code"]:
        counts[kind_of(code)] = counts.get(kind_of(code), 0) + 1
    changes = _compare(context, frame, [int(r) + 1 for r in rows])
    notes += change_notes(changes)
    notes += skipped_note(faults, options.skip_faulty_rows)
    work = frame[[change.what != "unchanged" for change in changes.rows[: len(frame)]]]

    def write(c: Connection) -> int:
        context.progress("writing")
        return _write(c, context, work) if len(work) else 0

    return ImportScript(len(shapes), counts, tuple(notes), write, changes=changes)


def _compare(context: Context, frame: gpd.GeoDataFrame, numbers: Sequence[int]) -> Changes:
    """Compare borders and names with those stored, by code. Nothing is gone: files are of parts."""
    names = [n for n in ("name", "name_en") if n in frame.columns]
    told = []
    for row in frame.itertuples(index=False):
        values = {n: getattr(row, n) for n in names}
        if values.get("name_en") is None:
            values.pop("name_en", None)  # a file without English names takes none away
        shape = row.geometry
        whole = shapely.MultiPolygon([shape]) if isinstance(shape, shapely.Polygon) else shape
        told.append({**values, "geometry": whole})
    stored = division_records(context.connection, context.state.code)
    codes = frame["code"].tolist()
    return compare(
        told,
        codes,
        frame["name"].tolist(),
        {r["code"]: StoredRow(r["id"], r["name"], r) for r in stored},
        [*numbers, *([0] * len(codes))][: len(codes)],
    )


def _check_overlaps(
    codes: Sequence[str | None], shapes: NDArray[np.object_], faults: Faults
) -> None:
    """Divisions of one level must not overlap; borders that are not shared exactly are told."""
    for length in (6, 9, 12):
        level = [
            i for i, code in enumerate(codes)
            if code is not None and len(code) == length and shapes[i] is not None
        ]  # fmt: skip
        own = shapes[level]
        if len(own) < 2 or shapely.coverage_is_valid(own):
            continue
        a, b = shapely.STRtree(own).query(own, predicate="intersects")
        first, second = a[a < b], b[a < b]
        common = shapely.area(shapely.intersection(own[first], own[second])) * _M2_PER_DEGREE2
        latitude = shapely.get_y(shapely.centroid(own[first]))
        common *= np.cos(np.radians(latitude))
        for i, j, m2 in zip(first, second, common, strict=True):
            if m2 > OVERLAP_M2:
                faults.add(
                    "divisions_overlap",
                    row=level[j] + 1,
                    field="geometry",
                    other=level[i] + 1,
                    area_m2=round(float(m2), 1),
                )
        if not (common > OVERLAP_M2).any():
            faults.add("borders_not_shared", severity="warning", field="geometry", level=length)


def _without_demonstrations(
    c: Connection, frame: gpd.GeoDataFrame, notes: list[Note]
) -> gpd.GeoDataFrame:
    """Leave loaded demonstrations alone: a real border around an invented town is neither."""
    county = division_tables.county
    loaded = c.execute(select(county.c.code).where(county.c.demo_key.is_not(None))).scalars()
    kept = frame["code"].str[:6].isin(set(loaded))
    if kept.any():
        codes = ", ".join(sorted(set(frame.loc[kept, "code"].str[:6])))
        notes.append(Note("fallback.demonstrations_kept", {"codes": codes}))
    return frame[~kept]


def _add_parents(frame: gpd.GeoDataFrame, known: set[str], notes: list[Note]) -> gpd.GeoDataFrame:
    """Add counties and subdistricts that the file's codes name but nobody has drawn."""
    columns = {name: frame[name].tolist() for name in frame.columns if name != "geometry"}
    shapes = list(frame.geometry)
    have = {*columns["code"], *known}
    made: list[str] = []
    for length in (9, 6):
        members: dict[str, list[Any]] = {}
        for code, shape in zip(columns["code"], shapes, strict=True):
            parent = code[:length]
            if len(code) > length and parent not in have and parent_code(code) == parent:
                members.setdefault(parent, []).append(shape)
        for parent, parts in sorted(members.items()):
            for name, values in columns.items():
                values.append(parent if name in ("code", "name") else None)
            shapes.append(shapely.union_all(parts))
            have.add(parent)
            made.append(parent)
    if made:
        values = {"count": len(made), "codes": ", ".join(made[:10])}
        notes.append(Note("fallback.parents_made", values))
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=STORAGE_SRID)


def _write(c: Connection, context: Context, frame: gpd.GeoDataFrame) -> int:
    options, scope = context.options, context.state.code
    counties = frame[frame["code"].str.len() == 6]
    loaded = set(c.execute(select(division_tables.county.c.code)).scalars())
    for code, name, shape in zip(
        counties["code"], counties["name"], counties.geometry, strict=True
    ):
        if code in loaded:
            continue
        chosen = options.name if options.name and code == scope else name
        english = options.name_en if options.name_en and code == scope else chosen
        point = shapely.point_on_surface(shape)
        create_county(
            c,
            code=code,
            name=chosen,
            name_en=english,
            measuring_srid=measuring_srid(point.x, point.y),
            title=chosen,
            title_en=english,
            data_as_of=context.day,
        )
    if options.name and len(scope) == 6:
        frame = frame.assign(
            name=[
                options.name if code == scope else name
                for code, name in zip(frame["code"], frame["name"], strict=True)
            ]
        )
    write_divisions(c, scope, frame, STORAGE_SRID, context.day)
    for code in sorted({code[:6] for code in frame["code"] if len(code) >= 6}):
        touch(c, code)
    return len(frame)
