"""Names of places as offices write them: what is the same in spite of how it is written.

将军府3栋 = 将军府小区 3号楼 = 将军府３幢 = 将军府三号楼 = 将军府3#. A key compares; it is
never shown.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import Final

from rapidfuzz.distance import DamerauLevenshtein, LCSseq

_DIGITS: Final = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "○": 0}
_TENS: Final = {"十": 10, "百": 100}
_NUMERALS: Final = "零〇○一二两三四五六七八九十百"
_SAME: Final = str.maketrans(
    {
        **dict.fromkeys("‐‑‒–—―−－ー~～_", "-"),
        "棟": "栋",
        "號": "号",
        "樓": "楼",
        "區": "区",
        "﹟": "#",
        "№": "#",
        "園": "园",
        "【": "(",
        "】": ")",
        "〔": "(",
        "〕": ")",
        "[": "(",
        "]": ")",
        "{": "(",
        "}": ")",
        **dict.fromkeys("、,;.·。'\"`*", ""),
    }
)
_UNIT: Final = (
    r"(?:号(?:住宅楼|居民楼|楼房|楼栋|楼|栋|幢)|#(?:楼栋|楼|栋|幢)|[栋幢]楼|[栋幢座#号楼])"
)
_NUMBER: Final = rf"[a-z]?\d{{1,4}}[a-z]?|[a-z]|[{_NUMERALS}]+|[甲乙丙丁]"
_ENTRANCE = re.compile(
    r"(?P<rest>.*?)-?(?:第)?(?P<no>\d{1,2}|[一二三四五六七八九十]+|[a-z甲乙丙丁])"
    r"(?:单元|门洞|门栋|单位|梯口|梯)(?:-?\d{2,5}(?:室|号|房)?)?$"
)
_DASHED = re.compile(
    r"(?P<rest>.*?)(?P<no>[a-z]?\d{1,3}[a-z]?)(?:号楼|栋|幢|座|#楼|#|号)?-(?P<door>\d{1,2})(?:号|单元)?$"
)
_AT_END = re.compile(rf"(?P<rest>.*?)(?:第)?(?P<no>{_NUMBER})(?P<unit>{_UNIT})$")
_HASH_FIRST = re.compile(r"(?P<rest>.*?)(?:#|no)(?P<no>\d{1,3}[a-z]?)(?:楼|栋|幢)?$")
_PLAIN_END = re.compile(r"(?P<rest>.*?[^\d-])(?P<no>\d{1,3})$")
_BARE = re.compile(
    rf"(?:第)?(?:{_NUMBER})(?:{_UNIT})|[a-z]?\d{{1,3}}[a-z]?(?:-\d{{1,2}})?|#\d{{1,3}}"
)
_IN_BRACKETS = re.compile(r"\(([^()]*)\)")
_STREET: Final = r"(?:路|街|巷|弄|道|胡同|里|坡|坎|梯道|段|湾)"
_HOUSE: Final = (
    r"(?P<no>\d{1,5})(?:号?(?:附|之|-)(?P<sub>\d{1,3}))?(?P<mark>号院|号楼|号)?(?P<rest>.*)$"
)
_ADDRESS = re.compile(rf"(?P<street>.*{_STREET}){_HOUSE}")
_PLACE_AND_HOUSE = re.compile(rf"(?P<street>.*[^\d号附之-]){_HOUSE}")
_ENDS_IN_STREET = re.compile(rf"{_STREET}$")
_HOUSE_ON_STREET = re.compile(rf"{_STREET}[\d{_NUMERALS}]+号$")
_PLAIN_SUFFIX = re.compile(r"(?:住宅小区|生活小区|居民小区|小区|住宅区|生活区|小區)$")
_LOOSE_SUFFIX = re.compile(
    r"(?:(?:住宅|生活|居民)?小区|住宅区|生活区|花园|花苑|家园|家苑|佳苑|佳园|公寓|新村|大院|院子|院|苑|园|府|城|区|里|片)$"
)


def plain(value: object) -> str:
    """Return text without what only looks different: width, case, spaces, kinds of dashes."""
    return "" if value is None else _plain_text(str(value))


@lru_cache(maxsize=100_000)
def _plain_text(text: str) -> str:
    return _settled(_plain_step, text)


def _plain_step(text: str) -> str:
    text = unicodedata.normalize("NFKC", text).casefold().translate(_SAME)
    return re.sub(r"([号栋幢#])\1+", r"\1", re.sub(r"\s+", "", text))


def numeral(text: str) -> int | None:
    """Return a Chinese numeral up to 999 as a number: 十二 → 12, 二〇 → 20; None for others."""
    if not text or any(c not in _DIGITS and c not in _TENS for c in text):
        return None
    if not any(c in _TENS for c in text):
        return int("".join(str(_DIGITS[c]) for c in text))
    total, digit = 0, None
    last = 1000
    for c in text:
        if c in _DIGITS:
            if digit not in (None, 0):
                return None
            digit = _DIGITS[c]
        else:
            if _TENS[c] >= last:
                return None
            last = _TENS[c]
            total += (1 if digit is None else digit) * last
            digit = None
    return total + (digit or 0)


def numbered(text: str) -> str:
    """Return text with every Chinese numeral in figures: 芭蕉二巷 → 芭蕉2巷."""

    def figure(match: re.Match[str]) -> str:
        value = numeral(match[0])
        return match[0] if value is None else str(value)

    return re.sub(rf"[{_NUMERALS}]+", figure, text)


def _settled(step: Callable[[str], str], text: str) -> str:
    """Repeat a step until it changes nothing: a key of a key is that key."""
    while (after := step(text)) != text:
        text = after
    return text


@lru_cache(maxsize=100_000)
def name_key(value: str | None) -> str:
    """Return the key of a whole name, numbers in figures, ways to say "building" made one.

    Idempotent.
    """
    return _settled(_name_step, plain(value))


def _name_step(text: str) -> str:
    text = re.sub(r"第(?=\d)", "", numbered(re.sub(r"[()]", "", text)))
    return plain(re.sub(rf"(?<=[\da-z])(?:{_UNIT})+", "栋", text))


@lru_cache(maxsize=100_000)
def estate_key(value: str | None) -> str:
    """Return the key of an estate's name: 将军府小区 = 将军府. Idempotent."""
    return _settled(_estate_step, plain(value))


