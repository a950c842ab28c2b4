"""Levels ``step`` and ``nearest``: each agent gets what the recorded one got. The world's names are the truth."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.replays import Got, Replay, truth
from support.worlds import Held, World

from iai_proxy.api import Endpoint
from iai_proxy.replay import Assemble, Client, Decision, Live, Miss, MissKind, Serve
from iai_proxy.replay.tolerance import rounded_up

FAR = Client("c9", lambda: "p9")


def moved(held: Sequence[Held], index: int, **changes: float) -> list[Held]:
    """The same agents, one of them put elsewhere by the client."""
    names = {"x": 0, "y": 1, "orientation": 2, "speed": 3}
    state = list(held[index].state)
    for name, value in changes.items():
        state[names[name]] = value
    return [*held[:index], Held(held[index].name, state, held[index].recurrent), *held[index + 1 :]]


def missed(decision: Decision) -> Miss:
    assert isinstance(decision, Miss), decision
    return decision


# Order, subset, partition


@st.composite
def runs(draw: st.DrawFn) -> tuple[World, list[list[Held]]]:
    """A recorded run, each step in one call or in several, and its agents after each."""
    world = World()
    count = draw(st.integers(1, 7))
    held = [world.initialize(count)]
    for _ in range(draw(st.integers(1, 4))):
        if draw(st.booleans()):
            held.append(world.drive(held[-1]))
        else:
            held.append(
                world.large_drive(held[-1], [(part, []) for part in draw(partitions(range(count)))])
            )
    return world, held


@st.composite
def partitions(draw: st.DrawFn, agents: Sequence[int], *, whole: bool = True) -> list[list[int]]:
    """Agents in any order, cut anywhere; perhaps not all of them."""
    shuffled = draw(st.permutations(list(agents)))
    if not whole:
        shuffled = shuffled[: draw(st.integers(1, len(shuffled)))]
    cuts = sorted(draw(st.sets(st.integers(1, len(shuffled)))) | {len(shuffled)})
    return [
        shuffled[begin:end] for begin, end in zip([0, *cuts], cuts, strict=False) if end > begin
    ]


@given(runs(), st.data(), st.sampled_from(["step", "nearest"]))
def test_any_order_subset_or_partition_is_answered_by_each_agents_own_answer(
    run: tuple[World, list[list[Held]]], data: st.DataObject, match: str
) -> None:
    world, held = run
    replay = Replay(world, match)
    for before, after in pairwise(held):
        for part in data.draw(partitions(range(len(before)), whole=False)):
            answer = replay.drive([before[index] for index in part])
            assert replay.got(answer) == truth([after[index] for index in part])
    assert replay.replayer.tally.misses == 0


@given(runs(), st.data())
def test_a_partition_goes_on_from_its_own_answers_to_the_end(
    run: tuple[World, list[list[Held]]], data: st.DataObject
) -> None:
    """The client knows nothing but what it was answered."""
    world, held = run
    replay = Replay(world)
    begun = replay.got(replay.initialize(len(held[0])))
    for after in held[1:]:
        begun = driven(replay, begun, data.draw(partitions(range(len(begun)))))
        assert begun == truth(after)
    assert replay.replayer.tally.unused == []


def driven(replay: Replay, agents: Got, parts: Sequence[Sequence[int]], sender: Client = FAR) -> Got:
    """Move agents on as ``large_drive`` does: in several calls, each one's answer taken from its part."""
    found: dict[int, tuple[list[float], list[float]]] = {}
    for part in parts:
        answer = replay.drive([Held(0, *agents[index]) for index in part], sender)
        found.update(zip(part, replay.got(answer), strict=True))
    return [found[index] for index in range(len(agents))]


def test_an_agent_in_sight_of_another_part_gets_the_answer_of_its_own_part() -> None:
    world = World()
    begun = world.initialize(4)
    after = world.large_drive(begun, [([0, 1], [2]), ([2, 3], [1])])
    replay = Replay(world)
    assert replay.got(replay.drive(begun)) == truth(after)
    assert replay.got(replay.drive(begun[::-1])) == truth(after[::-1])
    assert replay.got(replay.drive([begun[2], begun[1]])) == truth([after[2], after[1]])


