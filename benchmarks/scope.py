"""Row-level security: does anything leak, and what does it cost.

    GETU_HOME=… python -m benchmarks.scope

1. 100,000 transactions of six threads on three pooled connections and what overflows, each with a
   scope of its own; one in six says nothing, on a connection that was used before. Target: 0 rows
   of others.
2. The hottest reads (tests/data/access/test_scoped_reads.py) in a database of forty counties, as a
   town, a county and the program, each against the same question with the policies switched off.
   Target: 1.3 times at most.

In a database of its own on the server of ``GETU_HOME``, which goes at the end.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
from sqlalchemy import Engine, event, text

from dashboard.settings import read_settings
from data.access.scopes import KINDS, PARTS
from data.engine import enter, owner_engine, program_engine, session, transaction
from data.migrations import migrate
from data.server import Server, running_server
from layers.kit.principal import ALL, Principal
from tests.conftest import with_database
from tests.data.access.every_table import PLACES, fill
from tests.data.access.test_scoped_reads import READS, ROWS
from tests.demonstration import administrator

NAME = "getu_scope_benchmark"
SCOPES = ("522301001", "522301002", "522301", "522401", "", None)


@contextmanager
def database(server: Server) -> Iterator[tuple[Server, str]]:
    """Give an empty migrated database and the address of its superuser."""
    admin = administrator(server)
    inside = psycopg.conninfo.make_conninfo(admin, dbname=NAME)
    with psycopg.connect(admin, autocommit=True) as c:
        c.execute(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
        c.execute(f"CREATE DATABASE {NAME} TEMPLATE template0 OWNER getu_owner")
        try:
            with psycopg.connect(inside, autocommit=True) as made:
                made.execute("CREATE EXTENSION postgis")
                made.execute("CREATE EXTENSION btree_gist")
                made.execute(
                    "ALTER FUNCTION public.geometry_overlaps(geometry, geometry) LEAKPROOF"
                )
            urls = (with_database(u, NAME) for u in (server.owner_url, server.program_url))
            fresh = Server(*urls, embedded=True)
            migrate(fresh)
            yield fresh, inside
        finally:
            c.execute(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")


def person(scope: str) -> Principal:
    return Principal("某人", "staff", scope, frozenset())


def leaks(engine: Engine, many: int) -> int:
    """Return in how many of ``many`` transactions others' rows were seen, or own ones missed."""

    def ask(seed: int) -> int:
        dice, wrong = random.Random(seed), 0
        for _ in range(many // 6):
            scope = dice.choice(SCOPES)
            with transaction(engine) as c:
                if scope is not None:
                    enter(c, person(scope))
                found = set(c.execute(text("SELECT code FROM building")).scalars())
                wrong += found != {p for p in PLACES if scope and p.startswith(scope)}
        return wrong

    with ThreadPoolExecutor(6) as pool:
        return sum(pool.map(ask, range(6)))


def captured(engine: Engine) -> dict[str, list[tuple[str, Any]]]:
    """Return by read the statements that it sends."""
    asked: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        asked.append((statement, values))

    found = {}
    for name, read in READS.items():
        with session(engine, person("522301001")) as c:
            asked.clear()
            event.listen(engine, "before_cursor_execute", note)
            with suppress(KeyError, ValueError, TypeError):
                read(c)
            event.remove(engine, "before_cursor_execute", note)
            found[name] = list(asked)
    return found


def seconds(c: Any, statements: list[tuple[str, Any]], rounds: int) -> float:
    """Return the shortest of several rounds."""
    best = float("inf")
    for _ in range(rounds):
        began = time.perf_counter()
        for statement, values in statements:
            c.exec_driver_sql(statement, values).all()
        best = min(best, time.perf_counter() - began)
    return best


def costs(server: Server, engine: Engine, rounds: int) -> None:
    """Print each read's milliseconds: without policies, and as three who see less or more."""
    reads, owner = captured(engine), owner_engine(server)
    who = {"town": "522301001", "county": "522301", "program": ALL}
    print(f"{'read':<16}{'without ms':>12}" + "".join(f"{w:>16}" for w in who))
    sums = dict.fromkeys(("without", *who), 0.0)
    for name, statements in reads.items():
        with owner.connect() as c:
            for table in (*KINDS, *PARTS):
                c.exec_driver_sql(f"ALTER TABLE getu.{table} DISABLE ROW LEVEL SECURITY")
            plain = seconds(c, statements, rounds)
            c.rollback()
        line, sums["without"] = f"{name:<16}{plain * 1000:>12.2f}", sums["without"] + plain
        for word, scope in who.items():
            with session(engine, person(scope)) as c:
                took = seconds(c, statements, rounds)
            sums[word] += took
            line += f"{took * 1000:>9.2f} {took / plain:>5.2f}×"
        print(line)
    print("all: " + ", ".join(f"{w} {sums[w] / sums['without']:.2f} ×" for w in who))
    owner.dispose()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--transactions", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=9)
    args = parser.parse_args()
    with (
        running_server(read_settings().database) as running,
        database(running) as (server, admin),
    ):
        fill(admin)
        engine = program_engine(server, pool_size=3)
        began = time.perf_counter()
        wrong = leaks(engine, args.transactions)
        took = time.perf_counter() - began
        print(f"{args.transactions} transactions in {took:.0f} s: {wrong} saw others' rows")
        with psycopg.connect(admin) as c:
            c.execute("SET session_replication_role = replica")
            c.execute("SET search_path = getu, public")
            for statement in ROWS:
                c.execute(statement)
        costs(server, engine, args.rounds)
        engine.dispose()


if __name__ == "__main__":
    main()
