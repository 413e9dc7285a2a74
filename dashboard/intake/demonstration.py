"""Load a demonstration county: a synthetic town, its plots, its plans, its duty and ledger."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import pandas as pd
from sqlalchemy import Connection

from data.buildings import write as buildings
from data.demands import write as demands
from data.demands.workflows.write import add_version
from data.divisions import write as divisions
from data.divisions import write_county as county
from data.duty import write as duty
from data.ground import write as ground
from data.plans import write as plans
from data.plans.write_totals import write_grid_totals
from data.removal import delete_county
from data.sample.counties.county import LABEL, County
from data.sample.counties.declared import COUNTIES
from data.sample.organisations import make_duty
from data.sample.province import PROVINCES, Province, make_province
from data.sample.town import Town, make_town
from data.stations import write as stations
from layers.demands.workflows.presets import preset
from layers.grids.proposals.county import (
    CountyPlan,
    PlanOrder,
    divide_county,
    load_communities,
    tessellate_county,
)
from layers.kit.errors import InputError

SOURCE = LABEL
PLAN_DATE = date(2025, 7, 1)  # the redrawn grids come into force; before that the old plan stands
FIRST_DATE = date(2021, 1, 1)
Progress = Callable[[str, float], None]


def load(c: Connection, key: str, progress: Progress, *, replace: bool = True) -> None:
    """Load the demonstration county ``key``, all in the caller's transaction.

    One that is loaded already is made afresh, with ``replace`` only. Raises InputError for a key
    that is not declared, and for a county code under which real data is loaded.
    """
    declared: County | Province | None = COUNTIES.get(key) or PROVINCES.get(key)
    if declared is None:
        known = ", ".join((*COUNTIES, *PROVINCES))
        raise InputError(
            "there is no demonstration {key}: choose {known} (getu demo --list)",
            key=key,
            known=known,
        )
    if county.county_exists(c, declared.code):
        if not county.is_demonstration(c, declared.code):
            raise InputError(
                "{name} ({code}) holds imported data: the demonstration would replace it; use "
                "another database (GETU_HOME)",
                name=declared.name,
                code=declared.code,
            )
        if not replace:
            raise InputError(
                "the demonstration {key} is loaded: --replace makes it afresh, and removes what "
                "was changed in it, drafts included",
                key=key,
            )
        delete_county(c, declared.code)
    if isinstance(declared, Province):
        load_province(c, declared, progress)
        return
    progress("town", 0.0)
    town = make_town(declared)
    progress("town", 1.0)
    building_ids = _write_town(c, declared, town)
    tessellate_county(c, declared.code, lambda name, share: progress(f"plots {name}", share))
    plan = _write_plans(c, declared, town, progress)
    organisations = _write_duty(c, declared, town, plan, building_ids)
    progress("ledger", 0.0)
    _write_ledger(c, declared, town, building_ids, organisations)
    county.touch(c, declared.code)
    progress("done", 1.0)


def load_province(c: Connection, declared: Province, progress: Progress) -> None:
    """Store a province: divisions, grids by their totals, the organisations that are known."""
    progress("province", 0.0)
    made = make_province(declared)
    progress("province", 0.4)
    county.create_county(
        c,
        code=declared.code,
        name=declared.name,
        name_en=declared.name_en,
        measuring_srid=made.srid,
        title=f"{declared.name}网格治理",
        title_en=f"{declared.name_en} grid governance",
        data_as_of=declared.as_of,
        demo_key=declared.key,
        policy={"households_max": declared.households_max},
        fallbacks=[{"code": "fallback.made_up_borders", "values": {"counties": declared.counties}}],
        valid_from=FIRST_DATE,
    )
    ids = divisions.write_divisions(c, declared.code, made.divisions, made.srid, FIRST_DATE)
    progress("divisions", 0.6)
    plan_id = plans.create_plan(
        c, code=declared.code, name="现行网格方案", stage="启用", made_by=SOURCE
    )
    write_grid_totals(c, plan_id, made.grids, ids, made.srid, PLAN_DATE)
    progress("grids", 0.85)
    duty.write_organisations(c, declared.code, made.organisations, FIRST_DATE)
    divisions.write_published_figures(c, made.published_figures)
    county.touch(c, declared.code)
    progress("done", 1.0)


def _write_town(c: Connection, declared: County, town: Town) -> dict[int, int]:
    """Store the physical town and its counts; return database ids of buildings by the town's."""
    code, srid, policy = declared.code, town.srid, declared.policy
    names = declared.structure.communities
    place = names[0] if len(names) == 1 else "城区"
    words = declared.words
    county.create_county(
        c,
        code=code,
        name=declared.name,
        name_en=declared.name_en,
        measuring_srid=srid,
        title=f"{declared.name}{place}网格治理",
        title_en=f"{declared.name_en} town grid governance",
        data_as_of=declared.as_of,
        demo_key=declared.key,
        policy={
            "households_max": policy.households_max,
            "households_min": policy.households_min,
            "area_households_max": policy.area_households_max,
            "household_measure": policy.unit,
            "source_document": policy.source,
            "words": {
                "leader_assignment": words.leader_assignment,
                "grid_worker": words.grid_worker,
                "grid_chief": words.grid_chief,
                "area": words.area,
                "living_circle": words.living_circle,
            },
        },
        valid_from=FIRST_DATE,
    )
    divisions.write_divisions(c, code, town.divisions, srid, FIRST_DATE)
    estate_ids = buildings.write_estates(c, code, town.estates, srid)
    own_estate = dict(zip(town.estates["id"], estate_ids, strict=True))
    ids = buildings.write_buildings(
        c,
        code,
        town.buildings,
        srid,
        source=SOURCE,
        valid_from=FIRST_DATE,
        estate_ids=[
            None if pd.isna(e) else own_estate[int(e)] for e in town.buildings["estate_id"]
        ],
    )
    by_town = dict(zip(town.buildings["id"].tolist(), ids, strict=True))
    community = dict(zip(town.buildings["id"], town.buildings["community_code"], strict=True))
    entrances = town.entrances.assign(
        code=town.entrances["building_id"].map(community),
        building_id=town.entrances["building_id"].map(by_town),
    )
    buildings.write_entrances(c, entrances, srid)
    counts = town.counts.assign(
        code=town.counts["building_id"].map(community),
        building_id=town.counts["building_id"].map(by_town),
    )
    buildings.write_counts(c, code, counts, effective_on=declared.as_of, source=SOURCE)
    ground.write_elevation(c, code, town.elevation)
    ground.write_streets(c, code, town.streets, srid, town.elevation)
    ground.write_water(c, code, town.water, srid)
    ground.write_lands(c, code, town.lands, srid)
    ground.write_barriers(c, code, town.barriers, srid)
    return by_town