def test_an_ego_that_was_driven_from_outside_and_is_again_is_a_match_in_any_order() -> None:
    world = World()
    begun = moved(world.initialize(3), 1, x=5.0)
    after = world.drive(begun)
    replay = Replay(world)
    assert replay.got(replay.drive(begun)) == truth(after)
    assert replay.got(replay.drive([begun[2], begun[1]])) == truth([after[2], after[1]])


def test_agents_that_leave_and_come_are_followed() -> None:
    world = World()
    begun = world.initialize(3)
    second = world.drive([begun[0], begun[2], world.newcomer()])
    third = world.drive(second[1:])
    replay = Replay(world)
    asked = [Held(0, list(world.observations[1].sent.state(2)), None), begun[2], begun[0]]
    assert replay.got(replay.drive(asked)) == truth([second[2], second[1], second[0]])
    assert replay.got(replay.drive(second[:0:-1])) == truth(third[::-1])


def test_clients_without_recurrent_states_are_known_by_their_states() -> None:
    world = World()
    begun = [Held(held.name, held.state, None) for held in world.initialize(3)]
    after = world.drive(begun)
    replay = Replay(world)
    assert replay.got(replay.drive(begun[::-1])) == truth(after[::-1])


# Differences and tolerance


@pytest.mark.parametrize("word", ["x", "y", "orientation", "speed"])
def test_a_state_that_is_exactly_as_far_as_the_tolerance_is_accepted_and_the_next_number_is_not(
    word: str,
) -> None:
    world = World()
    begun = moved(world.initialize(2), 1, x=0.0, y=0.0, orientation=0.0, speed=0.0)
    after = world.drive(begun)
    at, above = moved(begun, 1, **{word: 0.5}), moved(begun, 1, **{word: math.nextafter(0.5, 1)})
    for match in ("step", "nearest"):
        assert Replay(world, match, 0.5).got(Replay(world, match, 0.5).drive(at)) == truth(after)
        miss = missed(Replay(world, match, 0.5).drive(above))
        assert (miss.kind, miss.where, miss.nearest) == (MissKind.STATE, (1, 1), 2)
    assert missed(Replay(world).drive(at)).kind == MissKind.STATE


def test_an_agent_put_elsewhere_is_named_with_both_values_and_the_flag_that_accepts_it() -> None:
    world = World()
    begun = moved(world.initialize(3), 2, y=2.0)
    world.drive(begun)
    miss = missed(Replay(world).drive(moved(begun, 2, y=2.25)[::-1]))
    assert miss.reason == "differs from simulation 1, step 1: agent 0 y is 2.25, recorded 2"
    assert miss.accepted_by == "--tolerance 0.25"
    far = missed(Replay(world).drive(moved(begun, 2, y=9.0)))
    assert far.reason == "differs from simulation 1, step 1: agent 2 y is 9, recorded 2"
    assert far.accepted_by == "--match nearest"


def test_many_differences_are_counted_rather_than_listed() -> None:
    world = World()
    begun = world.initialize(6)
    world.drive(begun)
    elsewhere = [
        Held(held.name, [held.state[0] + 1, *held.state[1:]], held.recurrent) for held in begun
    ]
    assert missed(Replay(world).drive(elsewhere)).reason.endswith(" and 3 more")


def flags(text: str) -> dict[str, str | float]:
    """What ``--match nearest --tolerance 2.5`` would set."""
    found: dict[str, str | float] = dict(re.findall(r"--(match) (\S+)", text))
    return {
        **found,
        **{name: float(value) for name, value in re.findall(r"--(tolerance) (\S+)", text)},
    }


