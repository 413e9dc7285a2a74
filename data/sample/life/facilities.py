"""Stations: service centres of county, subdistricts and communities, and of daily life."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from data.sample.counties.county import County
from data.sample.frames import Frames
from data.sample.valley.divisions import apportion

WORKDAYS = [(d, "09:00", "17:00") for d in range(1, 6)]
DAILY = [(d, "08:30", "21:00") for d in range(1, 8)]
ALWAYS = [(d, "00:00", "24:00") for d in range(1, 8)]
CENTRE_SERVICES = ["政务代办", "社会保障", "法律咨询", "志愿服务", "议事协商", "老年活动"]
# category, Chinese name, households per station, hours, the least of them
DAILY_LIFE: tuple[tuple[str, str, int, list[tuple[int, str, str]], int], ...] = (
    ("medical", "社区卫生服务站", 3200, WORKDAYS, 1),
    ("pharmacy", "药房", 1500, DAILY, 1),
    ("elderly_care", "日间照料中心", 5200, WORKDAYS, 1),
    ("fitness", "健身点", 2600, ALWAYS, 1),
    ("kindergarten", "幼儿园", 2700, WORKDAYS, 1),
    ("market", "便民菜市", 5200, DAILY, 1),
    ("toilet", "公共厕所", 1900, ALWAYS, 1),
    ("library", "农家书屋", 16000, WORKDAYS, 0),
    ("police", "派出所", 15000, ALWAYS, 0),
    ("fire", "微型消防站", 9000, ALWAYS, 0),
    ("post", "邮政所", 12000, WORKDAYS, 0),
    ("bank", "银行网点", 6000, WORKDAYS, 0),
    ("red_station", "红色驿站", 9000, DAILY, 0),
    ("governance_centre", "综治中心", 24000, WORKDAYS, 0),
)
HOURS = {category: hours for category, _, _, hours, _ in DAILY_LIFE}
HOURS |= {"worker_station": ALWAYS, "service_station": DAILY}
WORDS = {category: word for category, word, *_ in DAILY_LIFE}


def make_stations(
    county: County, frames: Frames, resident: NDArray[np.int64], rng: np.random.Generator
) -> gpd.GeoDataFrame:
    """Return the stations of all tiers but the grids', and of daily life (tier None)."""
    buildings = frames.buildings
    centre = shapely.centroid(buildings.geometry.values)
    x, y = shapely.get_x(centre), shapely.get_y(centre)
    codes = buildings["community_code"].to_numpy(dtype=object)
    uses = buildings["use"].to_numpy(dtype=object)
    weight = resident.astype(np.float64)
    rows: list[dict[str, object]] = []
    taken: set[int] = set()

    def add(
        name: str,
        tier: str | None,
        categories: list[str],
        at: int,
        services: list[str],
        hours: list[tuple[int, str, str]],
        rooms: int,
    ) -> None:
        taken.add(at)
        rows.append(
            {
                "external_id": f"{county.key}-p{len(rows) + 1}",
                "name": name,
                "tier": tier,
                "categories": categories,
                "state": "open",
                "community_code": codes[at],
                "grid_code": None,
                "rooms": rooms,
                "services": services,
                "phone": None,
                "hours": hours,
                "geometry": centre[at],
            }
        )

    def middle(members: NDArray[np.int64], spread: float) -> int:
        """Return a building near the members' middle by households, not used before."""
        w = weight[members] + 1e-9
        cx, cy = np.average(x[members], weights=w), np.average(y[members], weights=w)
        gap = np.hypot(x[members] - cx, y[members] - cy) + rng.uniform(0, spread, len(members))
        gap[np.isin(members, sorted(taken))] += 1e6
        gap[np.isin(uses[members], ["industry"])] += 500
        return int(members[np.argmin(gap)])

    named = dict(zip(frames.divisions["code"], frames.divisions["name"], strict=True))
    tiers = county.stations
    everyone = np.arange(len(buildings))
    for _ in range(tiers.county):
        add(
            f"{county.name}党群服务中心",
            "county",
            ["service_centre"],
            middle(everyone, 300),
            CENTRE_SERVICES,
            WORKDAYS,
            14,
        )
    upper = sorted({c[:9] for c in frames.community_codes})
    if tiers.per_subdistrict:
        for code in upper:
            mine = np.flatnonzero(np.array([c[:9] == code for c in codes]))
            add(
                f"{named[code]}党群服务中心",
                "subdistrict",
                ["service_centre"],
                middle(mine, 250),
                CENTRE_SERVICES,
                WORKDAYS,
                10,
            )
    if tiers.per_community:
        for code in frames.community_codes:
            mine = np.flatnonzero(codes == code)
            add(
                f"{named[code]}党群服务中心",
                "community",
                ["service_centre"],
                middle(mine, 160),
                CENTRE_SERVICES[:4],
                [*WORKDAYS, (6, "09:00", "12:00")],
                6,
            )
    for category in tiers.each_community:
        for code in frames.community_codes:
            at = middle(np.flatnonzero(codes == code), 260)
            add(f"{named[code]}{WORDS[category]}", None, [category], at, [], HOURS[category], 4)
    for row in frames.estates[frames.estates["kind"] == "institution"].itertuples():
        kind = {"学": "school", "院": "medical", "场": "market"}.get(row.name[-1])
        mine = np.flatnonzero(buildings["estate_id"].to_numpy(dtype=object) == row.id)
        if kind and len(mine):
            add(
                row.name,
                None,
                [kind],
                int(mine[0]),
                [],
                ALWAYS if kind == "medical" else WORKDAYS,
                0,
            )
    total = int(resident.sum())
    given = {category for category, _, _ in tiers.exact} | set(tiers.each_community)
    daily = [
        (category, word, max(least, round(total / per)), hours)
        for category, word, per, hours, least in DAILY_LIFE
        if category not in given
    ]
    daily += [(category, word, count, HOURS[category]) for category, word, count in tiers.exact]
    for category, word, count, hours in daily:
        for number, at in enumerate(spread_out(x, y, weight, count, taken, rng)):
            add(
                f"{named[codes[at]].removesuffix('社区')}{word}{number + 1}",
                None,
                [category],
                at,
                [],
                hours,
                1 if category in ("medical", "elderly_care") else 0,
            )
    share_places(rows, tiers.school_places)
    frame = pd.DataFrame(rows, dtype=object).astype({"rooms": np.int64})
    return gpd.GeoDataFrame(
        frame.drop(columns="geometry"), geometry=frame["geometry"].tolist(), crs=county.srid
    )


