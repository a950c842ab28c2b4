"""Which agents of a part are its own: the client takes their answers from it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import dist
from typing import TypeVar

from iai_proxy.api.fingerprint import FRESH
from iai_proxy.api.limits import AGENTS_PER_CALL
from iai_proxy.lineage.agents import Agents
from iai_proxy.lineage.divided import Division
from iai_proxy.lineage.grouping import Grouping
from iai_proxy.lineage.groups import Group, division_of_calls
from iai_proxy.lineage.kept import kept_agents
from iai_proxy.lineage.observe import Observation
from iai_proxy.lineage.placed import Place, placed_by
from iai_proxy.lineage.sources import index_of, position_of

Identities = tuple[int, ...]
Positions = tuple[int, ...]
Fingerprints = tuple[int, int]  # of an agent's recurrent state, and of its state
Answer = tuple[Fingerprints, Place]
_Part = TypeVar("_Part")


@dataclass(frozen=True, slots=True)
class Owned:
    """What the parts of a step own.

    Attributes:
        own: positions of each part's own agents, rising.
        rising: agents that certainly stand in the client's order, list by list.
        doubtful: agents that several parts answered differently, and none is known to own; they
            are given to the part where they stand first.
        order: the parts in the order of the SDK's calls; empty for the order of arrival.
        left_out: how many agents may have been dropped by their region, or left out by the program.
        given: of a large ``initialize``, how many agents with a state each region was given, those
            that were dropped among them.
    """

    own: Sequence[Positions]
    rising: Sequence[Identities] = ()
    doubtful: frozenset[int] = frozenset()
    order: Sequence[int] = ()
    left_out: int = 0
    given: Sequence[int] = ()

    def ordered(self, parts: Sequence[_Part]) -> list[_Part]:
        """Return what is given for each part in the order of the SDK's calls."""
        return [parts[number] for number in self.order or range(len(parts))]


class Owners:
    """Finds the own agents of each part.

    The SDK's division says which they are, since it can be made again. Where another client has
    divided the call, or not all parts are known, what a later request went on with says it. An
    agent that several parts answered alike shows nothing: then it is the part's where it stands
    first, and nothing is concluded from that.

    Args:
        grouping: all groups.
    """

    def __init__(self, grouping: Grouping) -> None:
        self._all = grouping.observations
        self._limit = AGENTS_PER_CALL
        self._continued_by: defaultdict[Group, list[Group]] = defaultdict(list)
        for group in grouping.groups:
            if group.parent and len(group.parent.members) > 1:  # no one asks it of a single call
                self._continued_by[group.parent].append(group)

    def own(self, group: Group, agents: Sequence[Identities]) -> Owned:
        """Return the own agents of each part.

        Args:
            group: the step in the making.
            agents: of each part, by identity.
        """
        if self._all[group.members[0]].call.endpoint.is_initialize:
            return self._initialized(group, agents)
        if len(group.members) == 1:
            return Owned([positions_below(len(agents[0]))], [agents[0]])
        division = self._division(group, agents)
        if division is None:
            return self._gone_on(group, agents)
        rising = [
            tuple(part[position] for position in run)
            for part, runs in zip(agents, division.rising, strict=True)
            for run in runs
        ]
        own = [positions_below(count) for count in division.own]
        return Owned(own, rising, order=division.order)

    # Of a drive

    def _division(self, group: Group, agents: Sequence[Identities]) -> Division | None:
        parts = [self._all[member].sent for member in group.members]
        if any(len(part) != len(sent) for part, sent in zip(agents, parts, strict=True)):
            return None
        division = division_of_calls(parts, self._limit)
        if division is not None:
            self._limit = division.limit
        return division

    def _gone_on(self, group: Group, agents: Sequence[Identities]) -> Owned:
        answers = self._answers(group, agents)
        certain, alike = _by_answers(answers, self._taken(group, agents))
        first = {  # own agents come first in all known clients
            agent: min((place for _, place in found), key=lambda place: place[1])
            for agent, found in answers.items()
        }
        owner = first | alike | certain
        unknown = answers.keys() - certain.keys() - alike.keys()
        doubtful = frozenset(agent for agent in unknown if not _are_alike(answers[agent]))
        own = _positions_of(owner.values(), len(agents))
        rising = [
            tuple(part[position] for position in positions if part[position] in certain)
            for part, positions in zip(agents, own, strict=True)
        ]
        return Owned(own, rising, doubtful)

    def _taken(self, group: Group, agents: Sequence[Identities]) -> dict[int, set[Fingerprints]]:
        """With which recurrent states and states each agent was gone on with."""
        found: defaultdict[int, set[Fingerprints]] = defaultdict(set)
        number_of = {member: number for number, member in enumerate(group.members)}
        for child in self._continued_by[group]:
            for member, sources in child.sources.items():
                sent = _keys(self._all[member].sent)
                for key, given in zip(sent, sources, strict=False):
                    if given is not None and index_of(given) in number_of:
                        agent = agents[number_of[index_of(given)]][position_of(given)]
                        found[agent].add(key)
        return found

    def _answers(self, group: Group, agents: Sequence[Identities]) -> dict[int, list[Answer]]:
        """What each agent was answered, part by part."""
        answers: defaultdict[int, list[Answer]] = defaultdict(list)
        for number, (member, part) in enumerate(zip(group.members, agents, strict=True)):
            keys = _keys(self._all[member].received)
            for position, (agent, key) in enumerate(zip(part, keys, strict=False)):
                answers[agent].append((key, (number, position)))
        return answers

    # Of an initialize

    def _initialized(self, group: Group, agents: Sequence[Identities]) -> Owned:
        """The agents that each part has placed, without those that were dropped."""
        if len(group.members) == 1:
            (sources,) = group.sources.values()
            own = tuple(position for position, given in enumerate(sources) if given is None)
            return Owned([own], [tuple(agents[0][position] for position in own)])
        taken = self._taken(group, agents)
        parts = [self._all[member] for member in group.members]
        given = [part[: len(seen.sent)] for part, seen in zip(agents, parts, strict=True)]
        answers = self._answers(group, agents)
        known, _ = _by_answers(answers, taken)
        owner, doubtful = placed_by(
            agents, given, known, lambda place: _from_center(parts[place[0]], place[1])
        )
        shown = {  # by a later region
            agent for agent, (number, _) in owner.items() if answers[agent][-1][1][0] > number
        }
        kept, left_out = kept_agents(
            owner, taken, shown, lambda place: _reach(parts[place[0]], place[1])
        )
        return Owned(
            _positions_of(kept.values(), len(agents)),
            doubtful=frozenset(doubtful & kept.keys()),
            left_out=len(left_out),
            given=[
                sum(owner[agent][0] == number for agent in sent)
                for number, sent in enumerate(given)
            ],
        )


