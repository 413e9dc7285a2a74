"""Who is asking, and how far they reach: a value that every floor knows.

A scope is a prefix of the division code (``522624`` a county, ``522624001`` a town of it), or
``ALL`` for what belongs to no person: a demonstration, a command, the program itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final, Literal, get_args

ALL: Final = "all"
"""Reaches everything. No account can have it: a person's scope is digits."""
Role = Literal[
    "viewer", "planner", "staff", "approver", "admin", "system_admin", "security_admin", "auditor"
]
ROLES: Final[tuple[Role, ...]] = get_args(Role)
_DIGITS: Final = re.compile(r"[0-9]{2,15}")


@dataclass(frozen=True, slots=True)
class Principal:
    """A person, a command or the program, what it may do and where.

    ``name``: as it is written beside what was done; None on demonstration, where nobody is known.
    ``role``: None where everything may be tried. ``scope``: digits, or ``ALL``. ``origin``: the
    address of a browser, ``command …`` or ``job …``. ``login``: of an
    account, for logs.
    """

    name: str | None
    role: str | None
    scope: str
    rights: frozenset[str]
    is_demonstration: bool = False
    origin: str = ""
    login: str | None = None

    def may(self, right: str) -> bool:
        """Tell whether a right is this principal's."""
        return right == "open" or right in self.rights

    @property
    def sees_few(self) -> bool:
        """Tell whether counts of 1 and 2 households are told (``layers/kit/few.py``)."""
        return self.role is None or "counts" in self.rights

    @property
    def actor(self) -> str:
        """Return how what this principal does is signed."""
        return self.name or (f"{DEMONSTRATION}:{self.role}" if self.role else DEMONSTRATION)


DEMONSTRATION: Final = "demonstration"
_SYSTEM: Final = Principal("getu", None, ALL, frozenset())
_acting: ContextVar[Principal | None] = ContextVar("acting", default=None)


def is_scope(text: str) -> bool:
    """Tell whether a text can be a person's scope: 2 to 15 digits."""
    return _DIGITS.fullmatch(text) is not None


def system() -> Principal:
    """Return the program itself: start-up, clean-up, what is made ahead for everybody."""
    return _SYSTEM


def acting_now() -> Principal | None:
    """Return for whom this thread works outside of a request; None where nobody was named."""
    return _acting.get()


@contextmanager
def acting(who: Principal) -> Iterator[None]:
    """Work for somebody outside of a request: a job, a command, what is made ahead.

    For this thread alone; inside a request whoever asks goes before.
    """
    before = _acting.set(who)
    try:
        yield
    finally:
        _acting.reset(before)
