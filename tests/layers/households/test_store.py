"""Household tables in the database: opened, ruled, published, rolled back; two people at once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import astuple
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, text

from data.divisions.read_communities import tessellation_plots
from data.engine import transaction
from data.grids.read import estimated_households
from data.households import read
from data.plans.read import community_loads
from layers.households import store
from layers.households.preview import preview
from layers.kit.errors import ConflictError, InputError, NotFoundError
from tests.demonstration import Loaded
from tests.layers.households.office_tables import site, write_table
from tests.properties import examples

pytestmark = pytest.mark.database
CODE = "522301"
NOVEMBER, DECEMBER = date(2026, 11, 30), date(2026, 12, 31)


@pytest.fixture
def c(liping: Loaded) -> Iterator[Connection]:
    """Return a connection on the shared county; whatever a test does is taken back."""
    with liping.engine.connect() as connection, connection.begin() as work:
        yield connection
        work.rollback()


def opened(c: Connection, path: Path, day: date = NOVEMBER, **options: Any) -> int:
    return store.open_upload(c, CODE, path, path.name, "甲", effective_on=day, **options)


def value(c: Connection, sql: str, **values: Any) -> Any:
    return c.execute(text(sql), {"code": CODE, **values}).scalar()


def building(c: Connection, name: str) -> int:
    found = value(c, "SELECT id FROM building WHERE name = :name", name=name)
    assert found is not None
    return int(found)


def count_of(c: Connection, name: str) -> int:
    return int(read.newest_counts(c, CODE, "resident")[building(c, name)].value)


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


# ---- preview and publishing ------------------------------------------------------------------


def test_the_preview_says_what_would_change(c: Connection, tmp_path: Path) -> None:
    was = {n: count_of(c, f"感恩苑{n}栋") for n in (1, 2, 3)}
    rows = [*site("感恩苑", was[1] + 7, was[2], was[3] - 2), *site("无此小区", 40)]
    upload = opened(c, write_table(tmp_path / "11月.xlsx", rows, "住户表（2026年10月）"))
    shown = preview(c, upload)
    assert [(k.name, k.change, k.kind) for k in shown.changes] == [
        ("感恩苑1栋", 7, "more"),
        ("感恩苑3栋", -2, "less"),
    ]
    assert (shown.before, shown.after, shown.unplaced) == (2672, 2677, 40)  # 2672 + 7 - 2
    assert len(shown.not_in_file) == 59 - 3
    assert shown.sums == {"placed": sum(was.values()) + 5, "queued": 40}
    assert [(t.code, t.unplaced) for t in shown.communities] == [(CODE, 40), ("522301001001", 0)]
    assert [w.code for w in shown.warnings] == ["households_other_month"]


def test_grids_that_would_exceed_the_limit_are_named(c: Connection, tmp_path: Path) -> None:
    was = count_of(c, "感恩苑1栋")
    upload = opened(c, write_table(tmp_path / "11.xlsx", site("感恩苑", was + 400)))
    (grid,) = preview(c, upload).newly_over
    stored = value(c, "SELECT households FROM plan_grid WHERE grid_id = :g LIMIT 1", g=grid.grid_id)
    assert grid.before == stored
    assert grid.after == stored + 400


def every_count(c: Connection, loaded: Loaded) -> list[Any]:
    """Return what the program reads of counts, in all its ways."""
    tessellation = value(c, "SELECT max(id) FROM tessellation")
    plots = tessellation_plots(c, tessellation, loaded.query().measuring_srid, "resident")
    return [
        {k: astuple(v) for k, v in read.newest_counts(c, CODE, "resident").items()},
        {k: astuple(v) for k, v in read.newest_counts(c, CODE, "persons").items()},
        community_loads(c, CODE, "resident"),
        estimated_households(c, CODE, "resident"),
        plots["households"].fillna(-1).tolist(),
        plots["persons"].fillna(-1).tolist(),
        read.unplaced_by_community(c, CODE, None, "resident"),
    ]


def test_publishing_and_rolling_back_is_no_change_to_any_count(
    c: Connection, liping: Loaded, tmp_path: Path
) -> None:
    before = every_count(c, liping)
    rows = [*site("感恩苑", 9, 8, 7), *site("同心苑", 70), *site("无此小区", 40)]
    upload = opened(c, write_table(tmp_path / "11.xlsx", rows))
    snapshot = store.publish(c, upload, "甲", 0, unplaced=True)
    after = every_count(c, liping)
    assert after != before
    assert store.unplaced_total(c, CODE) == 40
    store.roll_back(c, snapshot, "乙", "表不对")
    assert every_count(c, liping) == before
    store.take_back_roll_back(c, snapshot, "乙")
    assert every_count(c, liping) == after
    with pytest.raises(ConflictError):
        store.take_back_roll_back(c, snapshot, "丙")
    with pytest.raises(InputError, match="say why"):
        store.roll_back(c, snapshot, "乙", " ")


TABLES = st.lists(
    st.tuples(
        st.sampled_from(["感恩苑", "同心园", "安置新区二", "无此小区"]),
        st.integers(1, 20).map("{}号楼".format),
        st.sampled_from([None, "1单元", "2单元"]),
        st.one_of(st.none(), st.integers(0, 400)),
        st.one_of(st.none(), st.integers(0, 900)),
    ),
    min_size=1,
    max_size=15,
)


@settings(max_examples=examples(8), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(TABLES)
def test_any_table_is_conserved_published_and_rolled_back_without_trace(
    c: Connection, liping: Loaded, tmp_path: Path, rows: list[Any]
) -> None:
    before = every_count(c, liping)
    with c.begin_nested() as trial:
        upload = opened(c, write_table(tmp_path / "表.xlsx", rows))
        sums = preview(c, upload).sums
        assert sum(sums.values()) == sum(r[3] or 0 for r in rows)
        snapshot = store.publish(c, upload, "甲", 0, unplaced=True)
        waiting = sums.get("queued", 0) + sums.get("unplaced", 0)
        assert store.unplaced_total(c, CODE) == waiting
        store.roll_back(c, snapshot, "甲", "试")
        assert every_count(c, liping) == before
        trial.rollback()


def test_buildings_that_are_not_in_the_table_keep_their_counts(
    c: Connection, tmp_path: Path
) -> None:
    was = count_of(c, "感恩苑2栋")
    rows = [("感恩苑", "1栋", "1单元", 20, 60), ("感恩苑", "1栋", "2单元", 25, None)]
    upload = opened(c, write_table(tmp_path / "11.xlsx", rows))
    store.publish(c, upload, "甲", 0)
    assert count_of(c, "感恩苑1栋") == 45  # 20 + 25
    assert count_of(c, "感恩苑2栋") == was
    counts = c.execute(
        text(
            "SELECT bc.measure, bc.value, bc.confidence, bc.code FROM building_count bc"
            " JOIN count_upload u ON u.snapshot_id = bc.snapshot_id ORDER BY 1"
        )
    ).all()
    assert [tuple(r) for r in counts] == [
        ("persons", 60, "reported", "522301001001"),  # the second entrance's are not known
        ("resident", 45, "reported", "522301001001"),
    ]


def test_publishing_asks_about_rows_that_wait(c: Connection, tmp_path: Path) -> None:
    upload = opened(c, write_table(tmp_path / "11.xlsx", [*site("感恩苑", 5), *site("岗亭", 1)]))
    with pytest.raises(InputError) as caught:
        store.publish(c, upload, "甲", 0)
    assert [f.code for f in caught.value.findings] == ["households_queue_not_empty"]
    store.publish(c, upload, "甲", 0, unplaced=True)
    (left,) = store.queue(c, upload, states=("unplaced",))
    assert left.how == "left"
    with pytest.raises(ConflictError, match="closed"):
        store.publish(c, upload, "甲", 1)


def test_what_is_placed_next_month_is_no_longer_unplaced(c: Connection, tmp_path: Path) -> None:
    rows = [*site("感恩苑", 5), *site("老粮站", 1)]
    first = opened(c, write_table(tmp_path / "11.xlsx", rows))
    store.publish(c, first, "甲", 0, unplaced=True)
    assert store.unplaced_total(c, CODE, NOVEMBER) == 1
    assert store.unplaced_total(c, CODE, date(2026, 11, 29)) == 0
    second = opened(c, write_table(tmp_path / "12.xlsx", rows), DECEMBER)
    (row,) = store.queue(c, second)
    assert preview(c, second).communities[0].unplaced_before == 1
    done = store.rule(c, second, [row.id], building(c, "感恩苑2栋"), "building", "甲", 0)
    store.publish(c, second, "甲", done.version)
    assert store.unplaced_total(c, CODE) == 0
    assert store.unplaced_total(c, CODE, NOVEMBER) == 1  # as it was


def test_somebody_elses_counts_in_between_are_noticed(c: Connection, tmp_path: Path) -> None:
    mine = opened(c, write_table(tmp_path / "甲.xlsx", site("感恩苑", 5)))
    seen = preview(c, mine).seen
    theirs = opened(c, write_table(tmp_path / "乙.xlsx", site("感恩苑", 6)))
    assert "households_also_open" in [w.code for w in preview(c, mine).warnings]
    store.publish(c, theirs, "乙", 0)
    with pytest.raises(ConflictError, match="meanwhile"):
        store.publish(c, mine, "甲", 0, seen=seen)
    store.publish(c, mine, "甲", 0, seen=preview(c, mine).seen)
    assert count_of(c, "感恩苑1栋") == 5


def test_last_months_file_and_an_older_one_are_noticed(c: Connection, tmp_path: Path) -> None:
    path = write_table(tmp_path / "11.xlsx", site("感恩苑", 5, 6))
    store.publish(c, opened(c, path), "甲", 0)
    again = preview(c, opened(c, path, DECEMBER))
    assert {"households_same_file", "households_nothing_new"} <= {w.code for w in again.warnings}
    older = opened(c, write_table(tmp_path / "旧.xlsx", site("感恩苑", 99)), date(2025, 11, 30))
    shown = preview(c, older)
    assert "households_older" in [w.code for w in shown.warnings]
    assert shown.changes == ()  # a newer count stays
    store.publish(c, older, "甲", 0)
    assert count_of(c, "感恩苑1栋") == 5


def test_history_and_snapshots_tell_what_came_when(c: Connection, tmp_path: Path) -> None:
    snapshot = store.publish(
        c, opened(c, write_table(tmp_path / "11.xlsx", site("感恩苑", 5))), "甲", 0
    )
    told = store.history(c, building(c, "感恩苑1栋"))
    households = [(r.effective_on, r.value) for r in told if r.measure == "resident"]
    assert households[-1] == (NOVEMBER, 5)
    assert len(households) == 2
    newest, first = store.snapshots(c, CODE)
    assert (newest.id, newest.file, newest.buildings) == (snapshot, "11.xlsx", 1)
    assert first.upload_id is None  # the demonstration's own
    store.roll_back(c, snapshot, "甲", "错表")
    assert len(store.history(c, building(c, "感恩苑1栋"))) == len(told) - 2


def test_every_act_is_in_the_audit_and_raises_the_revision(c: Connection, tmp_path: Path) -> None:
    revision = value(c, "SELECT revision FROM county WHERE code = :code")
    upload = opened(c, write_table(tmp_path / "11.xlsx", [*site("感恩苑", 5), *site("岗亭", 1)]))
    (row,) = store.queue(c, upload)
    store.rule(c, upload, [row.id], None, "not_ours", "乙", 0)
    snapshot = store.publish(c, upload, "乙", 1)
    store.roll_back(c, snapshot, "丙", "错表")
    acts = c.execute(text("SELECT actor, action, detail FROM audit_entry ORDER BY id")).all()
    assert [(a.actor, a.action) for a in acts[-4:]] == [
        ("甲", "household_table.open"),
        ("乙", "household_table.rule"),
        ("乙", "household_table.publish"),
        ("丙", "household_table.roll_back"),
    ]
    assert acts[-1].detail == {"reason": "错表"}
    assert value(c, "SELECT revision FROM county WHERE code = :code") == revision + 2


# ---- killed in the middle ---------------------------------------------------------------------

HALF = """
import sys
from datetime import date
from pathlib import Path
from sqlalchemy import create_engine, text
from layers.households import store
with create_engine(sys.argv[1]).begin() as c:
    c.execute(text("SET search_path = getu, public"))
    path = Path(sys.argv[2])
    upload = store.open_upload(c, "522301", path, "11.xlsx", "甲", effective_on=date(2026, 11, 30))
    store.publish(c, upload, "甲", 0)
    print("half", flush=True)
    sys.stdin.read()
"""


def test_killed_in_the_middle_it_is_as_if_it_never_began(
    spare_liping: Loaded, tmp_path: Path
) -> None:
    path = write_table(tmp_path / "11.xlsx", site("感恩苑", 5, 6, 7))
    address = spare_liping.server.program_url
    process = subprocess.Popen(
        [sys.executable, "-c", HALF, address, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).resolve().parents[3],
        env={**os.environ},
    )
    assert process.stdin is not None
    assert process.stdout is not None
    with process.stdin, process.stdout:
        assert process.stdout.readline().strip() == b"half"
        process.send_signal(signal.SIGKILL)
        process.wait()
    counted = "SELECT (SELECT count(*) FROM count_upload) + (SELECT count(*) FROM count_row)"
    assert spare_liping.value(counted) == 0
    assert spare_liping.value("SELECT count(*) FROM count_snapshot") == 1
    with transaction(spare_liping.engine) as c:  # and the lock is gone
        upload = store.open_upload(c, CODE, path, "11.xlsx", "甲", effective_on=NOVEMBER)
        store.publish(c, upload, "甲", 0)
    assert spare_liping.value("SELECT count(*) FROM count_snapshot") == 2
