"""A household table opened in 黎平, and what it placed."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, text

from data.households import read
from layers.households import store

CODE = "522301"
NOVEMBER, DECEMBER = date(2026, 11, 30), date(2026, 12, 31)


def opened(c: Connection, path: Path, day: date = NOVEMBER, **options: Any) -> int:
    return store.open_upload(c, CODE, path, path.name, "甲", effective_on=day, **options)


def value(c: Connection, sql: str, **values: Any) -> Any:
    return c.execute(text(sql), {"code": CODE, **values}).scalar()


def building(c: Connection, name: str) -> int:
    found = value(c, "SELECT id FROM building WHERE name = :name", name=name)
    assert found is not None
    return int(found)


def count_of(c: Connection, name: str) -> int:
    return int(read.newest_counts(c, CODE, "resident")[building(c, name)].value)
