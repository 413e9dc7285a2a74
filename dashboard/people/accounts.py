"""Accounts as an administrator keeps them: added, changed, closed, within what he reaches.

1. An administrator sees and changes the accounts under his own scope, and gives no wider one.
2. Nobody closes or demotes himself: he would be out before he saw that it was a mistake.
3. The last administrator who can sign in stays one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import Connection, Engine

from dashboard.access.principal import ALL, RIGHTS_OF, ROLES, Principal
from dashboard.people.sessions import account_faults, kept, token_pair
from data.access.actions import Action
from data.access.audit import record
from data.divisions.read_scopes import Scope, scopes
from data.engine import enter, people_session
from data.people import attempts, read, second_factor, write
from data.people.read import Account
from layers.kit.errors import ConflictError, GetuError, InputError, NotFoundError
from layers.kit.principal import is_scope, system

APART: Final = tuple(role for role in ROLES if role != "admin")
"""Roles that are given where the three administrators are apart."""
ADMINISTRATORS: Final = tuple(role for role in ROLES if "administer" in RIGHTS_OF[role])
"""Roles that keep accounts."""


@dataclass(frozen=True, slots=True)
class AccountOrder:
    """An account as somebody wants it. ``scope``: a division's code or its name."""

    login: str
    name: str
    role: str
    scope: str


def reaches(who: Principal, code: str) -> bool:
    """Tell whether a scope lies within that of whoever asks."""
    return who.scope == ALL or code.startswith(who.scope)


def listed(engine: Engine, who: Principal) -> tuple[list[Account], list[Scope]]:
    """Return the accounts that somebody keeps, and the divisions that they may be given."""
    with people_session(engine, system()) as c:
        found = [one for one in read.accounts(c) if reaches(who, one.code)]
        return found, [one for one in scopes(c) if reaches(who, one.code)]


def own_login(engine: Engine, token: str) -> str | None:
    """Return the login of a session, None for none."""
    with people_session(engine, system()) as c:
        account = read.account_of_session(c, kept(token))
    return account.login if account else None


def one(engine: Engine, who: Principal, login: str) -> Account:
    """Return an account. Raises NotFoundError, for one out of reach as for one that is not."""
    with people_session(engine, system()) as c:
        return _account(c, who, login)


@dataclass(frozen=True, slots=True)
class Invitation:
    """A new account and the token of its set-up link."""

    login: str
    name: str
    token: str


@dataclass(frozen=True, slots=True)
class RowFault:
    """What is wrong with a row of a list of people."""

    row: int
    why: GetuError


def add(engine: Engine, who: Principal, order: AccountOrder, roles: Sequence[str] = ROLES) -> str:
    """Add an account; return the token of its set-up link. Raises InputError, ConflictError."""
    made, faults = add_all(engine, who, {1: order}, roles)
    if faults:
        raise faults[0].why
    return made[0].token


def add_all(
    engine: Engine, who: Principal, orders: Mapping[int, AccountOrder], roles: Sequence[str] = ROLES
) -> tuple[list[Invitation], list[RowFault]]:
    """Add accounts, by the row that each is in: all of them, or none and every fault.

    ``roles``: those that may be given.
    """
    faults: list[RowFault] = []
    codes: dict[int, str] = {}
    first: dict[str, int] = {}
    with people_session(engine, system()) as c:
        known = scopes(c)
        for row, order in orders.items():
            faults += [RowFault(row, one) for one in _faults(order, roles)]
            try:
                codes[row] = _scope(known, who, order.scope)
            except InputError as error:
                faults.append(RowFault(row, error))
            if first.setdefault(order.login, row) != row:
                twice = ConflictError(
                    "the login {login} stands in row {row} too", login=order.login,
                    row=first[order.login],
                )  # fmt: skip
                faults.append(RowFault(row, twice))
            elif read.account(c, order.login) is not None:
                taken = ConflictError("there is a user {login} already", login=order.login)
                faults.append(RowFault(row, taken))
        if faults:
            return [], faults
        return [_invite(c, who, order, codes[row]) for row, order in orders.items()], []


def _faults(order: AccountOrder, roles: Sequence[str]) -> list[InputError]:
    return list(account_faults(order.login, order.name or order.login, order.role, roles))


def _invite(c: Connection, who: Principal, order: AccountOrder, code: str) -> Invitation:
    token, digest = token_pair()
    name = order.name or order.login
    made = write.add_account(c, order.login, name, order.role, code)
    write.make_link(c, made.id, digest)
    _note(c, who, "user.added", made, {"role": order.role, "scope": code})
    return Invitation(order.login, name, token)


