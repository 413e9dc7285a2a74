"""How well rows were placed, against the truth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from layers.households.matching.register import Match
from tests.layers.households.messy.workbook import Truth


@dataclass
class Score:
    """Counts of rows. ``placed``: by themselves and rightly, copies left out included."""

    rows: int = 0
    placed: int = 0
    wrong: int = 0
    queued: int = 0
    by_kind: Counter[tuple[str, str]] = field(default_factory=Counter)

    @property
    def placed_share(self) -> float:
        return self.placed / self.rows

    @property
    def wrong_share(self) -> float:
        return self.wrong / self.rows


def judge_matches(matches: Sequence[Match], truth: Truth) -> Score:
    """Compare what was done with each row with what was meant.

    A row left out as a copy is right when its building is placed by another row; a row of no
    building is placed only when a ruling says so, otherwise its place is in the queue.
    """
    assert {m.row for m in matches} == truth.keys()
    score = Score(rows=len(matches))
    for m in matches:
        line = truth[m.row]
        if m.state == "ignored":
            right = line.kind == "copy" if m.how == "copy" else line.truth is None
            done = "placed" if right else "wrong"
        elif m.state == "placed":
            done = "placed" if m.building_id == line.truth else "wrong"
        else:
            done = "queued"
        score.by_kind[line.kind, done] += 1
        setattr(score, done, getattr(score, done) + 1)
    return score
