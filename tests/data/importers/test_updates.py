"""Files of another platform again: rows are updated by their id, never doubled, never undone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest
import shapely
from sqlalchemy import Connection

from data.importers.judging.changes import same
from data.importers.judging.kind import ImportOptions
from layers.kit.demands.steps import STEPS, may_become, reachable
from layers.kit.errors import ConflictError
from tests.data.importers.files import (
    COUNTY,
    SOUTH,
    WEST,
    codes,
    communities,
    done,
    geojson,
    load_town,
    number,
    refused,
    rows,
    table,
    write,
)

pytestmark = pytest.mark.database
CRS = {"crs": "EPSG:4490"}


def counts(program: Connection, kind: str, path: Path, **options: Any) -> dict[str, int]:
    summary = done(program, kind, path, **options)
    assert summary.changes is not None
    return summary.changes.counts


def fates(new: int = 0, changed: int = 0, unchanged: int = 0, gone: int = 0) -> dict[str, int]:
    return {"new": new, "changed": changed, "unchanged": unchanged, "gone": gone}


STATIONS = (
    "编号,名称,类别,层级,状态,开放时间,电话,lon,lat",
    "S-1,东门党群服务站,党群服务站,社区,开放,08:30-17:30,0855-1,108.665,26.945",
    "S-2,卫生院,医疗;药店,,规划,,,108.675,26.945",
)


def test_a_station_file_twice_changes_nothing(program: Connection, tmp_path: Path) -> None:
    load_town(program, tmp_path)
    path = table(tmp_path / "s.csv", *STATIONS)
    assert counts(program, "stations", path, **CRS) == fates(new=2)
    revision = rows(program, "SELECT revision FROM county")
    before = rows(program, "SELECT id, xmin FROM station ORDER BY id")
    assert counts(program, "stations", path, **CRS) == fates(unchanged=2)
    assert rows(program, "SELECT id, xmin FROM station ORDER BY id") == before
    assert rows(program, "SELECT revision FROM county") == revision
    assert number(program, "station_state") == 2


def test_a_station_is_updated_and_its_states_are_kept(program: Connection, tmp_path: Path) -> None:
    load_town(program, tmp_path)
    done(program, "stations", table(tmp_path / "s.csv", *STATIONS), **CRS)
    path = table(
        tmp_path / "t.csv",
        "编号,名称,类别,状态,开放时间,lon,lat",
        "S-2,卫生院,医疗,开放,09:00-17:00,108.665,26.946",
        "S-3,新站,公厕,开放,,108.665,26.946",
    )
    assert counts(program, "stations", path, **CRS) == fates(new=1, changed=1, gone=1)
    assert rows(program, "SELECT external_id, state, categories, code, phone FROM station ORDER BY "
                         "external_id") == [
        ("S-1", "open", ["service_station"], f"{COUNTY}001001", "0855-1"),  # gone stays
        ("S-2", "open", ["medical"], f"{COUNTY}001001", None),  # moved into the other community
        ("S-3", "open", ["toilet"], f"{COUNTY}001001", None),
    ]  # fmt: skip
    history = "SELECT t.state FROM station_state t JOIN station s ON s.id = t.station_id " \
              "WHERE s.external_id = 'S-2' ORDER BY t.id"  # fmt: skip
    assert rows(program, history) == [("planned",), ("open",)]
    assert rows(program, "SELECT count(*) FROM station_hours") == [(14,)]  # 2 stations × 7 days


def test_stations_without_ids_are_known_by_name_and_kind(
    program: Connection, tmp_path: Path
) -> None:
    load_town(program, tmp_path)
    lines = ("名称,类别,电话,lon,lat", "甲站,公厕,1,108.665,26.945", "甲站,公厕,,108.666,26.945")
    assert counts(program, "stations", table(tmp_path / "s.csv", *lines), **CRS) == fates(new=2)
    assert counts(program, "stations", table(tmp_path / "s.csv", *lines), **CRS) == fates(
        unchanged=2
    )
    again = table(tmp_path / "s.csv", lines[0], "甲站,公厕,2,108.665,26.945", lines[2])
    assert counts(program, "stations", again, **CRS) == fates(changed=1, unchanged=1)
    assert number(program, "station") == 2


DEMANDS = (
    "工单号,类别,状态,受理时间,办结时间,lon,lat",
    "1,噪声,办理中,2024-03-05 08:00,,108.665,26.945",
    "2,照明,已办结,2024-03-05 08:00,2024-03-06 08:00,108.665,26.945",
)


def test_a_demand_moves_on_and_its_history_grows(program: Connection, tmp_path: Path) -> None:
    load_town(program, tmp_path)
    path = table(tmp_path / "d.csv", *DEMANDS)
    assert counts(program, "demands", path, **CRS) == fates(new=2)
    assert counts(program, "demands", path, **CRS) == fates(unchanged=2)
    timed = "SELECT count(*) FROM demand_event WHERE NOT payload ? 'time_unknown'"
    assert rows(program, timed) == [(3,)]
    closed = table(
        tmp_path / "d2.csv",
        DEMANDS[0],
        "1,噪声,已办结,2024-03-05 08:00,2024-03-09 10:00,108.665,26.945",
        DEMANDS[2],
    )
    assert counts(program, "demands", closed, **CRS) == fates(changed=1, unchanged=1)
    assert counts(program, "demands", closed, **CRS) == fates(unchanged=2)
    events = """
        SELECT e.to_step, e.at::text FROM demand_event e JOIN demand d ON d.id = e.demand_id
        WHERE d.external_id = '1' AND NOT e.payload ? 'time_unknown' ORDER BY e.seq
    """
    assert rows(program, events) == [  # 08:00 in Beijing is 00:00 UTC
        ("received", "2024-03-05 00:00:00+00"),
        ("closed", "2024-03-09 02:00:00+00"),
    ]


def test_last_year_s_ledger_cannot_open_what_is_closed(program: Connection, tmp_path: Path) -> None:
    load_town(program, tmp_path)
    done(program, "demands", table(tmp_path / "d.csv", *DEMANDS), **CRS)
    old = table(tmp_path / "old.csv", DEMANDS[0], DEMANDS[2].replace("已办结", "办理中"))
    findings = refused(program, "demands", old, **CRS)
    assert [(f.row, f.field, f.code) for f in findings if f.severity == "error"] == [
        (1, "state", "step_not_allowed")
    ]
    assert rows(program, "SELECT state FROM demand WHERE external_id = '2'") == [("closed",)]


def test_a_ledger_without_coordinates_or_ids_is_taken_once(
    program: Connection, tmp_path: Path
) -> None:
    load_town(program, tmp_path)
    path = table(tmp_path / "d.csv", "类别,受理时间", "噪声,2024-03-05 08:00", "照明,2024-03-06")
    assert counts(program, "demands", path) == fates(new=2)
    assert counts(program, "demands", path) == fates(unchanged=2)
    assert number(program, "demand") == 2


def test_steps_of_a_demand_end_and_never_come_back() -> None:
    assert reachable("closed") == reachable("merged") == reachable("withdrawn") == frozenset()
    assert may_become("received", "closed")  # over accepted, handling, replied
    assert not may_become("closed", "handling")
    for state, following in STEPS.items():
        assert set(following) <= set(STEPS)
        assert "received" not in reachable(state)


def line(*xy: tuple[float, float]) -> Any:
    return shapely.LineString([(WEST + x, SOUTH + y) for x, y in xy])


def test_streets_of_a_second_file_connect_with_the_first(
    program: Connection, tmp_path: Path
) -> None:
    load_town(program, tmp_path)
    first = [({"id": "A", "class": "street"}, line((0.001, 0.005), (0.003, 0.005), (0.005, 0.005)))]
    path = geojson(tmp_path / "a.geojson", first)
    assert counts(program, "streets", path) == fates(new=1)
    assert number(program, "street_edge") == 1
    ids = rows(program, "SELECT id FROM street_edge")
    assert counts(program, "streets", path) == fates(unchanged=1)
    assert rows(program, "SELECT id FROM street_edge") == ids
    second = [({"id": "B", "class": "steps"}, line((0.003, 0.005), (0.003, 0.007)))]
    added = geojson(tmp_path / "b.geojson", second)
    assert counts(program, "streets", added) == fates(new=1, gone=1)
    # A is cut in two where B meets it: 3 edges, 4 junctions
    assert (number(program, "street_edge"), number(program, "street_node")) == (3, 4)
    both = geojson(tmp_path / "c.geojson", [*first, *second])
    assert counts(program, "streets", both) == fates(unchanged=2)
    moved = [({"id": "B", "class": "lane"}, line((0.003, 0.005), (0.003, 0.008)))]
    assert counts(program, "streets", geojson(tmp_path / "d.geojson", [*first, *moved])) == fates(
        changed=1, unchanged=1
    )
    assert rows(program, "SELECT class FROM street_edge WHERE external_id = 'B'") == [("lane",)]
    assert number(program, "street_edge") == 3


def test_streets_without_ids_are_known_by_where_they_lie(
    program: Connection, tmp_path: Path
) -> None:
    load_town(program, tmp_path)
    shapes = [line((0.001, 0.005), (0.005, 0.005)), line((0.001, 0.005), (0.001, 0.008))]
    path = geojson(tmp_path / "a.geojson", [({"class": "street"}, s) for s in shapes])
    assert counts(program, "streets", path) == fates(new=2)
    backwards = [({"class": "street"}, shapely.reverse(s)) for s in shapes]
    assert counts(program, "streets", geojson(tmp_path / "b.geojson", backwards)) == fates(
        unchanged=2
    )
    lanes = geojson(tmp_path / "c.geojson", [({"class": "lane"}, shapes[0])])
    assert counts(program, "streets", lanes) == fates(changed=1)
    assert rows(program, "SELECT class FROM street_edge ORDER BY class") == [("lane",), ("street",)]


# -- duty

DUTY = (
    "编号,类别,名称,负责对象,姓名,职级,单位,开始日期",
    "P-1,包保领导,联系社区,东门社区,杨光,县处级,县委办,2024-01-01",
    "P-2,楼栋长,一号楼栋长,522624001002,吴敏,,,2024-01-01",
)


def test_posts_come_with_holders_and_a_successor_ends_the_one_before(
    program: Connection, tmp_path: Path
) -> None:
    load_town(program, tmp_path)
    path = table(tmp_path / "p.csv", *DUTY)
    assert counts(program, "duty", path) == fates(new=2)
    assert counts(program, "duty", path) == fates(unchanged=2)
    held = "SELECT p.kind, p.code, w.name, w.rank, o.name, h.starts_on::text, h.ends_on::text, " \
           "h.external_id FROM post_holding h JOIN post p ON p.id = h.post_id " \
           "JOIN office_holder w ON w.id = h.office_holder_id " \
           "LEFT JOIN organisation o ON o.id = w.organisation_id ORDER BY p.id, h.id"  # fmt: skip
    first = ("leader_assignment", f"{COUNTY}001001", "杨光", "县处级", "县委办", "2024-01-01")
    second = ("building_chief", f"{COUNTY}001002", "吴敏", None, None, "2024-01-01")
    assert rows(program, held) == [(*first, None, "P-1"), (*second, None, "P-2")]
    june = table(
        tmp_path / "q.csv",
        DUTY[0],
        DUTY[1],
        "P-2,楼栋长,一号楼栋长,522624001002,龙飞,,,2024-06-01",
    )
    assert counts(program, "duty", june) == fates(changed=1, unchanged=1)
    assert counts(program, "duty", june) == fates(unchanged=2)
    assert rows(program, held) == [
        (*first, None, "P-1"),
        (*second, "2024-06-01", None),
        ("building_chief", f"{COUNTY}001002", "龙飞", None, None, "2024-06-01", None, "P-2"),
    ]


def test_without_ids_a_new_chief_follows_and_a_vacancy_is_filled(
    program: Connection, tmp_path: Path
) -> None:
    load_town(program, tmp_path)
    head = "类别,名称,负责对象,姓名,开始日期"
    first = table(
        tmp_path / "a.csv", head, "楼栋长,楼长,东门社区,吴敏,2024-01-01",
        "包保领导,包保,西门社区,,",
    )  # fmt: skip
    assert counts(program, "duty", first) == fates(new=2)
    later = table(
        tmp_path / "b.csv", head, "楼栋长,楼长,东门社区,龙飞,2024-06-01",
        "包保领导,包保,西门社区,杨光,2024-06-01",
    )  # fmt: skip
    assert counts(program, "duty", later)["new"] == 2
    assert number(program, "post") == 2
    held = "SELECT w.name, h.ends_on::text FROM post_holding h " \
           "JOIN office_holder w ON w.id = h.office_holder_id ORDER BY h.id"  # fmt: skip
    assert rows(program, held) == [("吴敏", "2024-06-01"), ("龙飞", None), ("杨光", None)]


def test_organisations_have_parents_wherever_they_stand_in_the_file(
    program: Connection, tmp_path: Path
) -> None:
    load_town(program, tmp_path)
    path = table(
        tmp_path / "o.csv",
        "类别,名称,负责对象,上级组织",
        "党支部,东门第一党支部,东门社区,东门社区党委",
        "党委,东门社区党委,东门社区,",
    )
    assert counts(program, "duty", path) == fates(new=2)
    assert counts(program, "duty", path) == fates(unchanged=2)
    tied = "SELECT o.name, p.name FROM organisation o LEFT JOIN organisation p " \
           "ON p.id = o.parent_id ORDER BY o.id"  # fmt: skip
    assert rows(program, tied) == [
        ("东门第一党支部", "东门社区党委"), ("东门社区党委", None)
    ]  # fmt: skip


def test_subjects_that_nobody_knows_are_listed_with_their_row(
    program: Connection, tmp_path: Path
) -> None:
    load_town(program, tmp_path)
    path = table(
        tmp_path / "p.csv",
        "类别,名称,负责对象,姓名,开始日期,结束日期,身份证号",
        "网格长,网格长,东门网格,吴敏,,,5226",
        "镇长,镇长,东门社区,杨光,,,5226",
        "包保,包保,东门社区,杨光,2024-06-01,2024-01-01,5226",
        "包保,包保,,杨光,,,5226",
    )
    findings = refused(program, "duty", path)
    assert {(f.row, f.code) for f in findings} == {
        (1, "subject_unknown"),
        (2, "not_a_choice"),
        (3, "ends_before_it_starts"),
        (4, "value_missing"),
    }
    good = table(
        tmp_path / "q.csv", "类别,名称,负责对象,姓名,身份证号", "包保,包保,东门社区,杨光,5226"
    )
    notes = done(program, "duty", good).notes
    unused = next(n for n in notes if n.code == "note.columns_unused")
    assert unused.values["columns"] == "身份证号"  # residents' and holders' numbers are not kept


# -- what the file says of itself


def test_an_old_file_and_a_repeated_one_are_told(program: Connection, tmp_path: Path) -> None:
    from datetime import date

    load_town(program, tmp_path)
    path = table(tmp_path / "s.csv", *STATIONS)
    done(program, "stations", path, as_of=date(2024, 6, 30), **CRS)
    summary = done(program, "stations", path, as_of=date(2023, 6, 30), dry_run=True, **CRS)
    assert codes(summary.findings, "warning") == {"file_seen_before", "file_is_older"}


def test_what_was_previewed_is_what_is_imported(program: Connection, tmp_path: Path) -> None:
    load_town(program, tmp_path)
    path = table(tmp_path / "s.csv", *STATIONS)
    shown = done(program, "stations", path, dry_run=True, **CRS).changes
    assert shown is not None
    done(program, "stations", table(tmp_path / "o.csv", STATIONS[0], STATIONS[1]), **CRS)
    with pytest.raises(ConflictError, match="changed after the preview"):
        done(program, "stations", path, expected=shown.digest(), **CRS)
    assert number(program, "station") == 1


def test_a_formula_counts_with_its_result_and_without_one_is_a_fault(
    program: Connection, tmp_path: Path
) -> None:
    load_town(program, tmp_path)
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["三穗县服务站点一览表"])
    sheet.append(["名称", "类别", "房间数", "lon", "lat", "坐标系"])
    sheet.append(["甲站", "公厕", "=1+1", 108.665, 26.945, "EPSG:4490"])
    book.save(tmp_path / "s.xlsx")
    findings = refused(program, "stations", tmp_path / "s.xlsx")
    (fault,) = [f for f in findings if f.severity == "error"]
    assert (fault.code, fault.field, fault.values["line"]) == ("formula_without_value", "房间数", 3)


def test_values_are_compared_as_a_reader_would() -> None:
    point = shapely.Point(108.665, 26.945)
    assert same(point, shapely.Point(108.665 + 1e-9, 26.945))
    assert not same(point, shapely.Point(108.665 + 1e-5, 26.945))
    assert not same(0, False)
    assert not same(None, 0)
    assert same(["a"], ("a",))
    assert ImportOptions().expected is None


def test_borders_twice_change_nothing_and_a_new_name_changes_one(
    program: Connection, tmp_path: Path
) -> None:
    path = write(communities(), tmp_path / "c.gpkg")
    # two communities, their subdistrict and their county
    assert counts(program, "divisions", path) == fates(new=4)
    revision = rows(program, "SELECT revision FROM county")
    assert counts(program, "divisions", path) == fates(unchanged=2)
    assert rows(program, "SELECT revision FROM county") == revision
    renamed = communities()
    renamed["name"] = ["新东门社区", "西门社区"]
    again = write(renamed, tmp_path / "d.gpkg")
    assert counts(program, "divisions", again) == fates(changed=1, unchanged=1)