def _write_plans(c: Connection, declared: County, town: Town, progress: Progress) -> CountyPlan:
    """Store the plan before (where the county published one) and the plan in force."""
    loaded = load_communities(c, declared.code)
    structure, policy = declared.structure, declared.policy
    before = None
    if structure.grids_before:
        wanted = PlanOrder(
            name="原网格方案",
            stage="启用",
            made_by=SOURCE,
            households_max=policy.households_max_before,
            grids=town.grids_before_by_community,
            in_force_from=FIRST_DATE,
            in_force_to=PLAN_DATE,
        )
        before = divide_county(
            c, declared.code, wanted, lambda n, s: progress(f"old plan {n}", s), loaded
        )
    wanted = PlanOrder(
        name="现行网格方案",
        stage="启用",
        made_by=SOURCE,
        households_max=policy.households_max,
        grids=town.grids_by_community,
        areas=town.areas_by_community if structure.areas else None,
        area_households_max=policy.area_households_max,
        in_force_from=PLAN_DATE,
        document_number=f"{declared.name}网格〔2025〕1号（演示）",
    )
    return divide_county(
        c, declared.code, wanted, lambda n, s: progress(f"plan {n}", s), loaded, before
    )


def _write_duty(
    c: Connection, declared: County, town: Town, plan: CountyPlan, building_ids: dict[int, int]
) -> dict[int, int]:
    """Store who answers for what, and every station, the grids' own included.

    Returns the database ids of organisations by the town's.
    """
    made = make_duty(declared, town, plan.grids, plan.areas)
    code = declared.code
    every = pd.concat([town.organisations, made.organisations], ignore_index=True)
    organisations = duty.write_organisations(c, code, every, FIRST_DATE)
    people = duty.write_office_holders(c, code, made.people, organisations)
    by_code = {str(own): i for own, i in building_ids.items()}
    duty.write_posts(c, code, made.posts, people, PLAN_DATE, by_code)
    places = pd.concat([town.stations, made.stations], ignore_index=True)
    stations.write_stations(c, code, places, town.srid, source=SOURCE, valid_from=PLAN_DATE)
    return organisations


def _write_ledger(
    c: Connection,
    declared: County,
    town: Town,
    building_ids: dict[int, int],
    organisations: dict[int, int],
) -> None:
    """Store the demands under the code of the grid in force that holds their building."""
    code = declared.code
    frame = town.demands.assign(
        building_id=[building_ids.get(b) for b in town.demands["building_id"]]
    )
    frame["code"] = demands.codes_by_building(c, code, frame["building_id"].tolist())
    stored, *_ = [
        add_version(c, code, workflow, FIRST_DATE, SOURCE) for workflow in preset(declared.workflow)
    ]
    demands.write_demands(
        c,
        code,
        frame,
        town.demand_events,
        town.srid,
        source=SOURCE,
        stored=stored,
        organisation_ids=organisations,
    )
    divisions.write_published_figures(c, town.published_figures)


@dataclass(frozen=True, slots=True)
class Listing:
    """A town or province that can be loaded; of a province nobody declared the last two."""

    key: str
    name: str
    grids: int
    as_of: date
    communities: int | None = None
    households: int | None = None


def listing() -> list[Listing]:
    """Return what can be loaded: key, place, and its figures."""
    return [
        Listing(
            key,
            f"{one.name} {one.name_en}",
            one.structure.grids,
            one.as_of,
            len(one.structure.communities),
            one.structure.households,
        )
        for key, one in COUNTIES.items()
    ] + [
        Listing(key, f"{one.name} {one.name_en}", one.grids, one.as_of)
        for key, one in PROVINCES.items()
    ]
