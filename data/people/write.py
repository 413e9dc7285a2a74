"""Accounts, sessions, links and attempts: what changes when people sign in and out."""

from __future__ import annotations

from sqlalchemy import Connection, text

from data.people.read import Account, UserId, account
from layers.kit.errors import ConflictError, InputError

SESSION_H = 12
LINK_H = 24
MOST_FAILURES = 5
LOCKED_MIN = 15
ATTEMPTS_KEPT_DAYS = 180


def add_account(c: Connection, login: str, name: str, role: str, code: str) -> Account:
    """Add an account without a password. Raises ConflictError when the login is taken."""
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


def set_password(c: Connection, user: UserId, password_hash: str) -> None:
    """Set a password and end every session that the old one began."""
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
    end_sessions(c, user)


def forget_password(c: Connection, account_: Account) -> None:
    """Take a password away, end its sessions and the account's lock: a new link follows."""
    c.execute(
        text("UPDATE app_user SET password_hash = NULL, is_active = true WHERE id = :id"),
        {"id": account_.id},
    )
    c.execute(text("DELETE FROM set_up_link WHERE user_id = :id"), {"id": account_.id})
    c.execute(
        text("DELETE FROM sign_in_attempt WHERE login = :login AND NOT succeeded"),
        {"login": account_.login},
    )
    end_sessions(c, account_.id)


def begin_session(c: Connection, user: UserId, token_sha256: bytes) -> None:
    """Begin a session; those that are over go."""
    c.execute(text("DELETE FROM user_session WHERE ends_at < now()"))
    c.execute(
        text(
            """INSERT INTO user_session (user_id, code, token_sha256, ends_at)
            SELECT id, code, :token, now() + make_interval(hours => :hours)
            FROM app_user WHERE id = :user"""
        ),
        {"user": user, "token": token_sha256, "hours": SESSION_H},
    )


def keep_session(c: Connection, token_sha256: bytes) -> None:
    """Note that a session is used; at most once a minute."""
    c.execute(
        text(
            """UPDATE user_session SET seen_at = now()
            WHERE token_sha256 = :token AND seen_at < now() - interval '1 minute'"""
        ),
        {"token": token_sha256},
    )


def end_session(c: Connection, token_sha256: bytes) -> None:
    """End one session."""
    c.execute(text("DELETE FROM user_session WHERE token_sha256 = :token"), {"token": token_sha256})


def end_sessions(c: Connection, user: UserId) -> None:
    """End every session of a person, on every machine."""
    c.execute(text("DELETE FROM user_session WHERE user_id = :user"), {"user": user})


def begin_attempt(c: Connection, login: str) -> int:
    """Count an attempt before its password is looked at; return its id.

    Counted first, and one at a time for each login: who tries many passwords at once gets no more
    tries. Raises InputError when there were too many that failed.
    """
    c.execute(text("SELECT pg_advisory_xact_lock(hashtext('sign in'), hashtext(:login))"),
              {"login": login})  # fmt: skip
    failed = c.execute(
        text(
            """SELECT count(*) FROM sign_in_attempt a
            WHERE a.login = :login AND NOT a.succeeded
              AND a.at > now() - make_interval(mins => :minutes)
              AND a.at > coalesce((SELECT max(s.at) FROM sign_in_attempt s
                                   WHERE s.login = :login AND s.succeeded), '-infinity')"""
        ),
        {"login": login, "minutes": LOCKED_MIN},
    ).scalar_one()
    if failed >= MOST_FAILURES:
        raise InputError(
            "too many failed attempts: try again in {minutes} minutes", minutes=LOCKED_MIN
        )
    c.execute(
        text("DELETE FROM sign_in_attempt WHERE at < now() - make_interval(days => :days)"),
        {"days": ATTEMPTS_KEPT_DAYS},
    )
    return int(
        c.execute(
            text("INSERT INTO sign_in_attempt (login) VALUES (:login) RETURNING id"),
            {"login": login},
        ).scalar_one()
    )


def end_attempt(c: Connection, attempt: int) -> None:
    """Say that an attempt succeeded."""
    c.execute(text("UPDATE sign_in_attempt SET succeeded = true WHERE id = :id"), {"id": attempt})


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
