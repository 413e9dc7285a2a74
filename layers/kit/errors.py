"""Exceptions of the program: one base class, specific children, a sentence for the user.

1. What is said is an English sentence with ``{names}``, and the values of the names: so the log,
   the command line and every language of the pages say the same fault.
2. The sentence is at the same time the key of its translation (``dashboard/text/refusals``);
   a test finds every sentence here that has none.
3. A value may be said itself (another ``Message``, or several): it is translated with the rest.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from layers.kit.words import Words

if TYPE_CHECKING:
    from layers.kit.findings import Finding


@dataclass(frozen=True, slots=True)
class Message:
    """A sentence with named gaps, and what fills them; ``str`` writes it in English."""

    sentence: str
    values: Words = field(default_factory=dict)

    def __str__(self) -> str:
        """Return the English sentence, filled; a tuple of values is joined with semicolons."""
        if not self.values:
            return self.sentence
        return self.sentence.format(
            **{
                name: "; ".join(map(str, value)) if isinstance(value, tuple) else value
                for name, value in self.values.items()
            }
        )

    def line(self) -> str:
        """Return the sentence and its values as one line to be stored."""
        return json.dumps(_plain(self), ensure_ascii=False)


def message_of(line: str) -> Message:
    """Return what ``Message.line`` wrote; any other line is a sentence without gaps."""
    try:
        found = _said(json.loads(line))
    except (ValueError, KeyError, TypeError):
        found = None
    return found if isinstance(found, Message) else Message(line)


def _plain(value: Any) -> Any:
    if isinstance(value, GetuError):
        return _plain(value.said)
    if isinstance(value, Message):
        return {"said": value.sentence, "values": {k: _plain(v) for k, v in value.values.items()}}
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    return value if isinstance(value, int | float | str | None) else str(value)


def _said(value: Any) -> Any:
    if isinstance(value, dict):
        return Message(value["said"], {k: _said(v) for k, v in value["values"].items()})
    return tuple(_said(v) for v in value) if isinstance(value, list) else value


class GetuError(Exception):
    """Broken input or a broken system. The message is one line that says what to do."""

    def __init__(self, message: str | Message = "", **values: Any) -> None:
        self.said = message if isinstance(message, Message) else Message(message, values)
        super().__init__(str(self.said))


class InputError(GetuError):
    """A file or frame that cannot be used. Nothing was changed.

    ``findings`` lists every fault that was found, not only the first.
    """

    def __init__(
        self, message: str | Message, findings: Sequence[Finding] = (), **values: Any
    ) -> None:
        super().__init__(message, **values)
        self.findings = tuple(findings)


class KeyReusedError(InputError):
    """A key of a request that came with another request before."""


class CrsError(InputError):
    """Coordinates without a usable reference system, or outside the area that it serves."""


class ForbiddenError(GetuError):
    """What the one who asks has no right to."""


class SettingsError(GetuError):
    """A setting (environment variable or option) that cannot be used."""


class ServerError(GetuError):
    """The database server could not be started, reached or migrated.

    What a page shows (``said``) names no address, path or role where there are ``details``: those
    are for whoever runs the program, in the log and on the command line, and are what ``str``
    gives.
    """

    def __init__(
        self, message: str | Message = "", details: Message | None = None, **values: Any
    ) -> None:
        super().__init__(message, **values)
        self.details = details

    def __str__(self) -> str:
        """Return the sentence for whoever runs the program."""
        return str(self.details or self.said)


class NotFoundError(GetuError):
    """A county, plan, grid or station that does not exist."""


class ConflictError(GetuError):
    """Someone else changed the same thing first; nothing was overwritten."""


class Cancelled(GetuError):  # noqa: N818 - a wish of the user, not an error
    """Somebody asked long work to stop."""
