"""A county with one thing of every kind that an address names, each made over HTTP as people do.

Some of its buildings have one household or two, and one grid has two in all.
"""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from flask.testing import FlaskClient
from PIL import Image
from werkzeug.routing import Rule

from dashboard.access.principal import INSIDE, signed_in
from dashboard.web.bodies import MARK
from tests.dashboard.gate.addresses import Tried, every_address
from tests.demonstration import Loaded

ENDED_S = 90


@dataclass(frozen=True)
class Subjects:
    """What is there. ``of``: endpoint or its folder → gap of its address → what fills it."""

    app: Any
    loaded: Loaded
    small: tuple[int, ...]
    of: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def layers(self) -> tuple[str, ...]:
        """Return the keys of the layers."""
        return tuple(self.app.server.extensions["getu"].layers)

    def client(self, role: str, scope: str | None = None, name: str = "王敏") -> FlaskClient:
        client: FlaskClient = self.app.server.test_client()
        client.environ_base[INSIDE] = signed_in(name, role, scope or self.loaded.code)
        return client

    def value(self, rule: Rule, name: str, _: bool) -> Any:
        """Return what fills a gap of an address."""
        folder, _, _ = rule.endpoint.rpartition(".")
        for known in (rule.endpoint, folder, ""):
            if name in self.of.get(known, {}):
                return self.of[known][name]
        raise KeyError(f"{rule.endpoint}: say in tests/dashboard/gate/subjects.py what {name} is")

    def addresses(self) -> Iterator[Tried]:
        """Return all addresses of this county."""
        return every_address(self.app, self.value)


def make_subjects(app: Any, loaded: Loaded) -> Subjects:
    """Make one thing of each kind."""
    made = Subjects(app, loaded, _few(loaded))
    admin = made.client("admin")
    code = loaded.code

    def post(path: str, status: int = 201, **values: Any) -> Any:
        answer = admin.post(path, headers={MARK: "1"}, **values)
        assert answer.status_code == status, (path, answer.get_data(as_text=True)[:300])
        return answer.get_json()

    plan = loaded.value("SELECT id FROM plan ORDER BY id LIMIT 1")
    draft = post(f"/api/planner/{code}/drafts",
                 json={"name": "甲", "source": {"kind": "in_force"}})["id"]  # fmt: skip
    community = loaded.value("SELECT min(community_id) FROM plan_community WHERE plan_id = :p",
                             p=draft)  # fmt: skip
    state = admin.get(f"/api/planner/drafts/{draft}/communities/{community}").get_json()
    scan = post(f"/api/planner/drafts/{draft}/attachments",
                data={"file": (io.BytesIO(b"%PDF-1.7 stamped"), "a.pdf")})["id"]  # fmt: skip
    own_grid = loaded.value("SELECT min(grid_id) FROM plan_grid WHERE plan_id = :p",
                            p=draft)  # fmt: skip
    file = post(f"/api/files/{code}/uploads?kind=stations&name=a.csv",
                data="名称,类别,经度,纬度\n甲,medical,105.5,26.5\n".encode())["id"]  # fmt: skip
    judged = post(f"/api/files/uploads/{file}/judge", 202, json={"kind": "stations"})["id"]
    table = post(f"/api/households/{code}/open", data={
        "file": (io.BytesIO(_table(loaded)), "11.csv"), "effective_on": "2026-11-30",
        "source": "社区上报"})["id"]  # fmt: skip
    grids = admin.get(f"/api/planner/plans/{plan}/export/geojson").get_data()
    cases = post(f"/api/cases/{code}", data={"file": (io.BytesIO(grids), "old.geojson")})
    sheet = post(f"/api/sheets/{code}", data={"file": (io.BytesIO(_png()), "a.png")})
    scenario = post(f"/api/coverage/{code}/scenarios", json={})["scenario"]["id"]
    siting = post(f"/api/coverage/{code}/sitings", json={
        "question": {"minutes": "5"}, "number": 1, "goal": "cover"})  # fmt: skip
    division = post(
        f"/api/division/{code}/jobs",
        202,
        json={"draft": draft, "communities": [community], "prefer": ["fewest"]},
    )
    paper = admin.get(f"/api/planner/plans/{plan}/export/csv", headers={"Prefer": "respond-async"})
    made.of.update({
        "": {
            "county": code, "place": code, "key": "grids", "suffix": "json", "form": "gpkg",
            "z": 13, "x": 6500, "y": 3450, "revision": "1", "path": "planner",
            "filename": "x", "package_name": "x", "fingerprinted_path": "x", "digest": "x",
            "name": "x", "token": "x" * 40, "login": "nobody", "kind": "csv", "table": "grids",
            "building": made.small[0], "what": "buildings",
        },
        "planner": {
            "plan_id": draft, "community_id": community, "attachment_id": scan,
            "grid_id": own_grid, "waiver_id": 987, "change_id": 987,
            "tessellation": state["tessellation"],
        },
        "files": {"upload_id": file, "job_id": judged, "kind": "stations"},
        "households": {"upload_id": table, "estate_id": loaded.value("SELECT min(id) FROM estate"),
                       "snapshot_id": loaded.value("SELECT min(id) FROM count_snapshot")},
        "cases": {"set_id": cases["set"]["id"]},
        "sheets": {"sheet": sheet["id"]},
        "coverage": {"scenario_id": scenario, "siting_id": siting["id"], "key": "own"},
        "division": {"job_id": division["id"]},
        "demands": {"demand": loaded.value("SELECT min(id) FROM demand")},
        "papers": {"job_id": paper.get_json()["id"]},
        "coverage_visits": {"suffix": "html"},
        "coverage_export": {"suffix": "csv"},
        "files.template": {"kind": "stations"},
        "ogc item": {"feature": 1}, "ogc county item": {"feature": own_grid},
    })  # fmt: skip
    made.of["ogc item"]["feature"] = own_grid
    for job in (judged, division["id"], paper.get_json()["id"]):
        _wait(loaded, job)
    return made


