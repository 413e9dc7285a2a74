"""What pages send to Dash's callbacks: held against what each callback declares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from layers.kit.errors import InputError


def check_callback(sent: Any, declared: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the output that is asked for.

    ``declared``: Dash's own map, output → its inputs and states. Raises InputError where the
    output is none of them, or the inputs or states are not those of its callback.
    """
    output = sent.get("output") if isinstance(sent, dict) else None
    callback = declared.get(output) if isinstance(output, str) else None
    if (
        not isinstance(output, str)
        or callback is None
        or callback.get("callback") is None
        or not _parts_fit(sent.get("inputs", []), callback["inputs"])
        or not _parts_fit(sent.get("state", []), callback["state"])
        or not _outputs_fit(sent.get("outputs", []))
        or not _are_texts(sent.get("changedPropIds", []))
    ):
        raise InputError("what was sent cannot be read: load the page again")
    return output


def function_of(callback: Mapping[str, Any]) -> str:
    """Return the name of the function behind a callback: its module and its own name."""
    function = callback["callback"]
    return f"{function.__module__}.{function.__name__}"


def _parts_fit(sent: Any, declared: Sequence[Mapping[str, Any]]) -> bool:
    if not isinstance(sent, list) or len(sent) != len(declared):
        return False
    return all(
        isinstance(one, dict)
        and one.get("property") == wanted["property"]
        # A pattern ({"type": …}) is declared as text; what it met is an object.
        and (isinstance(one.get("id"), dict) or one.get("id") == wanted["id"])
        for part, wanted in zip(sent, declared, strict=True)
        for one in (part if isinstance(part, list) else [part])
    )


def _outputs_fit(sent: Any) -> bool:
    return all(
        isinstance(part, dict)
        and isinstance(part.get("property"), str)
        and isinstance(part.get("id"), str | dict)
        for one in (sent if isinstance(sent, list) else [sent])
        for part in (one if isinstance(one, list) else [one])
    )


def _are_texts(sent: Any) -> bool:
    return isinstance(sent, list) and all(isinstance(one, str) for one in sent)
