"""Whatever a server's answers depend on, a run is as the SDK made it, or what is doubtful is said.

``make fresh`` draws other runs.
"""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lineage.any_runs import ANY_BASES, any_run, any_server
from lineage.sdk_runs import Client, answered

from iai_proxy.lineage import Simulation, Step, build, restored


def made(seed: int, basis: str) -> Client:
    draw = random.Random(seed)
    client = Client(any_server(draw, basis))
    any_run(client, draw, apart_m=60.0)
    return client


def assert_right_or_doubtful(client: Client, simulation: Simulation) -> None:
    """The calls of each step are the SDK's, and so are its agents and their order."""
    steps = simulation.trunk.steps
    assert [sorted(step.numbers) for step in steps] == list(map(list, client.calls))
    wrong = [
        step for step in steps if answered(step, client.server.exchanges) != held(client, step)
    ]
    assert all(step.doubts or steps[0].doubts for step in wrong)


def held(client: Client, step: Step) -> list[object]:
    return list(client.held[step.index])


@pytest.mark.parametrize("basis", ANY_BASES)
@settings(max_examples=3)
@given(seed=st.integers(0, 2**32))
def test_any_run_is_as_the_sdk_made_it_or_said_to_be_doubtful(basis: str, seed: int) -> None:
    client = made(seed, basis)
    observations = client.server.observations()
    lineage = build(observations)
    (simulation,) = lineage.simulations
    assert_right_or_doubtful(client, simulation)
    (again,) = restored(lineage, observations).simulations  # nothing is to be restored
    assert [step.agents for step in again.steps] == [step.agents for step in simulation.steps]