@given(
    st.sampled_from(["step", "nearest"]),
    st.none() | st.floats(0.0, 5.0),
    st.one_of(st.floats(-3.0, 3.0), st.floats(-2000.0, 2000.0), st.floats(-1e-9, 1e-9)),
    st.booleans(),
    st.booleans(),
)
def test_the_flag_that_a_miss_names_accepts_the_request(
    match: str, tolerance: float | None, offset: float, lost: bool, initialize: bool
) -> None:
    world = World()
    placed = [Held(-1, [0.0, 0.0, 0.0, 0.0], None)] if initialize else []
    begun = moved(world.initialize(2, sent=placed), 1, x=0.0, speed=0.0)
    world.drive(begun)
    asked = moved(begun, 1, x=offset)
    if lost:
        asked = [
            Held(held.name, held.state, [held.recurrent[0] + 1] if held.recurrent else None)
            for held in asked
        ]

    def ask(replay: Replay) -> Decision:
        if initialize:
            return replay.initialize(2, sent=[Held(-1, [offset, 0.0, 0.0, 0.0], None)])
        return replay.drive(asked)

    decision = ask(Replay(world, match, tolerance))
    if isinstance(decision, Miss):
        assert decision.accepted_by
        given_flags = {"match": match, "tolerance": tolerance, **flags(decision.accepted_by)}
        assert not isinstance(ask(Replay(world, **given_flags)), Miss), decision  # type: ignore[arg-type]


@given(st.floats(1e-9, 1e9) | st.floats(0, 1e-9, exclude_min=True))
def test_a_rounded_tolerance_is_never_below_the_one_needed_and_not_far_above(value: float) -> None:
    text = rounded_up(value)
    assert value <= float(text) <= max(value * 1.11 + 1e-12, math.ceil(value) if value > 1 else 0)
    assert re.fullmatch(r"\d+(\.\d+)?", text)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.25, "0.25"),
        (0.2501, "0.26"),
        (0.00401, "0.0041"),
        (2.0, "2.0"),
        (12.3, "13"),
        (979, "979"),
    ],
)
def test_a_tolerance_is_named_with_two_digits(value: float, text: str) -> None:
    assert rounded_up(value) == text


# nearest


def fork(xs: Sequence[float]) -> tuple[World, list[Held], list[list[Held]]]:
    """One step taken several times, the client having put agent 0 elsewhere each time."""
    world = World()
    begun = moved(world.initialize(2), 0, x=0.0)
    return world, begun, [world.drive(moved(begun, 0, x=x)) for x in xs]


@given(
    st.lists(st.integers(-50, 50), min_size=1, max_size=5, unique=True),
    st.floats(-60, 60),
    st.none() | st.floats(0, 30),
)
def test_nearest_takes_the_closest_child_within_the_tolerance(
    xs: list[int], x: float, tolerance: float | None
) -> None:
    world, begun, answers = fork([float(value) for value in xs])
    decision = Replay(world, "nearest", tolerance).drive(moved(begun, 0, x=x))
    least = min(abs(value - x) for value in xs)
    if tolerance is not None and least > tolerance:
        assert missed(decision).kind == MissKind.STATE
        return
    fitting = [
        index for index, value in enumerate(xs) if abs(value - x) <= max(least, tolerance or 0.0)
    ]
    got = Replay(world).got(decision)
    assert got in [truth(answers[index]) for index in fitting]
    if tolerance is None:
        assert got in [truth(answers[index]) for index in fitting if abs(xs[index] - x) == least]


def test_nearest_goes_on_at_its_position_however_far_off_the_client_is() -> None:
    world = World()
    held = [world.initialize(2)]
    for _ in range(3):
        held.append(world.drive(held[-1]))
    replay = Replay(world, "nearest")
    for before, after in pairwise(held):
        decision = replay.drive(moved(before, 0, x=1e5))
        assert isinstance(decision, Assemble)
        assert decision.level == "nearest"
        assert replay.got(decision) == truth(after)


def test_where_the_lineage_is_lost_nearest_finds_the_step_by_its_states() -> None:
    world = World()
    held = [world.initialize(3)]
    for _ in range(4):
        held.append(world.drive(held[-1]))
    near = [
        Held(0, [x + 0.9, y, turn, speed], [7.0])
        for x, y, turn, speed in (one.state for one in held[2])
    ]
    assert Replay(world, "nearest").got(Replay(world, "nearest").drive(near)) == truth(held[3])
    assert Replay(world, "nearest").got(Replay(world, "nearest").drive(near[1:])) == truth(
        held[3][1:]
    )
    strict = missed(Replay(world).drive(near))
    assert (strict.kind, strict.where, strict.accepted_by) == (
        MissKind.UNKNOWN,
        (1, 3),
        "--match nearest",
    )
    close = missed(Replay(world, "nearest", 0.5).drive(near))
    assert close.accepted_by == "--tolerance 0.91"  # 0.9 more than a double is more than 0.9


