"""Signing in and out, by sessions that the server keeps."""

from __future__ import annotations

import hashlib
import re
import secrets

from sqlalchemy import Engine

from dashboard.access.principal import ROLES, Principal, signed_in
from dashboard.gate.passwords import check_password, hash_password, is_password
from data.engine import session
from data.people import attempts, read, write
from data.people.read import Account
from layers.kit.errors import InputError, NotFoundError
from layers.kit.principal import system

LOGIN = r"[a-z0-9][a-z0-9._-]{1,39}"
MOST_NAME = 40


def token_pair() -> tuple[str, bytes]:
    """Return a fresh secret for a browser or a person, and what is kept of it."""
    token = secrets.token_urlsafe(32)
    return token, kept(token)


def kept(token: str) -> bytes:
    """Return what is kept of a secret."""
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


def sign_in(engine: Engine, login: str, password: str) -> str:
    """Return the token of a new session. Raises InputError, the same for every wrong pair."""
    login = login.strip().lower()[:80]
    with session(engine, system()) as c:
        attempt = attempts.begin_attempt(c, login)
        hash_ = read.password_hash(c, login)
    # Outside of a transaction: it takes a twentieth of a second, and no connection meanwhile.
    if not is_password(password, hash_):
        raise InputError("the login or the password is wrong")
    token, digest = token_pair()
    with session(engine, system()) as c:
        account = read.account(c, login)
        if account is None or not account.is_active or read.password_hash(c, login) != hash_:
            raise InputError("the login or the password is wrong")
        attempts.end_attempt(c, attempt)
        write.begin_session(c, account.id, digest)
    return token


def principal_of(engine: Engine, token: str) -> Principal | None:
    """Return who a session's token belongs to, None when the session is over."""
    with session(engine, system()) as c:
        account = read.account_of_session(c, kept(token))
        if account is None:
            return None
        write.keep_session(c, kept(token))
    return signed_in(account.name, account.role, account.code)


def sign_out(engine: Engine, token: str, *, everywhere: bool) -> None:
    """End a session, or every session of the same person."""
    with session(engine, system()) as c:
        account = read.account_of_session(c, kept(token))
        write.end_session(c, kept(token))
        if everywhere and account is not None:
            write.end_sessions(c, account.id)


def check_account(login: str, name: str, role: str, code: str) -> None:
    """Raise InputError for an account that cannot be."""
    if not re.fullmatch(LOGIN, login):
        raise InputError(
            "a login has 2 to 40 small letters, digits, dots and hyphens: {login}", login=login
        )
    if not name or len(name) > MOST_NAME or not name.isprintable():
        raise InputError("a name has 1 to {most} printable characters", most=MOST_NAME)
    if role not in ROLES:
        raise InputError("choose one of {listed}", listed=", ".join(ROLES))
    if not re.fullmatch(r"[0-9]{2,15}", code):
        raise InputError("a scope is a division code of 2 to 15 digits: {code}", code=code)


def invited(engine: Engine, token: str) -> Account | None:
    """Return whose a set-up link is, None when it is void."""
    with session(engine, system()) as c:
        return read.account_of_link(c, kept(token))


def set_up(engine: Engine, token: str, password: str, again: str) -> None:
    """Set a password by a link, once. Raises InputError, NotFoundError for a link that is void."""
    account = invited(engine, token)
    if account is None:
        raise NotFoundError("this link was used or is over: ask for a new one")
    if password != again:
        raise InputError("the two passwords differ")
    check_password(password, account.login)
    hash_ = hash_password(password)
    with session(engine, system()) as c:
        user = write.use_link(c, kept(token))
        if user is None:
            raise NotFoundError("this link was used or is over: ask for a new one")
        write.set_password(c, user, hash_)


def first_link(engine: Engine, role: str = "admin") -> str | None:
    """Return a token for the first who keeps accounts, None where there is one already.

    ``role``: ``admin``, or ``security_admin`` where the administrators are apart.
    """
    with session(engine, system()) as c:
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
