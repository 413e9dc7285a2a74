"""Accounts, and whose a session or a link is."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NewType

from sqlalchemy import Connection, text

from data.people.attempts import LOCKED_MIN, MOST_FAILURES

UserId = NewType("UserId", int)
State = Literal["open", "invited", "locked", "closed"]
IDLE_H = 2
"""A session that nobody used for so long is over."""


@dataclass(frozen=True, slots=True)
class Account:
    """A person who may sign in. ``code``: scope, a prefix of the division code.

    ``locked_until``: None when not locked. ``sessions``: how many are open.
    """

    id: UserId
    login: str
    name: str
    role: str
    code: str
    is_active: bool
    has_password: bool
    seen_at: datetime | None
    locked_until: datetime | None
    sessions: int

    @property
    def state(self) -> State:
        """Return whether the person may sign in, and why not."""
        if not self.is_active:
            return "closed"
        if not self.has_password:
            return "invited"
        return "locked" if self.locked_until else "open"


_ACCOUNT = f"""
    SELECT u.id, u.login, u.name, u.role, u.code, u.is_active, u.seen_at,
           u.password_hash IS NOT NULL AS has_password,
           (SELECT count(*) FROM user_session s
            WHERE s.user_id = u.id AND s.ends_at > now()
              AND s.seen_at > now() - interval '{IDLE_H} hours') AS sessions,
           (SELECT a.at + interval '{LOCKED_MIN} minutes' FROM sign_in_attempt a
            WHERE a.login = u.login AND NOT a.succeeded
              AND a.at > now() - interval '{LOCKED_MIN} minutes'
              AND a.at > coalesce((SELECT max(s.at) FROM sign_in_attempt s
                                   WHERE s.login = u.login AND s.succeeded), '-infinity')
            ORDER BY a.at DESC OFFSET {MOST_FAILURES - 1} LIMIT 1) AS locked_until
    FROM app_user u
"""


def accounts(c: Connection) -> list[Account]:
    """Return all accounts, by login."""
    return [Account(**row._mapping) for row in c.execute(text(f"{_ACCOUNT} ORDER BY u.login"))]


def account(c: Connection, login: str) -> Account | None:
    """Return the account of a login, None where it is nobody's."""
    row = c.execute(text(f"{_ACCOUNT} WHERE u.login = :login"), {"login": login}).one_or_none()
    return None if row is None else Account(**row._mapping)


def password_hash(c: Connection, login: str) -> str | None:
    """Return the hash of an active account's password, None where nobody may sign in so."""
    found = c.execute(
        text("SELECT password_hash FROM app_user WHERE login = :login AND is_active"),
        {"login": login},
    ).scalar()
    return None if found is None else str(found)


def account_of_session(c: Connection, token_sha256: bytes) -> Account | None:
    """Return whose a session is, None when it is over or the account is closed."""
    row = c.execute(
        text(
            f"""{_ACCOUNT} JOIN user_session o ON o.user_id = u.id
            WHERE o.token_sha256 = :token AND o.ends_at > now() AND u.is_active
              AND o.seen_at > now() - make_interval(hours => :idle)"""
        ),
        {"token": token_sha256, "idle": IDLE_H},
    ).one_or_none()
    return None if row is None else Account(**row._mapping)


def account_of_link(c: Connection, token_sha256: bytes) -> Account | None:
    """Return whose a set-up link is, None when it is used, over or the account closed."""
    row = c.execute(
        text(
            f"""{_ACCOUNT} JOIN set_up_link l ON l.user_id = u.id
            WHERE l.token_sha256 = :token AND l.used_at IS NULL AND l.ends_at > now()
              AND u.is_active"""
        ),
        {"token": token_sha256},
    ).one_or_none()
    return None if row is None else Account(**row._mapping)


def other_administrators(c: Connection, user: UserId, roles: Collection[str]) -> int:
    """Return how many besides a person may sign in with one of some roles."""
    return int(
        c.execute(
            text(
                """SELECT count(*) FROM app_user WHERE id <> :user AND role = ANY(:roles)
                AND is_active AND password_hash IS NOT NULL"""
            ),
            {"user": user, "roles": list(roles)},
        ).scalar_one()
    )


def has_administrator(c: Connection, role: str = "admin") -> bool:
    """Tell whether somebody has a role and can sign in: an active account with a password."""
    return bool(
        c.execute(
            text(
                "SELECT EXISTS (SELECT FROM app_user"
                " WHERE role = :role AND is_active AND password_hash IS NOT NULL)"
            ),
            {"role": role},
        ).scalar_one()
    )


def widest_code(c: Connection) -> str:
    """Return the shortest code that holds all loaded counties; two digits at least."""
    codes = [
        str(code) for code in c.execute(text("SELECT code FROM county ORDER BY code")).scalars()
    ]
    if not codes:
        return "00"
    for length in (6, 4):
        if len({code[:length] for code in codes}) == 1:
            return codes[0][:length]
    return codes[0][:2]
