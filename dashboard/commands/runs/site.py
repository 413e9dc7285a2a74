"""``getu site``: where the next stations should go, with a proven bound. Files in, files out."""

from __future__ import annotations

import argparse
import math
import time
from typing import TypedDict

import geopandas as gpd
import numpy as np
import pandas as pd

from dashboard.commands.runs.coverage import (
    ModelReport,
    TownFiles,
    model_report,
    pick_ids,
    read_files,
    read_minutes,
    read_town,
)
from dashboard.commands.runs.faults import (
    FindingReport,
    finding_report,
    finish,
    refuse,
    tell,
)
from dashboard.text import text
from data.importers.commands.coverage_files import (
    LayerFile,
    read_stations,
    write_layers,
    write_report,
)
from layers.coverage_gaps.siting.capacities import Capacity, choose_sites_within
from layers.coverage_gaps.siting.cover import (
    Choice,
    Clients,
    choose_sites,
    cover_everyone,
    merge_clients,
)
from layers.coverage_gaps.siting.medians import choose_medians
from layers.coverage_gaps.siting.medians_within import choose_medians_within
from layers.kit.errors import InputError
from layers.kit.findings import Finding
from layers.service_circles.walking.compute import nearest, reaches
from layers.service_circles.walking.faults import judge_stations
from layers.service_circles.walking.ties import Anchors, Doors, anchors_of, doors_of, tie

TIMES_MAX = 200_000_000  # candidates × buildings whose walking times fit into memory


def run(args: argparse.Namespace) -> int:
    """Choose the sites; 0 proven, 1 with a gap left or warnings about the input, 2 cannot."""
    began, lang = time.perf_counter(), args.lang
    try:
        limit_minutes = _question(args)
        wanted = {"candidates": lambda: read_stations(args.candidates, args.crs, "candidates")}
        if args.stations:
            wanted["stations"] = lambda: read_stations(args.stations, args.crs)
        files = read_files(args, **wanted)
        candidates, stations = files["candidates"], files.get("stations")
        town = read_town(args, files)
        places, notes = _tied(town, candidates, "candidates", args.tie_max)
        existing = None
        if stations is not None:
            existing, more = _tied(town, stations, "stations", args.tie_max)
            notes += more
        notes = town.notes + notes
        doors = doors_of(town.network, town.building_ties)
        tell(text("command.site.choosing", lang, {"candidates": len(places)}))
        choice, reachable = _choose(args, town, doors, places, existing, 60.0 * limit_minutes)
        households = town.households
        notes += _lacks(args, town, choice, reachable)
        report: SitingReport = {
            "objective": choice.objective,
            "bound": choice.bound,
            "gap": choice.gap if math.isfinite(choice.gap) else None,
            "proved": choice.proved,
            "seconds": round(time.perf_counter() - began, 3),
            "sites": [
                {
                    "id": _plain(candidates.frame["id"].iloc[site]),
                    "rank": rank,
                    "marginal_households": int(added),
                }
                for rank, (site, added) in enumerate(
                    zip(choice.sites, reachable["marginal"], strict=True), start=1
                )
            ],
            "question": args.objective,
            "unit": _UNITS[args.objective, args.weight is not None],
            "minutes": limit_minutes,
            "households": int(households.sum()),
            "covered_before": reachable["before"],
            "covered_after": reachable["after"],
            "unreachable_by_any_candidate": reachable["never"],
            "solving_seconds": round(choice.seconds, 3),
            "model": model_report(town, args),
            "findings": [finding_report(label, note, lang) for label, note in notes],
        }
        write_layers(args.out, {"sites": _sites_layer(town, candidates, choice, report)})
        if args.report:
            write_report(args.report, report)
    except InputError as error:
        return refuse(error, args)
    for entry in report["sites"]:
        print(text("command.site.chosen", lang, dict(entry) | {"id": str(entry["id"])}))
    proof = text("command.site.proved", lang)
    if not choice.proved:
        proof = text("command.site.gap", lang, {"gap": f"{choice.gap:.2%}"})
    unit = text(f"command.site.unit_{report['unit']}", lang)
    print(f"{choice.objective:,.0f} {unit} ({proof})")
    code = finish(notes, lang)
    return code if choice.proved else max(code, 1)


def _question(args: argparse.Namespace) -> float:
    """Return the limit in minutes; refuse a question without a number of sites."""
    minutes = read_minutes(args.minutes)
    if len(minutes) != 1:
        raise InputError("--minutes {given}: siting takes one limit, as 15", given=args.minutes)
    if args.objective != "cover" and args.least:
        raise InputError("--least bounds sites of --objective cover only")
    if args.objective == "all" and args.most:
        raise InputError("--most bounds sites of --objective cover and distance only")
    if args.objective != "all" and (args.new is None or args.new < 1):
        raise InputError("--new: say how many new sites, at least 1")
    if not args.time_limit > 0:
        raise InputError("--time-limit must be above 0 seconds")
    return minutes[0]


_UNITS = {
    ("cover", False): "households",
    ("cover", True): "weight",
    ("all", False): "sites",
    ("all", True): "sites",
    ("distance", False): "household_seconds",
    ("distance", True): "weight_seconds",
}


def _lacks(
    args: argparse.Namespace, town: TownFiles, choice: Choice, reachable: HouseholdReach
) -> list[tuple[str, Finding]]:
    """Return what the answer lacks: households out of reach, sites, room for a building."""
    found = []
    if reachable["never"]:
        values: dict[str, int] = {"households": reachable["never"]}
        found.append(("candidates", Finding("households_unreachable", "warning", values=values)))
    if args.objective != "all" and len(choice.sites) < args.new:
        values = {"wanted": args.new, "sites": len(choice.sites)}
        found.append(("candidates", Finding("sites_fewer", "warning", values=values)))
    large = np.flatnonzero(town.weights > args.most) if args.most else np.empty(0, int)
    if len(large):
        first = int(large[np.argmax(town.weights[large])])
        values = {
            "most": args.most, "households": int(town.weights[first]), "buildings": len(large)
        }  # fmt: skip
        note = Finding("capacity_below_building", "warning", row=first + 1, values=values)
        found.append(("buildings", note))
    return found


