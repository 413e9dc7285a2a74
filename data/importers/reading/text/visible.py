"""Text as a person sees it: without characters that no screen shows, names without their frills."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

# Zero-width, joining and turning marks, soft hyphen, BOM, variation selectors, tags.
_UNSEEN: Final = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e007f]"
)
# What a screen shows as a gap: no-break, en, em, thin, ideographic spaces.
_SPACES: Final = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
# What offices add to a name: needed or not, remarks in brackets, a colon.
_FRILLS: Final = re.compile(
    r"^[*\s]+|(?:[*:\s]|\((?:必填|选填|可选|非必填|必须|required|optional)\))+$"
)

_BRACKET: Final = re.compile(r"\([^()]*\)$")


def visible(text: str) -> str:
    """Return a text without what cannot be seen; every kind of space is a plain one, none at ends.

    Full-width letters and digits stay as they are written: names keep them.
    """
    if text.isascii():
        return text.strip()
    return _SPACES.sub(" ", _UNSEEN.sub("", text)).strip()


def half_width(text: str) -> str:
    """Return a text with half-width digits, letters and signs (NFKC): numbers, codes, words."""
    return text if text.isascii() else unicodedata.normalize("NFKC", text)


def folded(name: str) -> str:
    """Return the name of a column as it is compared: seen, half-width, lower case, no frills.

    A line break within a name is none, nor is a space between Chinese characters (姓 名).
    """
    plain = re.sub(r"\s+", " ", half_width(visible(name))).strip().lower()
    plain = re.sub(r"(?<=[\u4e00-\u9fff]) (?=[\u4e00-\u9fff])", "", plain)
    return _FRILLS.sub("", plain) or plain


def unit_less(name: str) -> str:
    """Return a folded name without what stands in brackets at its end: 经度(°), 面积（㎡）."""
    return folded(_BRACKET.sub("", half_width(folded(name))))
