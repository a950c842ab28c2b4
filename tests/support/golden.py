"""Runs with each mistake that the checks know, as recordings."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from iai_proxy.api import Exchange, Request, Response
from iai_proxy.diagnosis.check import Located
from iai_proxy.diagnosis.registry import ALL
from iai_proxy.diagnosis.runs import diagnosed
from support.recordings import write

LOCATION = "town:square"
GOLDEN = Path(__file__).parents[1] / "diagnosis" / "golden"
START_NS = 1_717_171_717_000_000_000
_NS_PER_MS = 1_000_000
_QUERIED = {"location_info", "light"}


def golden_run(code: int) -> tuple[list[dict[str, Any]], list[int]]:
    """The calls of the run with the mistake that a check finds, and its egos."""
    (path,) = GOLDEN.glob(f"{code}-*.run.json")
    given = json.loads(path.read_text())
    return given["calls"], given["egos"]


def record(path: Path, calls: list[dict[str, Any]]) -> None:
    """Write a run as a recording."""
    write(path, *exchanges_of(calls))


def found(path: Path, egos: list[int]) -> list[tuple[object, ...]]:
    """What all checks find in a recording, but for sentences: these may name places."""
    result = diagnosed(path, ALL, egos or None)
    assert result.error is None, result.error
    return [_comparable(located) for located in result.located]


def _comparable(located: Located) -> tuple[object, ...]:
    finding = located.finding
    value = None if finding.value is None else float(f"{finding.value:.6g}")
    steps = finding.step, finding.last_step
    return (
        finding.code,
        located.simulation,
        located.call,
        steps,
        finding.agents,
        value,
        finding.guess,
    )


def exchanges_of(calls: list[dict[str, Any]]) -> Iterator[Exchange]:
    """The calls of a run, one after another."""
    clock = START_NS
    for call in calls:
        started, clock = clock, clock + int(call.get("ms", 1) * _NS_PER_MS)
        yield _exchange(call, started, clock)
        clock += int(call.get("wait_ms", 0) * _NS_PER_MS)


def _exchange(call: dict[str, Any], started: int, ended: int) -> Exchange:
    is_query = call["endpoint"] in _QUERIED
    query = f"?{urlencode(call['request'])}" if is_query else ""
    body = b"" if is_query else json.dumps(call["request"]).encode()
    request = Request(
        "GET" if is_query else "POST",
        "https",
        "api.inverted.ai",
        443,
        f"/v0/aws/m1/{call['endpoint']}{query}",
        "HTTP/1.1",
        (("x-client-version", "0.0.22"), ("user-agent", "python-requests/2.31 tester")),
        body,
        "",
        started,
        started,
    )
    answer = json.dumps(call["answer"]).encode() if call.get("answer") is not None else b""
    response = Response(call.get("status", 200), "OK", "HTTP/1.1", (), answer, "", ended, ended)
    failure = call.get("failure")
    return Exchange("c", "10.9.8.7:40404", request, response, failure, ended)


def car() -> dict[str, Any]:
    """Properties of a car, none of which are given."""
    return {"length": None, "width": None, "rear_axis_offset": None, "agent_type": "car"}
