"""Cells of tables that leave and come back: nothing in them is ever a formula."""

from __future__ import annotations

from typing import Final

FORMULA_SIGNS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What spreadsheets take for a formula's beginning, in Chinese full width too."""
MARK: Final = "'"


def escaped(text: str) -> str:
    """Return a text that no spreadsheet runs: an apostrophe goes before what it might.

    One that begins with an apostrophe itself gets another, so that ``unescaped`` is exact.
    """
    return MARK + text if text.startswith((*FORMULA_SIGNS, MARK)) else text


def unescaped(text: str) -> str:
    """Return what ``escaped`` was given; other texts stay as they are."""
    follows = text[1:2]
    return text[1:] if text.startswith(MARK) and follows in (*FORMULA_SIGNS, MARK) else text
