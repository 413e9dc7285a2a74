"""The scripts' types, lint and format hold: the programs that package.json pins say so."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from dashboard.setup import vendor
from tests import carry
from tests.assets.node import run_node

PROJECT = Path(__file__).resolve().parents[2]
ASSETS = PROJECT / "assets"
OURS = [
    file
    for kind in ("*.js", "*.ts")
    for root in (ASSETS, PROJECT / "tests" / "assets")
    for file in root.rglob(kind)
    if not {"vendor", "built"} & set(file.parts)
]


@cache
def programs() -> Path:
    """Return ``node_modules`` with what only checks need; skip where it cannot be fetched."""
    try:
        return vendor.packages(PROJECT, vendor.npm_programs(), development=True)
    except vendor.VendorError as error:
        pytest.skip(str(error))


def test_types_of_the_scripts_hold() -> None:
    compiler = str(programs() / "typescript/bin/tsc")
    project, known = str(PROJECT / "tsconfig.json"), str(PROJECT / carry.SCRIPTS)
    answer = run_node(compiler, "-p", project, "--incremental", "--tsBuildInfoFile", known)
    assert answer.stdout == ""
    assert answer.returncode == 0


def test_scripts_and_styles_are_linted_and_formatted() -> None:
    biome = programs() / "@biomejs/biome/bin/biome"
    answer = run_node(
        str(biome),
        "ci",
        "--colors=off",
        "--config-path",
        str(PROJECT),
        "--error-on-warnings",
        str(PROJECT),
    )
    assert answer.returncode == 0, answer.stdout[-6000:] + answer.stderr[-6000:]


def test_no_script_is_left_out_of_the_checks() -> None:
    left_out = re.compile(r"@ts-(ignore|nocheck|expect-error)|biome-ignore(?!.*: )")
    found = [f.name for f in OURS if left_out.search(f.read_text(encoding="utf-8"))]
    assert found == []


def test_no_script_replaces_a_function_of_another() -> None:
    """A module's exports are called, never assigned to: ``gestures.down = …`` is nowhere."""
    names = re.compile(r"import \* as (\w+) from '\.")
    wrong = []
    for file in OURS:
        text = file.read_text(encoding="utf-8")
        for name in names.findall(text):
            wrong += re.findall(rf"(?<![\w.]){name}\.\w+ = [^=]", text)
        wrong += re.findall(r"\w+\.prototype\.\w+ = ", text)
    assert wrong == []
