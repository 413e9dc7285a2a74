"""``getu user``: accounts of people who sign in."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from dashboard.text import Language, text
from layers.kit import clock

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from dashboard.settings import Settings
    from data.divisions.read_scopes import Scope
    from data.people.read import Account

NAME = "user"
HELP = "add people who sign in, make new set-up links, reset codes, close accounts, list them"
EXAMPLE = "getu user add wang --name 王敏 --role planner --scope 522624"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    parser.add_argument(
        "what", choices=("add", "reset", "reset-code", "close", "list"), help="what to do"
    )
    parser.add_argument("login", nargs="?", help="small letters and digits; import: FILE.xlsx")
    parser.add_argument("--name", help="as it is written beside what was done")
    parser.add_argument(
        "--role",
        choices=(
            *("viewer", "staff", "planner", "approver", "admin"),
            *("system_admin", "security_admin", "auditor"),
        ),
        help="what the person may do (viewer)",
    )
    parser.add_argument("--scope", help="division that the person works in: its code or name")


def run(args: argparse.Namespace) -> int:
    """Do it; 0 done, 2 when it cannot be done."""
    from dashboard.access.principal import command
    from dashboard.people import accounts
    from dashboard.people.accounts import AccountOrder
    from dashboard.settings import read_settings
    from data.engine import people_session, program_engine
    from data.migrations.apart import migrate_apart
    from data.people.read import widest_code
    from data.server import running_server
    from layers.kit.errors import InputError

    lang: Language = args.lang
    settings = read_settings()
    who = command()
    if args.what != "list" and not args.login:
        raise InputError("say whose account: getu user {what} LOGIN", what=args.what)
    with running_server(settings.database) as server:
        migrate_apart(server)
        engine = program_engine(server, pool_size=1)
        try:
            if args.what == "list":
                for row in list_rows(*accounts.listed(engine, who), lang):
                    print(row)
                return 0
            if args.what == "import":
                return bring(engine, Path(args.login), settings, lang)
            if args.what == "close":
                accounts.close(engine, who, None, args.login)
                print(text("command.user.closed", lang, {"login": args.login}))
                return 0
            if args.what == "reset-code":
                accounts.reset_second_step(engine, who, None, args.login)
                print(text("command.user.code_reset", lang, {"login": args.login}))
                return 0
            if args.what == "add" and args.role == "admin" and settings.administrators_apart:
                raise InputError("administrators are apart here: choose one of {listed}",
                                 listed="system_admin, security_admin, auditor")  # fmt: skip
            if args.what == "reset":
                token = accounts.renew_link(engine, who, None, args.login)
            else:
                with people_session(engine, who) as c:
                    scope = args.scope or widest_code(c)
                order = AccountOrder(args.login, args.name or "", args.role or "viewer", scope)
                token = accounts.add(engine, who, order)
        finally:
            engine.dispose()
    address = f"{settings.address}/set-up/{token}"
    print(text("command.user.link", lang, {"login": args.login, "address": address}))
    return 0


def bring(engine: Engine, path: Path, settings: Settings, lang: Language) -> int:
    """Add everybody on a list and print their links; 1 and every fault where there is one."""
    from dashboard.access.principal import ROLES, command
    from dashboard.intake.people_book import read_people
    from dashboard.people import accounts
    from dashboard.text.refusals import refusal

    roles = accounts.APART if settings.administrators_apart else ROLES
    made, faults = accounts.add_all(engine, command(), read_people(path, path.name), roles)
    for one in faults:
        print(
            text("command.user.fault", lang, {"row": str(one.row), "why": refusal(one.why, lang)})
        )
    for new in made:
        print(f"{new.login}\t{new.name}\t{settings.address}/set-up/{new.token}")
    return 1 if faults else 0


def list_rows(found: list[Account], scopes: list[Scope], lang: Language) -> list[str]:
    """Return a line for each account: what the page of people says."""
    names = {one.code: one.name for one in scopes}
    rows = []
    for one in found:
        until = clock.minute(one.locked_until) if one.locked_until else ""
        state = (
            text("people.locked_until", lang, {"at": until})
            if one.state == "locked"
            else text(f"people.state.{one.state}", lang)
        )
        seen = clock.minute(one.seen_at) if one.seen_at else "—"
        role = text(f"people.role.{one.role}", lang)
        scope = f"{one.code} {names.get(one.code, '')}".strip()
        said = text("people.seen", lang, {"at": seen})
        rows.append(f"{one.login:<16} {one.name}  {role}  {scope}  {state}  {said}")
    return rows or [text("command.user.none", lang)]
