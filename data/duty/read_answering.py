"""Who answers for a place on a day: asked here by everybody (the rule is SQL: ``answering``)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from data.rows.reading import rows_of
from layers.kit.ids import AreaId, CommunityId, GridId, PostId


@dataclass(frozen=True, slots=True)
class Answering:
    """A post of a grid, an area or a division, and who holds it; a vacant one has no ``holder``.

    A post that several hold is there once for each of them. ``place``: the name of the area or
    division. ``organisation``: the holder's. ``code``: of the place, as the post has it.
    """

    id: PostId
    kind: str
    title: str
    subject: str
    code: str
    grid_id: GridId | None
    area_id: AreaId | None
    division_id: CommunityId | None
    place: str | None
    holder: str | None
    organisation: str | None

    @property
    def is_held(self) -> bool:
        """Tell whether somebody answers."""
        return self.holder is not None


def answering(
    c: Connection,
    day: date,
    *,
    grids: Iterable[int] = (),
    areas: Iterable[int] = (),
    divisions: Iterable[int] = (),
) -> list[Answering]:
    """Return who answers for grids, areas and divisions (ids) on a day.

    Those of grids first, then of areas, then of divisions, the smallest first.
    """
    return rows_of(
        Answering,
        c,
        """
        SELECT p.post_id AS id, p.kind, p.title, p.subject, p.code, p.grid_id, p.area_id,
               p.division_id, coalesce(d.name, a.name) AS place, p.holder, p.organisation
        FROM answering(:day) p
        LEFT JOIN division d ON d.id = p.division_id
        LEFT JOIN area a ON a.id = p.area_id
        WHERE p.grid_id = ANY(:grids) OR p.area_id = ANY(:areas)
           OR p.division_id = ANY(:divisions)
        ORDER BY p.grid_id IS NULL, p.area_id IS NULL, length(p.code) DESC, p.post_id
        """,
        day=day,
        grids=list(grids),
        areas=list(areas),
        divisions=list(divisions),
    )


def posts_of(rows: Iterable[Answering]) -> list[Answering]:
    """Return each post once, in order of its id, with one of those who hold it."""
    return sorted({row.id: row for row in rows}.values(), key=lambda row: row.id)
