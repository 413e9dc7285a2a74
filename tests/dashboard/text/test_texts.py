"""The text catalogue: every key that the code names is there, and nothing else is."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from string import Formatter
from typing import get_args

import pytest

from dashboard.exports.coverage_tables import BUILDING_COLUMNS, GROUP_COLUMNS, SAID_COLUMNS
from dashboard.exports.visit_sheet import COLUMNS
from dashboard.pages.data_desk.files import KINDS as FILE_KINDS
from dashboard.pages.data_desk.files.jobs import STAGES
from dashboard.pages.data_desk.files.words import OPTIONS
from dashboard.text import LANGUAGES, catalogue, number, percent, text
from data.buildings.tables import HOUSEHOLD_MEASURES
from data.exporters.kinds import TEMPLATES
from data.exporters.workbooks import text_keys
from data.importers.run import READERS
from data.sample.counties.declared import COUNTIES
from data.stations.tables import STATION_STATES, TIERS
from layers.coverage_gaps.drawing import DRAWINGS
from layers.coverage_gaps.mending import REASONS
from layers.coverage_gaps.scenario import KINDS
from layers.coverage_gaps.sitings import Goal, Weight, Where
from layers.service_circles.travel.response import DRIVABLE
from layers.service_circles.travel.way import WAYS
from layers.stations.layer import PARTY_CATEGORIES

ROOT = Path(__file__).resolve().parents[3]
SOURCES = [
    file for folder in ("dashboard", "layers", "data") for file in (ROOT / folder).rglob("*.py")
]
SCRIPTS = sorted(f for f in (ROOT / "assets").rglob("*.js") if "vendor" not in f.parts)

# docs/frames.md, stations: what a station may serve.
CATEGORIES = {
    *("service_centre", "service_station", "red_station", "governance_centre", "medical"),
    *("pharmacy", "elderly_care", "fitness", "school", "kindergarten", "market", "toilet"),
    *("library", "police", "fire", "post", "bank", "worker_station"),
}

# Keys that are put together from a prefix and a value, and the values that exist.
FAMILIES: dict[str, set[str]] = {
    **{f"coverage_{of}": {*get_args(Goal)} for of in ("goal", "result", "proved", "bound")},
    "coverage_where": {*get_args(Where)},
    "coverage_reason": {*REASONS},
    "coverage_late": {*REASONS} - {"rule", "hill"},
    "coverage_weight": {*get_args(Weight)},
    "coverage_unit": {*get_args(Weight)},
    **{
        f"coverage_{of}": {*WAYS}
        for of in (
            *("travel", "outside", "nearest", "tip", "within", "beyond", "no_way", "way"),
            *("serves", "group", "paper", "not_there", "street"),
        )
    },
    "coverage_incomplete": {*WAYS} - {"response"},
    "visits_lead": {*WAYS},
    "coverage_profile": {"adult", "elderly", "vehicle"},
    "coverage_default": {"adult", "elderly", "vehicle"},
    "coverage_speed": {*DRIVABLE},
    "coverage_services_note": {"walk", "vehicle"},
    "coverage_drawing": {*DRAWINGS},
    "coverage_drawing_note": {*DRAWINGS} - {"none"},
    "coverage_operation": {*KINDS},
    "visits": {*COLUMNS},
    "coverage_export": {*GROUP_COLUMNS, *SAID_COLUMNS, *BUILDING_COLUMNS},
    "category": CATEGORIES,
    "station_state": {*STATION_STATES},
    "measure": {*HOUSEHOLD_MEASURES},
    "weekday": {str(day) for day in range(1, 8)},
    "summary.tier": {*TIERS, "other"},
    "summary.within": {"5", "10", "15"},
    "published": {f.key for county in COUNTIES.values() for f in county.figures},
    "organisation": {o.kind for c in COUNTIES.values() for o in c.duty.organisations},
    "plot_finding": {
        *("building_without_geometry", "building_invalid", "building_outside_community"),
        *("building_crosses_boundary", "building_overlaps", "building_duplicate"),
        *("building_is_point", "building_too_small", "building_in_parts"),
    },
    "import_kind": {*READERS},
    "template": {
        key.removeprefix("template.")
        for kind, (rows, _) in TEMPLATES.items()
        for _, key in text_keys(kind, rows.columns, rows.shape)
    },
    "template.head": {"column", "needed", "type", "meaning", "example"},
    "template.type": {
        *("text", "code", "whole", "number", "flag", "day", "moment", "choice", "choices"),
    },
    "import.severity": {"error", "warning", "info"},
    "import.change": {"new", "changed", "gone"},
    "data_files.stage": {*STAGES},
    "data_files.option": {*OPTIONS},
    "data_files.help": {*FILE_KINDS},
    "division_finding": {
        *("building_over_limit", "bound_not_reachable", "grids_not_reached", "grid_over_limit"),
        *("grid_under_limit", "grid_in_pieces", "grid_without_households", "above_bound"),
        *("fewer_grids_possible", "fewer_grids", "households_unknown", "no_streets"),
        "households_estimated",
    },
}
# Families whose values come from imported data too: their lists may be longer than what the
# demonstrations use (the glossary's posts and organisations; figures of counties declared later).
OPEN_FAMILIES = ("post.", "organisation.", "published.", "import.count.")


def join(prefix: str, value: str) -> str:
    return f"{prefix}_{value}" if prefix.startswith("summary.") else f"{prefix}.{value}"


@cache
def trees() -> dict[Path, ast.Module]:
    return {file: ast.parse(file.read_text(encoding="utf-8")) for file in SOURCES}


def constants() -> Iterator[tuple[str, str]]:
    """Every piece of text in the code (Python and script) and where it stands."""
    for file, tree in trees().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value, f"{file.relative_to(ROOT)}:{node.lineno}"
    for script in SCRIPTS:
        for found in re.findall(r"'([^'\n]*)'", script.read_text(encoding="utf-8")):
            yield found, script.name


def namespaces() -> set[str]:
    return {key.split(".")[0] for key in catalogue()}


def placeholders(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name is not None}


def test_every_key_that_the_code_names_is_in_the_catalogue() -> None:
    named = re.compile(rf"(?:{'|'.join(sorted(namespaces()))})\.[a-z0-9_.]*[a-z0-9]")
    missing = {
        (key, where)
        for key, where in constants()
        if named.fullmatch(key) and key not in catalogue() and not key.endswith((".js", ".py"))
    }
    assert missing == set()


def test_every_member_of_a_family_is_in_the_catalogue() -> None:
    wanted = {join(prefix, value) for prefix, values in FAMILIES.items() for value in values}
    posts = {"grid_chief", "grid_worker", "area_chief", "building_chief", "leader_assignment"}
    posts |= {g.kind for county in COUNTIES.values() for g in county.duty.leaders}
    wanted |= {f"post.{kind}" for kind in posts}
    assert wanted - catalogue().keys() == set()
    assert CATEGORIES >= PARTY_CATEGORIES


def test_every_fault_and_note_of_the_importers_has_a_sentence() -> None:
    codes = set()
    for file, tree in trees().items():
        # Files of getu coverage and getu site have sentences of their own, in that command.
        if "importers" not in file.parts or file.name == "coverage_files.py":
            continue
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Call) and node.args):
                continue
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            first = node.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                if name == "add" and "faults" in ast.unparse(node.func):
                    codes.add(f"finding.{first.value}")
                elif name == "Note":
                    codes.add(first.value)
    assert len(codes) > 40
    assert codes - catalogue().keys() == set()


def test_no_text_is_there_that_nothing_uses() -> None:
    used = {value for value, _ in constants()}
    used |= {join(prefix, value) for prefix, values in FAMILIES.items() for value in values}
    unused = {
        key
        for key in catalogue()
        if key not in used
        and not key.startswith(OPEN_FAMILIES)
        # Faults are named by the part behind the dot.
        and not (key.startswith("finding.") and key.partition(".")[2] in used)
    }
    assert unused == set()


def test_both_languages_fill_the_same_places() -> None:
    wrong = [
        key
        for key, entry in catalogue().items()
        if set(entry) != set(LANGUAGES) or placeholders(entry["zh"]) != placeholders(entry["en"])
    ]
    assert wrong == []


def test_english_sentences_hold_no_chinese() -> None:
    chinese = {k for k, entry in catalogue().items() if re.search(r"[\u4e00-\u9fff]", entry["en"])}
    assert chinese == {"desk.other_language"}  # the other language calls itself by its own name


def test_every_call_gives_what_its_sentence_asks_for() -> None:
    wrong = []
    for file, tree in trees().items():
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Call) and node.args):
                continue
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            first = node.args[0]
            key = first.value if isinstance(first, ast.Constant) else None
            if name not in ("text", "say") or not isinstance(key, str) or key not in catalogue():
                continue
            wanted = placeholders(catalogue()[key]["zh"])
            values = node.args[2:] if name == "text" else node.args[1:]
            where = f"{file.relative_to(ROOT)}:{node.lineno} {key}"
            if wanted and not values:
                wrong.append(where)
            elif values and isinstance(values[0], ast.Dict):
                given = {k.value for k in values[0].keys if isinstance(k, ast.Constant)}
                if not wanted <= given:
                    wrong.append(where)
    assert wrong == []


def test_a_key_that_is_not_there_is_an_error() -> None:
    with pytest.raises(KeyError):
        text("desk.no_such_text", "zh")


def test_a_sentence_is_filled_in_the_readers_language() -> None:
    values = {"minutes": 15}
    key = "service_circles.minutes"
    for lang in LANGUAGES:
        assert text(key, lang, values) == catalogue()[key][lang].replace("{minutes}", "15")


@pytest.mark.parametrize(
    ("value", "shown"),
    [(None, "—"), (0, "0"), (47846, "47,846"), (1.25, "1.2"), (3.0, "3"), (-1200, "-1,200")],
)
def test_numbers_are_written_with_thousands_separators(value: float | None, shown: str) -> None:
    assert number(value) == shown


@pytest.mark.parametrize(
    ("share", "shown"),
    [
        (None, "—"),
        (0.875, "87.5%"),
        (1.0, "100.0%"),
        (0.0, "0.0%"),
        (0.99999, ">99.9%"),
        (0.0001, "<0.1%"),
    ],
)
def test_shares_are_written_as_percentages(share: float | None, shown: str) -> None:
    assert percent(share) == shown
