"""Buildings that a file tells of again: what is new, what differs, and how it is written.

A building is found again by its source and id; without an id by its place. Names that a file gives
are added to those that people ruled, never put in their place; an empty count changes nothing.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from copy import copy
from typing import Any, Final, Literal, get_args

import geopandas as gpd
import pandas as pd
import shapely
from sqlalchemy import Connection

from data.buildings import read_edits as read
from data.buildings import write_edits as log
from data.buildings.rows import EditChange
from data.buildings.tables import HOUSEHOLD_MEASURES, PERSON_MEASURES
from data.buildings.write import write_buildings, write_counts
from data.divisions.write import division_ids
from data.files.read_records import building_records
from data.importers.judging.changes import Change, Changes, compare
from data.importers.judging.county_state import STORAGE_SRID
from data.importers.judging.keys import given_sources, known_keys, row_keys
from data.importers.judging.kind import Context
from data.importers.reading.shapes.coordinates import Shapes

MEASURES: Final = (*HOUSEHOLD_MEASURES, *PERSON_MEASURES)
PLACE: Final = "place"
_Plain = Literal["name", "number", "levels", "use", "life"]
PLAIN: Final[tuple[_Plain, ...]] = get_args(_Plain)
MOST_LOGGED: Final = 2_000
"""Larger imports are a new stock of buildings, not an edit that somebody would take back."""

Values = Mapping[str, list[Any]]


def compare_buildings(
    context: Context, own: Values, footprints: Shapes, numbers: Sequence[int]
) -> Changes:
    """Return the fate of every row of a file, in its order."""
    records = building_records(context.connection, context.state.code)
    for record in records:
        record[PLACE] = _place(record["geometry"])
        record["label"] = _label(record, record["id"])
        record["geometry"] = _multi(record["geometry"])
    known = known_keys(records, (PLACE,), "label")
    count = len(footprints)
    placed = {**own, PLACE: [_place(shape) for shape in footprints]}
    keys = row_keys(placed, count, context.options.source, (PLACE,))
    told = [_told(own, i, footprints[i], known.get(keys[i])) for i in range(count)]
    names = [_label({n: own[n][i] for n in ("name", "estate", "number") if n in own}, None)
             for i in range(count)]  # fmt: skip
    sources = given_sources(own, context.options.source)
    return compare(told, keys, names, known, numbers, sources=sources)


def ended_rows(context: Context, own: Values) -> list[int]:
    """Return the rows whose id belongs to a building that was removed, cut or joined here."""
    ended = read.ended_ids(context.connection, context.state.code)
    ids = own.get("external_id", [])
    sources = own.get("source", [None] * len(ids))
    return [i for i, (name, source) in enumerate(zip(ids, sources, strict=True))
            if (source or context.options.source, name) in ended]  # fmt: skip


def _told(own: Values, at: int, footprint: Any, known: Any) -> dict[str, Any]:
    """Return what a row says of a building, under the names of the stored record."""
    row: dict[str, Any] = {
        name: own[name][at]
        for name in ("name", "number", "levels", "address", "estate")
        if name in own
    }
    for name in ("use", "life", *MEASURES):
        if name in own and own[name][at] is not None:
            row[name] = own[name][at]
    given = own["aliases"][at] if "aliases" in own else None
    if given:
        stored = list(known.values["aliases"]) if known is not None else []
        row["aliases"] = [*stored, *(a for a in given if a not in stored)]
    return {**row, "geometry": _multi(footprint)}


def _place(shape: Any) -> Hashable:
    centre = shapely.centroid(shape)
    return (round(centre.x, 7), round(centre.y, 7))


def _multi(shape: Any) -> Any:
    return shapely.MultiPolygon([shape]) if shape.geom_type == "Polygon" else shape


def _label(row: Mapping[str, Any], building_id: int | None) -> str:
    named = " ".join(str(row[k]) for k in ("estate", "number") if row.get(k))
    return str(row.get("name") or named or (f"#{building_id}" if building_id else ""))


def write_changes(
    c: Connection,
    context: Context,
    changes: Changes,
    frame: gpd.GeoDataFrame,
    counts: pd.DataFrame,
    estates: Mapping[Any, int],
) -> int:
    """Write what is new and what differs, counts too, and log it; return how many rows.

    ``frame``: every row of the file; ``counts``: ``position`` in it, ``measure``, ``value``, …
    """
    county, source = context.state.code, context.options.source
    told = changes.rows[: len(frame)]
    fresh = [i for i, change in enumerate(told) if change.what == "new"]
    moved = [i for i, change in enumerate(told) if change.what == "changed"]
    if not fresh and not moved:
        return 0
    log.hold_edits(c, county)
    names = frame["estate"].tolist() if "estate" in frame else [None] * len(frame)
    ids: dict[int, int] = {}
    given = frame["source"].tolist() if "source" in frame else [None] * len(frame)
    for own_source in dict.fromkeys(given[i] or source for i in fresh):
        members = [i for i in fresh if (given[i] or source) == own_source]
        made = write_buildings(
            c,
            county,
            frame.iloc[members],
            STORAGE_SRID,
            source=own_source,
            valid_from=context.day,
            estate_ids=[estates.get(names[i]) for i in members],
        )
        ids.update(zip(members, made, strict=True))
    rows = _update(c, context, [told[i] for i in moved], [frame.iloc[i] for i in moved], estates)
    ids.update({i: told[i].id or 0 for i in moved})
    _write_counts(c, context, told, counts, ids)
    if len(ids) <= MOST_LOGGED:
        begun = read.states(c, county, [ids[i] for i in fresh], HOUSEHOLD_MEASURES[0])
        rows += [
            {"id": i, "version": row.version, "before": None, "after": row.state}
            for i, row in begun.items()
        ]
    else:
        rows = []
    asked = {"file": context.path.name, "source": source}
    log.log_edit(
        c,
        county,
        "import",
        context.options.made_by,
        buildings=sorted(ids.values()) if rows else (),
        asked=asked,
        changes=rows,
    )
    return len(ids)


def _update(
    c: Connection,
    context: Context,
    changes: Sequence[Change],
    told: Sequence[Any],
    estates: Mapping[Any, int],
) -> list[EditChange]:
    """Write over what differs; return the changes for the log."""
    county = context.state.code
    ids = [change.id for change in changes if change.id is not None]
    if not ids:
        return []
    divisions = division_ids(c, county)
    states = read.states(c, county, ids, HOUSEHOLD_MEASURES[0])
    rows: list[EditChange] = []
    for change, row in zip(changes, told, strict=True):
        before = states[change.id or 0].state
        values = {name: after for name, (_, after) in change.fields.items()}
        if not set(values) - set(MEASURES):
            continue  # its counts alone differ
        after = copy(before)
        for name in PLAIN:
            if name in values:
                after[name] = values[name]
        if "levels" in values:
            after["levels_estimated"] = False
        if "use" in values:
            after["uses"] = [[values["use"], None]]
        if "life" in values:
            day = context.day.isoformat()
            kept = [x for x in before["lives"] if x[1] != day]
            after["lives"] = sorted([*kept, [values["life"], day]], key=lambda x: str(x[1]))
        if "address" in values:
            first = [values["address"]] if values["address"] else []
            after["addresses"] = [*first, *before["addresses"][1:]]
        if "aliases" in values:
            have = {a[0] for a in before["aliases"]}
            added = [[a, context.options.source] for a in values["aliases"] if a not in have]
            after["aliases"] = [*before["aliases"], *added]
        if "estate" in values:
            after["estate_id"] = estates.get(values["estate"])
            after["estate"] = values["estate"]
        if "geometry" in values:
            after["geometry"] = shapely.to_wkb(values["geometry"], hex=True, byte_order=1).lower()
            after["code"] = row["community_code"] or county
            after["community_id"] = divisions.get(after["code"])
        version = log.put_state(c, change.id or 0, before, after)
        rows.append({"id": change.id or 0, "version": version, "before": before, "after": after})
    return rows


def _write_counts(
    c: Connection,
    context: Context,
    told: Sequence[Change],
    counts: pd.DataFrame,
    ids: Mapping[int, int],
) -> None:
    """Write the counts of new buildings, and those that differ, as one snapshot."""
    wanted = [
        position in ids and (told[position].what == "new" or measure in told[position].fields)
        for position, measure in zip(counts["position"], counts["measure"], strict=True)
    ]
    chosen = counts[wanted]
    if len(chosen):
        stored = chosen.assign(building_id=[ids[i] for i in chosen["position"]])
        write_counts(
            c,
            context.state.code,
            stored,
            effective_on=context.day,
            source=context.options.source,
        )
