"""Signing in and out, by sessions that the server keeps.

A password begins a session; where the role asks for a second step it is not whole before that.
Each step gives the browser a new token: one that was seen before is worth nothing after.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from time import time
from typing import Final, Literal

from sqlalchemy import Connection, Engine

from dashboard.access.principal import RIGHTS_OF, ROLES, Principal, from_here, signed_in
from dashboard.access.rights import Right
from dashboard.people.passwords import check_password, hash_password, is_password
from dashboard.people.second_factor import DIGITS, Vault, matching_step, new_recovery_codes
from data.access.actions import Action
from data.access.audit import record
from data.engine import people_session
from data.people import attempts, read, second_factor, write
from data.people.attempts import Source
from data.people.read import Account, Needs, Session
from data.people.write import Browser
from layers.kit.errors import InputError, NotFoundError
from layers.kit.principal import system

LOGIN = r"[a-z0-9][a-z0-9._-]{1,39}"
MOST_NAME = 40
GUARDED: Final = frozenset[Right](("approve", "administer", "system", "audit"))
"""Rights for which a password alone is not enough."""

Proof = Literal["code", "recovery code"]
"""What passed as the second step."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Where a sign-in comes from. ``device``: the token of its long-lived cookie, if it has one."""

    browser: Browser
    device: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """What a step of signing in gives the browser: tokens, and what is still needed.

    ``codes``: fresh recovery codes, to be shown this once.
    """

    token: str
    device: str = ""
    needs: Needs | None = None
    codes: Sequence[str] = ()


def token_pair() -> tuple[str, bytes]:
    """Return a fresh secret for a browser or a person, and what is kept of it."""
    token = secrets.token_urlsafe(32)
    return token, kept(token)


def kept(token: str) -> bytes:
    """Return what is kept of a secret."""
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


def sign_in(
    engine: Engine, login: str, password: str, caller: Caller, *, guarded_only: bool = False
) -> Step:
    """Begin a session by a password. Raises InputError, the same for every wrong pair.

    ``guarded_only``: a provider signs people in; passwords remain for who administers, so that a
    provider that is down shuts nobody out for good.
    """
    login = login.strip().lower()[:80]
    with people_session(engine, from_here(system())) as c:
        attempt = attempts.begin_attempt(c, login, _source(c, login, caller))
        hash_ = read.password_hash(c, login)
    # Outside of a transaction: it takes a twentieth of a second, and no connection meanwhile.
    if not is_password(password, hash_):
        with people_session(engine, from_here(system())) as c:
            known = read.account(c, login)
            if known is not None:  # what was typed for nobody's login may be a password
                _note(c, "session.refused", known, {"step": "password"})
            else:
                record(c, "session.refused", "", None, {"is_known": False}, by="?")
        raise InputError("the login or the password is wrong")
    with people_session(engine, from_here(system())) as c:
        account = read.account(c, login)
        if account is None or read.password_hash(c, login) != hash_:
            raise InputError("the login or the password is wrong")
        if account.is_active:
            attempts.end_attempt(c, attempt)
            if not guarded_only or "administer" in RIGHTS_OF.get(account.role, frozenset()):
                return begin(c, account, caller, needed(account))
        step = "provider" if account.is_active else "closed"
        _note(c, "session.refused", account, {"step": step})
    if account.is_active:
        raise InputError("passwords are for administrators here: sign in by the button above")
    raise InputError("the login or the password is wrong")


def needed(account: Account) -> Needs | None:
    """Return which second step a person's sign-in needs after the password."""
    if account.second_factor_at is not None:
        return "code"
    return "factor" if needs_factor(account) else None


def needs_factor(account: Account) -> bool:
    """Tell whether a role asks for a second step; everybody else may have one."""
    return bool(GUARDED & RIGHTS_OF.get(account.role, frozenset()))


def begin(
    c: Connection, account: Account, caller: Caller, needs: Needs | None, by: Proof | None = None
) -> Step:
    """Begin a session, whole or until its second step. ``by``: what the second step was."""
    token, digest = token_pair()
    write.begin_session(c, account.id, digest, caller.browser, needs)
    if needs is not None:
        return Step(token, needs=needs)
    _note(c, "session.begun", account, {"second_step": by} if by else None)
    device = caller.device or secrets.token_urlsafe(32)
    second_factor.know_device(c, account.id, kept(device))
    return Step(token, device)


def _note(
    c: Connection, action: Action, account: Account, detail: Mapping[str, object] | None = None
) -> None:
    """Write down what a person did with the own account; nobody is signed in while it happens."""
    record(c, action, subject=f"user:{account.id}", detail=detail, by=account.name)


