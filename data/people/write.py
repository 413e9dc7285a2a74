"""Accounts, sessions and links: what changes when people sign in and out."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, text

from data.people.attempts import forget_attempts
from data.people.read import Account, Needs, UserId, account
from data.people.second_factor import forget_devices
from layers.kit.errors import ConflictError

SESSION_H = 12
LINK_H = 24
APART = ("system_admin", "security_admin", "auditor")
PAST_PASSWORDS = 4
"""Beside the present one: the last five cannot be taken again."""


def add_account(c: Connection, login: str, name: str, role: str, code: str) -> Account:
    """Add an account without a password.

    Raises ConflictError when the login is taken, and where the same person would hold a second
    one of the three offices that are kept apart.
    """
    _keep_apart(c, name, role)
    c.execute(
        text(
            """INSERT INTO app_user (login, name, role, code) VALUES (:login, :name, :role, :code)
            ON CONFLICT (login) DO NOTHING"""
        ),
        {"login": login, "name": name, "role": role, "code": code},
    )
    made = account(c, login)
    if made is None or (made.name, made.role, made.code) != (name, role, code):
        raise ConflictError("there is a user {login} already", login=login)
    return made


def _keep_apart(c: Connection, name: str, role: str, own: UserId | None = None) -> None:
    if role not in APART:
        return
    held = c.execute(
        text(
            """SELECT login, role FROM app_user
            WHERE name = :name AND role = ANY(:apart) AND role <> :role AND is_active
              AND id IS DISTINCT FROM CAST(:own AS bigint) LIMIT 1"""
        ),
        {"name": name, "role": role, "apart": list(APART), "own": own},
    ).first()
    if held is not None:
        raise ConflictError(
            "{name} is {role} already (account {login}): nobody holds two of the three offices; "
            "another person of this name is written with something that tells them apart",
            name=name,
            role=held.role,
            login=held.login,
        )


def set_password(c: Connection, user: UserId, password_hash: str) -> None:
    """Set a password and end every session that the old one began."""
    c.execute(
        text(
            """INSERT INTO past_password (user_id, password_hash)
            SELECT id, password_hash FROM app_user WHERE id = :id AND password_hash IS NOT NULL"""
        ),
        {"id": user},
    )
    c.execute(
        text(
            """DELETE FROM past_password WHERE user_id = :id AND id NOT IN (
                SELECT id FROM past_password WHERE user_id = :id ORDER BY id DESC LIMIT :kept)"""
        ),
        {"id": user, "kept": PAST_PASSWORDS},
    )
    c.execute(
        text("UPDATE app_user SET password_hash = :hash WHERE id = :id"),
        {"hash": password_hash, "id": user},
    )
    end_sessions(c, user)


def close_account(c: Connection, user: UserId) -> None:
    """Let a person not sign in any more; what they did keeps their name."""
    c.execute(
        text("UPDATE app_user SET is_active = false, password_hash = NULL WHERE id = :id"),
        {"id": user},
    )
    c.execute(text("DELETE FROM set_up_link WHERE user_id = :id"), {"id": user})
    end_sessions(c, user)


def change_account(c: Connection, user: UserId, name: str, role: str, code: str) -> None:
    """Change what a person is called, may do and reaches.

    Their sessions end where they may do something else from now on: a new one begins with it.
    Raises ConflictError as ``add_account`` does.
    """
    _keep_apart(c, name, role, user)
    changed = c.execute(
        text(
            """UPDATE app_user n SET name = :name, role = :role, code = :code
            FROM app_user o WHERE n.id = :id AND o.id = n.id
            RETURNING (o.role, o.code) IS DISTINCT FROM (:role, :code)"""
        ),
        {"id": user, "name": name, "role": role, "code": code},
    ).scalar()
    if changed:
        end_sessions(c, user)


def lock_administrators(c: Connection) -> None:
    """Let one transaction at a time take an administrator away."""
    c.execute(text("SELECT pg_advisory_xact_lock(hashtext('administrators'))"))


def forget_password(c: Connection, account_: Account) -> None:
    """Take a password away, end its sessions and the account's lock: a new link follows."""
    c.execute(
        text("UPDATE app_user SET password_hash = NULL, is_active = true WHERE id = :id"),
        {"id": account_.id},
    )
    forget_devices(c, account_.id)
    c.execute(text("DELETE FROM set_up_link WHERE user_id = :id"), {"id": account_.id})
    forget_attempts(c, account_.login)
    end_sessions(c, account_.id)


