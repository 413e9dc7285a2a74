"""Whose account a person of an OpenID Connect provider has."""

from __future__ import annotations

from sqlalchemy import Connection, text

from data.people.read import UserId


def login_of(c: Connection, subject: str) -> str | None:
    """Return the login that belongs to a subject (issuer and name there), None for nobody's."""
    found = c.execute(
        text("SELECT login FROM app_user WHERE openid_subject = :subject"), {"subject": subject}
    ).scalar()
    return None if found is None else str(found)


def take_subject(c: Connection, user: UserId, subject: str) -> bool:
    """Tie an account to a subject, once; tell whether it had none."""
    done = c.execute(
        text(
            """UPDATE app_user SET openid_subject = :subject
            WHERE id = :id AND openid_subject IS NULL"""
        ),
        {"id": user, "subject": subject},
    )
    return done.rowcount == 1
