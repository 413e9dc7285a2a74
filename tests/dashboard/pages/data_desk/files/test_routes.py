"""Files over HTTP: given, judged, imported by two programs at once, cancelled, refused."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Any
from urllib.parse import quote

import geopandas as gpd
import pytest
import shapely
from flask import Flask
from flask.testing import FlaskClient

from dashboard.intake.whole import import_whole
from dashboard.pages.data_desk.cases import routes as cases
from dashboard.pages.data_desk.files import jobs, routes
from dashboard.services import make_services
from dashboard.web.routes import add_routes
from data.engine import program_engine, transaction
from data.importers.run import take_turn
from tests.data.exporters.test_round_trips import centre
from tests.demonstration import Loaded, NewDatabase, load

pytestmark = pytest.mark.database
MARK = {"X-Getu": "files"}
HEAD = "编号,名称,类别,状态,lon,lat,坐标系"


@pytest.fixture(scope="module")
def town(new_database: NewDatabase) -> Iterator[Loaded]:
    """Return 栗坪 in a database of this file's own; each test imports stations of its own."""
    loaded = load(new_database, "liping")
    yield loaded
    loaded.engine.dispose()


@contextmanager
def program_of(town: Loaded, *, working: bool = True) -> Iterator[FlaskClient]:
    """Give a client of a web process of its own, with its worker (that works, or only waits)."""
    server = Flask(__name__)
    services = make_services(program_engine(town.server, pool_size=4))
    add_routes(server, services)
    routes.add_routes(server, services)
    cases.add_routes(server, services)
    jobs.add_jobs(services)
    if working:
        services.jobs.start()
    try:
        yield server.test_client()
    finally:
        services.jobs.stop()
        services.engine.dispose()


@pytest.fixture(scope="module")
def client(town: Loaded) -> Iterator[FlaskClient]:
    with program_of(town) as made:
        yield made


def csv(town: Loaded, *rows: str) -> bytes:
    x, y = centre(town)
    return "\n".join([HEAD, *(f"{row},{x},{y},EPSG:4490" for row in rows), ""]).encode()


def give(
    client: FlaskClient,
    town: Loaded,
    content: bytes,
    name: str = "站点.csv",
    kind: str = "stations",
) -> Any:
    address = f"/api/files/{town.code}/uploads?kind={kind}&name={quote(name)}&by=甲"
    return client.post(address, data=content, headers=MARK)


def ask(client: FlaskClient, upload: int, what: str, **body: Any) -> int:
    values = {"kind": "stations", "by": "甲", **body}
    answer = client.post(f"/api/files/uploads/{upload}/{what}", json=values, headers=MARK)
    assert answer.status_code == 202, answer.get_json()
    return int(answer.get_json()["id"])


def ended(client: FlaskClient, job: int) -> dict[str, Any]:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        found: dict[str, Any] = client.get(f"/api/files/jobs/{job}?lang=zh").get_json()
        if found["state"] not in ("waiting", "running"):
            return found
        time.sleep(0.1)
    raise AssertionError(f"job {job} never ended")


def stations(town: Loaded, name: str) -> int:
    return int(town.value("SELECT count(*) FROM station WHERE name = :name", name=name))


def test_a_file_is_looked_at_judged_and_imported_once(client: FlaskClient, town: Loaded) -> None:
    given = give(client, town, csv(town, "1,一站,公厕,开放"))
    assert given.status_code == 201
    found = given.get_json()
    assert found["look"]["matched"]["categories"] == "类别"
    assert found["look"]["crs"] == "EPSG:4490"
    judged = ended(client, ask(client, found["id"], "judge"))["result"]
    assert judged["changes"]["counts"]["new"] == 1
    assert judged["map"][0]["geometry"]["type"] == "Point"
    assert stations(town, "一站") == 0
    done = ended(client, ask(client, found["id"], "import", digest=judged["digest"]))["result"]
    assert (done["refused"], done["rows_written"]) == (False, 1)
    assert stations(town, "一站") == 1
    kept = "SELECT count(*) FROM upload_part WHERE upload_id = :id"
    assert town.value(kept, id=found["id"]) == 0  # nothing of the file is left
    again = client.post(f"/api/files/uploads/{found['id']}/import", json={"kind": "stations"},
                        headers=MARK)  # fmt: skip
    assert again.status_code == 409


