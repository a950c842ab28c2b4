"""A whole large step of a recording as the SDK logs it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from support.exchanges import exchange, request, response
from support.recordings import write

from iai_proxy.api import Exchange
from iai_proxy.logs.large_steps import large_answer_text, large_request_text
from iai_proxy.recordings import Recording

Json = dict[str, Any]
#: Two agents too far apart to see each other, each in a part of its own.
STATES = [[0.0, 0.0, 0.0, 5.0], [500.0, 0.0, 0.0, 5.0]]
MOVED = [[0.5, 0.0, 0.0, 5.0], [500.5, 0.0, 0.0, 5.0]]
MS = 1_000_000


def part(agent: int, answer: Json) -> Exchange:
    asked = {
        "location": "town",
        "agent_states": [STATES[agent]],
        "agent_properties": [{"agent_type": "car", "length": 4.0 + agent}],
        "recurrent_states": [[agent + 0.5]],
        "random_seed": 7,
    }
    made = exchange(request(json.dumps(asked).encode()), response(json.dumps(answer).encode()))
    at = made.request.started_ns + agent * MS
    return replace(made, request=replace(made.request, started_ns=at), large="token")


def whole(answer: Json) -> Exchange:
    asked = {
        "location": "town",
        "agent_states": STATES,
        "agent_properties": [{"agent_type": "car", "length": 4.0 + agent} for agent in range(2)],
        "recurrent_states": [[0.5], [1.5]],
        "random_seed": 7,
    }
    sent = request(json.dumps(asked).encode(), target="/v0/aws/m1/large_drive")
    return replace(exchange(sent, response(json.dumps(answer).encode())), large="token")


def answered(agent: int) -> Json:
    return {
        "agent_states": [MOVED[agent]],
        "recurrent_states": [[agent + 0.75]],
        "model_version": "v1",
    }


def texts(path: Path) -> tuple[str, str]:
    with Recording(path) as recording:
        (simulation,) = recording.lineage().simulations
        step = simulation.root
        return large_request_text(recording, step), large_answer_text(recording, step)


def test_the_parts_are_one_request_and_one_answer_in_the_clients_order(tmp_path: Path) -> None:
    path = tmp_path / "run.iairec"
    together = {"agent_states": MOVED, "recurrent_states": [[0.75], [1.75]]}
    write(path, part(1, answered(1)), part(0, answered(0)), whole(together))
    asked, answer = map(json.loads, texts(path))
    assert (asked["agent_states"], asked["recurrent_states"]) == (STATES, [[0.5], [1.5]])
    assert (answer["agent_states"], answer["recurrent_states"]) == (MOVED, [[0.75], [1.75]])
    assert "api_model_version" in answer  # the SDK's own name for it
