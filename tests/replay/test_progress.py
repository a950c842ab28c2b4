"""What each client has been served."""

from __future__ import annotations

import pytest
from support.replays import Replay, truth
from support.worlds import World

from iai_proxy.api import Endpoint
from iai_proxy.replay import Client, Live, Miss, MissKind, RecordedSteps, Serve
from iai_proxy.replay.progress import Progress

C1, C2 = Client("c1"), Client("c2")
#: One program with two connections.
P1, P2 = Client("c1", lambda: "p"), Client("c2", lambda: "p")


def no_steps() -> RecordedSteps:
    raise AssertionError("counting needs no steps")


def test_the_least_served_comes_in_recorded_order_and_then_the_first_again() -> None:
    progress, found = Progress(no_steps), []
    for _ in range(5):
        found.append(progress.least_served(C1, [4, 6]))
        progress.advance(C1, Serve(found[-1], "exact"))
    assert found == [4, 6, 4, 6, 4]
    assert progress.least_served(C2, [4, 6]) == 4


def test_the_first_unserved_comes_in_recorded_order_and_then_the_last_again() -> None:
    progress, found = Progress(no_steps), []
    for _ in range(4):
        found.append(progress.first_unserved(P1, [4, 6]))
        progress.advance(P2, Serve(found[-1], "exact"))
    assert found == [4, 6, 6, 6]
    assert progress.first_unserved(C1, [4, 6]) == 4


@pytest.mark.parametrize(
    "decision", [Serve(None, "key-check"), Live(), Miss(MissKind.REQUEST, "is unknown", 4)]
)
def test_what_serves_no_recorded_exchange_is_no_progress(decision: Serve | Live | Miss) -> None:
    progress = Progress(no_steps)
    progress.advance(C1, decision)
    assert progress.first_unserved(C1, [4, 6]) == 4


def test_what_was_served_by_its_bytes_is_placed_once_the_steps_are_known() -> None:
    world = World()
    begun = world.initialize(2)
    answers = [world.drive(begun, random_seed=5) for _ in range(2)]
    replay = Replay(world)
    first = replay.initialize(2, random_seed=0)
    assert isinstance(first, Serve)
    got = [replay.got(replay.drive(begun[::-1])) for _ in range(2)]
    assert got == [truth(answer[::-1]) for answer in answers]


def test_agents_of_a_live_answer_continue_it() -> None:
    progress, live = Progress(no_steps), World()
    live.initialize(2)
    received = live.observations[0].received
    assert (progress.has_live, progress.continues_live(received)) == (False, False)
    progress.add_live(Endpoint.INITIALIZE, live.bodies[0][1])
    assert (progress.has_live, progress.continues_live(received)) == (True, True)
