"""Parts of a large call to one request and one answer."""

from __future__ import annotations

from typing import Any

import pytest

from iai_proxy.large.merge import (
    flat_initialize_request,
    merged_drive_answer,
    merged_drive_request,
    merged_initialize_answer,
    merged_initialize_request,
)

Json = dict[str, Any]

#: Agents 0 and 2 of the client in the first part, agent 1 in the second, which has 0 as a buffer.
SOURCES = [(0, 0), (1, 1), (0, 1)]


def test_each_agent_is_taken_from_its_own_part_and_all_else_from_the_first() -> None:
    requests = [
        {"location": "town", "agent_states": ["a", "c"], "recurrent_states": ["ra", "rc"]},
        {"location": "town", "agent_states": ["a", "b"], "recurrent_states": ["ra", "rb"]},
    ]
    assert merged_drive_request(requests, SOURCES) == {
        "location": "town",
        "agent_states": ["a", "b", "c"],
        "recurrent_states": ["ra", "rb", "rc"],
    }


def test_an_answer_has_the_first_parts_lights_and_no_picture() -> None:
    answers: list[Json] = [
        {"agent_states": ["a", "c"], "traffic_lights_states": {"1": "red"}, "birdview": "x"},
        {"agent_states": ["old a", "b"], "traffic_lights_states": {"1": "green"}},
    ]
    assert merged_drive_answer(answers, SOURCES) == {
        "agent_states": ["a", "b", "c"],
        "traffic_lights_states": {"1": "red"},
        "birdview": None,
    }


@pytest.mark.parametrize("lacking", [None, [], ...])
def test_a_list_that_one_part_lacks_is_null_and_not_the_other_parts(lacking: object) -> None:
    other = {"agent_states": ["a", "b"], "recurrent_states": lacking}
    if lacking is ...:
        del other["recurrent_states"]
    first = {"agent_states": ["a", "c"], "recurrent_states": ["ra", "rc"]}
    for answers in ([first, other], [other, first]):
        assert merged_drive_answer(answers, SOURCES)["recurrent_states"] is None


def test_a_part_without_agents_of_its_own_spoils_no_list() -> None:
    answers: list[Json] = [{"agent_states": ["a"], "recurrent_states": ["ra"]}, {}]
    assert merged_drive_answer(answers, [(0, 0)])["recurrent_states"] == ["ra"]


def test_of_a_large_initialize_the_last_region_gives_what_is_no_agents() -> None:
    answers = [
        {"agent_states": ["a"], "model_version": "old", "traffic_lights_states": {"1": "red"}},
        {"agent_states": ["b"], "model_version": "new"},
    ]
    merged = merged_initialize_answer(answers, [(0, 0), (1, 0)])
    assert merged == {"agent_states": ["a", "b"], "model_version": "new"}


def test_a_payload_is_flat_with_the_top_levels_agents_first() -> None:
    payload = {
        "location": "town",
        "agent_states": ["t"],
        "agent_properties": ["T"],
        "regions": [
            {"center": [0, 0], "agent_states": ["a"], "agent_properties": ["A", "A2"]},
            {"center": [100, 0], "agent_properties": None},
        ],
    }
    assert flat_initialize_request(payload) == {
        "location": "town",
        "agent_properties": ["T", "A", "A2"],
        "states_history": [["t", "a"]],
    }


def test_of_parts_the_buffers_are_left_out_and_agents_to_be_placed_have_no_state() -> None:
    """The second region sends the first's agent a as a neighbour; B2 is to be placed."""
    requests = [
        {"location": "town", "states_history": [["a"]], "agent_properties": ["A"]},
        {"location": "town", "states_history": [["a", "b"]], "agent_properties": ["A", "B", "B2"]},
    ]
    merged = merged_initialize_request(requests, [{0}, {1, 2}], [(0, 0), (1, 1), (1, 2)])
    assert merged == {
        "location": "town",
        "agent_properties": ["A", "B", "B2"],
        "states_history": [["a", "b"]],
    }


def test_agents_given_at_the_top_level_come_first_in_the_results_order() -> None:
    """Agent t stands in the second region, but the client gave it before all regions."""
    requests = [
        {"states_history": [["a"]], "agent_properties": ["A"]},
        {"states_history": [["t", "b"]], "agent_properties": ["T", "B"]},
    ]
    merged = merged_initialize_request(requests, [{0}, {0, 1}], [(1, 0), (0, 0), (1, 1)])
    assert merged["agent_properties"] == ["T", "A", "B"]
    assert merged["states_history"] == [["t", "a", "b"]]