def test_a_metre_is_how_far_a_lost_step_may_be_without_a_tolerance() -> None:
    world = World()
    begun = moved(world.initialize(1), 0, x=0.0)
    world.drive(begun)
    for x, found in ((1.0, True), (math.nextafter(1.0, 2), False)):
        (held,) = moved(begun, 0, x=x)
        decision = Replay(world, "nearest").drive([Held(0, held.state, [7.0])])
        assert isinstance(decision, Assemble) is found


# Forks, runs, clients


def forked(steps: int = 2, branches: int = 3) -> tuple[World, list[list[list[Held]]], list[Held]]:
    """A run in which every step of the trunk was taken several times; the last answer is gone on with."""
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
    """A program that forks each step, a call at a time; it yields between calls what it got so far, step by step."""
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
            answer = replay.got(replay.drive([Held(0, *agents[index]) for index in order], sender()))
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
            [truth(one) for one in step] for step in answers
        ]


@pytest.mark.parametrize("order", ORDERS)
def test_a_run_that_broke_off_does_not_hold_up_the_next(order: tuple[int, ...]) -> None:
    world, answers, _ = forked()
    replay = Replay(world)
    broken = client(replay, 2, 3, [Client("c1", lambda: "p")], order)
    for _ in range(3):
        next(broken)
    got = finished(client(replay, 2, 3, [Client("c1", lambda: "p")], order))
    assert got == [[truth(one) for one in step] for step in answers]


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
@given(st.lists(st.booleans(), max_size=12), st.sampled_from(ORDERS), st.sampled_from(ORDERS))
def test_two_clients_at_once_each_get_their_own_order(
    pair: str, turns: list[bool], one_order: tuple[int, ...], other_order: tuple[int, ...]
) -> None:
    world, answers, _ = forked()
    replay = Replay(world)
    one, other = PAIRS[pair]
    clients = client(replay, 2, 3, one, one_order), client(replay, 2, 3, other, other_order)
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


@pytest.mark.parametrize("match", ["step", "nearest"])
def test_the_least_difference_wins_among_the_steps_within_the_tolerance(match: str) -> None:
    world, begun, answers = fork([0.0, 0.3])
    for x, expected in ((0.3, 1), (0.31, 1), (0.1, 0), (0.0, 0)):
        replay = Replay(world, match, 0.5)
        asked = moved(begun, 0, x=x)[::-1]
        assert replay.got(replay.drive(asked)) == truth(answers[expected][::-1])
        assert replay.got(replay.drive(asked)) == truth(answers[expected][::-1])


def test_nearest_takes_forks_of_equal_distance_in_turn() -> None:
    world, begun, answers = fork([0.0, 0.0])
    replay = Replay(world, "nearest")
    got = [replay.got(replay.drive(moved(begun, 0, x=3.0))) for _ in range(3)]
    assert got == [truth(answers[index]) for index in (0, 1, 1)]


def test_a_moved_ego_without_a_recurrent_state_is_elsewhere_rather_than_new() -> None:
    world = World()
    begun = world.initialize(3)
    without = [Held(begun[0].name, begun[0].state, None), *begun[1:]]
    after = world.drive(without)
    asked = moved(without, 0, x=without[0].state[0] + 0.25)
    miss = missed(Replay(world).drive(asked))
    assert (miss.kind, miss.where) == (MissKind.STATE, (1, 1))
    assert miss.accepted_by
    assert Replay(world, "nearest").got(Replay(world, "nearest").drive(asked)) == truth(after)


def test_a_moved_ego_of_a_client_without_recurrent_states_is_elsewhere_rather_than_new() -> None:
    world = World()
    begun = [Held(held.name, held.state, None) for held in world.initialize(3)]
    after = world.drive(begun)
    asked = moved(begun, 1, x=begun[1].state[0] + 0.25)
    miss = missed(Replay(world).drive(asked))
    assert (miss.kind, miss.where) == (MissKind.STATE, (1, 1))
    assert Replay(world, tolerance=0.3).got(Replay(world, tolerance=0.3).drive(asked)) == truth(
        after
    )