@lru_cache(maxsize=4096)
def positions_below(count: int) -> Positions:
    """Return the first positions; most steps share one tuple of them."""
    return tuple(range(count))


def _positions_of(owners: Iterable[tuple[int, int]], count: int) -> list[Positions]:
    own: list[list[int]] = [[] for _ in range(count)]
    for number, position in owners:
        own[number].append(position)
    return [tuple(sorted(positions)) for positions in own]


def _by_answers(
    answers: Mapping[int, Sequence[Answer]], taken: Mapping[int, Collection[Fingerprints]]
) -> tuple[dict[int, Place], dict[int, Place]]:
    """Return where the answer of each agent was taken from: one place, and one of several alike.

    An agent is in the first if one part can have answered what was gone on with, in the second if
    several can and they answered alike: then its answer is known, and its owner is not.
    """
    owner: dict[int, Place] = {}
    alike: dict[int, Place] = {}
    for agent, found in answers.items():
        fitting = list(found)
        for key in taken.get(agent, ()):
            places = _fitting(found, key)
            fitting = [answer for answer in fitting if not places or answer[1] in places]
        if agent in taken and len(fitting) == 1:
            owner[agent] = fitting[0][1]
        elif agent in taken and fitting and _are_alike(fitting):
            alike[agent] = fitting[0][1]
    return owner, alike


def _are_alike(answers: Sequence[Answer]) -> bool:
    return len({key for key, _ in answers}) == 1


def _fitting(answers: Iterable[Answer], key: Fingerprints) -> list[Place]:
    """The answers that a request can have taken; those with its very state, if any."""
    recurrent, state = key
    fitting = [found for found in answers if recurrent in (found[0][0], FRESH)]
    exact = [place for (_, answered), place in fitting if answered == state]
    return exact or [place for _, place in fitting]


def as_answered(
    parts: Sequence[Agents], own: Sequence[Positions], answer: Agents
) -> list[tuple[int, int]] | None:
    """Return where each agent of a large call's own answer comes from: (part, position).

    None if it has agents that no part answered.

    Args:
        parts: what each part answered.
        own: the own agents of each part, who come before others that were answered alike.
        answer: what was answered to the large call.
    """
    places: defaultdict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
    for number, (agents, positions) in enumerate(zip(parts, own, strict=True)):
        is_own = set(positions)
        others = (position for position in range(len(agents)) if position not in is_own)
        keys = _keys(agents)
        for position in others:
            places[keys[position]].append((number, position))
    for number, (agents, positions) in reversed(list(enumerate(zip(parts, own, strict=True)))):
        keys = _keys(agents)
        for position in reversed(positions):
            places[keys[position]].append((number, position))
    chosen: list[tuple[int, int]] = []
    for key in _keys(answer):
        if not places[key]:
            return None
        chosen.append(places[key].pop())
    return chosen or None


def _keys(agents: Agents) -> list[Fingerprints]:
    return list(zip(agents.recurrent, agents.states, strict=True))


def _from_center(observation: Observation, position: int) -> float:
    x, y, *_ = observation.received.state(position)
    return dist((x, y), observation.center or (0.0, 0.0))


def _reach(observation: Observation, position: int) -> float:
    """How far an agent is from its region's centre, along x or y, m; 0 without a centre."""
    if observation.center is None:
        return 0.0
    x, y, *_ = observation.received.state(position)
    return max(abs(x - observation.center[0]), abs(y - observation.center[1]))
