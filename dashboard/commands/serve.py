"""``getu serve``: the database server, its migrations, and the pages."""

from __future__ import annotations

import argparse
import dataclasses
from logging import getLogger
from threading import Event, Thread

from dashboard.commands import CANNOT, DONE, unexpected
from dashboard.settings import Settings, check_reach, read_settings
from dashboard.text import Language, text
from dashboard.text.refusals import refusal
from data.server import Server
from layers.kit.errors import GetuError, SettingsError

NAME = "serve"
HELP = "serve the pages on this machine, with the database server that they need"
EXAMPLE = "getu serve --port 8051"

logger = getLogger(__name__)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    parser.add_argument(
        "--host", help="address to listen on (127.0.0.1; others with GETU_SIGN_IN=on)"
    )
    parser.add_argument("--port", type=int, help="port to listen on (8050)")
    parser.add_argument("--threads", type=int, help="requests answered at once (8)")
    parser.add_argument(
        "--no-demo", action="store_true", help="leave an empty embedded database empty"
    )


def run(args: argparse.Namespace) -> int:
    """Serve until Ctrl-C; 0 then, 2 when it cannot."""
    lang: Language = args.lang
    settings = read_settings()
    chosen = {k: getattr(args, k) for k in ("host", "port", "threads") if getattr(args, k)}
    settings = dataclasses.replace(settings, **chosen)
    check_reach(settings)
    if not 1 <= settings.port <= 65535:
        raise SettingsError(
            "--port {port} is not a port: 1 to 65535, for example 8050", port=settings.port
        )
    from dashboard.setup.serve import WsgiApplication, check_port, serve
    from dashboard.setup.temporary import temporary_folder
    from data.migrations.apart import migrate_apart
    from data.server import keep_running, running_server

    check_port(settings.host, settings.port)
    root = settings.database.paths.root
    with temporary_folder(root), running_server(settings.database) as server:
        migrate_apart(server)
        if server.embedded and not args.no_demo and is_empty(server):
            code = load_demo(settings, lang)
            if code != DONE:
                return code

        if settings.needs_sign_in:
            invite(settings, server, lang)

        def make_application() -> WsgiApplication:
            from dashboard.application import create_app
            from dashboard.setup.warm import warm
            from data.access.seals import keep_sealed

            app = create_app(settings, server)
            application: WsgiApplication = app.server
            # Daemons: they end with the worker, before the master stops the server for good.
            watch = Thread(
                target=keep_running, args=(settings.database, Event()), name="database", daemon=True
            )
            watch.start()
            engine = app.server.extensions["getu"].engine
            Thread(
                target=keep_sealed, args=(engine, root, Event()), name="audit", daemon=True
            ).start()
            Thread(target=warm, args=(app,), name="warm pages", daemon=True).start()
            return application

        def said(error: BaseException) -> str:
            return refusal(error, lang) if isinstance(error, GetuError) else unexpected(error, lang)

        return CANNOT if serve(settings, make_application, said) else DONE


def invite(settings: Settings, server: Server, lang: Language) -> None:
    """Print the link by which the first administrator sets a password, where there is none."""
    from dashboard.people.sessions import first_link
    from data.engine import program_engine

    engine = program_engine(server, pool_size=1)
    try:
        apart = settings.administrators_apart
        token = first_link(engine, "security_admin" if apart else "admin")
    finally:
        engine.dispose()
    if token is not None:
        told = {
            "login": "security" if apart else "admin",
            "address": f"{settings.address}/set-up/{token}",
        }
        print(text("command.serve.first_link", lang, told), flush=True)


def is_empty(server: Server) -> bool:
    """Tell whether the database holds no county yet."""
    from data.divisions.read_counties import county_count
    from data.engine import program_engine, session
    from layers.kit.principal import system

    engine = program_engine(server, pool_size=1)
    try:
        with session(engine, system()) as connection:
            return county_count(connection) == 0
    finally:
        engine.dispose()


def load_demo(settings: Settings, lang: Language) -> int:
    """Load the demonstration county by its own command."""
    from dashboard.commands import commands, main

    if "demo" not in commands():
        logger.warning(text("command.serve.no_demonstration", lang))
        return DONE
    print(text("command.serve.loading", lang, {"key": settings.demo_key}), flush=True)
    return main(["demo", settings.demo_key, "--lang", lang])