def _source(c: Connection, login: str, caller: Caller) -> Source:
    device = second_factor.device_of(c, login, kept(caller.device)) if caller.device else None
    if device is not None:
        return Source(f"device {device}", is_known=True)
    return Source(caller.browser.address)


def begun(engine: Engine, token: str) -> tuple[Account, Needs] | None:
    """Return whose second step a browser is at, and which; None where it is at none."""
    with people_session(engine, from_here(system())) as c:
        return read.account_of_begun(c, kept(token))


def offer(engine: Engine, vault: Vault, account: Account) -> bytes:
    """Return the secret that a person is to put into an authenticator: the same until it works."""
    with people_session(engine, from_here(system())) as c:
        sealed = second_factor.sealed_secret(c, account.id)
        if sealed is not None:
            try:
                return vault.open(sealed, account.login)
            except InputError:
                pass  # sealed by a key that is gone, and in use nowhere: a new one
        secret = vault.new_secret()
        second_factor.offer_secret(c, account.id, vault.seal(secret, account.login))
    return secret


def take_step(engine: Engine, vault: Vault, token: str, typed: str, caller: Caller) -> Step:
    """Finish a sign-in by a code of the authenticator, or a recovery code. Raises InputError."""
    with people_session(engine, from_here(system())) as c:
        account, _ = _begun(c, token)
        source = _source(c, account.login, caller)
        attempt = attempts.begin_attempt(c, account.login, source, "code")
    with people_session(engine, from_here(system())) as c:
        account, needs = _begun(c, token)
        proof = _proof(c, vault, account, typed, needs)
        if proof is not None:
            attempts.end_attempt(c, attempt)
            codes = _new_codes(c, vault, account) if needs == "factor" else ()
            if codes:
                _note(c, "user.changed", account, {"second_step": "set up"})
            write.end_session(c, kept(token))
            done = begin(c, account, caller, None, proof)
            return Step(done.token, done.device, codes=codes)
        _note(c, "session.refused", account, {"step": "code"})
    raise InputError("the code is wrong, or was used before")


def _begun(c: Connection, token: str) -> tuple[Account, Needs]:
    found = read.account_of_begun(c, kept(token))
    if found is None:
        raise InputError("this took too long: sign in again")
    return found


def _proof(c: Connection, vault: Vault, account: Account, typed: str, needs: Needs) -> Proof | None:
    """Return as what a code counts, and use it up; None for a wrong one, or one that was used."""
    sealed = second_factor.sealed_secret(c, account.id)
    if sealed is None:
        return None
    digits = "".join(typed.split())
    if len(digits) == DIGITS and digits.isdecimal():
        step = matching_step(vault.open(sealed, account.login), digits, time())
        counts = step is not None and second_factor.use_step(c, account.id, step)
        return "code" if counts else None
    digest = vault.digest(typed, account.login)
    counts = needs == "code" and second_factor.use_recovery_code(c, account.id, digest)
    return "recovery code" if counts else None


def _new_codes(c: Connection, vault: Vault, account: Account) -> list[str]:
    codes = new_recovery_codes()
    digests = [vault.digest(one, account.login) for one in codes]
    second_factor.put_recovery_codes(c, account.id, digests)
    return codes


def principal_of(engine: Engine, token: str) -> Principal | None:
    """Return who a session's token belongs to, None when the session is over or not whole."""
    with people_session(engine, from_here(system())) as c:
        found = read.person_of_session(c, kept(token))
        if found is None:
            return None
        write.keep_session(c, kept(token))
    return signed_in(*found)


def sign_out(engine: Engine, token: str, *, everywhere: bool) -> None:
    """End a session, or every session of the same person."""
    with people_session(engine, from_here(system())) as c:
        account = read.account_of_session(c, kept(token))
        write.end_session(c, kept(token))
        if everywhere and account is not None:
            write.end_sessions(c, account.id)
        if account is not None:
            _note(c, "session.ended_everywhere" if everywhere else "session.ended", account)


def account_faults(
    login: str, name: str, role: str, roles: Sequence[str] = ROLES
) -> Iterator[InputError]:
    """Yield everything that is wrong with an account that somebody wants, one of ``roles``."""
    if not re.fullmatch(LOGIN, login):
        yield InputError(
            "a login has 2 to 40 small letters, digits, dots and hyphens: {login}", login=login
        )
    if not name or len(name) > MOST_NAME or not name.isprintable():
        yield InputError("a name has 1 to {most} printable characters", most=MOST_NAME)
    if role not in roles:
        yield InputError("there is no role {role} to give: choose one of the list", role=role)


def invited(engine: Engine, token: str) -> Account | None:
    """Return whose a set-up link is, None when it is void."""
    with people_session(engine, from_here(system())) as c:
        return read.account_of_link(c, kept(token))


