"""Sound runs in logs whose clocks are wrong: nothing is found, and every call has its place."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from iai_proxy.diagnosis.registry import ALL
from iai_proxy.diagnosis.runs import diagnosed
from iai_proxy.sandbox import endpoints
from iai_proxy.sandbox.requests.drive_request import DriveRequest
from iai_proxy.sandbox.requests.initialize_request import InitializeRequest

START_S = 1_700_000_000.0
Json = dict[str, Any]
Clock = Callable[[float], float]

CLOCKS: dict[str, Clock] = {
    "a second early after a full one": lambda at: at - 1 if at % 1 < 0.1 else at,
    "a second late before a full one": lambda at: at + 1 if at % 1 > 0.9 else at,
    "set back by an hour": lambda at: at - 3600 if at > START_S + 9 else at,
    "set forward by an hour": lambda at: at + 3600 if at > START_S + 9 else at,
    "stopped": lambda _: START_S,
}


def calls(steps: int, seed: int) -> Iterator[tuple[str, Json, Json]]:
    """One simulation: model, request and answer of each call."""
    asked: Json = {
        "location": "sandbox:grid",
        "agent_properties": [{"agent_type": "car"}] * 3,
        "random_seed": seed,
    }
    answer = endpoints.initialize(InitializeRequest.model_validate(asked), 0)
    properties = answer["agent_properties"]
    yield "initialize", asked, answer
    for step in range(steps):
        handed_on = ("agent_states", "recurrent_states", "light_recurrent_states")
        asked = {
            "location": "sandbox:grid",
            "agent_properties": properties,
            **{name: answer[name] for name in handed_on},
            "random_seed": step,
        }
        answer = endpoints.drive(DriveRequest.model_validate(asked), 0)
        yield "drive", asked, answer


def logged(clock: Clock, *runs: list[tuple[str, Json, Json]]) -> Json:
    """As the C++ SDK logs it: calls of some 50 ms, one after another."""
    draw = random.Random(1)
    now = START_S
    log: Json = {
        f"{model}_{side}{what}s": []
        for model in ("initialize", "drive")
        for side in ("request", "response")
        for what in ("", "_timestamp")
    }
    for model, asked, answer in [call for run in runs for call in run]:
        for side, body in (("request", asked), ("response", answer)):
            log[f"{model}_{side}s"].append(json.dumps(body))
            log[f"{model}_{side}_timestamps"].append(stamp(clock(now)))
            now += draw.uniform(0.03, 0.07)
    return log


def stamp(moment: float) -> str:
    at = datetime.fromtimestamp(moment, UTC)
    return f"{at:%Y-%m-%d_%H:%M:%S}:{at.microsecond // 1000}_UTC"


@pytest.fixture(scope="module")
def runs() -> list[list[tuple[str, Json, Json]]]:
    return [list(calls(300, seed=4)), list(calls(100, seed=5))]


@pytest.mark.parametrize("clock", CLOCKS)
def test_a_sound_run_has_no_finding_whatever_the_clock_says(
    tmp_path: Path, runs: list[list[tuple[str, Json, Json]]], clock: str
) -> None:
    path = tmp_path / "log.json"
    path.write_text(json.dumps(logged(CLOCKS[clock], *runs)))
    diagnosis = diagnosed(path, ALL)
    assert [each.finding.message for each in diagnosis.located] == []
    assert (diagnosis.error, diagnosis.note) == (None, None)
    assert (diagnosis.simulations, diagnosis.steps) == (2, 402)
