"""Recurrent states of older steps."""

from __future__ import annotations

import copy
from collections import Counter
from typing import Any

import pytest
from diagnosis import mistakes
from diagnosis.drivers import interleaved
from diagnosis.views import views_of

from iai_proxy.diagnosis.registry import ALL
from iai_proxy.diagnosis.runner import run_checks

Json = dict[str, Any]


@pytest.mark.parametrize("count", [1, 9, 40])
def test_recurrent_states_of_older_steps_are_known_however_many_run_at_once(count: int) -> None:
    def make() -> list[Json]:
        first: Json = {}

        def edit(step: int, request: Json) -> None:
            if step == 1:
                first.update(copy.deepcopy(request))
            if step >= 4:
                request["recurrent_states"] = copy.deepcopy(first["recurrent_states"])

        return mistakes.run(edit, steps=6, info=False)

    found = run_checks(*views_of(interleaved(count, make)), ALL).located
    assert Counter(
        (each.check.code, each.finding.step, each.finding.last_step) for each in found
    ) == {(205, 4, 6): count}
    assert {each.finding.message for each in found} == {
        "agents 0, 1 and 2 are sent with a recurrent state that is up to 5 steps old"
    }
