"""What is told of a demand becomes a chain along its workflow, whatever is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from layers.demands.workflows.presets import preset, preset_names
from layers.kit.demands.chain import Event, Standing, ToldEvent, chain, target
from layers.kit.demands.standard import STANDARD
from layers.kit.demands.steps import STEPS, may_become
from layers.kit.demands.workflow import START, Workflow
from tests.properties import examples

DAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
ALL = [workflow for name in preset_names() for workflow in preset(name)]


def at(hour: int) -> datetime:
    return DAY + timedelta(hours=hour)


def assert_is_chain(workflow: Workflow, events: list[Event], since: Standing) -> None:
    step, seq, last = since.step, since.seq, since.at
    for event in events:
        assert (event.from_step, event.seq) == (step, seq + 1)
        assert (event.from_step, event.action, event.to_step) in workflow.by_way
        assert last is None or event.at >= last
        step, seq, last = event.to_step, event.seq, event.at


told_events = st.builds(
    ToldEvent,
    st.integers(-50, 50).map(at),
    st.sampled_from(tuple(STEPS)),
    st.just("某人"),
    action=st.sampled_from([None, None, None, "remark", "extension_asked", "nothing"]),
)


@settings(max_examples=examples(150))
@given(
    st.sampled_from(ALL),
    st.lists(told_events, max_size=8),
    st.sampled_from([None, *STEPS]),
    st.sampled_from([None, "small", "hard"]),
    st.booleans(),
)
def test_whatever_is_told_becomes_a_legal_chain(
    workflow: Workflow, told: list[ToldEvent], state: str | None, size: str | None, fills: bool
) -> None:
    events = chain(workflow, told, DAY, state=state, size=size, due=at(9), fills=fills)
    assert_is_chain(workflow, events, Standing())
    assert events[0].from_step == START
    assert events[0].payload["due"] == at(9).isoformat()
    if not fills:  # nothing that was told is lost
        assert len(events) >= len(told)
    end = workflow.step[events[-1].to_step].phase
    if state is not None:
        wanted = workflow.step_of(state).phase
        before = [workflow.step[e.to_step].phase for e in events]
        assert end == wanted or not may_become(before[-1], wanted)
    middle = len(events) // 2
    if middle:
        first = events[middle - 1]
        since = Standing(first.to_step, first.seq, first.at)
        assert_is_chain(workflow, chain(workflow, told, DAY, since=since), since)


def test_moves_are_moves_and_jumps_are_told() -> None:
    told = [ToldEvent(at(0), "received", "甲"), ToldEvent(at(1), "accepted", "乙", "好"),
            ToldEvent(at(5), "closed", "丙")]  # fmt: skip
    events = chain(STANDARD, told, DAY)
    assert [(e.action, e.to_step, e.actor, e.note) for e in events] == [
        ("receive", "received", "甲", None),
        ("accept", "accepted", "乙", "好"),
        ("told", "closed", "丙", None),
    ]


def test_a_made_history_goes_every_step() -> None:
    sansui = preset("sansui")[0]
    told = [ToldEvent(at(0), "received", "甲"), ToldEvent(at(2), "accepted", "乙"),
            ToldEvent(at(6), "handling", "丙")]  # fmt: skip
    events = chain(sansui, told, DAY, size="big", fills=True)
    # From sized at 2 h to handling at 6 h: the branch meeting lies between, at 4 h.
    assert [(e.to_step, e.at) for e in events] == [
        ("received", at(0)), ("accepted", at(2)), ("branch_meeting", at(4)), ("handling", at(6)),
    ]  # fmt: skip
    assert all(e.action != "told" for e in events)


def test_what_comes_late_is_a_remark_that_says_when_it_was() -> None:
    since = Standing("handling", 4, at(9))
    (late,) = chain(STANDARD, [ToldEvent(at(3), "dispatched", "甲")], DAY, since=since)
    assert (late.action, late.from_step, late.to_step) == ("remark", "handling", "handling")
    assert late.at == at(9)
    assert late.payload == {"told": "dispatched", "told_at": at(3).isoformat()}


def test_the_step_in_the_end_stands_though_its_time_is_before_the_last_event() -> None:
    since = Standing("handling", 4, at(9))
    (end,) = chain(STANDARD, [ToldEvent(at(8), "closed", "甲")], DAY, since=since, state="closed")
    assert (end.action, end.to_step, end.at) == ("told", "closed", at(9))
    assert end.payload["told_at"] == at(8).isoformat()


def test_a_phase_without_a_step_is_the_step_before() -> None:
    yinjiang = preset("yinjiang")[0]
    assert target(yinjiang, "dispatched") == "accepted"
    assert target(yinjiang, "collected") == "collected"
    assert target(yinjiang, "closed") == "closed"