def _few(loaded: Loaded) -> tuple[int, ...]:
    """Leave a third of the buildings one household or two; return those buildings."""
    rows = loaded.rows(
        "UPDATE building_count SET value = 1 + (building_id % 2) WHERE building_id % 3 = 0"
        " AND measure = 'resident' RETURNING building_id"
    )
    grid = loaded.value("SELECT min(grid_id) FROM plan_grid")
    inside = (
        "SELECT pb.building_id FROM plan_assignment a JOIN plot_building pb"
        f" ON pb.plot_id = a.plot_id WHERE a.grid_id = {grid}"
    )
    loaded.rows(f"UPDATE building_count SET value = 0 WHERE measure = 'resident' AND"
                f" building_id IN ({inside}) RETURNING 1")  # fmt: skip
    loaded.rows(
        f"UPDATE building_count SET value = 2 WHERE measure = 'resident' AND"
        f" building_id = (SELECT min(building_id) FROM ({inside}) x) RETURNING 1"
    )
    loaded.rows("UPDATE county SET revision = revision + 1 RETURNING 1")
    known = loaded.rows(
        "SELECT DISTINCT building_id FROM building_count WHERE measure = 'resident'"
        " AND value IN (1, 2) ORDER BY 1"
    )
    assert len(rows) > 10
    return tuple(row["building_id"] for row in known)


def _table(loaded: Loaded) -> bytes:
    rows = loaded.rows(
        "SELECT e.name AS estate, b.number FROM building b JOIN estate e ON e.id = b.estate_id"
        " ORDER BY b.id LIMIT 20"
    )
    lines = [f"{row['estate']},{row['number']},{1 + n % 5}" for n, row in enumerate(rows)]
    return "\n".join(("小区名称,楼栋,常住户数", *lines, "老粮站,门面房,2")).encode()


def _png() -> bytes:
    kept = io.BytesIO()
    Image.new("RGB", (400, 300), "white").save(kept, "PNG")
    return kept.getvalue()


def _wait(loaded: Loaded, job: int) -> None:
    until = time.monotonic() + ENDED_S
    while loaded.value("SELECT state FROM job WHERE id = :j", j=job) in ("waiting", "running"):
        assert time.monotonic() < until, f"job {job} does not end"
        time.sleep(0.05)
