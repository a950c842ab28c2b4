"""Scenes of recordings that the real SDK made, against what the SDK's own objects held."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from scene.programs import PROGRAM
from support.cli import Cli
from support.recorded import recorded

from iai_proxy.errors import UsageError
from iai_proxy.recordings import Recording
from iai_proxy.sandbox.server import Sandbox
from iai_proxy.scene import Frame, Scene
from iai_proxy.scene.recorded import RecordedRun


@contextmanager
def run_of(cli: Cli, sandbox: Sandbox) -> Iterator[tuple[RecordedRun, list[dict[str, Any]]]]:
    printed = recorded(cli, sandbox.url, PROGRAM)
    with Recording(cli.folder / "run.iairec") as recording:
        yield RecordedRun(recording), json.loads(printed.splitlines()[-1])


def names_of(scene: Scene, written: list[dict[str, Any]]) -> dict[int, str]:
    """The client's name of each agent, by its number in the scene."""
    return {
        number: name
        for frame, held in zip(scene.frames, written, strict=True)
        for number, name in zip(frame.agents, held["agents"], strict=True)
    }


def test_frames_hold_what_the_sdk_held(cli: Cli, sandbox: Sandbox) -> None:
    with run_of(cli, sandbox) as (run, written):
        scene = run.scene()
    written = written[:9]
    names = names_of(scene, written)
    assert names == {0: "ego", 1: "b", 2: "c", 3: "d", 4: "e", 5: "new"}
    for frame, held in zip(scene.frames, written, strict=True):
        assert [names[number] for number in frame.agents] == held["agents"]
        assert [list(frame.answered(place)) for place in range(len(frame.agents))] == held["states"]
        assert {str(light): state for light, state in (frame.lights or {}).items()} == held[
            "lights"
        ]
        assert infractions_of(frame) == (held["infractions"] or [[False] * 3] * len(frame.agents))
        outside = [not is_inside for is_inside in held["inside"]]
        assert [number in frame.outside for number in frame.agents] == (
            outside or [False] * len(frame.agents)
        )
        for number, size in zip(frame.agents, held["sizes"], strict=True):
            agent = scene.agents[number]
            assert [agent.kind, agent.length, agent.width, agent.rear_axis_offset] == size


def infractions_of(frame: Frame) -> list[list[bool]]:
    return [list(frame.infractions.get(number, (False,) * 3)) for number in frame.agents]


def test_what_the_client_moved_is_where_the_client_put_it(cli: Cli, sandbox: Sandbox) -> None:
    with run_of(cli, sandbox) as (run, written):
        scene = run.scene(details=False)
        aside = run.scene(branch=2 if run.simulations[0].trunk == 1 else 1, details=False)
    assert [agent.number for agent in scene.agents.values() if agent.is_ego] == [0]
    for frame in scene.frames[:-1]:
        assert frame.applied == {0: ((frame.step + 1) * 1.5, -2.0, 0.25, 15.0)}
        assert frame.shown(0) == frame.applied[0]
        assert list(frame.shown(1)) == written[frame.step]["states"][1]
    assert scene.frames[-1].applied == {}  # no one knows how it would have gone on
    # At the fork each branch shows how it was itself gone on with.
    assert aside.frame(3).applied == {0: (60.0, -2.0, 0.25, 15.0)}
    assert aside.frame(2) == scene.frame(2)


def test_branches_keep_the_agents_numbers(cli: Cli, sandbox: Sandbox) -> None:
    with run_of(cli, sandbox) as (run, written):
        info = run.simulations[0]
        trunk, aside = run.scene(branch=info.trunk), run.scene(branch=3 - info.trunk)
    assert [branch.leaves_at for branch in info.branches if branch.number != info.trunk] == [3]
    assert [frame.agents for frame in aside.frames[:4]] == [(0, 1, 2, 3, 4)] * 4
    assert aside.frame(5).agents == (0, 1, 2, 3, 4)
    assert list(aside.frame(5).answered(4)) == written[-1]["states"][4]
    assert trunk.frame(4).agents == (0, 1, 3, 4)


def test_calls_say_where_each_agent_is_from(cli: Cli, sandbox: Sandbox) -> None:
    with run_of(cli, sandbox) as (run, _), Recording(cli.folder / "run.iairec") as recording:
        for frame in run.scene().frames:
            assert frame.calls is not None
            (part,) = frame.calls.parts
            call = recording.call(part.call)
            answer = json.loads(recording.body(call.response_hash or b""))
            assert len(answer["agent_states"]) == len(frame.calls.sources) == len(frame.agents)
            assert part.agents == part.own == frame.agents
            assert len(set(frame.calls.marks)) == len(frame.agents)
            assert (frame.calls.started_ns, frame.calls.ended_ns) == (
                call.started_ns,
                call.ended_ns,
            )
            assert frame.calls.seed == (5 if frame.step == 0 else 7)


def test_some_steps_are_the_same_as_in_the_whole(cli: Cli, sandbox: Sandbox) -> None:
    with run_of(cli, sandbox) as (run, _):
        whole = run.scene()
        some = run.scene(steps=range(3, 6))
        without = run.scene(steps=range(3, 6), details=False)
        with pytest.raises(UsageError, match="of simulation 1 has steps 0 to 8, and not"):
            run.scene(steps=range(9, 12))
        with pytest.raises(UsageError, match=r"has no simulation 3: it has 1$"):
            run.scene(3)
        with pytest.raises(UsageError, match="has no branch 3: it has 1-2"):
            run.scene(1, 3)
    assert list(some.frames) == list(whole.frames[3:6])
    assert [frame.lights for frame in without.frames] == [None] * 3
    assert [frame.states for frame in without.frames] == [frame.states for frame in some.frames]
