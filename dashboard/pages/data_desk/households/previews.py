"""What a household table would change, as JSON values, before it is applied."""

from __future__ import annotations

from typing import TypedDict

from dashboard.pages.data_desk.households.values import (
    FindingValue,
    UploadValue,
    findings_json,
    upload_json,
)
from dashboard.text import Language, text
from layers.households.changes import GridChange
from layers.households.preview import Preview
from layers.kit import few

MOST_CHANGES = 2_000


class PreviewCommunity(TypedDict):
    """What publishing would change in a community."""

    name: str
    before: int
    after: int
    unplaced: int
    unplaced_before: int


class PreviewChange(TypedDict):
    """What publishing would change of a building."""

    id: int
    name: str
    community: str | None
    before: int | None
    after: int | None
    change: int
    kind: str


class PreviewGrid(TypedDict):
    """A grid that comes over the limit, or is no longer."""

    id: int
    code: str
    name: str
    community: str | None
    before: int
    after: int


class PreviewValue(TypedDict):
    """What publishing would change; ``kinds``: [buildings, households] by kind of change."""

    upload: UploadValue
    measure: str
    seen: int
    sums: dict[str, int]
    before: int
    after: int
    unplaced: int
    unplaced_before: int
    same: int
    kinds: dict[str, tuple[int, int | str]]
    limit: int
    communities: list[PreviewCommunity]
    changes: list[PreviewChange]
    newly_over: list[PreviewGrid]
    no_longer_over: list[PreviewGrid]
    warnings: list[FindingValue]


def preview_json(found: Preview, lang: Language) -> PreviewValue:
    """Return what publishing would change."""
    kinds: dict[str, list[int]] = {}
    for change in (*found.changes, *found.not_in_file):
        tally = kinds.setdefault(change.kind, [0, 0])
        tally[0] += 1
        tally[1] += change.change
    return {
        "upload": upload_json(found.upload, found.measure, lang),
        "measure": found.measure,
        "seen": found.seen,
        "sums": dict(found.sums),
        "before": found.before,
        "after": found.after,
        "unplaced": found.unplaced,
        "unplaced_before": sum(c.unplaced_before for c in found.communities),
        "same": found.same,
        "kinds": {kind: (n, few.told(households)) for kind, (n, households) in kinds.items()},
        "limit": found.limit,
        "communities": [
            {
                "name": c.name or text("data_households.community_unknown", lang),
                "before": c.before,
                "after": c.after,
                "unplaced": c.unplaced,
                "unplaced_before": c.unplaced_before,
            }
            for c in found.communities
        ],
        "changes": [
            {
                "id": c.building_id,
                "name": c.name,
                "community": c.community,
                "before": c.before,
                "after": c.after,
                "change": c.change,
                "kind": c.kind,
            }
            for c in (*found.changes[:MOST_CHANGES], *found.not_in_file[:MOST_CHANGES])
        ],
        "newly_over": [_grid(g, lang) for g in found.newly_over],
        "no_longer_over": [_grid(g, lang) for g in found.no_longer_over],
        "warnings": findings_json(found.warnings, lang),
    }


def _grid(grid: GridChange, lang: Language) -> PreviewGrid:
    name = grid.name
    if not name and grid.number is not None:
        name = text("data_households.grid_number", lang, {"number": str(grid.number)})
    return {
        "id": grid.grid_id,
        "code": grid.code,
        "name": name or grid.code,
        "community": grid.community,
        "before": grid.before,
        "after": grid.after,
    }
