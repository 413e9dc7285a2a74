"""The log of a draft: replaying it gives the plan, and any earlier version of it.

An operation of the hand is appended; undoing and redoing append their own moves too, and mark the
operation that they are about. So the plan is the log from its first to its last row, and the state
before a row is found by taking back what follows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from layers.grids.plan.assignment import Move

OF_THE_PROGRAM = ("start", "undo", "redo", "numbering", "plots")


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of a log. ``of``: the sequence that an undo or redo is about."""

    sequence: int
    kind: str
    moves: tuple[Move, ...]
    of: int | None = None


def take_back(entries: Sequence[Entry]) -> tuple[Move, ...]:
    """Return one list of moves that takes back the newest rows, given in order.

    Every plot moves at most once: from where the last row left it to where it was at first.
    """
    first: dict[int, int] = {}
    last: dict[int, int] = {}
    for entry in entries:
        for plot, source, target in entry.moves:
            first.setdefault(plot, source)
            last[plot] = target
    moves = (Move(plot, last[plot], first[plot]) for plot in sorted(first))
    return tuple(m for m in moves if m.source != m.target)


def marks(entries: Iterable[Entry]) -> dict[int, tuple[bool, bool]]:
    """Return (undone, superseded) of every operation of the hand after a log, by sequence."""
    state: dict[int, tuple[bool, bool]] = {}
    for entry in entries:
        if entry.kind == "undo" and entry.of is not None:
            state[entry.of] = (True, False)
        elif entry.kind == "redo" and entry.of is not None:
            state[entry.of] = (False, False)
        elif entry.kind not in OF_THE_PROGRAM:
            state = {s: (undone, undone or gone) for s, (undone, gone) in state.items()}
            state[entry.sequence] = (False, False)
    return state
