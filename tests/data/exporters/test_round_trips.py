"""What goes out comes in again unchanged, in every format, into an empty county and the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook
from sqlalchemy import Connection, Engine

from dashboard.text import text
from data.demands.tables import DEMAND_STATES
from data.engine import program_engine, transaction
from data.exporters.kinds import EXPORTS, FORMATS, TEMPLATES, export_file, template_file
from data.exporters.stations import written_hours
from data.importers.judging.kind import ImportOptions
from data.importers.kinds.demands.history import read_history, written_history
from data.importers.reading.opening_hours import parse_opening_hours
from data.importers.run import run_import
from data.server import Server
from layers.households.reading import look as look_at_households
from layers.kit.demands.chain import ToldEvent
from layers.kit.tables.cells import escaped, unescaped
from tests.data.importers.files import COUNTY, done, load_town, rows, table
from tests.demonstration import Loaded


def zh(key: str) -> str:
    return text(key, "zh")


def en(key: str) -> str:
    return text(key, "en")


def shown(c: Connection, what: str, county: str) -> list[dict[str, Any]]:
    """Return the exported rows by the columns' names, places rounded to a tenth of a millimetre."""
    found = EXPORTS[what](c, county)
    names = [column.name for column in found.columns]
    table_of = []
    for row in found.rows:
        told = {n: row.get(n) for n in names}
        shape = row.get("geometry")
        told["place"] = None if shape is None else shapely.to_wkt(
            shapely.set_precision(shapely.normalize(shape), 1e-9), rounding_precision=9
        )  # fmt: skip
        table_of.append(told)
    return table_of


@pytest.fixture(scope="module")
def empty(
    liping: Loaded, new_database: Callable[[], Server], tmp_path_factory: Any
) -> Iterator[Engine]:
    """Return a database that holds nothing of 栗坪 but its borders."""
    engine = program_engine(new_database(), pool_size=2, statement_timeout_s=None)
    path = tmp_path_factory.mktemp("borders") / "divisions.gpkg"
    with transaction(liping.engine) as c:
        path.write_bytes(export_file(c, "divisions", liping.code, "gpkg", "zh", zh))
    run_import(engine, "divisions", path, liping.code, ImportOptions())
    yield engine
    engine.dispose()


@pytest.fixture
def undone(empty: Engine) -> Iterator[Connection]:
    with empty.connect() as connection:
        outer = connection.begin()
        yield connection
        outer.rollback()


pytestmark = pytest.mark.database


def test_borders_come_back_as_they_were(liping: Loaded, undone: Connection) -> None:
    with transaction(liping.engine) as c:
        assert shown(c, "divisions", liping.code) == shown(undone, "divisions", liping.code)


@pytest.mark.parametrize("what", ["stations", "streets", "buildings"])
@pytest.mark.parametrize("form", ["xlsx", "csv", "gpkg", "geojson"])
def test_a_layer_comes_back_as_it_was(
    what: str, form: str, liping: Loaded, undone: Connection, tmp_path: Path
) -> None:
    if form not in FORMATS[what]:
        return
    path = tmp_path / f"{what}.{form}"
    with transaction(liping.engine) as c:
        before = shown(c, what, liping.code)
        path.write_bytes(export_file(c, what, liping.code, form, "zh", zh))
    if what == "stations":
        for row in before:
            # The grids are not in the empty county: their stations fall to the communities.
            row["code"] = row["code"][:12]
        strip_codes(path, form)
    summary = run_import(undone, what, path, liping.code, ImportOptions())
    assert summary.rows_read == len(before)
    after = shown(undone, what, liping.code)
    for row in after:
        if what == "stations":
            row["code"] = row["code"][:12]
    assert sorted(map(str, after)) == sorted(map(str, before))


def strip_codes(path: Path, form: str) -> None:
    """Leave out the column that names grids, which only the plan's own county has."""
    if form == "xlsx":
        book = load_workbook(path)
        sheet = book.worksheets[0]
        column = [c.value for c in sheet[1]].index("归属代码") + 1
        for row in range(2, sheet.max_row + 1):
            sheet.cell(row, column).value = None
        book.save(path)
    elif form == "csv":
        import csv

        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = list(csv.reader(file))
        column = lines[0].index("归属代码")
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            csv.writer(file).writerows([[*r[:column], *r[column + 1 :]] for r in lines])
    else:
        import geopandas as gpd

        frame = gpd.read_file(path).drop(columns="code")
        path.unlink()
        frame.to_file(path, engine="pyogrio")


