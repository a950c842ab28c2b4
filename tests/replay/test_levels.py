"""The order of the levels, and what each of them takes."""

from __future__ import annotations

import json

import pytest
from support.replays import Replay, missed, moved, straight
from support.worlds import World

from iai_proxy.api import DEFAULT_IGNORED, Endpoint
from iai_proxy.replay import Assemble, IncomingRequest, Miss, MissKind, Serve


def test_a_strict_level_names_the_flag_that_would_answer_by_step() -> None:
    world, held = straight()
    miss = missed(Replay(world, "seedless").drive(held[0][::-1]))
    assert (miss.kind, miss.nearest, miss.accepted_by) == (MissKind.LEVEL, 2, "--match step")


@pytest.mark.parametrize("match", ["exact", "seedless", "step", "nearest"])
@pytest.mark.parametrize("endpoint", ["initialize", "drive"])
@pytest.mark.parametrize(
    "changes",
    [
        {"agent_states": [None] * 3},
        {"agent_states": [1, "abcd"]},
        {"agent_states": {"a": 1}},
        {"recurrent_states": [1, 2, 3]},
        {"recurrent_states": ["a"] * 3},
        {"location": ["x"]},
        {"location": "\ud800"},
        {"num_agents_to_spawn": "5", "agent_properties": None},
        {"num_agents_to_spawn": 10**30},
        {"states_history": [None]},
        {"location_of_interest": ["a", "b"]},
        {"agent_properties": [None, 1, "x"]},
        {"random_seed": {}},
    ],
)
def test_a_malformed_request_is_answered_or_missed(
    match: str, endpoint: str, changes: dict[str, object]
) -> None:
    world, held = straight()
    replay = Replay(world, match)
    request = world.drive_request(held[0]) if endpoint == "drive" else world.initialize_request(3)
    assert isinstance(replay.ask(endpoint, {**request, **changes}), Serve | Assemble | Miss)


def test_deciding_changes_nothing() -> None:
    world = World()
    begun = world.initialize(2)
    for _ in range(2):
        world.drive(begun)
    replay = Replay(world)
    levels, progress = replay.replayer._levels, replay.replayer._progress
    body = json.dumps(world.drive_request(begun[::-1])).encode()
    request = IncomingRequest(Endpoint.DRIVE, "POST", "/drive", body, DEFAULT_IGNORED)
    decisions = [levels.decide(request, progress) for _ in range(3)]
    assert decisions == [decisions[0]] * 3
    progress.advance(request.client, decisions[0])
    assert levels.decide(request, progress) != decisions[0]  # the second answer of the fork


@pytest.mark.parametrize(
    ("match", "level"),
    [("exact", None), ("seedless", None), ("step", None), ("nearest", "nearest")],
)
def test_a_moved_agent_is_only_answered_at_the_loosest_level(match: str, level: str | None) -> None:
    world, held = straight()
    decision = Replay(world, match).drive(moved(held[0], 0, x=1e3))
    assert getattr(decision, "level", None) == level


@pytest.mark.parametrize("endpoint", ["initialize", "drive"])
def test_what_a_stricter_level_answers_keeps_its_name_at_a_looser_one(endpoint: str) -> None:
    world, held = straight()
    replay = Replay(world, "nearest")
    decision = replay.drive(held[0][::-1])
    if endpoint == "initialize":
        decision = replay.initialize(3, get_infractions=False)
    assert isinstance(decision, Assemble)
    assert decision.level == "step"
