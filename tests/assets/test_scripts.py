"""The scripts' own tests, run by node's test runner."""

from __future__ import annotations

import re

import pytest

from tests.assets.node import HERE, run_node


@pytest.mark.parametrize("file", sorted(str(p.relative_to(HERE)) for p in HERE.rglob("*.test.js")))
def test_every_fact_of_the_scripts_holds(file: str) -> None:
    answer = run_node("--test", "--test-reporter=tap", file)
    failed = re.findall(r"^not ok \d+ - (.*)$", answer.stdout, re.MULTILINE)
    assert failed == [], answer.stdout[-4000:]
    assert answer.returncode == 0, answer.stderr
    passed = int(re.search(r"^# pass (\d+)$", answer.stdout, re.MULTILINE)[1])
    facts = len(re.findall(r"^test\(", (HERE / file).read_text(encoding="utf-8"), re.MULTILINE))
    assert passed >= facts > 0  # a file whose facts are not found passes silently
