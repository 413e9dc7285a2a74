"""The workflows of the counties: each keeps the rules, says its own words, and can be stored."""

from __future__ import annotations

import dataclasses
import json

import pytest

from data.sample.counties.declared import COUNTIES
from layers.demands.workflows.presets import preset, preset_names
from layers.demands.workflows.rules import judge
from layers.kit.demands.standard import STANDARD
from layers.kit.demands.workflow import OPEN, Action, Label, Limit, Step, Workflow, workflow_from
from layers.kit.errors import InputError

ALL = [(name, workflow) for name in preset_names() for workflow in preset(name)]


@pytest.mark.parametrize(("name", "workflow"), ALL, ids=[f"{n}-{w.key}" for n, w in ALL])
def test_a_preset_keeps_the_rules_and_comes_back_from_json(name: str, workflow: Workflow) -> None:
    assert judge(workflow) == ()
    assert workflow_from(json.loads(json.dumps(workflow.stored()))) == workflow
    labels = [s.label for s in workflow.steps] + [a.label for a in workflow.actions]
    assert all(label.zh and label.en and label.en.isascii() for label in labels)
    assert not any(label.zh.isascii() for label in labels)


def test_every_demonstration_has_a_preset_of_its_own_words() -> None:
    assert {county.workflow for county in COUNTIES.values()} <= set(preset_names())
    words = {preset(c.workflow)[0].label.zh for c in COUNTIES.values()}
    assert len(words) == len(COUNTIES)
    with pytest.raises(InputError):
        preset("../standard")


def steps_of(name: str, number: int = 0) -> list[str]:
    workflow = preset(name)[number]
    return [s.label.zh for s in workflow.steps if s.phase in OPEN]


def test_boards_read_as_the_field_notes_say() -> None:
    assert steps_of("tianzhu") == [
        "收集问题", "确定议题", "议前调研", "协商议事", "公开结果", "组织实施",
    ]  # fmt: skip
    assert steps_of("renhuai") == ["居民点单", "社区派单", "党员接单", "办理评单"]
    assert steps_of("yinjiang") == ["收集", "受理", "处置", "答复"]
    assert [w.key for w in preset("tianzhu")] == ["demands", "wishes"]
    assert [w.key for w in preset("majiang")] == ["demands", "alarms"]


def test_sansui_routes_by_size() -> None:
    workflow = preset("sansui")[0]

    def ways(size: str) -> set[str]:
        return {
            a.to_step
            for a in workflow.moves
            if a.from_step == "accepted" and (not a.sizes or size in a.sizes)
        } - {"merged", "withdrawn"}

    assert ways("small") == {"handling", "dispatched"}
    assert ways("big") == {"branch_meeting"}
    assert ways("hard") == {"joint_meeting"}
    assert {s.key: s.route for s in workflow.sizes}["small"] == "direct"


def test_majiang_is_there_in_fifteen_minutes() -> None:
    assert preset("majiang")[1].limit == Limit(15, "minutes")


def test_what_one_asks_another_grants() -> None:
    allowed = {a.key: a for a in STANDARD.allowed("handling")}
    assert allowed["extension_asked"].carries == ("ground", "amount")
    assert not allowed["extension_asked"].needs_approval
    assert allowed["extension_granted"].needs_approval
    assert allowed["return_granted"].to_step == "accepted"
    assert allowed["suspension_ended"].request == "suspension"
    assert "told" not in allowed
    assert {a.key for a in STANDARD.allowed("closed")} == {
        "remark", "exclusion_asked", "exclusion_granted", "exclusion_refused",
        "reopening_asked", "reopening_granted", "reopening_refused",
    }  # fmt: skip


def changed(**values: object) -> Workflow:
    return dataclasses.replace(STANDARD, **values)  # type: ignore[arg-type]


def odd(workflow: Workflow) -> set[str]:
    return {f.code for f in judge(workflow)}


def test_what_breaks_a_rule_is_found() -> None:
    label = Label("甲", "A")
    steps, moves = STANDARD.steps, STANDARD.moves
    lost = Step("lost", label, "handling", "department")
    assert odd(changed(steps=(*steps, lost))) == {"workflow_way"}
    assert odd(changed(steps=(*steps, steps[0]))) == {"workflow_key"}
    assert odd(changed(steps=steps[1:])) >= {"workflow_begin", "workflow_action"}
    assert odd(changed(steps=steps[:-1])) >= {"workflow_end"}
    nowhere = Action("go", label, "received", "nowhere", "community")
    assert odd(changed(moves=(*moves, nowhere))) == {"workflow_action"}
    asks = Action("go", label, "received", "accepted", "community", ("money",))
    assert odd(changed(moves=(*moves, asks))) == {"workflow_action_asks"}
    assert odd(changed(limit=Limit(0, "minutes"))) == {"workflow_limit"}
    assert odd(changed(hours=((600, 500),))) == {"workflow_hours"}
    no_close = tuple(m for m in moves if m.key != "close")
    assert odd(changed(moves=no_close)) == {"workflow_way"}
