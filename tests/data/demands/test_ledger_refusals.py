"""What the database refuses the program itself: illegal, raced, undone and foreign steps."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from data.engine import program_engine, refused_statement, session, transaction
from data.removal import delete_county
from data.server import Server
from layers.kit.errors import ConflictError, ForbiddenError, InputError
from layers.kit.principal import Principal, system
from tests.data.demands.ledger_rows import COUNTY, add_county, add_demand, add_event, add_workflow

pytestmark = pytest.mark.database


@pytest.fixture
def c(module_program: Engine) -> Iterator[Connection]:
    with module_program.connect() as connection, connection.begin() as whole:
        yield connection
        whole.rollback()


def standing(c: Connection, demand: int) -> tuple[str, str, int]:
    row = c.execute(text("SELECT state, phase, seq FROM demand WHERE id = :d"), {"d": demand}).one()
    return (row.state, row.phase, row.seq)


def test_a_demand_stands_where_its_last_event_led(c: Connection) -> None:
    version = int(add_workflow(c).id)
    demand = add_demand(c, version, "accept:accepted", "dispatch:dispatched", "claim:handling")
    assert standing(c, demand) == ("handling", "handling", 4)


ILLEGAL = {
    "a step that is skipped": (2, "received", "told_nothing", "closed"),
    "an action that leads elsewhere": (2, "received", "accept", "closed"),
    "a step from where it does not stand": (2, "accepted", "dispatch", "dispatched"),
    "a number that is taken": (1, "received", "accept", "accepted"),
    "a number that is left out": (3, "received", "accept", "accepted"),
    "a second receiving": (2, "start", "receive", "received"),
    "what nobody asked for": (2, "received", "extension_granted", "received"),
    "an end of what was not granted": (2, "received", "suspension_ended", "received"),
    "a step of nobody's workflow": (2, "received", "fly", "moon"),
}


@pytest.mark.parametrize("name", ILLEGAL)
def test_an_illegal_step_cannot_be_written(c: Connection, name: str) -> None:
    version = int(add_workflow(c).id)
    demand = add_demand(c, version)
    with pytest.raises(DBAPIError) as refused, c.begin_nested():
        add_event(c, demand, version, *ILLEGAL[name])
    assert isinstance(refused_statement(refused.value), ConflictError | InputError)
    assert standing(c, demand) == ("received", "received", 1)


def test_a_step_of_another_version_or_before_the_last_one_is_refused(c: Connection) -> None:
    version, other = int(add_workflow(c).id), int(add_workflow(c).id)
    demand = add_demand(c, version)
    for values in ({"version": other}, {"version": version, "hour": -5}):
        with pytest.raises(DBAPIError, match="another version or before"), c.begin_nested():
            add_event(c, demand, values.pop("version"), 2, "received", "accept", "accepted",
                      **values)  # fmt: skip


def test_a_county_of_another_workflow_has_its_own_steps(c: Connection) -> None:
    version = int(add_workflow(c).id)
    demand = add_demand(c, version)
    with pytest.raises(DBAPIError, match="fk_demand_event_step"), c.begin_nested():
        add_event(c, demand, version, 2, "received", "set_agenda", "agenda")


def test_what_one_asked_for_another_grants(c: Connection) -> None:
    version = int(add_workflow(c).id)
    demand = add_demand(c, version, "accept:accepted")
    add_event(c, demand, version, 3, "accepted", "extension_asked", "accepted", actor="甲")
    for action, actor in (("extension_asked", "乙"), ("extension_granted", "甲")):
        with pytest.raises(DBAPIError, match="nobody else asked for"), c.begin_nested():
            add_event(c, demand, version, 4, "accepted", action, "accepted", actor=actor)
    add_event(c, demand, version, 4, "accepted", "extension_granted", "accepted", actor="乙")
    with pytest.raises(DBAPIError, match="nobody else asked for"), c.begin_nested():
        add_event(c, demand, version, 5, "accepted", "extension_refused", "accepted", actor="丙")
    assert standing(c, demand) == ("accepted", "accepted", 4)


def test_no_other_platform_moves_what_was_received_here(c: Connection) -> None:
    version = int(add_workflow(c).id)
    own, told = add_demand(c, version, is_own=True), add_demand(c, version)
    with pytest.raises(DBAPIError, match="nobody else asked for"), c.begin_nested():
        add_event(c, own, version, 2, "received", "told", "closed")
    add_event(c, told, version, 2, "received", "told", "closed")
    assert standing(c, told) == ("closed", "closed", 2)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE demand SET state = 'closed'",
        "UPDATE demand SET phase = 'closed'",
        "UPDATE demand SET seq = 9",
        "UPDATE demand SET changed_at = now()",
        "UPDATE demand SET version_id = version_id",
        "UPDATE demand SET is_own = false",
        "INSERT INTO demand (code, source, title, category, channel, version_id, received_at,"
        " state) SELECT code, source, title, category, channel, version_id, now(), 'x' FROM demand",
        "UPDATE demand_event SET to_step = 'closed'",
        "DELETE FROM demand_event",
        "DELETE FROM demand",
        "TRUNCATE demand_event",
        "TRUNCATE demand CASCADE",
        "SELECT set_config('getu.removing', 'ledger', true); DELETE FROM demand_event",
        "DELETE FROM workflow_action",
        "UPDATE workflow_action SET to_step = 'closed'",
        "ALTER TABLE demand_event DISABLE TRIGGER ALL",
    ],
)
def test_the_program_cannot_write_where_a_demand_stands(c: Connection, statement: str) -> None:
    version = int(add_workflow(c).id)
    demand = add_demand(c, version)
    with pytest.raises(DBAPIError), c.begin_nested():
        c.exec_driver_sql(statement)
    assert standing(c, demand) == ("received", "received", 1)


def test_events_of_a_demand_that_is_not_seen_are_refused(module_program: Engine) -> None:
    with session(module_program, system()) as c:
        version = int(add_workflow(c, "522627").id)
        demand = add_demand(c, version, code="522627001001")
    town = Principal("某人", "staff", "522624001", frozenset())
    # The event says that it is of the own town; the demand is another county's.
    with session(module_program, town) as c:
        with pytest.raises(DBAPIError) as refused, c.begin_nested():
            add_event(c, demand, version, 2, "received", "accept", "accepted", code="522624001001")
        assert isinstance(refused_statement(refused.value), ForbiddenError | ConflictError)
        c.rollback()
    with session(module_program, town) as c:
        with pytest.raises(DBAPIError) as refused:
            c.execute(text("SELECT getu.remove_ledger('522627')"))
        assert isinstance(refused_statement(refused.value), ForbiddenError)
        c.rollback()


def test_of_many_who_take_the_same_step_one_does(program_of_own: Engine) -> None:
    with transaction(program_of_own) as c:
        version = int(add_workflow(c).id)
        demand = add_demand(c, version)
    start = Barrier(8)

    def take(worker: int) -> str:
        start.wait()
        try:
            with transaction(program_of_own) as c:
                action, after = ("accept", "accepted") if worker % 2 else ("withdraw", "withdrawn")
                add_event(c, demand, version, 2, "received", action, after, actor=f"w{worker}")
        except DBAPIError as error:
            found = refused_statement(error)
            assert isinstance(found, ConflictError)
            return "refused"
        return "done"

    with ThreadPoolExecutor(8) as pool:
        said = sorted(pool.map(take, range(8)))
    assert said == ["done"] + ["refused"] * 7
    with transaction(program_of_own) as c:
        last = c.execute(
            text("SELECT to_step FROM demand_event ORDER BY seq DESC LIMIT 1")
        ).scalar()
        assert standing(c, demand) == (last, last, 2)


@pytest.fixture
def program_of_own(new_database: object) -> Iterator[Engine]:
    server = new_database()  # type: ignore[operator]
    assert isinstance(server, Server)
    engine = program_engine(server, pool_size=8)
    yield engine
    engine.dispose()


def test_a_ledger_that_was_received_here_is_not_replaced(program_of_own: Engine) -> None:
    with transaction(program_of_own) as c:
        add_county(c)
        add_demand(c, int(add_workflow(c).id))
        delete_county(c, COUNTY)  # what a file told of can be told again
        assert c.execute(text("SELECT count(*) FROM demand")).scalar() == 0
        assert c.execute(text("SELECT count(*) FROM workflow_action")).scalar() == 0
        add_county(c)
        add_demand(c, int(add_workflow(c).id), is_own=True)
    with pytest.raises(InputError, match="received in county"), transaction(program_of_own) as c:
        delete_county(c, COUNTY)
    with pytest.raises(DBAPIError), transaction(program_of_own) as c:
        c.execute(text("SELECT getu.remove_ledger(:c)"), {"c": COUNTY})
