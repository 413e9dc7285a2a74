"""Rows leave ``data/`` as values with names: what is still untyped above it only goes down.

``LEFT`` says how many ``RowMapping`` and ``dict[str, Any]`` a file above ``data/`` still has: the
rest of issue 9, item 3. A file that is not in the list gets none. Who types a row lowers its file.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
UNTYPED = re.compile(r"\bRowMapping\b|dict\[str, Any\]")
LEFT = {}


def test_no_file_above_data_gets_more_rows_without_names() -> None:
    more = {}
    for floor in ("layers", "dashboard"):
        for path in sorted((ROOT / floor).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            count = len(UNTYPED.findall(path.read_text(encoding="utf-8")))
            if count > LEFT.get(name, 0):
                more[name] = (count, LEFT.get(name, 0))
    assert more == {}, "give these rows a frozen value or a TypedDict: (has, may have)"


def test_the_list_of_what_is_left_names_files_that_are_there() -> None:
    assert [name for name in LEFT if not (ROOT / name).is_file()] == []


def test_a_callback_takes_at_most_ten_arguments_of_the_browser() -> None:
    """Question values, not 14-16 arguments: ``def`` lines right below an ``@app.callback``."""
    many = {}
    for path in sorted((ROOT / "dashboard" / "pages").rglob("*callbacks.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and any(
                isinstance(d, ast.Call)
                and isinstance(d.func, ast.Attribute)
                and d.func.attr == "callback"
                for d in node.decorator_list
            ):
                body = (node.end_lineno or 0) - node.lineno + 1
                if len(node.args.args) > 10 or body > 45:
                    many[f"{path.name}: {node.name}"] = (len(node.args.args), body)
    assert many == {}
