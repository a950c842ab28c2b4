"""One pass with all checks, and what happens if a check fails."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from diagnosis.saying import RUN, Looking, Saying, view

from iai_proxy.diagnosis.check import Check, Finding
from iai_proxy.diagnosis.runner import CheckRunner, run_checks
from iai_proxy.diagnosis.step_view import StepView


class Breaking(Saying):
    """Breaks down at step 2, having said something."""

    code = 901
    name = "breaking"

    def step(self, view: StepView) -> Iterable[Finding]:
        yield self.finding(view, "so far")
        if view.index == 2:
            raise ZeroDivisionError("by nothing")


class BreakingAtTheEnd(Looking):
    code = 903
    name = "breaking-at-the-end"

    def end(self) -> Iterable[Finding]:
        raise KeyError("end")


def test_a_check_that_fails_is_named_with_its_step_and_the_others_go_on() -> None:
    steps = [view(index, ("a", (), None)) for index in range(5)]
    results = run_checks(RUN, steps, [Breaking, Saying, BreakingAtTheEnd])
    assert [
        (located.check, located.finding.step, located.finding.last_step)
        for located in results.located
    ] == [
        (Saying, 0, 4),
        (Breaking, 0, 1),
    ]
    assert results.faults == [
        "check 901 (breaking) failed at step 2: ZeroDivisionError('by nothing'); please report it",
        "check 903 (breaking-at-the-end) failed at the end: KeyError('end'); please report it",
    ]
    assert results.steps == 5


def test_what_a_step_shows_is_returned_at_once() -> None:
    runner = CheckRunner(RUN, [Saying])
    assert [located.finding.step for located in runner.step(view(3, ("a", (), None)))] == [3]
    assert [located.finding.step for located in runner.step(view(4, ("a", (), None)))] == [4]
    assert [
        (located.finding.step, located.finding.last_step) for located in runner.end().located
    ] == [(3, 4)]


def test_without_steps_there_is_nothing() -> None:
    assert run_checks(RUN, [], [Saying]).located == []


@pytest.mark.parametrize("checks", [[], [Saying]])
def test_a_step_without_findings_says_nothing(checks: list[type[Check]]) -> None:
    assert run_checks(RUN, [view(0), view(1)], checks).located == []
