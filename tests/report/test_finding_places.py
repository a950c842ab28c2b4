"""Where findings are, in words."""

from __future__ import annotations

import pytest
from report.diagnoses import found

from iai_proxy.report.finding_places import (
    agents_of,
    call_of,
    named_agents,
    place_of,
    steps_of,
)


@pytest.mark.parametrize(
    ("steps", "text"),
    [
        ([(3, 3)], "step 3"),
        ([(12, 40), (43, 43)], "steps 12-40, 43"),
        ([(43, 43), (12, 40), (20, 42)], "steps 12-43"),  # they overlap or follow each other
        ([(3, 3), (3, 3)], "step 3"),
        ([(0, 9), (2, 3)], "steps 0-9"),
    ],
)
def test_steps_are_ranges_in_order(steps: list[tuple[int, int]], text: str) -> None:
    assert steps_of(found(11, each).finding for each in steps) == text


def test_agents_are_ranges_each_once() -> None:
    assert named_agents([12, 3, 1, 2, 2]) == "agents 1-3, 12"
    assert (named_agents([4, 4]), named_agents([])) == ("agent 4", "")
    assert agents_of([found(11, agents=[2]).finding, found(11, agents=[0, 1]).finding]) == (
        "agents 0-2"
    )


def test_a_finding_that_goes_on_begins_with_its_call() -> None:
    assert call_of(found(11, (3, 3), call=14)) == "call 14"
    assert call_of(found(11, (3, 9), call=14)) == "from call 14"
    assert call_of(found(11)) == ""


def test_a_place_has_what_is_known() -> None:
    everything = found(11, (12, 40), agents=range(4), call=14)
    assert place_of(everything) == "simulation 1, steps 12-40, from call 14, agents 0-3"
    assert place_of(found(11)) == "simulation 1, step 3"
    assert place_of(found(11, agents=[2], simulation=None)) == "agent 2"
    assert place_of(found(11, simulation=None)) == ""
