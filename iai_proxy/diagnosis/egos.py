"""Which agents the client drives itself, as far as its requests tell."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Final

from iai_proxy.api.limits import FASTEST, TIME_STEP_S
from iai_proxy.lineage import JoinedStep, Step

#: Sent otherwise than answered: by more than a client that rounds to two decimals would.
_OVERWRITTEN: Final = 0.011
#: In how many of the steps, and at least in how many, an ego is overwritten.
_MOST: Final = 0.5
_AT_LEAST: Final = 2
#: m. Nobody drives further in a step, at 70 m/s: who is nearer to where one was that is gone is
#: that one.
_NEAR_M: Final = FASTEST * TIME_STEP_S
_NOBODY: Final = frozenset[int]()


@dataclass(frozen=True, slots=True)
class Egos:
    """The agents that a client drives itself.

    Attributes:
        named: the indices that somebody named; None where they were inferred.
        by_simulation: where they were inferred, by the number of the simulation their indices when
            they came in; simulations without any are left out.
        too_many: agents that are overwritten at most steps likewise, and are not taken for egos:
            they are more than half of their simulation's. All of several are none: that is a
            mistake of another kind.
    """

    named: frozenset[int] | None
    by_simulation: Mapping[int, frozenset[int]] = field(default_factory=dict)
    too_many: Mapping[int, frozenset[int]] = field(default_factory=dict)
    _at: Mapping[Step, frozenset[int]] = field(default_factory=dict)

    def at(self, step: Step) -> frozenset[int]:
        """Return their indices at one step, in the client's order."""
        return self._at.get(step, _NOBODY)


def egos_of(steps: Sequence[JoinedStep], named: Collection[int] | None) -> Egos:
    """Return the agents that are overwritten at most steps; or those that are named, by the index where each is first.

    They are followed where others leave or arrive before them in the list, and each simulation has
    its own.
    """
    if named is not None and not named:
        return Egos(_NOBODY)
    agents = _Followed(steps)
    if named is not None:
        return Egos(frozenset(named), _at=agents.places(agents.first_at(named)))
    overwritten = agents.overwritten()
    egos = {
        simulation: found
        for simulation, (found, among) in overwritten.items()
        if _are_few(found, among)
    }
    too_many = {
        one: found
        for one, (found, among) in overwritten.items()
        if one not in egos and (found != among or len(among) == 1)
    }
    at = agents.places({agent for found in egos.values() for agent in found})
    return Egos(None, agents.indices(egos), agents.indices(too_many), at)


