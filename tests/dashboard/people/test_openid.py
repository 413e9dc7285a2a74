"""Signing in by an OpenID Connect provider: a real one, small, on this machine."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import pytest
import requests
from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from dashboard.access.principal import command
from dashboard.application import close_app, create_app
from dashboard.people import accounts, sessions
from dashboard.settings import read_settings
from layers.kit.errors import SettingsError
from tests.dashboard.people.signing import HERE, PASSWORD, new_account, secret_on, sign_in
from tests.demonstration import Loaded

SECRET = "client-secret"
CLIENT = "getu"


class Provider:
    """A provider whose answers a test can spoil. ``spoil``: what its tokens say otherwise."""

    def __init__(self) -> None:
        self.key = RSAKey.generate_key(2048, {"kid": "one"})
        self.claims: dict[str, Any] = {}
        self.spoil: dict[str, Any] = {}
        self.sign: Callable[[dict[str, Any]], str] = self.signed
        self.codes: dict[str, dict[str, str]] = {}
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                provider.get(self)

            def do_POST(self) -> None:
                provider.post(self)

            def log_message(self, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.issuer = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def signed(self, claims: dict[str, Any], key: RSAKey | None = None) -> str:
        return jwt.encode({"alg": "RS256", "kid": "one"}, claims, key or self.key)

    def get(self, asked: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(asked.path)
        if parts.path == "/.well-known/openid-configuration":
            ends = {"authorization_endpoint": "/authorize", "token_endpoint": "/token"}
            more = {name: self.issuer + path for name, path in ends.items()}
            reply(asked, {"issuer": self.issuer, "jwks_uri": f"{self.issuer}/keys", **more})
        elif parts.path == "/keys":
            reply(asked, {"keys": [self.key.as_dict(private=False)]})
        else:
            sent = {name: values[0] for name, values in parse_qs(parts.query).items()}
            assert sent["response_type"] == "code"
            assert sent["code_challenge_method"] == "S256"
            code = f"code{len(self.codes)}"
            self.codes[code] = sent
            back = urlencode({"code": code, "state": sent["state"]})
            asked.send_response(302)
            asked.send_header("Location", f"{sent['redirect_uri']}?{back}")
            asked.end_headers()

    def post(self, asked: BaseHTTPRequestHandler) -> None:
        body = asked.rfile.read(int(asked.headers["Content-Length"])).decode()
        sent = {name: values[0] for name, values in parse_qs(body).items()}
        basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        begun = self.codes.pop(sent["code"], None)  # a code works once
        digest = hashlib.sha256(sent["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if (
            begun is None
            or asked.headers["Authorization"] != f"Basic {basic}"
            or challenge != begun["code_challenge"]
            or sent["redirect_uri"] != begun["redirect_uri"]
        ):
            reply(asked, {"error": "invalid_grant"}, 400)
            return
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300,
                  "nonce": begun["nonce"], **self.claims}  # fmt: skip
        claims.update(self.spoil)
        reply(asked, {"access_token": "a", "token_type": "Bearer", "id_token": self.sign(claims)})


def reply(asked: BaseHTTPRequestHandler, value: Any, status: int = 200) -> None:
    content = json.dumps(value).encode()
    asked.send_response(status)
    asked.send_header("Content-Type", "application/json")
    asked.send_header("Content-Length", str(len(content)))
    asked.end_headers()
    asked.wfile.write(content)


@pytest.fixture(scope="module")
def running() -> Iterator[Provider]:
    made = Provider()
    yield made
    made.server.shutdown()


@pytest.fixture
def provider(running: Provider) -> Provider:
    running.claims = {}
    running.spoil = {}
    running.sign = running.signed
    return running


@pytest.fixture(scope="module")
def app(
    running: Provider, loaded: Loaded, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Any]:
    home = tmp_path_factory.mktemp("home")
    (home / "secret").write_text(f"{SECRET}\n")
    made = create_app(read_settings(environment(running, home)), loaded.server)
    yield made
    close_app(made)


def environment(provider: Provider, home: Path) -> dict[str, str]:
    return {
        "GETU_SIGN_IN": "on",
        "GETU_HOME": str(home),
        "GETU_OIDC_ISSUER": provider.issuer,
        "GETU_OIDC_CLIENT": CLIENT,
        "GETU_OIDC_SECRET_FILE": str(home / "secret"),
        "GETU_OIDC_ROLES": "网格组=staff,审批组=approver",
    }


def go(client: FlaskClient, onwards: str = "/") -> Any:
    """Go to the provider and come back, as a browser does; return what we then answer."""
    left = client.get(f"/sign-in/openid?lang=en&next={quote(onwards)}")
    assert left.status_code == 303, left.text
    at_provider = requests.get(left.headers["Location"], allow_redirects=False, timeout=60)
    back = urlsplit(at_provider.headers["Location"])
    assert back.path == "/sign-in/openid/back"
    return client.get(f"{back.path}?{back.query}&lang=en")


@pytest.mark.database
def test_an_account_that_was_entered_is_signed_in_and_tied_to_its_subject(
    app: Any, provider: Provider, loaded: Loaded
) -> None:
    new_account(loaded.engine, "wang", "王敏", "planner", loaded.code)
    provider.claims = {"sub": "u-1", "preferred_username": "Wang"}
    client = app.server.test_client()
    assert 'href="/sign-in/openid' in client.get("/sign-in?lang=en").text
    answer = go(client, "/planner?county=1")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/planner?county=1")
    assert client.get("/ogc").status_code == 200
    assert accounts.one(loaded.engine, command(), "wang").state == "open"
    # From now on by the subject: another name there is the same person, another person is not.
    provider.claims = {"sub": "u-1", "preferred_username": "wang.renamed"}
    assert go(app.server.test_client()).status_code == 303
    provider.claims = {"sub": "u-2", "preferred_username": "wang"}
    assert go(app.server.test_client()).status_code == 400
    accounts.close(loaded.engine, command(), None, "wang")
    provider.claims = {"sub": "u-1", "preferred_username": "wang"}
    assert go(app.server.test_client()).status_code == 400


@pytest.mark.database
def test_nobody_gets_an_account_by_himself_but_by_a_group_that_is_a_role(
    app: Any, provider: Provider, loaded: Loaded
) -> None:
    provider.claims = {"sub": "g-1", "preferred_username": "li.na", "name": "李娜"}
    refused = go(app.server.test_client())
    assert refused.status_code == 400
    assert "there is no account for you here" in refused.text
    provider.claims["groups"] = ["食堂", "网格组"]
    client = app.server.test_client()
    assert go(client).status_code == 303
    made = accounts.one(loaded.engine, command(), "li.na")
    assert (made.name, made.role, made.code) == ("李娜", "staff", loaded.code)
    provider.claims = {"sub": "g-2", "preferred_username": "Bad Login!", "groups": ["网格组"]}
    assert go(app.server.test_client()).status_code == 400


@pytest.mark.database
def test_an_approver_needs_a_second_step_there_or_here(
    app: Any, provider: Provider, loaded: Loaded
) -> None:
    new_account(loaded.engine, "zhang", "张批", "approver", loaded.code)
    provider.claims = {"sub": "a-1", "preferred_username": "zhang", "amr": ["pwd"]}
    client = app.server.test_client()
    assert go(client).headers["Location"].startswith("/sign-in")
    assert client.get("/ogc").status_code == 401
    assert secret_on(client.get("/sign-in").text)
    provider.claims["amr"] = ["pwd", "otp"]
    assert go(client).headers["Location"] == "/"
    assert client.get("/ogc").status_code == 200


@pytest.mark.database
def test_a_token_that_is_not_right_lets_nobody_in(
    app: Any, provider: Provider, loaded: Loaded
) -> None:
    new_account(loaded.engine, "sun", "孙", "planner", loaded.code)
    provider.claims = {"sub": "s-1", "preferred_username": "sun"}
    now, stranger = int(time.time()), RSAKey.generate_key(2048, {"kid": "one"})
    spoilt: list[dict[str, Any]] = [
        {"nonce": "another"},
        {"iss": "http://elsewhere.example"},
        {"aud": "another-client"},
        {"aud": [CLIENT, "another-client"]},  # without azp
        {"exp": now - 3600},
        {"iat": now + 3600},
        {"sub": None},
    ]
    for wrong in spoilt:
        provider.spoil = wrong
        answer = go(app.server.test_client())
        assert answer.status_code == 400, wrong
        assert "let nobody in" in answer.text
    provider.spoil = {}

    def plain(value: Any) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    def shared(claims: dict[str, Any]) -> str:
        """Sign with the public key as if it were a shared secret (the classic confusion)."""
        secret = OctKey.import_key(provider.key.as_pem(private=False))
        return jwt.encode({"alg": "HS256"}, claims, secret)

    forged: list[Callable[[dict[str, Any]], str]] = [
        lambda claims: provider.signed(claims, stranger),
        lambda claims: f"{plain({'alg': 'none'})}.{plain(claims)}.",
        lambda _: "no.token.at-all",
        lambda _: "",
        shared,
    ]
    for sign in forged:
        provider.sign = sign
        client = app.server.test_client()
        assert go(client).status_code == 400
        assert client.get("/ogc").status_code == 401
    provider.sign = provider.signed
    client = app.server.test_client()
    assert go(client).status_code == 303


@pytest.mark.database
def test_an_answer_counts_for_the_browser_that_asked_and_once(
    app: Any, provider: Provider, loaded: Loaded
) -> None:
    new_account(loaded.engine, "qian", "钱", "planner", loaded.code)
    provider.claims = {"sub": "q-1", "preferred_username": "qian"}
    client = app.server.test_client()
    left = client.get("/sign-in/openid")
    at_provider = requests.get(left.headers["Location"], allow_redirects=False, timeout=60)
    back = urlsplit(at_provider.headers["Location"])
    address = f"{back.path}?{back.query}"
    victim = app.server.test_client()  # led to the answer that another one asked for
    assert victim.get(address).status_code == 400
    victim.get("/sign-in/openid")
    assert victim.get(address).status_code == 400
    assert victim.get("/ogc").status_code == 401
    assert client.get(address).status_code == 303
    again = app.server.test_client()
    assert again.get(address).status_code == 400
    assert client.get("/sign-in/openid/back?error=access_denied&state=x").status_code == 400


@pytest.mark.database
def test_passwords_are_for_administrators_then(
    app: Any, provider: Provider, loaded: Loaded
) -> None:
    for login, role in (("chief", "admin"), ("clerk", "planner")):
        token = new_account(loaded.engine, login, login, role, loaded.code)
        sessions.set_up(loaded.engine, token, PASSWORD, PASSWORD)
    assert sign_in(app.server.test_client(), "chief").status_code == 303
    refused = sign_in(app.server.test_client(), "clerk")
    assert refused.status_code == 401
    assert "passwords are for administrators here" in refused.text
    wrong = sign_in(app.server.test_client(), "clerk", "wrong-1234567")
    assert "the login or the password is wrong" in wrong.text


@pytest.mark.database
def test_a_provider_that_is_silent_is_said_and_the_page_stays(
    app: Any, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(provider, "issuer", "http://127.0.0.1:1")  # what it calls itself
    answer = app.server.test_client().get("/sign-in/openid?lang=en", headers=HERE)
    assert answer.status_code == 503
    assert "sign-in provider" in answer.text


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"GETU_OIDC_ISSUER": "http://id.county.cn"}, "https"),
        ({"GETU_OIDC_CLIENT": ""}, "GETU_OIDC_CLIENT"),
        ({"GETU_OIDC_SECRET_FILE": "/nowhere/secret"}, "no file"),
        ({"GETU_OIDC_ROLES": "网格组=king"}, "group=role"),
        ({"GETU_OIDC_SCOPE": "52%"}, "division code"),
    ],
)
def test_settings_that_cannot_be_are_refused(wrong: dict[str, str], said: str) -> None:
    right = {"GETU_OIDC_ISSUER": "https://id.county.cn", "GETU_OIDC_CLIENT": "getu"}
    read_settings(right)
    with pytest.raises(SettingsError, match=said):
        read_settings({**right, **wrong})


def entries(loaded: Loaded) -> list[tuple[str, str, str]]:
    rows = loaded.rows(
        "SELECT action, actor, coalesce(detail->>'step', detail->>'by', '') AS said"
        " FROM audit_entry ORDER BY id"
    )
    return [(str(row["action"]), str(row["actor"]), str(row["said"])) for row in rows]


@pytest.mark.database
def test_who_comes_from_the_provider_is_in_the_audit_let_in_or_not(
    app: Any, loaded: Loaded, provider: Provider
) -> None:
    before = len(entries(loaded))
    provider.claims = {"sub": "new-1", "preferred_username": "audited", "name": "周九",
                       "groups": ["网格组"]}  # fmt: skip
    client = app.server.test_client()
    assert go(client).status_code == 303
    own = client.get("/account?lang=en").text
    assert "identity provider signs you in" in own
    assert "present" not in own  # no password is asked for that there is not
    provider.claims = {"sub": "new-2", "preferred_username": "stranger"}
    assert go(app.server.test_client()).status_code == 400
    provider.spoil = {"nonce": "another"}
    assert go(app.server.test_client()).status_code == 400
    assert entries(loaded)[before:] == [
        ("user.added", "周九", "provider"),
        ("user.changed", "周九", "provider"),
        ("session.begun", "周九", ""),
        ("session.refused", "stranger", "provider account"),
        ("session.refused", "?", "provider answer"),
    ]
