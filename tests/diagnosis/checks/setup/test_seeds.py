"""Seeds of successive calls."""

from __future__ import annotations

import pytest
from diagnosis import mistakes
from diagnosis.views import findings_of, folded, views_of

from iai_proxy.diagnosis.registry import ALL


@pytest.mark.parametrize(
    ("seeds", "drawn"), [([0, 1, 2, 3, 100, 100], False), ([7, 3, 9, 1, 8, 2], True)]
)
def test_seeds_that_are_counted_with_one_jump_are_not_drawn(seeds: list[int], drawn: bool) -> None:
    calls = mistakes.run(lambda step, request: request.update(random_seed=seeds[step]), steps=5)
    assert (279 in {finding.code for finding in findings_of(*views_of(calls), ALL)}) == drawn


def test_two_constant_seeds_one_after_the_other_are_two_findings() -> None:
    calls = mistakes.run(
        lambda step, request: request.update(random_seed=7 if step <= 6 else 8), steps=12
    )
    found = folded(calls, (), 277)
    assert [(finding.step, finding.last_step, finding.message) for finding in found] == [
        (1, 6, "drive has the same random_seed, 7, at all these steps"),
        (7, 12, "drive has the same random_seed, 8, at all these steps"),
    ]
