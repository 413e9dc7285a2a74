"""Every change reaches the audit; who was not let in is in it; floods are cut off."""

from __future__ import annotations

from collections.abc import Iterator
from types import CodeType, FunctionType, ModuleType
from typing import Any

import pytest

from dashboard.access.principal import INSIDE, from_here, signed_in
from dashboard.access.rights import ENDPOINTS
from dashboard.gate.audit import CHANGING, DOWNLOADS, LEAVES_NONE, MOST_A_MINUTE, Refusals
from dashboard.web.api import READING
from dashboard.web.bodies import MARK
from data.access import audit
from data.access.actions import ACTIONS
from layers.kit.principal import system
from tests.conftest import ROOT
from tests.demonstration import Loaded

pytestmark = pytest.mark.database
OWN = ("dashboard", "layers", "data")


def functions_of(function: FunctionType) -> Iterator[FunctionType]:
    """Return the functions of ours that a function names: globals, closures, of modules."""
    codes, names = [function.__code__], set[str]()
    while codes:
        code = codes.pop()
        names |= {*code.co_names, *code.co_freevars}
        codes += [part for part in code.co_consts if isinstance(part, CodeType)]
    known = dict(function.__globals__)
    cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
    known |= {name: cell.cell_contents for name, cell in cells}
    values = [known[name] for name in names if name in known]
    values += [
        getattr(value, name)
        for value in values
        if isinstance(value, ModuleType)
        for name in names
        if hasattr(value, name)
    ]
    for value in values:
        if isinstance(value, FunctionType) and value.__module__.startswith(OWN):
            yield value


def reaches_audit(view: Any) -> bool:
    seen: set[FunctionType] = set()
    waiting = [view]
    while waiting:
        function = waiting.pop()
        if function is audit.record:
            return True
        if function not in seen:
            seen.add(function)
            waiting += functions_of(function)
    return False


def test_every_address_that_changes_something_reaches_the_audit(app: Any) -> None:
    changing = {
        rule.endpoint
        for rule in app.server.url_map.iter_rules()
        if ENDPOINTS[rule.endpoint] in CHANGING and set(rule.methods or ()) - set(READING)
    }
    assert len(changing) > 50
    views = app.server.view_functions
    silent = {name for name in changing if not reaches_audit(views[name])}
    assert silent == set(LEAVES_NONE), "record(...) what they do, or say why they leave nothing"
    assert not reaches_audit(views["households.find"])
    assert set(DOWNLOADS) <= set(views)


def test_entries_are_made_by_one_function() -> None:
    others = {
        str(file.relative_to(ROOT))
        for own in OWN
        for file in (ROOT / own).rglob("*.py")
        if "INSERT INTO audit_entry" in (said := file.read_text(encoding="utf-8"))
        or "insert(access_tables.audit_entry" in said
    }
    assert others == {"data/access/audit.py"}
    assert len(set(ACTIONS)) == len(ACTIONS)


def last(loaded: Loaded, action: str) -> Any:
    rows = loaded.rows(
        "SELECT * FROM audit_entry WHERE action = :action ORDER BY id DESC LIMIT 1", action=action
    )
    return rows[0] if rows else None


def test_who_is_not_let_in_is_in_the_audit(app: Any, liping: Loaded) -> None:
    client = app.server.test_client()
    who = signed_in("王看", "viewer", "522301")
    client.environ_base |= {INSIDE: who, "REMOTE_ADDR": "10.1.2.3"}
    answer = client.post(f"/api/planner/{liping.code}/drafts", json={}, headers={MARK: "1"})
    assert answer.status_code == 403
    found = last(liping, "access.denied")
    assert (found["actor"], found["role"], found["origin"]) == ("王看", "viewer", "10.1.2.3")
    assert (found["code"], found["detail"]["endpoint"]) == (liping.code, "planner.create")
    assert client.get("/api/planner/drafts/987654321").status_code == 404
    found = last(liping, "access.not_found")
    assert found["detail"]["of"] == {"plan_id": 987654321}


def test_what_goes_along_as_a_file_is_in_the_audit(app: Any, liping: Loaded) -> None:
    client = app.server.test_client()
    client.environ_base[INSIDE] = signed_in("赵取", "viewer", liping.code[:6])
    answer = client.get(f"/api/files/{liping.code}/export/stations.csv")
    assert answer.status_code == 200
    found = last(liping, "download.made")
    assert (found["actor"], found["code"]) == ("赵取", liping.code)
    assert found["subject"].endswith("/export/stations.csv")


def test_behind_a_proxy_the_last_address_that_it_names_is_kept(app: Any) -> None:
    named = {"X-Forwarded-For": "8.8.8.8, 10.9.9.9"}
    for caller, kept in (("127.0.0.1", "10.9.9.9"), ("10.1.2.3", "10.1.2.3")):
        with app.server.test_request_context(headers=named, environ_base={"REMOTE_ADDR": caller}):
            assert from_here(system()).origin == kept


def test_a_flood_of_refusals_is_cut_off_and_its_begin_kept() -> None:
    refusals = Refusals()
    kept = [refusals.is_kept("甲", now=float(n) / 10) for n in range(100)]
    assert kept == [n < MOST_A_MINUTE for n in range(100)]
    assert refusals.is_kept("乙", now=10.0)
    assert refusals.is_kept("甲", now=61.0)
