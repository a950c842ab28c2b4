"""From observations to a :class:`~iai_proxy.lineage.model.Lineage`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

from iai_proxy.lineage.groups import Group, Grouping, Source
from iai_proxy.lineage.model import Lineage, Part, Simulation, Step
from iai_proxy.lineage.observe import STEPPING, Observation
from iai_proxy.lineage.partition import merged_order, own_prefixes

#: The SDK's default region; a large ``initialize`` drops agents that were placed outside of theirs.
_REGION_M: Final = 100.0


def build(observations: Iterable[Observation]) -> Lineage:
    """Return the simulations that exchanges make, in whatever order they are given.

    Args:
        observations: of one recording; those of endpoints without agents may be left out.
    """
    stepping = [one for one in observations if one.call.endpoint in STEPPING]
    stepping.sort(key=lambda one: (one.call.started_ns, one.call.id))
    attempts, failures = _attempts(stepping)
    successes = [one for one in stepping if one.call.succeeded and len(one.received)]
    empty = [one.call.id for one in stepping if one.call.succeeded and not len(one.received)]
    simulations = tuple(_Builder(successes, attempts).simulations())
    without_answer = {one.call.id: one for one in stepping if one.call.id in failures}
    for simulation in simulations:
        _give_up_regions(simulation, without_answer)
    return Lineage(simulations, tuple(sorted((*without_answer, *empty))))


def _give_up_regions(simulation: Simulation, failed: dict[int, Observation]) -> None:
    """Give a large ``initialize`` its failed calls: regions that could not be filled, tried a few times each."""
    root = simulation.root
    if not simulation.large or "initialize" not in root.first.call.endpoint:
        return
    filled = {part.observation.call.request_hash for part in root.parts}
    until = min((child.started_ns for child in root.children), default=root.ended_ns)
    mine = [
        one
        for one in failed.values()
        if one.call.endpoint == root.first.call.endpoint
        and one.center is not None
        and one.common == root.first.common
        and root.started_ns <= one.call.started_ns < until
        and one.call.request_hash not in filled
    ]
    # Attempts repeat one another to the letter; the first stands for all of them.
    root.given_up = tuple({one.call.request_hash: one for one in reversed(mine)}.values())[::-1]
    for one in mine:
        del failed[one.call.id]


def _attempts(observations: Sequence[Observation]) -> tuple[dict[int, list[int]], list[int]]:
    """Match failed exchanges with the success that repeats them: the same request, later.

    Only failures on which the SDK itself repeats a call: another one reached the program, which may then have made
    the same call anew.
    """
    failed: defaultdict[tuple[str, bytes], list[Observation]] = defaultdict(list)
    attempts: dict[int, list[int]] = {}
    final: list[int] = []
    for one in observations:
        key = (one.call.endpoint, one.call.request_hash)
        if not one.call.succeeded and not one.call.is_repeated_by_sdk:
            final.append(one.call.id)
        elif not one.call.succeeded:
            failed[key].append(one)
        elif key in failed:
            attempts[one.call.id] = [earlier.call.id for earlier in failed.pop(key)]
    return attempts, [*final, *(one.call.id for group in failed.values() for one in group)]


class _Builder:
    """Turns groups into steps: identities, owners, order."""

    def __init__(self, observations: Sequence[Observation], attempts: dict[int, list[int]]) -> None:
        self._all = observations
        self._attempts = attempts
        self._grouping = Grouping(observations)
        self._track: dict[Source, int] = {}
        self._tracks = 0
        self._continued: defaultdict[int, set[int]] = defaultdict(set)
        for group in self._grouping.groups:
            for sources in group.sources.values():
                for source in sources:
                    if source and group.parent and self._grouping.group_of(source[0]) is group.parent:
                        self._continued[source[0]].add(source[1])

    def simulations(self) -> list[Simulation]:
        """Return all simulations, numbered in order of first appearance."""
        steps: dict[Group, Step] = {}
        roots: list[Step] = []
        trees: defaultdict[int, list[tuple[Group, Step]]] = defaultdict(list)
        tree_of: dict[Group, int] = {}
        for group in self._by_depth():
            parent = steps[group.parent] if group.parent else None
            step = steps[group] = self._step(group, parent)
            tree_of[group] = tree_of[group.parent] if group.parent else len(roots)
            trees[tree_of[group]].append((group, step))
            if parent is None:
                roots.append(step)
            else:
                parent.children.append(step)
        for members in trees.values():
            self._put_in_order([step for _, step in members])
        roots.sort(key=lambda root: (root.started_ns, root.numbers))
        return [Simulation(number, root, _is_large(root)) for number, root in enumerate(roots, start=1)]

    def _by_depth(self) -> list[Group]:
        """All groups, each after its parent."""
        children: defaultdict[Group | None, list[Group]] = defaultdict(list)
        for group in self._grouping.groups:
            children[group.parent].append(group)
        ordered = list(children[None])
        for group in ordered:
            ordered.extend(children[group])
        return ordered

    def _step(self, group: Group, parent: Step | None) -> Step:
        agents = [self._identities(group, member) for member in group.members]
        doubts = list(group.doubts)
        if "initialize" in self._all[group.members[0]].call.endpoint:
            own = [self._placed(group, member) for member in group.members]
        elif len(group.members) == 1:
            own = [tuple(range(len(agents[0])))]
        else:
            continued = [self._continued[member] for member in group.members]
            places = {
                agent: self._all[member].sent.state(position)[:2]
                for member, identities in zip(group.members, agents, strict=True)
                for position, agent in enumerate(identities[: len(self._all[member].sent)])
            }
            lengths, doubtful = own_prefixes(agents, continued, _known_order(parent), places)
            own = [tuple(range(length)) for length in lengths]
            if doubtful:
                doubts.append(f"{len(doubtful)} agents could be owned by several parts; the first was taken")
        parts = tuple(
            Part(self._all[member], tuple(identities), positions)
            for member, identities, positions in zip(group.members, agents, own, strict=True)
        )
        if group.apart and not group.confirmed:
            doubts.append("its calls share no agents and nothing was gone on with together; they may be no large call")
        numbers = [part.number for part in parts]
        return Step(
            parent=parent,
            index=parent.index + 1 if parent else 0,
            parts=parts,
            agents=(),
            sources=(),
            attempts=tuple(failed for number in numbers for failed in self._attempts.get(number, ())),
            arrivals=tuple(self._all[index].call.id for index in group.arrivals),
            doubts=tuple(doubts),
        )

    def _identities(self, group: Group, member: int) -> list[int]:
        """The agents of one part's answer by identity. Newcomers get a new one, the same in all parts."""
        observation = self._all[member]
        sources = group.sources[member]
        identities = []
        newcomers: dict[int, int] = {}
        for other in group.members:
            for position, state in enumerate(self._all[other].sent.states):
                if other != member and (other, position) in self._track and group.sources[other][position] is None:
                    newcomers[state] = self._track[other, position]
        for position in range(len(observation.received)):
            source = sources[position] if position < len(sources) else None
            identity = self._track.get(source) if source else None
            drives = "drive" in observation.call.endpoint
            if identity is None and drives and position < len(observation.sent):
                identity = newcomers.get(observation.sent.states[position])
            if identity is None:
                identity = self._tracks
                self._tracks += 1
            if source:
                self._track.setdefault(source, identity)  # an agent that an initialize elsewhere has lent
            self._track[member, position] = identity
            identities.append(identity)
        return identities

    def _placed(self, group: Group, member: int) -> tuple[int, ...]:
        """Positions of an ``initialize`` answer's agents that are this part's to give: all but the neighbours'.

        Where the client went on, what it went on with says which were dropped; else the region does.
        """
        observation = self._all[member]
        positions = [position for position, source in enumerate(group.sources[member]) if source is None]
        if len(group.members) == 1:
            return tuple(positions)
        if any(self._continued[other] for other in group.members):
            return tuple(position for position in positions if position in self._continued[member])
        return tuple(position for position in positions if _inside(observation, position))

    def _put_in_order(self, steps: Sequence[Step]) -> None:
        """Give every step its agents in the client's order: one for the whole simulation where that can be."""
        lists = dict.fromkeys(_own_list(part) for step in steps for part in step.parts if _orders(step))
        base = {agent: rank for rank, agent in enumerate(_met(steps))}
        order = merged_order(lists, base)
        for step in steps:
            _arrange(step, order)


