"""A run of a simulation, packed."""

from __future__ import annotations

import pytest

from iai_proxy.logs.scenario import ScenarioStep, actor_id_of


def test_a_step_needs_four_numbers_an_agent() -> None:
    with pytest.raises(
        ValueError, match=r"^a step has 4 numbers for 2 agents: 4 are needed for each$"
    ):
        ScenarioStep.pack([0, 1], [[1.0, 2.0, 3.0, 4.0]])


@pytest.mark.parametrize(
    ("value", "identity"),
    [
        (7, 7),
        ("103760", 103760),
        ("0", 0),
        ("9" * 15, 999_999_999_999_999),
        ("9" * 16, None),
        ("9" * 5000, None),
        (10**100, None),
        (-1, None),
        (True, None),
        ("\u0663", None),
        ("1.5", None),
        (1.0, None),
        (None, None),
    ],
)
def test_an_id_is_a_number_that_javascript_holds(value: object, identity: int | None) -> None:
    assert actor_id_of(value) == identity
