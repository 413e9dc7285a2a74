"""What is noted on the terminal is in the language of who looks at it."""

from __future__ import annotations

import ast
import logging
import re

from dashboard.text.notes import Notes, notes
from tests.dashboard.text.test_texts import SOURCES
from tests.sources import nodes

SAID = {"info", "warning", "error", "exception"}
PLAIN = {"%s"}  # a line that is made elsewhere, in that language or in JSON


def noted() -> dict[str, str]:
    """Every sentence that the code notes, and where."""
    found = {}
    for file in SOURCES:
        for node in nodes(file):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            if node.func.attr not in SAID or not ast.unparse(node.func.value).endswith("logger"):
                continue
            first = node.args[0] if node.args else None
            if isinstance(first, ast.Constant):
                found[str(first.value)] = f"{file.name}:{node.lineno}"
    return found


def test_every_note_is_there_in_chinese_and_none_too_many() -> None:
    said = noted()
    assert len(said) > 25
    assert {s: where for s, where in said.items() if s not in notes().keys() | PLAIN} == {}
    assert notes().keys() - said.keys() == set()


def test_both_languages_have_the_same_gaps_in_the_same_order() -> None:
    gaps = r"%[sd]|%\.\df"
    assert [s for s, zh in notes().items() if re.findall(gaps, s) != re.findall(gaps, zh)] == []


def test_a_note_is_said_in_the_language_of_the_command() -> None:
    record = logging.LogRecord(
        "data", logging.INFO, "", 0, "migrated the database to %s", ("0025",), None
    )
    assert Notes("zh").format(record) == "数据库已升级到 0025"
    assert Notes("en").format(record) == "migrated the database to 0025"
