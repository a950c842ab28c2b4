"""Scenes of large runs, of the SDK and of a client that only speaks HTTP."""

from __future__ import annotations

import json
from typing import Any

import pytest
from end_to_end.test_large_calls_of_clients import PLAIN, SDK
from support.cli import Cli
from support.recorded import recorded

from iai_proxy.recordings import Recording
from iai_proxy.sandbox.server import Sandbox
from iai_proxy.scene import Scene
from iai_proxy.scene.recorded import RecordedRun

pytest.importorskip("invertedai")


def made(cli: Cli, sandbox: Sandbox, program: str) -> tuple[Scene, list[Any]]:
    printed = recorded(cli, sandbox.url, program, "30")
    with Recording(cli.folder / "run.iairec") as recording:
        scene = RecordedRun(recording).scene()
    return scene, [json.loads(line) for line in printed.splitlines()]


@pytest.mark.parametrize("program", [SDK, PLAIN], ids=["sdk", "plain"])
def test_frames_hold_what_the_client_got(cli: Cli, sandbox: Sandbox, program: str) -> None:
    scene, printed = made(cli, sandbox, program)
    assert scene.simulation.large
    assert len(scene.frames) == len(printed) == 3
    for frame, (states, _, infractions) in zip(scene.frames, printed, strict=True):
        places = range(len(frame.agents))
        assert frame.agents == tuple(places)
        assert [list(frame.answered(place)) for place in places] == states
        shown = [list(frame.infractions.get(number, (False,) * 3)) for number in frame.agents]
        assert shown == infractions
        assert frame.applied == {}
        assert frame.lights


@pytest.mark.parametrize("program", [SDK, PLAIN], ids=["sdk", "plain"])
def test_each_agent_has_the_part_that_it_is_from(cli: Cli, sandbox: Sandbox, program: str) -> None:
    scene, _ = made(cli, sandbox, program)
    with Recording(cli.folder / "run.iairec") as recording:
        for frame in scene.frames:
            assert frame.calls is not None
            parts = frame.calls.parts
            assert len(parts) > 1
            answers = [
                json.loads(recording.body(recording.call(part.call).response_hash or b""))
                for part in parts
            ]
            sources = zip(frame.agents, frame.calls.sources, frame.calls.marks, strict=True)
            for place, (agent, (part, position), _) in enumerate(sources):
                assert answers[part]["agent_states"][position] == list(frame.answered(place))
                assert parts[part].agents[position] == agent
                assert agent in parts[part].own
            own = sorted(agent for part in parts for agent in part.own)
            assert own == sorted(frame.agents)
            assert len(set(frame.calls.marks)) == len(frame.agents)


def test_agents_have_their_sizes(cli: Cli, sandbox: Sandbox) -> None:
    scene, _ = made(cli, sandbox, PLAIN)
    with Recording(cli.folder / "run.iairec") as recording:
        sent = next(
            json.loads(recording.exchange(call.id).request.body)
            for call in recording.calls()
            if call.endpoint == "large_drive"
        )
    for number, properties in enumerate(sent["agent_properties"]):
        agent = scene.agents[number]
        assert (agent.length, agent.width) == (properties["length"], properties["width"])
        assert agent.rear_axis_offset == properties["rear_axis_offset"]
