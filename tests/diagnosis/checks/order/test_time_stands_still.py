"""Calls that request the same step again and again."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from diagnosis import mistakes
from diagnosis.views import findings_of, views_of

from iai_proxy.diagnosis.registry import ALL

Json = dict[str, Any]


@pytest.mark.parametrize("ego", [True, False])
def test_repeated_steps_are_reported_with_an_ego_too_and_a_choice_among_futures_is_not(
    ego: bool,
) -> None:
    def still(times: int, calls: list[Json]) -> list[Json]:
        """The last step several times, each predicted anew, with the ego elsewhere."""
        again = []
        for number in range(times):
            call = copy.deepcopy(calls[-1])
            call["answer"]["recurrent_states"] = [
                [finding + number + 1 for finding in row]
                for row in calls[-1]["answer"]["recurrent_states"]
            ]
            if ego:
                call["request"]["agent_states"][0][0] += number
            again.append(call)
        return [*calls, *again]

    def found(calls: list[Json]) -> list[str]:
        views = views_of(calls, [0] if ego else [])
        return [finding.message for finding in findings_of(*views, ALL) if finding.code == 282]

    assert found(still(6, mistakes.run(steps=1, info=False))) == [
        "the last 7 calls of simulation 1, #2 to #8, all request step 1 with the same states"
    ]
    assert not found(still(6, mistakes.run(steps=9, info=False)))
