"""``getu user``: accounts of people who sign in."""

from __future__ import annotations

import argparse

from dashboard.text import Language, text

NAME = "user"
HELP = "add a person who signs in, make a new set-up link, close an account, or list them all"
EXAMPLE = "getu user add wang --name 王敏 --role planner --scope 522624"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    parser.add_argument("what", choices=("add", "reset", "close", "list"), help="what to do")
    parser.add_argument("login", nargs="?", help="small letters and digits")
    parser.add_argument("--name", help="as it is written beside what was done")
    parser.add_argument(
        "--role",
        choices=("viewer", "staff", "planner", "approver", "admin"),
        help="what the person may do (viewer)",
    )
    parser.add_argument("--scope", help="division code that the person works in")


def run(args: argparse.Namespace) -> int:
    """Do it; 0 done, 2 when it cannot be done."""
    from dashboard.access.principal import command
    from dashboard.gate import people
    from dashboard.settings import read_settings
    from data.engine import program_engine, session
    from data.migrations import migrate
    from data.people.read import accounts, widest_code
    from data.server import running_server
    from layers.kit.errors import InputError

    lang: Language = args.lang
    settings = read_settings()
    if args.what != "list" and not args.login:
        raise InputError("say whose account: getu user {what} LOGIN", what=args.what)
    with running_server(settings.database) as server:
        migrate(server)
        engine = program_engine(server, pool_size=1)
        try:
            if args.what == "list":
                with session(engine, command()) as c:
                    found = accounts(c)
                for one in found:
                    state = "closed" if not one.is_active else "invited"
                    state = "open" if one.is_active and one.has_password else state
                    said = text(f"command.user.state.{state}", lang)
                    print(f"{one.login:<16} {one.role:<10} {one.code:<12} {one.name}  {said}")
                if not found:
                    print(text("command.user.none", lang))
                return 0
            if args.what == "close":
                people.close(engine, args.login)
                print(text("command.user.closed", lang, {"login": args.login}))
                return 0
            if args.what == "reset":
                token = people.new_link(engine, args.login)
            else:
                with session(engine, command()) as c:
                    scope = args.scope or widest_code(c)
                role = args.role or "viewer"
                token = people.new_account(engine, args.login, args.name or "", role, scope)
        finally:
            engine.dispose()
    address = f"http://{settings.host}:{settings.port}/set-up/{token}"
    print(text("command.user.link", lang, {"login": args.login, "address": address}))
    return 0