@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_a_ledger_comes_back_with_its_history(
    form: str, liping: Loaded, undone: Connection, tmp_path: Path
) -> None:
    paths = {w: tmp_path / f"{w}.{'gpkg' if w == 'buildings' else form}"
             for w in ("buildings", "demands")}  # fmt: skip
    with transaction(liping.engine) as c:
        before = shown(c, "demands", liping.code)
        for what, path in paths.items():
            path.write_bytes(export_file(c, what, liping.code, path.suffix[1:], "zh", zh))
    run_import(undone, "buildings", paths["buildings"], liping.code, ImportOptions())
    summary = run_import(undone, "demands", paths["demands"], liping.code, ImportOptions())
    unknown = {f.values["found"] for f in summary.findings if f.code == "organisation_unknown"}
    for row in before:  # organisations come with the duty list, which needs the grids
        if row["organisation"] in unknown:
            row["organisation"] = None
    assert shown(undone, "demands", liping.code) == before
    again = run_import(undone, "demands", paths["demands"], liping.code, ImportOptions())
    assert again.changes is not None
    assert again.changes.counts["unchanged"] == len(before)


@pytest.mark.parametrize("what", sorted(EXPORTS))
def test_an_export_into_its_own_county_changes_nothing(
    what: str, liping: Loaded, tmp_path: Path
) -> None:
    if what == "grids":
        return  # a layer of grids becomes cases to rule on
    for form in FORMATS[what][:2]:
        path = tmp_path / f"{what}.{form}"
        with liping.engine.connect() as c, c.begin() as outer:
            path.write_bytes(export_file(c, what, liping.code, form, "en", en))
            summary = run_import(c, what, path, liping.code, ImportOptions())
            outer.rollback()
        assert summary.changes is not None
        counts = summary.changes.counts
        assert (counts["new"], counts["changed"], counts["gone"]) == (0, 0, 0)
        assert summary.rows_written == 0


def test_duty_comes_back_where_the_grids_are(liping: Loaded, tmp_path: Path) -> None:
    path = tmp_path / "duty.xlsx"
    with liping.engine.connect() as c, c.begin() as outer:
        before = shown(c, "duty", liping.code)
        path.write_bytes(export_file(c, "duty", liping.code, "xlsx", "zh", zh))
        for name in ("post", "office_holder", "organisation"):
            c.exec_driver_sql(f"DELETE FROM {name} WHERE starts_with(code, '{liping.code}')")
        run_import(c, "duty", path, liping.code, ImportOptions())
        after = shown(c, "duty", liping.code)
        outer.rollback()
    for row in before:
        row["source"] = row["source"] or "import" if row["name"] else None
    assert after == before


# -- single values


@given(st.text())
def test_a_cell_is_never_a_formula_and_comes_back(value: str) -> None:
    assert not escaped(value).startswith(("=", "+", "-", "@"))
    assert unescaped(escaped(value)) == value


SPANS = st.sampled_from([("08:30", "12:00"), ("13:00", "17:30"), ("18:00", "24:00")])


@given(st.sets(st.tuples(st.integers(1, 7), SPANS), min_size=1))
def test_hours_come_back(chosen: set[tuple[int, tuple[str, str]]]) -> None:
    hours = sorted((day, *span) for day, span in chosen)
    assert parse_opening_hours(written_hours(hours)) == hours


TEXT = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1).map(str.strip).filter(bool)


@given(
    st.lists(
        st.builds(
            ToldEvent,
            st.datetimes(timezones=st.just(__import__("datetime").UTC)),
            st.sampled_from(["received", "accepted", "closed"]),
            TEXT,
            st.none() | TEXT | st.just("a\nb|c\\n"),
            st.sampled_from([None, "remark", "told_due"]),
            st.dictionaries(TEXT, st.none() | st.integers() | TEXT, max_size=2),
        )
    )
)
def test_histories_come_back(events: list[Any]) -> None:
    from datetime import timedelta, timezone

    zone = timezone(timedelta(hours=8))
    try:
        told = written_history(events, zone)
    except OverflowError:  # the last day that there is, in another zone
        return
    assert read_history(told or "", zone, DEMAND_STATES) == (events, [])