def set_up(engine: Engine, token: str, password: str, again: str) -> None:
    """Set a password by a link, once. Raises InputError, NotFoundError for a link that is void."""
    account = invited(engine, token)
    if account is None:
        raise NotFoundError("this link was used or is over: ask for a new one")
    hash_ = new_password(engine, account, password, again)
    with people_session(engine, from_here(system())) as c:
        user = write.use_link(c, kept(token))
        if user is None:
            raise NotFoundError("this link was used or is over: ask for a new one")
        write.set_password(c, user, hash_)
        _note(c, "user.password_set", account, {"by": "link"})


def new_password(engine: Engine, account: Account, password: str, again: str) -> str:
    """Return the hash of a password that somebody may take. Raises InputError."""
    if password != again:
        raise InputError("the two passwords differ")
    check_password(password, account.login)
    with people_session(engine, from_here(system())) as c:
        past = read.past_passwords(c, account.id)
    if any(is_password(password, one) for one in past):
        raise InputError("this was your password before: take another one")
    return hash_password(password)


def change_password(
    engine: Engine, token: str, present: str, password: str, again: str, caller: Caller
) -> Step:
    """Change one's own password: every session ends, this browser gets a new one. InputError."""
    account = _sure_of(engine, token, present, caller)
    made = new_password(engine, account, password, again)
    with people_session(engine, from_here(system())) as c:
        write.set_password(c, account.id, made)
        _note(c, "user.password_set", account)
        return begin(c, account, caller, None)


def ask_for_factor(engine: Engine, token: str, present: str, caller: Caller) -> Step:
    """Begin to set a second step up, or a new one, on one's own account. Raises InputError.

    The old one is void at once; this browser's session is whole again after the first code.
    """
    account = _sure_of(engine, token, present, caller)
    with people_session(engine, from_here(system())) as c:
        second_factor.forget_secret(c, account.id)
        _note(c, "user.changed", account, {"second_step": "asked anew"})
        write.end_session(c, kept(token))
        return begin(c, account, caller, "factor")


def _sure_of(engine: Engine, token: str, present: str, caller: Caller) -> Account:
    """Return who changes something of their own, when the present password is right. InputError."""
    with people_session(engine, from_here(system())) as c:
        account = read.account_of_session(c, kept(token))
        if account is None:
            raise InputError("this took too long: sign in again")
        attempt = attempts.begin_attempt(c, account.login, _source(c, account.login, caller))
        hash_ = read.password_hash(c, account.login)
    # Outside of a transaction: it takes a twentieth of a second, and no connection meanwhile.
    if not is_password(present, hash_):
        with people_session(engine, from_here(system())) as c:
            _note(c, "session.refused", account, {"step": "own account"})
        raise InputError("the present password is wrong")
    with people_session(engine, from_here(system())) as c:
        attempts.end_attempt(c, attempt)
    return account


@dataclass(frozen=True, slots=True)
class Own:
    """One's own account as its page shows it. ``codes_left``: recovery codes.

    ``has_password``: False for whom a provider signs in.
    """

    account: Account
    sessions: Sequence[Session]
    codes_left: int
    has_password: bool


def own(engine: Engine, token: str) -> Own | None:
    """Return whose a session is, with all that is open of theirs; None when it is over."""
    with people_session(engine, from_here(system())) as c:
        account = read.account_of_session(c, kept(token))
        if account is None:
            return None
        left = second_factor.recovery_codes_left(c, account.id)
        has_password = read.password_hash(c, account.login) is not None
        return Own(account, read.sessions(c, account.id, kept(token)), left, has_password)


def end_own_session(engine: Engine, token: str, number: str) -> None:
    """End another session of one's own by its number; nothing for one that is nobody's or not."""
    with people_session(engine, from_here(system())) as c:
        account = read.account_of_session(c, kept(token))
        if account is not None and number.isascii() and number.isdecimal() and len(number) < 19:
            write.end_one_session(c, account.id, int(number))
            _note(c, "session.ended", account)


def first_link(engine: Engine, role: str = "admin") -> str | None:
    """Return a token for the first who keeps accounts, None where there is one already.

    ``role``: ``admin``, or ``security_admin`` where the administrators are apart.
    """
    with people_session(engine, from_here(system())) as c:
        if read.has_administrator(c, role):
            return None
        login = "admin" if role == "admin" else "security"
        account = read.account(c, login) or write.add_account(
            c, login, login, role, read.widest_code(c)
        )
        token, digest = token_pair()
        write.forget_password(c, account)
        write.make_link(c, account.id, digest)
    return token
