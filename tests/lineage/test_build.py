"""Lineage finds the simulations, steps and agents that a client of known behaviour made."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from large.test_split import sdk_split
from support.worlds import Held, World

from iai_proxy.lineage import Lineage, Step, build


def names_by_identity(steps: list[Step], truth: list[list[Held]]) -> dict[int, int]:
    """Match identities with the truth's names, which must be one to one over all steps."""
    found: dict[int, int] = {}
    for step, agents in zip(steps, truth, strict=True):
        assert len(step.agents) == len(agents)
        for identity, held in zip(step.agents, agents, strict=True):
            assert found.setdefault(identity, held.name) == held.name
    assert len(set(found.values())) == len(found)
    return found


def only_trunk(lineage: Lineage) -> list[Step]:
    (simulation,) = lineage.simulations
    return list(simulation.trunk.steps)


def test_a_plain_run_is_one_simulation_of_one_branch() -> None:
    world = World()
    truth = [world.initialize(5)]
    for _ in range(10):
        truth.append(world.drive(truth[-1]))
    lineage = build(world.observations)
    steps = only_trunk(lineage)
    assert [step.index for step in steps] == list(range(11))
    assert [step.numbers for step in steps] == [(number,) for number in range(1, 12)]
    names_by_identity(steps, truth)
    assert not any(step.doubts for step in steps)
    assert not lineage.simulations[0].large


def test_an_ego_that_the_client_moves_keeps_its_identity() -> None:
    world = World()
    truth = [world.initialize(4)]
    for step in range(5):
        moved = [Held(held.name, held.state, held.recurrent) for held in truth[-1]]
        moved[2].state = [float(step), 0.0, 0.0, 1.0]
        truth.append(world.drive(moved))
    names_by_identity(only_trunk(build(world.observations)), truth)


def test_agents_that_leave_arrive_and_change_places_are_followed() -> None:
    world = World()
    truth = [world.initialize(6)]
    truth.append(world.drive(truth[-1]))
    truth.append(world.drive([held for held in truth[-1] if held.name != 3]))
    truth.append(world.drive([*truth[-1], world.newcomer(zeros=True)]))
    truth.append(world.drive(truth[-1][::-1]))
    names = names_by_identity(only_trunk(build(world.observations)), truth)
    assert len(names) == 7


def test_a_newcomer_with_a_copied_recurrent_state_is_an_agent_of_its_own() -> None:
    """A mistake of published integrations (``docs/wire.md``): the one that did not move is it."""
    for first in (True, False):
        world = World()
        truth = [world.initialize(3)]
        truth.append(world.drive(truth[-1]))
        copied = world.newcomer()
        copied.recurrent = truth[-1][0].recurrent
        truth.append(world.drive([copied, *truth[-1]] if first else [*truth[-1], copied]))
        truth.append(world.drive(truth[-1][::-1]))
        names = names_by_identity(only_trunk(build(world.observations)), truth)
        assert len(names) == 4


def test_recurrent_states_null_for_one_call_lose_nobody() -> None:
    world = World()
    truth = [world.initialize(4)]
    forgetful = [Held(held.name, held.state, None) for held in truth[-1]]
    truth.append(world.drive([*forgetful, world.newcomer()]))
    truth.append(world.drive(truth[-1]))
    names_by_identity(only_trunk(build(world.observations)), truth)


def test_an_agent_borrowed_from_an_initialize_is_an_arrival_and_no_simulation_of_its_own() -> None:
    world = World()
    truth = [world.initialize(3)]
    truth.append(world.drive(truth[-1]))
    lent = world.initialize(1, sent=truth[-1], location_of_interest=[0, 0])
    truth.append(world.drive([*truth[-1], lent[-1]]))
    truth.append(world.drive(truth[-1]))
    lineage = build(world.observations)
    steps = only_trunk(lineage)
    names_by_identity(steps, truth)
    assert steps[2].arrivals == (3,)


def test_a_fork_is_two_branches_and_a_second_answer_may_go_nowhere() -> None:
    world = World()
    root = world.initialize(3)
    left = world.drive(root, random_seed=1)
    right = world.drive(root, random_seed=2)
    world.drive(root, random_seed=3)
    for _ in range(2):
        left = world.drive(left, random_seed=1)
    world.drive(right, random_seed=2)
    (simulation,) = build(world.observations).simulations
    assert [[step.numbers[0] for step in branch.steps] for branch in simulation.branches] == [
        [1, 2, 5, 6],
        [1, 3, 7],
        [1, 4],
    ]
    assert simulation.trunk.number == 1


def test_simulations_in_turn_and_interleaved_are_kept_apart() -> None:
    world = World()
    one, two = world.initialize(3), world.initialize(3, random_seed=2)
    for _ in range(4):
        one, two = world.drive(one), world.drive(two)
    lineage = build(world.observations)
    assert [
        [step.numbers[0] for step in simulation.steps] for simulation in lineage.simulations
    ] == [
        [1, 3, 5, 7, 9],
        [2, 4, 6, 8, 10],
    ]


