"""A breach of a rule, or a fault of a file, as data."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as default_of  # ``field`` is the name of a column below
from operator import index
from typing import TYPE_CHECKING, Literal, SupportsIndex

from layers.kit.words import Words

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

Severity = Literal["error", "warning", "info"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One breach with its place and measure.

    ``code`` names the rule and is a text key under ``finding.<code>`` in the catalogue, whose
    sentence may use the names in ``values``. ``row`` counts the file's records from 1.
    ``geometry`` is in the CRS of the frame that was judged.
    """

    code: str
    severity: Severity = "error"
    row: int | None = None
    field: str | None = None
    subject: str | None = None
    geometry: BaseGeometry | None = None
    values: Words = default_of(default_factory=dict)

    def whole(self, name: str) -> int:
        """Return a value that is a whole number. Raises KeyError, TypeError."""
        value = self.values[name]
        if not isinstance(value, SupportsIndex):
            raise TypeError(f"{self.code}: {name} is no whole number")
        return index(value)
