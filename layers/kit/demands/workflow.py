"""A county's workflow as a value: its steps, who takes which action, what an action must carry.

Every floor knows it: the database enforces its steps and actions, importers write along them,
pages show them in the county's own words. What it is made of:

1. A *step* is where a demand stands. Its *phase* says what that means in every county, so that
   figures of two counties count the same thing; its words are the county's own.
2. An *action* leads from a step to a step. What a county declares are moves; besides those every
   step has the actions that all counties need: a remark, requests (one asks, another grants), and
   ``told``: another platform says where a demand stands now (``layers.kit.demands.steps``), or
   until when it is due.
3. Before it is received a demand is at ``START``, which is a step like all others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Final, Literal, cast

from layers.kit.demands.steps import STEPS, may_become
from layers.kit.records.workflows import LabelRecord, LimitRecord, WorkflowRecord

Phase = Literal[
    "start", "received", "accepted", "dispatched", "handling", "replied",
    "closed", "merged", "withdrawn",
]  # fmt: skip
PHASES: Final[tuple[str, ...]] = ("start", *STEPS)
OPEN: Final = ("received", "accepted", "dispatched", "handling", "replied")
ENDS: Final = ("closed", "merged", "withdrawn")
START: Final = "start"

Unit = Literal["minutes", "working_hours", "working_days"]
UNITS: Final = ("minutes", "working_hours", "working_days")
Kind = Literal["receive", "move", "reopen", "told", "note", "ask", "grant", "refuse", "end"]
KINDS: Final = ("receive", "move", "reopen", "told", "note", "ask", "grant", "refuse", "end")
CARRIED: Final = (
    *("note", "unit", "ground", "until", "amount", "into", "satisfied", "size", "form"),
)
"""What an action may have to carry: words, a unit, a ground, a day, how much more time, the
demand that it goes into, whether the caller is satisfied, its size, a stamped form."""
ROLES: Final = (
    *("caller", "platform", "grid_worker", "grid_chief", "area_chief", "building_chief"),
    *("community", "subdistrict", "department", "party_branch", "joint_meeting", "mediator"),
    *("volunteer", "governance_centre", "duty_post", "supervisor", "reviewer"),
)


@dataclass(frozen=True, slots=True)
class Label:
    """What something is called."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Limit:
    """So much time. ``minutes`` run day and night; ``working_hours`` within the office hours of
    working days; ``working_days`` through the whole of working days.
    """

    amount: int
    unit: Unit


@dataclass(frozen=True, slots=True)
class Step:
    """Where a demand stands. ``role``: who acts there. ``limit``: how long it may stand there."""

    key: str
    label: Label
    phase: Phase
    role: str
    limit: Limit | None = None


@dataclass(frozen=True, slots=True)
class Action:
    """A way from a step to a step. ``sizes``: of which demands; () of all. ``request``: the
    request that it asks for, grants, refuses or ends.
    """

    key: str
    label: Label
    from_step: str
    to_step: str
    role: str
    carries: tuple[str, ...] = ()
    kind: Kind = "move"
    sizes: tuple[str, ...] = ()
    request: str | None = None

    @property
    def needs_approval(self) -> bool:
        """Tell whether it decides what somebody else asked for."""
        return self.kind in ("grant", "refuse")


@dataclass(frozen=True, slots=True)
class Size:
    """小事, 大事, 难事: how a demand is routed. ``route``: direct, department or open."""

    key: str
    label: Label
    route: str = ""
    limit: Limit | None = None


@dataclass(frozen=True, slots=True)
class Colour:
    """A colour of 分色治理: demands whose importance × urgency is at least so much."""

    key: str
    label: Label
    least: int
    limit: Limit | None = None


@dataclass(frozen=True, slots=True)
class CategoryLimit:
    """The time for demands of a category whose name holds one of these words."""

    words: tuple[str, ...]
    limit: Limit


