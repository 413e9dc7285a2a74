"""Who is asking: made once per request, and for each command; never from what a browser says."""

from __future__ import annotations

import getpass
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final, get_args

from dashboard.access.rights import Right
from layers.kit.errors import ForbiddenError
from layers.kit.principal import ALL, ROLES, Principal, acting, acting_now, system

if TYPE_CHECKING:
    from dashboard.text import Language

__all__ = [
    "ALL",
    "ROLES",
    "Principal",
    "acting",
    "command",
    "demonstrator",
    "from_here",
    "kept_apart",
    "lacking",
    "need",
    "of_job",
    "present",
    "signed_in",
    "system",
]

INSIDE: Final = "getu.principal"
"""Where a request that the program makes to itself says who asks."""
EVERYTHING: Final = frozenset[Right](get_args(Right)) - {"open", "nobody"}
RIGHTS_OF: Final[Mapping[str, frozenset[Right]]] = {
    "viewer": frozenset(("enter", "read")),
    "staff": frozenset(("enter", "read", "counts", "work")),
    "planner": frozenset(("enter", "read", "counts", "work", "plan", "move")),
    "approver": frozenset(("enter", "read", "counts", "move", "approve")),
    "admin": frozenset(("enter", "read", "counts", "work", "plan", "move", "administer", "system")),
    "system_admin": frozenset(("enter", "system")),
    "security_admin": frozenset(("enter", "administer")),
    "auditor": frozenset(("enter", "audit")),
}
"""Role → rights. The last three (三员) see nothing of a county; ``admin`` reads no audit."""
OF_ADMINISTRATORS: Final = frozenset[Right](("administer", "system"))


def demonstrator(role: str | None = None) -> Principal:
    """Return who sits at this machine on demonstration: in a role, or with every right."""
    if role is None or role not in RIGHTS_OF:
        return Principal(None, None, ALL, EVERYTHING, is_demonstration=True)
    return Principal(None, role, ALL, RIGHTS_OF[role], is_demonstration=True)


def signed_in(name: str, role: str, scope: str, login: str | None = None) -> Principal:
    """Return a person who signed in."""
    return Principal(name, role, scope, RIGHTS_OF.get(role, frozenset()), login=login)


def kept_apart(who: Principal) -> Principal:
    """Return a principal where the three administrators are apart: ``admin`` is none of them."""
    if who.role != "admin":
        return who
    return replace(who, rights=who.rights - OF_ADMINISTRATORS)


def command() -> Principal:
    """Return who runs a command: the operating system's user, who may do everything."""
    return Principal(getpass.getuser(), None, ALL, EVERYTHING, origin="command")


def from_here(who: Principal) -> Principal:
    """Return a principal with the address of the browser that asks; as it is where none does.

    Behind a proxy on this machine the address is the last that the proxy names.
    """
    from flask import has_request_context, request

    if not has_request_context():
        return who
    address = request.remote_addr or ""
    named = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    if address in ("127.0.0.1", "::1", "") and named:
        address = named
    return replace(who, origin=address[:60])


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
