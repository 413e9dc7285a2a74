"""Counts of 1 and 2 households: who lacks the right finds none, wherever they look.

The addresses are those of the URL map. A number 1 or 2 in JSON must stand under a name that is no
count of households (``OTHERS``): a new field fails until somebody has said which it is.
"""

from __future__ import annotations

import csv
import io
import json
import re
import sqlite3
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.access.principal import INSIDE, RIGHTS_OF, demonstrator
from dashboard.access.rights import ENDPOINTS
from dashboard.gate.callbacks import function_of
from dashboard.gate.requests import CALLBACKS
from dashboard.gate.small_counts import CARRY, CARRY_NONE, INTERVAL_S, Seen
from dashboard.web.bodies import MARK
from layers.kit import few
from layers.kit.principal import acting, system
from tests.dashboard.gate.subjects import Subjects
from tests.dashboard.gate.test_hostile_text import outputs_of
from tests.properties import examples

pytestmark = pytest.mark.database
OTHERS = frozenset(
    """
    a b allowed_pieces assignment barrier buildings changes draft errors warnings estate estate_id
    estates_small estates_split follow_streets from grids hours id ids in_force judge_version
    keep_estates minimum number of parent pieces plan plots plot_ring progress queued rings rows
    seconds seen shared_m tessellation to to_number total value version xy undo redo row
    case_buildings settled_buildings sequence cases ruled deferred seeds level levels revision
    lower_bound oversize_buildings over_limit in_pieces weight costs wrong figures points
    numberMatched numberReturned area_m2 walk_s communities column columns confidence tier
    limit stations seed rank minutes label settled duplicates states letters origin bands bytes
    households_buildings changed_buildings snapshot days entries x y z community building plots
    targets box sheet layer positions depth weekday width height n kept claimants items share
    rooms demands open_demands posts grid tied blocking floors feature seq urgency
    """.split()  # noqa: SIM905
)
"""Names of fields that may hold 1 or 2: none of them counts households."""
WORDS = re.compile(r"(?<![\d.,/≥])[12] ?(?:户|households?)(?!号)")
HOUSEHOLDS = re.compile(r"户|household|outside|within|untied|elderly|children|persons|老|童|人口")


def questions(subjects: Subjects) -> Mapping[str, tuple[str, ...]]:
    """Return what is asked of addresses that need more than the county."""
    code, of = subjects.loaded.code, subjects.of
    box = subjects.loaded.rows(
        "SELECT ST_XMin(e) AS w, ST_YMin(e) AS s, ST_XMax(e) AS e, ST_YMax(e) AS n FROM"
        " (SELECT ST_Extent(geom) AS e FROM building) x"
    )[0]
    at = subjects.loaded.rows(
        "SELECT ST_X(label_point) AS lon, ST_Y(label_point) AS lat FROM plan_grid"
        " WHERE grid_id = :g LIMIT 1", g=of["planner"]["grid_id"],
    )[0]  # fmt: skip
    table = f"/api/households/uploads/{of['households']['upload_id']}/rows"
    bbox = ",".join(f"{v:.6f}" for v in box.values())
    plan, grid = of["planner"]["plan_id"], of["planner"]["grid_id"]
    building = subjects.small[0]
    paths = {
        "layer": [f"/layers/{key}?county={code}" for key in subjects.layers],
        "rows": [f"/rows/{table}.{suffix}?county={code}&only=outside"
                 for table in ("coverage_doors", "unplaced_households", "grid_communities", "areas")
                 for suffix in ("json", "csv")]
                + [f"/rows/grids.{suffix}?county={code}" for suffix in ("json", "csv")],
        "one_grid": [f"/grids/one?county={code}&lon={at['lon']}&lat={at['lat']}"],
        "buildings.within": [f"/api/buildings/{code}?bbox={bbox}"],
        "planner.compare": [f"/api/planner/compare?a=1&b={plan}&arrays=1"],
        "planner.export": [f"/api/planner/plans/{plan}/export/{form}"
                           for form in ("csv", "gpkg", "shp", "geojson", "xlsx", "docx")],
        "households.find": [f"/api/households/{code}/find?sought=1"],
        "households.building": [f"/api/households/{code}/building?id={building}"],
        "households.rows": [f"{table}?list=placed", table],
        "data_quality_rows": [f"/data/quality/rows?county={code}&check={check}"
                              for check in ("stale", "estimated", "unplaced", "uncounted")],
        "data_quality_file": [f"/data/quality/rows.csv?county={code}&check={check}"
                              for check in ("stale", "estimated")],
        "coverage_buildings": [f"/coverage/buildings?county={code}"],
        "coverage_export": [f"/coverage/export.{form}?county={code}&minutes=1&by={by}"
                            for form in ("csv", "xlsx", "gpkg", "geojson")
                            for by in ("grids", "communities")],
        "coverage_visits": [f"/coverage/visits.html?county={code}&minutes=1&grid={grid}&lang={lang}"
                            for lang in ("zh", "en")],
        "files.export": [f"/api/files/{code}/export/{what}.{form}" for what, form in
                         (("buildings", "gpkg"), ("buildings", "geojson"), ("grids", "gpkg"))],
        "ogc items": [f"/ogc/collections/{key}/items?limit=1000" for key in
                      ("buildings", "grids", "communities", "stations")],
        "ogc item": [f"/ogc/collections/buildings/items/{building}"],
        "ogc county item": [f"/ogc/{code}/collections/buildings/items/{building}"],
        "cases.preview": [],  # of borders alone
        "papers.file": [],  # its owner's; the papers are those of planner.export
    }  # fmt: skip
    return {name: tuple(found) for name, found in paths.items()}


