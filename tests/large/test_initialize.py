"""Differential tests: requests and answer are those of the SDK's own ``large_initialize``."""

from __future__ import annotations

import copy
import json
import random
from typing import Any

import invertedai as iai
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from invertedai.common import AgentProperties, AgentState, Point
from invertedai.error import InvertedAIError
from invertedai.large.common import Region
from support.large import PROPERTIES, Service, canonical, on_the_wire, sdk_talking_to, without

from iai_proxy.large.answers import AnswerError
from iai_proxy.large.initialize import LargeInitialize, RegionFailedError
from iai_proxy.large.payload import PayloadError

Json = dict[str, Any]

SAMPLED = {**PROPERTIES, "length": None, "width": None, "rear_axis_offset": None}


def ours(asked: Json, service: Service) -> Json:
    run = LargeInitialize(copy.deepcopy(asked))
    for call in run.calls():
        try:
            run.answer = service.request("initialize", data=call.request)
        except InvertedAIError:
            run.answer = None
    return run.merged()


def theirs(asked: Json, service: Service) -> Json:
    regions = [
        Region(
            center=Point.fromlist(region["center"]),
            size=region["size"],
            agent_states=[AgentState.fromlist(state) for state in region["agent_states"]],
            agent_properties=[
                AgentProperties.deserialize(agent) for agent in region["agent_properties"]
            ],
        )
        for region in asked["regions"]
    ]
    with sdk_talking_to(service):
        response = iai.large_initialize(
            location=asked["location"],
            regions=regions,
            agent_states=[AgentState.fromlist(state) for state in asked["agent_states"]],
            agent_properties=[
                AgentProperties.deserialize(item) for item in asked["agent_properties"]
            ],
            traffic_light_state_history=asked["traffic_light_state_history"],
            get_infractions=asked["get_infractions"],
            random_seed=asked["random_seed"],
            return_exact_agents=asked["return_exact_agents"],
            display_progress_bar=False,
        )
    return on_the_wire(response, drives=False)


def asked_for(seed: int, count: int, top: int, *, exact: bool = False, empty: float = 0.0) -> Json:
    draw = random.Random(seed)
    regions = []
    for number in range(count):
        x, y = (number % 4) * 50.0, (number // 4) * 50.0
        given = draw.randint(0, 3)
        sampled = draw.randint(0, 4)
        if draw.random() < empty:
            given = sampled = 0
        regions.append(
            {
                "center": [x, y],
                "size": 100.0,
                "agent_states": [
                    [x + draw.uniform(-60, 60), y + draw.uniform(-60, 60), 0.5, 1.0]
                    for _ in range(given)
                ],
                "agent_properties": [PROPERTIES] * given + [SAMPLED] * sampled,
            }
        )
    stated = draw.randint(0, top)
    return {
        "location": "here",
        "regions": regions,
        "agent_states": [
            [draw.uniform(-80, 250), draw.uniform(-80, 250), 0.1, 2.0] for _ in range(stated)
        ],
        "agent_properties": [PROPERTIES] * stated + [SAMPLED] * (top - stated),
        "traffic_light_state_history": [{"7": "red"}] if draw.random() < 0.3 else None,
        "get_infractions": draw.random() < 0.5,
        "random_seed": draw.randint(0, 99),
        "return_exact_agents": exact,
    }


def assert_as_in_the_sdk(asked: Json, refuse: Any = lambda _: False) -> None:
    sdk, proxy = Service(refuse), Service(refuse)
    try:
        expected = theirs(asked, sdk)
    except InvertedAIError:
        with pytest.raises((RegionFailedError, PayloadError)):
            ours(asked, proxy)
    else:
        merged = without(ours(asked, proxy), "agent_attributes")
        infractions = merged["infraction_indicators"] or None
        assert {**merged, "infraction_indicators": infractions} == expected
    assert list(map(canonical, proxy.requests)) == list(map(canonical, sdk.requests))


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 10**6),
    st.integers(1, 20),
    st.integers(0, 6),
    st.booleans(),
    st.sampled_from([0.0, 0.6]),
)
def test_regions_of_all_kinds(seed: int, count: int, top: int, exact: bool, empty: float) -> None:
    assert_as_in_the_sdk(asked_for(seed, count, top, exact=exact, empty=empty))


@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 10**6), st.integers(1, 34), st.integers(0, 3), st.booleans(), st.integers(2, 6)
)
def test_regions_that_are_refused(seed: int, count: int, top: int, exact: bool, every: int) -> None:
    def refuse(request: Json) -> bool:
        return (
            len(json.dumps(canonical(request))) % every == 0
            and len(request["agent_properties"]) > 1
        )

    assert_as_in_the_sdk(asked_for(seed, count, top, exact=exact), refuse)


def test_every_agent_has_its_attributes_and_every_request_the_version_asked_for() -> None:
    service = Service()
    merged = ours({**asked_for(4, 9, 2), "model_version": "v7"}, service)
    assert len(merged["agent_attributes"]) == len(merged["agent_states"]) > 9
    assert {request["model_version"] for request in service.requests} == {"v7"}


def test_a_minimal_payload_gives_the_same_every_time() -> None:
    asked = {
        "location": "here",
        "regions": [{"center": [0, 0]}, {"center": [50, 50]}],
        "agent_properties": [{"agent_type": "car", "length": None}] * 5,
    }
    first, second = Service(), Service()
    assert ours(asked, first) == ours(asked, second)
    assert first.requests == second.requests


def test_regions_without_any_agent_are_refused() -> None:
    with pytest.raises(PayloadError, match="no region has agents"):
        list(LargeInitialize({"location": "a", "regions": [{"center": [0, 0]}]}).calls())


@pytest.mark.parametrize(
    "answer", [{}, [], {"agent_states": [3], "recurrent_states": [0], "agent_properties": [{}]}]
)
def test_an_answer_that_is_none_is_named(answer: Any) -> None:
    run = LargeInitialize(
        {"location": "a", "regions": [{"center": [0, 0], "agent_properties": [SAMPLED]}]}
    )
    calls = run.calls()
    next(calls)
    run.answer = answer
    with pytest.raises(AnswerError, match="its answer holds"):
        next(calls)