def test_two_programs_asked_for_one_file_import_it_once(town: Loaded, client: FlaskClient) -> None:
    upload = give(client, town, csv(town, "2,二站,公厕,开放")).get_json()["id"]
    wanted = [ask(client, upload, "import") for _ in range(3)]
    with program_of(town) as other:
        results = [ended(other, job)["result"] for job in wanted]
    assert [r.get("already", False) for r in results].count(False) == 1
    assert stations(town, "二站") == 1


def test_what_changed_after_the_preview_has_to_be_looked_at_again(
    client: FlaskClient, town: Loaded
) -> None:
    upload = give(client, town, csv(town, "3,三站,公厕,开放")).get_json()["id"]
    digest = ended(client, ask(client, upload, "judge"))["result"]["digest"]
    other = give(client, town, csv(town, "3,三站,公厕,暂停")).get_json()["id"]
    ended(client, ask(client, other, "import"))
    stale = ended(client, ask(client, upload, "import", digest=digest))["result"]
    assert stale["stale"]
    assert town.value("SELECT state FROM station WHERE name = '三站'") == "suspended"


def test_faulty_rows_are_listed_and_left_out_only_when_asked(
    client: FlaskClient, town: Loaded
) -> None:
    rows = ("4,四站,公厕,开放", "5,五站,宫殿,开放")
    upload = give(client, town, csv(town, *rows)).get_json()["id"]
    job = ask(client, upload, "judge")
    found = ended(client, job)["result"]
    assert (found["bad_rows"], found["changes"]["counts"]["new"]) == (1, 1)
    assert [(f["row"], f["line"], f["field"]) for f in found["findings"]] == [(2, 3, "类别")]
    sheet = client.get(f"/api/files/jobs/{job}/faults.csv?lang=zh").get_data().decode("utf-8-sig")
    assert sheet.splitlines()[0] == "第几条,表格行号,列,程度,问题和改法"
    refused = ended(client, ask(client, upload, "import", digest=found["digest"]))["result"]
    assert refused["refused"]
    assert stations(town, "四站") == 0
    done = ended(client, ask(client, upload, "import", digest=found["digest"], skip=True))["result"]
    assert done["rows_written"] == stations(town, "四站") == 1


def test_an_import_that_waits_for_its_turn_can_be_cancelled(
    client: FlaskClient, town: Loaded
) -> None:
    upload = give(client, town, csv(town, "6,六站,公厕,开放")).get_json()["id"]
    with transaction(town.engine) as c:
        take_turn(c, town.code, lambda _: None)
        job = ask(client, upload, "import")
        deadline = time.monotonic() + 90
        stage = None
        while stage != "正在等另一个导入结束" and time.monotonic() < deadline:
            time.sleep(0.1)
            stage = client.get(f"/api/files/jobs/{job}?lang=zh").get_json()["stage"]
        assert stage == "正在等另一个导入结束"
        client.post(f"/api/files/jobs/{job}/cancel", headers=MARK)
        assert ended(client, job)["state"] == "cancelled"
    assert stations(town, "六站") == 0
    assert ended(client, ask(client, upload, "import"))["result"]["rows_written"] == 1


