"""Personal numbers in what people write are masked, and the mask is told. Pure."""

from __future__ import annotations

import re
from typing import Final

_SEPARATED: Final = r"[ \-－—.·]?"
# Identity numbers first: a telephone number may stand inside of one, not the other way round.
_PATTERNS: Final = (
    ("identity", re.compile(r"(?<![0-9])[1-9][0-9]{5}(?:19|20)[0-9]{9}[0-9Xx](?![0-9])")),
    ("identity", re.compile(r"(?<![0-9])[1-9][0-9]{5}[0-9]{2}(?:0[1-9]|1[0-2])[0-3][0-9]{4}"
                            r"(?![0-9])")),
    ("telephone", re.compile(
        rf"(?<![0-9])(?:\+?86{_SEPARATED})?1[3-9](?:{_SEPARATED}[0-9]){{9}}(?![0-9])")),
    ("telephone", re.compile(rf"(?<![0-9])0[1-9][0-9]{{1,2}}{_SEPARATED}[0-9]{{7,8}}(?![0-9])")),
)  # fmt: skip
_WIDE: Final = str.maketrans("０１２３４５６７８９Ｘ", "0123456789X")
SHOWN: Final = (3, 2)
"""How many digits stay at the beginning and at the end."""


def mask(text: str) -> tuple[str, tuple[str, ...]]:
    """Return a text whose telephone and identity numbers are masked, and which kinds there were.

    Digits may be full-width, and parted by blanks or dashes: 138 1234 5678 → 138******78.
    """
    plain, found = text.translate(_WIDE), []
    out = text
    for kind, pattern in _PATTERNS:
        for match in pattern.finditer(plain):
            begin, end = match.span()
            digits = [i for i in range(begin, end) if plain[i].isalnum()]
            hidden = set(digits[SHOWN[0] : len(digits) - SHOWN[1]])
            out = "".join("*" if i in hidden else c for i, c in enumerate(out))
            plain = "".join("*" if i in hidden else c for i, c in enumerate(plain))
            found.append(kind)
    return out, tuple(dict.fromkeys(found))
