"""Borders that leave gaps and overlaps: faces, areas and buildings in doubt, what results."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from shapely import affinity
from sqlalchemy import Connection, text

from data.cases import read
from data.engine import program_engine
from data.importers.judging.kind import ImportOptions
from data.importers.run import run_import
from data.plans import read as plans
from layers.grids.cases.border_apply import apply
from layers.grids.cases.border_store import fill_borders, preview
from layers.grids.cases.borders import building_shares, cut_faces, find_areas, redraw, snapped
from layers.grids.cases.store import Ruling, rule, rule_all
from layers.grids.drafts.plot_store import PlotStore
from layers.grids.drafts.publishing import plan_states
from layers.kit.errors import ConflictError, InputError
from tests.demonstration import Loaded, load_once
from tests.layers.grids.cases.messy import communities, pushed, write
from tests.properties import examples

M = 1 / 111_320  # a metre, in degrees of this flat little county


def metric(shapes: np.ndarray) -> np.ndarray:
    return np.asarray(shapely.transform(np.asarray(shapes, object), lambda xy: xy / M), object)


def boxes(*bounds: tuple[float, float, float, float]) -> np.ndarray:
    return np.array([shapely.box(*(v * M for v in b)) for b in bounds], object)


OUTLINE = boxes((0, 0, 200, 100))[0]
BOTH = np.array([True, True])


def tiles(shapes: np.ndarray, outline: Any = OUTLINE) -> bool:
    known = np.array([s for s in shapes if s is not None], object)
    apart = shapely.symmetric_difference(shapely.union_all(known), outline).area
    return bool(shapely.coverage_is_valid(known)) and apart < 1e-9 * outline.area


def test_an_overlap_and_a_gap_are_areas_with_their_neighbours() -> None:
    # Overlap 90 … 110 m; the right one ends 10 m early.
    faces = cut_faces(boxes((0, 0, 110, 100), (90, 0, 190, 100)), OUTLINE, metric)
    overlap, gap = find_areas(faces, BOTH, metric)
    assert (overlap.kind, round(overlap.area_m2)) == ("area_overlap", 2000)
    assert [(k, round(m)) for k, m in overlap.claims] == [(0, 100), (1, 100)]
    assert (gap.kind, round(gap.area_m2)) == ("area_gap", 1000)
    assert [(k, round(m)) for k, m in gap.claims] == [(1, 100)]
    assert not overlap.is_narrow


def test_the_border_of_the_file_is_proposed_over_one_that_stands() -> None:
    faces = cut_faces(boxes((0, 0, 110, 100), (90, 0, 200, 100)), OUTLINE, metric)
    (area,) = find_areas(faces, np.array([False, True]), metric)
    assert area.claims[0][0] == 1


def test_a_narrow_strip_is_told_from_land() -> None:
    faces = cut_faces(boxes((0, 0, 101, 100), (100, 0, 200, 100)), OUTLINE, metric)
    (area,) = find_areas(faces, BOTH, metric)
    assert area.is_narrow


def test_a_building_belongs_to_whoever_holds_more_than_half_without_dispute() -> None:
    faces = cut_faces(boxes((0, 0, 110, 100), (90, 0, 200, 100)), OUTLINE, metric)
    shares = building_shares(
        faces, boxes((70, 0, 95, 10), (95, 0, 105, 10), (85, 0, 100, 10), (104, 20, 140, 30))
    )
    # 20 of 25 m; none; 5 of 15 m; 30 of 36 m.
    assert [s.settled for s in shares] == [0, None, None, 1]
    assert round(shares[2].sure[0], 3) == 0.333
    assert shares[2].claimed[0] == pytest.approx(1.0)


def test_rulings_tile_the_county_and_keep_vertices() -> None:
    claimants = boxes((0, 0, 110, 100), (90, 0, 190, 100))
    faces = cut_faces(claimants, OUTLINE, metric)
    areas = find_areas(faces, BOTH, metric)
    done = redraw(faces, areas, [1, 1], [], 2, metric)
    assert tiles(done.shapes)
    left, right = metric(done.shapes)
    assert left.area == pytest.approx(90 * 100)
    assert right.area == pytest.approx(110 * 100)
    corners = set(map(tuple, shapely.get_coordinates(OUTLINE).tolist()))
    assert corners <= set(map(tuple, shapely.get_coordinates(done.shapes).tolist()))


def test_a_building_ruled_otherwise_takes_its_land_along() -> None:
    faces = cut_faces(boxes((0, 0, 110, 100), (90, 0, 200, 100)), OUTLINE, metric)
    areas = find_areas(faces, BOTH, metric)
    # The area goes right, the land 80 … 105 × 0 … 40 with its building left: 15 × 40 m of it.
    (plot,) = boxes((80, 0, 105, 40))
    done = redraw(faces, areas, [1], [(plot, 0)], 2, metric)
    assert tiles(done.shapes)
    assert metric(done.shapes)[0].area == pytest.approx(90 * 100 + 15 * 40)
    assert done.pieces.tolist() == [1, 1]


def test_an_exclave_is_seen() -> None:
    faces = cut_faces(boxes((0, 0, 130, 100), (70, 0, 200, 100)), OUTLINE, metric)
    areas = find_areas(faces, BOTH, metric)
    (plot,) = boxes((100, 40, 112, 52))  # amid the area: 144 m², no crumb
    done = redraw(faces, areas, [1], [(plot, 0)], 2, metric)
    assert done.pieces.tolist() == [2, 1]


def test_rounded_files_share_the_vertices_that_stand() -> None:
    stands = boxes((0, 0, 100, 100), (100, 0, 200, 100))
    rounded = shapely.transform(stands, lambda xy: np.round(xy + 0.1 * M, 6))
    assert shapely.equals(snapped(rounded, stands), stands).all()


coordinate = st.integers(-20, 180)
rectangle = st.tuples(coordinate, st.integers(-10, 80), st.integers(8, 150), st.integers(8, 90))


@settings(max_examples=examples(60))
@given(st.lists(rectangle, min_size=2, max_size=5), st.randoms(use_true_random=False))
def test_whatever_is_claimed_and_ruled_the_county_is_tiled(
    rectangles: list[tuple[int, int, int, int]], random: Any
) -> None:
    claimants = boxes(*[(x, y, x + w, y + h) for x, y, w, h in rectangles])
    assume(bool(shapely.intersects(shapely.buffer(OUTLINE, -M), claimants).any()))
    faces = cut_faces(claimants, OUTLINE, metric)
    assert faces.area_m2.sum() == pytest.approx(200 * 100)
    n = len(claimants)
    areas = find_areas(faces, np.ones(n, bool), metric)
    assert {f for a in areas for f in a.faces} == {
        i for i, claims in enumerate(faces.claims) if len(claims) != 1
    }
    assert all(area.claims for area in areas)
    done = redraw(faces, areas, [random.randrange(n) for _ in areas], [], n, metric)
    assert tiles(done.shapes)


# ---- in the database -------------------------------------------------------------------------

in_database = pytest.mark.database


@pytest.fixture
def sansui(request: pytest.FixtureRequest) -> Loaded:
    """Return a county of nine communities, shared: what is written is rolled back."""
    return load_once(request, "sansui")


@pytest.fixture
def c(sansui: Loaded) -> Any:
    engine = program_engine(sansui.server, pool_size=1, statement_timeout_s=None)
    with engine.connect() as connection:
        yield connection
        connection.rollback()
    engine.dispose()


def bring(c: Connection, loaded: Loaded, frame: gpd.GeoDataFrame, folder: Path) -> Any:
    path = write(frame, folder / "社区边界.gpkg", 4490)
    run_import(c, "borders", path, loaded.code, ImportOptions(made_by="甲"))
    return fill_borders(c, int(read.case_sets(c, loaded.code)[0].id))


def stored(c: Connection, loaded: Loaded) -> np.ndarray:
    rows = read.outlines(c, loaded.code)
    return np.array([shapely.from_wkb(bytes(r.geometry)) for r in rows], object)


def households(c: Connection, loaded: Loaded) -> dict[int, int]:
    loads = plans.community_loads(c, loaded.code, "resident")
    return {k: v[0] for k, v in loads.items()}


@in_database
def test_borders_that_stand_leave_nothing_in_doubt(
    c: Connection, sansui: Loaded, tmp_path: Path
) -> None:
    every = communities(sansui)
    frame = gpd.GeoDataFrame(
        {"code": every["code"].tolist()}, geometry=every.geometry.tolist(), crs=every.crs
    )
    head = bring(c, sansui, frame, tmp_path)
    assert head.cases == 0
    assert head.report["communities"][0]["settled_buildings"] == 4092
    change = preview(c, head.id)
    assert change.changed == ()
    assert len(change.moved) == 0


@in_database
def test_a_pushed_border_takes_buildings_along_in_one_transaction(
    c: Connection, sansui: Loaded, tmp_path: Path
) -> None:
    before, shapes, plot_store = households(c, sansui), stored(c, sansui), PlotStore()
    plans_before = [asdict(r) for p in plans.plan_heads(c, sansui.code) if p.published_at
                    for r in plans.plan_grids(c, p.id)]  # fmt: skip
    head = bring(c, sansui, pushed(sansui, 25), tmp_path)
    kinds = {r.kind for r in read.standing(c, head.id)}
    assert {"area_overlap", "overlap"} <= kinds
    (sums,) = head.report["communities"]
    assert sums["settled_households"] + sums["case_households"] == sum(before.values())
    with pytest.raises(ConflictError, match="wait for a ruling"):
        preview(c, head.id)
    rule_all(c, head.id, "proposal", "甲")
    change = preview(c, head.id)
    assert len(change.moved) > 5
    report = apply(c, plot_store, head.id, "甲")["change"]
    # Every household is still there, in the community that the preview said.
    after = households(c, sansui)
    assert sum(after.values()) == sum(before.values())
    said = {r["id"]: r["came_households"] - r["went_households"] for r in report["communities"]}
    assert {k: after[k] - before[k] for k in said} == said
    # The communities tile the county exactly, with shared vertices.
    now = stored(c, sansui)
    assert shapely.coverage_is_valid(now)
    assert tiles(now, shapely.union_all(shapes))
    # Codes go along, counts too; plans that are published stand as they were.
    wrong = c.execute(
        text(
            "SELECT count(*) FROM building b JOIN division d ON d.id = b.community_id LEFT"
            " JOIN building_count bc ON bc.building_id = b.id WHERE b.code <> d.code OR"
            " bc.code <> b.code"
        )
    ).scalar_one()
    assert wrong == 0
    plans_after = [asdict(r) for p in plans.plan_heads(c, sansui.code) if p.published_at
                   for r in plans.plan_grids(c, p.id)]  # fmt: skip
    assert plans_after == plans_before
    # The draft that carries them over is whole.
    plan = read.case_set(c, head.id).plan_id
    states = plan_states(c, plot_store, plans.plan_head(c, plan))
    assert {s.about.community_id for s in states} == {r["id"] for r in report["communities"]}
    for state in states:
        held = sum(load.households for load in state.plan.loads.values())
        assert held == after[state.about.community_id]
    with pytest.raises(ConflictError):
        apply(c, plot_store, head.id, "甲")


@in_database
def test_a_building_keeps_its_community_by_a_ruling(
    c: Connection, sansui: Loaded, tmp_path: Path
) -> None:
    head = bring(c, sansui, pushed(sansui, 25), tmp_path)
    labels = list(read.claimants(c, head.id, 4490)["label"])
    row = next(r for r in read.items(c, head.id) if r.kind == "overlap")
    own = labels.index(row.code)
    assert row.proposal != own
    rule(c, head.id, Ruling((row.id,), own, False, "乙", head.sequence))
    change = preview(c, head.id, accept=True)
    moved = {change.known.buildings["id"].iloc[at] for at in change.moved.tolist()}
    assert row.building_id not in moved


@in_database
def test_borders_or_buildings_that_changed_since_ask_for_the_file_again(
    c: Connection, sansui: Loaded, tmp_path: Path
) -> None:
    head = bring(c, sansui, pushed(sansui, 25), tmp_path)
    c.execute(
        text("UPDATE building SET version = version + 1 WHERE code LIKE :code"),
        {"code": f"{sansui.code}%"},
    )
    with pytest.raises(ConflictError, match="bring the file in again"):
        preview(c, head.id, accept=True)


@in_database
def test_a_community_that_the_county_does_not_have_is_a_fault(
    c: Connection, sansui: Loaded, tmp_path: Path
) -> None:
    frame = pushed(sansui, 5).assign(code=f"{sansui.code}999999", name="无名社区")
    with pytest.raises(InputError) as refused:
        bring(c, sansui, frame, tmp_path)
    assert {f.code for f in refused.value.findings if f.severity == "error"} == {
        "community_unknown"
    }
    assert read.case_sets(c, sansui.code) == []


@in_database
def test_messy_borders_of_every_community_tile_again(
    c: Connection, sansui: Loaded, tmp_path: Path
) -> None:
    every = communities(sansui)
    random = np.random.default_rng(5)
    shapes = [
        affinity.translate(shape, *random.normal(0, 6, 2))
        .simplify(1.0)
        .buffer(float(random.uniform(-3, 3)), join_style="mitre")
        for shape in every.geometry
    ]
    frame = gpd.GeoDataFrame({"name": every["name"].tolist()}, geometry=shapes, crs=every.crs)
    head = bring(c, sansui, frame, tmp_path)  # by name: the file has no codes
    assert head.cases > 10
    change = preview(c, head.id, accept=True)
    assert tiles(change.redrawn.shapes, shapely.union_all(stored(c, sansui)))
    assert change.problems == ()
