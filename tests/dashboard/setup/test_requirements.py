"""What the program imports is what ./run installs, not what the tests bring along."""

from __future__ import annotations

import ast
import re
import sys
from importlib.metadata import packages_distributions

from tests.conftest import ROOT
from tests.sources import nodes

OWN = {"layers", "data", "dashboard"}


def imported() -> set[str]:
    """Return the top-level modules of others that the program's own files import anywhere."""
    found: set[str] = set()
    files = [ROOT / "app.py", *(f for own in OWN for f in (ROOT / own).rglob("*.py"))]
    for file in files:
        for node in nodes(file):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                found.add(node.module.partition(".")[0])
    return found - OWN - sys.stdlib_module_names


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_every_package_that_the_program_imports_is_pinned_for_run() -> None:
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    pinned = {plain(line.partition("==")[0]) for line in lines if "==" in line}
    owners = packages_distributions()
    missing = {m for m in imported() if not {plain(d) for d in owners.get(m, [])} & pinned}
    assert missing == set()
