"""Agents of initialize that lack some of their sizes, as the SDK's own tests send them."""

from __future__ import annotations

import pytest
from diagnosis import mistakes
from diagnosis.views import findings_of, views_of

from iai_proxy.diagnosis.registry import ALL

SIZED = {"length": 4.5, "width": 1.9, "rear_axis_offset": 1.3}
WALKER = {"length": 1.37, "width": 1.98, "rear_axis_offset": None, "agent_type": "pedestrian"}


def messages(*properties: dict[str, object]) -> list[str]:
    """What 280 says of an initialize; the first agent has a state."""
    history = mistakes.placed([0.0, 0.0, 0.0, 5.0])
    calls = mistakes.run(properties=[mistakes.car(**each) for each in properties], history=history)
    found = findings_of(*views_of(calls), ALL)
    return [each.message for each in found if each.code == 280]


@pytest.mark.parametrize("missing", ["length", "width", "rear_axis_offset"])
def test_a_car_with_a_state_needs_all_its_sizes(missing: str) -> None:
    (message,) = messages(SIZED | {missing: None}, {})
    assert message == "agent 0 has a state, but no length, width or rear axle"


def test_a_pedestrian_needs_no_rear_axle() -> None:
    assert not messages(WALKER, WALKER)


@pytest.mark.parametrize("given", [{"width": 1.15}, {"length": 4.5, "width": 1.9}])
def test_an_agent_to_be_sampled_has_all_of_its_sizes_or_none(given: dict[str, object]) -> None:
    assert not messages(SIZED, {}, SIZED)
    (message,) = messages(SIZED, {}, given)
    assert message == (
        "agent 2 is to be sampled with some of length, width and rear axle, but not all"
    )
