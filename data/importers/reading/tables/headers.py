"""The header of a table: found by the names of our columns, not by where it stands.

1. The row that names most of our columns is the header; of equals the first. Titles, who filled
   the table in and when, and notes may stand above it.
2. Two rows are one header where that names more: groups above (位置), names below (经度, 纬度).
   The lower row then holds names only under a group or under nothing.
3. Where no row names two of ours, the first row that is at least half as full as the fullest.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from data.importers.reading.text.visible import folded, half_width, unit_less

TOP: Final = 40  # rows among which the header is looked for
# Not 横坐标, X坐标: in surveys X is the northing.
LON_NAMES: Final = ("lon", "lng", "long", "longitude", "x", "经度", "经度坐标", "坐标经度")
LAT_NAMES: Final = ("lat", "latitude", "y", "纬度", "纬度坐标", "坐标纬度")
CRS_NAMES: Final = ("crs", "坐标系", "坐标系统", "坐标系名称", "坐标类型")
_NAME_MOST: Final = 24
_NUMBER: Final = re.compile(r"[-+\d.,:/\s年月日]+")


@dataclass(frozen=True, slots=True)
class Names:
    """How our columns may be called: name (folded) → ours; and which of ours a table must have."""

    ours: Mapping[str, str] = field(default_factory=dict)
    needed: frozenset[str] = frozenset()

    @staticmethod
    def of(columns: Mapping[str, Iterable[str]], needed: Iterable[str] = ()) -> Names:
        """Return the names of columns (ours → what they may be called); places are always known."""
        every = {**columns, "lon": LON_NAMES, "lat": LAT_NAMES, "crs": CRS_NAMES}
        ours: dict[str, str] = {}
        for name, called in every.items():
            for one in (name, *called):
                ours.setdefault(folded(one), name)
        return Names(ours, frozenset(needed))

    def with_mapping(self, mapping: Mapping[str, str]) -> Names:
        """Return the names with those that a person says: ours → theirs."""
        if not mapping:
            return self
        return Names(
            {**self.ours, **{folded(theirs): ours for ours, theirs in mapping.items()}},
            self.needed,
        )

    def find(self, label: str) -> str | None:
        """Return which of ours a column is by its name; a unit in brackets at its end may be."""
        name = folded(label)
        if not name or len(name) > _NAME_MOST:
            return None
        return self.ours.get(name) or self.ours.get(unit_less(name))

    def found(self, labels: Iterable[str]) -> set[str]:
        """Return which of ours are among labels."""
        return {ours for label in labels if (ours := self.find(label)) is not None}

    def is_header(self, cells: Sequence[str]) -> bool:
        """Tell whether a row names columns and holds nothing else, as a repeated header does."""
        filled = [cell for cell in cells if cell]
        return len(filled) > 1 and all(self.find(cell) is not None for cell in filled)


@dataclass(frozen=True, slots=True)
class Header:
    """Where a header is: its first row (from 0), how many rows, the label of each column."""

    start: int
    rows: int
    labels: tuple[str, ...]
    named: frozenset[str]


def find_header(rows: Sequence[Sequence[str]], names: Names) -> Header | None:
    """Return the header of a table whose rows are text, merged cells spread; None without any."""
    best: Header | None = None
    for start, row in enumerate(rows[:TOP]):
        if not any(row):
            continue
        labels = list(row)
        for used in (1, 2, 3):
            if used > 1:
                below = start + used - 1
                if below >= len(rows) or not _continues(labels, rows[below]):
                    break
                labels = _joined(labels, rows[below], names)
            named = frozenset(names.found(labels))
            if best is None or (len(named), -used) > (len(best.named), -best.rows):
                best = Header(start, used, tuple(labels), named)
    if best is not None and len(best.named) >= 2:
        return best
    return _by_fullness(rows, names) or best


def _by_fullness(rows: Sequence[Sequence[str]], names: Names) -> Header | None:
    filled = [sum(bool(cell) for cell in row) for row in rows[:TOP]]
    most = max(filled, default=0)
    for start, count in enumerate(filled):
        if count > 1 and count * 2 >= most:
            return Header(start, 1, tuple(rows[start]), frozenset(names.found(rows[start])))
    return None


def _is_group(above: Sequence[str], j: int) -> bool:
    """Tell whether a cell stands over several columns: merged, or with nothing to its right."""
    left, right = above[j - 1] if j else None, above[j + 1] if j + 1 < len(above) else None
    return above[j] == left or right in ("", above[j])


def _continues(above: Sequence[str], below: Sequence[str]) -> bool:
    filled = [(j, cell) for j, cell in enumerate(below) if cell]
    own = [(j, cell) for j, cell in filled if j >= len(above) or above[j] != cell]
    if not own or sum(bool(cell) for cell in above) < 2:
        return False
    if any(len(cell) > _NAME_MOST or _NUMBER.fullmatch(half_width(cell)) for _, cell in own):
        return False
    return all(j >= len(above) or not above[j] or _is_group(above, j) for j, _ in own)


def _joined(above: Sequence[str], below: Sequence[str], names: Names) -> list[str]:
    """Return one label a column: the lower one, after its group where it alone says too little."""
    width = max(len(above), len(below))
    upper = [*above, *[""] * (width - len(above))]
    lower = [*below, *[""] * (width - len(below))]
    group = ""
    joined = []
    for j in range(width):
        group = upper[j] or (group if lower[j] else "")
        own = lower[j]
        if not own or own == upper[j]:
            joined.append(upper[j])
        elif lower.count(own) > 1 or (names.find(own) is None and names.find(group + own)):
            joined.append(group + own)
        else:
            joined.append(own)
    return joined
