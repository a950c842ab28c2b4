"""Which agents the client drives itself, as far as its requests tell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from iai_proxy.checks.joining import Joined

#: Sent otherwise than answered: by more than a client that rounds to two decimals would.
_OVERWRITTEN: Final = 0.011
#: In how many of the steps, and at least in how many, an ego is overwritten.
_MOST: Final = 0.5
_AT_LEAST: Final = 2


def inferred_egos(steps: Sequence[Joined]) -> frozenset[int]:
    """Return the indices, in the client's order, of agents that are overwritten at most steps."""
    count = Overwritten()
    for one in steps:
        if one.previous is not None and len(one.step.parts) == len(one.previous.parts) == 1:
            count.add(one.step.first.sent.coordinates, one.previous.first.received.coordinates)
    return count.egos


class Overwritten:
    """Counts at how many steps each agent is sent otherwise than it was answered."""

    def __init__(self) -> None:
        self._overwritten: Counter[int] = Counter()
        self._compared: Counter[int] = Counter()

    def add(self, sent: Sequence[float], answered: Sequence[float]) -> None:
        """Compare one request with the answer before: x m, y m, orientation rad, speed m/s of each agent, in a row."""
        if len(sent) != len(answered):
            return
        agents = range(len(sent) // 4)
        self._compared.update(agents)
        if sent != answered:
            self._overwritten.update(
                agent
                for agent in agents
                if max(abs(sent[at] - answered[at]) for at in range(4 * agent, 4 * agent + 4)) > _OVERWRITTEN
            )

    @property
    def egos(self) -> frozenset[int]:
        """Those of most steps.

        Where that is more than half of all agents, it is a fault of the client rather than its egos, and there are
        none.
        """
        found = {
            agent
            for agent, count in self._overwritten.items()
            if count >= _AT_LEAST and count > _MOST * self._compared[agent]
        }
        return frozenset(found) if 2 * len(found) <= len(self._compared) else frozenset()
