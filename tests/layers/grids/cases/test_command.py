"""``getu import --as grids``: cases wait, or a draft is made at once; a dry run changes nothing."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pytest
from sqlalchemy import Connection, text

from dashboard.intake.old_grids import bring
from dashboard.text import text as said
from data.cases import read
from data.importers.judging.kind import ImportOptions
from data.plans import read as plans
from tests.demonstration import Loaded
from tests.layers.grids.cases.messy import messy, write

pytestmark = pytest.mark.database
OPTIONS = ImportOptions(name="旧网格草案", made_by="甲")


@pytest.fixture
def path(own_grids: gpd.GeoDataFrame, tmp_path: Path) -> Path:
    return write(messy(own_grids, 7), tmp_path / "旧网格.gpkg", 4490)


def drafts(c: Connection) -> int:
    return int(c.execute(text("SELECT count(*) FROM plan WHERE published_at IS NULL")).scalar_one())


def test_cases_wait_and_it_is_said_where_to_rule(c: Connection, town: Loaded, path: Path) -> None:
    before = drafts(c)
    done = bring(c, "grids", path, town.code, OPTIONS)
    (head,) = read.case_sets(c, town.code)
    assert done.waits
    assert drafts(c) == before
    assert head.name == "旧网格草案"
    keys = dict(done.said)
    assert keys["import.cases_wait"]["address"].endswith(f"set={head.id}")
    # Every case is in the list of faults, as a sentence in both languages.
    listed = [f for f in done.summary.findings if f.code.startswith("grid_case_")]
    assert len(listed) == head.cases
    for finding in listed:
        for lang in ("zh", "en"):
            assert said(f"finding.{finding.code}", lang, finding.values)  # type: ignore[arg-type]


def test_the_rule_larger_makes_the_draft_at_once(c: Connection, town: Loaded, path: Path) -> None:
    before = drafts(c)
    done = bring(c, "grids", path, town.code, OPTIONS, rule="larger")
    assert not done.waits
    assert drafts(c) == before + 1
    told = dict(done.said)["import.cases_draft"]
    assert (told["grids"], told["households"]) == (11, 2672)
    plan = plans.plan_heads(c, town.code)[0]
    assert (plan.name, plan.made_by) == ("旧网格草案", "甲")


def test_a_layer_that_follows_plots_needs_no_ruling(
    c: Connection, town: Loaded, own_grids: gpd.GeoDataFrame, tmp_path: Path
) -> None:
    done = bring(c, "grids", write(own_grids, tmp_path / "a.gpkg", 4490), town.code, OPTIONS)
    assert not done.waits
    assert dict(done.said)["import.cases_draft"]["m2"] == 0


@pytest.mark.parametrize("rule", ["ask", "larger"])
def test_a_dry_run_says_what_would_be_and_changes_nothing(
    c: Connection, town: Loaded, path: Path, rule: str
) -> None:
    tables = ("plan", "case_set", "case_item", "case_claimant", "import_run", "grid")
    counts = [c.execute(text(f"SELECT count(*) FROM {t}")).scalar_one() for t in tables]
    options = ImportOptions(name="试", dry_run=True)
    done = bring(c, "grids", path, town.code, options, rule=rule)  # type: ignore[arg-type]
    assert done.summary.dry_run
    assert dict(done.said)["import.cases_settled"]["cases"] > 3
    # There is no set and no draft to open: nothing says where.
    assert all("/planner" not in said(key, "zh", values) for key, values in done.said)
    wanted = {"ask": set(), "larger": {"import.cases_would"}}[rule]
    assert {key for key, _ in done.said} - {"import.cases_settled"} == wanted
    assert [c.execute(text(f"SELECT count(*) FROM {t}")).scalar_one() for t in tables] == counts