def asked(subjects: Subjects) -> Iterator[tuple[str, str]]:
    """Return (endpoint, address) of everything that may be read of the county."""
    special = questions(subjects)
    for one in subjects.addresses():
        if one.method == "GET" and ENDPOINTS[one.endpoint] == "read" and one.endpoint in CARRY:
            sign = "" if one.path.startswith("/ogc") else f"?county={subjects.loaded.code}"
            for path in special.get(one.endpoint, (one.path + sign,)):
                yield one.endpoint, path


def numbers(value: Any, name: str = "") -> Iterator[str]:
    """Return the names under which 1 or 2 stands in JSON."""
    if isinstance(value, dict):
        if value.get("unit") in ("户", "households") and value.get("value") in (1, 2):
            yield "value of households"
        if value.get("measure") in few.COUNTS and value.get("value") in (1, 2):
            yield "value of a measure"
        for key, one in value.items():
            yield from numbers(one, key if not key.isdecimal() else name)
    elif isinstance(value, list):
        for one in value:
            yield from numbers(one, name)
    elif isinstance(value, int | float) and value is not True and value in (1, 2):
        yield name
    elif isinstance(value, str) and WORDS.search(value):
        yield value


def cells(rows: list[list[Any]]) -> Iterator[str]:
    """Return the heads over which 1 or 2 stands in a table; the head is in one of its rows."""
    for at, row in enumerate(rows):
        if sum(bool(HOUSEHOLDS.search(str(v))) for v in row) > 0 and not any(
            str(v).isdecimal() for v in row
        ):
            for below in rows[at + 1 :]:
                for head, value in zip(row, below, strict=False):
                    if HOUSEHOLDS.search(str(head)) and str(value) in ("1", "2", "1.0", "2.0"):
                        yield str(head)
            return


def layers_of(content: bytes, folder: Path) -> Iterator[str]:
    """Return the columns of a GeoPackage in which 1 or 2 households stand."""
    path = folder / "x.gpkg"
    path.write_bytes(content)
    with sqlite3.connect(path) as base:
        for (table,) in base.execute("SELECT table_name FROM gpkg_contents").fetchall():
            names = [row[1] for row in base.execute(f'PRAGMA table_info("{table}")')]
            for name in few.COUNTS.intersection(names):
                sql = f'SELECT 1 FROM "{table}" WHERE "{name}" IN (1, 2) LIMIT 1'
                if base.execute(sql).fetchone():
                    yield f"{table}.{name}"


