"""Which recorded step a request continues. The world knows the truth."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.worlds import Held, World

from iai_proxy.api import DEFAULT_IGNORED, Endpoint
from iai_proxy.lineage import Observation, Step
from iai_proxy.replay import IncomingRequest
from iai_proxy.replay.recorded_steps import RecordedSteps


def asked(world: World, agents: Sequence[Held], **fields: object) -> Observation:
    body = json.dumps(world.drive_request(agents, **fields)).encode()
    return IncomingRequest(Endpoint.DRIVE, "POST", "/drive", body, DEFAULT_IGNORED).observation


def without_recurrent(agents: Sequence[Held]) -> list[Held]:
    return [Held(held.name, held.state, None) for held in agents]


def continued(
    steps: RecordedSteps, observation: Observation
) -> tuple[tuple[int, ...], tuple[int | None, ...]] | None:
    """Numbers of the step's exchanges, and who the agents are there."""
    found = steps.continued(observation)
    return (found.parent.numbers, found.agents) if found else None


def test_every_exchange_of_a_step_is_one_of_its_parts() -> None:
    world = World()
    first = world.initialize(4)
    world.large_drive(first, [([0, 1], [2]), ([2, 3], [])])
    world.drive(world.initialize(2))
    steps = RecordedSteps(world.observations)
    parts = [steps.part(number) for number in range(1, 6)]
    assert [(part.simulation, part.step.index, part.index) for part in parts if part] == [
        (1, 0, 0), (1, 1, 0), (1, 1, 1), (2, 0, 0), (2, 1, 0),
    ]  # fmt: skip
    assert [steps.simulation_of(step) for step in steps.steps] == [1, 1, 2, 2]
    assert steps.part(6) is None


def test_a_request_continues_the_step_whose_answer_its_agents_carry() -> None:
    world = World()
    begun = world.initialize(3)
    moved = world.drive(begun)
    steps = RecordedSteps(world.observations)
    assert continued(steps, asked(world, begun)) == ((1,), (0, 1, 2))
    assert continued(steps, asked(world, moved[::-1])) == ((2,), (2, 1, 0))
    assert continued(steps, asked(world, moved[1:2])) == ((2,), (1,))


def test_an_agent_whose_state_was_overwritten_is_known_by_its_recurrent_state() -> None:
    world = World()
    begun = world.initialize(2)
    begun[1].state = [0.0, 0.0, 0.0, 0.0]
    assert continued(RecordedSteps(world.observations), asked(world, begun)) == ((1,), (0, 1))


def test_agents_without_any_recurrent_state_are_known_by_their_states() -> None:
    world = World()
    begun = world.initialize(3)
    world.drive(begun)
    steps = RecordedSteps(world.observations)
    assert continued(steps, asked(world, without_recurrent(begun)[::-1])) == ((1,), (2, 1, 0))


def test_a_newcomer_has_no_identity_yet() -> None:
    world = World()
    begun = world.initialize(2)
    steps = RecordedSteps(world.observations)
    for zeros in (False, True):
        assert continued(
            steps, asked(world, [begun[0], world.newcomer(zeros=zeros), begun[1]])
        ) == ((1,), (0, None, 1))


def test_a_request_without_recorded_states_continues_nothing() -> None:
    world = World()
    world.initialize(2)
    steps = RecordedSteps(world.observations)
    stranger = World(seed=9).initialize(2)
    assert continued(steps, asked(world, stranger)) is None
    assert continued(steps, asked(world, [])) is None
    assert continued(steps, asked(world, [world.newcomer()])) is None
    # a recorded state does not help where a recurrent state says that it is another agent
    begun = world.initialize(1)
    assert (
        continued(
            RecordedSteps(world.observations),
            asked(world, [Held(0, begun[0].state, stranger[0].recurrent)]),
        )
        is None
    )


def test_a_request_continues_the_step_that_most_agents_come_from() -> None:
    world = World()
    begun = world.initialize(5)
    moved = world.drive(begun)
    steps = RecordedSteps(world.observations)
    assert continued(steps, asked(world, [*begun[:2], *moved[2:]])) == ((2,), (None, None, 2, 3, 4))
    assert continued(steps, asked(world, [*begun[:3], *moved[3:]])) == ((1,), (0, 1, 2, None, None))


def test_the_preference_decides_between_identical_simulations() -> None:
    world = World()
    for _ in range(2):
        world._draw = random.Random(5)  # the API answers alike: same seed, same agents
        begun = world.initialize(2)
        world.drive(begun)
    steps = RecordedSteps(world.observations)
    for preferred in (1, 2):

        def preference(step: Step, best: int = preferred) -> tuple[int, bool]:
            return int(steps.simulation_of(step) == best), False

        found = steps.continued(asked(world, begun), preference)
        assert found
        assert steps.simulation_of(found.parent) == preferred


def test_an_initialize_that_no_step_begins_with_is_kept() -> None:
    world = World()
    world.initialize(0)
    assert [found.call.id for found in RecordedSteps(world.observations).initializes] == [1]
    assert RecordedSteps(world.observations).part(1) is None


def test_the_steps_of_nothing_are_none() -> None:
    steps = RecordedSteps(World().observations)
    assert (steps.steps, steps.initializes) == ([], ())


@given(st.data(), st.integers(1, 7), st.integers(1, 4), st.booleans())
def test_any_order_of_any_of_its_agents_names_the_step(
    data: st.DataObject, count: int, length: int, bare: bool
) -> None:
    world = World()
    held = [world.initialize(count)]
    for _ in range(length):
        held.append(world.drive(held[-1]))
    index = data.draw(st.integers(0, length))
    chosen = data.draw(st.lists(st.sampled_from(range(count)), unique=True, min_size=1))
    agents = [held[index][agent] for agent in chosen]
    observation = asked(world, without_recurrent(agents) if bare else agents)
    assert continued(RecordedSteps(world.observations), observation) == (
        (index + 1,),
        tuple(chosen),
    )


@pytest.mark.parametrize("parts", [[([0, 1], [2]), ([2, 3], [1])], [([0, 2], []), ([1, 3], [])]])
def test_a_step_of_several_parts_is_one_step(parts: list[tuple[list[int], list[int]]]) -> None:
    world = World()
    moved = world.large_drive(world.initialize(4), parts)
    assert continued(RecordedSteps(world.observations), asked(world, moved)) == (
        (2, 3),
        (0, 1, 2, 3),
    )
    assert continued(RecordedSteps(world.observations), asked(world, moved[2:])) == ((2, 3), (2, 3))
