"""The second step of signing in: a person's secret (sealed), recovery codes, known devices."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, text

from data.people.read import UserId

DEVICE_DAYS = 180


def sealed_secret(c: Connection, user: UserId) -> bytes | None:
    """Return a person's secret as it is kept, None where there is none."""
    found = c.execute(
        text("SELECT second_factor FROM app_user WHERE id = :id FOR UPDATE"), {"id": user}
    ).scalar()
    return None if found is None else bytes(found)


def offer_secret(c: Connection, user: UserId, sealed: bytes) -> None:
    """Keep a secret that its owner has not shown to work yet."""
    c.execute(
        text(
            """UPDATE app_user SET second_factor = :sealed, second_factor_step = NULL
            WHERE id = :id AND second_factor_at IS NULL"""
        ),
        {"id": user, "sealed": sealed},
    )


def use_step(c: Connection, user: UserId, step: int) -> bool:
    """Use the code of a half minute, once; tell whether it was unused, and none after it either."""
    done = c.execute(
        text(
            """UPDATE app_user SET second_factor_step = :step,
                second_factor_at = coalesce(second_factor_at, now())
            WHERE id = :id AND second_factor IS NOT NULL
              AND coalesce(second_factor_step, -1) < :step"""
        ),
        {"id": user, "step": step},
    )
    return done.rowcount == 1


def forget_secret(c: Connection, user: UserId) -> None:
    """Take the second step away: the next sign-in sets up a new one where it is asked for."""
    c.execute(
        text(
            """UPDATE app_user SET second_factor = NULL, second_factor_at = NULL,
                second_factor_step = NULL
            WHERE id = :id"""
        ),
        {"id": user},
    )
    c.execute(text("DELETE FROM recovery_code WHERE user_id = :id"), {"id": user})


def put_recovery_codes(c: Connection, user: UserId, digests: Sequence[bytes]) -> None:
    """Give a person new recovery codes; those from before are void."""
    c.execute(text("DELETE FROM recovery_code WHERE user_id = :id"), {"id": user})
    c.execute(
        text("INSERT INTO recovery_code (user_id, digest) VALUES (:user, :digest)"),
        [{"user": user, "digest": one} for one in digests],
    )


def use_recovery_code(c: Connection, user: UserId, digest: bytes) -> bool:
    """Use a recovery code up; tell whether there was such a one."""
    done = c.execute(
        text(
            """UPDATE recovery_code SET used_at = now()
            WHERE user_id = :user AND digest = :digest AND used_at IS NULL"""
        ),
        {"user": user, "digest": digest},
    )
    return done.rowcount == 1


def recovery_codes_left(c: Connection, user: UserId) -> int:
    """Return how many recovery codes a person has not used."""
    return int(
        c.execute(
            text("SELECT count(*) FROM recovery_code WHERE user_id = :id AND used_at IS NULL"),
            {"id": user},
        ).scalar_one()
    )


def know_device(c: Connection, user: UserId, token_sha256: bytes) -> None:
    """Remember that a person signed in on a device."""
    c.execute(text("DELETE FROM known_device WHERE ends_at < now()"))
    c.execute(
        text(
            """INSERT INTO known_device (user_id, token_sha256, ends_at)
            VALUES (:user, :token, now() + make_interval(days => :days))
            ON CONFLICT (user_id, token_sha256) DO UPDATE SET ends_at = excluded.ends_at"""
        ),
        {"user": user, "token": token_sha256, "days": DEVICE_DAYS},
    )


def device_of(c: Connection, login: str, token_sha256: bytes) -> int | None:
    """Return the id of a device that a login knows, None for a strange one."""
    found = c.execute(
        text(
            """SELECT d.id FROM known_device d JOIN app_user u ON u.id = d.user_id
            WHERE u.login = :login AND d.token_sha256 = :token AND d.ends_at > now()"""
        ),
        {"login": login, "token": token_sha256},
    ).scalar()
    return None if found is None else int(found)


def forget_devices(c: Connection, user: UserId) -> None:
    """Know none of a person's devices any more."""
    c.execute(text("DELETE FROM known_device WHERE user_id = :id"), {"id": user})
