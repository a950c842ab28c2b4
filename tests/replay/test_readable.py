"""What the API could not read. It refuses it, so replay must not answer it."""

from __future__ import annotations

from typing import Any

import pytest
from support.replays import Replay, missed, straight, truth
from support.worlds import Held, World

from iai_proxy.replay import MissKind, Serve

GOOD = [1.0, 2.0, 3.0, 4.0]

UNREADABLE: dict[str, tuple[dict[str, Any], str]] = {
    "too few": ({"recurrent_states": [GOOD] * 2}, "recurrent_states has 2 entries for 3 agents"),
    "too many": ({"recurrent_states": [GOOD] * 4}, "recurrent_states has 4 entries for 3 agents"),
    "text": ({"recurrent_states": "lost"}, "recurrent_states is text, not a list"),
    "an object": ({"recurrent_states": {"0": GOOD}}, "recurrent_states is an object, not a list"),
    "no list": ({"recurrent_states": [GOOD, 1.5, GOOD]}, "entry 1 of recurrent_states is a number"),
    "too short": ({"recurrent_states": [GOOD[:3]] * 3}, "agent 0's recurrent state has 3 numbers"),
    "empty": ({"recurrent_states": [[]] * 3}, "agent 0's recurrent state has 0 numbers"),
    "zeros": ({"recurrent_states": [[0] * 5] * 3}, "agent 0's recurrent state has 5 numbers"),
    "nulls": ({"recurrent_states": [[None] * 4] * 3}, "agent 0's recurrent state holds null"),
    "a word": ({"recurrent_states": [None, None, ["a", 0, 0, 0]]}, "recurrent state holds text"),
    "a truth": ({"recurrent_states": [[False] * 4] * 3}, "state holds true or false"),
    "long states": ({"agent_states": [[*GOOD, 0.0]] * 3}, "agent 0's state has 5 numbers, not 4"),
    "short states": ({"agent_states": [GOOD[:3]] * 3}, "agent 0's state has 3 numbers, not 4"),
    "states of null": ({"agent_states": [GOOD, GOOD, [None] * 4]}, "agent 2's state holds null"),
    "infinite": ({"agent_states": [[float("nan"), 0, 0, 0]] * 3}, "state holds no number"),
    "properties": ({"agent_properties": [{}]}, "agent_properties has 1 entries for 3 agents"),
    "no properties": ({"agent_properties": "car"}, "agent_properties is text, not a list"),
    "attributes": ({"agent_attributes": [1, 2, 3]}, "entry 0 of agent_attributes is a number"),
    "a seed": ({"random_seed": "seven"}, "random_seed is text, not a whole number"),
}


@pytest.mark.parametrize("match", ["step", "nearest"])
@pytest.mark.parametrize("fault", UNREADABLE)
def test_what_the_api_cannot_read_is_a_miss_that_says_what(fault: str, match: str) -> None:
    world, held = straight()
    changes, said = UNREADABLE[fault]
    miss = missed(Replay(world, match).drive(held[0], **changes))
    assert miss.kind == MissKind.UNREADABLE
    assert miss.reason.startswith("can't be read as a call of drive: ")
    assert said in miss.reason


@pytest.mark.parametrize("order", [1, -1])
def test_one_bad_recurrent_state_among_good_ones_is_enough(order: int) -> None:
    world, held = straight()
    asked = held[0][::order]
    bad = [held.recurrent for held in asked[:2]] + [[0.5] * 3]
    miss = missed(Replay(world).drive(asked, recurrent_states=bad))
    assert "agent 2's recurrent state has 3 numbers, not 4 or 152" in miss.reason


@pytest.mark.parametrize("fault", UNREADABLE)
def test_what_was_recorded_just_so_is_answered_as_it_was(fault: str) -> None:
    changes, _ = UNREADABLE[fault]
    world = World()
    begun = world.initialize(3)
    request = world.drive_request(begun, **changes)
    world.exchange("drive", "c1", request, None, status=422)
    world.drive(begun)
    assert Replay(world).ask("drive", request) == Serve(2, "exact")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"states_history": [[[1.0, 2.0]]]}, "agent 0's state has 2 numbers, not 4"),
        ({"states_history": "none"}, "states_history is text, not a list"),
        ({"agent_properties": {"0": {}}}, "agent_properties is an object, not a list"),
        ({"num_agents_to_spawn": "3"}, "num_agents_to_spawn is text, not a whole number"),
        ({"random_seed": [1]}, "random_seed is a list, not a whole number"),
    ],
)
def test_an_initialize_that_cannot_be_read_is_a_miss(changes: dict[str, Any], said: str) -> None:
    world, _ = straight()
    miss = missed(Replay(world).initialize(3, **changes))
    assert (miss.kind, said in miss.reason) == (MissKind.UNREADABLE, True), miss.reason


def test_a_body_that_is_no_object_is_a_miss() -> None:
    world, _ = straight()
    assert missed(Replay(world).ask("drive", [1])).kind == MissKind.UNREADABLE


def test_null_and_zeros_can_be_read() -> None:
    world, held = straight()
    for absent in (None, [0.0] * 4, [0] * 152):
        asked = Replay(world).drive(held[0], recurrent_states=[absent] * 3)
        assert missed(asked).kind == MissKind.RECURRENT


def test_a_field_that_is_ignored_need_not_be_readable() -> None:
    world, held = straight()
    replay = Replay(world, ignored={"recurrent_states", "random_seed"})
    answer = replay.drive([Held(0, agent.state, None) for agent in held[0]], recurrent_states="?")
    assert replay.got(answer) == truth(held[1])
