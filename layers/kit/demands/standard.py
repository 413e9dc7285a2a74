"""The workflow of whoever has declared none: eight steps, no limits but those that files tell.

It stands here and not among the presets since a ledger can be imported into any county.
"""

from __future__ import annotations

from typing import Final

from layers.kit.demands.workflow import Action, Label, Phase, Size, Step, Workflow

_STEPS: Final[tuple[tuple[Phase, str, str, str], ...]] = (
    ("received", "待受理", "Waiting", "platform"),
    ("accepted", "已受理", "Accepted", "community"),
    ("dispatched", "已派单", "Dispatched", "subdistrict"),
    ("handling", "办理中", "Handling", "department"),
    ("replied", "已答复", "Answered", "reviewer"),
    ("closed", "已办结", "Closed", "reviewer"),
    ("merged", "已合并", "Merged", "community"),
    ("withdrawn", "已撤回", "Withdrawn", "caller"),
)
_MOVES: Final[tuple[tuple[str, str, str, str, str, str, tuple[str, ...]], ...]] = (
    ("accept", "受理", "Accept", "received", "accepted", "community", ()),
    ("dispatch", "派单", "Dispatch", "accepted", "dispatched", "subdistrict", ("unit",)),
    ("handle", "办理", "Take in hand", "accepted", "handling", "community", ()),
    ("claim", "接单", "Claim", "dispatched", "handling", "department", ()),
    ("transfer", "转办", "Transfer", "handling", "dispatched", "subdistrict", ("unit", "ground")),
    ("reply", "答复", "Answer", "handling", "replied", "department", ("note",)),
    ("rework", "重新办理", "Handle again", "replied", "handling", "reviewer", ("ground",)),
    ("close", "办结", "Close", "replied", "closed", "reviewer", ("satisfied",)),
)


def _moves() -> tuple[Action, ...]:
    made = [
        Action(key, Label(zh, en), before, after, role, carries)
        for key, zh, en, before, after, role, carries in _MOVES
    ]
    for step in ("received", "accepted", "dispatched"):
        made.append(Action("merge", Label("合并", "Merge"), step, "merged", "community", ("into",)))
    for step in ("received", "accepted", "dispatched", "handling"):
        made.append(Action("withdraw", Label("撤回", "Withdraw"), step, "withdrawn", "caller"))
    separate = Label("拆开", "Take apart")
    made.append(Action("separate", separate, "merged", "accepted", "community", (), "reopen"))
    return tuple(made)


SIZES: Final = (
    Size("small", Label("小事", "Small"), "direct"),
    Size("big", Label("大事", "Big")),
    Size("hard", Label("难事", "Hard"), "department"),
)
STANDARD: Final = Workflow(
    key="demands",
    label=Label("诉求台账", "Demand ledger"),
    source="",
    steps=tuple(Step(phase, Label(zh, en), phase, role) for phase, zh, en, role in _STEPS),
    moves=_moves(),
    sizes=SIZES,
)
