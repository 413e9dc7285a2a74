"""What an import estimated or assumed: sentences as data, for the screen and the record."""

from __future__ import annotations

from dataclasses import dataclass, field

from layers.kit.words import SentenceValue, Words


@dataclass(frozen=True, slots=True)
class Note:
    """One sentence: ``code`` is its key in the text catalogue, ``values`` fill it."""

    code: str
    values: Words = field(default_factory=dict)

    def as_dict(self) -> SentenceValue:
        """Return the form that ``county.fallbacks`` and ``import_run.notes`` keep."""
        return {"code": self.code, "values": dict(self.values)}
