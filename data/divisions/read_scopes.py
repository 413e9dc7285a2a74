"""Divisions as scopes of people: code and name, nothing of their land."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection

from data.rows.reading import rows_of
from layers.kit import clock


@dataclass(frozen=True, slots=True)
class Scope:
    """A division that is valid now. ``kind``: province … community."""

    code: str
    name: str
    kind: str


def names_of(c: Connection, codes: Collection[str]) -> dict[str, str]:
    """Return the present names of divisions by code; those that the session does not see lack."""
    rows = rows_of(
        Scope,
        c,
        """
        SELECT DISTINCT ON (code COLLATE "C") code, name, kind FROM division
        WHERE code = ANY(:codes) AND NOT has_ended(valid_to, :today)
        ORDER BY code COLLATE "C", valid_from DESC
        """,
        codes=list(codes),
        today=clock.today(),
    )
    return {one.code: one.name for one in rows}


def scopes(c: Connection) -> list[Scope]:
    """Return all divisions that are valid now, by code: a town before its communities."""
    return rows_of(
        Scope,
        c,
        """
        SELECT DISTINCT ON (code COLLATE "C") code, name, kind FROM division
        WHERE NOT has_ended(valid_to, :today)
        ORDER BY code COLLATE "C", valid_from DESC
        """,
        today=clock.today(),
    )
