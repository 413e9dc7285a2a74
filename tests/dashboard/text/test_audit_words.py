"""What the program writes into the audit has words, and words are of what it writes."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from dashboard.pages.audit.routes import FIELDS
from dashboard.text import catalogue
from dashboard.text.audit import detail_words, origin_words, subject_key, subject_words
from data.importers.run import READERS
from layers.buildings.edit import Kind as EditKind
from layers.grids.plan.stroke import Kind as StrokeKind

ROOT = Path(__file__).resolve().parents[3]
WRITERS = ("record", "_record", "_note")
TOLD = ("told", "detail")


def written() -> Iterator[ast.AST]:
    """Give what is told of an entry, in every file that makes entries."""
    for folder in ("dashboard", "data", "layers"):
        for file in (ROOT / folder).rglob("*.py"):
            source = file.read_text(encoding="utf-8")
            if re.search(r"\b_?(record|note)\(", source) is None:
                continue
            for node in ast.walk(ast.parse(source)):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") in WRITERS:
                    yield from (a for a in node.args if not isinstance(a, ast.Call))
                elif isinstance(node, ast.Assign) and any(
                    isinstance(to, ast.Name) and to.id in TOLD for to in node.targets
                ):
                    yield node.value


def keys() -> set[str]:
    return {
        key.value
        for told in written()
        for part in ast.walk(told)
        if isinstance(part, ast.Dict)
        for key in part.keys
        if isinstance(key, ast.Constant) and isinstance(key.value, str)
    }


def kinds() -> set[str]:
    """Return the kinds of subjects: what stands before a colon at the begin of an f-string."""
    heads = {
        told.values[0].value
        for told in written()
        if isinstance(told, ast.JoinedStr) and isinstance(told.values[0], ast.Constant)
    }
    return {str(head).removesuffix(":") for head in heads if str(head).endswith(":")}


def test_whatever_is_told_of_an_entry_has_words() -> None:
    named = {key.partition(".")[2] for key in catalogue() if key.startswith("audit_detail.")}
    assert (keys() | set(FIELDS)) - named == set()
    assert {"kind", "second_step", "endpoint"} <= keys()


def test_every_kind_of_subject_has_words() -> None:
    named = {key.partition(".")[2] for key in catalogue() if key.startswith("audit_subject.")}
    assert kinds() - named == set()
    assert {"plan", "building", "address"} <= kinds()


@pytest.mark.parametrize(
    ("subject", "zh", "en"),
    [
        ("plan:12", "方案 12", "plan 12"),
        ("address:/admin/audit", "/admin/audit", "/admin/audit"),
        ("case_set:3", "旧网格 3", "old grids 3"),
        ("nothing:known", "nothing known", "nothing known"),
        ("", "", ""),
    ],
)
def test_a_subject_is_told_in_words(subject: str, zh: str, en: str) -> None:
    assert (subject_words(subject, "zh"), subject_words(subject, "en")) == (zh, en)
    if not subject.startswith("nothing"):
        assert (subject_key(zh), subject_key(en)) == (subject, subject)


def test_keys_and_kinds_are_looked_for_as_before() -> None:
    for asked in ("plan:12", "plan", "方案:", "address:/x", ""):
        assert subject_key(asked) == asked
    assert (subject_key("方案"), subject_key("方案12"), subject_key("Plan 12")) == (
        "plan", "plan:12", "plan:12",
    )  # fmt: skip


@pytest.mark.parametrize("kind", [*get_args(StrokeKind), *get_args(EditKind), *READERS])
def test_a_kind_is_told_in_words(kind: str) -> None:
    assert kind not in detail_words({"kind": kind}, "zh")


def test_details_are_told_in_words() -> None:
    told = {
        "role": "planner",
        "scope": "52",
        "was": {"role": "viewer"},
        "endpoint": "x",
        "to": None,
    }
    assert detail_words(told, "zh") == "角色：网格业务员；负责范围：52；原来（角色：领导）"
    assert detail_words(told, "en") == "role: Planner; scope: 52; before it (role: Leader)"
    assert detail_words({"scope": "all"}, "zh") == "负责范围：全部"
    assert detail_words({"second_step": "set up", "replace": False}, "zh") == (
        "第二步：已设置；覆盖原有：否"
    )
    assert detail_words({"of": {"plan_id": 7}, "method": "POST"}, "zh") == (
        "打开的（方案：7）；要求：更改"
    )
    assert (origin_words("command", "zh"), origin_words("::1", "zh")) == ("命令行", "::1")
