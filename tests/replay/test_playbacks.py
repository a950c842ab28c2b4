"""The playback that a call belongs to. Simulations are numbers here, and steps are bare."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from iai_proxy.lineage import Step
from iai_proxy.replay import Client
from iai_proxy.replay.playbacks import Playback, Playbacks

C1, C2 = Client("c1"), Client("c2")
#: One program with two connections.
P1, P2 = Client("c1", lambda: "p"), Client("c2", lambda: "p")


def step_after(parent: Step | None = None, agents: Sequence[int] = ()) -> Step:
    step = Step(parent, 0 if parent is None else parent.index + 1, (), tuple(agents), ())
    if parent is not None:
        parent.children.append(step)
    return step


def forked() -> tuple[Step, Step, Step]:
    """A step of four agents that was taken twice."""
    begun = step_after()
    return begun, step_after(begun, range(4)), step_after(begun, range(4))


def any_of(*steps: Step) -> Callable[[Playback], bool]:
    """Whether any of these has not been served yet, to all agents."""
    return lambda playback: any(playback.is_unserved(step, range(4)) for step in steps)


def test_a_playback_begins_with_an_initialize_and_goes_on_over_its_connection() -> None:
    playbacks, step = Playbacks(), step_after()
    begun = playbacks.begin(C1, 1, step, 7)
    assert (begun.simulation, begun.roots, begun.reached, begun.latest, begun.connection) == (
        1,
        {7},
        {step},
        step,
        "c1",
    )
    assert playbacks.at(C1, 1, step, any_of()) is begun


def test_another_connection_is_another_client_unless_it_is_the_same_program() -> None:
    playbacks, step = Playbacks(), step_after()
    mine = playbacks.begin(C1, 1, step, 7)
    programs = playbacks.begin(P1, 1, step, 7)
    assert programs is not mine
    assert playbacks.at(P2, 1, step, any_of()) is programs
    assert playbacks.at(C1, 1, step, any_of()) is mine


def test_a_process_of_its_own_for_each_call_goes_on_where_the_one_before_came_to() -> None:
    playbacks, (begun, first_fork, second_fork) = Playbacks(), forked()
    mine = playbacks.begin(C1, 1, begun, 7)
    forks = any_of(first_fork, second_fork)
    assert playbacks.at(C2, 1, begun, forks) is mine
    playbacks.serve(C2, mine, first_fork, range(4))
    assert playbacks.at(Client("c3"), 1, begun, forks) is mine
    assert playbacks.at(Client("c3"), 1, first_fork, any_of()) is mine
    assert playbacks.has_reached(Client("c3"), 1, first_fork)
    assert not playbacks.has_reached(Client("c3"), 1, second_fork)


def test_a_process_for_each_call_goes_on_with_the_run_that_waits_at_its_step() -> None:
    playbacks, (begun, first_fork, second_fork) = Playbacks(), forked()
    first = playbacks.begin(C1, 1, begun, 7)
    second = playbacks.begin(C2, 1, begun, 7)
    playbacks.serve(Client("c3"), second, first_fork, range(4))
    assert playbacks.at(Client("c4"), 1, begun, any_of(first_fork, second_fork)) is first


def test_the_regions_of_one_large_initialize_are_one_beginning() -> None:
    playbacks, step = Playbacks(), step_after()
    first = playbacks.begin(C1, 1, step, 7)
    assert playbacks.begin(C1, 1, step, 8) is first
    assert first.roots == {7, 8}
    assert playbacks.begin(C1, 1, step, 7) is not first  # the same region once more: a second run


def test_an_initialize_after_the_first_step_begins_again_even_over_the_same_connection() -> None:
    playbacks, step = Playbacks(), step_after()
    first = playbacks.begin(C1, 1, step, 7)
    playbacks.serve(P1, first, step_after(step), ())
    second = playbacks.begin(C1, 1, step, 8)
    assert second is not first
    assert playbacks.at(C1, 1, step, any_of()) is second


def test_a_rerun_over_another_connection_of_the_program_begins_again() -> None:
    playbacks, (begun, first_fork, second_fork) = Playbacks(), forked()
    first = playbacks.begin(P1, 1, begun, 7)
    for step in (first_fork, second_fork):
        playbacks.serve(P1, first, step, range(4))
    second = playbacks.begin(P2, 1, begun, 7)
    assert (
        playbacks.at(P1, 1, begun, any_of(first_fork, second_fork)) is second
    )  # whichever connection it uses next


def test_threads_with_a_connection_each_keep_their_own_place() -> None:
    playbacks, (begun, first_fork, second_fork) = Playbacks(), forked()
    first = playbacks.begin(P1, 1, begun, 7)
    playbacks.serve(P1, first, first_fork, range(4))
    second = playbacks.begin(P2, 1, begun, 7)
    assert (
        playbacks.at(P1, 1, begun, any_of(first_fork, second_fork)) is first
    )  # something is left for it
    assert playbacks.at(P2, 1, begun, any_of(first_fork, second_fork)) is second
    playbacks.serve(P1, first, second_fork, range(4))
    assert (
        playbacks.at(P1, 1, begun, any_of(first_fork, second_fork)) is first
    )  # it has gone on since the other began


def test_a_call_goes_to_a_playback_that_came_to_its_step() -> None:
    playbacks, (begun, fork, _) = Playbacks(), forked()
    first = playbacks.begin(P1, 1, begun, 7)
    playbacks.serve(P1, first, fork, range(4))
    playbacks.begin(P2, 1, begun, 7)
    assert playbacks.at(P2, 1, fork, any_of()) is first


def test_a_call_without_a_beginning_makes_one_in_its_own_simulation() -> None:
    playbacks, step = Playbacks(), step_after()
    elsewhere = playbacks.begin(C1, 2, step, 7)
    made = playbacks.at(C1, 1, step, any_of())
    assert (made.simulation, made.roots) == (1, set())
    assert made is not elsewhere
    assert playbacks.at(C1, 1, step, any_of()) is not made  # looking it up keeps nothing
    playbacks.serve(C1, made, step_after(step), ())
    assert playbacks.at(C1, 1, step, any_of()) is made


@pytest.mark.parametrize(
    ("asked", "unserved"),
    [
        ((0, 1, 2, 3), False),
        ((3, 2, 1, 0), False),  # in another order
        ((1, 2, 3), False),  # without the first
        ((0, 1), False),  # divided otherwise
        ((2, 3), False),
    ],
)
def test_a_fork_served_whole_is_served_to_all_of_its_agents(
    asked: tuple[int, ...], unserved: bool
) -> None:
    playbacks, (begun, first_fork, second_fork) = Playbacks(), forked()
    playback = playbacks.begin(C1, 1, begun, 7)
    playbacks.serve(C1, playback, first_fork, range(4))
    assert playback.is_unserved(first_fork, asked) is unserved
    assert playback.is_unserved(second_fork, asked)


@pytest.mark.parametrize(
    ("asked", "unserved"),
    [
        ((0, 1, 2), False),  # the same part again
        ((2, 0, 1), False),  # in another order
        ((0, 3), False),  # the same first agent
        ((2, 3), True),  # the other part; agent 2 was in sight of the first
        ((3, 2), True),
    ],
)
def test_a_fork_served_in_part_is_unserved_for_its_other_parts(
    asked: tuple[int, ...], unserved: bool
) -> None:
    playbacks, (begun, fork, _) = Playbacks(), forked()
    playback = playbacks.begin(C1, 1, begun, 7)
    playbacks.serve(C1, playback, fork, (0, 1, 2))
    assert playback.is_unserved(fork, asked) is unserved


@pytest.mark.parametrize("asked", [(0, 1, 2, 3), (3, 2, 1, 0), (3, 0), (1, 2), (1,)])
def test_a_fork_served_whole_in_parts_is_served_to_all_others(asked: tuple[int, ...]) -> None:
    playbacks, (begun, fork, _) = Playbacks(), forked()
    playback = playbacks.begin(C1, 1, begun, 7)
    playbacks.serve(C1, playback, fork, (0, 1))
    assert playback.is_unserved(fork, asked) is (asked[0] in (1, 3) and len(asked) < 4)
    playbacks.serve(C1, playback, fork, (2, 3))
    assert not playback.is_unserved(fork, asked)


def test_a_step_without_alternatives_keeps_no_account_of_its_agents() -> None:
    playbacks, begun = Playbacks(), step_after()
    only = step_after(begun, range(4))
    playback = playbacks.begin(C1, 1, begun, 7)
    playbacks.serve(C1, playback, only, range(4))
    assert not playback.served
    assert (playback.reached, playback.latest) == ({begun, only}, only)


def test_the_simulation_begun_last_is_preferred_and_one_never_begun_is_not() -> None:
    playbacks = Playbacks()
    for simulation in (3, 1, 3):
        playbacks.begin(C1, simulation, step_after(), simulation)
    assert (
        playbacks.preference(C1, 3)
        > playbacks.preference(C1, 1)
        > playbacks.preference(C1, 2)
        == (-1, False)
    )
    assert playbacks.preference(C2, 3) == (-1, False)


def test_the_step_that_a_playback_has_just_come_to_is_preferred() -> None:
    playbacks, begun = Playbacks(), step_after()
    after = step_after(begun)
    playback = playbacks.begin(C1, 1, begun, 7)
    assert playbacks.preference(C1, 1, begun) == (0, True)
    playbacks.serve(C1, playback, after, ())
    assert playbacks.preference(C1, 1, after) == (0, True) > playbacks.preference(C1, 1, begun)


@pytest.mark.parametrize("runs", [64, 200])
def test_the_playbacks_of_one_program_do_not_pile_up(runs: int) -> None:
    playbacks, step = Playbacks(), step_after()
    for _ in range(runs):
        last = playbacks.begin(C1, 1, step, 7)
        playbacks.serve(C1, last, step_after(step), ())
    assert playbacks.preference(C1, 1) == (63, False)
    assert playbacks.at(C1, 1, step, any_of()) is last
