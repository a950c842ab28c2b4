"""What pictures don't show is said in words."""

from __future__ import annotations

import math
from array import array

from iai_proxy.cli.not_drawn import not_drawn
from iai_proxy.pictures import still, view_of_all
from iai_proxy.scene import Agent, BranchInfo, Frame, Scene, SimulationInfo, Unplaced

NOWHERE = {1: Unplaced(1, (math.nan, 0.0, 0.0, 0.0)), 2: Unplaced(2, (math.nan,) * 4)}


def said(*frames: Frame) -> list[str]:
    info = SimulationInfo(1, "here", False, (BranchInfo(1, 0, len(frames) - 1),), 1)
    agents = {number: Agent(number, "car", 4.5, 2.0) for number in range(3)}
    scene = Scene("run.iairec", info, 1, agents, frames)
    camera = still(view_of_all(scene, (400, 400)))
    return list(not_drawn(scene, range(len(frames)), camera))


def test_agents_without_a_state_are_named_once() -> None:
    frames = [Frame(step, (0,), array("d", [0, 0, 0, 0]), unplaced=NOWHERE) for step in (0, 1)]
    assert said(*frames) == [
        "agents 1-2 are not drawn: an answered state is not four finite numbers "
        "(`iai-proxy step` tells of each)"
    ]
    whole = Frame(1, (0, 1, 2), array("d", bytes(12 * 8)))
    assert "are not drawn at some steps: " in said(frames[0], whole)[0]


def test_a_run_without_any_state_is_said_to_be_empty() -> None:
    assert said(Frame(0, (), array("d"), unplaced=NOWHERE))[0].startswith("no agent is drawn: ")


def test_nothing_is_said_of_a_picture_with_all_agents_and_of_a_run_without_any() -> None:
    assert said(Frame(0, (0, 1, 2), array("d", bytes(12 * 8)))) == []
    assert said(Frame(0, (), array("d"))) == []
