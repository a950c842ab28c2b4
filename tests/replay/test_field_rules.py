"""What is asked for besides the agents' states."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

import pytest
from support.replays import Replay, truth
from support.worlds import Held, World

from iai_proxy.api import DEFAULT_IGNORED, request_keys
from iai_proxy.replay import Assemble, Decision, KeyedCall, MatchRules, Miss, MissKind, Replayer
from iai_proxy.replay.field_rules import field_differences

OTHERS: list[tuple[str, Any, Any]] = [
    ("get_infractions", True, False),
    ("get_birdview", True, False),
    ("traffic_lights_states", {"1": "red"}, {"1": "green"}),
    ("traffic_lights_states", {"1": "red"}, None),
    ("traffic_lights_states", None, {"1": "red"}),
    ("model_version", "one", "other"),
    ("light_recurrent_states", [[0, 1]], None),
    ("light_recurrent_states", None, [[0, 1]]),
    ("location", "there", "here"),
    ("agent_properties", [{"agent_type": "pedestrian"}] * 2, [{"agent_type": "car"}] * 2),
]
#: Recorded otherwise, but an answer all the same.
ALIKE: list[tuple[str, Any, Any]] = [
    ("get_infractions", False, True),
    ("get_birdview", None, True),
    ("model_version", None, "one"),
    ("light_recurrent_states", [[0, 1]], [[0, 2]]),
    ("rendering_fov", 100, 50),
    ("random_seed", 1, 2),
]
INDISPENSABLE = {"get_infractions", "get_birdview", "location"}


def run(field: str, recorded: Any) -> tuple[World, list[Held], list[Held]]:
    world = World()
    begun = world.initialize(2)
    return world, begun, world.drive(begun, **{field: recorded})


def ignoring(world: World, field: str) -> Replay:
    """A replay with ``--ignore FIELD``."""
    replay, ignored = Replay(world), DEFAULT_IGNORED | {field}
    kept = [
        KeyedCall(seen.call, request_keys("POST", seen.call.target, sent, ignored))
        for seen, (sent, _) in zip(world.observations, world.bodies, strict=True)
    ]
    replay.replayer = Replayer(
        kept, MatchRules("step", ignored), lambda: replay.steps, replay.request
    )
    return replay


def asked(replay: Replay, agents: list[Held], field: str, value: Any) -> Decision:
    return replay.drive(agents[::-1], **{field: value})


@pytest.mark.parametrize(("field", "ours", "theirs"), OTHERS)
def test_other_fields_are_a_miss_that_names_the_field_and_the_flag_that_accepts_it(
    field: str, ours: Any, theirs: Any
) -> None:
    world, begun, after = run(field, theirs)
    miss = asked(Replay(world), begun, field, ours)
    assert isinstance(miss, Miss)
    assert (miss.kind, miss.where, miss.nearest) == (MissKind.FIELDS, (1, 1), 2)
    assert miss.reason.startswith("is simulation 1, step 1, but asks for something else: ")
    assert miss.accepted_by == f"--ignore {field}"
    accepting = ignoring(world, field)
    assert accepting.got(asked(accepting, begun, field, ours)) == truth(after[::-1])


@pytest.mark.parametrize(("field", "ours", "theirs"), OTHERS)
def test_at_nearest_only_required_fields_matter(field: str, ours: Any, theirs: Any) -> None:
    world, begun, _ = run(field, theirs)
    decision = asked(Replay(world, "nearest"), begun, field, ours)
    assert isinstance(decision, Miss if field in INDISPENSABLE else Assemble)


@pytest.mark.parametrize(("field", "ours", "theirs"), ALIKE)
def test_an_answer_with_more_than_was_asked_for_is_served(
    field: str, ours: Any, theirs: Any
) -> None:
    world, begun, after = run(field, theirs)
    replay = Replay(world)
    assert replay.got(asked(replay, begun, field, ours)) == truth(after[::-1])


def test_the_branch_of_a_fork_with_the_same_fields_answers() -> None:
    world = World()
    begun = world.initialize(2)
    without, with_ = world.drive(begun), world.drive(begun, get_infractions=True)
    replay = Replay(world)
    assert replay.got(replay.drive(begun[::-1], get_infractions=True)) == truth(with_[::-1])
    assert replay.got(replay.drive(begun[::-1])) == truth(without[::-1])


def test_an_agents_properties_are_compared_with_its_own_in_any_order() -> None:
    world = World()
    begun = world.initialize(2)
    kinds = [{"agent_type": "car"}, {"agent_type": "pedestrian"}]
    after = world.drive(begun, agent_properties=kinds)
    replay = Replay(world)
    assert replay.got(replay.drive(begun[::-1], agent_properties=kinds[::-1])) == truth(after[::-1])
    miss = replay.drive(begun[:0:-1], agent_properties=[{"agent_type": "bus"}])
    assert isinstance(miss, Miss)
    assert miss.reason.endswith("agent 0 agent_type is bus, recorded pedestrian")


def test_parts_of_a_large_call_are_each_compared_with_the_whole_request() -> None:
    world = World()
    begun = world.initialize(4)
    kinds = [{"agent_type": "car", "length": index} for index in range(4)]
    after = world.large_drive(begun, [([0, 1], []), ([2, 3], [])])
    lengths = [kinds[:2], kinds[2:]]
    for number, part in zip((2, 3), lengths, strict=True):
        sent, got = world.bodies[number - 1]
        world.bodies[number - 1] = (sent.replace(*_properties(part)), got)
    replay = Replay(world)
    assert replay.got(replay.drive(begun, agent_properties=kinds)) == truth(after)
    miss = replay.drive(begun, agent_properties=[*kinds[:3], {"agent_type": "car", "length": 9}])
    assert isinstance(miss, Miss)
    assert miss.reason.endswith("agent 3 length is 9, recorded 3")


def _properties(part: list[dict[str, Any]]) -> tuple[bytes, bytes]:
    return b'[{"agent_type": "car"}, {"agent_type": "car"}]', json.dumps(part).encode()


@pytest.mark.parametrize("ignored", [(), ("location",)])
def test_what_is_ignored_is_not_compared(ignored: Collection[str]) -> None:
    found = list(field_differences({"location": "a"}, {"location": "b"}, (), ignored, "step"))
    assert [difference.field for difference in found] == ([] if ignored else ["location"])
