"""Which agent each agent follows, and how hard to accelerate because of it.

Car following is the Intelligent Driver Model (Treiber, Hennecke, Helbing: Congested traffic states
in empirical observations and microscopic simulations, Physical Review E 62, 2000)::

    a = a_max * (1 - (v / v0)^4 - (gap_wanted / gap)^2)
    gap_wanted = s0 + v T + v (v - v_leader) / (2 sqrt(a_max b))

A red light is a leader that stands still.
"""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from iai_proxy.sandbox.lanes import Lane

#: No agent looks further ahead than this, m.
HORIZON_M: Final = 70.0
#: Lanes through a junction that branch or merge share their first or last metres: cars there are
#: in each other's way.
_SHARED_M: Final = 13.0
HARDEST_BRAKING: Final = 5.5  # m/s2


@dataclass(frozen=True, slots=True)
class Style:
    """The parameters of car following."""

    acceleration: float  # a_max, m/s2
    braking: float  # b, m/s2
    standing_gap: float  # s0, m
    headway: float  # T, s

    def acceleration_for(
        self, speed: float, wanted: float, gap: float, leader_speed: float
    ) -> float:
        """Return the acceleration in m/s2, ``gap`` metres (bumper to bumper) behind a leader.

        The gap is infinite without a leader.
        """
        free = 1 - (max(speed, 0.0) / max(wanted, 0.1)) ** 4
        if gap == math.inf:
            return self._bounded(free)
        closing = speed * (speed - leader_speed) / (2 * math.sqrt(self.acceleration * self.braking))
        wanted_gap = self.standing_gap + max(speed * self.headway + closing, 0.0)
        return self._bounded(free - (wanted_gap / max(gap, 0.1)) ** 2)

    def _bounded(self, part: float) -> float:
        return min(max(self.acceleration * part, -HARDEST_BRAKING), self.acceleration)


CAR: Final = Style(acceleration=1.8, braking=2.5, standing_gap=2.0, headway=1.2)
PEDESTRIAN: Final = Style(acceleration=0.8, braking=1.5, standing_gap=0.6, headway=0.6)


@dataclass(frozen=True, slots=True)
class Traveller:
    """One agent on its lane."""

    lane: Lane
    s: float  # m along the lane
    next_lane: Lane  # the lane it will take next
    speed: float  # m/s
    length: float  # m


@dataclass(frozen=True, slots=True)
class Leader:
    """The agent, or red light, that an agent follows."""

    gap: float  # m, from bumper to bumper
    speed: float  # m/s


NO_LEADER: Final = Leader(math.inf, 0.0)


class Traffic:
    """All agents of a call, sorted along their lanes, so that a leader is found quickly."""

    def __init__(self, travellers: Sequence[Traveller]) -> None:
        self.travellers = tuple(travellers)
        self._on: dict[int, list[int]] = defaultdict(list)  # lane index -> agents, in order of s
        for number, traveller in enumerate(self.travellers):
            self._on[traveller.lane.index].append(number)
        self._ahead: dict[int, int] = {}  # agent -> the next one on the same lane
        for numbers in self._on.values():
            numbers.sort(
                key=lambda number: (self.travellers[number].s, self.travellers[number].length)
            )
            self._ahead.update(itertools.pairwise(numbers))

    def leader(self, number: int) -> Leader:
        """Return the leader of an agent: the closest one ahead on its way, within the horizon."""
        own = self.travellers[number]
        closest = NO_LEADER
        for distance, other in self._candidates(number, own):
            gap = distance - (own.length + other.length) / 2
            if gap < closest.gap:
                closest = Leader(gap, other.speed)
        return closest

    def has_room(self, lane: Lane, needed: float) -> bool:
        """Return whether no agent stands on the first ``needed`` metres of a lane."""
        first = self._on.get(lane.index)
        if not first:
            return True
        rearmost = self.travellers[first[0]]
        return rearmost.s - rearmost.length / 2 > needed or rearmost.speed > 2.0

    def is_empty(self, lanes: Sequence[Lane]) -> bool:
        """Return whether no agent is on any of these lanes."""
        return not any(lane.index in self._on for lane in lanes)

    def _candidates(self, number: int, own: Traveller) -> Iterator[tuple[float, Traveller]]:
        """Yield agents that may be the leader, each with its distance from centre to centre."""
        yield from self._branching_off(own.lane, own.s, 0.0)
        yield from self._merging(own.lane, own.lane.length - own.s)
        if number in self._ahead:
            other = self.travellers[self._ahead[number]]
            yield other.s - own.s, other
            return
        lane, distance = own.next_lane, own.lane.length - own.s
        while distance < HORIZON_M:
            yield from self._branching_off(lane, -1.0, distance)
            yield from self._merging(lane, distance + lane.length)
            if lane.index in self._on:
                other = self.travellers[self._on[lane.index][0]]
                if other is not own:
                    yield distance + other.s, other
                return
            distance += lane.length
            if len(lane.successors) != 1:  # which way it will turn there is not known yet
                return
            lane = lane.successors[0]

    def _branching_off(
        self, lane: Lane, s: float, distance: float
    ) -> Iterator[tuple[float, Traveller]]:
        """Yield agents beyond ``s`` that branch off this lane."""
        for sibling in lane.siblings:
            for number in self._on.get(sibling.index, ()):
                other = self.travellers[number]
                if s < other.s < _SHARED_M:
                    yield distance + other.s - max(s, 0.0), other

    def _merging(self, lane: Lane, rest: float) -> Iterator[tuple[float, Traveller]]:
        """Yield agents that merge ahead of an agent with ``rest`` metres to go."""
        for other_lane in lane.merging:
            for number in self._on.get(other_lane.index, ()):
                other = self.travellers[number]
                other_rest = other_lane.length - other.s
                if other_rest < min(rest, _SHARED_M):
                    yield rest - other_rest, other
