"""Tables as offices send them, with the truth kept aside: how many rows place themselves.

All counties: ``python -m benchmarks.households.run``.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from data.sample.counties.declared import COUNTIES
from layers.households.matching.match import match
from tests.layers.households.messy.months import read_month, two_months
from tests.layers.households.messy.office import Office
from tests.layers.households.messy.slips import slip
from tests.layers.households.messy.towns import real_buildings, town_register
from tests.towns import town_of


@pytest.mark.made_town
@pytest.mark.parametrize("key", ["liping", "sansui"])
def test_most_rows_place_themselves_and_after_rulings_nearly_all(key: str, tmp_path: Path) -> None:
    town = town_of(key)
    months = two_months(town, COUNTIES[key].name, tmp_path, seed=7)
    first, second = months.first, months.second
    assert first.placed_share >= 0.95
    assert first.wrong_share <= 0.005
    assert second.placed_share >= 0.99
    assert second.wrong_share <= 0.005
    assert first.placed + first.wrong + first.queued == first.rows


@pytest.mark.made_town
def test_an_office_has_habits_and_new_slips_every_month(tmp_path: Path) -> None:
    town = town_of("sansui")
    office = Office(real_buildings(town), "三穗县", 3)
    first, again, second = office.lines(10), office.lines(10), office.lines(11)
    assert first == again != second
    kinds = {line.kind for line in first}
    assert {"plain", "slip", "copy", "no_such"} <= kinds
    # its names for estates stay
    same = {(k.truth, k.estate) for k in first if k.kind == "plain" and k.estate}
    other = {(k.truth, k.estate) for k in second if k.kind == "plain" and k.estate}
    assert len(same & other) > 0.9 * min(len(same), len(other))


@pytest.mark.made_town
def test_households_of_the_file_are_conserved(tmp_path: Path) -> None:
    town = town_of("sansui")
    office = Office(real_buildings(town), "三穗县", 5)
    written, truth = read_month(office, tmp_path, 10)
    matches = match(town_register(town), written)
    sums: dict[str, int] = {}
    for m, w in zip(matches, written, strict=True):
        sums[m.state] = sums.get(m.state, 0) + (w.values["resident"] or 0)
    assert sum(sums.values()) == sum(line.households for line in truth.values())


def test_a_slip_changes_letters_and_never_figures() -> None:
    import random

    rng = random.Random(1)
    for _ in range(200):
        text = slip("芭蕉二巷17号", rng)
        assert [c for c in text if c.isdigit()] == ["1", "7"]
