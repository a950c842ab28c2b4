"""What is said at the end of a recording of checks that there was no time for."""

from __future__ import annotations

import pytest

from iai_proxy.proxy.check_notices import unfinished

BETTER = "may know better which agents are egos"


@pytest.mark.parametrize(
    ("left_out", "looked_again", "said"),
    [
        (0, True, ""),
        (12, True, "12 steps not checked yet: `iai-proxy diagnose` does it"),
        (
            1,
            False,
            "1 step not checked yet, and the others not checked again: `iai-proxy diagnose` does "
            f"both, and {BETTER}",
        ),
        (
            0,
            False,
            "there was no time to check the whole run again: `iai-proxy diagnose` does it, and "
            f"{BETTER}",
        ),
    ],
)
def test_what_is_left_to_do_is_said(left_out: int, looked_again: bool, said: str) -> None:
    assert unfinished(left_out, looked_again=looked_again) == said
