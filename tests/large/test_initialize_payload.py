"""What is wrong with the payload of a large_initialize, in the form of the API."""

from __future__ import annotations

from typing import Any

import pytest

from iai_proxy.large.initialize import LargeInitialize
from iai_proxy.large.payload import PayloadError

Json = dict[str, Any]


def problems(asked: Json) -> list[tuple[list[str | int], str]]:
    with pytest.raises(PayloadError) as refused:
        LargeInitialize(asked)
    return [(item["loc"], item["type"]) for item in refused.value.detail]


def test_what_is_no_payload_is_refused_in_the_form_of_the_api() -> None:
    assert problems({}) == [(["body", "location"], "missing"), (["body", "regions"], "missing")]
    assert problems({"location": "a", "regions": []}) == [(["body", "regions"], "too_short")]
    region = {"center": [0, "x"], "size": "y", "agent_states": [[1, 2, 3]], "agent_properties": 3}
    assert problems(
        {"location": "a", "regions": [7, region, {"center": 3}], "random_seed": "s"}
    ) == [
        (["body", "regions", 0], "model_type"),
        (["body", "regions", 1, "center", 1], "float_type"),
        (["body", "regions", 1, "size"], "float_type"),
        (["body", "regions", 1, "agent_states", 0], "list_type"),
        (["body", "regions", 1, "agent_properties"], "list_type"),
        (["body", "regions", 2, "center"], "list_type"),
        (["body", "random_seed"], "int_type"),
    ]
    region = {
        "center": [10**200, 10**400],
        "size": 0,
        "agent_states": [[1e200, 0, 0, 0]],
        "agent_properties": [{}],
    }
    assert problems(
        {
            "location": "a",
            "regions": [region],
            "return_exact_agents": "no",
            "return_exact_agent": True,
        }
    ) == [
        (["body", "return_exact_agent"], "extra_forbidden"),
        (["body", "return_exact_agents"], "bool_type"),
        (["body", "regions", 0, "center", 0], "less_than_equal"),
        (["body", "regions", 0, "center", 1], "finite_number"),
        (["body", "regions", 0, "size"], "greater_than"),
        (["body", "regions", 0, "agent_states", 0, 0], "less_than_equal"),
    ]
    few = {"location": "a", "regions": [{"center": [0, 0]}], "agent_states": [[0, 0, 0, 0]]}
    assert problems(few) == [(["body", "agent_properties"], "value_error")]
