"""What calls sent and received is left in the file, and fetched when it is asked for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.exchanges import exchange, request, response
from support.recordings import write

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
