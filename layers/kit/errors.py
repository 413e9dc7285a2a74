"""Exceptions of the program: one base class, specific children, a sentence for the user."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from layers.kit.findings import Finding


class GetuError(Exception):
    """Broken input or a broken system. The message is one line that says what to do."""


class InputError(GetuError):
    """A file or frame that cannot be used. Nothing was changed.

    ``findings`` lists every fault that was found, not only the first.
    """

    def __init__(self, message: str, findings: Sequence[Finding] = ()) -> None:
        super().__init__(message)
        self.findings = tuple(findings)


class CrsError(InputError):
    """Coordinates without a usable reference system, or outside the area that it serves."""


class SettingsError(GetuError):
    """A setting (environment variable or option) that cannot be used."""


class ServerError(GetuError):
    """The database server could not be started, reached or migrated."""


class NotFoundError(GetuError):
    """A county, plan, grid or station that does not exist."""


class ConflictError(GetuError):
    """Someone else changed the same thing first; nothing was overwritten."""
