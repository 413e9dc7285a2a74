"""What a household table would change: by building, community and grid; and what looks wrong."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from layers.kit.findings import Finding
from layers.kit.load import is_over_limit

Kind = Literal["new", "more", "less", "same", "not_in_file"]
DROP: Final = 0.2  # of all households: more is hardly one month's change
ELSEWHERE: Final = 0.5  # share of rows that name communities which are not ours
_MONTH = re.compile(r"(20\d\d)\s*[年.\-/]\s*(\d{1,2})(?!\d)")


@dataclass(frozen=True, slots=True)
class Change:
    """A building's households before and after. ``before`` None: never counted before.

    ``after`` of a building that the table does not name is ``before``: missing is not zero.
    """

    building_id: int
    before: int | None
    after: int
    kind: Kind

    @property
    def change(self) -> int:
        """Return how many households more; negative for fewer."""
        return self.after - (self.before or 0)


@dataclass(frozen=True, slots=True)
class GridChange:
    """A grid whose households cross the limit. ``number``: as people call it."""

    grid_id: int
    code: str
    number: int | None
    name: str | None
    community: str
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Member:
    """A building's place in a grid of the plan in force; ``plots``: of the grid, 0 unknown."""

    grid_id: int
    building_id: int
    plots: int
    code: str
    number: int | None
    name: str | None
    community: str


def compare(before: Mapping[int, int], said: Mapping[int, int]) -> list[Change]:
    """Return every building that was counted before or is in the table, by id."""
    changes = []
    for building in sorted(before.keys() | said.keys()):
        was, now = before.get(building), said.get(building)
        if now is None:
            changes.append(Change(building, was, was or 0, "not_in_file"))
        elif was is None:
            changes.append(Change(building, None, now, "new"))
        else:
            kind: Kind = "same" if now == was else "more" if now > was else "less"
            changes.append(Change(building, was, now, kind))
    return changes


def crossing(
    members: Iterable[Member], changes: Sequence[Change], limit: int
) -> tuple[list[GridChange], list[GridChange]]:
    """Return the grids that newly exceed the limit, and those that no longer do.

    A grid of one plot is a building that alone exceeds the limit: it is not counted.
    """
    of = {c.building_id: c for c in changes}
    grids: dict[int, tuple[Member, int, int]] = {}
    for m in members:
        c = of.get(m.building_id)
        was, now = (0, 0) if c is None else (c.before or 0, c.after)
        _, before, after = grids.get(m.grid_id, (m, 0, 0))
        grids[m.grid_id] = (m, before + was, after + now)
    newly: list[GridChange] = []
    no_longer: list[GridChange] = []
    for m, before, after in grids.values():
        was_over = is_over_limit(before, limit, m.plots)
        if was_over == is_over_limit(after, limit, m.plots):
            continue
        change = GridChange(m.grid_id, m.code, m.number, m.name, m.community, before, after)
        (no_longer if was_over else newly).append(change)
    return sorted(newly, key=lambda g: g.code), sorted(no_longer, key=lambda g: g.code)


def doubts(
    changes: Sequence[Change],
    effective_on: date,
    *,
    newest: date | None,
    said_titles: Sequence[str],
    rows: int,
    elsewhere: int,
    unplaced: int,
    same_file: str | None,
    others_open: Sequence[str],
) -> list[Finding]:
    """Return what makes a table look like the wrong one.

    1. The same file was imported before. 2. Every number is as it was. 3. It is older than what
    is known. 4. Its title names another month. 5. More than a fifth of all households would go.
    6. Half of it names other communities. 7. Somebody else has a table open.
    """
    found: list[Finding] = []

    def warn(code: str, **values: object) -> None:
        found.append(Finding(code, "warning", values=values))

    if same_file:
        warn("households_same_file", said=same_file)
    in_file = [c for c in changes if c.kind != "not_in_file"]
    if in_file and all(c.kind == "same" for c in in_file):
        warn("households_nothing_new", buildings=len(in_file))
    if newest and effective_on < newest:
        warn("households_older", day=effective_on.isoformat(), newest=newest.isoformat())
    months = {(int(m[1]), int(m[2])) for t in said_titles for m in _MONTH.finditer(t)}
    months = {m for m in months if 1 <= m[1] <= 12}
    if months and (effective_on.year, effective_on.month) not in months:
        year, month = max(months)
        warn("households_other_month", said=f"{year}-{month:02d}", day=effective_on.isoformat())
    known = [c for c in in_file if c.before is not None]
    before = sum(c.before or 0 for c in known)
    after = sum(c.after for c in known) + unplaced
    if before and after < (1 - DROP) * before:
        warn("households_drop", before=before, after=after)
    if rows and elsewhere > ELSEWHERE * rows:
        warn("households_elsewhere", rows=elsewhere, all=rows)
    for by in others_open:
        warn("households_also_open", by=by)
    return found
