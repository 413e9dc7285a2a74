"""The survey against SQL and against faults that were put in by hand."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import text

from dashboard.application import close_app, create_app
from dashboard.settings import read_settings
from data.engine import transaction
from data.households.read import unplaced_households
from layers.quality.rules import KEYS, Figure, score, together
from layers.quality.store import ELSEWHERE, Survey, Surveys
from layers.service_circles.store import Towns
from tests.demonstration import Loaded

pytestmark = pytest.mark.database
COMMUNITY = "522301001001"


def look(loaded: Loaded) -> Survey:
    with transaction(loaded.engine) as c:
        return Surveys(Towns()).get(c, loaded.query())


def spoil(loaded: Loaded, *statements: str) -> None:
    with transaction(loaded.engine) as c:
        for statement in statements:
            c.execute(text(statement))
        c.execute(text("UPDATE county SET revision = revision + 1"))


def wrong(loaded: Loaded, survey: Survey | None = None) -> dict[str, int]:
    found = (survey or look(loaded)).figures(3, loaded.as_of)
    return {key: f.wrong for key, f in together(found.values()).items() if f.wrong}


@pytest.fixture
def client(spare_liping: Loaded) -> Iterator[Any]:
    app = create_app(read_settings({}), spare_liping.server)
    yield app.server.test_client()
    close_app(app)


@pytest.fixture(scope="module")
def shared_client(liping: Loaded) -> Iterator[Any]:
    app = create_app(read_settings({}), liping.server)
    yield app.server.test_client()
    close_app(app)


def test_the_demonstration_is_known_wholly(liping: Loaded) -> None:
    survey = look(liping)
    figures = survey.figures(3, liping.as_of)
    assert wrong(liping, survey) == {}
    dwellings = liping.value(
        "SELECT count(*) FROM building WHERE code LIKE :code || '%'"
        " AND use IN ('dwelling', 'mixed', 'dormitory') AND life IN ('delivered', 'occupied')"
    )
    households = liping.value(
        "SELECT sum(value) FROM building_count WHERE measure = 'resident'"
        " AND code LIKE :code || '%'"
    )
    whole = together(figures.values())
    assert whole["uncounted"] == Figure(0, dwellings)
    assert whole["unplaced"] == Figure(0, households)
    assert score(whole).points == 100.0
    known = survey.known[COMMUNITY]
    assert known.counted + known.reported + known.estimated == households


def test_each_fault_is_found_where_it_was_put(spare_liping: Loaded) -> None:
    ids = [r["id"] for r in spare_liping.rows("SELECT id FROM building ORDER BY id")]
    spoil(
        spare_liping,
        f"DELETE FROM building_count WHERE building_id IN ({ids[0]}, {ids[1]})",
        f"UPDATE building_count SET confidence = 'estimated' WHERE building_id = {ids[2]}",
        f"UPDATE building SET levels_estimated = true WHERE id IN ({ids[3]}, {ids[4]})",
        f"UPDATE building SET levels = NULL WHERE id = {ids[5]}",
        f"UPDATE building SET name = NULL, number = NULL WHERE id = {ids[6]}",
        f"DELETE FROM building_address WHERE building_id = {ids[6]}",
        f"UPDATE building SET geom = (SELECT geom FROM building WHERE id = {ids[7]})"
        f" WHERE id = {ids[8]}",
        # 0.01° is about a kilometre: no street within 200 m
        f"UPDATE building SET geom = ST_Translate(geom, 0.01, 0.01) WHERE id = {ids[9]}",
        "UPDATE station SET geom = ST_Translate(geom, 0.02, 0) WHERE id ="
        " (SELECT min(id) FROM station)",
        "INSERT INTO unplaced_count (code, snapshot_id, row_number, written, measure, value)"
        f" SELECT '{COMMUNITY}', max(id), 7, '老粮站', 'resident', 40 FROM count_snapshot",
    )
    survey = look(spare_liping)
    assert wrong(spare_liping, survey) == {
        "uncounted": 2, "estimated": 1, "levels": 3, "unnamed": 1, "overlapping": 2,
        "untied": 1, "off_network": 1, "unplaced": 40,
    }  # fmt: skip
    day = spare_liping.as_of
    found = {key: {r.id for r in survey.rows_of(key, None, 3, day)} for key in KEYS}
    assert found["uncounted"] == {ids[0], ids[1]}
    assert found["overlapping"] == {ids[7], ids[8]}
    assert found["untied"] == {ids[9]}
    (row,) = survey.rows_of("unplaced", COMMUNITY, 3, day)
    assert (row.name, row.households, row.place) == ("老粮站", 40, None)
    assert survey.known[COMMUNITY].unplaced == 40
    with transaction(spare_liping.engine) as c:
        assert unplaced_households(c, spare_liping.code, None, "resident") == 40
    # Households are conserved: those of buildings and those without one are the base.
    placed = spare_liping.value("SELECT sum(value) FROM building_count WHERE measure = 'resident'")
    whole = together(survey.figures(3, day).values())
    assert whole["unplaced"] == Figure(40, placed + 40)


def test_a_rolled_back_snapshot_counts_for_nothing(spare_liping: Loaded) -> None:
    spoil(spare_liping, "UPDATE count_snapshot SET rolled_back_at = now()")
    figures = together(look(spare_liping).figures(3, spare_liping.as_of).values())
    assert figures["uncounted"].wrong == figures["uncounted"].base == 59
    assert figures["estimated"].base == 0  # without counts nothing can be estimated


def test_counts_grow_old_by_the_months_that_are_asked(spare_liping: Loaded) -> None:
    spoil(
        spare_liping, "UPDATE count_snapshot SET effective_on = effective_on - interval '4 month'"
    )
    survey, day = look(spare_liping), spare_liping.as_of
    assert len(survey.stale(4, day)) == 59
    assert len(survey.stale(5, day)) == 0


def test_a_county_without_streets_says_so(spare_liping: Loaded) -> None:
    spoil(spare_liping, "DELETE FROM street_edge")
    survey = look(spare_liping)
    assert not survey.has_streets
    assert "untied" not in survey.figures(3, spare_liping.as_of)[COMMUNITY]


def test_a_building_outside_of_all_communities_is_elsewhere(spare_liping: Loaded) -> None:
    spoil(
        spare_liping,
        "UPDATE building SET community_id = NULL WHERE id = (SELECT min(id) FROM building)",
    )
    survey = look(spare_liping)
    assert survey.bases[ELSEWHERE]["uncounted"] == 1


def test_a_county_without_borders_or_buildings_is_looked_at_all_the_same(
    spare_liping: Loaded,
) -> None:
    spoil(spare_liping, "UPDATE division SET geom = NULL", "DELETE FROM building")
    survey = look(spare_liping)
    whole = together(survey.figures(3, spare_liping.as_of).values())
    assert whole["uncounted"] == Figure(0, 0)
    assert whole["crossing"].base > 0


def test_page_rows_and_file_say_the_same(spare_liping: Loaded, client: Any) -> None:
    spoil(
        spare_liping,
        "DELETE FROM building_count WHERE building_id % 5 = 0",
        "UPDATE building SET name = '=1+1' WHERE id % 5 = 0",
    )
    bare = spare_liping.value("SELECT count(*) FROM building WHERE id % 5 = 0")
    asked = f"county={spare_liping.code}"
    survey = client.get(f"/data/quality?{asked}").get_json()
    assert survey["whole"]["figures"]["uncounted"] == [bare, 59]
    assert survey["whole"]["next"] == ["uncounted"]
    rows = client.get(f"/data/quality/rows?{asked}&check=uncounted&in={COMMUNITY}").get_json()
    assert rows["total"] == len(rows["rows"]) == bare
    answer = client.get(f"/data/quality/rows.csv?{asked}&check=uncounted&in=all")
    lines = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert len(lines) == bare + 1
    assert not any(cell.startswith("=") for line in lines for cell in line)


def test_the_survey_is_of_the_revision_that_stands(spare_liping: Loaded, client: Any) -> None:
    asked = f"/data/quality?county={spare_liping.code}"
    assert client.get(asked).get_json()["whole"]["points"] == 100.0
    spoil(spare_liping, "DELETE FROM building_count WHERE building_id % 2 = 0")
    assert client.get(asked).get_json()["whole"]["points"] < 100.0


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ("rows?check=nothing", 400),
        ("rows?check=stale&months=0", 400),
        ("rows?check=stale&months=61", 400),
        ("rows?check=stale&months=x", 400),
        ("rows.csv?check=", 400),
        ("rows?check=levels&county=999999", 404),
        ("rows?check=levels&in=%00", 404),
    ],
)
def test_what_cannot_be_asked_is_refused(
    liping: Loaded, shared_client: Any, asked: str, status: int
) -> None:
    county = "" if "county" in asked else f"&county={liping.code}"
    answer = shared_client.get(f"/data/quality/{asked}{county}")
    assert answer.status_code == status
    assert "error" in json.loads(answer.data)
