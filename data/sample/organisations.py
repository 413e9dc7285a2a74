"""Duty: who answers for what, once the grids are known."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import Protocol

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from data.sample.counties.county import County, LeaderGroup
from data.sample.life.facilities import CENTRE_SERVICES, WORKDAYS
from data.sample.life.people import person_names
from data.sample.town import Town

SINCE = date(2026, 3, 1)


class Appoint(Protocol):
    """Give a post to a person (a new one unless ``person`` is given); return the person."""

    def __call__(
        self,
        kind: str,
        title: str,
        subject: str,
        code: str,
        organisation: int | None,
        rank: str | None,
        person: int | None = None,
    ) -> int:
        """Return the person who holds the post."""
        ...


@dataclass(frozen=True, slots=True)
class Duty:
    """The frames of docs/frames.md that need grids.

    ``organisations`` continue the ids of ``Town.organisations`` and refer to them as parents;
    store both. ``stations`` are those of the grid tier, with ``grid_code``.
    """

    organisations: pd.DataFrame
    people: pd.DataFrame
    posts: pd.DataFrame
    stations: gpd.GeoDataFrame


def make_duty(
    county: County, town: Town, grids: gpd.GeoDataFrame, areas: gpd.GeoDataFrame | None = None
) -> Duty:
    """Return posts, people, organisations and grid stations of a county.

    ``grids``: ``code``, ``community_code``, ``name``, ``households``, geometry in the town's
    measuring CRS; with 片区 also ``areas``: ``code``, ``community_code``, ``name``, geometry. Codes
    are dealt in sorted order, so the answer does not depend on the order of rows.
    """
    rng = np.random.default_rng([county.landscape.seed, 21])
    subjects = subject_lists(town, grids, areas)
    organisations = party_organisations(county, town, subjects)
    posts: list[dict[str, object]] = []
    people: list[dict[str, object]] = []
    names = person_names(rng)

    def appoint(
        kind: str,
        title: str,
        subject: str,
        code: str,
        organisation: int | None,
        rank: str | None,
        person: int | None = None,
    ) -> int:
        """Give a post to a person (a new one unless ``person`` is given); return the person."""
        if person is None:
            person = len(people) + 1
            people.append(
                {"id": person, "name": next(names), "organisation_id": organisation, "rank": rank}
            )
        posts.append(
            {
                "id": len(posts) + 1,
                "kind": kind,
                "title": title,
                "subject": subject,
                "subject_code": code,
                "person_id": person,
                "starts_on": SINCE,
                "ends_on": None,
            }
        )
        return person

    base = town.organisations
    of_code = dict(zip(base["code"], base["id"], strict=True))
    words = county.words
    workers = workers_by_grid(county, grids)
    for code, _ in subjects["grid"]:
        own = of_code[code[:12]]
        for _ in range(county.duty.chiefs_per_grid):
            appoint("grid_chief", words.grid_chief, "grid", code, own, None)
        for _ in range(workers[code]):
            appoint("grid_worker", words.grid_worker, "grid", code, own, None)
    offices: dict[str, int] = {}
    for group in county.duty.leaders:
        if group.organisation not in offices:
            offices[group.organisation] = organisations.shape[0] + base.shape[0] + len(offices) + 1
    extra = pd.DataFrame(
        {
            "id": list(offices.values()),
            "kind": "department",
            "name": [county.name + n for n in offices],
            "parent_id": pd.Series([1] * len(offices), dtype=object),
            "code": county.code,
            "grid_codes": pd.Series([[] for _ in offices], dtype=object),
        }
    )
    held: dict[tuple[str, str], set[str]] = {}
    for group in county.duty.leaders:
        # Groups with one title share the subjects out; another title covers them again.
        mine = held.setdefault((group.kind, group.title), set())
        free = [(c, n) for c, n in subjects[group.subject] if c not in mine]
        first = len(posts)
        deal(group, free, offices[group.organisation], appoint)
        mine |= {str(post["subject_code"]) for post in posts[first:]}
    stewards = dict(county.duty.building_stewards)
    for code, name in subjects["community"]:
        for building in steward_buildings(town, code, stewards.get(name, 0)):
            appoint("building_steward", "楼栋管家", "building", str(building), of_code[code], None)
    return Duty(
        pd.concat([organisations, extra], ignore_index=True),
        pd.DataFrame(
            people, columns=["id", "name", "organisation_id", "rank"], dtype=object
        ).astype({"id": np.int64}),
        pd.DataFrame(
            posts,
            columns=[
                "id",
                "kind",
                "title",
                "subject",
                "subject_code",
                "person_id",
                "starts_on",
                "ends_on",
            ],
            dtype=object,
        ).astype({"id": np.int64, "person_id": np.int64}),
        grid_stations(county, town, grids, rng),
    )


def subject_lists(
    town: Town, grids: gpd.GeoDataFrame, areas: gpd.GeoDataFrame | None
) -> dict[str, list[tuple[str, str]]]:
    """Return (code, name) of everything that can be answered for, in the order of codes."""
    found: dict[str, list[tuple[str, str]]] = {
        kind: sorted(zip(rows["code"], rows["name"], strict=True))
        for kind, rows in town.divisions.groupby("kind")
    }
    found["grid"] = sorted(zip(grids["code"], grids["name"], strict=True))
    found["area"] = [] if areas is None else sorted(zip(areas["code"], areas["name"], strict=True))
    return found


def deal(
    group: LeaderGroup, subjects: list[tuple[str, str]], office: int, appoint: Appoint
) -> None:
    """Deal subjects to the people of a group in runs of neighbours, so that each has some.

    ``group.subjects`` of them are spread evenly over the list when not all are meant.
    """
    if not subjects:
        return
    wanted = min(group.subjects or len(subjects), len(subjects))
    at = np.linspace(0, len(subjects) - 1, wanted).round().astype(int)
    person: dict[int, int] = {}
    subject = group.subject if group.subject in ("area", "grid") else "division"
    for turn, k in enumerate(at.tolist()):
        who = turn * group.count // wanted
        person[who] = appoint(
            group.kind,
            group.title,
            subject,
            subjects[k][0],
            office,
            group.rank,
            person.get(who),
        )
    # Fewer subjects than people: the rest share, so that nobody is without.
    for who in range(group.count):
        if who not in person:
            k = int(at[who % len(at)])
            appoint(group.kind, group.title, subject, subjects[k][0], office, group.rank)


def party_organisations(
    county: County, town: Town, subjects: dict[str, list[tuple[str, str]]]
) -> pd.DataFrame:
    """Return the county's party organisations, ids after those of the town."""
    base = town.organisations
    of_code = dict(zip(base["code"], base["id"], strict=True))
    community = dict(subjects["community"])
    rows: list[dict[str, object]] = []
    served: dict[str, set[str]] = {}
    names = {level: dict(found) for level, found in subjects.items()}
    for group in county.duty.organisations:
        if group.total:
            taken = served.setdefault(group.level, set())
            free = [one for one in subjects[group.level] if one[0] not in taken]
            runs = serving_runs(free, group.subjects or len(free), group.total)
            again = Counter(run[0] for run in runs)
            for place, run in enumerate(runs):
                if group.subjects:
                    taken.update(run)
                first = next(k for k, other in enumerate(runs) if other[0] == run[0])
                nth = f"第{place - first + 1}" if again[run[0]] > 1 else ""
                home = next(run[0][:n] for n in (12, 9, 6) if len({code[:n] for code in run}) == 1)
                rows.append(
                    {
                        "id": len(base) + len(rows) + 1,
                        "kind": group.kind,
                        "name": run_name(run, names[group.level]) + nth + group.suffix,
                        "parent_id": of_code.get(home, 1),
                        "code": run[0] if len(run) == 1 else home,
                        "grid_codes": run if group.level == "grid" else [],
                    }
                )
            continue
        for code, name in subjects[group.level]:
            if group.within and community.get(code[:12]) != group.within:
                continue
            for k in range(group.count):
                number = str(k + 1) if group.count > 1 else ""
                rows.append(
                    {
                        "id": len(base) + len(rows) + 1,
                        "kind": group.kind,
                        "name": f"{name}{'第' + number if number else ''}{group.suffix}",
                        "parent_id": of_code.get(code[:12]),
                        "code": code,
                        "grid_codes": [],
                    }
                )
    frame = pd.DataFrame(rows, columns=["id", "kind", "name", "parent_id", "code", "grid_codes"])
    frame["parent_id"] = frame["parent_id"].astype(object)
    return frame