def _estate_step(text: str) -> str:
    text = re.sub(r"第(?=\d)", "", numbered(re.sub(r"[()]", "", text)))
    text = plain(re.sub(r"(?<=\d)期$", "", text))
    shorter = _PLAIN_SUFFIX.sub("", text)
    return shorter if len(shorter) >= 2 else text


@lru_cache(maxsize=100_000)
def loose_key(value: str | None) -> str:
    """Return an estate's name without the word that says what it is: 兰亭苑 → 兰亭."""
    text = estate_key(value)
    shorter = _LOOSE_SUFFIX.sub("", text)
    return shorter if len(shorter) >= 2 else text


def number_key(text: str) -> str:
    """Return a building's number: 三 → 3, 03 → 3, A3 → a3, 甲 → 甲."""
    value = numeral(text)
    if value is not None:
        return str(value)
    return re.sub(r"0+(?=\d)", "", text, count=1) if text[:1] == "0" else text


@lru_cache(maxsize=50_000)
def is_bare_number(text: str) -> bool:
    """Tell whether a text is a building's number and nothing else: 3栋, 三号楼, 3-1, A座."""
    whole = _ENTRANCE.fullmatch(text)
    rest = whole["rest"] if whole and whole["rest"] else text
    return bool(_BARE.fullmatch(rest))


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a building's text. Empty ``estate``: none is named.

    ``is_house``: it reads like a house on a street (竹林湾2号), yet may be an estate's building.
    """

    estate: str
    number: str | None
    entrance: str | None
    is_house: bool = False


@lru_cache(maxsize=50_000)
def readings(text: str) -> tuple[Reading, ...]:
    """Return the ways to read a text that ``plain`` made, likeliest first.

    安置新区二十二栋 is 安置新区, 22 and 安置新区二, 12 and 安置新区二十, 2.
    """
    found: list[Reading] = []
    for body in _unwrapped(text):
        entrance = None
        door = _ENTRANCE.fullmatch(body)
        if door:
            body, entrance = door["rest"].rstrip("-"), number_key(door["no"])
        else:
            dashed = _DASHED.fullmatch(body)
            if dashed and not _ENDS_IN_STREET.search(dashed["rest"]):
                reading = Reading(dashed["rest"], number_key(dashed["no"]), dashed["door"])
                found.append(reading)
        house = bool(_HOUSE_ON_STREET.search(body))
        found += [Reading(rest, number, entrance, house) for rest, number in _numbers(body)]
        found.append(Reading(body, None, entrance))
    return tuple(dict.fromkeys(found))


def _unwrapped(text: str) -> list[str]:
    """Return a text without brackets: their words left out, kept in place, or put first."""
    if "(" not in text:
        return [text.strip("()")]
    without = _IN_BRACKETS.sub("", text).strip("()")
    inside = "".join(_IN_BRACKETS.findall(text))
    joined = re.sub(r"[()]", "", text)
    ways = [without, joined, inside + without] if without else [joined]
    return list(dict.fromkeys(ways))


def _numbers(body: str) -> list[tuple[str, str]]:
    """Return (what stands before, number) for each way to find a number at the end."""
    match = _AT_END.fullmatch(body)
    if match:
        rest, number = match["rest"], match["no"]
        if numeral(number) is None or number.isdigit():
            return [(rest, number_key(number))]
        ways = [(rest + number[:i], number[i:]) for i in range(len(number))]
        return [(r, number_key(n)) for r, n in ways if numeral(n) is not None]
    for pattern in (_HASH_FIRST, _PLAIN_END):
        match = pattern.fullmatch(body)
        if match and not _ENDS_IN_STREET.search(match["rest"]):
            return [(match["rest"], number_key(match["no"]))]
    if re.fullmatch(r"[a-z]?\d{1,3}[a-z]?", body):
        return [("", number_key(body))]
    return []


@dataclass(frozen=True, slots=True)
class Address:
    """A street and a house number, as keys; ``rest``: what follows the house number."""

    street: str
    number: str
    rest: str


@lru_cache(maxsize=50_000)
def address_of(text: str) -> Address | None:
    """Return the address in a text that ``plain`` made: 芭蕉二巷 7 号 → 芭蕉2巷, 7."""
    tidy = numbered(re.sub(r"[()]", "", text))
    match = _ADDRESS.fullmatch(tidy) or _PLACE_AND_HOUSE.fullmatch(tidy)
    if match is None or len(match["street"]) < 2:
        return None
    if not (_ENDS_IN_STREET.search(match["street"]) or match["mark"] == "号"):
        return None
    number = str(int(match["no"])) + (f"-{match['sub']}" if match["sub"] else "")
    return Address(match["street"], number, match["rest"])


_SOUNDS: Final = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("n", "l"))
_ENDINGS: Final = (("ing", "in"), ("eng", "en"), ("ang", "an"))


@lru_cache(maxsize=20_000)
def sounds(text: str) -> tuple[str, ...]:
    """Return the syllables of a text as people of the south-west hear them: 亭 = 停, 兰 = 难.

    Without tones; zh ch sh as z c s, n- as l-, -ng as -n. What is not Chinese stays as it is.
    """
    from pypinyin import lazy_pinyin  # a sixth of a second that most commands have no need of

    return tuple(chain.from_iterable(_heard(s) for s in lazy_pinyin(text)))


def _heard(syllable: str) -> Sequence[str]:
    if not re.fullmatch(r"[a-zü]+", syllable):
        return list(syllable)
    for wide, narrow in _SOUNDS:
        if syllable.startswith(wide):
            syllable = narrow + syllable[len(wide) :]
            break
    for wide, narrow in _ENDINGS:
        if syllable.endswith(wide):
            syllable = syllable[: -len(wide)] + narrow
    return [syllable]


@lru_cache(maxsize=200_000)
def similarity(a: str, b: str) -> float:
    """Return how alike two keys are, 0 to 1: by letters, by sound, as an abbreviation.

    Figures must agree: 同心苑2 is not 同心苑3.
    """
    if a == b:
        return 1.0
    if not a or not b or _figures(a) != _figures(b):
        return 0.0
    best = DamerauLevenshtein.normalized_similarity(a, b)
    heard = DamerauLevenshtein.normalized_similarity(sounds(a), sounds(b))
    best = max(best, 0.95 * heard)
    short, long = sorted((a, b), key=len)
    if len(short) >= 2 and LCSseq.similarity(short, long) == len(short):
        best = max(best, 0.6 + 0.35 * len(short) / len(long))
    if loose_key(a) == loose_key(b):
        best = max(best, 0.85)
    return best


@lru_cache(maxsize=100_000)
def _figures(text: str) -> tuple[str, ...]:
    return tuple(re.findall(r"\d+", text))
