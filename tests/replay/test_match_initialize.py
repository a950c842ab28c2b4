"""An ``initialize`` is answered with a recorded one."""

from __future__ import annotations

import pytest
from support.replays import Replay, missed, moved, truth
from support.worlds import Held, World

from iai_proxy.replay import Assemble, Decision, MissKind, Serve


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


NOW = [[0.3, 2.0, 0.1, 3.0], [5.1, 6.0, 0.2, 1.0]]
BEFORE = [[0.0, 2.0, 0.1, 3.0], [5.0, 6.0, 0.2, 1.0]]


def recorded_history(tolerance: float | None = None) -> Replay:
    """An initialize of two agents and a history of two steps."""
    world = World()
    sent = [Held(name, state, None) for name, state in enumerate(NOW)]
    world.initialize(0, sent=sent, states_history=[BEFORE, NOW])
    return Replay(world, tolerance=tolerance)


def asked(replay: Replay, history: list[list[list[float]]]) -> Decision:
    sent = [Held(name, state, None) for name, state in enumerate(history[-1])]
    return replay.initialize(0, sent=sent, states_history=history)


def test_the_same_history_is_the_same_initialize() -> None:
    replay = recorded_history()
    assert isinstance(asked(replay, [BEFORE, NOW]), Serve)


@pytest.mark.parametrize(
    "history",
    [[NOW], [NOW, NOW], [BEFORE, NOW, NOW]],
    ids=["only the last step", "another past", "a longer one"],
)
def test_an_initialize_with_another_past_is_a_miss_that_names_it(
    history: list[list[list[float]]],
) -> None:
    """The API predicts from the whole history, not from its last step."""
    replay = recorded_history()
    miss = missed(asked(replay, history))
    assert miss.kind is MissKind.FIELDS
    assert "states_history" in miss.reason


def test_a_past_within_the_tolerance_is_the_recorded_one() -> None:
    replay = recorded_history(tolerance=0.5)
    assert isinstance(asked(replay, [NOW, NOW]), Assemble)
