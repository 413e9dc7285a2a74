"""Clock a million open demands anew, a tenth of them paused, extended or told otherwise.

    python -m benchmarks.ledger.clocks [DEMANDS]

Times the reckoning alone (events as columns → deadline, what is left, overdue) and, for a twentieth
of the demands, the reading of events as values before it. No named peer: nothing else that can be
installed counts 调休 with pauses and extensions.
"""

from __future__ import annotations

import os
import platform
import sys
import time
from datetime import UTC, date, datetime, timedelta

import numpy as np

from data.demands.calendar.published import published_days
from layers.demands.clock.calendar import make_calendar, moment
from layers.demands.clock.clock import Facts, deadlines, make_policy
from layers.demands.clock.reckoning import BEGIN, DUE, EXTEND, PAUSE, RESUME, Marks, reckon
from layers.demands.workflows.presets import preset
from layers.kit.demands.chain import Event

NOW = datetime(2026, 10, 31, tzinfo=UTC)
DAY_S = 86_400


def made_marks(count: int) -> Marks:
    """Return a million histories: two units, 5% paused, 3% extended, 2% told a deadline."""
    rng = np.random.default_rng(12)
    now = moment(NOW)
    begin = now - rng.integers(0, 90 * DAY_S, count)
    run = np.arange(count)
    amount = rng.integers(1, 31, count) * DAY_S
    unit = np.full(count, 2)
    hours = rng.random(count) < 0.2
    unit[hours], amount[hours] = 1, rng.integers(1, 41, int(hours.sum())) * 3600
    parts = [(run, np.full(count, BEGIN), begin, amount, unit)]
    chance = rng.random(count)
    nothing = np.zeros(count, np.int64)
    later = begin + rng.integers(0, 5 * DAY_S, count)
    for kind, rows, at, much in (
        (PAUSE, chance < 0.05, later, nothing),
        (RESUME, chance < 0.03, later + rng.integers(0, 20 * DAY_S, count), nothing),
        (EXTEND, (chance > 0.05) & (chance < 0.08), later, nothing + 5 * DAY_S),
        (DUE, (chance > 0.08) & (chance < 0.1), later, later + 9 * DAY_S),
    ):
        mine = np.flatnonzero(rows)
        units = np.full(len(mine), 2 if kind == EXTEND else 0)
        parts.append((run[mine], np.full(len(mine), kind), at[mine], much[mine], units))
    run, kind, at, amount, unit = (np.concatenate(c) for c in zip(*parts, strict=True))
    order = np.lexsort((at, run))
    return Marks(*(c[order].astype(np.int64) for c in (run, kind, at, amount, unit)))


def made_histories(count: int) -> list[tuple[list[Event], Facts]]:
    """Return demands of four events each, as they are read from the database."""
    rng = np.random.default_rng(12)
    steps = (
        ("start", "receive", "received"),
        ("received", "accept", "accepted"),
        ("accepted", "dispatch", "dispatched"),
        ("dispatched", "claim", "handling"),
    )
    found = []
    for ago in rng.integers(0, 90 * DAY_S, count).tolist():
        begin = NOW - timedelta(seconds=ago)
        events = [
            Event(n + 1, begin + timedelta(hours=n), *step, "甲") for n, step in enumerate(steps)
        ]
        found.append((events, Facts("环境卫生", "small")))
    return found


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    print(f"{os.cpu_count()} cores, {platform.machine()}, load {os.getloadavg()[0]:.1f}")
    told = dict(published_days())
    calendar = make_calendar(told, date(1990, 1, 1), date(2036, 12, 31))  # type: ignore[arg-type]
    policy = make_policy(calendar, preset("liping")[0])
    marks = made_marks(count)
    started = time.perf_counter()
    found = reckon(marks, count, policy.times, calendar, moment(NOW))
    seconds = time.perf_counter() - started
    print(
        f"{count:,} demands, {len(marks.run):,} marks: {seconds:.2f} s; overdue "
        f"{int((found.overdue_s > 0).sum()):,}, paused {int(found.is_paused.sum()):,}"
    )
    histories = made_histories(count // 20)
    started = time.perf_counter()
    due = deadlines(histories, policy, NOW)
    seconds = time.perf_counter() - started
    print(f"from {4 * len(due):,} events as values, {len(due):,} demands: {seconds:.2f} s")


if __name__ == "__main__":
    main()
