"""Accounts, and whose a session or a link is."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NewType

from sqlalchemy import Connection, text

from data.people.attempts import FAILED, LOCKED_MIN, MOST_FAILURES
from data.rows.reading import rows_of

UserId = NewType("UserId", int)
Needs = Literal["code", "factor"]
"""What a session still needs: a code of the second step, or that it is set up."""
State = Literal["open", "invited", "locked", "closed"]
IDLE_H = 2
"""A session that nobody used for so long is over."""
STEP_MIN = 10
"""A sign-in whose second step takes longer begins again."""


@dataclass(frozen=True, slots=True)
class Account:
    """A person who may sign in. ``code``: scope, a prefix of the division code.

    ``has_password``: or is known to a provider of sign-ins, which stands for one.

    ``second_factor_at``: when the codes of a second step came into use, None where they are not.
    ``locked_until``: when the last source that failed too often may try again, None where none
    waits. ``sessions``: how many are open.
    """

    id: UserId
    login: str
    name: str
    role: str
    code: str
    is_active: bool
    has_password: bool
    seen_at: datetime | None
    second_factor_at: datetime | None
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
           coalesce(u.password_hash, u.openid_subject) IS NOT NULL AS has_password,
           u.second_factor_at,
           (SELECT count(*) FROM user_session s
            WHERE s.user_id = u.id AND s.needs IS NULL AND s.ends_at > now()
              AND s.seen_at > now() - interval '{IDLE_H} hours') AS sessions,
           (SELECT max(l.until) FROM (
                SELECT max(a.at) + interval '{LOCKED_MIN} minutes' AS until
                FROM sign_in_attempt a WHERE a.login = u.login AND {FAILED}
                GROUP BY a.source, a.kind HAVING count(*) >= {MOST_FAILURES}) l) AS locked_until
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
    """Return whose a session is, None when it is over, not whole, or the account is closed."""
    found = _of_session(c, token_sha256, "o.needs IS NULL")
    return None if found is None else found[0]


def person_of_session(c: Connection, token_sha256: bytes) -> tuple[str, str, str, str] | None:
    """Return name, role, scope, login of whose a session is; None as ``account_of_session``.

    Asked for with every request: it reads nothing else.
    """
    row = c.execute(
        text(
            """SELECT u.name, u.role, u.code, u.login
            FROM user_session o JOIN app_user u ON u.id = o.user_id
            WHERE o.token_sha256 = :token AND o.ends_at > now() AND o.needs IS NULL AND u.is_active
              AND o.seen_at > now() - make_interval(hours => :idle)"""
        ),
        {"token": token_sha256, "idle": IDLE_H},
    ).one_or_none()
    return None if row is None else (row.name, row.role, row.code, row.login)


def account_of_begun(c: Connection, token_sha256: bytes) -> tuple[Account, Needs] | None:
    """Return whose a session will be after its second step, and which step; None when over."""
    return _of_session(
        c, token_sha256, f"o.needs IS NOT NULL AND o.created_at > now() - interval '{STEP_MIN} min'"
    )


def _of_session(c: Connection, token: bytes, which: str) -> tuple[Account, Needs] | None:
    row = c.execute(
        text(
            f"""SELECT o.needs, a.* FROM ({_ACCOUNT}) a JOIN user_session o ON o.user_id = a.id
            WHERE o.token_sha256 = :token AND o.ends_at > now() AND a.is_active
              AND o.seen_at > now() - make_interval(hours => :idle) AND {which}"""
        ),
        {"token": token, "idle": IDLE_H},
    ).one_or_none()
    if row is None:
        return None
    values = dict(row._mapping)
    needs = values.pop("needs")
    return Account(**values), needs


@dataclass(frozen=True, slots=True)
class Session:
    """A session as its owner sees it. ``is_this``: the one that asks."""

    id: int
    created_at: datetime
    seen_at: datetime
    address: str | None
    agent: str | None
    is_this: bool


def sessions(c: Connection, user: UserId, token_sha256: bytes) -> list[Session]:
    """Return a person's open sessions, the last used one first."""
    return rows_of(
        Session,
        c,
        """
        SELECT id, created_at, seen_at, address, agent, token_sha256 = :token AS is_this
        FROM user_session
        WHERE user_id = :user AND needs IS NULL AND ends_at > now()
          AND seen_at > now() - make_interval(hours => :idle)
        ORDER BY seen_at DESC
        """,
        user=user,
        token=token_sha256,
        idle=IDLE_H,
    )


def past_passwords(c: Connection, user: UserId) -> list[str]:
    """Return the hashes of a person's last passwords, the present one among them."""
    found = c.execute(
        text(
            """SELECT password_hash FROM past_password WHERE user_id = :id
            UNION SELECT password_hash FROM app_user WHERE id = :id AND password_hash IS NOT NULL"""
        ),
        {"id": user},
    )
    return [str(one) for one in found.scalars()]


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
                AND is_active AND coalesce(password_hash, openid_subject) IS NOT NULL"""
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
                " WHERE role = :role AND is_active"
                " AND coalesce(password_hash, openid_subject) IS NOT NULL)"
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
