"""What every check has: findings at a step, since a step or about the run, and which is worse."""

from __future__ import annotations

import math

import pytest
from diagnosis.saying import RUN, Saying, view

from iai_proxy.diagnosis.check import Finding


class LeastIsWorst(Saying):
    least_is_worst = True


def finding(value: float | None) -> Finding:
    return Finding(900, 1, 1, (), value, "found")


def test_the_value_furthest_from_zero_is_the_worst_and_none_is_better_than_any() -> None:
    values = [None, -4.0, 3.0, math.nan, 0.5]
    assert max(values, key=lambda value: Saying.badness(finding(value))) == -4.0
    assert Saying.badness(finding(None)) == Saying.badness(finding(math.nan)) == -math.inf


def test_where_the_least_is_the_worst_it_is_the_value_nearest_to_zero() -> None:
    values = [None, -4.0, 3.0, 0.5]
    assert max(values, key=lambda value: LeastIsWorst.badness(finding(value))) == 0.5


@pytest.mark.parametrize(("since", "first"), [(None, 7), (3, 3), (0, 0)])
def test_a_finding_is_at_its_step_or_since_an_earlier_one(since: int | None, first: int) -> None:
    found = Saying(RUN).finding(view(7), "found", [2], 1.5, since=since)
    assert (found.code, found.step, found.last_step, found.agents) == (900, first, 7, (2,))


def test_a_finding_about_the_run_has_no_step_unless_it_says_so() -> None:
    check = Saying(RUN)
    assert check.run_finding("found") == Finding(900, 0, 0, (), None, "found")
    assert check.run_finding("found", 2.0, steps=(3, 9)) == Finding(900, 3, 9, (), 2.0, "found")


def test_a_sentence_says_what_it_looks_like() -> None:
    assert finding(1.0).sentence == "found"
    guessed = Finding(900, 1, 1, (), 1.0, "agent 3 is 1 m off", guess="another time step")
    assert guessed.sentence == "agent 3 is 1 m off: this looks like another time step"
