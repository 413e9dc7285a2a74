"""What may come next, what it must carry, and personal numbers that are masked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.demands.steps.masks import mask
from layers.demands.steps.next import Carried, NextStep, Situation, check_carried, next_steps
from layers.demands.workflows.presets import preset
from layers.kit.demands.chain import Event
from layers.kit.demands.standard import STANDARD
from layers.kit.errors import InputError

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
EVERY = frozenset(("work", "approve"))


def event(seq: int, step: str, action: str, actor: str = "甲") -> Event:
    return Event(seq, NOW, step, action, step, actor)


def situation(step: str, *events: Event, size: str | None = None, late: bool = False,
              closed: datetime | None = None) -> Situation:  # fmt: skip
    return Situation(step, size, events, closed, late, NOW)


def offered(at: Situation, actor: str = "乙", rights: frozenset[str] = EVERY,
            name: str = "standard") -> dict[str, NextStep]:  # fmt: skip
    steps = next_steps(preset(name)[0], at, rights, actor)
    return {f"{s.action.key}:{s.action.to_step}": s for s in steps}


def test_moves_are_those_of_the_step_and_nothing_is_told() -> None:
    found = offered(situation("handling"))
    assert {"transfer:dispatched", "reply:replied", "withdraw:withdrawn"} <= set(found)
    assert not any(key.startswith(("told", "receive")) for key in found)
    assert not any("granted" in key or "ended" in key for key in found)


def test_a_move_is_for_demands_of_its_sizes() -> None:
    small = offered(situation("accepted", size="small"), name="sansui")
    hard = offered(situation("accepted", size="hard"), name="sansui")
    assert "quick:handling" in small
    assert "hold_joint_meeting:joint_meeting" not in small
    assert "quick:handling" not in hard
    assert "hold_joint_meeting:joint_meeting" in hard


def test_who_asked_does_not_decide() -> None:
    at = situation("handling", event(4, "handling", "extension_asked", "甲"))
    assert offered(at, "甲")["extension_granted:handling"].why == "own_request"
    assert offered(at, "乙")["extension_granted:handling"].why is None
    assert offered(at, "乙", frozenset(("work",)))["extension_granted:handling"].why == "right"
    assert "extension_asked:handling" not in offered(at)
    granted = event(5, "handling", "extension_granted", "乙")
    after = offered(situation("handling", *at.events, granted))
    assert after["extension_asked:handling"].carries == ("ground", "amount", "form")
    assert "extension_granted:handling" not in after


def test_an_extension_is_asked_for_before_the_deadline() -> None:
    assert offered(situation("handling", late=True))["extension_asked:handling"].why == "overdue"


@pytest.mark.parametrize(("days", "why"), [(9, None), (11, "too_late")])
def test_reopening_is_asked_for_in_time(days: int, why: str | None) -> None:
    closed = NOW - timedelta(days=days)  # the standard workflow gives ten days
    assert offered(situation("closed", closed=closed))["reopening_asked:closed"].why == why


GOOD = {"ground": "等材料", "amount": 3}


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"amount": 3}, "ground is missing"),
        ({"ground": "等材料", "amount": 0}, "amount is from 1"),
        ({"ground": "等材料", "amount": True}, "amount is from 1"),
        ({"ground": 5, "amount": 3}, "ground must be text"),
        ({**GOOD, "amount_unit": "years"}, "amount_unit is not one of"),
        ({**GOOD, "secret": 1}, "takes the field secret"),
    ],
)
def test_what_a_step_must_carry_is_looked_at(values: dict[str, object], said: str) -> None:
    step = offered(situation("handling"))["extension_asked:handling"]
    with pytest.raises(InputError, match=said):
        check_carried(step, Carried(values=values), STANDARD, NOW)
    payload = check_carried(step, Carried(values=GOOD), STANDARD, NOW)
    assert payload == {**GOOD, "unit": "working_days"}


def test_a_day_that_has_passed_suspends_nothing() -> None:
    step = offered(situation("handling"))["suspension_asked:handling"]
    given = {"ground": "汛期后施工", "until": "2026-11-01"}
    with pytest.raises(InputError, match="has passed"):
        check_carried(step, Carried(values=given), STANDARD, NOW)
    fine = check_carried(step, Carried(values={**given, "until": "2027-05-01"}), STANDARD, NOW)
    assert fine["until"] == "2027-05-01"


@pytest.mark.parametrize(
    ("said", "shown", "kinds"),
    [
        ("找13812345678", "找138******78", ("telephone",)),
        ("138 1234-5678", "138 ****-**78", ("telephone",)),
        ("电话０８５５－８２２３３４４", "电话０８５*－*****４４", ("telephone",)),
        ("0855-8223344", "085*-*****44", ("telephone",)),
        ("身份证522624199001011234", "身份证522*************34", ("identity",)),
        ("52262419900101123x。", "522*************3x。", ("identity",)),
        ("3号楼2单元501室，2026年11月2日", "3号楼2单元501室，2026年11月2日", ()),
        ("工单20261031000123", "工单20261031000123", ()),
        ("", "", ()),
    ],
)
def test_personal_numbers_are_masked_and_told(
    said: str, shown: str, kinds: tuple[str, ...]
) -> None:
    assert mask(said) == (shown, kinds)


@given(st.text(max_size=40), st.integers(13000000000, 19999999999), st.text(max_size=40))
def test_no_telephone_number_stays_whatever_stands_around_it(
    before: str, number: int, after: str
) -> None:
    text = f"{before} {number} {after}"
    found, _ = mask(text)
    assert str(number) not in found
    assert len(found) == len(text)
    assert mask(found)[0] == found
