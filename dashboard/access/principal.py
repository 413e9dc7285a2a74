"""Who is asking: made once per request, and for each command; never from what a browser says."""

from __future__ import annotations

import getpass
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, get_args

from flask import g, has_request_context

from dashboard.access.rights import Right
from dashboard.text import text
from dashboard.text.refusals import reader
from layers.kit.errors import ForbiddenError

Role = Literal["viewer", "planner", "staff", "approver", "admin"]
ROLES: Final[tuple[Role, ...]] = get_args(Role)
INSIDE: Final = "getu.principal"
"""Where a request that the program makes to itself says who asks."""
EVERYTHING: Final = frozenset[Right](("read", "work", "plan", "move", "approve", "administer"))
RIGHTS_OF: Final[Mapping[str, frozenset[Right]]] = {
    "viewer": frozenset(("read",)),
    "staff": frozenset(("read", "work")),
    "planner": frozenset(("read", "work", "plan", "move")),
    "approver": frozenset(("read", "move", "approve")),
    "admin": frozenset(("read", "work", "plan", "move", "administer")),
}


@dataclass(frozen=True, slots=True)
class Principal:
    """A person or a command, and what it may do.

    ``name``: as it is written beside what was done; None on demonstration, where nobody is known.
    ``role``: None where everything may be tried. ``code``: scope, a prefix of the division code.
    """

    name: str | None
    role: str | None
    code: str
    rights: frozenset[Right]
    is_demonstration: bool = False

    def may(self, right: Right) -> bool:
        """Tell whether a right is this principal's."""
        return right == "open" or right in self.rights


def demonstrator(role: str | None = None) -> Principal:
    """Return who sits at this machine on demonstration: in a role, or with every right."""
    if role is None or role not in RIGHTS_OF:
        return Principal(None, None, "", EVERYTHING, is_demonstration=True)
    return Principal(None, role, "", RIGHTS_OF[role], is_demonstration=True)


def signed_in(name: str, role: str, code: str) -> Principal:
    """Return a person who signed in."""
    return Principal(name, role, code, RIGHTS_OF.get(role, frozenset()))


def command() -> Principal:
    """Return who runs a command: the operating system's user, who may do everything."""
    return Principal(getpass.getuser(), None, "", EVERYTHING)


def present() -> Principal:
    """Return who asks. Outside of a request, nobody does: as on demonstration."""
    found = g.get("principal") if has_request_context() else None
    return found if isinstance(found, Principal) else demonstrator()


def need(right: Right) -> None:
    """Raise ForbiddenError where the one who asks lacks a right."""
    who = present()
    if not who.may(right):
        raise lacking(who, right)


def lacking(who: Principal, right: Right) -> ForbiddenError:
    """Return the refusal that names the role and the right, in the reader's language."""
    lang = reader()
    return ForbiddenError(
        "not for the role {role}: it lacks the right to {right}",
        role=text(f"people.role.{who.role or 'all'}", lang),
        right=text(f"people.right.{right}", lang),
    )
