"""Large calls have limits; what is within them is divided in seconds."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from iai_proxy.large.division import DriveDivision, InitializeDivision, RegionsDivision
from iai_proxy.large.payload import PayloadError

#: Seconds of this thread's processor time: a machine five times as slow passes too.
SECONDS = 15.0

Json = dict[str, Any]


def coded(payload: Json) -> tuple[bytes, str]:
    return json.dumps(payload).encode(), ""


def initialize(regions: int, agents: int, center: Callable[[int], list[float]]) -> Json:
    draw = random.Random(regions)
    return {
        "location": "here",
        "regions": [{"center": center(number)} for number in range(regions)],
        "agent_states": [
            [draw.uniform(0, 1e4), draw.uniform(0, 1e6), 0.0, 0.0] for _ in range(agents)
        ],
        "agent_properties": [{"agent_type": "car"}] * agents,
    }


def filled(payload: Json) -> tuple[int, int]:
    """Divide a call, and answer each request with the agents that it places."""
    division = InitializeDivision(coded(payload))
    calls, region, answer = 0, 0, None
    while call := division.following(region, answer):
        region, body, _ = call
        asked = json.loads(body)
        count = len(asked["agent_properties"])
        given = asked["states_history"][0] if asked["states_history"] else []
        states = given + [[*asked["location_of_interest"], 0.0, 0.0]] * (count - len(given))
        answer = coded({
            "agent_states": states,
            "agent_properties": asked["agent_properties"],
            "recurrent_states": [[0.0]] * count,
        })  # fmt: skip
        calls += 1
    return calls, len(json.loads(division.merged())["agent_states"])


@contextmanager
def within_seconds() -> Iterator[None]:
    began = time.thread_time()
    yield
    assert time.thread_time() - began < SECONDS


@pytest.mark.parametrize(
    "center",
    [
        lambda number: [number % 100 * 100.0, number // 100 * 100.0],
        lambda number: [0.0, number * 100.0],
        lambda number: [0.0, 0.0],
    ],
)
def test_ten_thousand_regions_take_seconds(center: Callable[[int], list[float]]) -> None:
    with within_seconds(), pytest.raises(PayloadError, match="no region has agents"):
        filled(initialize(10_000, 0, center))
    with within_seconds():
        InitializeDivision(coded(initialize(10_000, 2_000, center)))


def test_each_of_many_regions_gets_its_agents() -> None:
    payload = initialize(2_000, 0, lambda number: [number % 50 * 100.0, number // 50 * 100.0])
    for region in payload["regions"]:
        region["agent_properties"] = [{"agent_type": "car"}]
    assert filled(payload) == (2_000, 2_000)


@pytest.mark.parametrize("spread_m", [0.0, 1e-9, 70.00001, 70.05, 71.0, 1e300])
@pytest.mark.parametrize("limit", [1, 10, 100])
def test_two_thousand_agents_at_a_point_or_two_take_seconds(spread_m: float, limit: int) -> None:
    states = [[number % 2 * spread_m, 0.3, 0.0, 0.0] for number in range(2_000)]
    call = {"location": "a", "agent_states": states, "single_call_agent_limit": limit}
    with within_seconds(), pytest.raises(PayloadError):
        DriveDivision(coded(call))


def test_many_agents_that_only_tiny_squares_could_part_take_seconds() -> None:
    side = 70.00001 / 10
    states = [[x * side + 0.1, y * side + 0.4, 0.0, 0.0] for x in range(100) for y in range(100)]
    call = {"location": "a", "agent_states": states}
    with within_seconds(), pytest.raises(PayloadError):
        DriveDivision(coded(call))


AGENT = [0.0, 0.0, 0.0, 0.0]


@pytest.mark.parametrize(
    ("division", "given", "said"),
    [
        (
            DriveDivision,
            coded({"location": "a", "agent_states": [AGENT] * 10_001}),
            "body.agent_states: there are 10001 agents: a large call takes 10000 at most, which "
            "are 100 full calls of the API",
        ),
        (
            InitializeDivision,
            coded({"location": "a", "regions": [{"center": [0, 0]}] * 10_001}),
            "body.regions: there are 10001 regions: a large call takes 10000 at most, as each is a "
            "call of the API, one after the other",
        ),
        (
            InitializeDivision,
            coded({
                "location": "a",
                "regions": [{"center": [0, 0], "agent_properties": [{}] * 6_000}],
                "agent_properties": [{}] * 6_000,
            }),
            "body: there are 12000 agents: a large call takes 10000 at most, which are 100 full "
            "calls of the API",
        ),
        (
            RegionsDivision,
            (b"location=a&agents=10001", ""),
            "query.agents: Input should be less than or equal to 10000",
        ),
        (
            DriveDivision,
            (b" " * 100_000_001, ""),
            "body: a large call has 100 MB at most: 10000 agents, as many as it may have, take "
            "less",
        ),
    ],
)  # fmt: skip
def test_what_is_beyond_a_limit_is_refused_with_its_reason(
    division: Callable[[tuple[bytes, str]], object], given: tuple[bytes, str], said: str
) -> None:
    with pytest.raises(PayloadError) as refused:
        division(given)
    assert str(refused.value) == said
