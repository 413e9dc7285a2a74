"""What a demonstration county declares: its place, its structure and its published figures.

A county is a value. Serving one more row of the acceptance table means one more ``County``;
no program reads a county's key. Everything that a declaration does not fix is synthetic.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

LABEL = "演示数据"
SOURCE = "公开报道(演示)"

Style = Literal["river_bend", "valley", "resettlement"]
Measure = Literal["resident", "registered", "rented", "vacant", "dwellings"]


@dataclass(frozen=True, slots=True)
class Landscape:
    """The form of the valley and how much town lies in it. Lengths in metres.

    ``style``: river_bend (old town in a meander), valley (gentle river, terraces either side),
    resettlement (one planned site beside a stream). ``bearing_deg``: direction of the valley,
    counted counter-clockwise from east. ``old_town_m``: radius of the old town.
    """

    style: Style
    bearing_deg: float
    length_m: float
    floor_m: float
    relief_m: float
    base_m: float
    river_m: float
    meander: float
    meander_m: float
    old_town_m: float
    bridges: int
    seed: int
    river_name: str
    stream_name: str


@dataclass(frozen=True, slots=True)
class Structure:
    """Divisions and grids as published.

    ``households``: resident households of the town, exact. ``grids_before`` 0: no plan before.
    ``areas`` (片区) is 0 where the county has none; then ``grids_per_area`` is unused.
    ``named_areas``: a community's name goes to one with at least so many areas (or grids).
    ``buildings``/``entrances``/``persons``: exact totals where published, else None; a declared
    number of buildings makes one planned site. ``buildings_scattered``: dwellings in no estate.
    """

    subdistricts: tuple[str, ...]
    communities: tuple[str, ...]
    grids: int
    grids_before: int
    households: int
    areas: int = 0
    grids_per_area: int = 0
    named_areas: tuple[tuple[str, int], ...] = ()
    buildings: int | None = None
    entrances: int | None = None
    persons: int | None = None
    persons_per_household: float = 3.1
    compounds_unmanaged: int = 0
    buildings_scattered: int | None = None
    residents_unmanaged: int = 0
    resettlement_sites: int = 1


@dataclass(frozen=True, slots=True)
class StationTiers:
    """Which tiers keep a station, and in which state those of the grids are (shares of 1).

    ``each_community``: categories that every community has one of. ``exact``: (category, name,
    how many) of daily life where that was published or where the county has more than most;
    what is not named follows from households. ``school_places``: shared out over the schools.
    """

    county: int
    per_subdistrict: bool
    per_community: bool
    per_grid: bool
    grid_states: tuple[tuple[str, float], ...] = (("open", 1.0),)
    each_community: tuple[str, ...] = ()
    exact: tuple[tuple[str, str, int], ...] = ()
    school_places: int = 0


@dataclass(frozen=True, slots=True)
class LeaderGroup:
    """People of one kind who answer for divisions, areas or grids.

    ``subject``: what they are assigned to. ``subjects``: how many of those this group covers in
    total (0 = all), dealt in turn.
    """

    kind: str
    title: str
    organisation: str
    rank: str
    count: int
    subject: Literal["subdistrict", "community", "area", "grid"]
    subjects: int = 0


@dataclass(frozen=True, slots=True)
class OrganisationGroup:
    """Party organisations of one kind: ``count`` per division of ``level``.

    ``within``: name of the only community that has them, or "" for all. With ``total`` there are
    so many in all instead, and each serves a run of neighbours of the level (grids); ``subjects``
    of those are served (0 = all), and what one group took is not taken by the next.
    """

    kind: str
    suffix: str
    level: Literal["county", "subdistrict", "community", "area", "grid"]
    count: int = 1
    within: str = ""
    total: int = 0
    subjects: int = 0


@dataclass(frozen=True, slots=True)
class DutyTable:
    """Posts per grid and the leaders who answer for them.

    ``workers``: grid workers in all where published; then every grid has ``workers_per_grid``
    and the rest goes to the grids with most households.
    """

    chiefs_per_grid: int
    workers_per_grid: int
    workers: int = 0
    leaders: tuple[LeaderGroup, ...] = ()
    organisations: tuple[OrganisationGroup, ...] = ()
    building_stewards: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class LedgerPart:
    """The demands of one community ("" = all other communities) in one year.

    Definitions: completion = closed ÷ (rows without merged and withdrawn), satisfaction =
    satisfied ÷ rated. The rates are met to the printed digit. ``direct``: rows handled by the
    community itself; None = a share of 0.55.
    """

    rows: int
    completion_rate: float
    satisfaction_rate: float
    merged: int
    withdrawn: int
    community: str = ""
    direct: int | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """The county's size rule. ``area_households_max`` only where the rule bounds the 片区."""

    unit: Measure = "resident"
    households_max: int = 300
    households_max_before: int = 500
    households_min: int | None = None
    area_households_max: int | None = None
    source: str = "县级网格管理办法(演示)"


@dataclass(frozen=True, slots=True)
class Words:
    """The county's own words for things that all counties have."""

    leader_assignment: str = "包保"
    grid_worker: str = "网格员"
    grid_chief: str = "网格长"
    area: str = "片区"
    living_circle: str = "15分钟服务圈"
    demand_sizes: tuple[str, str, str] = ("小事", "大事", "难事")


@dataclass(frozen=True, slots=True)
class Figure:
    """One published total. ``division``: name of the division it belongs to, "" = the county."""

    key: str
    value: float
    unit: str
    is_approx: bool = False
    division: str = ""


@dataclass(frozen=True, slots=True)
class County:
    """The declaration of one demonstration county.

    ``srid`` is the measuring CRS (3-degree Gauss–Krüger zone by longitude); ``lon``/``lat`` the
    neighbourhood of the real county seat (CGCS2000). ``as_of``: the day the data end at.
    ``workflow``: the preset that its ledger runs under (layers/demands/workflows).
    """

    key: str
    code: str
    name: str
    name_en: str
    lon: float
    lat: float
    srid: int
    landscape: Landscape
    structure: Structure
    stations: StationTiers
    duty: DutyTable
    ledger: tuple[LedgerPart, ...]
    figures: tuple[Figure, ...]
    policy: Policy = field(default_factory=Policy)
    words: Words = field(default_factory=Words)
    workflow: str = "standard"
    as_of: date = date(2026, 10, 31)
    name_note: str = LABEL
