"""Regions far apart are one simulation where the SDK's division shows it, and else said to fit."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from invertedai.common import AgentProperties, AgentState
from lineage.sdk_runs import BASES, Client, Server, answered, region
from support.large import PROPERTIES

from iai_proxy.lineage import Simulation, build


def begun(basis: str, centers: Sequence[tuple[float, float]], agents: int = 40) -> Client:
    client = Client(Server(BASES[basis]))
    client.initialize([region(x, y, agents) for x, y in centers])
    return client


def assert_as_the_sdk_made_it(client: Client, simulation: Simulation) -> None:
    steps = simulation.trunk.steps
    assert len(simulation.steps) == len(steps)
    for step, held in zip(steps, client.held, strict=True):
        assert answered(step, client.server.exchanges) == held


def in_a_row(count: int, apart: float = 1000.0) -> list[tuple[float, float]]:
    return [(apart * number, 0.0) for number in range(count)]


@pytest.mark.parametrize("basis", BASES)
def test_regions_far_apart_are_one_large_call_where_one_is_cut_as_all_of_them_explain(
    basis: str,
) -> None:
    client = begun(basis, in_a_row(5))
    for limit in (50, 100, 41, 50):
        client.drive(single_call_agent_limit=limit)
    (simulation,) = build(client.server.observations()).simulations
    assert_as_the_sdk_made_it(client, simulation)
    assert not [doubt for step in simulation.steps for doubt in step.doubts]


def test_independent_large_runs_in_step_stay_apart() -> None:
    server = Server(BASES["the agent alone"])
    clients = [Client(server), Client(server)]
    for client, start in zip(clients, (0.0, 5000.0), strict=True):
        client.initialize([region(start + 60.0 * number, 0.0, 44) for number in range(5)])
    for _ in range(3):
        for client in clients:
            client.drive()
    simulations = build(server.observations()).simulations
    for client, simulation in zip(clients, simulations, strict=True):
        assert_as_the_sdk_made_it(client, simulation)
        assert not [doubt for step in simulation.steps for doubt in step.doubts]


def test_a_run_that_begins_after_another_of_the_same_seed_is_not_mixed_with_it() -> None:
    server = Server(BASES["the agent alone"])
    clients = [Client(server), Client(server)]
    for client, start in zip(clients, (0.0, 7000.0), strict=True):
        client.initialize([region(start + x, y, 40) for x, y in in_a_row(5)])
        client.drive(single_call_agent_limit=50)
    simulations = build(server.observations()).simulations
    for client, simulation in zip(clients, simulations, strict=True):
        assert_as_the_sdk_made_it(client, simulation)


def test_simulations_that_fit_one_large_call_as_well_are_said_to() -> None:
    corners = [(0.0, 0.0), (3000.0, 0.0), (0.0, 3000.0), (3000.0, 3000.0)]
    client = begun("everyone in the call", corners, agents=30)
    for _ in range(3):
        client.drive(single_call_agent_limit=50)
    simulations = build(client.server.observations()).simulations
    doubts = [
        doubt for simulation in simulations for step in simulation.steps for doubt in step.doubts
    ]
    assert len(simulations) == len(corners)
    assert doubts == [
        "simulations 1-4 fit the parts of one large call as well; "
        "no call takes agents from several, so they are taken as they are"
    ]


@pytest.mark.parametrize("basis", BASES)
def test_others_take_the_places_of_agents_that_their_regions_dropped(basis: str) -> None:
    """The SDK puts those first that then stand where it has put the agents given apart."""
    client = Client(Server(BASES[basis]))
    places = [[815.0, 35.0], [1408.0, 10.0], [129.0, -17.0], [45.0, 46.0], [1960.0, 45.0]]
    client.initialize(
        [region(x, y, 25) for x, y in in_a_row(2)],
        agent_states=[AgentState.fromlist([*place, 0.0, 1.0]) for place in places],
        agent_properties=[AgentProperties.deserialize(PROPERTIES)] * len(places),
    )
    for _ in range(2):
        client.drive()
    (simulation,) = build(client.server.observations()).simulations
    assert_as_the_sdk_made_it(client, simulation)
    assert not [doubt for step in simulation.steps for doubt in step.doubts]
