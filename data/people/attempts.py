"""Attempts to sign in: counted in the database, so that every process counts the same."""

from __future__ import annotations

from sqlalchemy import Connection, text

from layers.kit.errors import InputError

MOST_FAILURES = 5
LOCKED_MIN = 15
ATTEMPTS_KEPT_DAYS = 180


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


def forget_attempts(c: Connection, login: str) -> None:
    """Forget what failed under a login: it is open again at once."""
    c.execute(
        text("DELETE FROM sign_in_attempt WHERE login = :login AND NOT succeeded"),
        {"login": login},
    )
