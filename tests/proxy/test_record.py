"""What is said at the end of a recording of checks that there was no time for."""

from __future__ import annotations

import pytest

from iai_proxy.proxy.record import _unfinished

BETTER = "may know better who is an ego, say"


@pytest.mark.parametrize(
    ("left_out", "looked_again", "said"),
    [
        (0, True, ""),
        (12, True, "12 steps not checked yet: `iai-proxy diagnose` does it"),
        (
            1,
            False,
            f"1 step not checked yet, and the others not looked at again: `iai-proxy diagnose` does both, and {BETTER}",
        ),
        (0, False, f"the whole run could not be looked at again: `iai-proxy diagnose` {BETTER}"),
    ],
)
def test_what_is_left_to_do_is_said(left_out: int, looked_again: bool, said: str) -> None:
    assert _unfinished(left_out, looked_again=looked_again) == said