def test_awkward_values_come_back(empty: Engine, tmp_path: Path, liping: Loaded) -> None:
    x, y = centre(liping)
    path = table(
        tmp_path / "s.csv",
        "编号,名称,类别,房间数,电话,lon,lat,坐标系",
        f"007,'=1+1,公厕,0,'+86 855,{x},{y},EPSG:4490",
        f"'-8,''引号,公厕,,'@x,{x},{y},EPSG:4490",
    )
    with empty.connect() as c, c.begin() as outer:
        run_import(c, "stations", path, liping.code, ImportOptions())
        stored = rows(c, "SELECT external_id, name, rooms, phone FROM station ORDER BY id")
        assert stored == [("007", "=1+1", 0, "+86 855"), ("-8", "'引号", None, "@x")]
        for form in ("xlsx", "csv", "gpkg"):
            out = tmp_path / f"o.{form}"
            out.write_bytes(export_file(c, "stations", liping.code, form, "zh", zh))
            summary = run_import(c, "stations", out, liping.code, ImportOptions())
            assert summary.changes is not None
            assert summary.changes.counts["unchanged"] == 2
        outer.rollback()


def centre(loaded: Loaded) -> tuple[float, float]:
    row = loaded.rows(
        "SELECT ST_X(p) AS x, ST_Y(p) AS y FROM (SELECT ST_PointOnSurface(geom) AS p FROM division "
        "WHERE kind = 'community' AND code LIKE :code || '%' LIMIT 1) q"
    )[0]
    return (row["x"], row["y"])


# -- templates


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("kind", sorted(TEMPLATES))
def test_a_template_explains_each_column_and_offers_the_choices(
    kind: str, lang: Any, tmp_path: Path
) -> None:
    path = tmp_path / "t.xlsx"
    path.write_bytes(template_file(kind, lang, lambda key: text(key, lang)))
    book = load_workbook(path)
    data, notes = book.worksheets[:2]
    head = [cell.value for cell in data[1]]
    explained = [row[0].value for row in notes.iter_rows(min_row=6)]
    assert explained == head
    assert all(row[3].value for row in notes.iter_rows(min_row=6))
    if kind == "households":
        (found,) = [k for k in look_at_households(path) if k.sheet == data.title]
        assert set(found.guess.layout.columns) == {c.name for c in TEMPLATES[kind][0].columns}
        return
    offered = {cell.value for cell in book.worksheets[2][1]}
    assert offered <= set(head)
    assert len(data.data_validations.dataValidation) == len(offered) > 1


def test_a_filled_template_is_imported_as_it_is(program: Engine, tmp_path: Path) -> None:
    with program.connect() as c, c.begin() as outer:
        load_town(c, tmp_path)
        for lang, station in (
            ("zh", ["007", "东门站", "党群服务站;公厕", "社区级", "开放"]),
            ("en", ["008", "West", "service_station", "community", "open"]),
        ):
            path = tmp_path / f"{lang}.xlsx"
            path.write_bytes(template_file("stations", lang, lambda k, to=lang: text(k, to)))  # type: ignore[misc]
            book = load_workbook(path)
            sheet = book.worksheets[0]
            for column, value in enumerate(station, start=1):
                sheet.cell(3, column).value = value
            width = sheet.max_column
            for column, value in ((width - 2, 108.665), (width - 1, 26.945), (width, "EPSG:4490")):
                sheet.cell(3, column).value = value
            book.save(path)
            summary = done(c, "stations", path)
            assert summary.rows_read == 1  # the example is left out
        kept = "SELECT external_id, name, categories, tier, code FROM station ORDER BY id"
        assert rows(c, kept) == [
            ("007", "东门站", ["service_station", "toilet"], "community", f"{COUNTY}001001"),
            ("008", "West", ["service_station"], "community", f"{COUNTY}001001"),
        ]
        outer.rollback()
