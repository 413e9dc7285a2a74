"""Two months of one office: the first is ruled by somebody who knows the truth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from data.sample.town import Town
from layers.households.matching.match import match
from layers.households.matching.register import Match, written_name
from layers.households.reading import read_table
from layers.households.tables.table import WrittenRow
from tests.layers.households.messy.judging import Score, judge_matches
from tests.layers.households.messy.office import Office
from tests.layers.households.messy.towns import real_buildings, town_register
from tests.layers.households.messy.workbook import Truth, write_workbook

ONE_OFF = ("named_twice", "disagree")


@dataclass(frozen=True)
class Months:
    first: Score
    second: Score
    rulings: int


def read_month(office: Office, folder: Path, month: int) -> tuple[Sequence[WrittenRow], Truth]:
    path = folder / f"{month}.xlsx"
    truth = write_workbook(
        path, office.lines(month), office.county, office.seed, f"2026年{month}月"
    )
    _, _, _, table = read_table(path, path.name)
    assert [f for f in table.findings if f.severity != "info"] == []
    return table.written, truth


@dataclass(frozen=True)
class Rulings:
    """What somebody ruled who knows the truth, as the desk remembers it."""

    aliases: Mapping[int, list[str]]
    verdicts: Mapping[str, str]

    @property
    def count(self) -> int:
        return sum(len(set(names)) for names in self.aliases.values()) + len(self.verdicts)


def rule_rightly(written: Sequence[WrittenRow], matches: Sequence[Match], truth: Truth) -> Rulings:
    """Rule every waiting row: its building, or that it is none of ours."""
    aliases: dict[int, list[str]] = {}
    verdicts: dict[str, str] = {}
    for w, m in zip(written, matches, strict=True):
        if m.state != "queued" or m.how in ONE_OFF:
            continue
        meant = truth[w.row].truth
        if meant is None:
            verdicts[m.key] = "not_ours"
        else:
            aliases.setdefault(meant, []).append(written_name(w))
    return Rulings(aliases, verdicts)


def two_months(town: Town, county: str, folder: Path, seed: int) -> Months:
    """Read, match and rule a month; read and match the next."""
    office = Office(real_buildings(town), county, seed)
    written, truth = read_month(office, folder, 10)
    register = town_register(town)
    matches = match(register, written)
    rulings = rule_rightly(written, matches, truth)
    later, later_truth = read_month(office, folder, 11)
    again = match(town_register(town, rulings.aliases, rulings.verdicts), later)
    return Months(judge_matches(matches, truth), judge_matches(again, later_truth), rulings.count)