def test_one_agent_sent_twice_is_not_answered_as_two() -> None:
    world = World()
    begun = world.initialize(3)
    world.drive(begun)
    assert missed(Replay(world).drive([begun[0], begun[0], begun[1]])).kind == MissKind.STATE
    assert missed(Replay(world).drive([begun[0], begun[0], *begun])).kind == MissKind.AGENTS


def test_a_program_that_began_again_on_another_connection_goes_on_there() -> None:
    world, answers, _ = forked(steps=1)
    replay = Replay(world)
    first, second = program("p", "a", "b")
    for sender in (first, second, first):
        got = finished(client(replay, 1, 3, [sender]))
        assert got == [[truth(answer) for answer in answers[0]]]


@pytest.mark.parametrize("match", ["exact", "seedless", "step", "nearest"])
@pytest.mark.parametrize("endpoint", ["initialize", "drive"])
@pytest.mark.parametrize(
    "changes",
    [
        {"agent_states": [None] * 3},
        {"agent_states": [1, "abcd"]},
        {"agent_states": {"a": 1}},
        {"recurrent_states": [1, 2, 3]},
        {"recurrent_states": ["a"] * 3},
        {"location": ["x"]},
        {"location": "\ud800"},
        {"num_agents_to_spawn": "5", "agent_properties": None},
        {"num_agents_to_spawn": 10**30},
        {"states_history": [None]},
        {"location_of_interest": ["a", "b"]},
        {"agent_properties": [None, 1, "x"]},
        {"random_seed": {}},
    ],
)
def test_a_malformed_request_is_answered_or_missed(
    match: str, endpoint: str, changes: dict[str, object]
) -> None:
    world, held = straight()
    replay = Replay(world, match)
    request = world.drive_request(held[0]) if endpoint == "drive" else world.initialize_request(3)
    assert isinstance(replay.ask(endpoint, {**request, **changes}), Serve | Assemble | Miss)


def test_a_recorded_seed_chooses_its_own_branch() -> None:
    world = World()
    begun = world.initialize(2)
    answers = {seed: world.drive(begun, random_seed=seed) for seed in (5, 6, 7)}
    replay = Replay(world)
    for seed in (7, 5, 6):
        assert replay.got(replay.drive(begun[::-1], random_seed=seed)) == truth(answers[seed][::-1])


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
    one, other = ([Held(-1, [x, 0.0, 0.0, 0.0], None)] for x in (0.0, 5.0))
    answers = [world.initialize(1, sent=one), world.initialize(1, sent=other)]
    replay = Replay(world, tolerance=0.5)
    assert replay.got(replay.initialize(1, sent=moved(other, 0, x=5.5))) == truth(answers[1])
    assert replay.got(replay.initialize(1, sent=one)) == truth(answers[0])
    assert missed(replay.initialize(1, sent=moved(other, 0, x=2.5))).kind == MissKind.STATE


# Misses, each by hand


def straight() -> tuple[World, list[list[Held]]]:
    world = World()
    held = [world.initialize(3)]
    for _ in range(2):
        held.append(world.drive(held[-1]))
    return world, held


def test_a_call_after_the_last_step_says_which_step_is_not_there() -> None:
    world, held = straight()
    assert Replay(world).drive(held[2]) == Miss(
        MissKind.RUN_END,
        "comes after the last recorded step (simulation 1, step 3 is not recorded)",
        nearest=3,
        compared=True,
        where=(1, 3),
    )


def test_a_call_after_the_end_of_a_branch_says_how_far_another_goes() -> None:
    world, held = straight()
    leaf = world.drive(held[0])
    assert Replay(world).drive(leaf) == Miss(
        MissKind.BRANCH_END,
        "continues a branch of simulation 1 that ends at step 1 (another branch goes on to step 2)",
        nearest=4,
        compared=True,
        where=(1, 2),
    )


