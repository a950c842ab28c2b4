"""Observations that are missing, outdated or damaged are made from the bodies."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pytest
from support.recordings import change, write

from iai_proxy.api import Exchange, Request, Response
from iai_proxy.errors import InputError
from iai_proxy.lineage import Observation
from iai_proxy.recordings import Recording

STATES = [[[float(step), 1.0, 0.5, 2.0], [float(step), 9.0, 0.5, 2.0]] for step in range(4)]
RECURRENT = [[[step + 0.25, 1.0], [step + 0.75, 1.0]] for step in range(4)]


def exchange(endpoint: str, number: int, asked: object, answer: object) -> Exchange:
    started, ended = 10 * number, 10 * number + 5
    request = Request(
        "POST", "https", "api.inverted.ai", 443, f"/v0/aws/m1/{endpoint}", "HTTP/1.1", (),
        json.dumps(asked).encode(), "", started, started,
    )  # fmt: skip
    response = Response(200, "OK", "HTTP/1.1", (), json.dumps(answer).encode(), "", started, ended)
    return Exchange("c1", "127.0.0.1:5000", request, response, None, ended)


@pytest.fixture
def recorded(path: Path) -> Path:
    held = [
        {"agent_states": states, "recurrent_states": recurrent}
        for states, recurrent in zip(STATES, RECURRENT, strict=True)
    ]
    drives = [
        exchange("drive", step, asked, answer)
        for step, (asked, answer) in enumerate(pairwise(held), 1)
    ]
    write(path, exchange("initialize", 0, {}, held[0]), *drives, exchange("blame", 5, {}, {}))
    return path


def observations(path: Path) -> list[Observation]:
    with Recording(path) as recording:
        return list(recording.observations())


def test_every_exchange_with_agents_has_one_in_the_order_of_the_numbers(recorded: Path) -> None:
    found = observations(recorded)
    with Recording(recorded) as recording:
        assert [observation.call for observation in found] == [
            recording.call(number) for number in range(1, 5)
        ]
        (simulation,) = recording.lineage().simulations
    assert [step.numbers for step in simulation.trunk.steps] == [(1,), (2,), (3,), (4,)]
    assert {step.agents for step in simulation.steps} == {(0, 1)}


@pytest.mark.parametrize(
    "command",
    [
        "DELETE FROM observation WHERE exchange = 2",
        "UPDATE observation SET version = 0",
        "UPDATE observation SET version = 'x' WHERE exchange = 3",
        "UPDATE observation SET data = substr(data, 1, length(data) - 1)",
        "UPDATE observation SET data = x'ffffffff' WHERE exchange = 1",
        "UPDATE observation SET data = 'text' WHERE exchange = 1",
        "UPDATE observation SET data = 5 WHERE exchange = 4",
    ],
)
def test_what_is_no_observation_of_this_version_is_made_anew(recorded: Path, command: str) -> None:
    before = observations(recorded)
    assert change(recorded, command)
    assert observations(recorded) == before


@pytest.mark.parametrize(
    ("change_to", "message"),
    [
        ("endpoint = x'00'", "endpoint of a call is of type bytes"),
        ("request_started_ns = 1.5", "request_started_ns of a call is of type float"),
        ("response_hash = NULL", "half an answer is missing"),
        ("sdk_version = 7.5", None),  # a column of text makes it one
    ],
)
def test_a_row_that_no_writer_made_is_an_input_error(
    recorded: Path, change_to: str, message: str | None
) -> None:
    assert change(recorded, f"UPDATE exchange SET {change_to} WHERE id = 3")
    if message is None:
        assert len(observations(recorded)) == 4
        return
    with pytest.raises(InputError, match=message):
        observations(recorded)
