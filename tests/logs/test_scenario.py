"""A run of a simulation, packed."""

from __future__ import annotations

import pytest

from iai_proxy.logs.scenario import ScenarioStep


def test_a_step_needs_four_numbers_an_agent() -> None:
    with pytest.raises(
        ValueError, match=r"^a step has 4 numbers for 2 agents: 4 are needed for each$"
    ):
        ScenarioStep.pack([0, 1], [[1.0, 2.0, 3.0, 4.0]])
