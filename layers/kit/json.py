"""JSON as plain data: what a browser sends or a table keeps, whose keys no program of ours fixes.

What leaves for the browser, and what a table keeps, has a ``TypedDict`` of its own; ``parsed``
checks one where it comes in. ``Json`` is for the rest.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import (
    Any,
    ForwardRef,
    Literal,
    NewType,
    NotRequired,
    TypedDict,
    TypeVar,
    Union,
    cast,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

from layers.kit.errors import InputError

T = TypeVar("T")

Json = str | int | float | bool | None | Sequence["Json"] | Mapping[str, "Json"]
JsonObject = Mapping[str, Json]
StoredJson = Mapping[str, object]
"""A TypedDict of a layer on its way into a jsonb column; it comes back through ``parsed``."""


class Geometry(TypedDict):
    """A GeoJSON geometry in degrees. A collection has ``geometries`` in place of coordinates."""

    type: str
    coordinates: NotRequired[Sequence[Json]]
    geometries: NotRequired[Sequence[Geometry]]


class Feature(TypedDict):
    """A GeoJSON feature. What ``properties`` hold is the affair of whoever makes it."""

    type: Literal["Feature"]
    id: NotRequired[int | str]
    geometry: Geometry | None
    properties: Mapping[str, object]


def as_json(value: object) -> Json:
    """Return a value as JSON has it; what JSON has no word for, such as a day, as text."""
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, Mapping):
        return {str(k): as_json(v) for k, v in value.items()}
    if isinstance(value, Sequence):
        return [as_json(v) for v in value]
    return str(value)


def parsed(kind: Callable[..., T], value: object, what: str) -> T:
    """Return JSON as a value of ``kind``, a TypedDict; every key is looked at, and all below it.

    Keys that ``kind`` does not declare are let through: another version may have written them.
    ``what``: what the JSON is, for the message. Raises InputError, which names the first place
    that is not as declared.
    """
    wrong = _wrong(kind, value, what)
    if wrong is not None:
        raise InputError("{what} is not as it should be: look at {place}", what=what, place=wrong)
    return cast(T, value)


def _wrong(kind: Any, value: object, at: str) -> str | None:
    """Return the first place below ``at`` that is not of a kind, None where all is."""
    if is_typeddict(kind):
        return _wrong_keys(kind, value, at)
    if isinstance(kind, ForwardRef) or kind in (Any, object, Json, JsonObject):
        return None if kind is not JsonObject or isinstance(value, dict) else at
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return None if any(_wrong(k, value, at) is None for k in inner) else at
    if origin is Literal:
        return None if value in inner else at
    if origin is tuple and inner[-1] is not Ellipsis:
        if not isinstance(value, list) or len(value) != len(inner):
            return at
        pairs = zip(inner, value, strict=True)
        return _first(_wrong(k, v, f"{at}.{i}") for i, (k, v) in enumerate(pairs))
    if origin in (list, tuple, Sequence):
        if not isinstance(value, list):
            return at
        if inner[0] is int and all(type(v) is int for v in value):  # long ones, soon
            return None
        return _first(_wrong(inner[0], v, f"{at}.{i}") for i, v in enumerate(value))
    if origin in (dict, Mapping):
        if not isinstance(value, dict):
            return at
        return _first(_wrong(inner[1], v, f"{at}.{k}") for k, v in value.items())
    return None if _is_plain(kind, value) else at


def _wrong_keys(kind: Any, value: object, at: str) -> str | None:
    if not isinstance(value, dict):
        return at
    missing = sorted(_needed(kind) - value.keys())
    if missing:
        return f"{at}.{missing[0]}"
    hints = _hints(kind)
    return _first(_wrong(hints[k], v, f"{at}.{k}") for k, v in value.items() if k in hints)


def _is_plain(kind: Any, value: object) -> bool:
    """Tell whether a value is of a plain kind; 1 is a float as well, True is no number."""
    while isinstance(kind, NewType):
        kind = kind.__supertype__
    if kind in (int, float):
        allowed = (int, float) if kind is float else int
        return isinstance(value, allowed) and not isinstance(value, bool)
    return isinstance(value, types.NoneType if kind is None else kind)


def _first(found: Any) -> str | None:
    return next((place for place in found if place is not None), None)


# ``Json`` names itself: modules that declare with ``JsonObject`` need not know it.
NAMES = {"Json": Json}


@cache
def _needed(kind: Any) -> frozenset[str]:
    # Annotations that are text (``from __future__``) hide NotRequired from __required_keys__.
    hints = get_type_hints(kind, localns=NAMES, include_extras=True)
    loose = {k for k, hint in hints.items() if get_origin(hint) is NotRequired}
    return frozenset(kind.__required_keys__ - loose)


@cache
def _hints(kind: Any) -> Mapping[str, object]:
    return get_type_hints(kind, localns=NAMES)
