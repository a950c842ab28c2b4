"""Finding agents again: each is the first that equals it after rounding."""

from __future__ import annotations

import pytest

from iai_proxy.diagnosis.sdk_tool.lookup import (
    ABSENT,
    RECURRENT_STATES,
    STATES,
    first_alike,
    first_equal,
)

Rows = list[list[float]]

A, B, C = [1.0, 2.0, 0.5, 7.0], [3.0, 4.0, 0.5, 7.0], [5.0, 6.0, 0.5, 7.0]
#: Where A is, but faster.
FASTER = [1.0, 2.0, 0.5, 8.0]


@pytest.mark.parametrize(
    ("sent", "found"),
    [
        pytest.param([A, B, C], [0, 1, 2], id="the same"),
        pytest.param([C, A, B], [1, 2, 0], id="in another order"),
        pytest.param([A, C], [0, ABSENT, 1], id="one less"),
        pytest.param([A, A, B, C], [0, 2, 3], id="twice: the first"),
        pytest.param([FASTER, A, B, C], [1, 2, 3], id="two in one place: the one of its speed"),
        pytest.param([FASTER, B, C], [ABSENT, 1, 2], id="another in its place"),
        pytest.param([], [ABSENT] * 3, id="none"),
    ],
)
def test_each_agent_is_found_where_it_is_sent_first(sent: Rows, found: list[int]) -> None:
    assert first_alike([A, B, C], sent, STATES) == found


def test_two_answered_alike_are_both_the_first_of_them() -> None:
    """As ``list.index`` has it, with which the tool looks."""
    assert first_alike([A, A], [A, A], STATES) == [0, 0]


def test_states_are_compared_to_two_decimals_and_recurrent_states_to_six() -> None:
    assert first_alike([[1.001, 2.0]], [[1.004, 2.0]], STATES) == [0]
    assert first_alike([[1.001, 2.0]], [[1.006, 2.0]], STATES) == [ABSENT]
    row = [0.1] * 152
    for change, found in ((1e-7, 0), (1e-5, ABSENT)):
        for position in (0, 1, 151):  # only every 38th number is looked up by
            other = list(row)
            other[position] += change
            assert first_alike([row], [other], RECURRENT_STATES) == [found]


def test_values_are_equal_as_python_has_it_in_lists_and_objects() -> None:
    sent = [[4, 2.0, None], {"x": [1, {"y": 2}], "z": 0}, "car"]
    answered = [{"z": 0.0, "x": [1.0, {"y": 2}]}, "car", [4.0, 2, None], "bus", [4, 2]]
    assert first_equal(answered, sent) == [1, 2, 0, ABSENT, ABSENT]
