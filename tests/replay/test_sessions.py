"""How far each client has come. Simulations are numbers here; a step only has to be itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from iai_proxy.lineage import Step
from iai_proxy.replay import Asker
from iai_proxy.replay.sessions import Session, Sessions

C1, C2 = Asker("c1"), Asker("c2")
#: One program with two connections.
P1, P2 = Asker("c1", lambda: "p"), Asker("c2", lambda: "p")


def root(parent: Step | None = None, agents: Sequence[int] = ()) -> Step:
    step = Step(parent, 0 if parent is None else parent.index + 1, (), tuple(agents), ())
    if parent is not None:
        parent.children.append(step)
    return step


def forked() -> tuple[Step, Step, Step]:
    """A step of four agents that was taken twice."""
    begun = root()
    return begun, root(begun, range(4)), root(begun, range(4))


def any_of(*steps: Step) -> Callable[[Session], bool]:
    """Whether any of these has not been given yet, for all agents."""
    return lambda session: any(session.is_fresh(step, range(4)) for step in steps)


def test_a_session_begins_with_an_initialize_and_goes_on_over_its_connection() -> None:
    sessions, step = Sessions(), root()
    begun = sessions.begin(C1, 1, step, 7)
    assert (begun.simulation, begun.begun, begun.reached, begun.last, begun.began_on) == (
        1,
        {7},
        {step},
        step,
        "c1",
    )
    assert sessions.at(C1, 1, step, any_of()) is begun


def test_another_connection_is_another_client_unless_it_is_the_same_program() -> None:
    sessions, step = Sessions(), root()
    mine = sessions.begin(C1, 1, step, 7)
    assert sessions.at(C2, 1, step, any_of()) is not mine
    programs = sessions.begin(P1, 1, step, 7)
    assert sessions.at(P2, 1, step, any_of()) is programs
    assert sessions.at(C1, 1, step, any_of()) is mine


def test_the_regions_of_one_large_initialize_are_one_beginning() -> None:
    sessions, step = Sessions(), root()
    first = sessions.begin(C1, 1, step, 7)
    assert sessions.begin(C1, 1, step, 8) is first
    assert first.begun == {7, 8}
    assert sessions.begin(C1, 1, step, 7) is not first  # the same region once more: a second run


def test_an_initialize_after_the_first_step_begins_anew_even_over_the_same_connection() -> None:
    sessions, step = Sessions(), root()
    first = sessions.begin(C1, 1, step, 7)
    sessions.give(first, root(step), ())
    second = sessions.begin(C1, 1, step, 8)
    assert second is not first
    assert sessions.at(C1, 1, step, any_of()) is second


def test_a_rerun_over_another_connection_of_the_program_begins_anew() -> None:
    sessions, (begun, one, other) = Sessions(), forked()
    first = sessions.begin(P1, 1, begun, 7)
    for step in (one, other):
        sessions.give(first, step, range(4))
    second = sessions.begin(P2, 1, begun, 7)
    assert (
        sessions.at(P1, 1, begun, any_of(one, other)) is second
    )  # whichever connection it goes on with


def test_threads_with_a_connection_each_keep_their_own_place() -> None:
    sessions, (begun, one, other) = Sessions(), forked()
    first = sessions.begin(P1, 1, begun, 7)
    sessions.give(first, one, range(4))
    second = sessions.begin(P2, 1, begun, 7)
    assert sessions.at(P1, 1, begun, any_of(one, other)) is first  # something is left for it
    assert sessions.at(P2, 1, begun, any_of(one, other)) is second
    sessions.give(first, other, range(4))
    assert (
        sessions.at(P1, 1, begun, any_of(one, other)) is first
    )  # it has gone on since the other began


def test_a_call_goes_to_a_session_that_came_to_its_step() -> None:
    sessions, (begun, one, _) = Sessions(), forked()
    first = sessions.begin(P1, 1, begun, 7)
    sessions.give(first, one, range(4))
    sessions.begin(P2, 1, begun, 7)
    assert sessions.at(P2, 1, one, any_of()) is first


def test_a_call_without_a_beginning_makes_one_in_its_own_simulation() -> None:
    sessions, step = Sessions(), root()
    other = sessions.begin(C1, 2, step, 7)
    made = sessions.at(C1, 1, step, any_of())
    assert (made.simulation, made.begun) == (1, set())
    assert made is not other
    assert sessions.at(C1, 1, step, any_of()) is made


@pytest.mark.parametrize(
    ("asked", "fresh"),
    [
        ((0, 1, 2, 3), False),
        ((3, 2, 1, 0), False),  # in another order
        ((1, 2, 3), False),  # without the first
        ((0, 1), False),  # divided otherwise
        ((2, 3), False),
    ],
)
def test_a_fork_given_whole_is_not_fresh_for_any_of_its_agents(
    asked: tuple[int, ...], fresh: bool
) -> None:
    sessions, (begun, one, other) = Sessions(), forked()
    session = sessions.begin(C1, 1, begun, 7)
    sessions.give(session, one, range(4))
    assert session.is_fresh(one, asked) is fresh
    assert session.is_fresh(other, asked)


@pytest.mark.parametrize(
    ("asked", "fresh"),
    [
        ((0, 1, 2), False),  # the same part again
        ((2, 0, 1), False),  # in another order
        ((0, 3), False),  # the same first agent
        ((2, 3), True),  # the other part; agent 2 was in sight of the first
        ((3, 2), True),
    ],
)
def test_a_fork_given_in_part_is_fresh_for_its_other_parts(
    asked: tuple[int, ...], fresh: bool
) -> None:
    sessions, (begun, one, _) = Sessions(), forked()
    session = sessions.begin(C1, 1, begun, 7)
    sessions.give(session, one, (0, 1, 2))
    assert session.is_fresh(one, asked) is fresh


@pytest.mark.parametrize("asked", [(0, 1, 2, 3), (3, 2, 1, 0), (3, 0), (1, 2), (1,)])
def test_a_fork_given_whole_in_parts_is_not_fresh_for_any_others(asked: tuple[int, ...]) -> None:
    sessions, (begun, one, _) = Sessions(), forked()
    session = sessions.begin(C1, 1, begun, 7)
    sessions.give(session, one, (0, 1))
    assert session.is_fresh(one, asked) is (asked[0] in (1, 3) and len(asked) < 4)
    sessions.give(session, one, (2, 3))
    assert not session.is_fresh(one, asked)


def test_a_step_without_alternatives_keeps_no_account_of_its_agents() -> None:
    sessions, begun = Sessions(), root()
    only = root(begun, range(4))
    session = sessions.begin(C1, 1, begun, 7)
    sessions.give(session, only, range(4))
    assert not session.given
    assert (session.reached, session.last) == ({begun, only}, only)


def test_the_simulation_begun_last_is_preferred_and_one_never_begun_is_not() -> None:
    sessions = Sessions()
    for simulation in (3, 1, 3):
        sessions.begin(C1, simulation, root(), simulation)
    assert (
        sessions.preferred(C1, 3)
        > sessions.preferred(C1, 1)
        > sessions.preferred(C1, 2)
        == (-1, False)
    )
    assert sessions.preferred(C2, 3) == (-1, False)


def test_the_step_that_a_session_has_just_come_to_is_preferred() -> None:
    sessions, begun = Sessions(), root()
    after = root(begun)
    session = sessions.begin(C1, 1, begun, 7)
    assert sessions.preferred(C1, 1, begun) == (0, True)
    sessions.give(session, after, ())
    assert sessions.preferred(C1, 1, after) == (0, True) > sessions.preferred(C1, 1, begun)


def test_in_turn_each_comes_once_in_recorded_order_and_then_the_first_again() -> None:
    sessions, found = Sessions(), []
    for _ in range(5):
        found.append(sessions.next_in_turn(C1, [4, 6]))
        sessions.note(C1, found[-1:])
    assert found == [4, 6, 4, 6, 4]
    assert sessions.next_in_turn(C2, [4, 6]) == 4


def test_unused_each_comes_once_in_recorded_order_and_then_the_last_again() -> None:
    sessions, found = Sessions(), []
    for _ in range(4):
        found.append(sessions.next_unused(P1, [4, 6]))
        sessions.note(P2, found[-1:])
    assert found == [4, 6, 6, 6]
    assert sessions.next_unused(C1, [4, 6]) == 4


@pytest.mark.parametrize("runs", [64, 200])
def test_the_sessions_of_one_program_do_not_pile_up(runs: int) -> None:
    sessions, step = Sessions(), root()
    for _ in range(runs):
        last = sessions.begin(C1, 1, step, 7)
        sessions.give(last, root(step), ())
    assert sessions.preferred(C1, 1) == (63, False)
    assert sessions.at(C1, 1, step, any_of()) is last
