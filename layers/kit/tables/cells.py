"""Cells of tables that leave and come back: nothing in them is ever a formula."""

from __future__ import annotations

import re
from typing import Final

FORMULA_SIGNS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What spreadsheets take for a formula's beginning, in Chinese full width too."""
MARK: Final = "'"


_NO_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def writable(text: str) -> str:
    """Return a text without the characters that no workbook or document can hold (XML 1.0)."""
    return _NO_XML.sub("", text)


def escaped(text: str) -> str:
    """Return a text that no spreadsheet runs: an apostrophe goes before what it might.

    One that begins with an apostrophe itself gets another, so that ``unescaped`` is exact.
    """
    return MARK + text if text.startswith((*FORMULA_SIGNS, MARK)) else text


def unescaped(text: str) -> str:
    """Return what ``escaped`` was given; other texts stay as they are."""
    follows = text[1:2]
    return text[1:] if text.startswith(MARK) and follows in (*FORMULA_SIGNS, MARK) else text
