"""Parts that name their large call are certainly one step, whatever their bytes show."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from support.worlds import Held, World

from iai_proxy.api import Endpoint
from iai_proxy.lineage import Lineage, Observation, build, observe

Part = tuple[list[int], list[int]]


class Proxy:
    """Makes large calls as the proxy makes them: parts that are named, and the whole."""

    def __init__(self) -> None:
        self.world = World(seed=3)
        self.named: list[Observation] = []

    def large_drive(
        self, agents: Sequence[Held], parts: Sequence[Part], name: str, *, whole: bool = True
    ) -> list[Held]:
        before = len(self.world.observations)
        result = self.world.large_drive(agents, parts)
        made = self.world.observations[before:]
        self.named += [replace(one, call=replace(one.call, large=name)) for one in made]
        if whole:
            number = len(self.world.observations) + 1
            call = replace(
                made[0].call,
                id=number,
                endpoint=Endpoint.LARGE_DRIVE,
                large=name,
                started_ns=made[0].call.started_ns - 1,
            )
            self.world.observations.append(self._seen(call, agents, result))
            self.named.append(self.world.observations[-1])
        return result

    def initialize(self, count: int) -> list[Held]:
        agents = self.world.initialize(count)
        self.named.append(self.world.observations[-1])
        return agents

    def lineage(self) -> Lineage:
        return build(self.named)

    def _seen(self, call: Any, sent: Sequence[Held], got: Sequence[Held]) -> Observation:
        request, answer = (
            {
                "agent_states": [one.state for one in held],
                "recurrent_states": [one.recurrent for one in held],
            }
            for held in (sent, got)
        )
        return observe(call, json.dumps(request).encode(), json.dumps(answer).encode())


#: Nothing tells here that the two belong together: they share no agent.
APART: list[Part] = [([0, 2], []), ([1, 3], [])]
SHARED: list[Part] = [([0, 3], [1]), ([1, 2], [0])]


def test_parts_that_share_nothing_are_one_step_without_doubt_even_where_nothing_goes_on() -> None:
    proxy = Proxy()
    agents = proxy.initialize(4)
    proxy.large_drive(agents, APART, "a")
    (simulation,) = proxy.lineage().simulations
    root, step = simulation.steps
    assert (step.numbers, step.large_call, step.doubts, step.parent) == ((2, 3), 4, (), root)
    assert step.agents == root.agents
    assert step.sources == ((0, 0), (1, 0), (0, 1), (1, 1))
    assert simulation.large
    assert proxy.lineage().places()[4] == (1, 1)


def test_two_large_calls_with_the_same_inputs_are_two_steps() -> None:
    proxy = Proxy()
    agents = proxy.initialize(4)
    one = proxy.large_drive(agents, APART, "a")
    other = proxy.large_drive(agents, APART, "b")
    proxy.large_drive(
        [*one[:2], *other[2:]], SHARED, "c"
    )  # even a client that mixes them does not make them one
    (simulation,) = proxy.lineage().simulations
    assert [(step.index, len(step.parts)) for step in simulation.steps] == [
        (0, 1),
        (1, 2),
        (1, 2),
        (2, 2),
    ]
    assert [step.large_call for step in simulation.steps] == [None, 4, 7, 10]


def test_without_the_whole_the_parts_are_one_step_all_the_same() -> None:
    proxy = Proxy()
    agents = proxy.large_drive(proxy.initialize(4), SHARED, "a", whole=False)
    proxy.large_drive(agents, APART, "b", whole=False)
    (simulation,) = proxy.lineage().simulations
    assert [(len(step.parts), step.large_call) for step in simulation.steps] == [
        (1, None),
        (2, None),
        (2, None),
    ]
    assert [step.agents for step in simulation.steps] == [simulation.root.agents] * 3


def test_a_large_call_without_parts_is_a_step_of_its_own() -> None:
    proxy = Proxy()
    agents = proxy.initialize(4)
    proxy.large_drive(agents, APART, "a")
    del proxy.named[1:3]
    (simulation,) = proxy.lineage().simulations
    assert [step.numbers for step in simulation.steps] == [(1,), (4,)]


def test_parts_of_newcomers_and_of_known_agents_are_one_step() -> None:
    proxy = Proxy()
    agents = proxy.initialize(2)
    newcomers = [proxy.world.newcomer(zeros=True) for _ in range(2)]
    proxy.large_drive([*newcomers, *agents], [([0, 1], []), ([2, 3], [])], "a")
    (simulation,) = proxy.lineage().simulations
    root, step = simulation.steps
    assert (len(step.parts), step.parent, step.index, step.large_call) == (2, root, 1, 4)
    assert step.agents[2:] == root.agents
