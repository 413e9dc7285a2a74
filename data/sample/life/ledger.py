"""A year of demands: where, when and of what kind people ask, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta, timezone

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from data.sample.counties.county import County, LedgerPart
from data.sample.frames import Frames
from data.sample.life.departments import base_organisations, department_id
from data.sample.life.topics import CHANNELS, SIZES, TOPICS

CHINA = timezone(timedelta(hours=8))
DAY_S = 86400
DAYS = 365
EXTENDED_SHARE = 0.88
RATED_SHARE = 0.58  # of closed demands
# How often people of a place ask, against others
KIND_RATE = {
    "old_town": 1.25,
    "compound": 2.3,
    "village": 0.6,
    "tower_estate": 0.75,
    "slab_estate": 0.8,
    "resettlement_site": 1.2,
    "institution": 0.0,
}
SCATTERED_RATE = 2.0
HOUR_WEIGHT = np.array(
    [1, 1, 1, 1, 1, 2, 6, 15, 34, 46, 44, 32, 20, 22, 38, 42, 36, 28, 24, 26, 22, 14, 7, 3],
    np.float64,
)


@dataclass(frozen=True, slots=True)
class Ledger:
    """The frames ``demands``, ``demand_events`` and the organisations they name."""

    demands: gpd.GeoDataFrame
    events: pd.DataFrame
    organisations: pd.DataFrame


def closed_count(part: LedgerPart) -> int:
    """Return how many rows are closed so that closed ÷ counted prints as declared."""
    return round((part.rows - part.merged - part.withdrawn) * part.completion_rate)


def make_ledger(
    county: County,
    frames: Frames,
    counts: pd.DataFrame,
    rng: np.random.Generator,
) -> Ledger:
    """Return a year of demands that ends at the county's ``as_of``."""
    names = dict(zip(frames.divisions["code"], frames.divisions["name"], strict=True))
    codes = frames.community_codes
    organisations = base_organisations(
        county,
        [(c, names[c]) for c in codes],
        [(c, names[c]) for c in sorted({c[:9] for c in codes})],
    )
    by_code = dict(zip(organisations["code"], organisations["id"], strict=True))
    buildings = frames.buildings
    weight = demand_weights(frames, counts, rng)
    of_community = buildings["community_code"].to_numpy(dtype=object)
    named = {part.community for part in county.ledger if part.community}
    chunks = []
    for part in county.ledger:
        mine = [
            c
            for c in codes
            if (names[c] == part.community if part.community else names[c] not in named)
        ]
        pull = weight * np.isin(of_community, mine)
        chunks.append(ledger_part(county, part, frames, pull, by_code, rng))
    rows = pd.concat(chunks, ignore_index=True)
    order = np.argsort(rows["received_s"].to_numpy(), kind="stable")
    rows = rows.iloc[order].reset_index(drop=True)
    stamp = rows["received_day"].map(lambda d: d.strftime("%Y%m%d"))
    rows["external_id"] = [f"{county.code}-{s}-{k + 1:05d}" for k, s in enumerate(stamp)]
    events = demand_events(county, rows)
    shapes = rows["geometry"].to_numpy(dtype=object)
    columns = [
        "external_id",
        "title",
        "category",
        "channel",
        "size",
        "importance",
        "urgency",
        "state",
        "received_at",
        "deadline_at",
        "closed_at",
        "building_id",
        "satisfied",
        "score",
        "handled_by",
        "organisation_id",
    ]
    demands = gpd.GeoDataFrame(rows[columns], geometry=shapes, crs=county.srid)
    return Ledger(demands, events, organisations)


