"""What is said at the end of a recording of checks that there was no time for."""

from __future__ import annotations

import pytest

from iai_proxy.proxy.check_notices import unfinished


@pytest.mark.parametrize(
    ("left_out", "looked_again", "said"),
    [
        (0, True, ""),
        (1, True, "1 step was not checked: `iai-proxy diagnose` checks the whole run"),
        (
            2913,
            False,
            "2913 steps were not checked: `iai-proxy diagnose` checks the whole run, and "
            "may find other things",
        ),
        (
            0,
            False,
            "there was no time to check the whole run a second time: `iai-proxy diagnose` does, "
            "and may find other things",
        ),
    ],
)
def test_what_is_left_to_do_is_said(left_out: int, looked_again: bool, said: str) -> None:
    assert unfinished(left_out, looked_again=looked_again) == said