def test_two_runs_that_are_equal_to_the_last_bit_are_told_apart_by_their_connection() -> None:
    world = World()
    draws: list[random.Random] = []
    held: dict[str, list[Held]] = {}
    for connection in ("a", "b"):
        world._draw = random.Random(7)
        held[connection] = world.initialize(3, connection)
        draws.append(world._draw)
    for _ in range(3):
        for connection, draw in zip(("a", "b"), draws, strict=True):
            world._draw = draw
            held[connection] = world.drive(held[connection], connection)
    lineage = build(world.observations)
    assert [
        [step.numbers[0] for step in simulation.steps] for simulation in lineage.simulations
    ] == [
        [1, 3, 5, 7],
        [2, 4, 6, 8],
    ]


def test_a_drive_without_a_past_is_a_root_and_one_that_stands_on_a_known_step_is_a_branch() -> None:
    world = World()
    agents = world.drive([world.newcomer() for _ in range(3)])
    second = world.drive(agents)
    world.drive(second)
    world.drive(
        [Held(held.name, held.state, None) for held in agents]
    )  # continued from a log of step 0
    (simulation,) = build(world.observations).simulations
    assert [[step.numbers[0] for step in branch.steps] for branch in simulation.branches] == [
        [1, 2, 3],
        [1, 4],
    ]


def test_a_recording_that_starts_in_the_middle_has_a_root_there() -> None:
    world = World()
    agents = world.initialize(3)
    for _ in range(5):
        agents = world.drive(agents)
    steps = only_trunk(build(world.observations[3:]))
    assert [step.numbers[0] for step in steps] == [4, 5, 6]


def test_failed_attempts_belong_to_the_step_that_they_ended_in() -> None:
    world = World()
    agents = world.initialize(2)
    request = world._drive_request(agents, {})
    for _ in range(2):
        world.exchange("drive", "c1", request, None, status=503)
    world.drive(agents)
    world.exchange("drive", "c1", {"agent_states": "nonsense"}, None, status=422)
    lineage = build(world.observations)
    steps = only_trunk(lineage)
    assert steps[1].attempts == (2, 3)
    assert 5 not in lineage.places()


def parts_of(
    count: int, cuts: list[int], borrowed: random.Random
) -> list[tuple[list[int], list[int]]]:
    """Share agents out among parts as a quadtree would: own ones rising, then some neighbours."""
    owner = [cuts[index % len(cuts)] for index in range(count)]
    parts = []
    for part in sorted(set(owner)):
        own = [index for index in range(count) if owner[index] == part]
        others = [
            index for index in range(count) if owner[index] != part and borrowed.random() < 0.3
        ]
        borrowed.shuffle(others)
        # A quadtree splits because all agents together are too many for one call: no part ever has
        # them all.
        parts.append((own, others[: count - 1 - len(own)]))
    return parts


def sdk_parts(agents: list[Held], limit: int) -> list[tuple[list[int], list[int]]]:
    """Own agents and neighbours of each part, as the SDK divides these agents."""
    shares = sdk_split([(held.state[0], held.state[1]) for held in agents], limit)
    return [(share.own, share.buffer) for share in shares]


def test_the_parts_of_a_large_drive_are_one_step_in_the_clients_order() -> None:
    world = World()
    truth = [world.initialize(12)]
    draw = random.Random(3)
    for step in range(6):
        truth.append(world.large_drive(truth[-1], parts_of(12, [step % 3, 1, 2, 3], draw)))
    lineage = build(world.observations)
    steps = only_trunk(lineage)
    assert lineage.simulations[0].large
    assert [len(step.parts) for step in steps] == [1, 4, 3, 3, 4, 3, 3]
    names_by_identity(steps, truth)
    assert [bool(step.doubts) for step in steps] == [False] * 6 + [True]  # nothing follows the last
    for step, agents in zip(steps[:-1], truth[:-1], strict=True):
        for (part, position), held in zip(step.sources, agents, strict=True):
            observed = step.parts[part].observation.received
            assert observed.state(position) == tuple(held.state)


def test_of_a_last_large_step_that_the_sdk_has_not_divided_the_owners_are_doubtful() -> None:
    world = World()
    truth = [world.initialize(6)]
    truth.append(world.large_drive(truth[-1], [([0, 2, 4], [1]), ([1, 3, 5], [0, 2])]))
    steps = only_trunk(build(world.observations))
    names_by_identity(steps, truth)
    assert steps[1].doubts == (
        "3 agents could be owned by several parts; "
        "each was taken from the part whose list has it earliest",
    )
    assert [part.own for part in steps[1].parts] == [(0, 1, 2), (0, 1, 2)]  # own agents come first


def test_the_last_large_step_that_the_sdk_has_divided_is_put_together_for_certain() -> None:
    world = World()
    agents = world.initialize(8)
    for number, held in enumerate(agents):  # alternately west and east, and a neighbour of both
        held.state = [100.0 * (number % 2) if number else 50.0, float(number), 0.0, 1.0]
    parts = sdk_parts(agents, limit=5)
    truth = [agents, world.large_drive(agents, parts)]
    steps = only_trunk(build(world.observations))
    names_by_identity(steps, truth)
    assert [part.own for part in steps[1].parts] == [tuple(range(len(own))) for own, _ in parts]
    assert not steps[1].doubts