@dataclass(frozen=True, slots=True)
class Request:
    """What one asks and another grants, in which phases. ``grants``: None for what is just said
    (催办, 督办). ``moves_to``: the phase that a granted one leads to. ``ends``: what is granted
    lasts until somebody ends it (挂账).
    """

    key: str
    label: Label
    phases: tuple[str, ...]
    asks: str
    grants: str | None
    carries: tuple[str, ...]
    moves_to: str | None = None
    ends: bool = False


REQUESTS: Final = (
    Request("extension", Label("延期", "Extension"), OPEN, "department", "subdistrict",
            ("ground", "amount")),
    Request("return", Label("退回", "Return"), ("dispatched", "handling"), "department",
            "subdistrict", ("ground",), moves_to="accepted"),
    Request("suspension", Label("挂账", "Suspension"), OPEN, "department", "subdistrict",
            ("ground", "until"), ends=True),
    Request("exclusion", Label("剔除", "Exclusion"), (*OPEN, "closed"), "department",
            "subdistrict", ("ground",)),
    Request("reopening", Label("重新办理", "Reopening"), ("closed",), "reviewer", "subdistrict",
            ("ground",), moves_to="handling"),
    Request("reminder", Label("催办", "Reminder"), OPEN, "supervisor", None, ()),
    Request("supervision", Label("督办", "Supervision"), OPEN, "supervisor", None, ("ground",)),
)  # fmt: skip
_ASKED: Final[Mapping[str, tuple[str, str, str, str]]] = {
    "ask": ("asked", "申请{zh}", "Ask for {en}", "asks"),
    "grant": ("granted", "同意{zh}", "Grant {en}", "grants"),
    "refuse": ("refused", "不同意{zh}", "Refuse {en}", "grants"),
    "end": ("ended", "结束{zh}", "End {en}", "grants"),
}
RECEIVE: Final = "receive"
TOLD: Final = "told"
TOLD_DUE: Final = "told_due"
REMARK: Final = "remark"


