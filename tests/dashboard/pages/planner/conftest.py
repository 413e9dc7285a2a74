"""One county that the tests of this folder may change, and a client for its planner's desk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from dashboard.application import close_app, create_app
from dashboard.settings import read_settings
from tests.demonstration import Loaded, NewDatabase, load

MARK = {"X-Getu": "planner"}


@dataclass
class Planner:
    """A planner at the desk: drafts of one county."""

    client: FlaskClient
    loaded: Loaded

    @property
    def county(self) -> str:
        return self.loaded.code

    def get(self, path: str, status: int = 200) -> Any:
        return self._json(self.client.get(f"/api/planner{path}"), status)

    def post(self, path: str, status: int = 200, **values: Any) -> Any:
        answer = self.client.post(f"/api/planner{path}", json=values, headers=MARK)
        return self._json(answer, status)

    def patch(self, path: str, status: int = 200, **values: Any) -> Any:
        answer = self.client.patch(f"/api/planner{path}", json=values, headers=MARK)
        return self._json(answer, status)

    def delete(self, path: str, status: int = 204) -> Any:
        answer = self.client.delete(f"/api/planner{path}", headers=MARK)
        assert answer.status_code == status, answer.get_data(as_text=True)
        return answer

    def _json(self, answer: TestResponse, status: int) -> Any:
        assert answer.status_code == status, answer.get_data(as_text=True)[:600]
        return answer.get_json()

    def draft(self, kind: str = "in_force", name: str = "草案") -> int:
        made = self.post(f"/{self.county}/drafts", 201, name=name, by="甲", source={"kind": kind})
        return int(made["id"])

    def community(self) -> int:
        return int(self.get(f"/{self.county}")["communities"][0]["id"])

    def state(self, draft: int) -> Any:
        return self.get(f"/drafts/{draft}/communities/{self.community()}")

    def ground(self, draft: int) -> Any:
        tessellation = self.state(draft)["tessellation"]
        return self.get(f"/ground/{tessellation}?county={self.county}")

    def operate(self, draft: int, kind: str, version: int, status: int = 200, **more: Any) -> Any:
        return self.post(
            f"/drafts/{draft}/operations",
            status,
            community=self.community(),
            version=version,
            kind=kind,
            by=more.pop("by", "甲"),
            **more,
        )

    def border(self, draft: int) -> tuple[int, int]:
        """Return a plot and the grid beside it."""
        assignment, near = self.state(draft)["assignment"], self.ground(draft)["neighbours"]
        return next(
            (a, assignment[b])
            for a, b in zip(near["a"], near["b"], strict=True)
            if assignment[a] != assignment[b]
        )


@pytest.fixture(scope="session")
def planner(new_database: NewDatabase) -> Iterator[Planner]:
    with at_the_desk(new_database) as planner:
        yield planner


@contextmanager
def at_the_desk(new_database: NewDatabase) -> Iterator[Planner]:
    """Load a county into a new database and open its planner's desk."""
    loaded = load(new_database, "liping")
    app = create_app(read_settings({}), loaded.server)
    yield Planner(app.server.test_client(), loaded)
    close_app(app)
    loaded.engine.dispose()
