"""Which checks are run, and which findings fail a run."""

from __future__ import annotations

import pytest

from iai_proxy.diagnosis.check import Finding, Located, Severity
from iai_proxy.diagnosis.registry import ALL, by_code
from iai_proxy.diagnosis.selection import failing, named, selected
from iai_proxy.errors import UsageError


@pytest.mark.parametrize("text", ["11", "011", "IAI011", "iai11", "agent-state-modified"])
def test_a_check_has_a_code_and_a_name(text: str) -> None:
    assert named(text) is by_code(11)


def test_a_name_that_is_nearly_right_is_suggested() -> None:
    with pytest.raises(UsageError, match=r"did you mean.*agent-state-modified.*iai-proxy explain"):
        named("agent-state-modifed")


def test_checks_are_all_or_those_selected_less_those_ignored() -> None:
    assert selected((), ()) == ALL
    assert selected(("11, 10", "50"), ("10",)) == (by_code(11), by_code(50))
    assert set(ALL) - set(selected((), ("11,50",))) == {by_code(11), by_code(50)}


@pytest.mark.parametrize(
    ("select", "ignore", "message"),
    [
        ([","], [], "--select names no check: leave it out for all"),
        (["11"], ["IAI011"], "--ignore leaves out all that --select chooses: no check is left"),
    ],
)
def test_a_selection_without_checks_is_refused(
    select: list[str], ignore: list[str], message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        selected(select, ignore)


def located(code: int) -> Located:
    return Located(1, by_code(code), Finding(code, 1, 1, (), None, "found"))


def test_a_severity_fails_what_is_as_bad_or_worse() -> None:
    by_severity = {check.severity: located(check.code) for check in ALL}
    fails = {
        least: {severity for severity, found in by_severity.items() if failing(least)(found)}
        for least in Severity
    }
    assert fails == {
        "error": {"error"},
        "warning": {"error", "warning"},
        "info": {"error", "warning", "info"},
    }


def test_checks_fail_by_code_or_name_whatever_their_severity() -> None:
    fails = failing("50, agent-state-modified")
    assert [fails(located(code)) for code in (10, 11, 50)] == [False, True, True]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "error,11",
            "--fail-on takes either error, warning or info, or a list of checks: 'error' is",
        ),
        (",", "--fail-on names neither a severity nor a check, and so could never fail"),
        ("50", "--fail-on 50 can never fail: --select or --ignore leaves that check out"),
    ],
)
def test_what_could_never_fail_is_refused(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        failing(text, made=[by_code(11)])
