"""What a request brings: JSON bodies and form fields, checked field by field."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date
from typing import Any
from urllib.parse import quote

from flask import Response, jsonify, request

from dashboard.access.principal import present
from dashboard.text.refusals import reader, refusal
from layers.kit.errors import GetuError, InputError, Message
from layers.kit.json import JsonObject

MOST_PLOTS = 200_000
MOST_TEXT = 2_000
MARK = "X-Getu"


def body() -> JsonObject:
    """Return the request's JSON object. Raises InputError."""
    # ``silent`` would hide a body that is too large; its refusal is Flask's own (413).
    request.get_data(cache=True)
    try:
        values = request.get_json(silent=True)
    except RecursionError as error:
        raise InputError("the JSON is nested too deeply") from error
    if not isinstance(values, dict):
        raise InputError("send a JSON object with the content type application/json")
    return values


def only(values: JsonObject, *names: str) -> JsonObject:
    """Return a body that holds nothing but these fields. Raises InputError."""
    unknown = sorted(set(values) - set(names))
    if unknown:
        raise InputError("nothing here takes the field {name}", name=unknown[0][:60])
    return values


def refused(status: int, why: GetuError | Message, **more: Any) -> Response:
    """Return a refusal in the reader's language; ``more``: what else the page gets to know."""
    answer = jsonify(error=refusal(why, reader()), **more)
    answer.status_code = status
    return answer


def foreign(what: str) -> Response:
    """Refuse a change that does not come from a page of this program."""
    said = Message("a change needs the header {mark}: {what}", {"mark": MARK, "what": what})
    return refused(403, said)


def as_download(answer: Response, name: str) -> Response:
    """Make an answer a download called ``name``, in any script (RFC 6266, 5987)."""
    plain = "".join(c for c in name if c.isascii() and (c.isalnum() or c in "._- ")).strip()
    plain = f"plan{plain}" if plain.startswith(".") or not plain else plain
    quoted = quote(name, safe="")
    answer.headers["Content-Disposition"] = (
        f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quoted}"
    )
    return answer


def whole(values: Mapping[str, object], name: str) -> int:
    """Return a field that must be a whole number."""
    value = values.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) >= 2**62:
        raise InputError("{name} must be a whole number", name=Message(name))
    return value


def whole_or_none(values: Mapping[str, object], name: str) -> int | None:
    """Return a field that may be left out or null."""
    return None if values.get(name) is None else whole(values, name)


def wholes(values: Mapping[str, object], name: str) -> tuple[int, ...]:
    """Return a field that is a list of whole numbers; nothing for none."""
    found = values.get(name)
    if found is None:
        return ()
    if not isinstance(found, list) or len(found) > MOST_PLOTS:
        raise InputError("{name} must be a list of whole numbers", name=Message(name))
    return tuple(whole({name: v}, name) for v in found)


def sentence(
    values: Mapping[str, object], name: str, *, needed: bool = False, most: int = MOST_TEXT
) -> str | None:
    """Return a text field without its outer blanks; None when it is left out or empty."""
    value = values.get(name)
    if value is not None and not isinstance(value, str):
        raise InputError("{name} must be text", name=Message(name))
    text = (value or "").strip()
    if "\0" in text or len(text) > most:
        raise InputError(
            "{name} must be at most {most} characters without NUL", name=Message(name), most=most
        )
    if needed and not text:
        raise InputError("{name} is missing", name=Message(name))
    return text or None


def who(values: Mapping[str, object], unknown: str = "planner") -> str:
    """Return who does it: whoever signed in, else (on demonstration) as the page says."""
    return present().name or sentence(values, "by", most=60) or unknown


def day(values: Mapping[str, object], name: str) -> date | None:
    """Return a date field (YYYY-MM-DD); None when it is left out."""
    text = sentence(values, name, most=10)
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InputError(
            "{name}={text} is not a date: write YYYY-MM-DD", name=Message(name), text=text
        ) from error


def line(values: Mapping[str, object], name: str) -> tuple[tuple[float, float], ...]:
    """Return a list of [longitude, latitude] pairs; nothing for none."""
    found = values.get(name)
    if found is None:
        return ()
    if not isinstance(found, list) or len(found) > MOST_PLOTS:
        raise InputError("{name} must be a list of [longitude, latitude]", name=Message(name))
    pairs = []
    for pair in found:
        if (
            not isinstance(pair, list)
            or len(pair) != 2
            or not all(isinstance(v, int | float) and not isinstance(v, bool) for v in pair)
            or not all(math.isfinite(v) for v in pair)
            or abs(pair[0]) > 180
            or abs(pair[1]) > 90
        ):
            raise InputError("{name} must be a list of [longitude, latitude]", name=Message(name))
        pairs.append((float(pair[0]), float(pair[1])))
    return tuple(pairs)
