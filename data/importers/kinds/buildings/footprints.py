"""``--as buildings``: footprints with what is known of them, and household counts."""

from __future__ import annotations

from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from sqlalchemy import Connection, select

from data.buildings import tables as building_tables
from data.buildings.tables import HOUSEHOLD_MEASURES, LIVES, PERSON_MEASURES, USES
from data.buildings.write import write_estates
from data.divisions.write import write_divisions
from data.divisions.write_county import create_county, touch
from data.importers.judging.changes import Changes
from data.importers.judging.county_state import STORAGE_SRID
from data.importers.judging.keys import check_ids
from data.importers.judging.kind import (
    Context,
    ImportScript,
    change_notes,
    kept_rows,
    read_values,
    skipped_note,
    take,
)
from data.importers.kinds.buildings.overlaps import warn_overlaps
from data.importers.kinds.buildings.updates import compare_buildings, ended_rows, write_changes
from data.importers.osm.communities import HULL_MARGIN_M, hull_around
from data.importers.reading.columns import Column, choice_of
from data.importers.reading.notes import Note
from data.importers.reading.shapes.coordinates import POLYGONS, place
from data.importers.reading.shapes.drawings import is_drawing, read_drawing
from data.importers.reading.shapes.vector import read_vector
from layers.kit.crs import measuring_srid, to_measuring, to_storage

_COUNT_WORDS: Final = {
    "resident": ("households", "户数", "常住户", "常住户数"),
    "registered": ("户籍户", "户籍户数"),
    "rented": ("租住户", "出租户"),
    "vacant": ("空置", "空置户"),
    "dwellings": ("住房套数", "套数"),
    "persons": ("population", "人口", "人数", "常住人口"),
    "elderly": ("老年人", "老人"),
    "children": ("儿童",),
    "employed": ("就业",),
    "floating_population": ("流动人口",),
}
MEASURES: Final = (*HOUSEHOLD_MEASURES, *PERSON_MEASURES)
COLUMNS: Final = (
    Column("external_id", aliases=("id", "building_id", "编号", "楼栋编号", "osm_id")),
    Column("name", aliases=("名称", "楼栋名称")),
    Column("number", aliases=("栋号", "楼号", "housenumber")),
    Column("levels", "whole", ("floors", "building:levels", "层数", "楼层"), least=1, most=200),
    Column(
        "use",
        "choice",
        ("用途", "房屋用途"),
        choices=choice_of(
            *USES, 住宅="dwelling", 商铺="shop", 商业="shop", 公共="public", 宿舍="dormitory",
            商住="mixed", 混合="mixed", 工业="industry", 厂房="industry", 其他="other",
        ),
    ),
    Column(
        "life",
        "choice",
        ("状态",),
        choices=choice_of(
            *LIVES, 规划="planned", 在建="building", 交付="delivered", 入住="occupied",
            在用="occupied", 拆除="demolished",
        ),
    ),
    Column("address", aliases=("地址",)),
    Column("aliases", "choices", ("别名",)),
    Column("estate", aliases=("小区", "小区名称")),
    Column("community", aliases=("community_code", "社区", "社区代码")),
    Column("source", aliases=("数据来源",)),
    *(Column(m, "whole", _COUNT_WORDS[m], most=100_000) for m in MEASURES),
)  # fmt: skip


def read(context: Context) -> ImportScript:
    """Read footprints into the county's communities; without any, one community around them."""
    faults, options, state = context.faults, context.options, context.state
    notes: list[Note] = []
    if is_drawing(context.path):
        file = read_drawing(context.path, options.reading(COLUMNS), faults, notes)
    else:
        file = read_vector(context.path, options.reading(COLUMNS), faults)
    values = read_values(file, COLUMNS, context, notes)
    shapes = place(file, POLYGONS, faults, county=state.outline)
    check_ids(values, options.source, faults)
    faults.stop(skip_rows=options.skip_faulty_rows)

    rows = kept_rows(faults, len(shapes))
    ended = set(ended_rows(context, values))
    for row in sorted(ended):
        found = values["external_id"][row]
        faults.add("building_ended", row=row + 1, field="external_id", severity="warning",
                   found=found)  # fmt: skip
    rows = rows[[int(r) not in ended for r in rows]]
    own = take(values, rows)
    footprints = shapes[rows]
    if not len(rows) and not ended:
        faults.add("file_without_rows")
        faults.stop()
    if state.communities.size:
        codes = state.find(footprints)
        _compare_communities(own, codes, context)
    else:
        codes = [f"{state.code}001001"] * len(rows)
        notes.append(Note("fallback.hull_community", {"margin_m": int(HULL_MARGIN_M)}))
    frame = _frame(own, footprints, codes)
    counts = _counts(own, codes)
    notes += skipped_note(faults, options.skip_faulty_rows)
    if not len(counts):
        notes.append(Note("note.counts_absent", {"buildings": len(rows)}))
    changes = compare_buildings(context, own, footprints, [int(r) + 1 for r in rows])
    warn_overlaps(context, changes, footprints)
    notes += change_notes(changes)
    what = {
        "buildings": len(frame),
        "counts": len(counts),
        "estates": len(set(own.get("estate", [])) - {None}),
    }

    def write(c: Connection) -> int:
        return _write(c, context, changes, frame, counts)

    return ImportScript(len(shapes), what, tuple(notes), write, changes=changes)


