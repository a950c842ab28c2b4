"""Lights that are sent at some steps only."""

from __future__ import annotations

import copy

from diagnosis import mistakes
from diagnosis.views import findings_of, views_of

from iai_proxy.diagnosis.registry import by_code


def test_lights_of_one_branch_are_not_expected_of_another() -> None:
    """Two futures from one beginning: one client sets the lights, another never does."""
    lit = mistakes.run(
        lambda step, request: step and request.update(traffic_lights_states=mistakes.LIGHTS),
        steps=3,
    )
    dark = copy.deepcopy(mistakes.run(steps=5)[2:])
    for call in dark:
        for body in call["answer"], *([call["request"]] if call is not dark[0] else []):
            body["recurrent_states"] = [
                [finding + 5.0 for finding in row] for row in body["recurrent_states"]
            ]
    assert not list(findings_of(*views_of([*lit, *dark]), [by_code(250)]))