def test_an_agent_too_many_is_named() -> None:
    world, held = straight()
    miss = missed(Replay(world).drive([*held[1], world.newcomer()]))
    assert (miss.kind, miss.where) == (MissKind.AGENTS, (1, 2))
    assert (
        miss.reason == "is simulation 1, step 2, but has 4 agents, recorded 3: agent 3 is new here"
    )


def test_an_agent_that_had_left_is_named() -> None:
    world = World()
    begun = world.initialize(3)
    world.drive(begun[1:])
    miss = missed(Replay(world).drive(begun))
    assert (
        miss.reason
        == "is simulation 1, step 1, but has 3 agents, recorded 2: agent 0 had left the recorded run"
    )


def test_another_location_is_named_with_the_recorded_ones() -> None:
    world, held = straight()
    world.location = "there"
    assert missed(Replay(world).initialize(3)).reason == "is for location there; here was recorded"
    stranger = [Held(0, held[0][0].state, [7.0])]
    assert missed(Replay(world).drive(stranger)).kind == MissKind.LOCATION


def test_another_number_of_agents_to_place_is_named_with_the_recorded_ones() -> None:
    world, _ = straight()
    world.initialize(8)
    miss = missed(Replay(world).initialize(5))
    assert (miss.kind, miss.nearest) == (MissKind.AGENTS, 1)
    assert miss.reason == "asks for 5 agents at here, where 3, 8 were recorded"


def test_agents_that_nobody_recorded_are_unknown_and_the_closest_step_is_named() -> None:
    world, held = straight()
    stranger = [Held(0, one.state, [7.0]) for one in held[1]]
    miss = missed(Replay(world).drive(stranger))
    assert (miss.kind, miss.nearest, miss.where) == (MissKind.UNKNOWN, 3, (1, 2))
    assert miss.reason == (
        "continues no recorded step: none of its agents' recurrent states is recorded; "
        "closest by states is simulation 1, step 2"
    )
    fewer = missed(Replay(world).drive([*stranger, *stranger]))
    assert fewer.reason.endswith("is simulation 1, step 2, which has 3 agents, not 6")
    assert fewer.accepted_by is None


def test_an_initialize_elsewhere_on_the_map_is_not_recorded_like_this() -> None:
    world = World()
    world.initialize(2, location_of_interest=[0.0, 0.0])
    miss = missed(Replay(world).initialize(2, location_of_interest=[50.0, 0.0]))
    assert (miss.kind, miss.nearest) == (MissKind.REQUEST, 1)


# Hybrid


def test_beyond_the_step_the_api_answers_and_whatever_continues_its_answers_too() -> None:
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
def test_a_step_that_is_not_beyond_is_replayed_or_missed_as_ever(until: int) -> None:
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


def test_what_goes_on_with_a_forwarded_answer_is_for_the_api_too() -> None:
    world, held = straight()
    replay = Replay(world)
    live = World(seed=5)
    begun = live.initialize(3)
    assert isinstance(replay.drive(begun), Miss)
    replay.replayer.went_live(Endpoint.INITIALIZE, live.bodies[0][1])
    assert replay.drive(begun) == Live()
    assert isinstance(replay.drive(held[2]), Miss)  # what goes on with the recording is not
    assert replay.got(replay.drive(held[0][::-1])) == truth(held[1][::-1])


def test_at_strict_levels_what_only_the_step_shows_is_a_miss_that_names_the_flag() -> None:
    world, held = straight()
    miss = missed(Replay(world, "seedless").drive(held[0][::-1]))
    assert (miss.kind, miss.nearest, miss.accepted_by) == (MissKind.LEVEL, 2, "--match step")


def test_a_step_with_a_copied_recurrent_state_replays_in_any_order_and_number() -> None:
    world = World()
    begun = world.initialize(3)
    copied = world.newcomer()
    copied.recurrent = begun[0].recurrent
    answered = world.drive([*begun, copied])
    for order in ((3, 2, 1, 0), (1, 3, 0), (0, 1, 2), (3, 1)):
        replay = Replay(world)
        agents = [*begun, copied]
        got = replay.got(replay.drive([agents[index] for index in order]))
        assert got == truth([answered[index] for index in order])
