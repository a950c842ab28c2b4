"""Large runs of the SDK come out as the SDK made them, whatever its server's answers depend on."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

import pytest
from invertedai.common import AgentProperties, AgentState
from invertedai.large.common import Region
from lineage.sdk_runs import BASES, Client, Server, answered, region
from support.large import PROPERTIES

from iai_proxy.lineage import Observation, Simulation, Step, build, restored


def regions() -> list[Region]:
    """Regions in a row, with 220 agents; the SDK changes them."""
    return [region(60.0 * number, 0.0, 44) for number in range(5)]


def begun(basis: str, **server: float) -> Client:
    client = Client(Server(BASES[basis], **server))
    client.initialize(regions())
    return client


def only_simulation(observations: list[Observation]) -> Simulation:
    (simulation,) = build(observations).simulations
    assert len(simulation.steps) == len(simulation.trunk.steps)
    return simulation


def wrong_steps(client: Client, steps: Sequence[Step]) -> list[int]:
    """Steps whose agents are not those that the SDK gave the program, in its order."""
    pairs = zip(steps, client.held, strict=True)
    return [step.index for step, held in pairs if answered(step, client.server.exchanges) != held]


def assert_as_the_sdk_made_it(client: Client) -> Simulation:
    """Every agent of every step has the answer that the SDK gave the program, in its order."""
    simulation = only_simulation(client.server.observations())
    steps = simulation.trunk.steps
    assert not wrong_steps(client, steps)
    assert not [doubt for step in steps for doubt in step.doubts]
    return simulation


@pytest.mark.parametrize("basis", BASES)
def test_a_run_is_as_the_sdk_made_it_to_its_last_step(basis: str) -> None:
    client = begun(basis)
    for _ in range(4):
        client.drive()
    simulation = assert_as_the_sdk_made_it(client)
    assert len({frozenset(step.agents) for step in simulation.steps}) == 1


@pytest.mark.parametrize("basis", BASES)
def test_whatever_limits_a_run_is_divided_by_and_whatever_the_regions_drop(basis: str) -> None:
    client = begun(basis, spread_m=55.0)
    for limit in (70, 100, 66, 80):
        client.drive(single_call_agent_limit=limit)
    assert_as_the_sdk_made_it(client)


@pytest.mark.parametrize("at", [0, 2])
@pytest.mark.parametrize("basis", BASES)
def test_recurrent_states_null_for_one_step_tear_nothing_apart(basis: str, at: int) -> None:
    client = begun(basis)
    for step in range(4):
        client.drive(**({"recurrent_states": None} if step == at else {}))
    assert_as_the_sdk_made_it(client)


@pytest.mark.parametrize("basis", BASES)
def test_agents_that_change_places_once_are_in_the_order_of_the_sdk(basis: str) -> None:
    client = begun(basis)
    order = list(range(len(client.held[0])))
    order[3], order[101] = order[101], order[3]
    for changed in (None, order, None):
        client.drive(changed)
    assert_as_the_sdk_made_it(client)


@pytest.mark.parametrize("basis", BASES)
def test_agents_given_apart_come_first(basis: str) -> None:
    client = Client(Server(BASES[basis]))
    places = ([5.0, -4.0], [130.0, 3.0], [190.0, 0.0])  # no call shows another order of theirs
    client.initialize(
        regions(),
        agent_states=[AgentState.fromlist([*place, 0.0, 1.0]) for place in places],
        agent_properties=[AgentProperties.deserialize(PROPERTIES)] * len(places),
    )
    for _ in range(3):
        client.drive()
    simulation = only_simulation(client.server.observations())
    assert not wrong_steps(client, simulation.trunk.steps)


def test_what_belongs_to_no_agent_is_the_first_parts_whatever_part_arrived_first() -> None:
    client = begun("everyone in the call")
    client.drive()
    exchanges = client.server.exchanges
    drives = [made for made in exchanges if made[0] == "drive"]
    exchanges[-len(drives) :] = drives[::-1]
    step = assert_as_the_sdk_made_it(client).steps[-1]
    assert step.numbers == tuple(range(len(exchanges), len(exchanges) - len(drives), -1))
    assert exchanges[step.parts[0].number - 1][2]["model_version"] == client.model_version


def given_apart(basis: str, states: Sequence[Sequence[float]], count: int, **fields: int) -> Client:
    """A run whose agents are given at the top level, the first of them with states."""
    client = Client(Server(BASES[basis]))
    client.initialize(
        regions(),
        agent_states=[AgentState.fromlist(list(state)) for state in states],
        agent_properties=[AgentProperties.deserialize(PROPERTIES)] * count,
        **fields,
    )
    for _ in range(3):
        client.drive()
    return client


@pytest.mark.parametrize("basis", BASES)
def test_agents_given_apart_without_a_state_come_in_the_order_in_which_the_sdk_draws_their_regions(
    basis: str,
) -> None:
    assert_as_the_sdk_made_it(given_apart(basis, [[5.0, -4.0, 0.0, 1.0]], 13, random_seed=4))


def test_an_order_that_no_call_shows_is_the_regions_and_is_said_to_be_doubtful() -> None:
    states = [[230.0, 0.0, 0.0, 1.0], [5.0, -4.0, 0.0, 1.0], [130.0, 3.0, 0.0, 1.0]]
    client = given_apart("everyone in the call", states, 3, random_seed=4)
    simulation = only_simulation(client.server.observations())
    ours, theirs = answered(simulation.root, client.server.exchanges), client.held[0]
    assert ours == [theirs[1], theirs[2], theirs[0], *theirs[3:]]
    (doubt,) = simulation.root.doubts
    assert "given apart from the regions; those of earlier regions were put first" in doubt


def test_regions_that_share_no_agents_are_joined_by_one_between_them() -> None:
    """The third call is given agents of both; equal answers of its own prove nothing."""
    client = Client(Server(BASES["the agent alone"]))
    client.initialize([region(at, 0.0, 40) for at in (0.0, 120.0, 60.0)])
    for _ in range(2):
        client.drive()
    assert_as_the_sdk_made_it(client)


@pytest.mark.parametrize("ego", [93, 20])
def test_an_ego_that_stands_still_where_it_is_put_has_nothing_restored(ego: int) -> None:
    """Other parts of its call answer the very state that it is sent with."""
    client = Client(Server(BASES["everyone in the call"], standing=1.0))
    client.initialize([region(60.0 * at, 0.0, 40) for at in range(4)])
    for _ in range(4):
        client.drive(egos=[ego])
    observations = client.server.observations()
    (simulation,) = restored(build(observations), observations).simulations
    assert len({agent for step in simulation.steps for agent in step.agents}) == len(client.held[0])


def test_the_clock_set_back_changes_nothing() -> None:
    client = begun("everyone in the call")
    for _ in range(3):
        client.drive()
    observations = client.server.observations()
    draw = random.Random(5)
    moved = [
        replace(seen, call=replace(seen.call, started_ns=at, ended_ns=at + 10))
        for seen in observations
        for at in [draw.randrange(10**9)]
    ]
    steps = only_simulation(observations).steps
    assert [(step.numbers, step.agents, step.sources) for step in only_simulation(moved).steps] == [
        (step.numbers, step.agents, step.sources) for step in steps
    ]
