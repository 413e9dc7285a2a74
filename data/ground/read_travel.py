"""What circles rest on: the versions of a county's parts, and how it says that people travel."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Literal

from sqlalchemy import Connection, text

from data.rows.reading import rows_of

# The parts of county data that a walking time or a count can rest on.
PARTS = ("streets", "buildings", "counts", "stations", "divisions", "policy", "grids")


@dataclass(frozen=True, slots=True)
class Versions:
    """The version of each part of a county's data, and when the last of them changed.

    ``parts``: by name. ``basis``: what a figure rests on besides (day, measuring CRS, measure of
    households, farthest tie), from the county and its policy.
    """

    county: str
    parts: Mapping[str, int]
    basis: tuple[Any, ...]
    changed_at: datetime

    def short(self, *parts: str) -> str:
        """Return six characters that differ when one of these parts differs (none named: any)."""
        named = sorted((part, self.parts[part]) for part in parts or self.parts)
        written = repr((self.county, named, self.basis))
        return hashlib.blake2b(written.encode(), digest_size=3).hexdigest().upper()

    def same(self, other: Versions | None, *parts: str) -> bool:
        """Tell whether these parts, and what figures rest on besides, are as in ``other``."""
        return (
            other is not None
            and self.basis == other.basis
            and all(self.parts[part] == other.parts[part] for part in parts)
        )


def versions(c: Connection, county: str, as_of: date, basis: tuple[Any, ...]) -> Versions:
    """Return the versions of a county's parts as this transaction sees them.

    Every writer raises them, by triggers in the database (migration 0010). The grids' version is
    made of the plans that are shown at ``as_of``: drafts change with every stroke, and count only
    where no plan is in force.
    """
    rows = c.execute(
        text(
            """
            SELECT part, sum(version) AS version, max(changed_at) AS changed_at
            FROM part_version WHERE lies_in(code, :county) GROUP BY part
            """
        ),
        {"county": f"{county}%"},
    ).all()
    parts: dict[str, int] = dict.fromkeys(PARTS, 0) | {r.part: int(r.version) for r in rows}
    plans = c.execute(
        text(
            """
            SELECT string_agg(concat_ws(':', s.community_id, s.plan_id, s.tessellation_id,
                     p.version, extract(epoch FROM p.published_at)), ' ' ORDER BY s.community_id)
                     AS written,
                   max(p.changed_at) AS changed_at,
                   (SELECT loaded_at FROM county WHERE code = :code) AS loaded_at
            FROM plans_shown(:county, :as_of) s JOIN plan p ON p.id = s.plan_id
            """
        ),
        {"county": f"{county}%", "code": county, "as_of": as_of},
    ).one()
    written = hashlib.blake2b((plans.written or "").encode(), digest_size=7).digest()
    parts["grids"] = int.from_bytes(written)
    known = [at for at in (plans.changed_at, plans.loaded_at) if at is not None]
    changed_at = max([r.changed_at for r in rows] + known, default=datetime.min.replace(tzinfo=UTC))
    return Versions(county, parts, basis, changed_at)


@dataclass(frozen=True, slots=True)
class TravelProfile:
    """How a county says that somebody walks, or a vehicle drives (speeds by street class)."""

    key: str
    kind: Literal["walk", "vehicle"]
    title: str
    flat_speed_m_s: float
    off_street_speed_m_s: float
    steps_factor: float
    has_slopes: bool
    speeds_km_h: dict[str, float]
    start_s: float
    source: str


def travel_profiles(c: Connection, county: str) -> list[TravelProfile]:
    """Return the profiles that a county changed or added, in the order of their keys."""
    return rows_of(
        TravelProfile,
        c,
        """
        SELECT key, kind, coalesce(title, '') AS title, flat_speed_m_s,
               off_street_speed_m_s, steps_factor, has_slopes,
               coalesce(speeds_km_h, '{}') AS speeds_km_h, start_s, source
        FROM travel_profile WHERE code = :county ORDER BY length(key), key
        """,
        county=county,
    )
