"""Real buildings of the demonstration counties: what an office's table is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from data.sample.town import Town
from layers.households.matching.register import Building, Register, make_register


@dataclass(frozen=True)
class Real:
    """A building that people live in, as it is in the register."""

    id: int
    community_code: str
    community: str
    estate: str | None
    number: str | None
    name: str | None
    address: str
    households: int
    persons: int
    entrances: int


def real_buildings(town: Town) -> list[Real]:
    """Return the buildings of a made town that have households, in the order of the frame."""
    b = town.buildings
    estates = dict(zip(town.estates["id"], town.estates["name"], strict=True))
    names = dict(zip(town.divisions["code"], town.divisions["name"], strict=True))
    doors = town.entrances.groupby("building_id").size().to_dict()
    counts = town.counts[town.counts["measure"].isin(["resident", "persons"])]
    value = counts.pivot_table(index="building_id", columns="measure", values="value")
    rows = []
    for row in b.itertuples():
        if row.id not in value.index or value.at[row.id, "resident"] < 1:
            continue
        rows.append(
            Real(
                int(row.id),
                row.community_code,
                names[row.community_code],
                None if pd.isna(row.estate_id) else estates[row.estate_id],
                row.number if isinstance(row.number, str) else None,
                row.name if isinstance(row.name, str) else None,
                row.address,
                int(value.at[row.id, "resident"]),
                int(value.at[row.id, "persons"]),
                int(doors.get(row.id, 1)),
            )
        )
    return rows


def town_register(
    town: Town, aliases: Mapping[int, Sequence[str]] = {}, verdicts: Mapping[str, str] = {}
) -> Register:
    """Return the register of a made town: all its buildings, and what was ruled about names."""
    estates = dict(zip(town.estates["id"], town.estates["name"], strict=True))
    buildings = [
        Building(
            int(r.id),
            r.community_code,
            None if pd.isna(r.estate_id) else estates[r.estate_id],
            r.number if isinstance(r.number, str) else None,
            r.name if isinstance(r.name, str) else None,
            (r.address,) if isinstance(r.address, str) else (),
            tuple(aliases.get(int(r.id), ())),
            r.external_id,
        )
        for r in town.buildings.itertuples()
    ]
    divisions = town.divisions
    communities = divisions[divisions["kind"] == "community"]
    others = divisions[divisions["kind"] != "community"]
    return make_register(
        buildings,
        dict(zip(communities["code"], communities["name"], strict=True)),
        others["name"].tolist(),
        verdicts,
    )
