"""A step as a table, from scenes made by hand."""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from iai_proxy.report.step_table import step_facts, step_text
from iai_proxy.scene import (
    Agent,
    BranchInfo,
    Frame,
    Scene,
    SimulationInfo,
    StepCalls,
    StepPart,
    Unplaced,
)
from iai_proxy.scene.model import State

WEST = math.radians(179)


def calls(
    number: int, agents: Sequence[int], marks: Sequence[int], sent: Sequence[int]
) -> StepCalls:
    return StepCalls(
        parts=(StepPart(number, tuple(agents), tuple(agents)),),
        sources=tuple((0, place) for place in range(len(agents))),
        marks=marks,
        attempts=(number - 1,) if number == 5 else (),
        started_ns=0,
        ended_ns=12_300_000,
        seed=7,
        model_version="v1",
        sent_marks=sent,
    )


def frame(step: int, states: dict[int, State], **fields: Any) -> Frame:
    numbers = array("d", [number for state in states.values() for number in state])
    return Frame(step, tuple(states), numbers, **fields)


def scene() -> Scene:
    """Agent 1 is moved by the client, 2 leaves, 3 is new; 1 is sent 0's recurrent state."""
    before = frame(
        3,
        {0: (0, 0, WEST, 10), 1: (5, 5, 0, 4), 2: (9, 9, 0, 0)},
        applied={1: (5, 7, 0, 4)},
        lights={40: "red", 41: "green"},
        calls=calls(4, [0, 1, 2], [100, 101, 102], []),
    )
    after = frame(
        4,
        {0: (-1, 0, -WEST, 10.5), 1: (5.5, 7, 0, 4), 3: (1, 1, 0, 1)},
        lights={40: "green", 41: "green"},
        infractions={1: (True, False, True)},
        has_infractions=True,
        outside=frozenset({3}),
        calls=calls(6, [0, 1, 3], [200, 201, 0], [100, 100, 0]),
    )
    agents = {
        number: Agent(number, kind, 4.5, 2.0, told_length=4.5, told_width=2.0, told_kind=kind)
        for number, kind in enumerate(("pedestrian\x1b[31m", "car", "car", "car"))
    }
    info = SimulationInfo(1, "here", False, (BranchInfo(1, 0, 4),), 1)
    return Scene("run.iairec", info, 1, agents, (before, after))


def test_each_agent_has_a_line_with_what_is_odd() -> None:
    assert list(step_text(step_facts(scene(), 4))) == [
        "simulation 1, branch 1, step 4: 3 agents, 0.4 s",
        "  call 6, 12.3 ms, seed 7, model v1",
        "  lights: 40 red → green",
        "",
        "agent type               x,        y   heading     speed  change",
        "    0 pedestrian (   -1.00,     0.00) -179.0° 10.50 m/s  1.00 m, +2.0°, +0.50 m/s",
        "    1 car        (    5.50,     7.00)    0.0°  4.00 m/s  0.50 m, +0.0°, +0.00 m/s"
        "  moved by the client: 2.00 m, +0.0°, +0.00 m/s; sent with agent 0's recurrent state;"
        " collision; wrong way",
        "    3 car        (    1.00,     1.00)    0.0°  1.00 m/s  new; outside the supported area",
        "agent 2 leaves: not sent any more",
    ]


def test_an_agent_alone_is_shown_as_it_was_answered_sent_and_answered() -> None:
    assert list(step_text(step_facts(scene(), 4), agent=1))[4:] == [
        "agent 1: car, 4.50 x 2.00 m, index 1",
        "  before    (    5.00,     5.00)    0.0°  4.00 m/s",
        "  sent      (    5.00,     7.00)    0.0°  4.00 m/s  2.00 m, +0.0°, +0.00 m/s",
        "  answered  (    5.50,     7.00)    0.0°  4.00 m/s  0.50 m, +0.0°, +0.00 m/s",
        "  from call 6, position 1 in its answer",
        "  recurrent state sent: agent 0's; answered: 00000000000000c9",
        "  moved by the client: 2.00 m, +0.0°, +0.00 m/s",
        "  sent with agent 0's recurrent state",
        "  collision",
        "  wrong way",
    ]


def test_what_no_one_told_of_an_agent_is_not_known() -> None:
    whole = scene()
    whole = replace(whole, agents={**whole.agents, 1: Agent(1, "car", 4.7, 1.9)})
    found = step_facts(whole, 4)["agents"]
    assert [agent["infractions"] for agent in found] == [[], ["collision", "wrong way"], []]
    assert [agent["inside"] for agent in found] == [None, None, False]
    assert (found[1]["type"], found[1]["length"], found[1]["width"]) == (None, None, None)
    lines = list(step_text(step_facts(whole, 3), agent=1))
    assert lines[4] == "agent 1: type not known, size not known, index 1"
    assert step_facts(whole, 3)["agents"][0]["infractions"] is None


def test_the_first_step_has_nothing_before_it() -> None:
    facts = step_facts(scene(), 3)
    assert [agent["before"] for agent in facts["agents"]] == [None] * 3
    assert not any(agent["new"] for agent in facts["agents"])
    assert [light["answered"] for light in facts["lights"]] == ["red", "green"]


def test_an_agent_without_a_state_neither_leaves_nor_comes() -> None:
    """Agent 0 is answered NaN at step 4, and stands somewhere again at step 5."""
    whole = scene()
    nowhere = Unplaced(0, (math.nan, 0.0, 0.0, 1.0))
    lost = frame(4, {1: (5, 5, 0, 4), 2: (9, 9, 0, 0)}, unplaced={0: nowhere})
    again = frame(5, {0: (0, 0, 0, 0), 1: (5, 5, 0, 4), 2: (9, 9, 0, 0)})
    told = step_facts(replace(whole, frames=[whole.frames[0], lost, again]), 4)
    lines = list(step_text(told))
    assert lines[0] == "simulation 1, branch 1, step 4: 3 agents, 0.4 s"
    assert lines[-1] == "agent 0: its answered state is not four finite numbers"
    assert not told["left"]
    assert [agent["index"] for agent in told["agents"]] == [1, 2]
    assert list(step_text(told, agent=0))[-1] == lines[-1]
    found = step_facts(replace(whole, frames=[whole.frames[0], lost, again]), 5)
    assert not any(agent["new"] for agent in found["agents"])


def test_a_type_from_outside_changes_no_terminal() -> None:
    assert "\x1b" not in "".join(step_text(step_facts(scene(), 4), agent=0))


def test_a_step_that_is_not_there_is_an_error() -> None:
    with pytest.raises(LookupError, match="no step 5"):
        step_facts(scene(), 5)
