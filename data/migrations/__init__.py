"""One history of the database for the embedded server and for any other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from logging import getLogger
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from psycopg.errors import DuplicateObject, InsufficientPrivilege, UniqueViolation
from sqlalchemy import Connection, Engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from data.engine import PROGRAM_ROLE, SCHEMA, owner_engine, server_error
from data.server import Server
from layers.kit.errors import ServerError

logger = getLogger(__name__)

__all__ = ["current_revision", "head_revision", "is_known", "migrate", "revision_of"]

FOLDER = Path(__file__).parent
VERSION_TABLE = "alembic_version"
# Held while a database is migrated, so that of two processes the second finds nothing to do.
LOCK = 5226_2401
EXTENSIONS = ("postgis", "btree_gist")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    return config


def head_revision() -> str:
    """Return the newest revision that this program knows."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    if head is None:
        raise ServerError(
            "{folder} holds no migration: the program is not whole, clone it again",
            folder=FOLDER,
        )
    return head


@contextmanager
def _owner(server: Server) -> Iterator[Engine]:
    engine = owner_engine(server)
    try:
        yield engine
    except DBAPIError as error:
        said = str(error.orig).strip().splitlines()
        raise server_error(error, engine) or ServerError(
            "the database could not be migrated, nothing was changed: {said}",
            said=said[0] if said else error,
        ) from error
    finally:
        engine.dispose()


def current_revision(server: Server) -> str | None:
    """Return the revision that the database is at, or None when it was never migrated."""
    with _owner(server) as engine, engine.connect() as connection:
        return revision_of(connection)


def revision_of(connection: Connection) -> str | None:
    """Return the revision that a database is at, as any login of ours sees it."""
    table = f"{SCHEMA}.{VERSION_TABLE}"
    if connection.scalar(text("SELECT to_regclass(:t)"), {"t": table}) is None:
        return None
    revision: str | None = connection.scalar(text(f"SELECT version_num FROM {table}"))
    return revision


def migrate(server: Server) -> bool:
    """Bring the database to the newest revision; return whether anything was done.

    Safe when several processes start at once: an advisory lock lets one of them work. All
    pending revisions are one transaction: either everything changes or nothing. Raises
    ServerError with one line, also for a database that is newer than the program.
    """
    head = head_revision()
    with _owner(server) as engine:
        with engine.connect() as connection:
            if revision_of(connection) == head:
                is_news = register_key(connection, server.key)
                connection.commit()
                return is_news
        _ensure_role(engine, server)
        with engine.begin() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": LOCK})
            before = revision_of(connection)
            if before == head:
                return register_key(connection, server.key)
            _refuse_unknown(before)
            _ensure_extensions(connection)
            connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
            connection.execute(text(f"GRANT USAGE ON SCHEMA {SCHEMA} TO {PROGRAM_ROLE}"))
            config = _config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            register_key(connection, server.key)
            # The model grants the program rows in all tables; this one is the owner's alone.
            connection.execute(
                text(
                    f"REVOKE INSERT, UPDATE, DELETE ON {SCHEMA}.{VERSION_TABLE} FROM {PROGRAM_ROLE}"
                )
            )
    logger.info("migrated the database from %s to %s", before, head)
    return True


def register_key(connection: Connection, key: str) -> bool:
    """Let a key open the tables of people; return whether it was news. Only the owner may."""
    if not key:
        return False
    if connection.scalar(text("SELECT to_regclass(:t)"), {"t": f"{SCHEMA}.gate_key"}) is None:
        return False  # a revision before it
    digest = sha256(key.encode()).digest()
    found = f"SELECT FROM {SCHEMA}.gate_key WHERE digest = :digest"
    if connection.execute(text(found), {"digest": digest}).first() is not None:
        return False
    added = f"INSERT INTO {SCHEMA}.gate_key (digest) VALUES (:digest) ON CONFLICT DO NOTHING"
    connection.execute(text(added), {"digest": digest})
    return True


def is_known(revision: str) -> bool:
    """Tell whether a revision is one of this program's."""
    scripts = ScriptDirectory.from_config(_config()).walk_revisions()
    return any(script.revision == revision for script in scripts)


def _refuse_unknown(revision: str | None) -> None:
    if revision is not None and not is_known(revision):
        raise ServerError(
            "the database is at revision {revision}, which this program does not know: it "
            "was used by a newer version, so update the program",
            revision=revision,
        )


def _ensure_role(engine: Engine, server: Server) -> None:
    """Make the program's role where it is missing, and let the program's login become it."""
    login = make_url(server.program_url).username or make_url(server.owner_url).username
    needed = f"CREATE ROLE {PROGRAM_ROLE}; "
    try:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            if not connection.scalar(
                text("SELECT 1 FROM pg_roles WHERE rolname = :r"), {"r": PROGRAM_ROLE}
            ):
                # Roles belong to the whole server while our lock belongs to one database.
                try:
                    connection.execute(text(f"CREATE ROLE {PROGRAM_ROLE} NOLOGIN"))
                except DBAPIError as error:
                    if not isinstance(error.orig, (DuplicateObject, UniqueViolation)):
                        raise
            needed = ""
            login = login or connection.scalar(text("SELECT session_user"))
            if login != PROGRAM_ROLE and not connection.scalar(
                text("SELECT pg_has_role(:login, :role, 'MEMBER')"),
                {"login": login, "role": PROGRAM_ROLE},
            ):
                quoted = engine.dialect.identifier_preparer.quote_identifier(str(login))
                connection.execute(text(f"GRANT {PROGRAM_ROLE} TO {quoted}"))
    except DBAPIError as error:
        if isinstance(error.orig, InsufficientPrivilege):
            raise ServerError(
                "the login of the database may not make roles: let an administrator say "
                "{needed}GRANT {program_role} TO {login};",
                needed=needed,
                program_role=PROGRAM_ROLE,
                login=login or "that login",
            ) from error
        raise


def _ensure_extensions(connection: Connection) -> None:
    for name in EXTENSIONS:
        if connection.scalar(text("SELECT 1 FROM pg_extension WHERE extname = :n"), {"n": name}):
            continue
        try:
            with connection.begin_nested():
                connection.execute(text(f"CREATE EXTENSION {name} SCHEMA public"))
        except DBAPIError as error:
            raise ServerError(
                "the extension {name} is missing and this login may not add it: let an "
                "administrator say CREATE EXTENSION {name}; in this database",
                name=name,
            ) from error
