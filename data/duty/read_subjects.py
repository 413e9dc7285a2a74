"""What a post can be for: divisions, 片区, grids, buildings, by code and by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, text

Found = tuple[str, str]
"""Kind of subject (division, area, grid, building) and its code; a building's external id."""


@dataclass(frozen=True, slots=True)
class Subjects:
    """Ids by code for each kind of subject, and every (kind, code) that a name may mean."""

    ids: Mapping[str, Mapping[str, int]]
    names: Mapping[str, tuple[Found, ...]]

    @property
    def grids(self) -> Mapping[str, int]:
        """Return the ids of the county's grids by code."""
        return self.ids["grid"]

    def find(self, said: str, kind: str | None) -> list[Found]:
        """Return what a code or a name may mean, of one kind where that is said."""
        by_code = [(k, said) for k, known in self.ids.items() if said in known]
        found = by_code or list(self.names.get(said, ()))
        return [f for f in found if kind is None or f[0] == kind]

    def id_of(self, kind: str, code: str) -> int:
        """Return the database id of a subject that was found."""
        return self.ids[kind][code]


_SUBJECTS = """
SELECT 'division' AS kind, code, name, id FROM division
WHERE lies_in(code, :county) AND valid_to IS NULL
UNION ALL
SELECT 'area', code, name, id FROM area WHERE lies_in(code, :county) AND valid_to IS NULL
UNION ALL
SELECT 'grid', g.code, n.name, g.id
FROM grid g
LEFT JOIN LATERAL (
    SELECT pg.name FROM plan_grid pg WHERE pg.grid_id = g.id ORDER BY pg.plan_id DESC LIMIT 1
) n ON true
WHERE lies_in(g.code, :county) AND g.valid_to IS NULL
UNION ALL
SELECT 'building', external_id, name, id FROM building
WHERE lies_in(code, :county) AND valid_to IS NULL AND external_id IS NOT NULL
"""


def read_subjects(c: Connection, county: str) -> Subjects:
    """Read every subject of a county that stands now."""
    ids: dict[str, dict[str, int]] = {k: {} for k in ("grid", "division", "area", "building")}
    names: dict[str, list[Found]] = {}
    for kind, code, name, i in c.execute(text(_SUBJECTS), {"county": f"{county}%"}):
        ids[kind][code] = int(i)
        if name:
            names.setdefault(name, []).append((kind, code))
    return Subjects(ids, {name: tuple(found) for name, found in names.items()})


def organisation_names(c: Connection, county: str) -> dict[str, int]:
    """Return the ids of organisations by name; of two with one name the first."""
    rows = c.execute(
        text("SELECT name, id FROM organisation WHERE lies_in(code, :county) ORDER BY id DESC"),
        {"county": f"{county}%"},
    )
    return {str(name): int(i) for name, i in rows}
