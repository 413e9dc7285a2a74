"""What an import estimated or assumed: sentences as data, for the screen and the record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Note:
    """One sentence: ``code`` is its key in the text catalogue, ``values`` fill it."""

    code: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return the form that ``county.fallbacks`` and ``import_run.notes`` keep."""
        return {"code": self.code, "values": dict(self.values)}