def share_places(rows: list[dict[str, object]], places: int) -> None:
    """Say of every school how many of the town's places it has; a middle school has most."""
    schools = [r for r in rows if r["categories"] in (["school"], ["kindergarten"])]
    if not places or not schools:
        return
    size = np.array([1.0 if r["categories"] == ["school"] else 0.16 for r in schools])
    for row, count in zip(schools, apportion(size, places).tolist(), strict=True):
        row["services"] = [f"学位{count:,}个"]


def spread_out(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    weight: NDArray[np.float64],
    count: int,
    taken: set[int],
    rng: np.random.Generator,
) -> list[int]:
    """Choose buildings by households, each far from those already chosen of its kind.

    Not the best places: daily life leaves gaps, which is what a coverage map is for.
    """
    chosen: list[int] = []
    _, cell = np.unique(np.column_stack([x // 110, y // 110]), axis=0, return_inverse=True)
    total = np.bincount(cell.ravel(), weight)
    luck = rng.uniform(0.1, 1.0, len(total))  # rents and chance, not only custom, decide a place
    pull = (total**0.6 * luck)[cell.ravel()] * (weight > 0) * rng.uniform(0.7, 1.0, len(weight))
    pull[sorted(taken)] = 0
    far = 330 if count < 60 else 330 * (60 / count) ** 0.5  # many of a kind stand closer
    for _ in range(count):
        if pull.max() <= 0:
            break
        k = int(np.argmax(pull))
        chosen.append(k)
        away = np.hypot(x - x[k], y - y[k])
        pull = pull * (1 - 0.97 * np.exp(-((away / far) ** 2)))
        pull[k] = 0
    return chosen
