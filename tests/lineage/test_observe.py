"""What a request says of itself, whatever a client sends: a malformed one never raises."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iai_proxy.api import Endpoint, parsed
from iai_proxy.lineage import Observation, observe_answer, observe_request

FIELDS = [
    "location",
    "agent_states",
    "states_history",
    "agent_properties",
    "agent_attributes",
    "recurrent_states",
    "location_of_interest",
    "model_version",
    "random_seed",
    "num_agents_to_spawn",
    "traffic_lights_states",
]

numbers = st.integers() | st.floats() | st.just(10**400)
anything = st.recursive(
    st.none() | st.booleans() | numbers | st.text(max_size=5) | st.just("\ud800"),
    lambda inner: (
        st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=3), inner, max_size=5)
    ),
    max_leaves=12,
)
agents = st.lists(st.lists(numbers | anything, max_size=5) | anything, max_size=4)


def observed(endpoint: str, request: Any) -> Observation:
    body = json.dumps(request).encode()
    return observe_request(Endpoint(endpoint), "c1", body, parsed(body))


@given(
    st.sampled_from(["initialize", "drive"]),
    st.dictionaries(st.sampled_from(FIELDS), agents | anything),
)
def test_whatever_is_sent_is_observed(endpoint: str, request: dict[str, Any]) -> None:
    seen = observed(endpoint, request)
    states = request.get("agent_states")
    if endpoint == "drive":
        assert len(seen.sent) == (len(states) if isinstance(states, list) else 0)
    assert len(seen.sent.coordinates) == 4 * len(seen.sent) == 4 * len(seen.sent.recurrent)
    observe_answer(Endpoint(endpoint), json.dumps(request).encode())


@pytest.mark.parametrize("levels", [250, 500, 900, 985, 1010, 100_000])
@pytest.mark.parametrize("field", [*FIELDS, None])
@pytest.mark.parametrize("endpoint", ["initialize", "drive"])
def test_what_is_nested_deeply_is_observed(endpoint: str, field: str | None, levels: int) -> None:
    nested = "[" * levels + "]" * levels
    body = (f'{{"{field}":{nested}}}' if field else nested).encode()
    observe_request(Endpoint(endpoint), "c1", body, parsed(body))
    observe_answer(Endpoint(endpoint), body)


@pytest.mark.parametrize("body", [b"", b"[1]", b"null", b"\xff", b"{", b'"text"', b"NaN"])
def test_a_body_that_is_no_object_counts_as_an_empty_one(body: bytes) -> None:
    seen = observe_request(Endpoint.DRIVE, "c1", body, parsed(body))
    assert (len(seen.sent), seen.location, seen.agent_count) == (0, None, 0)


@pytest.mark.parametrize(
    "state",
    [
        None,
        1,
        "abcd",
        [],
        [1, 2, 3],
        ["a", "b", "c", "d"],
        [10**400, 0, 0, 0],
        {"a": 1, "b": 2, "c": 3, "d": 4},
    ],
)
def test_an_entry_that_is_no_state_keeps_its_place(state: Any) -> None:
    seen = observed("drive", {"agent_states": [[1, 2, 3, 4], state, [5, 6, 7, 8]]})
    assert [seen.sent.state(index) for index in range(3)] == [
        (1, 2, 3, 4),
        (0, 0, 0, 0),
        (5, 6, 7, 8),
    ]


@pytest.mark.parametrize("count", ["5", 5.5, [1], None, -3])
def test_a_number_of_agents_that_is_none_counts_as_0(count: Any) -> None:
    assert observed("initialize", {"num_agents_to_spawn": count}).agent_count == 0


@pytest.mark.parametrize("place", [["a", "b"], [1.0], {"x": 1}, "ab", [None, None]])
def test_a_place_that_is_none_is_left_out(place: Any) -> None:
    assert observed("initialize", {"location_of_interest": place}).center is None


@pytest.mark.parametrize("name", [["x"], 5, {"a": "b"}, None])
def test_names_that_are_no_texts_are_none(name: Any) -> None:
    seen = observed("drive", {"location": name, "model_version": name, "random_seed": "5"})
    assert (seen.location, seen.model_version, seen.seed) == (None, None, None)
