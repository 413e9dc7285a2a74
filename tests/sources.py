"""The program's own source, parsed once a worker for the tests that read it."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path


@cache
def nodes(file: Path) -> tuple[ast.AST, ...]:
    """Return every node of a Python file."""
    return tuple(ast.walk(ast.parse(file.read_text(encoding="utf-8"))))
