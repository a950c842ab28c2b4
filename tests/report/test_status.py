"""The line that a terminal shows while a proxy runs, worked out by hand."""

from __future__ import annotations

from iai_proxy.report.status import status_text


def test_before_the_first_call_it_says_so() -> None:
    assert status_text(0, 0, 0, 0.0, None, {}) == "waiting for the first call"


def test_a_sound_run_is_calls_steps_rate_latency_and_bytes() -> None:
    assert status_text(42, 0, 1_560_000, 6.25, 8.4, {1: 39}) == (
        "42 calls · sim 1 step 39 · 6.2 calls/s · 8 ms · 1.56 MB"
    )


def test_failures_and_remarks_come_first_and_the_newest_simulations_are_named() -> None:
    steps = {1: 9, 2: 8, 3: 7, 4: 6, 5: 5}
    assert status_text(1, 1, 10, 0.0, None, steps, "2 findings") == (
        "1 call · 1 failed · 2 findings · sim 5 step 5, sim 4 step 6, sim 3 step 7 and 2 more"
        " · 0.0 calls/s · 10 B"
    )
