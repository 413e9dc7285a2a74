"""The words of the glossary: one Chinese word for a thing, wherever the program says something."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboard.text import catalogue
from dashboard.text.help import sentences
from dashboard.text.notes import notes
from dashboard.text.refusals import refusals
from tests.sources import nodes

ROOT = Path(__file__).resolve().parents[3]
# The wrong word, and the one of docs/glossary.md that is said.
WRONG = {
    r"草案": "草稿: a plan that may still change",
    r"地块": "基本单元, 楼栋单元: 地块 is a land parcel",
    r"(?<![按各个这本栋])单元被": "基本单元: 单元 is a building's part",
    r"一般网格|普通网格|通用网格": "综合网格",
    r"走不[到了]|[赶到]不[到了]": "超时, or 超过 … 分钟: eleven minutes are no wall",
    r"[不未没][有能]?[接通连][不上到通]*(?:街道|道路|路网)": "未连到街道",
    r"[接连]不[上到通](?:街道|道路|路网)": "未连到街道",
}
RIGHT = ("未连到街道",)
# Files of people, in their words; towns that are made, in those of their maps.
READ = ("data/sample", "data/importers", "layers/households")


def said() -> Iterator[tuple[str, str]]:
    """Give every Chinese sentence of the program, and where it stands."""
    for key, entry in catalogue().items():
        yield key, entry["zh"]
    yield from refusals().items()
    yield from sentences().items()
    yield from notes().items()
    for folder in ("dashboard", "layers", "data"):
        for file in (ROOT / folder).rglob("*.py"):
            where = str(file.relative_to(ROOT))
            if where.startswith(READ):
                continue
            found = nodes(file)
            # Docstrings say which words are not to be used.
            told = {id(node.value) for node in found if isinstance(node, ast.Expr)}
            for node in found:
                if not isinstance(node, ast.Constant) or id(node) in told:
                    continue
                if isinstance(node.value, str):
                    yield f"{where}:{node.lineno}", node.value
    for kind in ("*.html", "*.js"):
        for file in (*(ROOT / "dashboard").rglob(kind), *(ROOT / "assets").rglob(kind)):
            if not {"vendor", "built"} & set(file.parts):
                written = file.read_text(encoding="utf-8")
                yield str(file.relative_to(ROOT)), re.sub(r"(?m)^\s*(//|\*|/\*).*$", "", written)


@pytest.mark.parametrize("wrong", WRONG)
def test_a_thing_has_the_word_of_the_glossary(wrong: str) -> None:
    found = {
        where: match.group()
        for where, sentence in said()
        for match in re.finditer(wrong, sentence)
        if not match.group().startswith(RIGHT)
    }
    assert found == {}, WRONG[wrong]


@pytest.mark.parametrize(
    ("sentence", "wrong"),
    [
        ("先打开一个方案或草案", True),
        ("未连到街道的楼栋", False),
        ("楼栋不通道路", True),
        ("接不上路网的住户", True),
        ("没有连到街道", True),
        ("请按单元分别登记", False),
        ("{minutes} 分钟走不到的户数", True),
    ],
)
def test_the_rule_finds_siblings(sentence: str, wrong: bool) -> None:
    found = [m for rule in WRONG for m in re.finditer(rule, sentence)]
    assert any(not m.group().startswith(RIGHT) for m in found) == wrong