def found_in(answer: Any, folder: Path) -> set[str]:
    """Return where small counts stand in an answer, whatever it is."""
    content = answer.get_data()
    if answer.is_json:
        return {name for name in numbers(answer.get_json()) if name not in OTHERS}
    if content.startswith(b"SQLite"):
        return set(layers_of(content, folder))
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if "xl/workbook.xml" in packed.namelist():
                book = openpyxl.load_workbook(io.BytesIO(content))
                return {
                    f"{sheet.title}: {head}"
                    for sheet in book
                    for head in cells([list(row) for row in sheet.iter_rows(values_only=True)])
                }
            if "word/document.xml" in packed.namelist():
                text = packed.read("word/document.xml").decode()
                tables = re.findall(r"<w:tbl>.*?</w:tbl>", text, re.S)
                return {head for table in tables for head in cells(_word_table(table))}
            return set()  # a shapefile: the frame is the GeoPackage's
    if answer.mimetype.startswith("image/"):
        return set()
    text = content.decode("utf-8-sig")
    if answer.mimetype == "text/csv":
        return set(cells(list(csv.reader(io.StringIO(text)))))
    return set(WORDS.findall(text)) | {
        head for table in re.findall(r"<table.*?</table>", text, re.S) for head in _html(table)
    }


def _word_table(table: str) -> list[list[str]]:
    rows = re.findall(r"<w:tr>.*?</w:tr>", table, re.S)
    return [
        ["".join(re.findall(r"<w:t[^>]*>(.*?)</w:t>", cell)) for cell in row.split("</w:tc>")[:-1]]
        for row in rows
    ]


def _html(table: str) -> Iterator[str]:
    rows = [
        [re.sub(r"<[^>]+>", "", cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row)]
        for row in re.findall(r"<tr.*?</tr>", table, re.S)
    ]
    return cells(rows)


def test_every_address_of_a_county_is_entered() -> None:
    of_counties = {
        name for name, right in ENDPOINTS.items()
        if right in ("read", "counts", "work", "plan", "move", "approve")
    }  # fmt: skip
    assert of_counties - CARRY - CARRY_NONE == set(), "enter them in dashboard/gate/small_counts.py"
    assert (CARRY | CARRY_NONE) - of_counties == set(), "these are no addresses any more"
    assert set() == CARRY & CARRY_NONE
    assert [role for role in RIGHTS_OF if "counts" not in RIGHTS_OF[role]] == [
        "viewer", "system_admin", "security_admin", "auditor",
    ]  # fmt: skip


def test_who_lacks_the_right_finds_no_small_count(subjects: Subjects, tmp_path: Path) -> None:
    viewer, staff = subjects.client("viewer"), subjects.client("staff")
    told: dict[str, set[str]] = {}
    shown: dict[str, set[str]] = {}
    hidden, tried = set(), set()
    for endpoint, path in asked(subjects):
        seen, whole = viewer.get(path), staff.get(path)
        assert (seen.status_code, whole.status_code) == (200, 200), (path, seen.get_data()[:200])
        tried.add(endpoint)
        if names := found_in(seen, tmp_path):
            shown[path] = names
        told.setdefault(endpoint, set()).update(found_in(whole, tmp_path))
        body = seen.get_data()
        if re.search('<3"|少于 ?3|fewer than 3', body.decode(errors="ignore")):
            hidden.add(endpoint)
    assert shown == {}, "small counts, or names to be entered in OTHERS"
    # What staff read there is what was hidden: the search finds something where there is something.
    assert {name for name, found in told.items() if found} >= {
        "layer", "one_grid", "rows", "planner.ground", "planner.community", "buildings.one",
        "buildings.within", "ogc items", "ogc item", "households.building", "coverage_buildings",
        "coverage_export", "coverage_visits", "planner.export", "files.export",
    }  # fmt: skip
    assert hidden >= {
        "layer", "one_grid", "rows", "planner.ground", "planner.community", "buildings.one",
        "ogc items", "coverage_buildings", "coverage_export", "coverage_visits", "planner.export",
    }  # fmt: skip
    assert tried >= {name for name in CARRY if ENDPOINTS[name] == "read"} - {
        CALLBACKS, "papers.file", "cases.preview", "coverage.coverage_try",
        "coverage_before_api.coverage_try",
    }  # fmt: skip


