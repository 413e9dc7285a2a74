"""Household tables in the database: opened, ruled, published, rolled back; two people at once."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from layers.households import store
from layers.kit.errors import ConflictError, InputError, NotFoundError
from tests.layers.households.office_tables import site, write_table
from tests.layers.households.placing import (
    building,
    opened,
    value,
)

pytestmark = pytest.mark.database


# ---- opening --------------------------------------------------------------------------------


def test_what_is_certain_is_placed_and_the_rest_waits(c: Connection, tmp_path: Path) -> None:
    rows = [*site("感恩苑", 50, 51, called="{}号楼"), *site("无此小区", 40)]
    upload = store.upload(c, opened(c, write_table(tmp_path / "11月.xlsx", rows)))
    assert (upload.state, upload.version, upload.rows) == ("open", 0, 3)
    assert upload.rows_by_state == {"placed": 2, "queued": 1}
    assert upload.measures == ("resident", "persons")
    (waiting,) = store.queue(c, upload.id)
    assert (waiting.row_number, waiting.estate, waiting.building) == (5, "无此小区", "1栋")
    placed = store.queue(c, upload.id, states=("placed",))
    assert [p.building_id for p in placed] == [building(c, "感恩苑1栋"), building(c, "感恩苑2栋")]
    # nothing counts before it is published
    assert value(c, "SELECT count(*) FROM count_snapshot WHERE code = :code") == 1


def test_faults_are_listed_and_nothing_is_kept(c: Connection, tmp_path: Path) -> None:
    path = write_table(
        tmp_path / "坏.xlsx", [("感恩苑", "1栋", None, "约50", 3), *site("同心苑", 5)]
    )
    with pytest.raises(InputError) as caught:
        opened(c, path)
    (fault,) = [f for f in caught.value.findings if f.severity == "error"]
    assert (fault.code, fault.row, fault.field) == ("not_a_number", 3, "resident")
    assert value(c, "SELECT count(*) FROM count_upload") == 0
    upload = store.upload(c, opened(c, path, skip_faulty_rows=True))
    assert upload.rows == 1


def test_a_sheet_and_columns_can_be_chosen(c: Connection, tmp_path: Path) -> None:
    path = write_table(tmp_path / "表.xlsx", site("感恩苑", 50))
    (look,) = store.look(path)
    assert look.rows[0] == ("感恩苑", "1栋", "", "50", "150")
    layout = look.guess.layout
    other = type(layout).from_dict({**layout.as_dict(), "columns": {"building": 1, "rented": 3}})
    upload = store.upload(c, opened(c, path, columns=other))
    assert upload.measures == ("rented",)
    with pytest.raises(InputError, match="fault"):
        opened(c, path, sheet="没有")


# ---- ruling ---------------------------------------------------------------------------------


def test_a_ruling_is_remembered_and_applied_next_month_by_itself(
    c: Connection, tmp_path: Path
) -> None:
    first = opened(c, write_table(tmp_path / "11.xlsx", site("老粮站", 50, 51, 52)))
    waiting = store.queue(c, first)
    assert [w.how for w in waiting] == ["not_found"] * 3
    done = store.rule(c, first, [waiting[0].id], building(c, "感恩苑1栋"), "building", "甲", 0)
    # one ruling teaches how the estate is called: 2栋 and 3栋 follow by themselves
    assert (done.version, done.ruled, done.followed) == (1, 1, 2)
    assert store.queue(c, first) == []
    second = opened(c, write_table(tmp_path / "12.xlsx", site("老粮站", 55, 56, 57, called="{}#")))
    assert store.queue(c, second) == []
    rows = store.queue(c, second, states=("placed",))
    assert [r.how for r in rows] == ["alias", "estate_taught", "estate_taught"]
    alias = c.execute(text("SELECT alias, ruled_by FROM building_alias")).one()
    assert tuple(alias) == ("老粮站 1栋", "甲")


def test_rows_written_the_same_follow_and_verdicts_are_remembered(
    c: Connection, tmp_path: Path
) -> None:
    rows = [("板房", "1栋", "1单元", 4, 9), ("板房", "１号楼", "2单元", 5, 9), *site("岗亭", 1)]
    first = opened(c, write_table(tmp_path / "11.xlsx", rows))
    one, _, post = store.queue(c, first)
    assert store.rule(c, first, [one.id], None, "not_ours", "甲", 0).ruled == 2
    assert store.rule(c, first, [post.id], None, "unplaced", "甲", 1).ruled == 1
    assert store.upload(c, first).rows_by_state == {"ignored": 2, "unplaced": 1}
    second = opened(c, write_table(tmp_path / "12.xlsx", rows))
    assert store.upload(c, second).rows_by_state == {"ignored": 2, "unplaced": 1}


def test_a_ruling_is_taken_back_with_all_that_followed(c: Connection, tmp_path: Path) -> None:
    upload = opened(
        c, write_table(tmp_path / "11.xlsx", [*site("老粮站", 50, 51), *site("岗亭", 1)])
    )
    before = store.queue(c, upload)
    store.rule(c, upload, [before[0].id], building(c, "感恩苑1栋"), "building", "甲", 0)
    store.rule(c, upload, [before[2].id], None, "not_ours", "甲", 1)
    done = store.take_back_ruling(c, upload, [before[0].id, before[2].id], "甲", 2)
    assert (done.ruled, done.followed) == (2, 1)
    after = store.queue(c, upload)
    assert [(r.id, r.state, r.how) for r in after] == [(r.id, r.state, r.how) for r in before]
    assert value(c, "SELECT count(*) FROM building_alias") == 0
    assert value(c, "SELECT count(*) FROM written_ruling") == 0
    with pytest.raises(InputError, match="nobody ruled"):
        store.take_back_ruling(c, upload, [before[0].id], "甲", 3)


def test_who_thinks_better_of_a_ruling_leaves_no_trace_of_the_first(
    c: Connection, tmp_path: Path
) -> None:
    rows = [("老粮站", "1栋", "1单元", 4, 9), ("老粮站", "１号楼", "2单元", 5, 9)]
    upload = opened(c, write_table(tmp_path / "11.xlsx", rows))
    one, _ = store.queue(c, upload)
    store.rule(c, upload, [one.id], building(c, "感恩苑1栋"), "building", "甲", 0)
    c.execute(text("UPDATE count_row SET ruled_at = ruled_at - interval '1 minute' WHERE true"))
    c.execute(text("UPDATE building_alias SET ruled_at = ruled_at - interval '1 minute'"))
    done = store.rule(c, upload, [one.id], building(c, "感恩苑2栋"), "building", "甲", 1)
    assert done.ruled == 2
    aliases = c.execute(text("SELECT building_id, alias FROM building_alias")).all()
    assert [tuple(a) for a in aliases] == [(building(c, "感恩苑2栋"), "老粮站 1栋")]


def test_a_correction_of_one_row_teaches_nothing(c: Connection, tmp_path: Path) -> None:
    # 8栋 was typed for 3栋: the name 感恩苑8栋 must not come to mean 3栋
    rows = [("感恩苑", "8栋", None, 50, 150), *site("同心苑", 40), ("感恩苑", "8栋", None, 52, 160)]
    upload = opened(c, write_table(tmp_path / "11.xlsx", rows))
    first, second = store.queue(c, upload)
    assert first.how == second.how == "named_twice"
    done = store.rule(c, upload, [second.id], building(c, "感恩苑3栋"), "building", "甲", 0)
    assert done.ruled == 1
    # and not on second thoughts either
    assert store.rule(c, upload, [second.id], None, "unplaced", "甲", 1).ruled == 1
    assert (
        store.rule(c, upload, [second.id], building(c, "感恩苑4栋"), "building", "甲", 2).ruled == 1
    )
    assert value(c, "SELECT count(*) FROM building_alias") == 0
    assert value(c, "SELECT count(*) FROM written_ruling") == 0


def test_of_two_people_at_once_one_is_told_and_nothing_is_lost(
    c: Connection, tmp_path: Path
) -> None:
    upload = opened(c, write_table(tmp_path / "11.xlsx", [*site("岗亭", 1), *site("板房", 2)]))
    post, hut = store.queue(c, upload)
    store.rule(c, upload, [post.id], None, "not_ours", "甲", 0)
    with pytest.raises(ConflictError):  # the same row, seen before the other's ruling
        store.rule(c, upload, [post.id], None, "unplaced", "乙", 0)
    # another row of the same table may be ruled by the second person meanwhile
    assert store.rule(c, upload, [hut.id], None, "unplaced", "乙", 0).version == 2
    assert store.upload(c, upload).rows_by_state == {"ignored": 1, "unplaced": 1}
    with pytest.raises(ConflictError):
        store.publish(c, upload, "甲", 1)
    with pytest.raises(ConflictError):
        store.discard(c, upload, "甲", 1)


def test_a_ruling_has_to_make_sense(c: Connection, tmp_path: Path) -> None:
    upload = opened(c, write_table(tmp_path / "11.xlsx", site("岗亭", 1)))
    (row,) = store.queue(c, upload)
    with pytest.raises(InputError):
        store.rule(c, upload, [row.id], None, "building", "甲", 0)
    with pytest.raises(InputError):
        store.rule(c, upload, [row.id], 999_999, "building", "甲", 0)
    with pytest.raises(InputError):
        store.rule(c, upload, [row.id + 1000], None, "not_ours", "甲", 0)
    with pytest.raises(NotFoundError):
        store.rule(c, 999_999, [row.id], None, "not_ours", "甲", 0)
    assert store.upload(c, upload).version == 0
