"""What differs, in the words of the domain. Every sentence is written out."""

import json

import pytest

from iai_proxy.api import differences


def said(
    present: object,
    recorded: object,
    *,
    present_target: str = "/drive",
    recorded_target: str = "/drive",
) -> list[str]:
    found = differences(
        present_target, json.dumps(present).encode(), recorded_target, json.dumps(recorded).encode()
    )
    return [str(difference) for difference in found]


def states(count: int) -> list[list[float]]:
    return [[float(agent), 0.0, 0.5, 10.0] for agent in range(count)]


@pytest.mark.parametrize(("index", "word"), [(0, "x"), (1, "y"), (2, "orientation"), (3, "speed")])
def test_an_agent_state_is_named_by_agent_and_quantity(index: int, word: str) -> None:
    present, recorded = states(13), states(13)
    present[12][index], recorded[12][index] = 31.204, 31.205
    assert said({"agent_states": present}, {"agent_states": recorded}) == [
        f"agent 12 {word} is 31.204, recorded 31.205"
    ]


def test_another_number_of_agents_is_said_first() -> None:
    assert said({"agent_states": states(3)}, {"agent_states": states(2)}) == [
        "agent_states length is 3, recorded 2"
    ]


def test_a_state_of_another_length_is_a_difference() -> None:
    assert said({"agent_states": [[1, 2]]}, {"agent_states": [[1, 2, 3]]}) == [
        "agent 0 orientation is absent, recorded 3"
    ]
    assert said({"agent_states": [[1, 2, 3, 4, 5]]}, {"agent_states": [[1, 2, 3, 4, 6]]}) == [
        "agent 0 number 5 is 5, recorded 6"
    ]


def test_recurrent_states_are_counted_not_printed() -> None:
    present, recorded = [[0.5] * 152, [0.5] * 152], [[0.5] * 152, [0.5] * 152]
    present[1][3:6] = [1, 2, 3]
    assert said({"recurrent_states": present}, {"recurrent_states": recorded}) == [
        "agent 1 recurrent state is different in 3 numbers, recorded otherwise"
    ]


def test_a_property_of_an_agent_is_named() -> None:
    present = [{"length": 4.5, "agent_type": "car"}]
    recorded = [{"length": 5.0, "agent_type": "car"}]
    assert said({"agent_properties": present}, {"agent_properties": recorded}) == [
        "agent 0 length is 4.5, recorded 5.0"
    ]
    assert said({"agent_attributes": [[1, 2]]}, {"agent_attributes": [[1, 3]]}) == [
        "agent 0 agent_attributes is [1, 2], recorded [1, 3]"
    ]


def test_a_field_that_one_side_lacks_is_absent_and_null_is_null() -> None:
    assert said({"a": 1}, {"b": None}) == ["b is absent, recorded null", "a is 1, recorded absent"]
    assert said({"recurrent_states": None}, {"recurrent_states": [[1]]}) == [
        "recurrent_states is null, recorded [[1]]"
    ]


def test_the_query_comes_first() -> None:
    assert said(
        {"a": 1}, {"a": 2}, present_target="/x?location=u&q=1", recorded_target="/x?location=v&q=1"
    ) == [
        "location is u, recorded v",
        "a is 1, recorded 2",
    ]


def test_a_long_value_is_cut() -> None:
    (sentence,) = said({"a": "x" * 500}, {"a": "y"})
    assert sentence == f"a is {'x' * 59}…, recorded y"


def test_a_body_that_is_not_json_is_compared_by_size() -> None:
    assert [str(found) for found in differences("/x", b"abc", "/x", b"{}")] == [
        "the body is 3 bytes, recorded 2 bytes"
    ]
    assert [str(found) for found in differences("/x", b"[1]", "/x", b"{}")] == [
        "the body is [1], recorded {}"
    ]


@pytest.mark.parametrize(
    ("present", "recorded"),
    [
        (b'{"a": 1.0}', b'{"a":1}'),
        (b"", b""),
        (b"xyz", b"xyz"),
        (b'{"a":NaN}', b'{ "a": NaN }'),
        (b"[NaN]", b"[ NaN]"),
    ],
)
def test_what_is_the_same_differs_nowhere(present: bytes, recorded: bytes) -> None:
    assert list(differences("/x?b=1&a=2", present, "/x?a=2&b=1", recorded)) == []


def test_a_body_nested_too_deeply_is_compared_by_size() -> None:
    assert [str(found) for found in differences("/x", b"[" * 50_000, "/x", b"{}")] == [
        "the body is 50000 bytes, recorded 2 bytes"
    ]
