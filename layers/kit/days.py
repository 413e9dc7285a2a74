"""Days as they stand in an address."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from layers.kit.errors import InputError


def read_day(values: Mapping[str, str], name: str, default: date) -> date:
    """Return the day of a parameter, or ``default`` where it is absent. Raises InputError."""
    value = values.get(name)
    if not value:
        return default
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise InputError(
            "{name}={value} is not a date: write YYYY-MM-DD", name=name, value=value
        ) from error
