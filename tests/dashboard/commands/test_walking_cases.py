"""Small files that went wrong: which streets are walked along is judged alike everywhere."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dashboard.commands import main
from layers.kit.ground.ways import is_known, street_class

CASES = Path(__file__).parent / "cases" / "walking"


@pytest.mark.parametrize("case", ["access", "class_motorway", "class_construction"])
def test_a_street_that_nobody_may_walk_carries_nobody(
    case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = CASES / case
    code = main([
        "coverage", "--buildings", str(folder / "b.geojson"),
        "--streets", str(folder / "s.geojson"), "--stations", str(folder / "st.geojson"),
        "--out", str(tmp_path / "out.gpkg"), "--report", str(tmp_path / "report.json"),
    ])  # fmt: skip
    said = capsys.readouterr().err
    # The only street is closed: the same answer as for a file of motorways under ``highway``.
    assert (code, "nothing can be walked" in said) == (2, True)


def test_an_unknown_class_is_named_by_its_row_and_left_out(tmp_path: Path) -> None:
    folder = CASES / "class_motorway"
    streets = json.loads((folder / "s.geojson").read_text(encoding="utf-8"))
    one = streets["features"][0]
    streets["features"] = [
        {**one, "properties": {"class": word}} for word in ("Residential", "boulevard", "motorway")
    ]
    (tmp_path / "s.geojson").write_text(json.dumps(streets), encoding="utf-8")
    code = main([
        "coverage", "--buildings", str(folder / "b.geojson"),
        "--streets", str(tmp_path / "s.geojson"), "--stations", str(folder / "st.geojson"),
        "--out", str(tmp_path / "out.gpkg"), "--report", str(tmp_path / "report.json"),
    ])  # fmt: skip
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    found = {f["code"]: f for f in report["findings"]}
    assert (code, report["by_minutes"][-1]["covered"]) == (1, 5)
    assert found["street_class_unknown"]["row"] == 2
    assert "boulevard" in found["street_class_unknown"]["message"]
    assert found["street_not_walkable"]["message"].startswith("1 streets may not be walked")


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({"highway": "residential"}, "street"),
        ({"highway": "Primary_link"}, "main_street"),
        ({"highway": "巷"}, "lane"),
        ({"highway": "corridor"}, "path"),
        ({"highway": "service", "service": "alley"}, "lane"),
        ({"highway": "alley"}, "lane"),
        ({"highway": "street", "access": "no"}, None),
        ({"highway": "street", "access": "no", "foot": "permissive"}, "street"),
        ({"highway": "street", "access": "private"}, "street"),
        ({"highway": "street", "foot": "private"}, None),
        ({"highway": "trunk", "motorroad": "yes"}, None),
        ({"highway": "pedestrian", "area": "yes"}, "street"),
        ({"highway": "footway", "area": "yes"}, None),
        ({"highway": "motorway_link"}, None),
        ({"highway": "construction"}, None),
        ({"highway": "boulevard"}, None),
        ({}, None),
    ],
)
def test_one_table_judges_every_street(tags: dict[str, str], expected: str | None) -> None:
    assert street_class(tags) == expected


def test_words_that_are_known_are_told_from_those_that_are_not() -> None:
    assert [is_known(w) for w in ("motorway", "construction", "steps", "boulevard")] == [
        True, True, True, False,
    ]  # fmt: skip
