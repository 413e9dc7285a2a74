"""SQLAlchemy engines for the owner and for the program, and the one way to open a transaction."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DataError, DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from data.server import Server, masked
from layers.kit.errors import ConflictError, ForbiddenError, InputError, Message, ServerError
from layers.kit.principal import ALL, Principal

SCHEMA = "getu"
SEARCH_PATH = f"{SCHEMA}, public"
PROGRAM_ROLE = "getu_program"
STATEMENT_TIMEOUT_S = 60.0
QUERY_CANCELED = "57014"
DISK_FULL = "53100"
_ENTER = (
    "SELECT set_config('getu.scope', :scope, true), set_config('getu.actor', :actor, true), "
    "set_config('getu.role', :role, true), set_config('getu.origin', :origin, true)"
)
_ENTER_ANEW = f"{_ENTER}, set_config('getu.key', '', true)"
_UNLOCK = text("SELECT set_config('getu.key', :key, true), getu.is_gate() AS is_gate")
_KEY = "getu_key"
_POOLED = "getu_pooled"
MET_ANOTHER = ("23503", "23505", "23P01", "40001", "40P01", "55P03")


def owner_engine(server: Server) -> Engine:
    """Return an engine that logs in as the owner of the tables: for migrations and backups."""
    # The policies bind the owner too: migrations change rows of every scope.
    return _engine(server.owner_url, role=None, statement_timeout_s=None, pool_size=1, scope=ALL)


def program_engine(
    server: Server, *, pool_size: int = 8, statement_timeout_s: float | None = STATEMENT_TIMEOUT_S
) -> Engine:
    """Return an engine with the program's rights: rows and nothing else, no tables of its own.

    On an embedded server that is its login; on a server by ``DATABASE_URL`` every connection
    says ``SET ROLE getu_program`` first. ``pool_size``: connections kept, one per thread that
    works at once. ``statement_timeout_s``: None for long imports.
    """
    role = None if make_url(server.program_url).username == PROGRAM_ROLE else PROGRAM_ROLE
    return _engine(
        server.program_url,
        role=role,
        statement_timeout_s=statement_timeout_s,
        pool_size=pool_size,
        key=server.key,
    )


def _engine(
    url: str,
    *,
    role: str | None,
    statement_timeout_s: float | None,
    pool_size: int,
    scope: str | None = None,
    key: str = "",
) -> Engine:
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=4,
        pool_timeout=10,
        pool_pre_ping=True,
        pool_use_lifo=True,  # the connection that knows its plans and projections already
        hide_parameters=True,  # what people wrote does not go into a traceback
        connect_args={"connect_timeout": 10, "application_name": "getu"},
        execution_options={_KEY: key},
    )
    statements = [f"SET search_path = {SEARCH_PATH}", "SET timezone = 'UTC'", "SET jit = off"]
    if scope:
        statements.append(f"SET getu.scope = '{scope}'")
    if role:
        statements.append(f"SET ROLE {role}")
    if statement_timeout_s is not None:
        statements.append(f"SET statement_timeout = {int(statement_timeout_s * 1000)}")

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, record: Any) -> None:
        # Outside of a transaction, or the pool's first rollback would undo the settings. As
        # statements and not as start-up options, which poolers such as PgBouncer refuse.
        connection.autocommit = True
        try:
            record.info[_POOLED] = _is_pooled(connection)
            if record.info[_POOLED]:
                connection.prepare_threshold = None  # what is prepared stays with one server
                return
            for statement in statements:
                connection.execute(statement)
        finally:
            connection.autocommit = False

    local = "; ".join(statement.replace("SET ", "SET LOCAL ", 1) for statement in statements)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        driver = connection.connection.driver_connection
        if connection.connection.info.get(_POOLED) and driver is not None:
            driver.execute(local)

    return engine


def _is_pooled(connection: Any) -> bool:
    """Tell whether a pooler such as PgBouncer stands between.

    It gives a connection another server's process for each transaction, so nothing may be left
    there: neither a setting nor a prepared statement. The process that answers is then not the
    one that was named at the start.
    """
    (answering,) = connection.execute("SELECT pg_backend_pid()").fetchone()
    return bool(answering != connection.info.backend_pid)


@contextmanager
def transaction(engine: Engine) -> Iterator[Connection]:
    """Give a connection in a transaction: committed at the end, rolled back on any exception.

    Raises ServerError when the database does not answer, or a statement ran out of its time.
    """
    try:
        with engine.begin() as connection:
            yield connection
    except PoolTimeoutError as error:
        raise ServerError("the database is busy: try again in a few seconds") from error
    except DBAPIError as error:
        raise server_error(error, engine) or error from error


@contextmanager
def session(engine: Engine, who: Principal, *, is_snapshot: bool = False) -> Iterator[Connection]:
    """Give a transaction of somebody's: the only door to the database outside of ``data``.

    Scope, actor, role and origin are set for this transaction alone. ``is_snapshot``: it only
    reads, and sees the data as they stand at its first question; for what is put together from
    several questions. Raises ServerError as ``transaction`` does.
    """
    with transaction(engine) as connection:
        if is_snapshot:
            connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        connection.execute(text(_ENTER_ANEW), _said(who))
        yield connection


def opens(connection: Connection, key: str) -> bool:
    """Tell whether a key opens the tables of people, in this transaction from now on."""
    return bool(connection.execute(_UNLOCK, {"key": key}).one().is_gate)


@contextmanager
def people_session(engine: Engine, who: Principal) -> Iterator[Connection]:
    """Give a transaction that also sees the tables of people who sign in: for the gate alone.

    It shows the key of the state folder (``Server.key``); every other transaction finds those
    tables empty, whatever it says. Raises ServerError where the database does not know the key.
    """
    with session(engine, who) as connection:
        key = engine.get_execution_options().get(_KEY, "")
        if not opens(connection, key):
            raise ServerError(
                "the database does not know this installation's key: start the program once, "
                "which registers it"
            )
        yield connection


def enter(c: Connection, who: Principal) -> None:
    """Say in an open transaction for whom it is, until it ends."""
    c.execute(text(_ENTER), _said(who))


def _said(who: Principal) -> dict[str, str]:
    return {
        "scope": who.scope,
        "actor": who.actor,
        "role": who.role or "",
        "origin": who.origin,
    }


def server_error(error: DBAPIError, engine: Engine) -> ServerError | None:
    """Return the error for a failure of the server itself; None for a fault of a statement.

    Addresses, paths and roles are in its ``details`` alone.
    """
    state = getattr(error.orig, "sqlstate", None)
    if state == QUERY_CANCELED:
        return ServerError("the question took the database too long: ask for a smaller area")
    if state == DISK_FULL:
        return ServerError(
            "the disk is full: nothing was saved; reading goes on. Tell whoever runs the program"
        )
    role_refused = state == "42501" and "set role" in str(error.orig)
    if role_refused or (state == "22023" and PROGRAM_ROLE in str(error.orig)):
        details = Message(
            "the login in DATABASE_URL may not become {program_role}: run the migrations "
            "(getu serve), or let an administrator say GRANT {program_role} TO that login",
            {"program_role": PROGRAM_ROLE},
        )
        return ServerError("the database does not let this program in: tell whoever runs it",
                           details)  # fmt: skip
    lost = error.connection_invalidated or (
        isinstance(error, OperationalError) and (state is None or state.startswith(("08", "57P")))
    )
    if lost:
        said = str(error.orig).strip().splitlines()
        details = Message(
            "the database {url} does not answer: {reason}",
            {"url": masked(str(engine.url)), "reason": said[-1] if said else ""},
        )
        return ServerError("the database does not answer: try again in a minute", details)
    return None


def reach(c: Connection) -> str:
    """Return the prefix of the codes that a session sees: '' everything, '-' nothing at all.

    What is kept of what was read holds it in its key.
    """
    return str(c.execute(text("SELECT coalesce(getu.reach(), '-')")).scalar_one())


def refused_statement(
    error: DBAPIError,
) -> ConflictError | InputError | ForbiddenError | None:
    """Return the sentence for a statement that the data refused; None for a fault of our own.

    1. Two did the same thing at once (exclusion, uniqueness, a row that went, a deadlock).
    2. A value that PostgreSQL cannot hold: NUL, a number or date out of range, a broken rule.
    3. A row outside of the scope of whoever writes.
    """
    state = getattr(error.orig, "sqlstate", None) or ""
    if state == "42501" and "row-level security" in str(error.orig):
        return ForbiddenError("this lies outside of the area that you work in")
    if state in MET_ANOTHER:
        return ConflictError("somebody else changed the same thing just now: load the page again")
    if state.startswith("22") or state == "23514" or (isinstance(error, DataError) and not state):
        return InputError("what was sent holds a value that the database cannot hold")
    return None


def take_time(c: Connection) -> None:
    """Let the statements of this transaction run as long as they need."""
    c.execute(text("SET LOCAL statement_timeout = 0"))
