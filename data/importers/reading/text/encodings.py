"""Which encoding the bytes of a file are in: told, looked for, or refused with one that works.

1. A name that is known and fits is taken: what the user says, then what the file says of itself.
2. Otherwise the bytes are looked at: UTF-8 where they are UTF-8, else GB 18030 (which holds GBK
   and GB 2312), else Big5. Bytes of one practically never pass as the other over a whole file.
3. A character that a field cut off at its end costs itself alone, and speaks against no encoding.
4. Text that was read wrongly once and stored so (mojibake) is told by what it turns back into.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

LOOKED_FOR: Final = ("UTF-8", "GBK", "GB18030", "BIG5")
SAMPLE: Final = 200_000
"""Values that are looked at before an encoding is chosen."""
_NAMES: Final = {
    "936": "GBK", "cp936": "GBK", "ansi936": "GBK", "gb2312": "GBK", "gbk": "GBK",
    "54936": "GB18030", "950": "BIG5", "cp950": "BIG5", "65001": "UTF-8", "cp65001": "UTF-8",
    "utf8": "UTF-8", "88591": "ISO-8859-1", "1252": "CP1252", "ansi1252": "CP1252",
}  # fmt: skip
_HAN: Final = re.compile("[\u3400-\u9fff]")
# What is left of bytes that were none of the encoding: nothing.
_GONE: Final = re.compile("锟斤拷|\ufffd\ufffd")


@dataclass(frozen=True, slots=True)
class Decoded:
    """Values as text, the encoding they were in, and the positions of those that lost a character.

    ``lost``: values with a broken character within (not one that was cut off at the end).
    """

    values: list[str]
    encoding: str
    lost: tuple[int, ...] = ()


def known(name: str | None) -> str | None:
    """Return the usual name of an encoding, None for one that says nothing (OEM, System, …)."""
    if name is None:
        return None
    plain = re.sub(r"[^a-z0-9]", "", name.strip().lower())
    if plain in _NAMES:
        return _NAMES[plain]
    try:
        return codecs.lookup(name.strip()).name.upper()
    except (LookupError, ValueError):
        return None


def fits(values: Sequence[bytes], encoding: str) -> bool:
    """Tell whether every value is text in an encoding, but for a character cut off at its end."""
    return all(_ok(value, encoding) for value in values)


def looked_for(values: Iterable[bytes]) -> str | None:
    """Return the encoding that all values are in, None where none of ours fits them."""
    odd = [value for value in values if not value.isascii()][:SAMPLE]
    return next((name for name in LOOKED_FOR if fits(odd, name)), None)


def nearest(values: Iterable[bytes]) -> tuple[str, int]:
    """Return the encoding with the fewest values that do not fit it, and how many these are."""
    odd = [value for value in values if not value.isascii()][:SAMPLE]
    wrong = [sum(not _ok(value, name) for value in odd) for name in LOOKED_FOR]
    least = min(wrong)
    return LOOKED_FOR[wrong.index(least)], least


def decoded(values: Sequence[bytes], encoding: str) -> Decoded:
    """Return values as text. What is broken becomes nothing at an end, U+FFFD within."""
    texts: list[str] = []
    lost = []
    for position, value in enumerate(values):
        if value.isascii():
            texts.append(value.decode("ascii"))
            continue
        text, whole = _decode(value, encoding)
        if not whole:
            lost.append(position)
        texts.append(text)
    return Decoded(texts, encoding, tuple(lost))


def meant(text: str) -> str | None:
    """Return what a text said before it was read in a wrong encoding and stored so; else None.

    ``浜屽彿妤`` was 二号楼 in UTF-8 and read as GBK, ``¶þºÅÂ¥`` the same in GBK, read as
    Latin-1. Empty where nothing of it is left (锟斤拷).
    """
    if text.isascii() or len(text) < 2:
        return None
    if _GONE.search(text):
        return ""
    if _HAN.search(text):
        try:
            raw = text.encode("gb18030")
        except UnicodeEncodeError:
            return None
        return _turned_back(raw, "utf-8")
    for narrow in ("latin-1", "cp1252"):
        try:
            raw = text.encode(narrow)
        except UnicodeEncodeError:
            continue
        if sum(byte > 0x7F for byte in raw) < 4:
            continue  # é, ü, ß: names of other countries
        for name in ("utf-8", "gb18030"):
            found = _turned_back(raw, name)
            if found is not None:
                return found
    return None


def _turned_back(raw: bytes, encoding: str) -> str | None:
    """Return bytes as text where that is Chinese in common characters, but for a broken few."""
    back = raw.decode(encoding, "replace")
    good, bad = len(_HAN.findall(back)), back.rstrip("\ufffd").count("\ufffd")
    odd = sum(not letter.isascii() for letter in back)
    if good < 2 or good * 2 < odd or not (bad == 0 or (good >= 3 and bad * 3 <= good + 1)):
        return None
    try:
        "".join(_HAN.findall(back)).encode("gb2312")
    except UnicodeEncodeError:
        return None
    return back.replace("\ufffd", "□")


def _ok(value: bytes, encoding: str) -> bool:
    return _decode(value, encoding)[1]


def _decode(value: bytes, encoding: str) -> tuple[str, bool]:
    """Return a value as text, and whether nothing but its end was broken."""
    try:
        return value.decode(encoding), True
    except UnicodeDecodeError as error:
        if error.end >= len(value) and len(value) - error.start < 4:
            try:
                return value[: error.start].decode(encoding), True
            except UnicodeDecodeError:  # an encoding with states
                return value.decode(encoding, "replace"), False
    return value.decode(encoding, "replace"), False