def _tied(
    town: TownFiles, layer: LayerFile, label: str, tie_max_m: float
) -> tuple[Anchors, list[tuple[str, Finding]]]:
    shapes = np.asarray(layer.measured(town.srid).geometry.values, dtype=object)
    ties = tie(shapes, town.network, tie_max_m)
    notes = [*layer.findings, *judge_stations(ties, shapes, tie_max_m)]
    return anchors_of(town.network, ties), [(label, note) for note in notes]


class SiteReport(TypedDict):
    """One chosen site; ``rank`` from 1, in the order of what each adds."""

    id: int | str
    rank: int
    marginal_households: int


class SitingReport(TypedDict):
    """What ``--report`` writes. ``objective``, ``bound``: in ``unit``; ``gap``: a share, or None.

    ``covered_before``, ``covered_after``: households within ``minutes``.
    """

    objective: float
    bound: float
    gap: float | None
    proved: bool
    seconds: float
    sites: list[SiteReport]
    question: str
    unit: str
    minutes: float
    households: int
    covered_before: int
    covered_after: int
    unreachable_by_any_candidate: int
    solving_seconds: float
    model: ModelReport
    findings: list[FindingReport]


class HouseholdReach(TypedDict):
    """Households around a choice; ``never``: no candidate reaches them."""

    marginal: list[float]
    before: int
    after: int
    never: int


def _choose(
    args: argparse.Namespace, town: TownFiles, doors: Doors, places: Anchors,
    existing: Anchors | None,
    limit_s: float,
) -> tuple[Choice, HouseholdReach]:  # fmt: skip
    """Return the choice, and the households around it within the minutes."""
    households, weights = town.households, town.weights
    capacity = Capacity(args.least, args.most)
    before = np.full(len(doors), np.inf)
    if existing is not None:
        found = nearest(town.network, doors, existing, direction=args.direction)
        before = np.nan_to_num(found.walk_s, nan=np.inf)
    served = before <= limit_s
    reached = [r.doors for r in reaches(town.network, doors, places, limit_s, args.direction)]
    if args.objective == "distance":
        if len(places) * len(doors) > TIMES_MAX:
            raise InputError(
                "{candidates} candidates × {buildings} buildings are too many for --objective "
                "distance; give fewer candidates",
                candidates=len(places),
                buildings=len(doors),
            )
        walk_s = np.full((len(places), len(doors)), np.inf)
        everyone = reaches(town.network, doors, places, np.inf, args.direction)
        for site, reach in enumerate(everyone):
            walk_s[site, reach.doors] = reach.walk_s
        there = None if existing is None else before
        if capacity.is_any:
            choice = choose_medians(walk_s, weights, there, args.new, args.time_limit)
        else:
            choice = choose_medians_within(
                walk_s, weights, there, args.new, capacity, args.time_limit
            )
    else:
        demands = merge_clients(reached, weights, served)
        if not capacity.is_any:
            return _bounded(args, demands, capacity, reached, households, served)
        if args.objective == "cover":
            choice = choose_sites(demands, args.new, args.time_limit)
        else:
            choice = cover_everyone(demands, args.time_limit)
    covered, marginal = served.copy(), []
    for site in choice.sites:
        marginal.append(float(households[reached[site]][~covered[reached[site]]].sum()))
        covered[reached[site]] = True
    any_site = served.copy()
    for found_doors in reached:
        any_site[found_doors] = True
    before_sum, after_sum = int(households[served].sum()), int(households[covered].sum())
    if not capacity.is_any:  # of distance: what a site serves is what it has room for
        marginal = list(choice.marginal)
        after_sum = min(after_sum, before_sum + round(sum(marginal)))
    return choice, {
        "marginal": marginal,
        "before": before_sum,
        "after": after_sum,
        "never": int(households[~any_site].sum()),
    }


def _bounded(
    args: argparse.Namespace, demands: Clients, capacity: Capacity, reached: list[np.ndarray],
    households: np.ndarray, served: np.ndarray,
) -> tuple[Choice, HouseholdReach]:  # fmt: skip
    """Return sites of bounded size: everybody newly reached counts for one of them."""
    choice = choose_sites_within(demands, args.new, capacity, args.time_limit)
    any_site = served.copy()
    for doors in reached:
        any_site[doors] = True
    before = int(households[served].sum())
    return choice, {
        "marginal": list(choice.marginal),
        "before": before,
        "after": before + round(choice.objective),
        "never": int(households[~any_site].sum()),
    }


def _sites_layer(
    town: TownFiles, candidates: LayerFile, choice: Choice, report: SitingReport
) -> gpd.GeoDataFrame:
    position = np.array(choice.sites, int)
    shapes = candidates.measured(town.srid).geometry.values[position]
    return gpd.GeoDataFrame(
        {
            "id": pick_ids(candidates.frame["id"], position),
            "rank": pd.array([entry["rank"] for entry in report["sites"]], dtype="int64"),
            "marginal_households": pd.array(
                [entry["marginal_households"] for entry in report["sites"]], dtype="int64"
            ),
        },
        geometry=town.to_output(shapes),
        crs=town.buildings.output_crs(),
    )


def _plain(value: object) -> int | str:
    """Return an id as JSON holds it."""
    return int(value) if isinstance(value, np.integer) else str(value)
