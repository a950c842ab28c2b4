"""Two runs side by side, against differences that were put there by hand."""

from __future__ import annotations

import math
from array import array
from dataclasses import replace

import pytest
from support.scenes import circling

from iai_proxy.comparison import compared
from iai_proxy.scene import Frame, Problem, Scene, SetUp, Unplaced


def problem(code: int, *agents: int) -> Problem:
    return Problem(code, "name", "error", "sentence", "fix", 3, 4, agents, None)


def reordered(scene: Scene) -> Scene:
    """Number agents the other way round."""
    last = len(scene.agents) - 1

    def turned(frame: Frame) -> Frame:
        agents = tuple(last - agent for agent in frame.agents)
        return replace(frame, agents=agents, applied={}, infractions={})

    agents = {last - n: replace(agent, number=last - n) for n, agent in scene.agents.items()}
    return replace(scene, agents=agents, frames=[turned(frame) for frame in scene.frames])


def test_a_run_is_not_apart_from_itself() -> None:
    found = compared(circling(), circling())
    assert not found.differs
    assert found.parting is None
    assert (found.set_up, found.agents, found.new, found.gone) == ([], [], [], [])
    assert {step.apart for step in found.steps} == {0.0}


def test_the_step_at_which_they_part_the_agents_and_the_growth_are_told() -> None:
    found = compared(circling(steps=50), circling(steps=50, drift=0.5))  # from step 30 on
    assert found.differs
    parting = found.parting
    assert parting is not None
    assert (parting.step, parting.agents) == (30, 6)
    assert parting.position_m == pytest.approx(0.5)
    assert [step.position_m for step in found.steps[30:33]] == pytest.approx([0.5, 1.0, 1.5])
    assert {agent.step for agent in found.agents} == {30}
    assert {agent.most_step for agent in found.agents} == {49}
    assert [agent.most_m for agent in found.agents] == pytest.approx([10.0] * 6)


def test_within_the_tolerance_they_are_the_same() -> None:
    ours, theirs = circling(steps=40), circling(steps=40, drift=0.5)
    assert not compared(ours, theirs, tolerance=5.1).differs
    assert compared(ours, theirs, tolerance=4.9).differs
    found = compared(ours, theirs, tolerance=1.1).parting
    assert found is not None
    assert found.step == 32


def test_a_turn_across_the_half_circle_is_small() -> None:
    ours, theirs = circling(1, 1), circling(1, 1)
    x, y, _, speed = theirs.frames[0].answered(0)
    frames = [
        [replace(theirs.frames[0], states=array("d", [x, y, heading, speed]))]
        for heading in (3.14, -3.14)
    ]
    found = compared(replace(ours, frames=frames[0]), replace(theirs, frames=frames[1]))
    assert found.steps[0].apart == pytest.approx(2 * (3.141592653589793 - 3.14))
    assert found.steps[0].position_m == 0


def test_agents_in_another_order_are_paired_by_where_they_begin() -> None:
    ours = circling(5, 20)
    found = compared(ours, reordered(ours))
    assert found.pairs == {0: 4, 1: 3, 2: 2, 3: 1, 4: 0}
    assert found.parting is None
    assert [difference.name for difference in found.set_up] == []


def test_agents_that_only_one_run_has_are_named() -> None:
    found = compared(circling(4, 10), circling(3, 10))
    parting = found.parting
    assert parting is not None
    assert (parting.step, parting.missing, parting.added) == (0, (3,), ())
    turned = compared(circling(3, 10), circling(4, 10)).parting
    assert turned is not None
    assert (turned.missing, turned.added) == ((), (3,))
    assert ("agents", "4", "3") in [(d.name, d.a, d.b) for d in found.set_up]


def test_an_agent_whose_state_is_none_is_not_missing_but_differs() -> None:
    ours = circling(3, 4)
    last = ours.frames[-1]
    nowhere = {0: Unplaced(0, (math.nan, 0.0, 0.0, 0.0))}
    lost = replace(last, agents=last.agents[1:], states=last.states[4:], unplaced=nowhere)
    theirs = replace(ours, frames=[*ours.frames[:-1], lost])
    for found in (compared(ours, theirs), compared(theirs, ours)):
        step = found.parting
        assert step is not None
        assert (step.step, step.missing, step.added, step.unplaced) == (last.step, (), (), (0,))
    assert not compared(theirs, theirs).differs


def test_a_run_that_goes_on_longer_differs_though_it_never_parts() -> None:
    found = compared(circling(steps=10), circling(steps=12))
    assert found.parting is None
    assert found.differs
    assert ("steps", "0 to 9 (10 steps)", "0 to 11 (12 steps)") in [
        (difference.name, difference.a, difference.b) for difference in found.set_up
    ]


def test_lights_count_where_both_have_them() -> None:
    ours = circling(2, 3)
    shown = [replace(frame, lights={100: "red"}) for frame in ours.frames]
    changed = [replace(frame, lights={100: "green"}) for frame in ours.frames]
    hidden = [replace(frame, lights=None) for frame in ours.frames]
    found = compared(replace(ours, frames=shown), replace(ours, frames=changed)).parting
    assert found is not None
    assert found.lights == (100,)
    assert not compared(replace(ours, frames=shown), replace(ours, frames=hidden)).differs


def test_findings_are_new_or_gone_by_check_and_agents() -> None:
    ours = circling(problems=[problem(11, 1), problem(220)])
    theirs = circling(problems=[problem(11, 2), problem(220)])
    found = compared(ours, theirs)
    assert [(p.code, p.agents) for p in found.new] == [(11, (2,))]
    assert [(p.code, p.agents) for p in found.gone] == [(11, (1,))]
    assert not found.differs


def test_findings_are_compared_only_if_both_runs_were_checked() -> None:
    theirs = replace(circling(), problems=[problem(10, 1)])
    found = compared(replace(circling(), unchecked="no calls"), theirs)
    assert (found.new, found.gone, found.unchecked) == ([], [], ("no calls", ""))


def test_of_a_scenario_log_what_it_knows_of_the_set_up_is_compared() -> None:
    """It knows the seeds of steps 0 and 1, and the models."""
    log = replace(circling(), set_up=SetUp(4, 5, ("m1",)))
    assert compared(log, log).set_up == []
    other = replace(circling(), set_up=SetUp(4, 6, ("m2",)))
    assert [difference.name for difference in compared(log, other).set_up] == [
        "model version",
        "seeds of later steps",
    ]
    assert compared(log, replace(log, set_up=SetUp(None, None, ()))).set_up == []


def test_other_seeds_models_and_sizes_are_set_up_differently() -> None:
    ours = circling(2, 4)
    frames = [
        replace(frame, calls=replace(frame.calls, seed=99, model_version="m2"))
        for frame in ours.frames
        if frame.calls
    ]
    agents = {**ours.agents, 1: replace(ours.agents[1], length=9.0)}
    found = compared(ours, replace(ours, frames=frames, agents=agents))
    assert {difference.name for difference in found.set_up} == {
        "types and sizes",
        "model version",
        "seed of step 0",
        "seeds of later steps",
    }
    assert not found.differs


def test_runs_without_a_common_step_differ() -> None:
    ours = circling(2, 4)
    found = compared(replace(ours, frames=ours.frames[:2]), replace(ours, frames=ours.frames[2:]))
    assert found.steps == []
    assert found.differs
