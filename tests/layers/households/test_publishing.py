"""From a placed table to counts and back: previewed, published, rolled back, killed halfway."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
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
from layers.kit.errors import ConflictError, InputError
from tests.demonstration import Loaded
from tests.layers.households.office_tables import site, write_table
from tests.layers.households.placing import (
    CODE,
    DECEMBER,
    NOVEMBER,
    building,
    count_of,
    opened,
    value,
)
from tests.properties import examples

pytestmark = pytest.mark.database


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
