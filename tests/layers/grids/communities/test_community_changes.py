"""社区析置 on a county: everything goes along, old days still answer, and it can be taken back."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
import shapely
from sqlalchemy import Connection, text

from dashboard.exports.plan import export_plan
from data.grids.read import grids_shown
from data.plans import read
from layers.grids.communities.change import prepare
from layers.grids.communities.codes import Official, enter_code
from layers.grids.communities.reversal import take_back
from layers.grids.drafts.making import DraftOrder as Draft
from layers.grids.drafts.making import make_draft
from layers.grids.drafts.publishing import publish
from layers.kit.errors import ConflictError, InputError
from tests.layers.grids.communities.conftest import Town

pytestmark = pytest.mark.database
DAY = date(2026, 10, 31)
BEFORE = DAY - timedelta(days=1)
VALID = """
    SELECT ST_AsBinary(geom) AS geometry FROM division
    WHERE kind = 'community' AND code LIKE :county AND valid_to IS NULL
"""
HELD = """
    SELECT coalesce(sum(bc.value), 0) FROM building b
    JOIN building_count bc ON bc.building_id = b.id
    WHERE bc.measure = 'resident' AND b.code LIKE :county AND bc.code = b.code
      AND b.code = (SELECT code FROM division d WHERE d.id = b.community_id AND d.valid_to IS NULL)
"""
TABLES = (
    "division", "plot", "plot_building", "plot_neighbour", "building", "building_count",
    "building_address", "station", "station_hours", "demand", "estate", "grid", "grid_code",
    "post", "post_holding", "organisation", "area", "plan", "plan_community", "plan_grid",
    "plan_assignment", "tessellation", "division_successor", "former_plot",
)  # fmt: skip


def plot_ids(c: Connection, tessellation_id: int) -> list[int]:
    """Return the ids of a tessellation's plots, in the order of their positions."""
    rows = c.execute(text("SELECT id FROM plots_of(:t) ORDER BY id"), {"t": tessellation_id})
    return [int(r.id) for r in rows]


def everything(town: Town) -> dict[str, list[str]]:
    """Return every row of the tables that a change writes, without geometry."""
    found = {}
    for table in TABLES:
        names = town.rows(
            "SELECT column_name AS name FROM information_schema.columns WHERE table_schema ="
            " 'getu' AND table_name = :t AND udt_name <> 'geometry' AND column_name NOT IN"
            " ('changed_at', 'version')",
            t=table,
        )
        columns = ", ".join(f'"{n["name"]}"' for n in names)
        found[table] = sorted(repr(dict(r)) for r in town.rows(f"SELECT {columns} FROM {table}"))
    return found


def test_a_split_tiles_the_county_and_keeps_every_household(town: Town) -> None:
    held = town.value(HELD)
    whole = shapely.union_all(town.shapes(VALID))
    done = town.split("北门社区", town.east("北门社区"))
    after = town.shapes(VALID)
    assert len(after) == 10
    assert shapely.coverage_is_valid(after)
    assert shapely.is_valid(after).all()
    assert shapely.union_all(after).symmetric_difference(whole).area < 1e-6 * whole.area
    assert town.value(HELD) == held
    for community in done.communities:
        plots = town.shapes(
            "SELECT ST_AsBinary(geom) AS geometry FROM plot WHERE community_id = :d", d=community
        )
        own = town.shapes(
            "SELECT ST_AsBinary(geom) AS geometry FROM division WHERE id = :d", d=community
        )[0]
        assert shapely.coverage_is_valid(plots)
        # A border that is straight in metres is bent in degrees: 2 m² of 1 km² either way.
        assert shapely.union_all(plots).symmetric_difference(own).area < 1e-5 * own.area


def test_plots_grids_and_buildings_keep_their_ids(town: Town) -> None:
    row = town.community("北门社区")
    grids = {r.grid_id for r in read.plan_grids(town.c, row.in_force, row.id)}
    plots = set(plot_ids(town.c, row.tessellation))
    done = town.split("北门社区", town.east("北门社区"))
    assert done.plan is not None
    now = {r.grid_id for r in read.plan_grids(town.c, done.plan)}
    assert grids <= now
    moved = town.rows("SELECT id FROM plot WHERE community_id = ANY(:d)", d=list(done.communities))
    assert {r["id"] for r in moved} == plots
    # The old tessellation still answers with the same plots, and its plan with the same grids.
    assert set(plot_ids(town.c, row.tessellation)) == plots
    stood = read.assignment(town.c, row.in_force, row.tessellation)
    assert set(stood.tolist()) == grids