def serving_runs(subjects: list[tuple[str, str]], wanted: int, total: int) -> list[list[str]]:
    """Return which codes each of ``total`` organisations serves: runs of neighbours.

    ``wanted`` of the subjects are served, spread evenly over the list. Runs stay within one
    community as far as the numbers allow. Raises ValueError for more than there are.
    """
    if wanted > len(subjects):
        raise ValueError(f"{wanted} of {len(subjects)} subjects cannot be served")
    if total > wanted:  # several serve one and the same
        return [[subjects[k * len(subjects) // total][0]] for k in range(total)]
    at = np.linspace(0, len(subjects) - 1, wanted).round().astype(int)
    groups: dict[str, list[str]] = {}
    for k in at.tolist():
        groups.setdefault(subjects[k][0][:12], []).append(subjects[k][0])
    if len(groups) > total:  # fewer organisations than communities: runs cross their borders
        groups = {"": [code for codes in groups.values() for code in codes]}
    sizes = np.array([len(codes) for codes in groups.values()])
    shares = np.ones(len(sizes), np.int64)
    for _ in range(total - len(sizes)):
        shares[np.argmax(np.where(shares < sizes, sizes / shares, 0))] += 1
    return [
        run.tolist()
        for codes, parts in zip(groups.values(), shares.tolist(), strict=True)
        for run in np.array_split(np.array(codes, object), parts)
    ]


def run_name(run: list[str], names: dict[str, str]) -> str:
    """Return the name of what an organisation serves: one thing, or from its first to its last."""
    if len(run) == 1:
        return names[run[0]]
    first, last = names[run[0]], names[run[-1]]
    if run[0][:12] != run[-1][:12]:
        return f"{first}至{last}"
    return f"{first.removesuffix('网格')}至{last[last.rfind('第') :]}"


def workers_by_grid(county: County, grids: gpd.GeoDataFrame) -> dict[str, int]:
    """Return how many workers each grid has: one number for all, or a published total."""
    ordered = grids.sort_values(["households", "code"], ascending=[False, True])
    codes, least = ordered["code"].tolist(), county.duty.workers_per_grid
    given = dict.fromkeys(codes, least)
    for turn in range(max(0, county.duty.workers - least * len(codes))):
        given[codes[turn % len(codes)]] += 1
    return given


def steward_buildings(town: Town, code: str, count: int) -> list[int]:
    """Return the community's ``count`` buildings with most households."""
    counts = town.counts
    resident = counts[counts["measure"] == "resident"].set_index("building_id")["value"]
    buildings = town.buildings
    mine = buildings.loc[buildings["community_code"] == code, "id"]
    load = resident.reindex(mine).fillna(0)
    return [int(k) for k in load.sort_values(ascending=False, kind="stable").index[:count]]


def grid_stations(
    county: County, town: Town, grids: gpd.GeoDataFrame, rng: np.random.Generator
) -> gpd.GeoDataFrame:
    """Return one station per grid, at a building near the grid's middle, in the declared states."""
    columns = list(town.stations.columns)
    rows: list[dict[str, object]] = []
    if county.stations.per_grid:
        ordered = grids.sort_values("code", ignore_index=True)
        states = grid_states(county, len(ordered), rng)
        centre = shapely.centroid(town.buildings.geometry.values)
        tree = shapely.STRtree(centre)
        first = len(town.stations)
        for k, row in enumerate(ordered.itertuples()):
            inside = tree.query(row.geometry, predicate="intersects")
            middle = shapely.centroid(row.geometry)
            if len(inside):
                gap = shapely.distance(centre[inside], middle)
                point = centre[int(inside[np.argmin(gap)])]
            else:
                point = shapely.point_on_surface(row.geometry)
            state = states[k]
            rows.append(
                {
                    "external_id": f"{county.key}-p{first + k + 1}",
                    "name": f"{row.name}党群服务站",
                    "tier": "grid",
                    "categories": ["service_station"],
                    "state": state,
                    "community_code": row.community_code,
                    "grid_code": row.code,
                    "rooms": 2 if state == "open" else 1,
                    "services": CENTRE_SERVICES[:2],
                    "phone": None,
                    "hours": WORKDAYS if state == "open" else [],
                    "geometry": point,
                }
            )
    frame = pd.DataFrame(rows, columns=columns, dtype=object).astype({"rooms": np.int64})
    return gpd.GeoDataFrame(
        frame.drop(columns="geometry"), geometry=list(frame["geometry"]), crs=county.srid
    )


def grid_states(county: County, count: int, rng: np.random.Generator) -> NDArray[np.object_]:
    """Return the states of the grid stations in the declared shares, shuffled."""
    shares = county.stations.grid_states
    ends = np.round(np.cumsum([s for _, s in shares]) / sum(s for _, s in shares) * count).astype(
        int
    )
    states = np.empty(count, dtype=object)
    start = 0
    for (state, _), end in zip(shares, ends.tolist(), strict=True):
        states[start:end] = state
        start = end
    return rng.permutation(states)
