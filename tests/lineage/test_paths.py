"""Whether there is nothing to decide or every rule must be asked, lineage is the same.

There is a short way for calls all of whose agents have one producer. What shuts it is an answer
that holds the same fingerprints. One that comes after everything else says nothing about what came
before, so nothing may change with it.
"""

from __future__ import annotations

import random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from support.worlds import Held, World

from iai_proxy.lineage import Lineage, Observation, Simulation, build


def all_of(simulation: Simulation) -> list[Any]:
    """Everything that lineage says of a simulation; identities by first appearance."""
    steps = simulation.steps
    met = dict.fromkeys(agent for step in steps for part in step.parts for agent in part.agents)
    name = {agent: number for number, agent in enumerate(met)}
    return [
        (
            steps.index(step.parent) if step.parent else None,
            step.index,
            [
                (part.number, [name[agent] for agent in part.agents], part.own)
                for part in step.parts
            ],
            [name[agent] for agent in step.agents],
            step.sources,
            step.attempts,
            step.arrivals,
            step.given_up,
            step.doubts,
        )
        for step in steps
    ]


def with_everything_answered_again(world: World) -> list[Observation]:
    """Add an ``initialize`` after all others, whose answer has all agents of all answers."""
    again = [Held(0, world._state(), list(numbers)) for numbers in world.answered]
    world.exchange("initialize", "late", {"location": "elsewhere", "random_seed": 99}, again)
    return world.observations


class Remembering(World):
    """Keeps every recurrent state that it draws."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.answered: list[list[float]] = []

    def _recurrent(self) -> list[float]:
        numbers = super()._recurrent()
        self.answered.append(numbers)
        return numbers


def step_on(world: World, agents: list[Held], draw: random.Random, client: str) -> list[Held]:
    kind = draw.choice(
        ["as they are", "fewer", "shuffled", "newcomer", "null", "large", "borrowed", "again"]
    )
    if kind == "fewer":
        agents = draw.sample(agents, draw.randint(1, len(agents)))
    elif kind == "shuffled":
        agents = draw.sample(agents, len(agents))
    elif kind == "newcomer":
        agents = [*agents, world.newcomer(zeros=draw.random() < 0.5)]
    elif kind == "null":
        agents = [Held(held.name, held.state, None) for held in agents]
    elif kind == "large" and len(agents) > 2:
        cut = draw.randint(1, len(agents) - 1)
        indices = list(range(len(agents)))
        return world.large_drive(
            agents, [(indices[:cut], indices[cut:-1]), (indices[cut:], indices[1:cut])]
        )
    elif kind == "borrowed":
        agents = [*agents, *world.initialize(1, client, location_of_interest=[0, 0])]
    elif kind == "again":
        world.drive(agents, client, random_seed=2)
    return world.drive(agents, client)


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 2**32), clients=st.integers(1, 3), steps=st.integers(1, 12))
def test_what_is_answered_later_changes_nothing_about_what_came_before(
    seed: int, clients: int, steps: int
) -> None:
    world, draw = Remembering(seed), random.Random(seed)
    held = {
        f"c{client}": world.initialize(draw.randint(1, 6), f"c{client}")
        for client in range(clients)
    }
    for _ in range(steps):
        client = draw.choice(list(held))
        held[client] = step_on(world, held[client], draw, client)
    alone: Lineage = build(world.observations)
    before = [all_of(simulation) for simulation in alone.simulations]
    *found, late = build(with_everything_answered_again(world)).simulations
    assert [all_of(simulation) for simulation in found] == before
    assert late.root.numbers == (len(world.observations),)


def test_steps_with_the_same_agents_in_the_same_order_share_what_says_so() -> None:
    world = World()
    agents = world.initialize(3)
    for _ in range(3):
        agents = world.drive(agents)
    (simulation,) = build(world.observations).simulations
    assert len({id(step.agents) for step in simulation.steps}) == 1
    assert len({id(step.sources) for step in simulation.steps}) == 1