def test_the_day_before_shows_the_old_community_and_the_day_itself_the_new(town: Town) -> None:
    before = [r.code for r in grids_shown(town.c, town.county, BEFORE)]
    town.split("北门社区", town.east("北门社区"))
    names = {r.community for r in grids_shown(town.c, town.county, DAY)}
    assert {"北门社区", "北门社区东"} <= names
    assert [r.code for r in grids_shown(town.c, town.county, BEFORE)] == before
    (old,) = town.rows(
        "SELECT valid_to FROM division WHERE code LIKE :county AND valid_to = :d", d=DAY
    )
    assert old["valid_to"] == DAY
    kept = town.rows("SELECT on_date, document_number FROM division_successor")
    assert [r["on_date"] for r in kept] == [DAY, DAY]


def test_the_new_community_has_a_temporary_code_and_its_grids_are_numbered_from_one(
    town: Town,
) -> None:
    done = town.split("北门社区", town.east("北门社区"), document_number="三府〔2026〕9号")
    rows = town.rows(
        "SELECT id, code, is_temporary FROM division WHERE id = ANY(:d) ORDER BY id",
        d=list(done.communities),
    )
    assert [(r["code"], r["is_temporary"]) for r in rows] == [
        ("522624002001", False),
        ("522624002901", True),
    ]
    grids = read.plan_grids(town.c, done.plan or 0, done.communities[1])
    assert sorted(g.number for g in grids) == list(range(1, len(grids) + 1))
    assert all(g.code == f"522624002901{g.number:03d}" for g in grids)
    # Duty follows the grid: the posts of these grids carry the new codes.
    posts = town.rows(
        "SELECT p.code, g.code AS grid FROM post p JOIN grid g ON g.id = p.grid_id WHERE"
        " g.code LIKE '522624002901%'"
    )
    assert posts
    assert all(p["code"] == p["grid"] for p in posts)


def test_stations_demands_and_buildings_stand_in_the_community_of_their_code(town: Town) -> None:
    demands = town.value("SELECT count(*) FROM demand WHERE code LIKE :county")
    done = town.split("北门社区", town.east("北门社区"))
    outline = dict(
        zip(
            done.communities,
            town.shapes(
                "SELECT ST_AsBinary(geom) AS geometry FROM division WHERE id = ANY(:d) ORDER BY id",
                d=list(done.communities),
            ),
            strict=True,
        )
    )
    stations = town.rows(
        "SELECT community_id, ST_AsBinary(geom) AS geometry FROM station WHERE community_id ="
        " ANY(:d)",
        d=list(done.communities),
    )
    assert stations
    for station in stations:
        point = shapely.from_wkb(bytes(station["geometry"]))
        own, other = (outline[station["community_id"]], *(
            o for i, o in outline.items() if i != station["community_id"]))  # fmt: skip
        assert own.distance(point) <= other.distance(point)
    assert town.value("SELECT count(*) FROM demand WHERE code LIKE :county") == demands
    wrong = town.value(
        "SELECT count(*) FROM demand x JOIN building b ON b.id = x.building_id WHERE x.code"
        " LIKE '522624002%' AND left(x.code, 12) <> b.code"
    )
    assert wrong == 0


def test_a_border_moves_and_edges_match_on_both_sides(town: Town) -> None:
    held = town.value(HELD)
    before = {
        name: town.value(
            "SELECT sum(households) FROM plan_grid WHERE plan_id = :p AND community_id = :d",
            p=town.community(name).in_force,
            d=town.community(name).id,
        )
        for name in ("翠屏社区", "新区社区")
    }
    done = town.move("翠屏社区", "新区社区", town.beside("翠屏社区", "新区社区"))
    assert shapely.coverage_is_valid(town.shapes(VALID))
    assert town.value(HELD) == held
    now = [
        sum(g.households for g in read.plan_grids(town.c, done.plan or 0, d))
        for d in done.communities
    ]
    assert sum(now) == sum(before.values())
    assert now[0] < before["翠屏社区"]
    for community in done.communities:
        plots = town.shapes(
            "SELECT ST_AsBinary(geom) AS geometry FROM plot WHERE community_id = :d", d=community
        )
        assert shapely.coverage_is_valid(plots)


@pytest.mark.parametrize("kind", ["split", "border"])
def test_taking_back_is_identity(town: Town, kind: str) -> None:
    before = everything(town)
    if kind == "split":
        done = town.split("翠屏社区", town.east("翠屏社区", 0.7))
    else:
        done = town.move("翠屏社区", "新区社区", town.beside("翠屏社区", "新区社区"))
    assert everything(town) != before
    take_back(town.c, done.change, "乙")
    after = everything(town)
    for table in TABLES:
        assert after[table] == before[table], table
    actions = [r["action"] for r in town.rows("SELECT action FROM audit_entry ORDER BY id")]
    assert actions[-2:] == [f"territory.{kind}", "territory.taken_back"]
    with pytest.raises(ConflictError, match="taken back already"):
        take_back(town.c, done.change, "乙")


