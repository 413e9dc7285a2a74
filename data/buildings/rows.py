"""Buildings as values: what is read of them, and their counts as they are written."""

from __future__ import annotations

from dataclasses import dataclass

from layers.kit.ids import SnapshotId


@dataclass(frozen=True, slots=True)
class NewCount:
    """A count of a building that is to be added to a snapshot; ``code``: of its community."""

    snapshot_id: SnapshotId
    building_id: int
    measure: str
    code: str
    value: int
    source: str
    confidence: str
