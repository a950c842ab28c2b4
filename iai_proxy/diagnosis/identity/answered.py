"""One step's answer, as later requests are held against it, and when two agents' states or sizes are equal."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from iai_proxy.diagnosis.step_view import StepView
from iai_proxy.diagnosis.values import NO_SIZES, Sizes, State, sizes, state

#: States are equal if they are so within this, in m, rad and m/s: the SDK's own tool rounds to two
#: decimals.
STATE_TOLERANCE: Final = 0.005
#: Sizes are equal if they are so within this, m: half a centimetre, as for states.
SIZE_TOLERANCE: Final = 0.005


@dataclass(eq=False, slots=True)
class Answered:
    """What later steps are held against: one step's answer.

    Attributes:
        index: the step's.
        call: number of its first exchange; 0 where there is none.
        states: unread.
        recurrent: a fingerprint each, 0 for none.
        properties: unread, of the same agents.
        who: a number for each agent, the same at all steps.
        view: while it is the latest, so that recurrent states can be looked at number by number.
    """

    index: int
    call: int
    states: Sequence[Any]
    recurrent: Sequence[int]
    properties: Sequence[Any]
    who: Sequence[int]
    view: StepView | None
    _positions: dict[int, int] | None = field(default=None, repr=False)
    _places: dict[State, list[int]] | None = field(default=None, repr=False)

    @property
    def places(self) -> dict[State, list[int]]:
        """Positions by the state, rounded as the SDK's tool does."""
        if self._places is None:
            found: defaultdict[State, list[int]] = defaultdict(list)
            for position, one in enumerate(self.states):
                if (read := state(one)) is not None:
                    found[rounded(read)].append(position)
            self._places = dict(found)
        return self._places

    @property
    def positions(self) -> dict[int, int]:
        """The first position of each recurrent state."""
        if self._positions is None:
            self._positions = {
                mark: at for at, mark in reversed(list(enumerate(self.recurrent))) if mark
            }
        return self._positions

    def sizes(self, position: int) -> Sizes:
        """Return the sizes of one agent."""
        return sizes(self.properties[position]) if position < len(self.properties) else NO_SIZES


def same_state(one: Any, other: Any) -> bool:
    """Tell whether two states are equal as far as it matters; whole turns of the heading do not."""
    if one == other:
        return True
    first, second = state(one), state(other)
    if first is None or second is None:
        return False
    if rounded(first) == rounded(second):
        return True
    dx, dy, turn, faster = (abs(a - b) for a, b in zip(first, second, strict=True))
    turn = abs(math.remainder(turn, math.tau))
    return max(dx, dy, turn, faster) <= STATE_TOLERANCE


def same_sizes(one: Sizes, other: Sizes) -> bool:
    """Tell whether two agents have the same sizes and type."""
    return one == other or (
        one[3] == other[3]
        and all(
            a == b or (a is not None and b is not None and abs(a - b) <= SIZE_TOLERANCE)
            for a, b in zip(one[:3], other[:3], strict=True)
        )
    )


def apart(one: Any, other: Any) -> float:
    """Return the distance between two states in m; infinite if one can't be read."""
    first, second = state(one), state(other)
    return math.inf if first is None or second is None else math.dist(first[:2], second[:2])


def rounded(one: State) -> State:
    """Return a state rounded as the SDK's own tool does."""
    return round(one[0], 2), round(one[1], 2), round(one[2], 2), round(one[3], 2)
