"""Role × endpoint and role × callback: what is not a role's is refused, what is passes the gate.

Generated from the URL map and the map of callbacks: what is new fails until it is entered.
"""

from __future__ import annotations

import json
from typing import Any, get_args

import pytest
from flask.testing import FlaskClient

from dashboard import ids
from dashboard.access.principal import INSIDE, RIGHTS_OF, ROLES, kept_apart, signed_in
from dashboard.access.rights import CALLBACKS as CALLBACK_RIGHTS
from dashboard.access.rights import ENDPOINTS, RIGHTS
from dashboard.gate.callbacks import function_of
from dashboard.gate.requests import ANY_PAGE, CALLBACKS
from dashboard.pages import PAGES
from dashboard.web.bodies import MARK
from data.access.tables import ROLES as KEPT_ROLES
from layers.kit.principal import Role
from tests.dashboard.gate.addresses import every_address
from tests.dashboard.gate.test_hostile_text import outputs_of

pytestmark = pytest.mark.database
SENTENCE = "not for the role"


def client_of(app: Any, role: str) -> FlaskClient:
    client = app.server.test_client()
    client.environ_base[INSIDE] = signed_in("某人", role, "522301")
    return client


def test_the_roles_are_those_of_the_accounts() -> None:
    assert set(ROLES) == set(KEPT_ROLES) == set(RIGHTS_OF) == set(get_args(Role))


@pytest.mark.parametrize("role", ROLES)
def test_a_role_passes_the_gate_exactly_where_it_has_the_right(app: Any, role: str) -> None:
    client, wrong, tried = client_of(app, role), [], 0
    for one in every_address(app):
        right = ENDPOINTS[one.endpoint]
        if one.endpoint in (CALLBACKS, ANY_PAGE) or right == "nobody":
            continue
        # A body that no address takes: what passes the gate goes no further.
        answer = client.open(one.path, method=one.method, headers={MARK: "1"}, json=[])
        refused = answer.status_code == 403 and SENTENCE in answer.get_data(as_text=True)
        if refused == (right == "open" or right in RIGHTS_OF[role]):
            wrong.append((one, answer.status_code))
        tried += 1
    assert wrong == []
    assert tried > 110


def test_every_callback_is_entered_and_nothing_else(app: Any) -> None:
    there = {function_of(one) for one in app.callback_map.values() if one.get("callback")}
    assert there - set(CALLBACK_RIGHTS) == set(), "enter them in dashboard/access/rights.py"
    assert set(CALLBACK_RIGHTS) - there == set(), "these are no callbacks any more"


@pytest.mark.parametrize("role", ROLES)
def test_a_role_passes_to_a_callback_exactly_where_it_has_the_right(app: Any, role: str) -> None:
    client = client_of(app, role)
    for output, callback in app.callback_map.items():
        if not callback.get("callback"):
            continue
        empty = {"value": None}
        body = {
            "output": output,
            "outputs": outputs_of(output),
            "inputs": [{**part, **empty} for part in callback["inputs"]],
            "state": [{**part, **empty} for part in callback["state"]],
            "changedPropIds": ["something.n_clicks"],
        }
        sent = json.dumps(body)
        answer = client.post(CALLBACKS, data=sent, content_type="application/json")
        refused = answer.status_code == 403
        right = CALLBACK_RIGHTS[function_of(callback)]
        assert refused == (right not in RIGHTS_OF[role]), (role, output)


def test_callbacks_read_and_nothing_else() -> None:
    assert set(CALLBACK_RIGHTS.values()) == {"read"}, "what is written goes by an address"


def test_the_three_administrators_see_no_county_and_share_no_office() -> None:
    offices = [
        RIGHTS_OF[role] - {"enter"} for role in ("system_admin", "security_admin", "auditor")
    ]
    assert offices == [{"system"}, {"administer"}, {"audit"}]
    assert [role for role in ROLES if "audit" in RIGHTS_OF[role]] == ["auditor"]
    small, apart = signed_in("某人", "admin", "52"), kept_apart(signed_in("某人", "admin", "52"))
    assert small.rights >= {"administer", "system"}
    assert small.rights - apart.rights == {"administer", "system"}


@pytest.mark.parametrize("role", ["system_admin", "security_admin", "auditor"])
def test_an_administrator_apart_comes_to_no_page_of_a_county(app: Any, role: str) -> None:
    client = client_of(app, role)
    for page in PAGES:
        answer = client.get(page.path, headers={"Accept": "text/html"})
        own = {"security_admin": "/people", "auditor": "/admin/audit"}.get(role, "/sign-in")
        assert (answer.status_code, answer.headers.get("Location")) == (303, own), page.path
    answer = client.post(CALLBACKS, json=_page_asked("/planner"))
    assert answer.status_code == 403


def _page_asked(path: str) -> dict[str, Any]:
    values = (("pathname", path), ("search", ""))
    return {
        "output": f"{ids.PAGE}.children",
        "outputs": {"id": ids.PAGE, "property": "children"},
        "inputs": [{"id": ids.URL, "property": p, "value": v} for p, v in values],
        "state": [],
        "changedPropIds": [f"{ids.URL}.pathname"],
    }


def test_nobody_has_a_right_that_is_none() -> None:
    for rights in RIGHTS_OF.values():
        assert rights <= set(RIGHTS) - {"open", "nobody"}
