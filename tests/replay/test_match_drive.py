"""Each agent gets what the recorded one got. The world knows the truth."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.replays import Replay, driven, missed, moved, truth
from support.worlds import Held, World

from iai_proxy.replay import Assemble, MissKind


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


def test_a_neighbour_of_another_part_gets_the_answer_of_its_own_part() -> None:
    world = World()
    begun = world.initialize(4)
    after = world.large_drive(begun, [([0, 1], [2]), ([2, 3], [1])])
    world.drive(after)  # shows which answers the program took
    replay = Replay(world)
    assert replay.got(replay.drive(begun)) == truth(after)
    assert replay.got(replay.drive(begun[::-1])) == truth(after[::-1])
    assert replay.got(replay.drive([begun[2], begun[1]])) == truth([after[2], after[1]])


def test_an_agent_is_missed_whose_parts_answered_differently_at_the_end_of_a_run() -> None:
    """No later call shows which answers were taken, and this is not how the SDK divides."""
    world = World()
    begun = world.initialize(4)
    after = world.large_drive(begun, [([0, 1], [2]), ([2, 3], [1])])
    replay = Replay(world)
    assert missed(replay.drive(begun[::-1])).kind is MissKind.OWNER
    assert replay.got(replay.drive([begun[3], begun[0]])) == truth([after[3], after[0]])
    assert replay.got(replay.drive([begun[0], begun[1], begun[2]]))[:2] == truth(after[:2])


def test_an_agent_whose_parts_answered_alike_is_answered_so() -> None:
    world = World()
    begun = world.initialize(3)
    after = world.large_drive(begun, [([0, 1], []), ([2], [])])
    request = world.drive_request([begun[2], begun[1]])
    world.exchange("drive", "c1", request, [after[2], after[1]])  # as the first part answered 1
    replay = Replay(world)
    assert replay.got(replay.drive(begun[::-1])) == truth(after[::-1])


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


ABSENT = [None, [0.0] * 4]


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize("absent", ABSENT)
def test_recurrent_states_left_out_are_a_difference_that_is_named(
    absent: list[float] | None, order: int
) -> None:
    world = World()
    begun = world.initialize(3)
    after = world.drive(begun)
    asked = begun[::order]
    for sent in [absent and [absent] * 3, [absent] * 3]:
        miss = missed(Replay(world).drive(asked, recurrent_states=sent))
        assert (miss.kind, miss.where) == (MissKind.RECURRENT, (1, 1))
        word = "zeros" if absent else "null"
        said = f"agent 0's recurrent state is {word}, where the recording has the answered one"
        assert said in miss.reason
        assert miss.accepted_by == "--ignore recurrent_states"
    accepting = Replay(world, ignored={"recurrent_states", "random_seed"})
    assert accepting.got(accepting.drive(asked, recurrent_states=None)) == truth(after[::order])
    nearest = Replay(world, "nearest")
    assert nearest.got(nearest.drive(asked, recurrent_states=None)) == truth(after[::order])


def test_a_null_among_recurrent_states_is_no_answer_at_nearest_either() -> None:
    world = World()
    begun = world.initialize(3)
    world.drive(begun)
    given = [begun[2].recurrent, None, begun[0].recurrent]
    miss = missed(Replay(world, "nearest").drive(begun[::-1], recurrent_states=given))
    assert miss.kind == MissKind.RECURRENT


@pytest.mark.parametrize("absent", ABSENT)
def test_one_recurrent_state_left_out_is_named(absent: list[float] | None) -> None:
    world = World()
    begun = world.initialize(3)
    world.drive(begun)
    given = [begun[2].recurrent, absent, begun[0].recurrent]
    miss = missed(Replay(world).drive(begun[::-1], recurrent_states=given))
    where, difference = miss.reason.split(", but ")
    assert where == "is simulation 1, step 1"
    word = "zeros" if absent else "null"
    assert difference == (
        f"agent 1's recurrent state is {word}, where the recording has the answered one"
    )


@pytest.mark.parametrize("absent", ABSENT)
def test_recurrent_states_that_were_left_out_when_recorded_are_so_again(
    absent: list[float] | None,
) -> None:
    world = World()
    begun = world.initialize(3)
    given = [begun[0].recurrent, absent, begun[2].recurrent]
    after = world.drive(begun, recurrent_states=given)
    replay = Replay(world)
    assert replay.got(replay.drive(begun[::-1], recurrent_states=given[::-1])) == truth(after[::-1])
    miss = missed(replay.drive(begun[::-1]))
    word = "zeros" if absent else "null"
    assert miss.reason.endswith(
        f"agent 1's recurrent state is given, where the recording has {word}"
    )


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


def test_nearest_finds_a_step_by_its_states_when_the_lineage_is_lost() -> None:
    world = World()
    held = [world.initialize(3)]
    for _ in range(4):
        held.append(world.drive(held[-1]))
    near = [
        Held(0, [x + 0.9, y, turn, speed], [7.0] * 4)
        for x, y, turn, speed in (agent.state for agent in held[2])
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
