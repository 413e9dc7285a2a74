"""Codes of RFC 6238, the vault, and the second step of signing in."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from dashboard.access.principal import command
from dashboard.people import accounts, sessions
from dashboard.people.second_factor import (
    STEP_S,
    Vault,
    address_of,
    code_at,
    matching_step,
    new_recovery_codes,
    read_vault,
    written,
)
from dashboard.people.sessions import Caller
from data.engine import transaction
from data.people.attempts import MOST_FAILURES
from data.people.write import Browser
from layers.kit.errors import InputError, SettingsError
from tests.dashboard.people.signing import (
    HERE,
    PASSWORD,
    code_of,
    new_account,
    secret_on,
    send_code,
    set_factor_up,
    sign_in,
)
from tests.demonstration import Loaded

# RFC 6238, appendix B, SHA-1: Unix time → code of eight digits.
RFC_6238 = {
    59: "94287082",
    1111111109: "07081804",
    1111111111: "14050471",
    1234567890: "89005924",
    2000000000: "69279037",
    20000000000: "65353130",
}
RFC_SECRET = b"12345678901234567890"
# RFC 4226, appendix D: counter → code of six digits.
RFC_4226 = ("755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583")


@pytest.mark.parametrize(("at_s", "code"), RFC_6238.items())
def test_codes_are_those_of_rfc_6238(at_s: int, code: str) -> None:
    assert code_at(RFC_SECRET, at_s // STEP_S, digits=8) == code
    assert matching_step(RFC_SECRET, code[-6:], at_s) == at_s // STEP_S


def test_codes_are_those_of_rfc_4226() -> None:
    assert tuple(code_at(RFC_SECRET, n) for n in range(8)) == RFC_4226


def test_the_half_minute_before_and_after_counts_and_no_other() -> None:
    now = 1_111_111_109
    steps = [
        matching_step(RFC_SECRET, code_at(RFC_SECRET, now // STEP_S + n), now) for n in range(-3, 4)
    ]
    assert [step is not None for step in steps] == [False, False, True, True, True, False, False]
    assert matching_step(RFC_SECRET, "", now) is None
    assert matching_step(RFC_SECRET, "٤٢٤٢٤٢", now) is None


def test_what_a_person_types_is_what_an_authenticator_reads() -> None:
    assert written(RFC_SECRET) == "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ"
    assert address_of(RFC_SECRET, "li.na") == (
        "otpauth://totp/Getu:li.na?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Getu"
    )


def test_a_sealed_secret_opens_with_its_own_key_and_login_alone() -> None:
    vault = Vault(b"k" * 32)
    sealed = vault.seal(RFC_SECRET, "li.na")
    assert RFC_SECRET not in sealed
    assert vault.open(sealed, "li.na") == RFC_SECRET
    for other, login in ((vault, "wang"), (Vault(b"x" * 32), "li.na")):
        with pytest.raises(InputError):
            other.open(sealed, login)
    assert "kkkk" not in repr(vault)


def test_a_recovery_code_is_the_same_however_it_is_typed() -> None:
    vault, codes = Vault(b"k" * 32), new_recovery_codes()
    assert len(set(codes)) == 10
    typed = codes[0].upper().replace("-", " ")
    assert vault.digest(typed, "li.na") == vault.digest(codes[0], "li.na")
    assert vault.digest(codes[0], "li.na") != vault.digest(codes[0], "wang")


def test_the_key_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        keys = {one.key for one in pool.map(lambda _: read_vault(tmp_path / "state"), range(8))}
    assert len(keys) == 1
    file = tmp_path / "state" / "sign_in.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.write_bytes(b"short")
    with pytest.raises(SettingsError):
        read_vault(file.parent)


# ---- signing in -------------------------------------------------------------------------------


@pytest.fixture
def login(loaded: Loaded, logins: Any) -> str:
    """Return the login of a new approver with a password."""
    made = next(logins)
    token = new_account(loaded.engine, made, "张批", "approver", loaded.code)
    sessions.set_up(loaded.engine, token, PASSWORD, PASSWORD)
    return str(made)


@pytest.mark.database
def test_an_approver_has_no_session_before_the_second_step(app: Any, login: str) -> None:
    client = app.server.test_client()
    answer = sign_in(client, login, next="/planner")
    assert answer.headers["Location"] == "/sign-in?next=%2Fplanner"
    assert client.get("/ogc").status_code == 401
    assert client.get("/account").status_code == 303
    page = client.get("/sign-in?next=/planner&lang=zh").text
    assert "<svg" in page
    secret = secret_on(page)
    assert secret == secret_on(client.get("/sign-in").text)  # looking again changes nothing
    before = client.get_cookie("getu_session").value
    assert send_code(client, "000000x").status_code == 401
    done = send_code(client, code_of(secret))
    assert len(set(done.text.split("<li>"))) == 11  # what is before, and ten codes
    assert client.get("/ogc").status_code == 200
    assert client.get_cookie("getu_session").value != before
    client.set_cookie("getu_session", before)
    assert client.get("/ogc").status_code == 401


@pytest.mark.database
def test_the_next_sign_in_asks_for_a_code_that_was_never_used(app: Any, login: str) -> None:
    client = app.server.test_client()
    sign_in(client, login)
    factor = set_factor_up(client)
    other = app.server.test_client()
    sign_in(other, login)
    page = other.get("/sign-in").text
    assert "<svg" not in page
    assert "Ten recovery codes" not in page
    # The code that set it up counts no more, nor one before it; the next half minute's does, once.
    for step in (factor.step, factor.step - 1):
        assert send_code(other, code_at(factor.secret, step)).status_code == 401
    assert other.get("/ogc").status_code == 401
    later = code_of(factor.secret, 1)
    assert send_code(other, later).status_code == 303
    assert other.get("/ogc").status_code == 200
    third = app.server.test_client()
    sign_in(third, login)
    assert send_code(third, later).status_code == 401


@pytest.mark.database
def test_a_recovery_code_works_once_also_when_two_use_it_at_once(app: Any, login: str) -> None:
    client = app.server.test_client()
    sign_in(client, login)
    codes = set_factor_up(client).recovery
    assert len(codes) == 10
    clients = [app.server.test_client() for _ in range(3)]
    for one in clients:
        sign_in(one, login)
    with ThreadPoolExecutor(3) as pool:
        said = list(pool.map(lambda one: send_code(one, codes[3]).status_code, clients))
    assert sorted(said) == [303, 401, 401]
    assert "9 recovery codes" in client.get("/account?lang=en").text


@pytest.mark.database
def test_whoever_guesses_codes_is_stopped(app: Any, login: str) -> None:
    client = app.server.test_client()
    sign_in(client, login)
    secret = set_factor_up(client).secret
    other = app.server.test_client()
    sign_in(other, login)
    for _ in range(MOST_FAILURES):
        assert "the code is wrong" in send_code(other, "aaaa").text
    assert "too many failed attempts" in send_code(other, code_of(secret, 1)).text
    sign_in(other, login)  # the right password forgives no wrong codes
    assert "too many failed attempts" in send_code(other, code_of(secret, 1)).text


@pytest.mark.database
def test_what_is_kept_is_neither_secret_nor_recovery_code(
    app: Any, loaded: Loaded, login: str
) -> None:
    client = app.server.test_client()
    sign_in(client, login)
    factor = set_factor_up(client)
    secret, codes = factor.secret, factor.recovery
    with transaction(loaded.engine) as c:
        rows = c.execute(
            text(
                """SELECT u.second_factor, r.digest FROM app_user u
                JOIN recovery_code r ON r.user_id = u.id WHERE u.login = :login"""
            ),
            {"login": login},
        ).all()
    assert len(rows) == 10
    kept = b"".join(bytes(value) for row in rows for value in row)
    assert secret not in kept
    assert not any(
        code.encode() in kept or code.replace("-", "").encode() in kept for code in codes
    )


@pytest.mark.database
def test_an_administrator_resets_the_second_step(app: Any, loaded: Loaded, login: str) -> None:
    client = app.server.test_client()
    sign_in(client, login)
    factor = set_factor_up(client)
    accounts.reset_second_step(loaded.engine, command(), None, login)
    assert client.get("/ogc").status_code == 401
    sign_in(client, login)
    assert secret_on(client.get("/sign-in").text) != factor.secret
    assert send_code(client, factor.recovery[0]).status_code == 401
    set_factor_up(client)
    assert client.get("/ogc").status_code == 200


@pytest.mark.database
def test_whoever_wants_a_second_step_may_have_one(app: Any, loaded: Loaded, logins: Any) -> None:
    login = next(logins)
    token = new_account(loaded.engine, login, "王敏", "planner", loaded.code)
    sessions.set_up(loaded.engine, token, PASSWORD, PASSWORD)
    client = app.server.test_client()
    assert sign_in(client, login).headers["Location"] == "/"
    wrong = client.post("/account/factor", data={"present": "wrong-1234567"}, headers=HERE)
    assert wrong.status_code == 400
    begun = client.post("/account/factor", data={"present": PASSWORD}, headers=HERE)
    assert begun.status_code == 303
    assert client.get("/ogc").status_code == 401
    secret = set_factor_up(client).secret
    assert client.get("/ogc").status_code == 200
    other = app.server.test_client()
    sign_in(other, login)
    assert other.get("/ogc").status_code == 401
    assert send_code(other, code_of(secret, 1)).status_code == 303


def entries(loaded: Loaded, login: str) -> list[tuple[str, str]]:
    """Return what the audit says of a person's sign-ins: action, and at which step or by what."""
    rows = loaded.rows(
        "SELECT e.action, coalesce(e.detail->>'step', e.detail->>'second_step', '') AS said"
        " FROM audit_entry e JOIN app_user u ON e.subject = 'user:' || u.id"
        " WHERE u.login = :login ORDER BY e.id", login=login,
    )  # fmt: skip
    return [(str(row["action"]), str(row["said"])) for row in rows]


