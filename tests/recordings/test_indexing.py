"""The index that a writer leaves: used where it is of all calls, made anew where it is not."""

from __future__ import annotations

import json
import time
from itertools import pairwise
from pathlib import Path

import pytest
from support.exchanges import exchange, request, response
from support.recordings import change, make_older, reseal, rows, write

from iai_proxy.api import Exchange
from iai_proxy.recordings import Recording, RecordingWriter
from iai_proxy.recordings.indexing import Indexer

HELD = [
    {
        "agent_states": [[10.0 * step + agent, 0.0, 0.0, 1.0] for agent in range(2)],
        "recurrent_states": [[step + 0.5, agent + 1.0] for agent in range(2)],
    }
    for step in range(6)
]


def called(target: str, asked: object, answer: object) -> Exchange:
    body = json.dumps(asked).encode()
    return exchange(
        request(body, target=f"/v0/aws/m1/{target}"), response(json.dumps(answer).encode())
    )


def run(steps: int) -> list[Exchange]:
    drives = [called("drive", asked, answer) for asked, answer in pairwise(HELD[:steps])]
    return [called("initialize", {"location": "a"}, HELD[0]), *drives, called("blame", {}, {})]


def stored(path: Path) -> list[tuple[object, ...]]:
    return rows(path, "SELECT name, calls FROM derived WHERE name = 'lineage'")


def steps_of(path: Path) -> list[tuple[int, ...]]:
    with Recording(path) as recording:
        (simulation,) = recording.lineage().simulations
        return [step.numbers for step in simulation.steps]


def is_used(path: Path) -> bool:
    with Recording(path) as recording:
        return recording.stored_lineage() is not None


def test_a_writer_leaves_it(path: Path) -> None:
    write(path, *run(6))
    assert stored(path) == [("lineage", 7)]
    assert is_used(path)
    assert steps_of(path) == [(number,) for number in range(1, 7)]


def test_so_does_one_that_packs_in_another_process(path: Path) -> None:
    calls = [*run(6), *run(6)[1:], *run(6)[1:]]
    with RecordingWriter(path, packs_beside=True) as writer:
        for made in calls:
            writer.append(lambda made=made: made).result(20)
        until = time.monotonic() + 30
        while packed_in(path) < len(calls) and time.monotonic() < until:
            time.sleep(0.05)
    assert stored(path) == [("lineage", len(calls))]
    assert is_used(path)


def packed_in(path: Path) -> int:
    return len(rows(path, "SELECT 1 FROM request_key"))


def test_what_is_added_is_in_the_index_too(path: Path) -> None:
    write(path, *run(3))
    write(path, called("drive", HELD[2], HELD[3]), append=True)
    assert stored(path) == [("lineage", 5)]
    assert is_used(path)
    assert steps_of(path) == [(1,), (2,), (3,), (5,)]


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM derived",
        "UPDATE derived SET version = version - 1",
        "UPDATE derived SET calls = calls - 1",
        "UPDATE derived SET data = substr(data, 1, length(data) - 1)",
        "UPDATE derived SET data = x''",
        "UPDATE derived SET data = 5",
        "UPDATE exchange SET status = 500 WHERE endpoint = 'blame'",
    ],
)
def test_one_that_is_not_of_these_calls_is_not_used(path: Path, statement: str) -> None:
    write(path, *run(4))
    before = steps_of(path)
    assert change(path, statement)
    reseal(path)
    assert not is_used(path)
    assert steps_of(path) == before


def test_a_recording_of_an_older_format_has_none(path: Path) -> None:
    write(path, *run(4))
    make_older(path, 2)
    assert not is_used(path)
    assert len(steps_of(path)) == 4


def test_agents_are_fetched_as_they_were_observed(path: Path) -> None:
    write(path, *run(6))
    with Recording(path) as recording:
        observations = {seen.call.id: seen for seen in recording.observations()}
        lineage = recording.stored_lineage()
        assert lineage is not None
        for step in lineage.simulations[0].steps:
            assert step.first == observations[step.first.call.id]
            assert step.first.sent_back == observations[step.first.call.id].sent_back


def test_reading_does_not_write_one(path: Path) -> None:
    write(path, *run(4))
    change(path, "DELETE FROM derived")
    before = path.read_bytes()
    steps_of(path)
    assert path.read_bytes() == before


def test_what_was_not_observed_is_left_to_readers(path: Path) -> None:
    write(path, *run(4))
    change(path, "DELETE FROM observation WHERE exchange = 2")
    change(path, "DELETE FROM derived")
    write(path, called("blame", {}, {}), append=True)
    assert stored(path) == []
    assert len(steps_of(path)) == 4


def test_of_more_calls_than_it_takes_none_is_made(path: Path) -> None:
    write(path, *run(6))
    with Indexer(path, most=7) as indexer:
        assert indexer.index()
    with Indexer(path, most=6) as indexer:
        indexer.catch_up(6)
        assert indexer.index() is None
