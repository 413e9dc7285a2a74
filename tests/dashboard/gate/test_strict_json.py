"""JSON that the database could not hold is refused where it comes in."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from dashboard.gate.strict_json import StrictJson
from layers.kit.errors import InputError

READ = StrictJson(Flask("json"))


@pytest.mark.parametrize(
    "text",
    [
        r'{"name": "a\u0000"}',
        r'{"a\u0000": 1}',
        r'["\ud800"]',
        r'["\udc00\ud800"]',
        r'{"a": [{"b": "x\uDFFF"}]}',
        '{"n": ' + "9" * 5000 + "}",
        "[-" + "1" * 41 + "]",
        "[" * 100_000,
    ],
)
def test_what_cannot_be_held_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        READ.loads(text)


@pytest.mark.parametrize("text", ["NaN", "[Infinity]", '{"a": -Infinity}', "{", b"\xed\xa0\x80"])
def test_what_is_not_json_is_a_fault_of_the_text(text: str | bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - json's own, and of its decoding
        READ.loads(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (r'"\ud83d\ude00 \\u0000"', "😀 \\u0000"),
        ('{"n": 12345678901234567890}', {"n": 12345678901234567890}),
        ("[1.5e300, -0, null]", [1.5e300, 0, None]),
        (b'"\xe6\xa0\xbc"', "格"),
    ],
)
def test_what_is_json_is_read_as_it_is(text: str | bytes, value: Any) -> None:
    assert READ.loads(text) == value
