"""Passwords: what they must be, and their argon2 hashes."""

from __future__ import annotations

import re
from threading import BoundedSemaphore
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from layers.kit.errors import InputError

LEAST: Final = 10
MOST: Final = 200
# OWASP's second choice: 19 MiB, two rounds. At most two at once, so that memory is bounded.
_HASHER: Final = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_TURNS: Final = BoundedSemaphore(2)
_COMMON: Final = (
    *("password", "passw0rd", "qwerty", "admin", "welcome", "iloveyou", "letmein", "abc123"),
    *(
        "1234567890",
        "123456789",
        "12345678",
        "123456",
        "654321",
        "111111",
        "888888",
        "666666",
        "woaini",
        "wangge",
        "getu",
    ),
)
_KINDS: Final = (r"[a-z]", r"[A-Z]", r"[0-9]", r"[^A-Za-z0-9]")


def check_password(password: str, login: str) -> None:
    """Raise InputError, with the reason, for a password that is guessed too easily."""
    if not LEAST <= len(password) <= MOST:
        raise InputError("a password has {least} to {most} characters", least=LEAST, most=MOST)
    if sum(bool(re.search(kind, password)) for kind in _KINDS) < 2:
        raise InputError("a password mixes at least two of: small letters, capitals, digits, signs")
    plain = password.lower()
    rest = re.sub("|".join(map(re.escape, _COMMON)), "", plain)
    if login.lower() in plain or len(set(plain)) < 5 or len(rest) < LEAST // 2:
        raise InputError("this password is guessed too easily: take another one")


def hash_password(password: str) -> str:
    """Return the hash that is kept."""
    with _TURNS:
        return _HASHER.hash(password)


def is_password(password: str, kept: str | None) -> bool:
    """Tell whether a password is that of a hash; takes as long where there is none."""
    with _TURNS:
        try:
            _HASHER.verify(kept or _NOBODYS, password[:MOST])
        except (VerificationError, InvalidHashError):
            return False
    return kept is not None


_NOBODYS: Final = _HASHER.hash("nobody has this password")