class _Followed:
    """Follows agents through the steps, and counts at how many each is sent otherwise than it was answered.

    Lineage knows who an agent is; where a step was joined by its states alone, places in the list
    tell.
    """

    def __init__(self, steps: Sequence[JoinedStep]) -> None:
        self._steps = steps
        self._numbers = count()
        self._followed: dict[
            Step, Sequence[int]
        ] = {}  # by step a number for each agent; shared while they stay
        self._index: dict[int, int] = {}  # of a followed agent when it was first seen
        self._compared: defaultdict[int, Counter[int]] = defaultdict(Counter)
        self._overwritten: defaultdict[int, Counter[int]] = defaultdict(Counter)
        for one in steps:
            before = self._followed[one.previous] if one.previous is not None else ()
            self._followed[one.step] = after = self._follow(one, before)
            if one.previous is not None:
                self._count(one, one.previous, before, after)

    def _follow(self, one: JoinedStep, before: Sequence[int]) -> Sequence[int]:
        step, previous = one.step, one.previous
        known: dict[int, int] = {}
        if previous is not None:
            if step.agents == previous.agents or (
                step.parent is None and len(step.agents) == len(previous.agents)
            ):
                return before
            known = dict(zip(previous.agents, before, strict=True))
            if len(step.agents) == len(
                previous.agents
            ):  # an ego may have no recurrent state that says who it is
                gone = set(previous.agents).difference(step.agents)
                pairs = zip(step.agents, previous.agents, before, strict=True)
                known |= {
                    agent: was
                    for agent, other, was in pairs
                    if agent not in known and other in gone
                }
            else:
                known |= self._nearby(one, previous, known, before)
        return [
            known[agent] if agent in known else self._new(index)
            for index, agent in enumerate(step.agents)
        ]

    def _nearby(
        self, one: JoinedStep, previous: Step, known: Mapping[int, int], before: Sequence[int]
    ) -> dict[int, int]:
        """Find those who are unknown by lineage where one that is gone was a step before."""
        sent, answered = _coordinates(one.step, sent=True), _coordinates(previous, sent=False)
        if len(sent) != 4 * len(one.step.agents) or len(answered) != 4 * len(before):
            return {}
        stay = set(known).intersection(one.step.agents)
        gone = [place for place, agent in enumerate(previous.agents) if agent not in stay]
        found: dict[int, int] = {}
        for place, agent in enumerate(one.step.agents):
            if agent not in known and gone:
                here = sent[4 * place : 4 * place + 2]
                far = {at: math.dist(here, answered[4 * at : 4 * at + 2]) for at in gone}
                nearest = min(gone, key=far.__getitem__)
                if far[nearest] <= _NEAR_M:
                    found[agent] = before[nearest]
                    gone.remove(nearest)
        return found

    def _new(self, index: int) -> int:
        number = next(self._numbers)
        self._index[number] = index
        return number

    def _count(
        self, one: JoinedStep, previous: Step, before: Sequence[int], after: Sequence[int]
    ) -> None:
        sent, answered = _coordinates(one.step, sent=True), _coordinates(previous, sent=False)
        if len(sent) != 4 * len(after) or len(answered) != 4 * len(before):
            return
        if before is after:
            self._compared[one.simulation].update(after)
            if sent == answered:
                return
            pairs = list(enumerate(range(len(after))))
        else:
            places = {number: place for place, number in enumerate(before)}
            pairs = [
                (place, places[number]) for place, number in enumerate(after) if number in places
            ]
            self._compared[one.simulation].update(after[place] for place, _ in pairs)
        changed = [
            (after[place], tuple(sent[4 * place : 4 * place + 4]))
            for place, was in pairs
            if max(abs(sent[4 * place + at] - answered[4 * was + at]) for at in range(4))
            > _OVERWRITTEN
        ]
        # Who is sent with another's state was exchanged: that says nothing of whether the client
        # makes its states.
        known = (
            {tuple(answered[at : at + 4]) for at in range(0, len(answered), 4)}
            if changed
            else set()
        )
        self._overwritten[one.simulation].update(
            agent for agent, made in changed if made not in known
        )
        self._compared[one.simulation].subtract(agent for agent, made in changed if made in known)

    def first_at(self, indices: Collection[int]) -> set[int]:
        """Those that first stand at one of these indices."""
        return {number for number, index in self._index.items() if index in indices}

    def overwritten(self) -> dict[int, tuple[set[int], set[int]]]:
        """By simulation those that are overwritten at most steps, and among whom they are."""
        everywhere = self._everywhere()
        found: dict[int, tuple[set[int], set[int]]] = {}
        for simulation, compared in self._compared.items():
            overwritten = self._overwritten[simulation]
            often = {one for one, times in overwritten.items() if times > _MOST * compared[one]}
            often = {
                one
                for one in often
                if overwritten[one] >= _AT_LEAST or self._index[one] in everywhere
            }
            if often:
                found[simulation] = often, set(compared)
        return found

    def indices(self, chosen: Mapping[int, Collection[int]]) -> dict[int, frozenset[int]]:
        """Return by simulation the indices that some agents had when they came in."""
        return {
            simulation: frozenset(self._index[one] for one in who)
            for simulation, who in chosen.items()
        }

    def places(self, chosen: Collection[int]) -> dict[Step, frozenset[int]]:
        """Return the indices of some agents at each step that has any of them."""
        found: dict[Step, frozenset[int]] = {}
        at: dict[
            int, frozenset[int]
        ] = {}  # by the list that steps share as long as nobody comes or goes
        for one in self._steps if chosen else ():
            followed = self._followed[one.step]
            if id(followed) not in at:
                at[id(followed)] = frozenset(
                    index for index, who in enumerate(followed) if who in chosen
                )
            if indices := at[id(followed)]:
                found[one.step] = indices
        return found

    def _everywhere(self) -> set[int]:
        """Indices overwritten at most steps of all simulations: one alone may be too short to tell."""
        compared, overwritten = Counter[int](), Counter[int]()
        for simulation, times in self._compared.items():
            for one, count_of in times.items():
                compared[self._index[one]] += count_of
                overwritten[self._index[one]] += self._overwritten[simulation][one]
        found = {
            index
            for index, times in overwritten.items()
            if times >= _AT_LEAST and times > _MOST * compared[index]
        }
        return found if _are_few(found, compared) else set()


def _are_few(egos: Collection[int], agents: Collection[int]) -> bool:
    """Whether at most half of the agents are egos; more are a fault of the client rather than its egos."""
    return 2 * len(egos) <= len(agents)


def _coordinates(step: Step, *, sent: bool) -> Sequence[float]:
    """Each agent's x m, y m, orientation rad and speed m/s, in the client's order, as sent or answered."""
    sides = [part.observation.sent if sent else part.observation.received for part in step.parts]
    if len(sides) == 1:
        return sides[0].coordinates
    return [
        one
        for part, place in step.sources
        for one in sides[part].coordinates[4 * place : 4 * place + 4]
    ]
