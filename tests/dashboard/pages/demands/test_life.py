"""Any life of a demand: whoever does whatever, no step is skipped and nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from dashboard.access.principal import signed_in
from data.engine import enter
from layers.demands.steps.act import StepMeanwhileError, StepOrder, look, take_step
from layers.kit.demands.chain import Event
from layers.kit.demands.standard import STANDARD
from layers.kit.errors import GetuError
from tests.data.demands.ledger_rows import COUNTY, add_county, add_demand, add_workflow
from tests.properties import examples

pytestmark = pytest.mark.database
PEOPLE = [
    signed_in(n, r, COUNTY) for n, r in (("甲", "staff"), ("乙", "approver"), ("丙", "staff"))
]
GIVEN: dict[str, Any] = {
    "ground": "等材料", "amount": 2, "until": "2999-01-01", "satisfied": False, "size": "big",
    "form": "延期表 2 号",
}  # fmt: skip
WAYS = sorted(STANDARD.by_way)


class Life(RuleBasedStateMachine):
    """A demand beside another one that it may be merged into."""

    connection: ClassVar[Connection]

    @initialize()
    def begin(self) -> None:
        self.point = self.connection.begin_nested()
        enter(self.connection, PEOPLE[0])
        add_county(self.connection)
        version = int(add_workflow(self.connection).id)
        self.version, self.now = version, datetime(2026, 3, 3, tzinfo=UTC)
        self.demand = add_demand(self.connection, version, is_own=True)
        self.other = add_demand(self.connection, version, is_own=True)
        self.known: list[Event] = []

    def teardown(self) -> None:
        if hasattr(self, "point"):
            self.point.rollback()

    @rule(pick=st.integers(0, 200), who=st.sampled_from(PEOPLE), hours=st.integers(0, 90),
          sees=st.sampled_from([True, True, True, False]))  # fmt: skip
    def act(self, pick: int, who: Any, hours: int, sees: bool) -> None:
        c = self.connection
        enter(c, who)
        self.now += timedelta(hours=hours)
        seen = look(c, self.demand, who, self.now)
        step = seen.next[pick % len(seen.next)]
        values = {n: v for n, v in GIVEN.items() if n in step.carries}
        if "into" in step.carries:
            values["into"] = self.other
        order = StepOrder(step.action.key, step.action.to_step, seen.head.seq - (not sees),
                          note="已联系", unit="住建局", values=values)  # fmt: skip
        point = c.begin_nested()
        try:
            done = take_step(c, self.demand, order, who, self.now)
        except StepMeanwhileError as late:
            point.rollback()
            outcome = (sees, len(late.happened)) == (False, 1)
        except GetuError:
            point.rollback()
            outcome = step.why is not None
        else:
            point.commit()
            outcome = sees and step.why is None
            assert (done.event.actor, done.event.seq) == (who.actor, seen.head.seq + 1)
        assert outcome

    @precondition(lambda self: hasattr(self, "point"))
    @rule(way=st.sampled_from(WAYS), ahead=st.integers(-1, 2))
    def write_by_hand(self, way: tuple[str, str, str], ahead: int) -> None:
        """Any row of the workflow as SQL: it stands only where it follows."""
        c = self.connection
        enter(c, PEOPLE[0])
        head = look(c, self.demand, PEOPLE[0], self.now).head
        point = c.begin_nested()
        try:
            c.execute(
                text(
                    "INSERT INTO demand_event (demand_id, seq, code, at, version_id, from_step,"
                    " action, to_step, actor) VALUES (:d, :seq, :code, :at, :v, :a, :b, :c, '手')"
                ),
                {"d": self.demand, "seq": head.seq + ahead, "code": COUNTY, "at": self.now,
                 "v": self.version, "a": way[0], "b": way[1], "c": way[2]},
            )  # fmt: skip
        except DBAPIError:
            point.rollback()
        else:
            point.commit()
            assert (ahead, way[0]) == (1, head.state)
            assert STANDARD.by_way[way].kind != "told"

    @invariant()
    def nothing_is_skipped_or_lost(self) -> None:
        if not hasattr(self, "point"):
            return
        enter(self.connection, PEOPLE[0])
        seen = look(self.connection, self.demand, PEOPLE[0], self.now)
        step, events = "start", list(seen.events)
        for number, e in enumerate(events, start=1):
            assert (e.from_step, e.seq) == (step, number)
            assert (e.from_step, e.action, e.to_step) in STANDARD.by_way
            step = e.to_step
        assert (seen.head.state, seen.head.seq) == (step, len(events))
        assert events[: len(self.known)] == self.known
        self.known = events


@pytest.fixture
def connection(module_program: Engine) -> Iterator[Connection]:
    with module_program.connect() as c, c.begin() as whole:
        yield c
        whole.rollback()


def test_no_step_is_skipped_and_nothing_is_lost(connection: Connection) -> None:
    Life.connection = connection
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=examples(15),
            stateful_step_count=15,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
