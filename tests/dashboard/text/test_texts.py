"""The text catalogue: every key that the code names is there, and nothing else is."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from pathlib import Path
from string import Formatter
from typing import get_args

import pytest

from dashboard.access.principal import ROLES
from dashboard.access.rights import Right
from dashboard.exports.audit import COLUMNS as AUDIT_COLUMNS
from dashboard.exports.coverage_tables import (
    BUILDING_COLUMNS,
    FIGURE_COLUMNS,
    GROUP_COLUMNS,
    SAID_COLUMNS,
)
from dashboard.exports.visit_sheet import COLUMNS
from dashboard.intake.old_grids import CASE_FINDINGS
from dashboard.pages.data_desk.files import KINDS as FILE_KINDS
from dashboard.pages.data_desk.files.jobs import STAGES
from dashboard.pages.data_desk.files.words import OPTIONS
from dashboard.pages.people.routes import DONE
from dashboard.text import LANGUAGES, catalogue, number, percent, text
from dashboard.text.findings import line, say, say_stored
from data.access.actions import ACTIONS
from data.access.seals import Fault
from data.backups.keeping import Trouble
from data.buildings.tables import HOUSEHOLD_MEASURES
from data.demands.read import DemandRow
from data.exporters.kinds import TEMPLATES
from data.exporters.workbooks import text_keys
from data.grids.read_rows import AreaRow, FaultRow, GridRow
from data.importers.run import READERS
from data.people.read import State
from data.sample.counties.declared import COUNTIES
from data.stations.tables import STATION_STATES, TIERS
from layers.coverage_gaps.answers.mending import REASONS
from layers.coverage_gaps.answers.scenario import KINDS
from layers.coverage_gaps.drawing import DRAWINGS
from layers.coverage_gaps.sitings import Goal, Weight, Where
from layers.demands.clock.clock import LineKind
from layers.demands.steps.next import Why
from layers.grids.judge.verdict import CHECKS
from layers.hot_spots.statistics.trends import CLASSES
from layers.kit.findings import Finding
from layers.service_circles.travel.response import DRIVABLE
from layers.service_circles.travel.way import WAYS
from layers.stations.layer import PARTY_CATEGORIES
from tests.sources import nodes

ROOT = Path(__file__).resolve().parents[3]
SOURCES = [
    file for folder in ("dashboard", "layers", "data") for file in (ROOT / folder).rglob("*.py")
]
SCRIPTS = sorted(
    f for f in (ROOT / "assets").rglob("*.js") if not {"vendor", "built"} & set(f.parts)
)

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
    "demand_why": {*get_args(Why)},
    "demand_line": {*get_args(LineKind), "weekend", "holiday", "off_hours"},
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
    "coverage_export": {*GROUP_COLUMNS, *SAID_COLUMNS, *BUILDING_COLUMNS, *FIGURE_COLUMNS},
    "rows": {
        *(f.name for row in (GridRow, AreaRow, FaultRow, DemandRow) for f in fields(row)),
        *("address", "children", "elderly", "grid", "grids", "tier", "walk_s", "yes", "no"),
    },
    "category": CATEGORIES,
    "audit_action": {*ACTIONS},
    "audit_fault": {*get_args(Fault)},
    "audit_log.column": {*AUDIT_COLUMNS},
    "people.role": {"all", *ROLES},
    "people.may": {"all", *ROLES},
    "people.state": {*get_args(State)},
    "people.done": {*DONE},
    "people.right": set(get_args(Right)) - {"open", "nobody"},
    "station_state": {*STATION_STATES},
    "measure": {*HOUSEHOLD_MEASURES},
    "weekday": {str(day) for day in range(1, 8)},
    "summary.tier": {*TIERS, "other"},
    "summary.within": {"5", "10", "15"},
    "published": {f.key for county in COUNTIES.values() for f in county.figures},
    "organisation": {o.kind for c in COUNTIES.values() for o in c.duty.organisations},
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
    "command.file": {
        *("buildings", "streets", "stations", "candidates", "file", "areas", "demands"),
        *("boundary", "water", "communities", "barriers", "entrances"),
    },
    "spot_class": {"hot", "cold", "none", "unknown"},
    "spot_trend": {f"{name}_{word}" for name in CLASSES for word in ("hot", "cold")},
    "command.check": {*CHECKS, "passed", "failed", "not_checked", "not_known"},
    "command.site": {
        *("unit_households", "unit_sites", "unit_household_seconds"),
        *("unit_weight", "unit_weight_seconds"),
    },
    "command.stage": {
        *("reading", "judging", "comparing", "writing", "waiting", "town", "plots", "plan"),
        *("old_plan", "ledger", "province", "divisions", "grids", "done"),
        *("buildings", "streets", "stations", "waters"),
    },
    "backup.trouble": {*get_args(Trouble)},
    "import.severity": {"error", "warning", "info"},
    "import.change": {"new", "changed", "gone"},
    "data_files.stage": {*STAGES},
    "data_files.option": {*OPTIONS},
    "data_files.help": {*FILE_KINDS},
}
# Families whose values come from imported data too: their lists may be longer than what the
# demonstrations use (the glossary's posts and organisations; figures of counties declared later).
# The words of the audit are those of keys that lie in a database (test_audit_words.py).
OPEN_FAMILIES = (
    *("post.", "organisation.", "published.", "import.count."),
    *("audit_subject.", "audit_detail.", "audit_value.", "audit_origin."),
)


def join(prefix: str, value: str) -> str:
    return f"{prefix}_{value}" if prefix.startswith("summary.") else f"{prefix}.{value}"


def calls() -> Iterator[tuple[Path, ast.Call]]:
    for file in SOURCES:
        for node in nodes(file):
            if isinstance(node, ast.Call):
                yield file, node


@cache
def constants() -> tuple[tuple[str, str], ...]:
    """Every piece of text in the code (Python and script) and where it stands."""
    written = [
        (node.value, f"{file.relative_to(ROOT)}:{node.lineno}")
        for file in SOURCES
        for node in nodes(file)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    quoted = [
        (found, script.name)
        for script in SCRIPTS
        for found in re.findall(r"'([^'\n]*)'", script.read_text(encoding="utf-8"))
    ]
    said = [
        (found, template.name)
        for template in (ROOT / "dashboard").rglob("*.html")
        for found in re.findall(r"say\('([^'\n]*)'[,)]", template.read_text(encoding="utf-8"))
    ]
    return (*written, *quoted, *said)


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


def test_every_note_of_the_importers_has_a_sentence() -> None:
    codes = {key for key, _ in first_values({"Note"})}
    assert len(codes) > 20
    assert codes - catalogue().keys() == set()


def first_values(callables: set[str]) -> Iterator[tuple[str, str]]:
    """Every text that is given first to one of these, and where; of ``a if b else c`` both."""
    for file, node in calls():
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        # Sets have ``add`` too, and pages have ``say``: those of findings are told apart.
        told = {"add": "faults", "rows": "faults", "say": "self", "hint": "self"}.get(name, "")
        if name not in callables or told not in ast.unparse(node.func):
            continue
        code = next((k.value for k in node.keywords if k.arg == "code"), None)
        first = node.args[0] if node.args else code
        choice = [first.body, first.orelse] if isinstance(first, ast.IfExp) else [first]
        for value in choice:
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                yield value.value, f"{file.relative_to(ROOT)}:{node.lineno}"


def finders() -> set[str]:
    """The names of what makes a finding of a code: ``Finding``, and functions that hand it on."""
    found = {"Finding", "PlanFinding", "_Bad"}
    functions = [
        node
        for file in SOURCES
        for node in nodes(file)
        if isinstance(node, ast.FunctionDef) and any(a.arg == "code" for a in node.args.args)
    ]
    while True:
        more = set(found)
        for node in functions:
            if any(
                isinstance(call, ast.Call)
                and getattr(call.func, "attr", getattr(call.func, "id", "")) in found
                and call.args
                and ast.unparse(call.args[0]) == "code"
                for call in ast.walk(node)
            ):
                more.add(node.name)
        if more == found:
            return found
        found = more


@cache
def finding_codes() -> dict[str, str]:
    """Every code that a finding can have, and one place that makes it."""
    found = dict(first_values(finders()))
    for file in SOURCES:
        for node in nodes(file):
            if isinstance(node, ast.Dict):  # the rows of a division job
                plain = {
                    k.value: v.value
                    for k, v in zip(node.keys, node.values, strict=True)
                    if isinstance(k, ast.Constant) and isinstance(v, ast.Constant)
                }
                if {"code", "severity"} <= plain.keys():
                    found[plain["code"]] = f"{file.relative_to(ROOT)}:{node.lineno}"
    return found | dict.fromkeys(CASE_FINDINGS.values(), "dashboard/intake/old_grids.py")


def test_every_finding_that_the_code_can_make_has_a_sentence() -> None:
    codes = finding_codes()
    assert len(codes) > 200
    said = {key.split(".")[1] for key in catalogue() if key.startswith("finding.")}
    assert {code: where for code, where in codes.items() if code not in said} == {}


def test_a_finding_says_what_it_knows() -> None:
    over = {"households": 305, "limit": 300, "over": 5}
    judged = Finding("grid_over_limit", subject="520381001", values=over)
    assert say(judged, "en") == "305 households, 5 over the limit of 300"
    assert line(judged, "zh") == "错误：520381001：305 户，超出上限 300 户 5 户"
    named = Finding("grid_over_limit", values={**over, "grid": "Grid 3"})
    assert say(named, "en") == "Grid 3 still holds 305 households, over the limit of 300."
    assert say_stored({"code": "grid_over_limit", "values": over}, "en") == say(judged, "en")
    cut = Finding("building_cut", row=4, values={"grids": ["1001", "1002"]})
    assert say(cut, "zh").endswith("1001、1002")
    assert line(cut, "en", "plan").startswith("error: plan row 4: ")


def test_a_grid_is_said_by_its_number_and_pointed_at_by_its_code() -> None:
    cut = Finding("building_cut", row=4, values={"grids": ["520381001001004", "520381001001012"]})
    assert say(cut, "zh") == "楼栋被网格界线切开：第4网格、第12网格"
    assert say(cut, "en").endswith("grid 4, grid 12")
    over = Finding("grid_over_limit", subject="520381001001004", values={
        "households": 305, "limit": 300, "over": 5,
    })  # fmt: skip
    assert line(over, "zh") == "错误：第4网格（520381001001004）：305 户，超出上限 300 户 5 户"
    # A building's number of as many digits, a community's code and a longer id stay what they are.
    moved = Finding("plots_moved", values={
        "plots": 2, "households": 9, "from": "520381001001000", "to": "9520381001001004",
    })  # fmt: skip
    assert "520381001001000" in say(moved, "zh")
    assert "9520381001001004" in say(moved, "zh")


def test_every_remedy_belongs_to_a_finding() -> None:
    codes = finding_codes()
    assert [
        k for k in catalogue() if k.startswith("remedy.") and k.split(".")[1] not in codes
    ] == []


def test_no_text_is_there_that_nothing_uses() -> None:
    used = {value for value, _ in constants()}
    used |= {join(prefix, value) for prefix, values in FAMILIES.items() for value in values}
    unused = {
        key
        for key in catalogue()
        if key not in used
        and not key.startswith(OPEN_FAMILIES)
        # Findings are named by the part behind the dot.
        and not (key.startswith(("finding.", "remedy.")) and key.split(".")[1] in used)
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
    for file, node in calls():
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        first = node.args[0] if node.args else None
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
