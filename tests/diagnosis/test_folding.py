"""Findings that a check repeats at consecutive steps become one."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from diagnosis.saying import RUN, Looking, Saying, view
from hypothesis import given
from hypothesis import strategies as st

from iai_proxy.diagnosis.check import Finding
from iai_proxy.diagnosis.folding import MOST_FINDINGS
from iai_proxy.diagnosis.runner import run_checks
from iai_proxy.diagnosis.step_view import StepView
from iai_proxy.diagnosis.wording import grouped


class Guessing(Saying):
    """Finds what the request holds: since, agents, value, message, guess and kind."""

    code = 904
    name = "guessing"

    def step(self, view: StepView) -> Iterable[Finding]:
        for first, agents, value, message, guess, kind in view.request.get("guess", ()):
            yield self.finding(view, message, agents, value, since=first, guess=guess, kind=kind)


def found(
    *views: StepView,
) -> list[tuple[int | None, int, int, tuple[int, ...], float | None, str]]:
    return [
        (
            located.simulation,
            located.finding.step,
            located.finding.last_step,
            located.finding.agents,
            located.finding.value,
            message,
        )
        for located in run_checks(RUN, views, [Saying]).located
        for message in [located.finding.message]
    ]


def test_findings_at_consecutive_steps_are_one_with_the_worst_value_and_its_message() -> None:
    values = {12: -0.4, 13: -3.25, 14: 1.0}
    views = [
        view(step, (f"agent 3 is {value} m off", (3,), value)) for step, value in values.items()
    ]
    assert found(*views) == [(1, 12, 14, (3,), -3.25, "agent 3 is -3.25 m off")]


def test_messages_that_differ_in_numbers_only_are_alike() -> None:
    values = [0.00001, 0.25, -35.0, 999.0, 1144.0, -1234567.0]
    views = [
        view(step, (f"off by {grouped(value)} m", (3,), value)) for step, value in enumerate(values)
    ]
    assert found(*views) == [(1, 0, 5, (3,), -1234567.0, "off by -1 234 567 m")]


def test_a_step_without_the_finding_makes_two() -> None:
    assert found(view(1, ("a", (), None)), view(2), view(3, ("a", (), None))) == [
        (1, 1, 1, (), None, "a"),
        (1, 3, 3, (), None, "a"),
    ]


def test_other_agents_messages_and_simulations_are_kept_apart() -> None:
    views = [
        view(
            1,
            ("agent 3 is 1 m off", (3,), 1.0),
            ("agent 4 is 2 m off", (4,), 2.0),
            ("agent 3 is small", (3,), 1.0),
        ),
        view(2, ("agent 3 is 5 m off", (3,), 5.0)),
        view(2, ("agent 3 is 6 m off", (3,), 6.0), simulation=2),
    ]
    assert found(*views) == [
        (1, 1, 2, (3,), 5.0, "agent 3 is 5 m off"),
        (1, 1, 1, (4,), 2.0, "agent 4 is 2 m off"),
        (1, 1, 1, (3,), 1.0, "agent 3 is small"),
        (2, 2, 2, (3,), 6.0, "agent 3 is 6 m off"),
    ]


def test_two_branches_side_by_side_are_one_finding() -> None:
    views = [view(step, ("a", (), None)) for step in (1, 2, 2, 3, 3)]
    assert found(*views) == [(1, 1, 3, (), None, "a")]


def test_a_later_branch_from_an_earlier_step_is_another_finding() -> None:
    assert found(*[view(step, ("a", (), None)) for step in (5, 6, 7, 2)]) == [
        (1, 2, 2, (), None, "a"),
        (1, 5, 7, (), None, "a"),
    ]


def test_findings_about_the_whole_run_are_never_folded_and_come_last() -> None:
    results = run_checks(RUN, [view(0, ("a", (), None))], [Looking, Saying]).located
    assert [
        (located.simulation, located.check, located.finding.message) for located in results
    ] == [
        (1, Saying, "a"),
        (None, Looking, "call 1 took 2.5 s"),
        (None, Looking, "call 7 took 3.5 s"),
    ]


def test_findings_beyond_the_limit_become_one() -> None:
    """Other agents at each step: beyond the limit they are one finding that names all of them."""
    count = MOST_FINDINGS + 500
    got = found(
        *[view(step, (f"agent {step} is off", (step,), float(step))) for step in range(count)]
    )
    assert len(got) == MOST_FINDINGS + 1
    _, first, last, agents, value, message = got[-1]
    assert (first, last, value) == (MOST_FINDINGS, count - 1, count - 1.0)
    assert agents == tuple(range(MOST_FINDINGS, count))
    assert message == f"agent {count - 1} is off"


def test_the_limit_holds_if_every_finding_is_of_another_kind() -> None:
    got = guesses(
        *[(step, step, "seed", "", f"seed {step}") for step in range(MOST_FINDINGS + 500)]
    )
    assert len(got) == MOST_FINDINGS + 1
    assert got[-1][:2] == (MOST_FINDINGS, MOST_FINDINGS + 499)


@pytest.mark.parametrize("worst", ["first", "last"])
def test_a_finding_beyond_the_limit_says_that_it_has_gaps(worst: str) -> None:
    """Every second step; then the worst is followed by ones without a gap."""
    count = 2 * MOST_FINDINGS
    steps = [*range(0, count + 6, 2), count + 5, count + 6]
    sign = 1 if worst == "last" else -1
    got = found(
        *[view(step, ("agent 3 is off", (3,), float(count * 2 + sign * step))) for step in steps]
    )
    assert len(got) == MOST_FINDINGS + 1
    assert got[-1][1:3] == (count, count + 6)
    assert got[-1][-1] == "agent 3 is off (not at all of these steps)"


@given(st.lists(st.lists(st.integers(0, 3), max_size=4), max_size=30))
def test_folding_neither_loses_nor_adds_steps_and_agents(agents: list[list[int]]) -> None:
    views = [
        view(step, *(("a", (agent,), 1.0) for agent in said)) for step, said in enumerate(agents)
    ]
    expected = {(step, agent) for step, said in enumerate(agents) for agent in said}
    got = found(*views)
    assert {(step, row[3][0]) for row in got for step in range(row[1], row[2] + 1)} == expected
    assert sum(row[2] - row[1] + 1 for row in got) == len(expected)


def guesses(*steps: tuple[int, int, str, str, str]) -> list[tuple[int, int, float | None, str]]:
    """What findings fold to, each given as (step, since, message, guess, kind)."""
    run = []
    for index, first, message, guess, kind in steps:
        step = view(index)
        step.request = {"guess": [(first, (3,), float(index), message, guess, kind)]}
        run.append(step)
    results = run_checks(RUN, run, [Guessing]).located
    return [
        (
            located.finding.step,
            located.finding.last_step,
            located.finding.value,
            located.finding.sentence,
        )
        for located in results
    ]


def test_the_latest_guess_of_a_lasting_finding_holds() -> None:
    assert guesses((5, 1, "off", "this, or that", ""), (6, 2, "off", "that", "")) == [
        (1, 6, 6.0, "off: this looks like that")
    ]
    assert guesses((5, 1, "off", "this", ""), (6, 2, "off", "", "")) == [(1, 6, 6.0, "off")]


def test_the_kind_decides_whether_findings_become_one() -> None:
    assert guesses((1, 1, "rounded", "", "changed"), (2, 2, "moved by 3 m", "", "changed")) == [
        (1, 2, 2.0, "moved by 3 m")
    ]
    assert guesses((1, 1, "seed 7", "", "seed 7"), (2, 2, "seed 8", "", "seed 8")) == [
        (1, 1, 1.0, "seed 7"),
        (2, 2, 2.0, "seed 8"),
    ]


@pytest.mark.parametrize(
    ("since", "steps"), [(4, [(1, 12)]), (3, [(1, 12)]), (5, [(1, 12)]), (6, [(1, 4), (6, 12)])]
)
def test_a_finding_that_is_dated_back_joins_what_it_overlaps(
    since: int, steps: list[tuple[int, int]]
) -> None:
    assert [row[:2] for row in guesses((4, 1, "off", "", ""), (12, since, "off", "", ""))] == steps
