"""An ``initialize`` is answered with a recorded one."""

from __future__ import annotations

from support.replays import Replay, missed, moved, truth
from support.worlds import Held, World

from iai_proxy.replay import MissKind


def test_initialize_is_told_apart_by_location_and_number_and_comes_in_recorded_order() -> None:
    world = World()
    here = [world.initialize(2), world.initialize(3), world.initialize(2)]
    world.location = "there"
    there = world.initialize(2)
    replay = Replay(world)
    assert replay.got(replay.initialize(2)) == truth(there)
    world.location = "here"
    assert [replay.got(replay.initialize(count)) for count in (2, 3, 2, 2)] == [
        truth(here[index]) for index in (0, 1, 2, 0)
    ]


def test_initialize_with_given_agents_is_known_by_their_states() -> None:
    world = World()
    first, second = ([Held(-1, [x, 0.0, 0.0, 0.0], None)] for x in (0.0, 5.0))
    answers = [world.initialize(1, sent=first), world.initialize(1, sent=second)]
    replay = Replay(world, tolerance=0.5)
    assert replay.got(replay.initialize(1, sent=moved(second, 0, x=5.5))) == truth(answers[1])
    assert replay.got(replay.initialize(1, sent=first)) == truth(answers[0])
    assert missed(replay.initialize(1, sent=moved(second, 0, x=2.5))).kind == MissKind.STATE