@dataclass(frozen=True)
class Workflow:
    """A workflow of a county. ``hours``: office hours as minutes of the day (begin, end).

    ``reopen_days``: so long after it was closed somebody may ask to reopen a demand.
    ``source``: the document that says so.
    """

    key: str
    label: Label
    source: str
    steps: tuple[Step, ...]
    moves: tuple[Action, ...]
    sizes: tuple[Size, ...] = ()
    colours: tuple[Colour, ...] = ()
    categories: tuple[CategoryLimit, ...] = ()
    limit: Limit | None = None
    hours: tuple[tuple[int, int], ...] = ((510, 720), (870, 1080))
    reopen_days: int = 10

    @cached_property
    def step(self) -> Mapping[str, Step]:
        """Return the steps by their keys, ``START`` among them."""
        begin = Step(START, Label("未登记", "Not yet received"), "start", "platform")
        return {s.key: s for s in (begin, *self.steps)}

    @cached_property
    def actions(self) -> tuple[Action, ...]:
        """Return every action that the database lets through."""
        return (*self._receiving(), *self.moves, *self._asking(), *self._noting(), *self._telling())

    @cached_property
    def by_way(self) -> Mapping[tuple[str, str, str], Action]:
        """Return the actions by (from, action, to)."""
        return {(a.from_step, a.key, a.to_step): a for a in self.actions}

    def allowed(self, step: str) -> tuple[Action, ...]:
        """Return what people may do at a step; what another platform tells is not among it."""
        return tuple(a for a in self.actions if a.from_step == step and a.kind != "told")

    @property
    def first(self) -> Step:
        """Return the step that a demand is received at."""
        return self.steps[0]

    def step_of(self, phase: str) -> Step:
        """Return the step that stands for a phase: its first, else that of the phase before."""
        for name in reversed(PHASES[1 : PHASES.index(phase) + 1]):
            found = next((s for s in self.steps if s.phase == name), None)
            if found is not None and (name == phase or phase in OPEN):
                return found
        return self.first

    def move_between(self, before: str, after: str, size: str | None) -> Action | None:
        """Return the move from a step to another that a demand of a size may take."""
        fitting = (
            a
            for a in self.moves
            if (a.from_step, a.to_step) == (before, after)
            and (not a.sizes or size is None or size in a.sizes)
        )
        return next(fitting, None)

    def _receiving(self) -> Iterator[Action]:
        label = Label("登记", "Receive")
        yield Action(RECEIVE, label, START, self.first.key, "platform", ("note",), "receive")

    def _noting(self) -> Iterator[Action]:
        label = Label("记录", "Remark")
        for step in self.steps:
            yield Action(REMARK, label, step.key, step.key, step.role, ("note",), "note")

    def _asking(self) -> Iterator[Action]:
        for request in REQUESTS:
            for step in (s for s in self.steps if s.phase in request.phases):
                for kind, (ending, zh, en, who) in _ASKED.items():
                    if request.grants is None and kind != "ask":
                        continue
                    if kind == "end" and not request.ends:
                        continue
                    yield self._asked(request, step, kind, (ending, zh, en, who))

    def _asked(
        self, request: Request, step: Step, kind: str, how: tuple[str, str, str, str]
    ) -> Action:
        ending, zh, en, who = how
        said = request.grants is None
        label = (
            request.label
            if said
            else Label(zh.format(zh=request.label.zh), en.format(en=request.label.en.lower()))
        )
        moves = kind == "grant" and request.moves_to is not None
        carries = {"ask": request.carries, "refuse": ("ground",)}.get(kind, ())
        if kind == "grant" and "amount" in request.carries:
            carries = ("amount",)
        return Action(
            key=f"{request.key}_{'said' if said else ending}",
            label=label,
            from_step=step.key,
            to_step=self.step_of(request.moves_to or step.phase).key if moves else step.key,
            role=request.asks if who == "asks" or request.grants is None else request.grants,
            carries=carries,
            kind="note" if said else kind,  # type: ignore[arg-type]
            request=request.key,
        )

    def _telling(self) -> Iterator[Action]:
        label = Label("平台告知", "Told by another platform")
        for before in self.step.values():
            for after in self.steps:
                if before.key == after.key or before.phase == "start":
                    continue
                if may_become(before.phase, after.phase):
                    yield Action(TOLD, label, before.key, after.key, "platform", (), "told")
        due = Label("平台告知时限", "Deadline told by another platform")
        for step in self.steps:
            yield Action(TOLD_DUE, due, step.key, step.key, "platform", ("until",), "told")

    def stored(self) -> WorkflowRecord:
        """Return it as JSON; ``workflow_from`` undoes it."""
        return cast(WorkflowRecord, asdict(self))


def workflow_from(stored: WorkflowRecord) -> Workflow:
    """Return the workflow that ``Workflow.stored`` wrote."""

    def label(value: LabelRecord) -> Label:
        return Label(value["zh"], value["en"])

    def limit(value: LimitRecord | None) -> Limit | None:
        return None if value is None else sure(value)

    def sure(value: LimitRecord) -> Limit:
        return Limit(value["amount"], value["unit"])

    return Workflow(
        key=stored["key"],
        label=label(stored["label"]),
        source=stored["source"],
        steps=tuple(
            Step(s["key"], label(s["label"]), s["phase"], s["role"], limit(s["limit"]))
            for s in stored["steps"]
        ),
        moves=tuple(
            Action(
                a["key"], label(a["label"]), a["from_step"], a["to_step"], a["role"],
                tuple(a["carries"]), a["kind"], tuple(a["sizes"]), a["request"],
            )
            for a in stored["moves"]
        ),
        sizes=tuple(
            Size(s["key"], label(s["label"]), s["route"], limit(s["limit"]))
            for s in stored["sizes"]
        ),
        colours=tuple(
            Colour(c["key"], label(c["label"]), c["least"], limit(c["limit"]))
            for c in stored["colours"]
        ),
        categories=tuple(
            CategoryLimit(tuple(c["words"]), sure(c["limit"])) for c in stored["categories"]
        ),
        limit=limit(stored["limit"]),
        hours=tuple((int(a), int(b)) for a, b in stored["hours"]),
        reopen_days=stored["reopen_days"],
    )  # fmt: skip
