"""JSON as this program takes it: text that the database can hold, numbers that are numbers.

Python reads more than JSON is: lone surrogates, NaN, numbers of thousands of digits. Each of them
fails late and somewhere else; here they are refused once, for pages, APIs and Dash alike.
"""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

from flask.json.provider import DefaultJSONProvider

from layers.kit.errors import InputError

MOST_DIGITS = 40
_SUSPECT = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")


class StrictJson(DefaultJSONProvider):
    """Flask's JSON, which refuses what the database could not hold. Raises InputError."""

    def loads(self, s: str | bytes, **options: Any) -> Any:
        """Return the value of a JSON text. Raises ValueError where it is none."""
        if isinstance(s, bytes):
            s = s.decode("utf-8")
        try:
            value = json.loads(s, parse_int=_whole, parse_constant=_no_number, **options)
        except RecursionError as error:
            raise InputError("the JSON is nested too deeply") from error
        if _SUSPECT.search(s):  # pairs of surrogates are text; only a look at the value tells
            _check(value)
        return value


def is_text(value: str) -> bool:
    """Tell whether the database can hold a text: no NUL, no half of a surrogate pair."""
    return "\0" not in value and not any("\ud800" <= letter <= "\udfff" for letter in value)


def _check(value: Any) -> None:
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str) and not is_text(one):
            raise InputError("what was sent holds characters that are no text")
        if isinstance(one, dict):
            waiting += [*one, *one.values()]
        elif isinstance(one, list):
            waiting += one


def _whole(digits: str) -> int:
    if len(digits) > MOST_DIGITS:
        raise InputError("what was sent holds a number of {digits} digits", digits=len(digits))
    return int(digits)


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
