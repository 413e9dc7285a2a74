"""A hundred hostile files at every door: refused with a sentence, nothing of the server touched.

How long and how much memory a refusal takes, ``benchmarks/hostile.py`` measures.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from dashboard.web.bodies import MARK
from data.importers.judging.kind import ImportOptions
from data.importers.reading.child.trust import files_of_others
from data.importers.run import run_import
from layers.kit.errors import InputError
from tests.demonstration import Loaded
from tests.hostile.files import ALL
from tests.hostile.places import SECRET, Canary

pytestmark = pytest.mark.database
HARMLESS: dict[str, tuple[str, ...]] = {
    "loop.tif": ("scan",),  # the first picture is whole; where the next would be is not asked
    "count.tif": ("scan",),
    "picture.tif": ("scan",),  # its first bytes say what it is, not its name
    "side.pdf": ("scan",),  # drawn no larger than the bound, and blank
}
"""What a door may take, since it reads nothing of what is hostile in it."""
ENDLESS = {"view.gpkg": ("look", "drafts"), "text.gpkg": ("import",)}
"""These are read until their seconds are over: each at one door of its reader is enough."""


@pytest.fixture(scope="module")
def canary(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Canary]:
    made = Canary(tmp_path_factory.mktemp("server"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def client(app: Any) -> FlaskClient:
    return app.server.test_client()


Door = Callable[[FlaskClient, Loaded, str, bytes, Path], str | None]
"""Give a file; return the sentence of the refusal, None when it was taken."""


def said(answer: TestResponse) -> str | None:
    if answer.status_code < 400:
        return None
    assert answer.status_code < 500, answer.get_data(as_text=True)[:500]
    return answer.get_data(as_text=True)


def form(client: FlaskClient, address: str, name: str, content: bytes) -> str | None:
    file = {"file": (io.BytesIO(content), name)}
    headers = {MARK: "1"}
    return said(client.post(address, data=file, headers=headers))


def given(kind: str) -> Door:
    def door(client: FlaskClient, loaded: Loaded, name: str, content: bytes, _: Path) -> str | None:
        address = f"/api/files/{loaded.code}/uploads"
        query = {"kind": kind, "name": name}
        headers = {MARK: "1"}
        return said(client.post(address, query_string=query, data=content, headers=headers))

    return door


def judged(kind: str) -> Door:
    """Return the door of ``getu import`` and of the desk's workers."""

    def door(_: FlaskClient, loaded: Loaded, name: str, content: bytes, folder: Path) -> str | None:
        path = folder / name
        path.write_bytes(content)
        county = "520199" if kind == "osm" else loaded.code
        options = ImportOptions(dry_run=True, name="x", columns={"external_id": "name"})
        try:
            with files_of_others():
                run_import(loaded.engine, kind, path, county, options)
        except InputError as error:
            return str([f.values for f in error.findings] or error)
        return None

    return door


def at_cases(client: FlaskClient, loaded: Loaded, name: str, content: bytes, _: Path) -> str | None:
    return form(client, f"/api/cases/{loaded.code}", name, content)


def at_drafts(
    client: FlaskClient, loaded: Loaded, name: str, content: bytes, _: Path
) -> str | None:
    return form(client, f"/api/planner/{loaded.code}/drafts/import", name, content)


def at_households(
    client: FlaskClient, loaded: Loaded, name: str, content: bytes, _: Path
) -> str | None:
    return form(client, f"/api/households/{loaded.code}/look", name, content)


def at_scans(client: FlaskClient, loaded: Loaded, name: str, content: bytes, _: Path) -> str | None:
    return form(client, f"/api/sheets/{loaded.code}", name, content)


DOORS: dict[str, tuple[tuple[str, Door], ...]] = {
    "vector": (
        ("look", given("buildings")),
        ("cases", at_cases),
        ("drafts", at_drafts),
        ("import", judged("grids")),
    ),
    "table": (
        ("look", given("stations")),
        ("households", at_households),
        ("drafts", at_drafts),
        ("import", judged("demands")),
    ),
    "heights": (("import", judged("elevation")), ("scan", at_scans)),
    "scan": (("scan", at_scans), ("import", judged("elevation"))),
    "town": (("import", judged("osm")),),
}


@pytest.mark.parametrize("kind", ALL)
def test_hostile_files_are_refused_at_every_door(
    kind: str, client: FlaskClient, liping: Loaded, canary: Canary, tmp_path: Path
) -> None:
    taken = []
    for name, make in ALL[kind].items():
        made = make(canary)
        content = made.encode() if isinstance(made, str) else made
        canary.was_read()
        for where, door in DOORS[kind]:
            if name in ENDLESS and where not in ENDLESS[name]:
                continue
            sentence = door(client, liping, name, content, tmp_path)
            # The desk shows the first rows of a file before it judges it, as ``import`` does here.
            if sentence is None and where not in ("look", *HARMLESS.get(name, ())):
                taken.append(f"{name} → {where}")
            assert SECRET not in (sentence or ""), (name, where)
            assert not canary.was_read(), (name, where)
            assert not canary.was_called(), (name, where)
    assert ", ".join(taken) == ""


def test_there_are_many_of_them() -> None:
    assert sum(len(makers) for makers in ALL.values()) >= 100