@pytest.mark.database
def test_wrong_codes_recovery_codes_and_new_second_steps_are_in_the_audit(
    app: Any, loaded: Loaded, login: str
) -> None:
    client = app.server.test_client()
    sign_in(client, login)
    secret_on(client.get("/sign-in").text)
    assert send_code(client, "000000 ").status_code == 401
    factor = set_factor_up(client)
    fresh = app.server.test_client()
    sign_in(fresh, login)
    assert send_code(fresh, "abcd-abcd-abcd").status_code == 401
    assert send_code(fresh, factor.recovery[0]).status_code == 303
    before = entries(loaded, login)
    assert before[-5:] == [
        ("session.refused", "code"),
        ("user.changed", "set up"),
        ("session.begun", "code"),
        ("session.refused", "code"),
        ("session.begun", "recovery code"),
    ]
    token = fresh.get_cookie("getu_session").value
    with pytest.raises(InputError):
        sessions.ask_for_factor(loaded.engine, token, "wrong", Caller(Browser("127.0.0.1", "x")))
    sessions.ask_for_factor(loaded.engine, token, PASSWORD, Caller(Browser("127.0.0.1", "x")))
    assert entries(loaded, login)[len(before) :] == [
        ("session.refused", "own account"),
        ("user.changed", "asked anew"),
    ]
