"""Rows leave ``data/`` as values with names: frozen dataclasses, and TypedDicts for JSON.

``LEFT`` says what a file above ``data/`` still has of rows without names; ``GIVEN`` which public
functions of ``data/`` still hand such rows out. Who types one takes it from its list; nothing is
added. What fills the gaps of a sentence is ``layers.kit.words.Words``, a TypedDict on its way into
a jsonb column ``layers.kit.json.StoredJson``: they are no rows, and say so.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
UNTYPED = re.compile(
    r"\bRowMapping\b|\b(?:dict|Mapping)\[str, Any\]|\bdict\[str, object\]|\bRow\[Any\]"
    r"|\bSimpleNamespace\b"
)
LEFT = {
    "dashboard/components/plain.py": 3,  # what Dash's own components hold
    "dashboard/gate/callbacks.py": 4,  # what Dash says of its callbacks
}
GIVEN: dict[str, tuple[str, ...]] = {
    # By the name of a column, for the files that are written and judged inside ``data/`` only.
    "data/files/read_records.py": (
        "station_records",
        "demand_records",
        "holding_records",
        "organisation_records",
        "street_records",
        "building_records",
        "division_records",
        "grids_in_force",
    ),
}


def test_no_file_above_data_gets_more_rows_without_names() -> None:
    more = {}
    for floor in ("layers", "dashboard"):
        for path in sorted((ROOT / floor).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            count = len(UNTYPED.findall(path.read_text(encoding="utf-8")))
            if count > LEFT.get(name, 0):
                more[name] = (count, LEFT.get(name, 0))
    assert more == {}, "give these rows a frozen value or a TypedDict: (has, may have)"


def handed_out(path: Path) -> list[str]:
    """Return the public functions and methods of a module that return rows without names.

    A name that the module gives to such a row (``Record = dict[str, Any]``) hides nothing.
    """
    tree = ast.parse(path.read_text(encoding="utf-8"))
    aliases = [
        target.id
        for node in tree.body
        if isinstance(node, ast.Assign) and UNTYPED.search(ast.unparse(node.value))
        for target in node.targets
        if isinstance(target, ast.Name) and isinstance(node.value, ast.Subscript)
    ]
    hidden = re.compile("|".join([UNTYPED.pattern, *(rf"\b{name}\b" for name in aliases)]))
    scopes = [tree, *(n for n in tree.body if isinstance(n, ast.ClassDef))]
    return [
        node.name
        for scope in scopes
        for node in scope.body
        if isinstance(node, ast.FunctionDef)
        and not node.name.startswith("_")
        and node.returns is not None
        and hidden.search(ast.unparse(node.returns))
    ]


def test_data_hands_out_no_more_rows_without_names() -> None:
    found = {}
    for path in sorted((ROOT / "data").rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        if not name.startswith("data/rows/") and (names := handed_out(path)):
            found[name] = tuple(names)
    assert found == GIVEN, "give these a frozen value; take from GIVEN what has one"


def test_a_name_for_a_row_without_names_hides_nothing(tmp_path: Path) -> None:
    module = tmp_path / "read.py"
    module.write_text(
        "Record = dict[str, Any]\n\ndef plain() -> list[Record]: ...\n"
        "def _own() -> Record: ...\ndef typed() -> list[Row]: ...\n"
        "class Kept:\n    def held(self) -> RowMapping: ...\n"
    )
    assert handed_out(module) == ["plain", "held"]


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
