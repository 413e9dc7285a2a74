"""Who is asking: made once per request, and for each command; never from what a browser says."""

from __future__ import annotations

import getpass
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, Literal, get_args

from dashboard.access.rights import Right
from layers.kit.errors import ForbiddenError
from layers.kit.principal import ALL, Principal, acting, acting_now, system

if TYPE_CHECKING:
    from dashboard.text import Language

__all__ = [
    "ALL",
    "Principal",
    "acting",
    "command",
    "demonstrator",
    "lacking",
    "need",
    "of_job",
    "present",
    "signed_in",
    "system",
]

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


def demonstrator(role: str | None = None) -> Principal:
    """Return who sits at this machine on demonstration: in a role, or with every right."""
    if role is None or role not in RIGHTS_OF:
        return Principal(None, None, ALL, EVERYTHING, is_demonstration=True)
    return Principal(None, role, ALL, RIGHTS_OF[role], is_demonstration=True)


def signed_in(name: str, role: str, scope: str) -> Principal:
    """Return a person who signed in."""
    return Principal(name, role, scope, RIGHTS_OF.get(role, frozenset()))


def command() -> Principal:
    """Return who runs a command: the operating system's user, who may do everything."""
    return Principal(getpass.getuser(), None, ALL, EVERYTHING)


def of_job(name: str, role: str | None, scope: str) -> Principal:
    """Return for whom a job works, from its row: whoever asked for it, as far as they reach."""
    rights = EVERYTHING if role is None else RIGHTS_OF.get(role, frozenset())
    return Principal(name, role, scope, rights)


def present() -> Principal:
    """Return who asks: of a request, whoever it comes from; elsewhere, whom this thread works for.

    Raises LookupError where nobody was named: nothing is done for nobody.
    """
    # Here, since commands need the rest of this file and not the web.
    from flask import g, has_request_context

    found = g.get("principal") if has_request_context() else None
    found = found if isinstance(found, Principal) else acting_now()
    if found is not None:
        return found
    raise LookupError("nobody is asking: say acting(...), or pass a principal")


def need(right: Right) -> None:
    """Raise ForbiddenError where the one who asks lacks a right."""
    who = present()
    if not who.may(right):
        raise lacking(who, right)


def lacking(who: Principal, right: Right, lang: Language | None = None) -> ForbiddenError:
    """Return the refusal that names the role and the right; the reader's language by itself."""
    from dashboard.text import text
    from dashboard.text.refusals import reader

    lang = lang or reader()
    return ForbiddenError(
        "not for the role {role}: it lacks the right to {right}",
        role=text(f"people.role.{who.role or 'all'}", lang),
        right=text(f"people.right.{right}", lang),
    )
