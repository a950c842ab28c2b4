"""When two states, or two agents' sizes, are equal as far as it matters."""

from __future__ import annotations

import math
from typing import Any, Final

from iai_proxy.diagnosis.values import Sizes, State, state

#: m, rad and m/s: states that differ by no more are equal. The SDK's tool rounds to two decimals.
STATE_TOLERANCE: Final = 0.005
#: m: sizes that differ by no more are equal, as for states.
SIZE_TOLERANCE: Final = 0.005


def same_state(value: Any, other: Any) -> bool:
    """Tell whether two states are equal; whole turns of the heading do not matter."""
    if value == other:
        return True
    first, second = state(value), state(other)
    if first is None or second is None:
        return False
    if rounded(first) == rounded(second):
        return True
    dx, dy, turn, faster = (abs(a - b) for a, b in zip(first, second, strict=True))
    turn = abs(math.remainder(turn, math.tau))
    return max(dx, dy, turn, faster) <= STATE_TOLERANCE


def same_sizes(agent: Sizes, other: Sizes) -> bool:
    """Tell whether two agents have the same sizes and type."""
    return agent == other or (
        agent[3] == other[3]
        and all(
            a == b or (a is not None and b is not None and abs(a - b) <= SIZE_TOLERANCE)
            for a, b in zip(agent[:3], other[:3], strict=True)
        )
    )


def distance(value: Any, other: Any) -> float:
    """Return the distance between two states in m; infinite if one can't be read."""
    first, second = state(value), state(other)
    return math.inf if first is None or second is None else math.dist(first[:2], second[:2])


def rounded(value: State) -> State:
    """Return a state rounded as the SDK's own tool does."""
    x, y, orientation, speed = value
    return round(x, 2), round(y, 2), round(orientation, 2), round(speed, 2)