@dataclass(frozen=True, slots=True)
class Browser:
    """What is known of where a session is: its address, and what the browser calls itself."""

    address: str
    agent: str


def begin_session(
    c: Connection, user: UserId, token_sha256: bytes, browser: Browser, needs: Needs | None
) -> None:
    """Begin a session, whole or until its second step; those that are over go."""
    c.execute(text("DELETE FROM user_session WHERE ends_at < now()"))
    if needs is None:
        c.execute(text("UPDATE app_user SET seen_at = now() WHERE id = :user"), {"user": user})
    c.execute(
        text(
            """INSERT INTO user_session
                (user_id, code, token_sha256, ends_at, needs, address, agent)
            SELECT id, code, :token, now() + make_interval(hours => :hours),
                :needs, :address, :agent
            FROM app_user WHERE id = :user"""
        ),
        {
            "user": user,
            "token": token_sha256,
            "hours": SESSION_H,
            "needs": needs,
            "address": browser.address,
            "agent": browser.agent,
        },
    )


def keep_session(c: Connection, token_sha256: bytes) -> None:
    """Note that a session is used; at most once a minute."""
    c.execute(
        text(
            """WITH kept AS (
                UPDATE user_session SET seen_at = now()
                WHERE token_sha256 = :token AND seen_at < now() - interval '1 minute'
                RETURNING user_id)
            UPDATE app_user u SET seen_at = now() FROM kept WHERE u.id = kept.user_id"""
        ),
        {"token": token_sha256},
    )


def end_session(c: Connection, token_sha256: bytes) -> None:
    """End one session."""
    c.execute(text("DELETE FROM user_session WHERE token_sha256 = :token"), {"token": token_sha256})


def end_one_session(c: Connection, user: UserId, session: int) -> None:
    """End a session of a person by its number."""
    c.execute(
        text("DELETE FROM user_session WHERE user_id = :user AND id = :id"),
        {"user": user, "id": session},
    )


def end_sessions(c: Connection, user: UserId) -> None:
    """End every session of a person, on every machine."""
    c.execute(text("DELETE FROM user_session WHERE user_id = :user"), {"user": user})


def make_link(c: Connection, user: UserId, token_sha256: bytes) -> None:
    """Make a link by which a person sets a password, once; older ones of theirs are void."""
    c.execute(
        text("DELETE FROM set_up_link WHERE user_id = :user AND used_at IS NULL"), {"user": user}
    )
    c.execute(
        text(
            """INSERT INTO set_up_link (user_id, code, token_sha256, ends_at)
            SELECT id, code, :token, now() + make_interval(hours => :hours)
            FROM app_user WHERE id = :user"""
        ),
        {"user": user, "token": token_sha256, "hours": LINK_H},
    )


def use_link(c: Connection, token_sha256: bytes) -> UserId | None:
    """Use a link up; return whose it was, None when it is no more."""
    found = c.execute(
        text(
            """UPDATE set_up_link l SET used_at = now() FROM app_user u
            WHERE l.token_sha256 = :token AND l.used_at IS NULL AND l.ends_at > now()
              AND u.id = l.user_id AND u.is_active
            RETURNING l.user_id"""
        ),
        {"token": token_sha256},
    ).scalar()
    return None if found is None else UserId(int(found))