def told(client: FlaskClient, app: Any, function: str, values: Mapping[str, Any]) -> str:
    """Return what a callback answers; ``values``: by component, and by ``.property`` for others."""
    output, declared = next(
        (output, one) for output, one in app.callback_map.items()
        if one.get("callback") and function_of(one).endswith(function)
    )  # fmt: skip

    def part(one: Mapping[str, Any]) -> Any:
        if one["id"].startswith("{"):
            return []
        return {**one, "value": values.get(one["id"], values.get(f".{one['property']}"))}

    sent = {
        "output": output,
        "outputs": outputs_of(output),
        "inputs": [part(one) for one in declared["inputs"]],
        "state": [part(one) for one in declared["state"]],
        "changedPropIds": [f"{declared['inputs'][0]['id']}.data"],
    }
    answer = client.post(CALLBACKS, json=sent)
    assert answer.status_code == 200, answer.get_data(as_text=True)[:300]
    return json.dumps(answer.get_json(), ensure_ascii=False)


def test_pages_say_that_it_is_few(subjects: Subjects) -> None:
    app, code = subjects.app, subjects.loaded.code
    small, grid = subjects.loaded.value("SELECT min(grid_id) FROM plan_grid"), subjects.small
    question = {"minutes": "1", "services": "", "profile": "adult"}
    asked = [
        ("command_centre.callbacks.inspect",
         {"selected": {"layer": "grids", "id": str(small)}}),
        *(("coverage.callbacks.detail",
           {".data": question, "coverage-selected": chosen})
          for chosen in ({"building": grid[0]}, {"building": grid[-1]}, {"grid": str(small)})),
        ("coverage.callbacks.answer",
         {".data": question, "coverage-grouping": "grids", "coverage-drawing": "areas"}),
    ]  # fmt: skip
    viewer, staff = subjects.client("viewer"), subjects.client("staff")
    hidden = plain = 0
    for lang in ("zh", "en"):
        where = {".search": f"?county={code}&lang={lang}"}
        for function, values in asked:
            seen, whole = (told(c, app, function, {**where, **values}) for c in (viewer, staff))
            texts = [re.sub(r'"[^"]*":', " ", one) for one in (seen, whole)]
            joined = [re.sub(r'[\s"{}\[\],]+', " ", one) for one in texts]
            assert not WORDS.search(joined[0]), (function, values, WORDS.findall(joined[0]))
            hidden += bool(re.search("少于 3|fewer than 3", joined[0]))
            plain += bool(WORDS.search(joined[1]))
        for path in ("/", "/planner", "/coverage", "/data", "/data?tab=quality"):
            sign = "&" if "?" in path else "?"
            page = viewer.get(f"{path}{sign}county={code}&lang={lang}").get_data(as_text=True)
            shown = re.sub(r"<[^>]+>", " ", page)
            assert not WORDS.search(shown), (path, WORDS.findall(shown))
    assert hidden >= 6
    assert plain >= 6


def test_what_is_kept_for_one_is_not_shown_to_the_other(subjects: Subjects) -> None:
    """The same addresses by turns, with the mark of what the browser keeps of the other."""
    path = f"/layers/grids?county={subjects.loaded.code}"
    viewer, staff = subjects.client("viewer"), subjects.client("staff")
    whole = staff.get(path)
    seen = viewer.get(path, headers={"If-None-Match": whole.headers["ETag"]})
    assert seen.status_code == 200
    assert b'"households":"<3"' in seen.data
    assert b"<3" not in whole.data
    kept = {"If-None-Match": seen.headers["ETag"]}
    assert viewer.get(path, headers=kept).status_code == 304
    assert staff.get(path, headers=kept).data == whole.data


def test_a_trial_of_stations_tells_no_small_count(subjects: Subjects) -> None:
    at = subjects.loaded.rows(
        "SELECT ST_X(ST_Centroid(geom)) AS lon, ST_Y(ST_Centroid(geom)) AS lat FROM building"
        " WHERE id = :b", b=subjects.small[0],
    )[0]  # fmt: skip
    sent = {
        "county": subjects.loaded.code,
        "question": {"minutes": "1"},
        "operations": [
            {
                "kind": "add",
                "key": "n1",
                "name": "x",
                "hours": [],
                "categories": ["service_station"],
                **at,
            }
        ],
    }
    viewer, staff = subjects.client("viewer"), subjects.client("staff")
    for path in ("/coverage/try", "/api/coverage/try"):
        seen, whole = (c.post(path, json=sent, headers={MARK: "1"}) for c in (viewer, staff))
        assert (seen.status_code, whole.status_code) == (200, 200), seen.get_data(as_text=True)
        assert all(
            count not in (1, 2) for _, *counts in seen.get_json()["grids"] for count in counts
        )
        assert seen.get_json()["gained_households"] not in (1, 2)


