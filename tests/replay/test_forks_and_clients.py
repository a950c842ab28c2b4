"""Which of several recorded answers a client gets: forks, second runs, clients at the same time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.replays import FAR, Got, Replay, driven, truth
from support.worlds import Held, World

from iai_proxy.replay import Client


def forked(steps: int = 2, branches: int = 3) -> tuple[World, list[list[list[Held]]], list[Held]]:
    """A run in which every step was taken several times. It continues with the last answer."""
    world = World()
    begun = held = world.initialize(3)
    answers = []
    for _ in range(steps):
        answers.append([world.drive(held) for _ in range(branches)])
        held = answers[-1][-1]
    return world, answers, begun


def client(
    replay: Replay,
    steps: int,
    branches: int,
    senders: Sequence[Client],
    order: Sequence[int] = (0, 1, 2),
) -> Iterator[list[list[Got]]]:
    """A program that forks each step. Between calls it yields what it got so far, by step."""
    turn = 0

    def sender() -> Client:
        nonlocal turn
        turn += 1
        return senders[turn % len(senders)]

    agents = replay.got(replay.initialize(3, sender()))
    got: list[list[Got]] = []
    for _ in range(steps):
        got.append([])
        for _ in range(branches):
            yield got
            answer = replay.got(
                replay.drive([Held(0, *agents[index]) for index in order], sender())
            )
            got[-1].append([answer[list(order).index(index)] for index in range(3)])
        agents = got[-1][-1]
    yield got


def finished(program: Iterator[list[list[Got]]]) -> list[list[Got]]:
    return list(program)[-1]


ORDERS = [
    (0, 1, 2),
    (2, 0, 1),
]  # the first can be equal to what was recorded but for the seed, the second never


@pytest.mark.parametrize("order", ORDERS)
def test_a_forked_step_gives_its_answers_in_recorded_order_and_the_last_again(
    order: tuple[int, ...],
) -> None:
    world, answers, _ = forked()
    got = finished(client(Replay(world), 2, 3, [Client("c1")], order))
    assert got == [[truth(answer) for answer in step] for step in answers]
    again = finished(client(Replay(world), 1, 5, [Client("c1")], order))[0]
    assert again == [truth(answers[0][index]) for index in (0, 1, 2, 2, 2)]


def test_a_forked_step_asked_for_in_parts_gives_each_branch_whole() -> None:
    world, answers, _ = forked(steps=1)
    replay = Replay(world)
    agents = replay.got(replay.initialize(3))
    for answer in answers[0]:
        assert driven(replay, agents, [[2], [1, 0]]) == truth(answer)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize(
    "senders", [[Client("c1")], [Client("c1", lambda: "p"), Client("c2", lambda: "p")]]
)
def test_a_second_run_starts_again_from_the_first(
    order: tuple[int, ...], senders: list[Client]
) -> None:
    world, answers, _ = forked()
    replay = Replay(world)
    for _ in range(3):
        assert finished(client(replay, 2, 3, senders, order)) == [
            [truth(answer) for answer in step] for step in answers
        ]


@pytest.mark.parametrize("order", ORDERS)
def test_a_run_that_broke_off_does_not_hold_up_the_next(order: tuple[int, ...]) -> None:
    world, answers, _ = forked()
    replay = Replay(world)
    broken = client(replay, 2, 3, [Client("c1", lambda: "p")], order)
    for _ in range(3):
        next(broken)
    got = finished(client(replay, 2, 3, [Client("c1", lambda: "p")], order))
    assert got == [[truth(answer) for answer in step] for step in answers]


def program(name: str, *connections: str) -> list[Client]:
    return [Client(connection, lambda: name) for connection in connections]


PAIRS = {
    "two unknown programs": ([Client("a")], [Client("b")]),
    "two programs": (program("p", "a"), program("q", "b")),
    "two programs with several connections each": (
        program("p", "a1", "a2"),
        program("q", "b1", "b2", "b3"),
    ),
    "one known and one unknown": (program("p", "a"), [Client("b")]),
}


@pytest.mark.parametrize("pair", PAIRS)
@given(st.lists(st.booleans(), max_size=12), st.tuples(*[st.sampled_from(ORDERS)] * 2))
def test_two_clients_at_once_each_get_their_own_order(
    pair: str, turns: list[bool], orders: tuple[tuple[int, ...], ...]
) -> None:
    world, answers, _ = forked()
    replay = Replay(world)
    first, second = PAIRS[pair]
    clients = client(replay, 2, 3, first, orders[0]), client(replay, 2, 3, second, orders[1])
    for turn in turns:
        next(clients[turn], None)
    expected = [[truth(answer) for answer in step] for step in answers]
    left = [list(each) for each in clients]
    for each in left:
        if each:  # else it has come to its end in between
            assert each[-1] == expected


@given(st.lists(st.booleans(), max_size=12))
def test_two_threads_of_one_program_with_a_connection_each_get_their_own_order(
    turns: list[bool],
) -> None:
    world, answers, _ = forked(steps=1)
    replay = Replay(world)
    clients = [client(replay, 1, 3, program("p", name)) for name in ("a", "b")]
    for turn in turns:
        next(clients[turn], None)
    for each in map(list, clients):
        if each:
            assert each[-1] == [[truth(answer) for answer in answers[0]]]


PARTITIONS = [
    [[0, 1, 2, 3]],
    [[3, 2, 1, 0]],
    [[0, 1], [2, 3]],
    [[0], [1], [2, 3]],
    [[0, 1], [2], [3]],
    [[3, 0], [2, 1]],
]


@pytest.mark.parametrize("recorded", [[[0, 1], [2, 3]], [[0, 1, 2, 3]], [[2, 3, 0], [1]]])
@given(st.data())
def test_a_fork_asked_again_in_any_partition_gives_the_next_answer_whole(
    recorded: list[list[int]], data: st.DataObject
) -> None:
    """Never the same again while another is left, and never parts of two.

    Only for parts without neighbours in common: else an agent may have been given as a neighbour or
    for itself.
    """
    world = World()
    begun = world.initialize(4)
    answers = [truth(world.large_drive(begun, [(part, []) for part in recorded])) for _ in range(3)]
    replay = Replay(world)
    agents = replay.got(replay.initialize(4, FAR))
    partitions = [data.draw(st.sampled_from([recorded, *PARTITIONS])) for _ in range(4)]
    assert [driven(replay, agents, parts) for parts in partitions] == [*answers, answers[-1]]


def test_forks_recorded_in_different_partitions_are_each_given_once_in_either() -> None:
    world = World()
    begun = world.initialize(4)
    parted = truth(world.large_drive(begun, [([0, 1], []), ([2, 3], [])]))
    whole = truth(world.drive(begun))
    for asked, expected in (([[0, 1], [2, 3]], [parted, whole]), ([[0, 1, 2, 3]], [whole, parted])):
        replay = Replay(world)
        agents = replay.got(replay.initialize(4, FAR))
        assert [
            driven(replay, agents, asked) for _ in range(2)
        ] == expected  # what is equal but for the seed first


def test_a_fork_asked_again_without_its_first_agent_gives_the_next_answer() -> None:
    world, answers, begun = forked(steps=1)
    replay = Replay(world)
    assert replay.got(replay.drive(begun)) == truth(answers[0][0])
    assert replay.got(replay.drive(begun[1:])) == truth(answers[0][1][1:])
    assert replay.got(replay.drive(begun[:0:-1])) == truth(answers[0][2][:0:-1])


def test_the_same_seed_gives_the_same_branch_however_often() -> None:
    world = World()
    begun = world.initialize(2)
    answers = {seed: world.drive(begun, random_seed=seed) for seed in (5, 6)}
    replay = Replay(world)
    for seed in (5, 5, 6, 5):
        assert replay.got(replay.drive(begun, random_seed=seed)) == truth(answers[seed])


def test_a_program_that_began_again_on_another_connection_goes_on_there() -> None:
    world, answers, _ = forked(steps=1)
    replay = Replay(world)
    first, second = program("p", "a", "b")
    for sender in (first, second, first):
        got = finished(client(replay, 1, 3, [sender]))
        assert got == [[truth(answer) for answer in answers[0]]]


def test_a_recorded_seed_chooses_its_own_branch() -> None:
    world = World()
    begun = world.initialize(2)
    answers = {seed: world.drive(begun, random_seed=seed) for seed in (5, 6, 7)}
    replay = Replay(world)
    for seed in (7, 5, 6):
        assert replay.got(replay.drive(begun[::-1], random_seed=seed)) == truth(answers[seed][::-1])


def test_clients_that_begin_with_the_same_simulation_are_counted() -> None:
    world = World()
    for _ in range(3):
        world.initialize(2)
    replay = Replay(world)
    clients = [Client(f"c{name}", lambda name=name: name) for name in "abc"]  # type: ignore[misc]
    replay.initialize(2, clients[0])
    assert replay.replayer.same_start == 0
    for client in (clients[1], clients[1], clients[1]):
        replay.initialize(2, client)
    assert replay.replayer.same_start == 2
