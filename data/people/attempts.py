"""Attempts to sign in: counted in the database, so that every process counts the same.

Nobody can lock another one out:

1. Failures are counted for each source: an address, or a device that the login knows. After
   ``MOST_FAILURES`` that source alone waits ``LOCKED_MIN`` minutes, for this login.
2. Failures from all strange sources together slow down strange sources: a second, two, four, at
   most ``MOST_DELAY_S``. A known device waits for nobody, nor does an address from which this
   login was signed in before.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection, text

from layers.kit.errors import InputError

MOST_FAILURES = 5
LOCKED_MIN = 15
MOST_DELAY_S = 60
ATTEMPTS_KEPT_DAYS = 180
Kind = Literal["password", "code"]

FAILED = f"""NOT a.succeeded AND a.at > now() - interval '{LOCKED_MIN} minutes'
    AND a.at > coalesce((SELECT max(s.at) FROM sign_in_attempt s
                         WHERE s.login = a.login AND s.kind = a.kind AND s.source = a.source
                           AND s.succeeded), '-infinity')"""
"""Of an attempt ``a``: it failed lately, and none from the same source succeeded since."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where an attempt comes from. ``is_known``: a device that signed in as this login before."""

    name: str
    is_known: bool = False


def delay_s(failures: int) -> int:
    """Return how long strange sources wait after so many failures from anywhere, in seconds."""
    if failures <= MOST_FAILURES:
        return 0
    return int(min(2 ** min(failures - MOST_FAILURES - 1, 10), MOST_DELAY_S))


def begin_attempt(c: Connection, login: str, source: Source, kind: Kind = "password") -> int:
    """Count an attempt before its password is looked at; return its id.

    Counted first, and one at a time for each login: who tries many passwords at once gets no more
    tries. Raises InputError when this one must wait.
    """
    c.execute(text("SELECT pg_advisory_xact_lock(hashtext('sign in'), hashtext(:login))"),
              {"login": login})  # fmt: skip
    failed = c.execute(
        text(
            f"""SELECT count(*) FILTER (WHERE a.source = :source) AS here, count(*) AS everywhere,
                   extract(epoch FROM now() - max(a.at)) AS ago_s
            FROM sign_in_attempt a
            WHERE a.login = :login AND a.kind = :kind AND {FAILED}"""
        ),
        {"login": login, "kind": kind, "source": source.name},
    ).one()
    if failed.here >= MOST_FAILURES:
        raise InputError(
            "too many failed attempts: try again in {minutes} minutes", minutes=LOCKED_MIN
        )
    if delay_s(failed.everywhere) and not _is_known(c, login, source, kind):
        wait_s = delay_s(failed.everywhere)
        if failed.ago_s < wait_s:
            raise InputError(
                "others failed to sign in as this login: try again in {seconds} seconds",
                seconds=wait_s,
            )
    c.execute(
        text("DELETE FROM sign_in_attempt WHERE at < now() - make_interval(days => :days)"),
        {"days": ATTEMPTS_KEPT_DAYS},
    )
    return int(
        c.execute(
            text(
                """INSERT INTO sign_in_attempt (login, kind, source)
                VALUES (:login, :kind, :source) RETURNING id"""
            ),
            {"login": login, "kind": kind, "source": source.name},
        ).scalar_one()
    )


def _is_known(c: Connection, login: str, source: Source, kind: Kind) -> bool:
    return source.is_known or bool(
        c.execute(
            text(
                """SELECT EXISTS (SELECT FROM sign_in_attempt WHERE login = :login
                    AND kind = :kind AND source = :source AND succeeded)"""
            ),
            {"login": login, "kind": kind, "source": source.name},
        ).scalar_one()
    )


def end_attempt(c: Connection, attempt: int) -> None:
    """Say that an attempt succeeded."""
    c.execute(text("UPDATE sign_in_attempt SET succeeded = true WHERE id = :id"), {"id": attempt})


def forget_attempts(c: Connection, login: str) -> None:
    """Forget what failed under a login: it is open again at once, everywhere."""
    c.execute(
        text("DELETE FROM sign_in_attempt WHERE login = :login AND NOT succeeded"),
        {"login": login},
    )
