"""A county's board: figures against SQL and recomputation, ways, reasons, exports, adoption."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qsl

import numpy as np
import openpyxl
import pyogrio
import pytest
import shapely
from sqlalchemy import text

from dashboard.application import create_app
from dashboard.exports.coverage_tables import (
    SUFFIXES,
    as_csv,
    as_gpkg,
    as_xlsx,
    coverage_bytes,
    group_row,
)
from dashboard.exports.coverage_words import building_name, source_words
from dashboard.exports.visit_sheet import as_html, as_pdf, lay_visits
from dashboard.pages.coverage.what_if.actions import changes
from dashboard.pages.coverage.what_if.trial import trial
from dashboard.settings import read_settings
from data.engine import transaction
from data.stations import write_scenarios as scenarios
from layers.coverage_gaps.answers.gaps import Question, Site
from layers.coverage_gaps.answers.mending import minutes_up
from layers.coverage_gaps.answers.scenario import fold
from layers.coverage_gaps.answers.sums import total
from layers.coverage_gaps.drawing import answer_payload, buildings_payload
from layers.coverage_gaps.reasons import reason_for, ways_to
from layers.coverage_gaps.report import lay_report
from layers.coverage_gaps.store import Board
from layers.kit.errors import ConflictError, InputError, NotFoundError
from layers.kit.ids import BuildingId
from tests.dashboard.pages.coverage.conftest import board_of
from tests.demonstration import Loaded

pytestmark = pytest.mark.database


@pytest.fixture(scope="module")
def board(liping: Loaded) -> Board:
    return board_of(liping)


def test_households_and_people_are_those_of_the_database(board: Board, liping: Loaded) -> None:
    counted = {
        measure: liping.value(
            """
            SELECT sum(value) FROM (
                SELECT DISTINCT ON (bc.building_id) bc.value FROM building_count bc
                JOIN count_snapshot s ON s.id = bc.snapshot_id AND s.rolled_back_at IS NULL
                JOIN building b ON b.id = bc.building_id AND b.valid_to IS NULL
                WHERE bc.code LIKE :code || '%' AND bc.measure = :measure
                ORDER BY bc.building_id, s.effective_on DESC, s.id DESC) newest
            """,
            measure=measure,
        )
        for measure in ("resident", "elderly", "children")
    }
    assert int(board.people.households.sum()) == counted["resident"]
    assert int(board.people.elderly.sum()) == counted["elderly"]
    assert int(board.people.children.sum()) == counted["children"]


def test_every_door_lies_in_the_grid_that_sums_to_the_plans_households(
    board: Board, liping: Loaded
) -> None:
    planned = {
        str(row["grid_id"]): row["households"]
        for row in liping.rows(
            "SELECT grid_id, households FROM plan_grid WHERE code LIKE :code || '%'"
        )
    }
    sums = np.bincount(board.grids.of, weights=board.people.households)
    found = {key: int(sums[n]) for n, (key, _) in enumerate(board.grids.names)}
    assert found == {key: planned[key] for key in found}


def test_the_lines_of_a_sheet_sum_to_its_whole(board: Board) -> None:
    for question in (Question(minutes=3), Question(minutes=3, services=("medical", "market"))):
        gaps = board.answer(question)
        for grouping in ("grids", "communities"):
            sheet = lay_report(board, gaps, grouping)  # type: ignore[arg-type]
            assert sum(line.outside for line in sheet.lines) == sheet.whole.outside
            assert sum(line.households for line in sheet.lines) == sheet.whole.households
            assert sum(sheet.whole.within) == sheet.whole.households
            assert [x.outside for x in sheet.lines] == sorted(
                (x.outside for x in sheet.lines), reverse=True
            )


def test_an_elderly_walker_never_reaches_more(board: Board) -> None:
    adult = board.answer(Question(minutes=4)).covered
    elderly = board.answer(Question(minutes=4, profile="elderly")).covered
    assert not (elderly & ~adult).any()
    assert elderly.sum() < adult.sum()


def test_the_way_takes_the_seconds_that_the_search_found(board: Board) -> None:
    for profile in ("adult", "elderly"):
        gaps = board.answer(Question(minutes=5, profile=profile))
        (circle,) = gaps.circles
        for door in range(len(board.facts)):
            (way,) = ways_to(board, gaps, circle, door)
            assert abs(way.walk_s - circle.walk_s[door]) <= 0.002
            assert abs(way.line.length - way.length_m) < 0.5


def test_every_door_outside_has_a_reason_and_a_door_within_has_a_shorter_walk(
    board: Board,
) -> None:
    gaps = board.answer(Question(minutes=2))
    (circle,) = gaps.circles
    codes = set()
    for door in np.flatnonzero(~gaps.covered):
        ways = ways_to(board, gaps, circle, int(door))
        reason = reason_for(board, gaps, circle, int(door), ways)
        codes.add(reason.code)
        if reason.code == "far":
            # Whoever lives at the door would be reached by a station there.
            assert reason.values["households"] >= board.people.households[door]
    assert codes
    assert (circle.walk_s[gaps.covered] <= 120.0).all()


@pytest.mark.parametrize(("seconds", "shown"), [(900.0, 15.0), (900.001, 15.1), (894.0, 14.9)])
def test_minutes_are_rounded_up_so_that_too_far_is_never_shown_as_near(
    seconds: float, shown: float
) -> None:
    assert minutes_up(seconds) == shown


def test_files_hold_what_the_screen_shows(board: Board, liping: Loaded, tmp_path: Path) -> None:
    gaps = board.answer(Question(minutes=3))
    sheet = lay_report(board, gaps, "grids")
    wanted = [group_row(line) for line in sheet.lines]
    rows = list(csv.reader(io.StringIO(as_csv(board, gaps, sheet, "zh").decode("utf-8-sig"))))
    assert [row[:-3] for row in rows[1:]] == [
        ["" if v is None else str(v) for v in row] for row in wanted
    ]
    assert {tuple(row[-2:]) for row in rows[1:]} == {(board.data_as_of.isoformat(), board.version)}

    book = openpyxl.load_workbook(io.BytesIO(as_xlsx(board, gaps, sheet, "grids", "zh")))
    assert [list(r) for r in book.worksheets[0].iter_rows(min_row=2, values_only=True)] == wanted
    outside = list(book.worksheets[1].iter_rows(min_row=2, values_only=True))
    assert sum(row[4] for row in outside) == sheet.whole.outside

    path = tmp_path / "out.gpkg"
    with transaction(liping.engine) as c:
        path.write_bytes(as_gpkg(c, board, gaps, sheet, "grids", "zh"))
    grids = pyogrio.read_dataframe(path, layer="grids")
    assert grids["outside"].tolist() == [line.outside for line in sheet.lines]
    assert pyogrio.read_dataframe(path, layer="buildings")["households"].sum() == (
        sheet.whole.outside
    )


def test_the_command_line_writes_the_file_that_the_page_gives(liping: Loaded) -> None:
    with create_app(read_settings({}), liping.server).server.test_client() as client:
        for suffix in SUFFIXES:
            asked = "minutes=3&services=medical,market&way=round_trip"
            page = client.get(f"/coverage/export.{suffix}?county={liping.code}&{asked}")
            with transaction(liping.engine) as c:
                written = coverage_bytes(c, liping.code, dict(parse_qsl(asked)), suffix)
            assert page.status_code == 200
            if suffix in ("csv", "geojson"):
                assert page.data == written
            assert len(page.data) > 100
    collection = json.loads(written)  # the last: GeoJSON
    assert "crs" not in collection
    assert {f["geometry"]["type"] for f in collection["features"]} <= {"Polygon", "MultiPolygon"}
    lon, lat, *_ = shapely.from_geojson(json.dumps(collection["features"][0])).bounds
    assert 104 < lon < 106
    assert 24 < lat < 26
    with transaction(liping.engine) as c, pytest.raises(NotFoundError):
        coverage_bytes(c, liping.code, {}, "shp")


def test_a_visit_sheet_visits_every_building_outside_once_and_needs_nothing_else(
    board: Board, liping: Loaded
) -> None:
    gaps = board.answer(Question(minutes=2))
    sheet = lay_report(board, gaps, "grids")
    worst = sheet.lines[0]
    with transaction(liping.engine) as c:
        visits = lay_visits(c, board, gaps, worst.key, "zh")
    assert sum(v.households for v in visits.visits) == worst.outside
    assert len({v.building_id for v in visits.visits}) == len(visits.visits)
    page = as_html(board, gaps, visits, "zh", datetime(2026, 11, 1, tzinfo=UTC))
    assert not re.search(r"(src|href)\s*=|url\(|@import|<script", page)
    assert page.count("<tr>") == len(visits.visits) + 1
    assert as_pdf(page).startswith(b"%PDF")
    # As wide as the paper's field for it (18.4 × 11.5 cm), so that no street breaks off in it.
    width, height = map(float, re.findall(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', page)[0])
    assert width >= 1.59 * height


def test_estimated_households_are_said_and_defaults_claim_no_standard(board: Board) -> None:
    gaps = board.answer(Question(minutes=5, way="response"))
    assert "估算" not in source_words(board, gaps, "zh")
    said = source_words(replace(board, estimated=1234), gaps, "zh")
    assert "其中估算 1,234 户" in said
    assert "本系统的默认值" in said
    assert "CJJ" not in said


def test_buildings_without_name_and_address_are_told_apart(board: Board) -> None:
    known = replace(board.facts[0], name=None, address=None)
    names = {building_name(replace(known, id=BuildingId(n)), "zh") for n in (7, 8)}
    assert names == {"无名楼栋（编号 7）", "无名楼栋（编号 8）"}


def test_names_that_look_like_markup_or_formulas_stay_text(spare_liping: Loaded) -> None:
    with transaction(spare_liping.engine) as c:
        c.execute(text("UPDATE building SET name = '=1+1<script>' WHERE code LIKE '522301%'"))
    board = board_of(spare_liping)
    gaps = board.answer(Question(minutes=2))
    sheet = lay_report(board, gaps, "grids")
    book = openpyxl.load_workbook(io.BytesIO(as_xlsx(board, gaps, sheet, "grids", "en")))
    assert {r[1] for r in book.worksheets[1].iter_rows(min_row=2, values_only=True)} == {
        "'=1+1<script>"
    }
    with transaction(spare_liping.engine) as c:
        visits = lay_visits(c, board, gaps, sheet.lines[0].key, "en")
    assert "<script>" not in as_html(board, gaps, visits, "en", datetime(2026, 1, 1, tzinfo=UTC))


def test_what_is_drawn_has_one_letter_and_one_ring_a_door(board: Board, liping: Loaded) -> None:
    from data.stations.read_coverage import footprints

    gaps = board.answer(Question(minutes=5))
    drawn = json.loads(answer_payload(board, gaps, "areas").body)
    assert len(drawn["letters"]) == len(drawn["seconds"]) == len(board.facts)
    within = sum(
        int(h)
        for h, letter in zip(board.people.households, drawn["letters"], strict=True)
        if letter.isdecimal()
    )
    whole = total(gaps, board.people, "", "")
    assert within == whole.households - whole.outside
    with transaction(liping.engine) as c:
        rings = json.loads(buildings_payload(board, *footprints(c, board.county)).body)["rings"]
    assert len(rings) == len(board.facts)


# ---- scenarios --------------------------------------------------------------------------------


def _move(site: Site, metres: float) -> dict[str, object]:
    return {"kind": "move", "key": site.key, "lon": site.lon + metres / 98_000, "lat": site.lat}


def test_trying_equals_computing_anew_over_random_moves(board: Board) -> None:
    draw = np.random.default_rng(7)
    question = Question(minutes=3)
    before = board.answer(question)
    party = [s for s in board.sites if "service_centre" in s.categories]
    operations: list[dict[str, object]] = []
    for _ in range(12):
        operations.append(_move(party[0], float(draw.uniform(-400, 400))))
        body = trial(board, question, operations)
        after = board.answer_with(question, fold(board.sites, operations, board.county).sites)
        households = board.people.households
        assert body["gained_households"] == households[after.covered & ~before.covered].sum()
        assert body["lost_households"] == households[~after.covered & before.covered].sum()
        assert body["outside_after"] == households[~after.covered].sum()
        assert sum(g[1] for g in body["grids"]) == body["gained_households"]


def test_nothing_real_changes_until_a_scenario_is_adopted(spare_liping: Loaded) -> None:
    board = board_of(spare_liping)
    centre = next(s for s in board.sites if "service_centre" in s.categories)
    stations = "SELECT id, name, state, categories, ST_AsText(geom) AS at FROM station ORDER BY id"
    before = spare_liping.rows(stations)
    revision = spare_liping.query().revision
    added = {"kind": "add", "key": "n1", "name": "新站", "lon": centre.lon, "lat": centre.lat,
             "categories": ["service_station"]}  # fmt: skip
    with transaction(spare_liping.engine) as c:
        draft = scenarios.create_scenario(c, spare_liping.code, "试")
        for operation in (_move(centre, 150), added):
            draft = scenarios.append_operation(c, draft, operation, 200)
    assert spare_liping.rows(stations) == before
    assert spare_liping.query().revision == revision

    result = fold(board.sites, draft.held, board.county)
    wanted = board.answer_with(Question(minutes=3), result.sites).covered
    with transaction(spare_liping.engine) as c:
        scenarios.adopt_scenario(
            c, draft, changes(board.sites, result.sites), by="张三", reason="方便群众"
        )
    assert spare_liping.query().revision == revision + 1
    assert spare_liping.value("SELECT count(*) FROM station") == len(before) + 1
    (audit,) = spare_liping.rows("SELECT actor, action, detail FROM audit_entry")
    assert (audit["actor"], audit["action"]) == ("张三", "scenario.adopted")
    assert audit["detail"]["reason"] == "方便群众"
    # What was tried is what stands now.
    assert board_of(spare_liping).answer(Question(minutes=3)).covered.tolist() == wanted.tolist()


def test_adopting_needs_a_name_a_reason_and_the_draft_as_it_was_seen(
    spare_liping: Loaded,
) -> None:
    board = board_of(spare_liping)
    with transaction(spare_liping.engine) as c:
        draft = scenarios.create_scenario(c, spare_liping.code, "试")
        draft = scenarios.append_operation(c, draft, _move(board.sites[0], 50), 200)
    change = changes(board.sites, fold(board.sites, draft.held, board.county).sites)
    for by, reason in (("", "为何"), ("谁", "  ")):
        with pytest.raises(InputError), transaction(spare_liping.engine) as c:
            scenarios.adopt_scenario(c, draft, change, by=by, reason=reason)
    with transaction(spare_liping.engine) as c:
        newer = scenarios.move_position(c, draft, -1)
    with pytest.raises(ConflictError), transaction(spare_liping.engine) as c:
        scenarios.adopt_scenario(c, draft, change, by="谁", reason="为何")
    with transaction(spare_liping.engine) as c:
        scenarios.discard_scenario(c, newer)
        assert scenarios.drafts(c, spare_liping.code) == []


def test_undo_and_redo_are_each_others_inverse_and_a_new_change_forgets_the_undone(
    spare_liping: Loaded,
) -> None:
    site = board_of(spare_liping).sites[0]
    with transaction(spare_liping.engine) as c:
        draft = scenarios.create_scenario(c, spare_liping.code, "试")
        one = scenarios.append_operation(c, draft, _move(site, 10), 200)
        two = scenarios.append_operation(c, one, _move(site, 20), 200)
        undone = scenarios.move_position(c, two, -1)
        assert undone.held == one.held
        redone = scenarios.move_position(c, undone, 1)
        assert redone.held == two.held
        undone = scenarios.move_position(c, redone, -1)
        other = scenarios.append_operation(c, undone, {"kind": "close", "key": site.key}, 200)
        assert [o["kind"] for o in other.operations] == ["move", "close"]
        ended = scenarios.move_position(c, other, 1)
        assert ended.held == other.held
