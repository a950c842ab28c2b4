"""What the API refused when recorded is refused when replayed. The order is that of the docs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from support.replays import Replay, missed, moved, truth
from support.worlds import Held, World

from iai_proxy.replay import Client, MissKind, Serve


def refuse(world: World, agents: Sequence[Held], status: int = 422, **fields: Any) -> None:
    """Record a ``drive`` that the API does not answer."""
    world.exchange("drive", "c1", world.drive_request(agents, **fields), None, status=status)


def run() -> tuple[World, list[Held], list[Held]]:
    """Three agents, of which two are refused at first; then all of them are driven."""
    world = World()
    begun = world.initialize(3)
    refuse(world, begun[:2])
    return world, begun, world.drive(begun)


@pytest.mark.parametrize("status", [422, 400, 404, 413])
def test_a_refused_drive_is_refused_with_another_seed_too(status: int) -> None:
    world = World()
    begun = world.initialize(3)
    refuse(world, begun[:2], status)
    after = world.drive(begun)
    replay = Replay(world)
    assert replay.drive(begun[:2], random_seed=7) == Serve(2, "seedless")
    assert replay.got(replay.drive(begun, random_seed=8)) == truth(after)


def test_a_refused_drive_is_refused_in_any_order_of_its_agents() -> None:
    world, begun, after = run()
    replay = Replay(world)
    assert replay.drive([begun[1], begun[0]]) == Serve(2, "step")
    assert replay.got(replay.drive([begun[2], begun[0]])) == truth([after[2], after[0]])


def test_what_was_put_right_after_a_refusal_is_answered() -> None:
    world = World()
    begun = world.initialize(2)
    refuse(world, begun, get_infractions="perhaps")
    refuse(world, moved(begun, 0, speed=-1e9))
    after = world.drive(begun)
    replay = Replay(world)
    backwards = begun[::-1]
    assert replay.drive(backwards, get_infractions="perhaps") == Serve(2, "step")
    assert replay.drive(moved(begun, 0, speed=-1e9)[::-1]) == Serve(3, "step")
    assert replay.got(replay.drive(backwards)) == truth(after[::-1])


def test_the_properties_of_a_refused_drive_go_with_their_agents() -> None:
    world = World()
    begun = world.initialize(2)
    kinds = [{"agent_type": "car", "length": 9}, {"agent_type": "car", "length": 4}]
    refuse(world, begun, agent_properties=kinds)
    world.drive(begun, agent_properties=[kinds[1], kinds[1]])
    replay = Replay(world)
    assert replay.drive(begun[::-1], agent_properties=kinds[::-1]) == Serve(2, "step")
    assert missed(replay.drive(begun[::-1], agent_properties=kinds)).kind == MissKind.FIELDS


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
@pytest.mark.parametrize(
    "senders", [[Client("c1")], [Client("c1", lambda: "p"), Client("c2", lambda: "p")]]
)
def test_a_call_that_was_refused_and_then_answered_is_so_again_in_every_run(
    order: tuple[int, ...], senders: list[Client]
) -> None:
    world = World()
    begun = world.initialize(2)
    refuse(world, begun)
    after = world.drive(begun)
    replay = Replay(world)
    asked = [begun[index] for index in order]
    for sender in senders * 2:
        replay.initialize(2, sender)
        refusal = replay.drive(asked, sender)
        assert isinstance(refusal, Serve)
        assert refusal.number == 2
        for _ in range(2):  # the last one repeats
            got = replay.got(replay.drive(asked, sender))
            assert got == truth([after[index] for index in order])


def test_a_call_that_was_answered_and_then_refused_is_so_again() -> None:
    world = World()
    begun = world.initialize(2)
    after = world.drive(begun)
    refuse(world, begun)
    replay = Replay(world)
    replay.initialize(2)
    assert replay.got(replay.drive(begun)) == truth(after)
    assert [replay.drive(begun) for _ in range(2)] == [Serve(3, "seedless")] * 2


def test_a_failure_that_the_sdk_repeats_is_no_refusal() -> None:
    world = World()
    begun = world.initialize(2)
    refuse(world, begun, status=503)
    after = world.drive(begun)
    replay = Replay(world)
    assert replay.got(replay.drive(begun[::-1])) == truth(after[::-1])
    assert replay.got(replay.drive(begun)) == truth(after)


def test_ignored_agents_make_no_difference_in_any_order() -> None:
    """A request whose agents were never sent so can still equal a recorded one."""
    world = World()
    begun = world.initialize(2)
    refuse(world, begun)
    world.drive(begun[:1])
    replay = Replay(world, ignored={"recurrent_states", "random_seed"})
    assert replay.drive([Held(0, held.state, None) for held in begun]) == Serve(2, "seedless")
