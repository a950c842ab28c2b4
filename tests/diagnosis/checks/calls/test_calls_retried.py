"""Calls that were made several times, and how long that took."""

from __future__ import annotations

from dataclasses import replace

from diagnosis import mistakes
from diagnosis.views import calls_of, findings_of, views_of

from iai_proxy.diagnosis.checks.calls.calls_retried import CallsRetried
from iai_proxy.diagnosis.registry import ALL


def test_a_location_info_that_succeeds_at_the_third_attempt_has_not_failed() -> None:
    """Two times 503, after 40 ms each; the SDK waits 1 s and 2 s."""
    info, *others = mistakes.run(steps=2)
    failed = {**info, "answer": None, "status": 503, "ms": 40}
    calls = [{**failed, "wait_ms": 1000}, {**failed, "wait_ms": 2000}, info, *others]
    (found,) = findings_of(*views_of(calls), ALL)
    assert (found.code, found.value) == (300, 3080.0)
    assert (
        found.message
        == "location_info #3: the call failed 2 times (503) before it succeeded: 3 080 ms lost"
    )


def test_a_success_at_another_location_does_not_count() -> None:
    info, *others = mistakes.run(steps=2)
    failed = {
        **info,
        "request": {"location": "town:square", "rendering_fov": 50},
        "answer": None,
        "status": 503,
    }
    assert [finding.code for finding in findings_of(*views_of([failed, info, *others]), ALL)] == [
        301
    ]


def test_each_part_of_a_large_call_is_timed_by_its_own_attempts() -> None:
    """Part A fails at 0 ms and is repeated at 1010 ms; part B succeeds, and begins at 1 ms."""
    run, views = views_of(mistakes.run(steps=2, info=False))
    part, other_part, *_ = calls_of(mistakes.run(steps=2, info=False))
    again = replace(part, id=8, started_ns=part.started_ns + 1_010_000_000)
    beside = replace(other_part, id=9, started_ns=part.started_ns + 1_000_000)
    views[1].calls, views[1].attempts = [again, beside], [replace(part, status=503)]
    (found,) = CallsRetried(run).step(views[1])
    assert found.value == 1010.0
