"""A breach of a rule, or a fault of a file, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as default_of  # ``field`` is the name of a column below
from typing import TYPE_CHECKING, Any, Literal

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
    values: Mapping[str, Any] = default_of(default_factory=dict)