def test_a_large_initialize_is_one_step_without_the_neighbours_and_the_dropped() -> None:
    world = World()
    west = world.initialize(3, location_of_interest=[-50, 0])
    east = world.initialize(3, sent=west[1:], location_of_interest=[50, 0])
    client = [*west, *east[2:4]]  # the last one was placed outside of its region, and dropped
    truth = [client, world.large_drive(client, [([0, 1, 2], [3]), ([3, 4], [2])])]
    lineage = build(world.observations)
    steps = only_trunk(lineage)
    assert lineage.simulations[0].large
    assert [len(step.parts) for step in steps] == [2, 2]
    names_by_identity(steps, truth)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    count=st.integers(2, 14),
    steps=st.lists(st.lists(st.integers(0, 4), min_size=1, max_size=5), min_size=1, max_size=6),
    shuffle=st.randoms(use_true_random=False),
)
def test_any_partition_and_any_order_of_the_exchanges_gives_the_same_lineage(
    seed: int, count: int, steps: list[list[int]], shuffle: random.Random
) -> None:
    world = World(seed)
    truth = [world.initialize(count)]
    for cuts in steps:
        parts = parts_of(count, cuts, random.Random(seed))
        truth.append(
            world.drive(truth[-1]) if len(parts) == 1 else world.large_drive(truth[-1], parts)
        )
    observations = list(world.observations)
    shuffle.shuffle(observations)
    found = only_trunk(build(observations))
    names_by_identity(found, truth)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_interleaving_of_clients_with_leaving_and_arriving_agents_keeps_them_apart(
    data: st.DataObject,
) -> None:
    world = World(data.draw(st.integers(0, 1000)))
    clients = data.draw(st.integers(1, 3))
    held = [world.initialize(4, f"c{client}") for client in range(clients)]
    truth = [[agents] for agents in held]
    for _ in range(data.draw(st.integers(0, 12))):
        client = data.draw(st.integers(0, clients - 1))
        agents = data.draw(st.permutations(held[client]))
        agents = agents[: data.draw(st.integers(1, len(agents)))]
        if data.draw(st.booleans()):
            agents = [*agents, world.newcomer(zeros=True)]
        held[client] = world.drive(agents, f"c{client}", random_seed=client)
        truth[client].append(held[client])
    lineage = build(world.observations)
    assert len(lineage.simulations) == clients
    for simulation, expected in zip(lineage.simulations, truth, strict=True):
        names_by_identity(list(simulation.trunk.steps), expected)


def test_a_refusal_that_the_program_saw_is_no_attempt_at_what_it_asked_next() -> None:
    world = World()
    agents = world.initialize(2)
    world.exchange("drive", "c1", world._drive_request(agents, {}), None, status=422)
    world.drive(agents)
    lineage = build(world.observations)
    assert only_trunk(lineage)[1].attempts == ()
    assert 2 not in lineage.places()


def test_calls_that_share_nothing_and_go_on_apart_are_said_to_be_doubtful() -> None:
    world = World()
    agents = world.initialize(6)
    one, two = world.drive(agents[:3]), world.drive(agents[3:])
    world.drive(one), world.drive(two)
    (simulation,) = build(world.observations).simulations
    assert any(
        "may be no large call" in doubt for step in simulation.steps for doubt in step.doubts
    )


def test_parts_with_many_newcomers_are_parts_all_the_same() -> None:
    world = World()
    agents = [*world.initialize(4), *(world.newcomer(zeros=True) for _ in range(8))]
    truth = [
        agents[:4],
        world.large_drive(agents, [([0, 1, 4, 5, 6, 7], [2]), ([2, 3, 8, 9, 10, 11], [0])]),
    ]
    steps = only_trunk(build(world.observations))
    assert len(steps[1].parts) == 2
    assert sorted(names_by_identity(steps, truth).values()) == sorted(held.name for held in agents)


def test_zeros_for_everybody_are_as_good_as_null() -> None:
    world = World()
    truth = [world.initialize(3)]
    truth.append(world.drive([Held(held.name, held.state, [0.0] * 4) for held in truth[0]]))
    names_by_identity(only_trunk(build(world.observations)), truth)


@pytest.mark.parametrize("at", range(3))
@pytest.mark.parametrize("with_state", [False, True])
def test_a_copied_agent_joins_no_two_simulations(at: int, with_state: bool) -> None:
    world = World()
    one = world.initialize(5)
    other = world.initialize(5, random_seed=1, location_of_interest=[0, 0])
    for step in range(3):
        copied = world.newcomer()
        copied.recurrent = other[2].recurrent
        copied.state = other[2].state if with_state else copied.state
        one = world.drive([*one, copied] if step == at else one)
        other = world.drive(other)
    assert [
        [step.numbers for step in simulation.steps]
        for simulation in build(world.observations).simulations
    ] == [[(1,), (3,), (5,), (7,)], [(2,), (4,), (6,), (8,)]]
