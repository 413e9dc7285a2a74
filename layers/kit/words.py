"""What fills the gaps of a sentence: numbers, names, days, other sentences, by the gap's name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypedDict

Words = Mapping[str, object]


class SentenceValue(TypedDict):
    """A sentence as it is kept: the key of its text, and what fills it."""

    code: str
    values: Words