def test_a_worker_sees_the_houses_of_an_own_old_town(subjects: Subjects) -> None:
    """Their scope is one community, and its houses have a household each."""
    community = subjects.loaded.value(
        "SELECT d.code FROM building b JOIN division d ON d.id = b.community_id WHERE b.id = :b",
        b=subjects.small[0],
    )
    path = f"/ogc/collections/buildings/items/{subjects.small[0]}"
    for role, told_as in (("staff", (1, 2)), ("viewer", ("<3",))):
        found = subjects.client(role, community).get(path).get_json()["properties"]
        assert found["resident"] in told_as, role


def test_reading_unmasked_is_entered_once_in_an_hour(subjects: Subjects) -> None:
    path, code = f"/layers/grids?county={subjects.loaded.code}", subjects.loaded.code

    def entered(name: str) -> list[Any]:
        return subjects.loaded.rows(
            "SELECT code, role, subject, detail FROM audit_entry"
            " WHERE action = 'counts.unmasked' AND actor = :name ORDER BY id", name=name,
        )  # fmt: skip

    staff = subjects.client("staff", name="周一")
    for _ in range(3):
        assert staff.get(path).status_code == 200
    (first,) = entered("周一")
    assert (first["code"], first["role"], first["detail"]["endpoint"]) == (code, "staff", "layer")
    assert staff.get(f"/api/buildings/{code}/estates").status_code == 200
    assert len(entered("周一")) == 2
    assert subjects.client("viewer", name="周二").get(path).status_code == 200
    assert entered("周二") == []
    client = subjects.app.server.test_client()
    client.environ_base[INSIDE] = demonstrator()
    assert client.get(path).status_code == 200
    assert entered("demonstration") == []
    seen = Seen()
    times = (0.0, INTERVAL_S - 1.0, INTERVAL_S, INTERVAL_S + 1.0)
    assert [seen.is_new("x", now) for now in times] == [True, False, True, False]


def test_the_program_itself_and_commands_see_all() -> None:
    assert not few.hides()  # nobody asks
    with acting(system()):
        assert not few.hides()
    with few.hidden(is_hidden=True):
        assert few.told(2) == few.MARK
        assert [few.told(n) for n in (0, 3, None, True)] == [0, 3, None, True]


counts = st.one_of(st.none(), st.integers(0, 5), st.booleans(), st.text(max_size=2))
rows = st.dictionaries(
    st.sampled_from([*sorted(few.COUNTS)[:4], "households", "persons", "id", "name"]), counts
)


@settings(max_examples=examples(150), deadline=None)
@given(rows)
def test_a_row_keeps_what_is_not_few(row: dict[str, Any]) -> None:
    hidden = few.veiled(row)
    is_few = any(name in few.COUNTS and few.is_few(row[name]) for name in row)
    assert set(hidden) == set(row)
    for name, value in row.items():
        small = name in few.COUNTS and few.is_few(value)
        beside = is_few and name in few.BESIDE and type(value) is int
        assert hidden[name] == (few.MARK if small or beside else value)
    assert few.veiled(hidden) == hidden


@given(st.lists(st.tuples(st.integers(0, 5), st.one_of(st.none(), st.integers(0, 9)))))
def test_columns_are_hidden_place_by_place(pairs: list[tuple[int, int | None]]) -> None:
    table = {"ids": [1] * len(pairs), "households": [a for a, _ in pairs],
             "persons": [b for _, b in pairs]}  # fmt: skip
    hidden = few.veiled(table)
    assert hidden["ids"] == table["ids"]
    for place, (households, persons) in enumerate(pairs):
        small = households in (1, 2)
        assert hidden["households"][place] == (few.MARK if small else households)
        expected = few.MARK if small and persons is not None else persons
        assert hidden["persons"][place] == expected