def change(
    engine: Engine,
    who: Principal,
    own: str | None,
    order: AccountOrder,
    roles: Sequence[str] = ROLES,
) -> None:
    """Change name, role and scope. ``own``: the login of whoever asks.

    Raises InputError, NotFoundError, ConflictError.
    """
    with people_session(engine, system()) as c:
        account = _account(c, who, order.login)
        code = _scope(scopes(c), who, order.scope)
        for wrong in account_faults(order.login, order.name, order.role, (*roles, account.role)):
            raise wrong
        if order.role not in ADMINISTRATORS:
            _check_not_own(account, own)
            _check_not_last(c, account)
        if account.login == own and not account.code.startswith(code):
            raise ConflictError("your own scope is not yours to narrow: ask another administrator")
        write.change_account(c, account.id, order.name, order.role, code)
        before = {"role": account.role, "scope": account.code}
        _note(c, who, "user.changed", account, {"role": order.role, "scope": code, "was": before})


def renew_link(engine: Engine, who: Principal, own: str | None, login: str) -> str:
    """Void a person's password and sessions; return the token of a new set-up link.

    Opens a closed account again. Raises NotFoundError, ConflictError for one's own.
    """
    token, digest = token_pair()
    with people_session(engine, system()) as c:
        account = _account(c, who, login)
        _check_not_own(account, own)
        write.forget_password(c, account)
        write.make_link(c, account.id, digest)
        _note(c, who, "user.link_made", account)
    return token


def close(engine: Engine, who: Principal, own: str | None, login: str) -> None:
    """Close an account and end its sessions. Raises NotFoundError, ConflictError."""
    with people_session(engine, system()) as c:
        account = _account(c, who, login)
        _check_not_own(account, own)
        _check_not_last(c, account)
        write.close_account(c, account.id)
        _note(c, who, "user.closed", account)


def unlock(engine: Engine, who: Principal, login: str) -> None:
    """Forget the failed attempts of a login. Raises NotFoundError."""
    with people_session(engine, system()) as c:
        account = _account(c, who, login)
        attempts.forget_attempts(c, account.login)
        _note(c, who, "user.changed", account, {"unlocked": True})


def reset_second_step(engine: Engine, who: Principal, own: str | None, login: str) -> None:
    """Take a person's second step away, and end the sessions: the next sign-in sets up a new one.

    Raises NotFoundError, ConflictError for one's own.
    """
    with people_session(engine, system()) as c:
        account = _account(c, who, login)
        _check_not_own(account, own)
        second_factor.forget_secret(c, account.id)
        second_factor.forget_devices(c, account.id)
        write.end_sessions(c, account.id)
        _note(c, who, "user.changed", account, {"second_step": "reset"})


def end_sessions(engine: Engine, who: Principal, login: str) -> None:
    """Sign a person out on every machine. Raises NotFoundError."""
    with people_session(engine, system()) as c:
        account = _account(c, who, login)
        write.end_sessions(c, account.id)
        _note(c, who, "session.ended_everywhere", account)


def _note(
    c: Connection,
    who: Principal,
    action: Action,
    account: Account,
    detail: Mapping[str, object] | None = None,
) -> None:
    """Write down who did it: the transaction is the program's, which reaches every account."""
    enter(c, replace(who, scope=ALL))
    record(c, action, subject=f"user:{account.id}", detail=detail, by=who.actor)


def _account(c: Connection, who: Principal, login: str) -> Account:
    account = read.account(c, login)
    if account is None or not reaches(who, account.code):
        raise NotFoundError("there is no user {login}", login=login)
    return account


def _scope(known: Sequence[Scope], who: Principal, asked: str) -> str:
    """Return the code that a text means: digits, a name, or "digits name" as the page offers it.

    ``known``: the divisions. Raises InputError.
    """
    asked = asked.strip()
    first = asked.split(" ")[0]
    if first.isdecimal():
        if not is_scope(first):
            raise InputError(
                "a scope is a division code of 2 to 15 digits: {code}", code=first[:20]
            )
        code = first
    else:
        codes = sorted({one.code for one in known if asked == one.name})
        if not codes:
            raise InputError("no division is called {name}: write its code", name=asked or "-")
        if len(codes) > 1:
            raise InputError(
                "several divisions are called {name}: write one of the codes {listed}",
                name=asked,
                listed=", ".join(codes),
            )
        code = codes[0]
    if not reaches(who, code):
        raise InputError("{code} is outside of your own scope {scope}", code=code, scope=who.scope)
    return code


def _check_not_own(account: Account, own: str | None) -> None:
    if account.login == own:
        raise ConflictError(
            "this is your own account: another administrator must do that, so that it is no mistake"
        )


def _check_not_last(c: Connection, account: Account) -> None:
    if account.role not in ADMINISTRATORS or not account.is_active or not account.has_password:
        return
    write.lock_administrators(c)
    if not read.other_administrators(c, account.id, ADMINISTRATORS):
        raise ConflictError(
            "{login} is the last administrator who can sign in: make another one first",
            login=account.login,
        )