def _compare_communities(
    own: dict[str, list[Any]], codes: list[str | None], context: Context
) -> None:
    """Warn where the file says another community than the one that the building stands in."""
    names = dict(zip(context.state.community_codes, context.state.community_names, strict=True))
    for row, (said, found) in enumerate(
        zip(own.get("community", [None] * len(codes)), codes, strict=True), start=1
    ):
        if said is not None and found is not None and said not in (found, names.get(found)):
            context.faults.add(
                "community_differs",
                row=row,
                field="community",
                severity="warning",
                said=said,
                found=names.get(found, found),
            )


def _frame(
    own: dict[str, list[Any]], footprints: NDArray[np.object_], codes: list[str | None]
) -> gpd.GeoDataFrame:
    count = len(codes)
    columns: dict[str, list[Any]] = {
        name: own[name]
        for name in ("external_id", "name", "number", "levels", "address", "estate", "source")
        if name in own
    }
    columns["life"] = [v or "occupied" for v in own.get("life", [None] * count)]
    columns["use"] = [v or "dwelling" for v in own.get("use", [None] * count)]
    columns["aliases"] = [v or [] for v in own.get("aliases", [None] * count)]
    columns["community_code"] = codes
    frame = pd.DataFrame({k: pd.Series(v, dtype=object) for k, v in columns.items()})
    return gpd.GeoDataFrame(frame, geometry=list(footprints), crs=STORAGE_SRID)


def _counts(own: dict[str, list[Any]], codes: list[str | None]) -> pd.DataFrame:
    """Return the counts of the buildings that have any: an empty cell is unknown, not zero."""
    rows = [
        (position, measure, value, "reported", codes[position])
        for measure in MEASURES
        for position, value in enumerate(own.get(measure, []))
        if value is not None
    ]
    return pd.DataFrame(rows, columns=["position", "measure", "value", "confidence", "code"])


def _write(
    c: Connection,
    context: Context,
    changes: Changes,
    frame: gpd.GeoDataFrame,
    counts: pd.DataFrame,
) -> int:
    code = context.state.code
    if not context.state.communities.size:
        _create_around(c, context, frame.geometry.to_numpy())
    estates = _write_estates(c, context, frame)
    written = write_changes(c, context, changes, frame, counts, estates)
    if written:
        touch(c, code)
    return written


def _write_estates(c: Connection, context: Context, frame: gpd.GeoDataFrame) -> dict[Any, int]:
    """Return the estates that the file names, by name; those not yet known are created.

    An estate belongs to the community of its first building.
    """
    if "estate" not in frame:
        return {}
    code = context.state.code
    table = building_tables.estate
    known = c.execute(
        select(table.c.name, table.c.id).where(table.c.code.startswith(code, autoescape=True))
    )
    found: dict[Any, int] = {row.name: int(row.id) for row in known}
    named = frame[frame["estate"].notna() & ~frame["estate"].isin(list(found))]
    named = named.drop_duplicates("estate")
    rows = gpd.GeoDataFrame(
        {"name": named["estate"].tolist(), "community_code": named["community_code"].tolist()},
        geometry=[None] * len(named),
        crs=STORAGE_SRID,
    )
    ids = write_estates(c, code, rows, STORAGE_SRID)
    return {**found, **dict(zip(rows["name"], ids, strict=True))}


def _create_around(c: Connection, context: Context, footprints: NDArray[np.object_]) -> None:
    """Make one community: the hull of the buildings + 50 m, and its county where absent."""
    code, options = context.state.code, context.options
    middle = shapely.get_coordinates(shapely.centroid(footprints)).mean(axis=0)
    srid = context.state.srid or measuring_srid(float(middle[0]), float(middle[1]))
    hull = hull_around(to_measuring(footprints, srid))
    outline = to_storage(np.array([hull], dtype=object), srid)[0]
    if not context.state.exists:
        name = options.name or code
        create_county(
            c,
            code=code,
            name=name,
            name_en=options.name_en or name,
            measuring_srid=srid,
            title=name,
            title_en=options.name_en or name,
            data_as_of=context.day,
            geometry=hull,
        )
    frame = gpd.GeoDataFrame(
        {
            "code": [f"{code}001", f"{code}001001"],
            "name": ["全域", "全域社区"],
            "name_en": ["Whole area", "Whole area"],
            "is_temporary": [True, True],
        },
        geometry=[outline, outline],
        crs=STORAGE_SRID,
    )
    write_divisions(c, code, frame, STORAGE_SRID, context.day)
