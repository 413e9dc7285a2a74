"""The clock against a counter of minutes, and what it says of pauses, extensions and reopening."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.demands.clock.calendar import CHINA, Calendar, DayKind, make_calendar, moment
from layers.demands.clock.clock import Clock, Facts, Run, clock, make_policy
from layers.demands.clock.limits import limit_of
from layers.demands.workflows.presets import preset
from layers.kit.demands.chain import Event
from layers.kit.demands.standard import STANDARD
from layers.kit.demands.workflow import UNITS, Limit, Workflow
from tests.properties import examples

HOURS = ((510, 720), (870, 1080))
FACTS = Facts("市政设施")
# 2026-10-01 to 10-07 are holidays, 2026-10-10 (a Saturday) is worked.
AUTUMN: dict[date, DayKind] = {
    **{
        date(2026, 9, 1) + timedelta(n): "working" if (1 + n) % 7 not in (5, 6) else "weekend"
        for n in range(91)
    },
    **{date(2026, 10, n): "holiday" for n in range(1, 8)},
    date(2026, 10, 10): "make_up",
}


def local(day: int, hour: int, minute: int = 0, month: int = 9) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=CHINA)


def years(told: dict[date, DayKind]) -> Calendar:
    return make_calendar(told, date(2026, 1, 1), date(2028, 12, 31))


def workflow(limit: Limit | None) -> Workflow:
    return Workflow(
        "demands", STANDARD.label, "", STANDARD.steps, STANDARD.moves, hours=HOURS, limit=limit
    )


class Story:
    """A history that is told step by step."""

    def __init__(self, limit: Limit | None, told: dict[date, DayKind] | None = None) -> None:
        self.workflow = workflow(limit)
        self.policy = make_policy(years(AUTUMN if told is None else told), self.workflow)
        self.events: list[Event] = []
        self.step = "start"

    def does(self, action: str, at: datetime, to: str | None = None, **payload: object) -> Story:
        to = to or self.step
        seq = len(self.events) + 1
        self.events.append(Event(seq, at, self.step, action, to, "甲", None, payload))
        assert (self.step, action, to) in self.workflow.by_way
        self.step = to
        return self

    def at(self, now: datetime) -> Clock:
        return clock(self.events, FACTS, self.policy, now)

    def run(self, now: datetime) -> Run:
        run = self.at(now).now
        assert run is not None
        return run


def received(limit: Limit | None, at: datetime) -> Story:
    return Story(limit).does("receive", at, "received")


@pytest.mark.parametrize(
    ("begin", "limit", "due"),
    [
        # Wednesday 23 September, ten o'clock, and three working days: Monday at ten.
        (local(23, 10), Limit(3, "working_days"), local(28, 10)),
        # Saturday: the first working day begins on Monday at 0:00 and is over at 24:00.
        (local(26, 15), Limit(1, "working_days"), local(29, 0)),
        # Over the holidays: Wednesday, then 8, 9 and the Saturday that is worked.
        (local(30, 12), Limit(3, "working_days"), local(10, 12, month=10)),
        # Eight office hours a day less half an hour: 3.5 + 3.5; from 17:00 one hour is left.
        (local(23, 17), Limit(2, "working_hours"), local(24, 9, 30)),
        (local(23, 12), Limit(1, "working_hours"), local(23, 15, 30)),
        (local(23, 23), Limit(15, "minutes"), local(23, 23, 15)),
        (local(23, 23), Limit(120, "minutes"), local(24, 1)),
    ],
)
def test_a_deadline_counts_what_its_unit_counts(
    begin: datetime, limit: Limit, due: datetime
) -> None:
    assert received(limit, begin).run(begin).due == due


def test_a_suspension_moves_the_deadline_by_what_was_left() -> None:
    story = received(Limit(3, "working_days"), local(21, 10))
    story.does("suspension_asked", local(21, 12)).does("suspension_granted", local(22, 10))
    paused = story.at(local(25, 9))
    # One day of three is used; while it is paused there is no deadline to be late for.
    assert (paused.deadline, paused.now and paused.now.is_paused) == (None, True)
    assert paused.now is not None
    assert (paused.now.left_s, paused.now.overdue_s) == (2 * 86_400, 0)
    story.does("suspension_ended", local(28, 10))
    run = story.run(local(28, 11))
    assert run.due == local(30, 10)
    assert [line.kind for line in run.lines] == ["counted", "paused", "counted"]
    assert sum(line.counted_s for line in run.lines) == 3 * 86_400


def test_an_extension_adds_time_in_its_own_unit() -> None:
    story = received(Limit(4, "working_hours"), local(21, 9))
    story.does("extension_asked", local(21, 10))
    story.does("extension_granted", local(21, 11), amount=2, unit="working_days")
    # 9:00 to 12:00 and 14:30 to 15:30; two working days after that.
    run = story.run(local(21, 12))
    assert run.due == local(23, 15, 30)
    assert [(c.seq, c.limit) for c in run.changes] == [(3, Limit(2, "working_days"))]


def test_what_is_refused_changes_nothing() -> None:
    story = received(Limit(4, "working_hours"), local(21, 9)).does("extension_asked", local(21, 10))
    story.does("extension_refused", local(21, 11), amount=2)
    assert story.run(local(21, 12)).due == local(21, 15, 30)


def test_a_told_deadline_stands_until_it_is_told_otherwise() -> None:
    story = Story(Limit(3, "working_days"))
    story.does("receive", local(21, 9), "received", due=local(27, 18).isoformat())
    assert story.run(local(22, 9)).due == local(27, 18)
    story.does("told_due", local(23, 9), due=local(25, 12).isoformat())
    run = story.run(local(26, 12))
    assert (run.due, run.overdue_s, run.unit) == (local(25, 12), 86_400, "minutes")
    story.does("told_due", local(26, 9), due=None)
    assert story.run(local(29, 12)).due is None


def test_reopened_it_runs_again_and_keeps_its_first_end() -> None:
    story = received(Limit(1, "working_days"), local(21, 9))
    story.does("accept", local(21, 10), "accepted").does("handle", local(21, 11), "handling")
    story.does("reply", local(21, 12), "replied").does("close", local(23, 9), "closed")
    story.does("reopening_asked", local(24, 9)).does("reopening_granted", local(28, 9), "handling")
    first, second = story.at(local(28, 10)).runs
    assert (first.stop, first.due, first.overdue_s) == (local(23, 9), local(22, 9), 86_400)
    assert (second.begin, second.stop, second.due) == (local(28, 9), None, local(29, 9))
    assert not second.is_overdue


def test_why_it_is_overdue_is_a_sum() -> None:
    story = received(Limit(3, "working_days"), local(30, 12))
    run = story.run(local(12, 12, month=10))
    assert [(line.kind, line.day, line.counted_s) for line in run.lines] == [
        ("counted", None, 43_200),  # the rest of 30 September
        ("rest", "holiday", 0),  # 1 to 7 October
        ("counted", None, 86_400 * 2 + 43_200),  # 8, 9 and half of the worked Saturday
        ("late", None, 43_200),
        ("rest", "weekend", 0),  # Sunday
        ("late", None, 43_200),
    ]
    assert (run.due, run.overdue_s) == (local(10, 12, month=10), 86_400)


def test_an_unpublished_year_is_counted_by_weekends_and_says_so() -> None:
    story = received(Limit(3, "working_days"), datetime(2026, 12, 31, 9, tzinfo=CHINA))
    run = story.run(datetime(2026, 12, 31, 10, tzinfo=CHINA))
    # Thursday, Friday 1 January, then Monday and Tuesday: no New Year's Day is published.
    assert (run.due, run.is_provisional) == (datetime(2027, 1, 5, 9, tzinfo=CHINA), True)
    assert not received(Limit(3, "working_days"), local(21, 9)).run(local(21, 9)).is_provisional
    told = {**AUTUMN, date(2026, 12, 31): "working", date(2027, 1, 1): "holiday"}
    for day, kind in ((2, "weekend"), (3, "weekend"), (4, "working"), (5, "working"),
                      (6, "working")):  # fmt: skip
        told[date(2027, 1, day)] = kind  # type: ignore[assignment]
    later = Story(Limit(3, "working_days"), told)
    later.does("receive", datetime(2026, 12, 31, 9, tzinfo=CHINA), "received")
    run = later.run(datetime(2026, 12, 31, 10, tzinfo=CHINA))
    assert (run.due, run.is_provisional) == (datetime(2027, 1, 6, 9, tzinfo=CHINA), False)


def test_a_step_has_a_clock_of_its_own() -> None:
    songtao = preset("songtao")[0]
    policy = make_policy(years(AUTUMN), songtao)
    events = [
        Event(1, local(21, 9), "start", "receive", "received", "甲"),
        Event(2, local(21, 10), "received", "accept", "accepted", "甲"),
        Event(3, local(21, 11), "accepted", "whistle", "whistled", "甲"),
    ]
    found = clock(events, FACTS, policy, local(21, 16))
    assert found.step is not None  # four office hours to arrive: 11 to 12 and 14:30 to 17:30
    assert found.step.due == local(21, 17, 30)
    assert (found.step.left_s, found.step.is_overdue) == (90 * 60, False)


def test_danger_goes_before_size() -> None:
    sansui = preset("sansui")[0]
    assert limit_of(sansui, Facts("燃气泄漏", "hard")) == Limit(120, "minutes")
    assert limit_of(sansui, Facts("环境卫生", "hard")) == Limit(30, "working_days")
    yinjiang = preset("yinjiang")[0]
    assert limit_of(yinjiang, Facts("环境卫生", None, 3, 2)) == Limit(1, "working_days")
    assert limit_of(yinjiang, Facts("环境卫生", None, 1, 1)) == Limit(10, "working_days")
    assert limit_of(STANDARD, FACTS) is None


# ---- a counter of minutes ---------------------------------------------------------------------


def counts(unit: str, at: datetime, kinds: dict[date, DayKind]) -> bool:
    """Tell whether a minute is counted, one by one."""
    if unit == "minutes":
        return True
    kind = kinds.get(at.date()) or ("weekend" if at.weekday() >= 5 else "working")
    minute = at.hour * 60 + at.minute
    return kind in ("working", "make_up") and (
        unit == "working_days" or any(a <= minute < b for a, b in HOURS)
    )


def walked(
    begin: datetime,
    parts: list[tuple[str, int]],
    pauses: list[tuple[datetime, datetime]],
    kinds: dict[date, DayKind],
) -> datetime:
    """Return the deadline by counting every minute."""
    at = begin
    for unit, minutes in parts:
        left = minutes
        while left:
            is_paused = any(a <= at < b for a, b in pauses)
            if not is_paused and counts(unit, at, kinds):
                left -= 1
            at += timedelta(minutes=1)
    return at


MINUTES = {"minutes": 1, "working_hours": 60, "working_days": 1440}
limits = st.sampled_from(UNITS).flatmap(
    lambda unit: st.builds(
        Limit,
        st.integers(1, {"minutes": 3000, "working_hours": 30, "working_days": 6}[unit]),
        st.just(unit),
    )
)
kinds_of_days = st.dictionaries(
    st.integers(0, 60).map(lambda n: date(2026, 9, 1) + timedelta(n)),
    st.sampled_from(["working", "weekend", "holiday", "make_up"]),
    max_size=25,
)


@settings(max_examples=examples(120))
@given(
    begin=st.integers(0, 20_000),
    limit=limits,
    later=st.lists(
        st.tuples(
            st.integers(0, 4000), st.sampled_from(["pause", "extend", "remark"]), limits,
            st.integers(0, 4000),
        ),
        max_size=4,
    ),
    kinds=kinds_of_days,
    wait=st.integers(0, 20_000),
)  # fmt: skip
def test_any_history_on_any_calendar_is_what_counting_minutes_gives(
    begin: int,
    limit: Limit,
    later: list[tuple[int, str, Limit, int]],
    kinds: dict[date, DayKind],
    wait: int,
) -> None:
    first = datetime(2026, 9, 1, tzinfo=CHINA) + timedelta(minutes=begin)
    story = Story(limit, kinds).does("receive", first, "received")
    at, pauses, parts = first, [], [(limit.unit, limit.amount * MINUTES[limit.unit])]
    for gap, what, more, length in later:
        at += timedelta(minutes=gap)
        if what == "pause":
            story.does("suspension_asked", at).does("suspension_granted", at)
            end = at + timedelta(minutes=length)
            story.does("suspension_ended", end)
            pauses.append((at, end))
            at = end
        elif what == "extend":
            story.does("extension_asked", at)
            story.does("extension_granted", at, amount=more.amount, unit=more.unit)
            parts.append((more.unit, more.amount * MINUTES[more.unit]))
        else:
            story.does("remark", at)
    now = at + timedelta(minutes=wait)
    run = story.run(now)
    due = walked(first, parts, pauses, kinds)
    assert run.due == due
    low, high = min(due, now), max(due, now)
    span = int((high - low).total_seconds() // 60)
    minutes = (low + timedelta(minutes=n) for n in range(span))
    between = sum(
        counts(run.unit, m, kinds) and not (now > due and any(a <= m < b for a, b in pauses))
        for m in minutes
    )
    assert (run.overdue_s // 60, run.left_s // 60) == ((between, 0) if now > due else (0, between))
    counted = sum(line.counted_s for line in run.lines if line.begin < due)
    assert counted // 60 == sum(minutes for _, minutes in parts)
    assert all(a.end == b.begin for a, b in zip(run.lines, run.lines[1:], strict=False))


def test_a_calendar_that_ends_gives_its_end() -> None:
    calendar = make_calendar({}, date(2026, 1, 1), date(2026, 12, 31))
    policy = make_policy(calendar, workflow(None))
    found = policy.times["working_days"].after(
        np.array([moment(local(1, 0))]), np.array([9_000 * 86_400])
    )
    assert found[0] == moment(datetime(2027, 1, 1, tzinfo=CHINA))
