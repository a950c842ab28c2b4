"""What calls sent and received is left in the file, and fetched when it is asked for."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pytest
from support.exchanges import exchange, request, response
from support.recordings import change, write

from iai_proxy.api import Exchange
from iai_proxy.errors import InputError
from iai_proxy.lineage import Observation, observe
from iai_proxy.recordings import Recording, RecordingWriter
from iai_proxy.recordings.observed import StoredAgents

#: More agents than are held, in a few calls.
AGENTS = 20_000
CALLS = 6


def step(number: int) -> Exchange:
    states = [[number, agent, 0.5, 1.0] for agent in range(AGENTS)]
    answer = json.dumps({"agent_states": states}).encode()
    return exchange(request(json.dumps({"random_seed": number}).encode()), response(answer))


@pytest.fixture
def run(path: Path) -> Path:
    write(path, *map(step, range(CALLS)))
    return path


def test_they_are_those_that_were_observed(run: Path) -> None:
    with Recording(run) as recording:
        found = list(recording.observations())
        for seen, stored in zip(found, recording.exchanges(), strict=True):
            assert stored.response
            made = observe(seen.call, stored.request.body, stored.response.body)
            assert seen == made
            assert len(seen.received) == AGENTS
            assert seen.received.state(3) == (seen.call.id - 1, 3.0, 0.5, 1.0)


def test_they_are_fetched_after_the_recording_was_closed(run: Path) -> None:
    with Recording(run) as recording:
        found = list(recording.observations())
    assert [seen.received.state(1)[0] for seen in found] == list(range(CALLS))


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM observation",
        "DELETE FROM observation WHERE exchange = 3",
        "UPDATE observation SET version = version - 1",
        "UPDATE observation SET data = x'00'",
        "UPDATE observation SET data = 'text'",
        "UPDATE observation SET data = 5",
    ],
)
def test_an_index_changes_no_answer_where_observations_can_not_be_used(
    path: Path, statement: str
) -> None:
    """Each agent is that of the call's own bodies, as if there were no index."""
    write(path, *indexed_run(6))
    expected = [[state(number, agent) for agent in range(2)] for number in range(6)]
    change(path, statement)
    with Recording(path) as recording:
        lineage = recording.stored_lineage()
        assert lineage
        parts = [step.parts[0].observation for step in lineage.simulations[0].steps]
        received = [[list(part.received.state(at)) for at in range(2)] for part in parts]
        sent = [[list(part.sent.state(at)) for at in range(2)] for part in parts[1:]]
    assert received == expected
    assert sent == expected[:-1]


def test_a_call_that_is_gone_is_named(path: Path) -> None:
    write(path, *indexed_run(3))
    with Recording(path) as recording:
        lineage = recording.stored_lineage()
        assert lineage
        change(path, "DELETE FROM observation")
        change(path, "DELETE FROM exchange WHERE id = 2")
        with pytest.raises(InputError, match="changed while it was read: call 2 is gone"):
            _ = lineage.simulations[0].steps[1].parts[0].observation.received.states


def state(number: int, agent: int) -> list[float]:
    return [10.0 * number + agent, 0.0, 0.0, 1.0]


def indexed_run(calls: int) -> list[Exchange]:
    """Calls of two agents, each of which sends the answer before it back."""
    held = [
        {
            "agent_states": [state(number, agent) for agent in range(2)],
            "recurrent_states": [[number + 0.5, agent + 1.0] for agent in range(2)],
        }
        for number in range(calls)
    ]
    bodies = [json.dumps(each).encode() for each in held]
    begin = exchange(
        request(b'{"location": "a"}', target="/v0/aws/m1/initialize"), response(bodies[0])
    )
    drives = [exchange(request(asked), response(answer)) for asked, answer in pairwise(bodies)]
    return [begin, *drives]


def test_who_fetches_leaves_the_file_to_its_writer(path: Path) -> None:
    agents = StoredAgents(path)
    with RecordingWriter(path) as writer:
        for number in range(CALLS):
            writer.append(lambda number=number: step(number)).result(60)
        while not (seen := _stored(path, agents)):
            pass
    found = [observation.received.state(1)[0] for observation in seen]
    assert found == list(range(len(seen)))
    assert list(path.parent.iterdir()) == [path]


def _stored(path: Path, agents: StoredAgents) -> list[Observation]:
    with Recording(path, agents=agents) as recording:
        return list(recording.observations())


def test_what_is_gone_is_named(run: Path) -> None:
    with Recording(run) as recording:
        found = list(recording.observations())
    run.unlink()
    with pytest.raises(InputError, match="can't be read"):
        _ = found[0].received.states
