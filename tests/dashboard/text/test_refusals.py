"""No English sentence inside a Chinese page: every refusal that a page can show is translated."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from string import Formatter

import pytest
from flask import Flask

from dashboard.text.refusals import reader, refusal, refusals, told
from layers.kit.errors import ConflictError, InputError, Message, NotFoundError, message_of
from tests.sources import nodes

ROOT = Path(__file__).resolve().parents[3]
RAISED = {
    *("GetuError", "InputError", "CrsError", "SettingsError", "ServerError"),
    *("NotFoundError", "ConflictError"),
}
# What nobody reads in Chinese: the OGC interface (its errors are for programs), ``./run``, and
# what the makers of sample towns say of their own figures.
NOT_SHOWN = ("dashboard/ogc/", "dashboard/setup/installation.py", "data/sample/")
# A sentence that is handed on: the one who wrote it is found by its own ``Message``.
HANDED_ON = {
    ("data/importers/commands/coverage_files.py", "WHOLE_FILE"),
    ("layers/buildings/store.py", "_who"),
    ("layers/grids/drafts/saving.py", "_closed"),
    ("layers/buildings/pinning.py", "message"),
    ("data/stations/write_scenarios.py", "otherwise"),
    ("data/migrations/apart.py", "told"),
    ("layers/kit/errors.py", ""),
}
# Words inside sentences, and families of them (streets, needs of a stage).
WORDS = {
    *("document_number", "in_force_from", "comment", "by", "name", "reason", "as_of", "crs"),
    *("households", "persons", "address", "life_on", "expected_on", "month"),
    *("main_street", "street", "lane", "service", "track"),
}


def shown() -> list[Path]:
    files = [f for top in ("dashboard", "layers", "data") for f in (ROOT / top).rglob("*.py")]
    return [f for f in files if not str(f.relative_to(ROOT)).startswith(NOT_SHOWN)]


@cache
def sentences() -> tuple[dict[str, str], dict[str, str]]:
    """Sentences that can be raised, and raises whose sentence cannot be read, by place."""
    found: dict[str, str] = {}
    unread: dict[str, str] = {}
    for file in shown():
        name = str(file.relative_to(ROOT))
        for node in nodes(file):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            if node.func.id not in {*RAISED, "Said"} or not node.args:
                continue
            first = node.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                if first.value:  # without a sentence its findings speak
                    found[first.value] = f"{name}:{node.lineno}"
                continue
            handed_on = any((name, part) in HANDED_ON for part in (*names(first), ""))
            if not handed_on and not (node.func.id == "Said" and isinstance(first, ast.Name)):
                unread[f"{name}:{node.lineno}"] = ast.unparse(first)
    return found, unread


def names(node: ast.AST) -> set[str]:
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}


def gaps(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name is not None}


def test_every_refusal_is_a_sentence_with_named_gaps() -> None:
    assert sentences()[1] == {}


def test_every_refusal_that_a_page_can_show_is_there_in_chinese() -> None:
    missing = {s: where for s, where in sentences()[0].items() if s not in refusals()}
    assert missing == {}


def test_no_translation_is_left_of_a_refusal_that_is_gone() -> None:
    written = {
        node.value
        for file in shown()
        for node in nodes(file)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    # Sentences that SQL writes stand inside a longer constant.
    everything = "\n".join(written)
    assert {s for s in refusals() if s not in written | WORDS and s not in everything} == set()


def test_a_translation_fills_the_gaps_of_its_sentence_and_no_others() -> None:
    assert {s for s, chinese in refusals().items() if not gaps(chinese) <= gaps(s)} == set()


def test_a_translation_is_chinese() -> None:
    lead = re.compile(r"[一-鿿]")
    plain = {s for s, chinese in refusals().items() if not lead.search(chinese)}
    # One is names and numbers only: the page puts it into words (data_desk/buildings/panel.js).
    assert plain <= {"{what}: {by} · {kind} · {at}", "{faults}"}


def test_an_error_says_the_same_in_both_languages() -> None:
    error = InputError(
        "{name} must be at most {most} characters without NUL", name=Message("by"), most=60
    )
    assert str(error) == refusal(error, "en") == "by must be at most 60 characters without NUL"
    assert refusal(error, "zh") == "经办人 最多 60 个字符，且不能含空字符"


def test_a_sentence_without_translation_is_said_in_english() -> None:
    assert refusal(NotFoundError("no such thing as {what}", what="x"), "zh") == "no such thing as x"


def test_what_fills_a_gap_is_never_taken_for_a_gap() -> None:
    error = InputError("{name} is missing", name="{most}")
    assert str(error) == "{most} is missing"
    assert "{most}" in refusal(error, "zh")


def test_a_value_that_is_a_sentence_is_translated_with_it() -> None:
    closed = Message("the plan is at the stage {stage}: send it back before it is redrawn",
                  {"stage": "审批"})  # fmt: skip
    said = refusal(Message("{closed}; your stroke is kept in a branch", {"closed": closed}), "zh")
    assert not re.search(r"[A-Za-z]{3}", said)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_what_a_job_keeps_is_said_later_in_the_language_of_the_reader(lang: str) -> None:
    faults = (Message("choose at least one wish: fewest, round or balanced"),
              Message("give 1 to {most} seeds from 0 up", {"most": 8}))  # fmt: skip
    error = ConflictError("{faults}", faults=faults)
    line = error.said.line()
    assert message_of(line) == error.said
    assert told(line, "zh") == refusal(error, "zh")
    assert told(line, "en") == str(error)


def test_a_line_that_an_older_program_kept_is_shown_as_it_is() -> None:
    assert told("the town is too flat", "zh") == "the town is too flat"
    assert told('{"candidate": 3}', "zh") == '{"candidate": 3}'


@pytest.mark.parametrize(
    ("address", "accepts", "lang"),
    [
        ("/?lang=zh", "en", "zh"),
        ("/?lang=en", "zh", "en"),
        ("/", "zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("/", "en-GB", "en"),
        ("/", None, "en"),
    ],
)
def test_a_refusal_is_in_the_language_that_is_asked_for(
    address: str, accepts: str | None, lang: str
) -> None:
    headers = {"Accept-Language": accepts} if accepts else {}
    with Flask(__name__).test_request_context(address, headers=headers):
        assert reader() == lang