def test_a_draft_of_the_old_community_is_readable_but_not_published(town: Town) -> None:
    row = town.community("北门社区")
    draft = make_draft(
        town.c, town.plot_store, town.county, Draft("旧草案", "甲", "in_force", (row.id,))
    )
    town.split("北门社区", town.east("北门社区"))
    head = read.hold_plan(town.c, draft)
    with pytest.raises(ConflictError, match="was split"):
        publish(town.c, town.plot_store, head, DAY)
    assert len(read.plan_grids(town.c, draft, row.id)) > 0


def test_the_official_code_reaches_every_row(town: Town) -> None:
    done = town.split("北门社区", town.east("北门社区"), on=BEFORE)
    new = done.communities[1]
    enter_code(
        town.c,
        town.county,
        Official(new, "522624002018", DAY, "甲", "北门东社区", "三民〔2026〕3号"),
    )
    (row,) = town.rows("SELECT code, name, is_temporary FROM division WHERE id = :d", d=new)
    assert dict(row) == {"code": "522624002018", "name": "北门东社区", "is_temporary": False}
    for table in (
        "building",
        "building_count",
        "plot",
        "station",
        "demand",
        "post",
        "organisation",
    ):
        left = town.value(f"SELECT count(*) FROM {table} WHERE code LIKE '522624002901%'")
        assert left == 0, table
    shown = [g.code for g in grids_shown(town.c, town.county, DAY)]
    assert any(code.startswith("522624002018") for code in shown)
    assert not any(code.startswith("522624002901") for code in shown)
    # The day before still answers under the temporary code.
    assert any(g.code.startswith("522624002901") for g in grids_shown(town.c, town.county, BEFORE))
    history = town.rows(
        "SELECT c.code FROM grid_code c JOIN plan_grid g ON g.grid_id = c.grid_id AND"
        " g.plan_id = :p AND g.community_id = :d WHERE g.number = 1 ORDER BY c.valid_from",
        p=done.plan,
        d=new,
    )
    assert [r["code"] for r in history][-2:] == ["522624002901001", "522624002018001"]


def test_what_cannot_be_done_is_refused_in_words(town: Town) -> None:
    east = town.east("北门社区")

    def refused(kind: Any, plots: tuple[int, ...], match: str, **more: Any) -> None:
        with pytest.raises(InputError, match=match):
            prepare(
                town.c, town.plot_store, town.county, town.wanted(kind, "北门社区", plots, **more)
            )

    refused("split", (), "nothing is chosen", name="新")
    refused("split", east, "needs a name")
    refused("split", east, "already", name="彩虹社区")
    refused("split", (0, 99_999), "does not have", name="新")
    refused("split", east, "data day", name="新", on=DAY + timedelta(days=1))
    refused("split", east, "present border since", name="新", on=date(2020, 1, 1))
    refused("border", east, "choose the community")
    far = town.community("新区社区").id
    refused("border", east, "two subdistricts", to=far)
    every = tuple(range(len(town.plots(town.community("北门社区").tessellation))))
    refused("split", every, "without any land", name="新")


def test_a_community_whose_plots_were_made_anew_is_told(town: Town) -> None:
    wanted = town.wanted("split", "北门社区", town.east("北门社区"), name="新")
    town.split("北门社区", town.east("北门社区"))
    with pytest.raises(Exception, match="does not exist any more"):
        prepare(town.c, town.plot_store, town.county, wanted)


@pytest.mark.parametrize("seed", range(4))
def test_random_splits_and_moves_keep_the_invariants(town: Town, seed: int) -> None:
    draw = np.random.default_rng(seed)
    held = town.value(HELD)
    names = ["朝阳社区", "河滨社区", "东门社区", "龙井社区"]
    name = names[seed]
    turn = draw.uniform(0, np.pi)
    plots = town.plots(town.community(name).tessellation)
    x, y = shapely.get_coordinates(shapely.point_on_surface(plots)).T
    along = x * np.cos(turn) + y * np.sin(turn)
    chosen = np.flatnonzero(along > np.quantile(along, draw.uniform(0.3, 0.7)))
    done = town.split(name, tuple(chosen.tolist()))
    assert shapely.coverage_is_valid(town.shapes(VALID))
    assert town.value(HELD) == held
    limit = read.policy(town.c, town.county).households_max
    grids = read.plan_grids(town.c, done.plan or 0)
    assert all(g.households <= limit or g.plots == 1 for g in grids)


def test_what_is_in_force_after_a_split_is_exported_whole(town: Town) -> None:
    whole = export_plan(town.c, town.county, "csv").content.decode("utf-8-sig").splitlines()
    town.split("北门社区", town.east("北门社区"))
    after = export_plan(town.c, town.county, "csv").content.decode("utf-8-sig").splitlines()
    assert len(after) == len(whole)
    assert sum(",522624002901," in line for line in after) > 0
    with pytest.raises(InputError, match="in force together"):
        export_plan(town.c, town.county, "xlsx")
    assert export_plan(town.c, town.county, "xlsx", community="北门社区东").content
