"""The recorded step closest to a request whose lineage is unknown: by where its agents stand.

All steps are compared by their first agent only, which is a subtraction each; the best of them are
then compared whole. That keeps it to a few milliseconds at 10,000 steps.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from heapq import nsmallest
from typing import Final

from iai_proxy.lineage import Observation, Step
from iai_proxy.replay.compare import Compared, compared, matched

_COMPARED_WHOLE: Final = 16


class ClosestSteps:
    """Finds recorded ``drive`` steps by where their agents stood.

    Args:
        steps: all steps; those that no ``drive`` led to are left out.
    """

    def __init__(self, steps: Iterable[Step]) -> None:
        self._by_location: defaultdict[str | None, list[tuple[float, float, Step]]] = defaultdict(
            list
        )
        for step in steps:
            for part in step.parts:
                sent = part.observation.sent
                if part.observation.call.endpoint.is_drive and len(sent):
                    x, y, *_ = sent.state(0)
                    self._by_location[part.observation.location].append((x, y, step))

    def to(self, asked: Observation, tolerance: float) -> Compared | None:
        """Return the closest step of the same location, compared agent by agent; None if there is none."""
        if not len(asked.sent):
            return None
        x, y, *_ = asked.sent.state(0)
        near = nsmallest(
            _COMPARED_WHOLE,
            self._by_location.get(asked.location, ()),
            key=lambda one: math.hypot(one[0] - x, one[1] - y),
        )
        found = [
            _compared(asked, step, math.inf) for step in dict.fromkeys(step for _, _, step in near)
        ]
        best = min(found, key=lambda one: (len(one.unknown), one.apart), default=None)
        return best and _compared(
            asked, best.step, tolerance
        )  # differences are put in words for that one only


def _compared(asked: Observation, step: Step, tolerance: float) -> Compared:
    agents = matched(asked, step)
    if agents is None:  # more than the step has: those beyond its number are unknown to it
        agents = step.agents
        padded = [*agents, *[None] * (len(asked.sent) - len(agents))]
        return compared(asked, padded, step, tolerance)
    return compared(asked, agents, step, tolerance)