def demand_weights(
    frames: Frames, counts: pd.DataFrame, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Return how likely each building is to be the place of a demand."""
    buildings = frames.buildings
    persons = counts[counts["measure"] == "persons"].set_index("building_id")["value"]
    weight = persons.reindex(buildings["id"]).fillna(0).to_numpy(np.float64).copy()
    kind = dict(zip(frames.estates["id"], frames.estates["kind"], strict=True))
    estate = buildings["estate_id"].to_numpy(dtype=object)
    weight *= np.array(
        [KIND_RATE.get(kind[e], 1.0) if e is not None else SCATTERED_RATE for e in estate]
    )
    centre = shapely.centroid(buildings.geometry.values)
    x, y = shapely.get_x(centre), shapely.get_y(centre)
    market = frames.lands[frames.lands["kind"].isin(["market", "square"])].geometry.values
    for spot in shapely.centroid(market):
        weight *= 1 + 1.6 * np.exp(-(((x - spot.x) ** 2 + (y - spot.y) ** 2) / 170**2))
    cells, cell = np.unique(np.column_stack([x // 130, y // 130]), axis=0, return_inverse=True)
    return weight * np.exp(rng.normal(0, 0.55, len(cells)))[cell.ravel()]


def day_weights(county: County, topic: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return the weight of each of the year's days for one topic: weekday, season, weather."""
    last = county.as_of
    days = [last - timedelta(days=DAYS - 1 - k) for k in range(DAYS)]
    base = np.array([0.62 if d.weekday() == 5 else 0.5 if d.weekday() == 6 else 1.0 for d in days])
    base[[k for k, d in enumerate(days) if d.weekday() == 0]] *= 1.18
    year = np.array([d.timetuple().tm_yday for d in days])
    peak, width, strength = TOPICS[topic].season
    if strength:
        away = np.abs((year - peak + 182) % 365 - 182)
        base *= 1 + strength * np.exp(-((away / width) ** 2))
    if TOPICS[topic].spells:  # bad weather comes in spells of a few days
        spell = np.zeros(DAYS)
        for start in rng.choice(DAYS, 7, p=base / base.sum(), replace=False):
            spell[start : start + int(rng.integers(2, 5))] = 1
        base *= 0.15 + spell
    return base * rng.uniform(0.8, 1.2, DAYS)


def ledger_part(
    county: County,
    part: LedgerPart,
    frames: Frames,
    pull: NDArray[np.float64],
    by_code: dict[str, int],
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Return the rows of one part of the ledger, its rates met to the printed digit."""
    n = part.rows
    share = np.array([t.share for t in TOPICS])
    topic = rng.choice(len(TOPICS), n, p=share / share.sum())
    day = np.zeros(n, np.int64)
    for k in range(len(TOPICS)):
        weights = day_weights(county, k, rng)
        mine = topic == k
        day[mine] = rng.choice(DAYS, int(mine.sum()), p=weights / weights.sum())
    hour = rng.choice(24, n, p=HOUR_WEIGHT / HOUR_WEIGHT.sum())
    second = day * DAY_S + hour * 3600 + rng.integers(0, 3600, n)
    end = DAYS * DAY_S - 1
    second = np.minimum(second, end - 600)
    age = (end - second) / DAY_S

    state = np.full(n, "closed", dtype=object)
    left = rng.permutation(n)
    state[left[: part.merged]] = "merged"
    state[left[part.merged : part.merged + part.withdrawn]] = "withdrawn"
    counted = np.flatnonzero(state == "closed")
    unsolved = len(counted) - closed_count(part)
    # Few old demands stay open, most of the recent ones are.
    chance = np.log(np.exp(-age[counted] / 20) + 0.012) + rng.gumbel(size=len(counted))
    late = counted[np.argsort(-chance, kind="stable")[:unsolved]]
    state[late] = np.where(
        age[late] < 2,
        "dispatched",
        np.where(rng.uniform(size=len(late)) < 0.24, "replied", "handling"),
    )
    fresh = late[np.argsort(age[late], kind="stable")]
    state[fresh[: max(1, len(fresh) // 20)]] = "accepted"
    state[fresh[: min(8, len(fresh) // 40)]] = "received"

    sizes = np.array([t.sizes for t in TOPICS])[topic]
    pick = rng.uniform(size=n)[:, None] > np.cumsum(sizes, axis=1)
    size = np.minimum(pick.sum(axis=1), 2)
    days_allowed = np.array([3, 10, 30])[size]
    took = days_allowed * np.clip(rng.lognormal(-0.62, 0.5, n), 0.04, 4)
    took = np.minimum(took, np.maximum(age * rng.uniform(0.5, 0.97, n), 0.003))
    direct_goal = round(n * 0.55) if part.direct is None else part.direct
    lean = np.array([t.direct for t in TOPICS])[topic] - 0.25 * size + 0.3 * rng.gumbel(size=n)
    direct = np.zeros(n, bool)
    direct[np.argsort(-lean, kind="stable")[:direct_goal]] = True

    closed = np.flatnonzero(state == "closed")
    rated = np.sort(rng.permutation(closed)[: round(len(closed) * RATED_SHARE)])
    unhappy = rng.permutation(rated)[: len(rated) - round(len(rated) * part.satisfaction_rate)]
    satisfied = np.full(n, None, dtype=object)
    satisfied[rated] = True
    satisfied[unhappy] = False
    score = np.full(n, None, dtype=object)
    score[rated] = [int(v) for v in rng.choice([4, 5], len(rated), p=[0.22, 0.78])]
    score[unhappy] = [int(v) for v in rng.choice([1, 2, 3], len(unhappy), p=[0.3, 0.45, 0.25])]

    at = rng.choice(len(pull), n, p=pull / pull.sum())
    buildings = frames.buildings
    centre = shapely.centroid(buildings.geometry.values)[at]
    spread = rng.normal(0, 5, (2, n))
    points = shapely.points(
        np.round(shapely.get_x(centre) + spread[0], 2),
        np.round(shapely.get_y(centre) + spread[1], 2),
    )
    street = buildings["address"].str.replace(r"\d+号$", "", regex=True).to_numpy(dtype=object)[at]
    house = buildings["name"].fillna(buildings["address"]).to_numpy(dtype=object)[at]
    wording = rng.uniform(size=n)
    titles = []
    for k in range(n):
        words = TOPICS[topic[k]].words
        where, what = words[int(wording[k] * len(words))]
        titles.append((street[k] if where == "street" else house[k]) + what)
    code = buildings["community_code"].to_numpy(dtype=object)[at]
    departments = np.array([department_id(t.department) for t in TOPICS])[topic]
    own = np.array([by_code[c] for c in code])
    midnight = datetime.combine(county.as_of, time(), CHINA) - timedelta(days=DAYS - 1)
    zero = pd.Timestamp(midnight)
    received = zero + pd.to_timedelta(second, unit="s")
    done = pd.Series(zero + pd.to_timedelta(np.round(second + took * DAY_S), unit="s"))
    finished = np.isin(state, ["closed", "merged", "withdrawn"])
    # Most of what stays open past its days was given longer (延期办理); the rest is overdue.
    past = ~finished & (age > days_allowed)
    longer = past & (rng.uniform(size=n) < EXTENDED_SHARE)
    days_allowed = np.where(longer, np.ceil(age) + rng.integers(3, 45, n), days_allowed)
    importance = np.clip(1 + size + (rng.uniform(size=n) < 0.12), 1, 3)
    urgency = np.clip(np.array([t.urgency for t in TOPICS])[topic] + rng.integers(-1, 2, n), 1, 3)
    return pd.DataFrame(
        {
            "title": titles,
            "category": np.array([t.name for t in TOPICS], dtype=object)[topic],
            "channel": rng.choice(
                np.array([c for c, _ in CHANNELS], dtype=object), n, p=[p for _, p in CHANNELS]
            ),
            "size": np.array(SIZES, dtype=object)[size],
            "importance": importance.astype(np.int64),
            "urgency": urgency.astype(np.int64),
            "state": state,
            "received_at": received,
            "deadline_at": received + pd.to_timedelta(days_allowed, unit="D"),
            "closed_at": done.where(finished),
            "building_id": at + 1,
            "satisfied": satisfied,
            "score": score,
            "handled_by": np.where(direct, "direct", "department").astype(object),
            "organisation_id": np.where(direct, own, departments),
            "geometry": points,
            "received_s": second,
            "took_s": np.round(took * DAY_S),
            "received_day": [county.as_of - timedelta(days=int(DAYS - 1 - d)) for d in day],
        }
    )


STEPS = ("received", "accepted", "dispatched", "handling", "replied", "closed")
STEP_AT = {
    "received": 0.0,
    "accepted": 0.04,
    "dispatched": 0.1,
    "handling": 0.22,
    "replied": 0.86,
    "closed": 1.0,
}
ACTORS = {
    "received": "受理平台",
    "accepted": "社区网格中心",
    "dispatched": "街道指挥中心",
    "handling": "承办单位",
    "replied": "承办单位",
    "closed": "回访专员",
    "merged": "社区网格中心",
    "withdrawn": "诉求人",
}


def demand_events(county: County, rows: pd.DataFrame) -> pd.DataFrame:
    """Return the history of every demand up to its state, in order of time."""
    state = rows["state"].to_numpy(dtype=object)
    reached = np.array([STEPS.index(s) if s in STEPS else 0 for s in state])
    gone = np.isin(state, ["merged", "withdrawn"])
    chunks = []
    for number, step in enumerate((*STEPS, "merged", "withdrawn")):
        if step in STEPS:
            mine = reached >= number
            if step == "dispatched":  # what the community does itself is not sent on
                mine &= (rows["handled_by"] == "department").to_numpy() | (state == "dispatched")
            mine &= ~gone | (number == 0)
            at = rows["took_s"].to_numpy() * STEP_AT[step]
        else:
            mine = state == step
            at = rows["took_s"].to_numpy()
        chunk = rows.loc[mine, ["external_id"]].copy()
        chunk["at"] = rows.loc[mine, "received_at"] + pd.to_timedelta(np.floor(at[mine]), unit="s")
        chunk["step"] = step
        chunk["actor"] = ACTORS[step]
        chunk["note"] = county.name_note
        chunk["order"] = number
        chunks.append(chunk)
    events = pd.concat(chunks, ignore_index=True)
    events = events.sort_values(["external_id", "at", "order"], ignore_index=True)
    return events.drop(columns="order")
