"""From a question in SQL to rows: mappings, values of a declared kind, frames with geometry.

A declared kind is a frozen dataclass (or a ``TypedDict``, for what goes to the browser as it is)
whose fields are the question's columns: what is read is checked
against it once an answer, so that a column that was renamed in one of the two is told at once.
A column of JSON whose field declares a ``TypedDict`` is looked at whole (``layers.kit.json``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, TypeVar, get_args, get_type_hints, is_typeddict

import geopandas as gpd
import pandas as pd
import shapely
from sqlalchemy import Connection, CursorResult, RowMapping, text

from data.rows.columns import STORAGE_SRID
from layers.kit.json import NAMES, parsed

T = TypeVar("T")


def mappings(c: Connection, sql: str, /, **values: Any) -> list[RowMapping]:
    """Return every row as a mapping of its columns."""
    return list(c.execute(text(sql), values).mappings())


def rows_of(kind: Callable[..., T], c: Connection, sql: str, /, **values: Any) -> list[T]:
    """Return every row as a value of ``kind``, which has exactly these columns.

    Raises TypeError when the columns are others than the fields.
    """
    result = c.execute(text(sql), values)
    _check(kind, result)
    declared = _declared_json(kind)
    if not declared:
        return [kind(**row) for row in result.mappings()]
    return [kind(**_with_json(kind, declared, row)) for row in result.mappings()]


def row_of(kind: Callable[..., T], c: Connection, sql: str, /, **values: Any) -> T | None:
    """Return the first row as a value of ``kind``, None where there is none.

    Raises TypeError when the columns are others than the fields.
    """
    result = c.execute(text(sql), values)
    _check(kind, result)
    row = result.mappings().first()
    if row is None:
        return None
    return kind(**_with_json(kind, _declared_json(kind), row))


@cache
def _declared_json(kind: Callable[..., Any]) -> Mapping[str, Any]:
    """Return the fields that declare what their JSON is, and what they declare."""
    hints = get_type_hints(kind, localns=NAMES)
    return {name: hint for name, hint in hints.items() if _names_keys(hint)}


def _names_keys(hint: Any) -> bool:
    return is_typeddict(hint) or any(_names_keys(inner) for inner in get_args(hint))


def _with_json(
    kind: Callable[..., Any], declared: Mapping[str, Any], row: RowMapping
) -> dict[str, Any]:
    found = {
        name: parsed(hint, row[name], f"{kind.__name__}.{name}") for name, hint in declared.items()
    }
    return {**row, **found}


def _check(kind: Callable[..., Any], result: CursorResult[Any]) -> None:
    declared, read = set(kind.__annotations__), set(result.keys())
    if declared != read:
        raise TypeError(
            f"{kind.__name__}: not read {sorted(declared - read)}, "
            f"not declared {sorted(read - declared)}"
        )


def frame_of(
    c: Connection, sql: str, values: Mapping[str, Any], srid: int = STORAGE_SRID
) -> gpd.GeoDataFrame:
    """Return every row as a frame; the column ``geometry`` is WKB in ``srid`` (bound), or null."""
    result = c.execute(text(sql), {**values, "srid": srid})
    names = list(result.keys())
    frame = pd.DataFrame([tuple(row) for row in result], columns=names)
    geometry = shapely.from_wkb([None if v is None else bytes(v) for v in frame.pop("geometry")])
    return gpd.GeoDataFrame(frame, geometry=geometry, crs=srid)