def test_a_worker_that_dies_in_an_import_leaves_it_to_the_next_one(
    client: FlaskClient, town: Loaded, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = give(client, town, csv(town, "7,七站,公厕,开放")).get_json()["id"]
    reached, go = Event(), Event()

    def hang(c: Any, *arguments: Any, **options: Any) -> Any:
        import_whole(c, *arguments, **options)
        reached.set()
        go.wait(20)
        raise RuntimeError("the power went out")  # written, but never committed

    monkeypatch.setattr(jobs, "import_whole", hang)
    job = ask(client, upload, "import")
    assert reached.wait(20)
    assert stations(town, "七站") == 0
    monkeypatch.setattr(jobs, "import_whole", import_whole)
    with transaction(town.engine) as c:
        c.exec_driver_sql(f"UPDATE job SET state = 'waiting', worker = NULL WHERE id = {job}")
    # The dying thread wakes when the other program stands: Python 3.11 cannot make syntax trees
    # in two threads at once, and a program's routes are made so.
    with program_of(town) as other:
        go.set()
        assert ended(other, job)["state"] == "done"
    assert stations(town, "七站") == 1


def test_what_is_not_ours_is_refused(
    client: FlaskClient, town: Loaded, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = csv(town, "8,八站,公厕,开放")
    plain = client.post(f"/api/files/{town.code}/uploads?kind=stations&name=a.csv", data=content)
    assert plain.status_code == 403
    for answer, status in (
        (give(client, town, content, kind="weather"), 400),
        (give(client, town, b""), 400),
        (give(client, town, b"PK\3\4 noise", name="a.xlsx"), 400),
        (client.get(f"/api/files/uploads/{2**70}/look"), 404),
        (client.get("/api/files/uploads/999999/look"), 404),
        (client.get("/api/files/jobs/999999"), 404),
        (client.get("/api/files/templates/weather.xlsx"), 400),
        (client.get(f"/api/files/{town.code}/export/streets.xlsx"), 400),
        (client.get(f"/api/files/{town.code}/export/streets.exe"), 404),
        (client.get("/api/files/999999/export/streets.gpkg"), 404),
    ):
        assert answer.status_code == status
        assert "Traceback" not in answer.get_data(as_text=True)
    monkeypatch.setattr("data.files.write_uploads.MOST_BYTES", 100)
    assert give(client, town, content * 10).status_code == 400
    assert town.value("SELECT count(*) FROM upload WHERE bytes > 1 AND state = 'open'") >= 0


def test_a_name_with_folders_in_it_stays_in_its_folder(client: FlaskClient, town: Loaded) -> None:
    given = give(client, town, csv(town, "9,九站,公厕,开放"), name="../../tmp/九.csv")
    assert given.status_code == 201
    found = ended(client, ask(client, given.get_json()["id"], "judge"))
    assert found["result"]["file"] == "九.csv"


def test_a_file_that_was_left_is_found_again_until_it_is_thrown_away(
    client: FlaskClient, town: Loaded
) -> None:
    upload = give(client, town, csv(town, "10,十站,公厕,开放"), name="留下.csv").get_json()["id"]
    listed = client.get(f"/api/files/{town.code}/uploads").get_json()["uploads"]
    assert [(u["name"], u["kind"], u["by"]) for u in listed if u["id"] == upload] == [
        ("留下.csv", "stations", "甲")
    ]
    look = client.get(f"/api/files/uploads/{upload}/look").get_json()["look"]
    assert look["rows"] == 1
    assert client.delete(f"/api/files/uploads/{upload}", headers=MARK).status_code == 200
    listed = client.get(f"/api/files/{town.code}/uploads").get_json()["uploads"]
    assert upload not in [u["id"] for u in listed]


def test_downloads_name_what_they_hold(client: FlaskClient, town: Loaded) -> None:
    answer = client.get(f"/api/files/{town.code}/export/stations.xlsx?lang=zh")
    assert quote("服务站点") in answer.headers["Content-Disposition"]
    assert io.BytesIO(answer.get_data()).read(2) == b"PK"


def test_the_plan_in_force_goes_out_beside_the_rows(client: FlaskClient, town: Loaded) -> None:
    answer = client.get(f"/api/files/{town.code}/export/plan.geojson")
    assert answer.status_code == 200
    # 栗坪 has 12 grids in force.
    assert len(answer.get_json(force=True)["features"]) == 12
    assert client.get("/api/files/999999/export/plan.geojson").status_code == 404
    assert client.get(f"/api/files/{town.code}/export/plan.exe").status_code == 404


def test_one_of_several_layers_of_old_grids_is_asked_for(
    client: FlaskClient, town: Loaded, tmp_path: Path
) -> None:
    x, y = centre(town)
    frame = gpd.GeoDataFrame(geometry=[shapely.box(x, y, x + 0.001, y + 0.001)], crs=4490)
    path = tmp_path / "旧.gpkg"
    for layer in ("旧网格", "别的"):
        frame.to_file(path, layer=layer)
    answer = client.post(
        f"/api/cases/{town.code}",
        data={"kind": "grids", "file": (io.BytesIO(path.read_bytes()), path.name)},
        headers=MARK,
    )
    assert (answer.status_code, answer.get_json()["layers"]) == (400, ["旧网格", "别的"])
