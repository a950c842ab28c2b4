"""Whose states a client has exchanged, in calls that no order of agents tells it from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from diagnosis.views import bodies, calls_of

from iai_proxy.lineage import build, described_agents, observe
from iai_proxy.lineage.exchanged_states import with_states_exchanged

Json = dict[str, Any]

STATES = [[10.0 * agent, 0.0, 0.0, 5.0] for agent in range(4)]
RECURRENT = [[agent + 0.5] * 152 for agent in range(4)]
PROPERTIES = [{"length": 4.0 + agent / 10, "agent_type": "car"} for agent in range(4)]


def picked(rows: Sequence[Any], agents: Sequence[int]) -> list[Any]:
    return [rows[agent] for agent in agents]


def part(states: Sequence[int], recurrent: Sequence[int], properties: Sequence[int]) -> Json:
    """A call of a large drive, with these agents' states, recurrent states and properties."""
    return {
        "endpoint": "drive",
        "request": {
            "location": "here",
            "agent_states": picked(STATES, states),
            "recurrent_states": picked(RECURRENT, recurrent),
            "agent_properties": picked(PROPERTIES, properties),
        },
        "answer": {
            "agent_states": [[x + 0.5, y, *rest] for x, y, *rest in picked(STATES, states)],
            "recurrent_states": [
                [first + 10.0, *rest] for first, *rest in picked(RECURRENT, recurrent)
            ],
        },
    }


def exchanged(*parts: Json) -> set[int]:
    """Numbers of the calls that were made with exchanged states, by the rule."""
    begun = {
        "endpoint": "initialize",
        "request": {"location": "here", "num_agents_to_spawn": 4},
        "answer": {
            "agent_states": STATES,
            "recurrent_states": RECURRENT,
            "agent_properties": PROPERTIES,
        },
    }
    run = [begun, *parts]
    made = [(call, *bodies(call_made)) for call, call_made in zip(calls_of(run), run, strict=True)]
    described = {call.id: described_agents(call.endpoint, *sent) for call, *sent in made}
    lineage = build(observe(*exchange) for exchange in made)
    assert [len(simulation.steps) for simulation in lineage.simulations] == [2]
    return with_states_exchanged(lineage, described.__getitem__)


def test_of_agents_in_different_parts_the_properties_tell_what_was_exchanged() -> None:
    """Agents 1 and 2: each part has its agents in the client's order whatever was exchanged."""
    states = part([0, 1], [0, 2], [0, 2]), part([2, 3], [1, 3], [1, 3])
    recurrent = part([0, 1], [0, 2], [0, 1]), part([2, 3], [1, 3], [2, 3])
    assert exchanged(*states) == {2, 3}
    assert exchanged(*recurrent) == set()


def test_where_agents_stand_beside_each_other_their_order_tells() -> None:
    assert exchanged(part([1, 0, 2], [0, 1, 2], [0, 1, 2]), part([3], [3], [3])) == {2, 3}
    assert exchanged(part([0, 1, 2], [1, 0, 2], [0, 1, 2]), part([3], [3], [3])) == set()


@pytest.mark.parametrize("name", ["agent_properties", "agent_attributes"])
def test_agents_are_described_by_the_request_of_a_drive_and_the_answer_of_an_initialize(
    name: str,
) -> None:
    (drive, begun) = calls_of([part([0], [0], [0]), {"endpoint": "initialize", "request": {}}])
    text = b'{"%s": [[4.5]]}' % name.encode()
    assert described_agents(drive.endpoint, text, b"{}") == [[4.5]]
    assert described_agents(begun.endpoint, b"{}", text) == [[4.5]]
    assert described_agents(begun.endpoint, text, b"no JSON") == []
