"""The agent at fault, by hand-worked cases."""

import math

from iai_proxy.sandbox.blame_verdict import find_fault


def test_the_agent_that_drives_into_another_is_at_fault():
    behind, ahead, from_the_side = (
        (0.0, 0.0, 0.0, 9.0),
        (4.0, 0.0, 0.0, 2.0),
        (4.0, 3.0, -math.pi / 2, 9.0),
    )
    assert find_fault(0, 1, [behind, ahead]).agent == 0
    assert find_fault(1, 0, [behind, ahead]).agent == 0
    assert find_fault(0, 1, [behind, ahead]).reason == "following_too_closely"
    verdict = find_fault(0, 1, [ahead, from_the_side])
    assert (verdict.agent, verdict.reason) == (1, "failure_to_yield")
    assert 0 <= verdict.confidence <= 1
