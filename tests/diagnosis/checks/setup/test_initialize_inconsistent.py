"""Agents of initialize that lack some of their sizes, as the SDK's own tests send them."""

from __future__ import annotations

from typing import Any

import pytest
from diagnosis import mistakes
from diagnosis.views import findings_of, views_of

from iai_proxy.api import Endpoint
from iai_proxy.diagnosis.checks.setup.initialize_inconsistent import InitializeInconsistent
from iai_proxy.diagnosis.registry import ALL
from iai_proxy.diagnosis.step_view import RunView, StepView

SIZED = {"length": 4.5, "width": 1.9, "rear_axis_offset": 1.3}
WALKER = {"length": 1.37, "width": 1.98, "rear_axis_offset": None, "agent_type": "pedestrian"}


def messages(*properties: dict[str, Any]) -> list[str]:
    """What 280 says of an initialize that the service refused; the first agent has a state."""
    asked = {
        "location": "town:square",
        "states_history": mistakes.placed([0.0, 0.0, 0.0, 5.0]),
        "agent_properties": [mistakes.car(**each) for each in properties],
    }
    step = StepView(1, 0, Endpoint.INITIALIZE, "town:square", asked, {}, (), (), None, (), ())
    check = InitializeInconsistent(RunView((), 0, {}, {}))
    return [finding.message for finding in check.step(step)]


@pytest.mark.parametrize("missing", ["length", "width", "rear_axis_offset"])
def test_a_car_with_a_state_needs_all_its_sizes(missing: str) -> None:
    (message,) = messages(SIZED | {missing: None}, {})
    assert message == "agent 0 has a state, but no length, width or rear axle"


def test_a_pedestrian_needs_no_rear_axle() -> None:
    assert not messages(WALKER, WALKER)


@pytest.mark.parametrize("given", [{"width": 1.15}, {"length": 4.5, "width": 1.9}])
def test_an_agent_to_be_sampled_has_all_of_its_sizes_or_none(given: dict[str, Any]) -> None:
    assert not messages(SIZED, {}, SIZED)
    (message,) = messages(SIZED, {}, given)
    assert message == (
        "agent 2 is to be sampled with some of length, width and rear axle, but not all"
    )


def test_what_was_answered_all_the_same_is_not_blamed() -> None:
    calls = mistakes.run(properties=[mistakes.car(length=5.0), mistakes.car(), mistakes.car()])
    assert 280 not in {finding.code for finding in findings_of(*views_of(calls), ALL)}
