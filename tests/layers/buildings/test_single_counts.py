"""What one building holds, said by hand: newest at once, nobody else's households touched."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from sqlalchemy import text

from data.engine import transaction
from data.households.read import unplaced_by_community
from data.households.write_single_counts import count_building
from layers.kit.errors import NotFoundError
from tests.demonstration import Loaded, NewDatabase, load

pytestmark = pytest.mark.database
DAY = date(2026, 11, 20)
NEWEST = """
    SELECT DISTINCT ON (bc.building_id) bc.building_id, bc.value, bc.source FROM building_count bc
    JOIN count_snapshot s ON s.id = bc.snapshot_id AND s.rolled_back_at IS NULL
    WHERE bc.measure = 'resident' AND bc.code LIKE :code || '%'
    ORDER BY bc.building_id, s.effective_on DESC, s.id DESC
"""


@pytest.fixture(scope="module")
def county(new_database: NewDatabase) -> Iterator[Loaded]:
    loaded = load(new_database, "liping")
    yield loaded
    loaded.engine.dispose()


def buildings(county: Loaded, skip: int) -> tuple[int, str]:
    (row,) = county.rows(
        "SELECT id, code FROM building WHERE code LIKE :code || '%' AND valid_to IS NULL"
        " ORDER BY id OFFSET :skip LIMIT 1",
        skip=skip,
    )
    return int(row["id"]), str(row["code"])


def say(county: Loaded, building: int, households: int, day: date = DAY, by: str = "李四") -> int:
    with transaction(county.engine) as c:
        return count_building(c, county.code, building, {"resident": households}, day, by)


def newest(county: Loaded) -> dict[int, int]:
    return {r["building_id"]: r["value"] for r in county.rows(NEWEST)}


def test_one_building_changes_and_no_other(county: Loaded) -> None:
    building, _ = buildings(county, 0)
    before = newest(county)
    revision = county.value("SELECT revision FROM county WHERE code = :code")
    say(county, building, before[building] + 7)
    assert newest(county) == {**before, building: before[building] + 7}
    assert county.value("SELECT revision FROM county WHERE code = :code") > revision
    audit = "SELECT actor FROM audit_entry WHERE subject = :subject ORDER BY id DESC LIMIT 1"
    assert county.value(audit, subject=f"building:{building}") == "李四"


def test_the_later_word_of_a_day_holds_and_is_one_snapshot(county: Loaded) -> None:
    building, _ = buildings(county, 1)
    other, _ = buildings(county, 2)
    day = DAY + timedelta(days=1)
    first = say(county, building, 10, day)
    assert say(county, building, 12, day) == first
    assert say(county, other, 3, day) == first
    assert say(county, building, 5, day, by="王五") != first
    assert newest(county)[building] == 5  # said last


def test_an_older_day_does_not_replace_a_newer_one(county: Loaded) -> None:
    building, _ = buildings(county, 3)
    now = newest(county)[building]
    say(county, building, now + 50, date(2020, 1, 1))
    assert newest(county)[building] == now


def test_households_without_a_building_stay_in_the_total(county: Loaded) -> None:
    """A table leaves 40 households of the community and 9 of the county unplaced.

    One building is counted after it: the 49 stay, although its snapshot is the newest there.
    """
    building, code = buildings(county, 4)
    day = DAY + timedelta(days=30)
    with transaction(county.engine) as c:
        table = c.execute(
            text(
                "INSERT INTO count_snapshot (code, effective_on, source)"
                " VALUES (:code, :day, '表') RETURNING id"
            ),
            {"code": county.code, "day": day},
        ).scalar_one()
        for place, value in ((code, 40), (county.code, 9)):
            c.execute(
                text(
                    "INSERT INTO unplaced_count (code, snapshot_id, row_number, written, measure,"
                    " value) VALUES (:place, :table, 1, '某栋', 'resident', :value)"
                ),
                {"place": place, "table": table, "value": value},
            )
    with transaction(county.engine) as c:
        expected = unplaced_by_community(c, county.code, None, "resident")
    assert sum(expected.values()) == 49
    for _ in range(2):  # once a snapshot, however often something is said
        say(county, building, 21, day)
        with transaction(county.engine) as c:
            assert unplaced_by_community(c, county.code, None, "resident") == expected
    say(county, building, 22, day + timedelta(days=1))
    with transaction(county.engine) as c:
        assert unplaced_by_community(c, county.code, None, "resident") == expected


def test_a_building_of_elsewhere_is_not_counted(county: Loaded) -> None:
    building, _ = buildings(county, 5)
    with pytest.raises(NotFoundError), transaction(county.engine) as c:
        count_building(c, "999999", building, {"resident": 1}, DAY, "李四")
    with pytest.raises(NotFoundError):
        say(county, 2**40, 1)
