"""Many rows at once: ids reserved first, then COPY. All inside the caller's transaction."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import shapely
from psycopg.types.json import Jsonb
from sqlalchemy import Connection, Table, text

from data.rows.columns import STORAGE_SRID
from layers.kit.crs import to_storage


def reserve_ids(c: Connection, table: Table, count: int) -> list[int]:
    """Take ``count`` fresh internal ids of a table from its sequence."""
    if count == 0:
        return []
    sequence = f"{table.schema}.{table.name}"
    rows = c.execute(
        text("SELECT nextval(pg_get_serial_sequence(:table, 'id')) FROM generate_series(1, :n)"),
        {"table": sequence, "n": count},
    )
    return [int(row[0]) for row in rows]


def copy_rows(
    c: Connection, table: Table, columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> int:
    """Append rows to a table with COPY; return how many.

    Values are plain Python; ``plain`` makes them so. A dict becomes jsonb.
    """
    unknown = [name for name in columns if name not in table.c]
    if unknown:
        raise KeyError(f"{table.name} has no column {', '.join(unknown)}")
    names = ", ".join(f'"{name}"' for name in columns)
    whole = f"{table.schema}.{table.name}"
    raw = c.connection.driver_connection
    if raw is None:
        raise RuntimeError("the connection is closed")
    # COPY does not ask policies, and PostgreSQL refuses it where there are some: the rows come
    # into a table of this transaction first.
    bound = c.execute(
        text("SELECT relrowsecurity FROM pg_class WHERE oid = to_regclass(:table)"),
        {"table": whole},
    ).scalar()
    if not bound:
        return _copy(raw, f"COPY {whole} ({names}) FROM STDIN", rows)
    aside = f'pg_temp."incoming_{table.name}"'
    c.execute(
        text(
            f"CREATE TEMP TABLE {aside} ON COMMIT DROP AS SELECT {names} FROM {whole} WITH NO DATA"
        )
    )
    count = _copy(raw, f"COPY {aside} ({names}) FROM STDIN", rows)
    c.execute(text(f"INSERT INTO {whole} ({names}) SELECT {names} FROM {aside}"))
    c.execute(text(f"DROP TABLE {aside}"))
    return count


def _copy(raw: Any, statement: str, rows: Iterable[Sequence[Any]]) -> int:
    count = 0
    with raw.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row([Jsonb(v) if isinstance(v, dict) else v for v in row])
            count += 1
    return count


def plain(value: Any) -> Any:
    """Turn a value of a frame into plain Python; NaN, NaT and NA become None."""
    if value is None or value is pd.NaT or value is pd.NA:
        return None
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and math.isnan(value):
        return None
    if isinstance(value, pd.Timestamp):
        return value.to_pydatetime()
    return value


def column(frame: pd.DataFrame, name: str, default: Any = None) -> list[Any]:
    """Return a frame's column as plain Python values; ``default`` where absent or unknown."""
    if name not in frame.columns:
        return [default] * len(frame)
    values = [plain(v) for v in frame[name].tolist()]
    return [default if v is None else v for v in values]


def stored_geometry(geometries: Any, srid: int, *, multi: bool = False) -> list[str | None]:
    """Return EWKB (hex, EPSG:4490) of geometries given in ``srid``; None stays None."""
    array = to_storage(np.asarray(geometries, dtype=object), srid)
    if multi:
        single = (shapely.get_type_id(array) == 3).nonzero()[0]
        array = array.copy()
        for i in single:
            array[i] = shapely.MultiPolygon([array[i]])
    array = shapely.set_srid(array, STORAGE_SRID)
    return list(shapely.to_wkb(array, hex=True, include_srid=True))
