"""Which agent is which all through a run, from observations alone: no body is read.

Lineage knows who an agent is; where a step was joined by its states alone, places in the list tell.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from typing import Final

from iai_proxy.api.limits import FASTEST, TIME_STEP_S
from iai_proxy.lineage import JoinedStep, Step

#: m. No one drives further in a step: an unknown agent nearer to where one was that is gone is
#: that one.
_NEAR_M: Final = FASTEST * TIME_STEP_S


class Tracks:
    """A number for each agent of a run, the same at all its steps.

    Args:
        steps: in order, each after the one that it continues.

    Attributes:
        of: by step a number for each agent, in the client's order; the same list while they stay.
        first_index: of each number where its agent stood in the list when it came in.
    """

    def __init__(self, steps: Sequence[JoinedStep]) -> None:
        self.of: dict[Step, Sequence[int]] = {}
        self.first_index: dict[int, int] = {}
        for joined in steps:
            self.of[joined.step] = self._tracked(joined.step, joined.previous)

    def indices(self, chosen: Collection[int]) -> dict[Step, frozenset[int]]:
        """Return where in the list some agents stand, at each step that has any of them."""
        found: dict[Step, frozenset[int]] = {}
        by_list: dict[int, frozenset[int]] = {}  # steps share a list while no one comes or goes
        for step, numbers in self.of.items():
            if id(numbers) not in by_list:
                by_list[id(numbers)] = frozenset(
                    index for index, number in enumerate(numbers) if number in chosen
                )
            if by_list[id(numbers)]:
                found[step] = by_list[id(numbers)]
        return found

    def _tracked(self, step: Step, previous: Step | None) -> Sequence[int]:
        known: dict[int, int] = {}
        if previous is not None:
            before = self.of[previous]
            as_many = len(step.agents) == len(previous.agents)
            if step.agents == previous.agents or (as_many and step.parent is None):
                return before
            known = dict(zip(previous.agents, before, strict=True))
            if as_many:
                known |= _in_place_of_gone(step, previous, known)
            else:
                known |= _near_gone(step, previous, known)
        return [
            known[agent] if agent in known else self._new(index)
            for index, agent in enumerate(step.agents)
        ]

    def _new(self, index: int) -> int:
        number = len(self.first_index)
        self.first_index[number] = index
        return number


def _in_place_of_gone(step: Step, previous: Step, known: Mapping[int, int]) -> dict[int, int]:
    """Unknown agents that stand at the index of one that is gone.

    An ego may have no recurrent state that says who it is.
    """
    gone = set(previous.agents).difference(step.agents)
    return {
        agent: known[before]
        for agent, before in zip(step.agents, previous.agents, strict=True)
        if agent not in known and before in gone
    }


def _near_gone(step: Step, previous: Step, known: Mapping[int, int]) -> dict[int, int]:
    """Unknown agents that stand where one that is gone was a step before."""
    sent, answered = coordinates(step, sent=True), coordinates(previous, sent=False)
    if len(sent) != 4 * len(step.agents) or len(answered) != 4 * len(previous.agents):
        return {}
    present = set(step.agents)
    gone = [index for index, agent in enumerate(previous.agents) if agent not in present]
    found: dict[int, int] = {}
    for index, agent in enumerate(step.agents):
        if agent in known or not gone:
            continue
        here = sent[4 * index : 4 * index + 2]
        far = {before: math.dist(here, answered[4 * before : 4 * before + 2]) for before in gone}
        nearest = min(gone, key=far.__getitem__)
        if far[nearest] <= _NEAR_M:
            found[agent] = known[previous.agents[nearest]]
            gone.remove(nearest)
    return found


def coordinates(step: Step, *, sent: bool) -> Sequence[float]:
    """Return each agent's x m, y m, orientation rad and speed m/s, in the client's order."""
    sides = [part.observation.sent if sent else part.observation.received for part in step.parts]
    if len(sides) == 1:
        return sides[0].coordinates
    return [
        number
        for part, position in step.sources
        for number in sides[part].coordinates[4 * position : 4 * position + 4]
    ]
