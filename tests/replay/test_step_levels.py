"""Requests that are passed on to the API while the recording is replayed."""

from __future__ import annotations

import pytest
from support.replays import Replay, missed, straight, truth
from support.worlds import Held, World

from iai_proxy.api import Endpoint
from iai_proxy.replay import Live, Miss, MissKind, Serve


def test_the_api_answers_beyond_the_step_and_what_continues_its_answers() -> None:
    world, held = straight()
    replay = Replay(world, until_step=1)
    assert replay.got(replay.drive(held[0])) == truth(held[1])
    assert replay.drive(held[1]) == Live()
    live = World(seed=5)
    begun = live.initialize(3)
    assert missed(replay.drive(begun)).kind == MissKind.UNKNOWN  # not known yet
    replay.replayer.went_live(Endpoint.INITIALIZE, live.bodies[0][1])
    assert replay.drive(begun) == Live()
    assert replay.drive(begun[:1]) == Live()
    assert replay.drive([Held(0, begun[1].state, None)]) == Live()  # known by its state alone
    assert isinstance(replay.initialize(3), Serve)
    assert (replay.replayer.tally.live, replay.replayer.tally.misses) == (4, 1)


def test_until_step_0_replays_nothing_but_the_beginning() -> None:
    world, held = straight()
    replay = Replay(world, until_step=0)
    assert replay.got(replay.initialize(3)) == truth(held[0])
    assert replay.drive(held[0]) == Live()


@pytest.mark.parametrize("until", [2, 7])
def test_a_step_that_is_not_beyond_is_replayed_or_missed_as_usual(until: int) -> None:
    world, held = straight()
    replay = Replay(world, until_step=until)
    assert replay.got(replay.drive(held[1])) == truth(held[2])
    after = replay.drive(held[2])
    assert after == Live() if until == 2 else missed(after).kind == MissKind.RUN_END


def test_an_answer_without_agents_makes_nothing_live() -> None:
    world, _ = straight()
    replay = Replay(world, until_step=1)
    for answer in (b"", b"not JSON", b"{}", b'{"agent_states":[],"recurrent_states":null}'):
        replay.replayer.went_live(Endpoint.DRIVE, answer)
    assert isinstance(replay.drive([]), Serve | Miss)
    stranger = World(seed=5).newcomer()
    assert isinstance(replay.drive([stranger]), Miss)


def test_what_continues_a_forwarded_answer_is_for_the_api_too() -> None:
    world, held = straight()
    replay = Replay(world)
    live = World(seed=5)
    begun = live.initialize(3)
    assert isinstance(replay.drive(begun), Miss)
    replay.replayer.went_live(Endpoint.INITIALIZE, live.bodies[0][1])
    assert replay.drive(begun) == Live()
    assert isinstance(replay.drive(held[2]), Miss)  # what continues the recording is not
    assert replay.got(replay.drive(held[0][::-1])) == truth(held[1][::-1])
