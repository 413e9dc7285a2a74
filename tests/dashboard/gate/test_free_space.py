"""A disk that is nearly full: files first, then changes are refused; reading goes on."""

from __future__ import annotations

import io
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from dashboard.application import close_app, create_app
from dashboard.gate import free_space
from dashboard.settings import read_settings
from dashboard.web.bodies import MARK
from data.engine import transaction
from data.files.write_uploads import check_quota
from layers.kit.errors import InputError
from tests.demonstration import Loaded

pytestmark = pytest.mark.database
MB = 1_000_000


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """Return how much is free, as the program sees it."""
    found = {"free": 10_000 * MB}
    monkeypatch.setattr(free_space, "room", lambda _: found["free"])
    monkeypatch.setattr(free_space, "LOOKED_S", 0.0)
    return found


@pytest.fixture(scope="module")
def client(app: Any) -> FlaskClient:
    return app.server.test_client()


def give(client: FlaskClient, county: str, content: bytes = b"") -> Any:
    query = {"kind": "stations", "name": "a.csv"}
    address = f"/api/files/{county}/uploads"
    return client.post(address, query_string=query, data=content, headers={MARK: "1"})


def test_files_are_refused_before_changes_and_reading_goes_on(
    disk: dict[str, int], client: FlaskClient, liping: Loaded
) -> None:
    draft = f"/api/planner/{liping.code}/drafts"
    marked = {"headers": {MARK: "1"}}
    disk["free"] = 900 * MB
    answer = give(client, liping.code, b"x")
    assert (answer.status_code, "no files are taken" in answer.get_json()["error"]) == (503, True)
    form = {"file": (io.BytesIO(b"x"), "a.png")}
    assert client.post(f"/api/sheets/{liping.code}", data=form, **marked).status_code == 503
    assert client.post(draft, json={}, **marked).status_code == 400  # judged, not refused for room
    disk["free"] = 200 * MB
    answer = client.post(draft, json={}, **marked)
    assert (answer.status_code, "nothing is saved" in answer.get_json()["error"]) == (503, True)
    assert client.get(f"/layers/grids?county={liping.code}").status_code == 200
    asked = client.post("/coverage/try", json={"county": liping.code}, **marked)
    assert asked.status_code != 503
    gone = client.delete("/api/files/uploads/999999", **marked)  # throwing away makes room
    assert gone.status_code == 200


def test_how_much_must_be_free_is_a_setting(
    monkeypatch: pytest.MonkeyPatch, disk: dict[str, int], liping: Loaded
) -> None:
    disk["free"] = 50 * MB
    made = create_app(read_settings({"GETU_FREE_MB": "10"}), liping.server)
    try:
        assert give(made.server.test_client(), liping.code).status_code == 400  # empty
    finally:
        close_app(made)


def test_a_person_and_a_county_have_a_quota(spare_liping: Loaded) -> None:
    county, most = spare_liping.code, 10 * MB

    def upload(by: str, size: int) -> None:
        with transaction(spare_liping.engine) as c:
            check_quota(c, county, by, size, most)
            c.execute(
                text(
                    "INSERT INTO upload (code, kind, file_name, bytes, sha256, state, made_by)"
                    " VALUES (:code, 'stations', 'a.csv', :size, '', 'open', :by)"
                ),
                {"code": county, "size": size, "by": by},
            )

    upload("甲", 6 * MB)
    upload("甲", 4 * MB)
    with pytest.raises(InputError, match="your files that wait come to over 10 MB"):
        upload("甲", 1)
    for other in ("乙", "丙", "丁"):
        upload(other, 10 * MB)
    with pytest.raises(InputError, match="county's files that wait come to over 40 MB"):
        upload("戊", 1)
    with transaction(spare_liping.engine) as c:
        c.execute(text("UPDATE upload SET state = 'imported' WHERE made_by = '甲'"))
    upload("甲", 1 * MB)