def _known_order(step: Step | None) -> dict[int, int]:
    """The client's order as the nearest step before shows it that was one call."""
    while step is not None and len(step.parts) > 1:
        step = step.parent
    return {agent: place for place, agent in enumerate(step.parts[0].agents)} if step else {}


def _own_list(part: Part) -> tuple[int, ...]:
    return tuple(part.agents[position] for position in part.own)


def _orders(step: Step) -> bool:
    """Whether a step's lists are in the client's order: a large ``initialize`` has them by region."""
    return len(step.parts) == 1 or "drive" in step.first.call.endpoint


def _met(steps: Sequence[Step]) -> list[int]:
    found: dict[int, None] = {}
    for step in steps:
        for part in step.parts:
            found.update(dict.fromkeys(_own_list(part)))
    return list(found)


def _arrange(step: Step, order: Sequence[int] | None) -> None:
    where = {
        part.agents[position]: (number, position) for number, part in enumerate(step.parts) for position in part.own
    }
    if len(step.parts) == 1:
        agents = _own_list(step.parts[0])
    else:
        rank = {agent: place for place, agent in enumerate(order)} if order else {}
        if not rank and step.parent:
            rank = {agent: place for place, agent in enumerate(step.parent.agents)}
        lists = [_own_list(part) for part in step.parts] if _orders(step) else [tuple(where)]
        merged = merged_order(lists, rank) if _orders(step) else sorted(where, key=lambda a: rank.get(a, len(rank)))
        if merged is None:
            merged = list(where)
            step.doubts += ("the parts' orders contradict one another; they were put one after another",)
        agents = tuple(merged)
    step.agents = agents
    step.sources = tuple(where[agent] for agent in agents)


def _inside(observation: Observation, position: int) -> bool:
    if observation.center is None:
        return True
    x, y, *_ = observation.received.state(position)
    half = _REGION_M / 2
    return abs(x - observation.center[0]) < half and abs(y - observation.center[1]) < half


def _is_large(root: Step) -> bool:
    pending = [root]
    for step in pending:
        if len(step.parts) > 1:
            return True
        pending.extend(step.children)
    return False
