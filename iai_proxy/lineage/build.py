"""From observations to a :class:`~iai_proxy.lineage.model.Lineage`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

from iai_proxy.lineage.grouping import Grouping
from iai_proxy.lineage.groups import Group
from iai_proxy.lineage.identities import Identities
from iai_proxy.lineage.model import Lineage, Part, Simulation, Step
from iai_proxy.lineage.observe import Agents, Observation
from iai_proxy.lineage.ordering import known_order, positions_below, put_in_order
from iai_proxy.lineage.partition import Place, cover_all, own_prefixes
from iai_proxy.lineage.restoring import is_as_answered, with_states_exchanged
from iai_proxy.lineage.sources import Source, indices_of, reach, source

#: The SDK's default region; a large ``initialize`` drops agents that were placed outside of theirs.
_REGION_M: Final = 100.0


def build(observations: Iterable[Observation]) -> Lineage:
    """Return the simulations that exchanges make, in whatever order they are given.

    Args:
        observations: of one recording; those of endpoints without agents may be left out.
    """
    return _built(observations, None)


def restored(lineage: Lineage, observations: Sequence[Observation]) -> Lineage:
    """Return the simulations that exchanges make, by states where recurrent states say otherwise.

    Args:
        lineage: by recurrent states; it is what comes back where states say the same.
        observations: that it was built from.
    """
    if is_as_answered(lineage):
        return lineage
    return _built(observations, with_states_exchanged(lineage))


def _built(observations: Iterable[Observation], kept: Collection[int] | None) -> Lineage:
    stepping = [one for one in observations if one.call.endpoint.is_stepping]
    stepping.sort(key=lambda one: (one.call.started_ns, one.call.id))
    wholes = _wholes(stepping)
    stepping = [one for one in stepping if wholes.get(one.call.large) is not one]
    attempts, failures = _attempts(stepping)
    successes = [one for one in stepping if one.call.succeeded and len(one.received)]
    empty = [one.call.id for one in stepping if one.call.succeeded and not len(one.received)]
    simulations = tuple(_Builder(Grouping(successes, kept), attempts, wholes).simulations())
    without_answer = {one.call.id: one for one in stepping if one.call.id in failures}
    for simulation in simulations:
        _give_up_regions(simulation, without_answer)
    return Lineage(simulations, tuple(sorted((*without_answer, *empty))))


def _wholes(observations: Iterable[Observation]) -> dict[str | None, Observation]:
    """Large calls that were made to the proxy itself, by what names them, of which there are parts.

    They are no steps besides: their parts are.
    """
    made, parts = {}, set()
    for one in observations:
        if one.call.is_whole:
            made[one.call.large] = one
        else:
            parts.add(one.call.large)
    return {large: one for large, one in made.items() if large in parts}


def _give_up_regions(simulation: Simulation, failed: dict[int, Observation]) -> None:
    """Give a large ``initialize`` its failed calls: regions that could not be filled, tried a few times each."""
    root = simulation.root
    if not simulation.large or not root.first.call.endpoint.is_initialize:
        return
    filled = {part.observation.call.request_hash for part in root.parts}
    until = min((child.started_ns for child in root.children), default=root.ended_ns)
    mine = [
        one
        for one in failed.values()
        if one.call.endpoint == root.first.call.endpoint
        and one.center is not None
        and one.common == root.first.common
        and one.call.large == root.first.call.large
        and (one.call.large is not None or root.started_ns <= one.call.started_ns < until)
        and one.call.request_hash not in filled
    ]
    # Attempts repeat one another to the letter; the first stands for all of them.
    root.given_up = tuple({one.call.request_hash: one for one in reversed(mine)}.values())[::-1]
    for one in mine:
        del failed[one.call.id]


def _attempts(observations: Sequence[Observation]) -> tuple[dict[int, list[int]], list[int]]:
    """Match failed exchanges with the success that repeats them: the same request, later.

    Only failures on which the SDK itself repeats a call: another one reached the program, which may
    then have made the same call anew.
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

    def __init__(
        self,
        grouping: Grouping,
        attempts: dict[int, list[int]],
        wholes: Mapping[str | None, Observation],
    ) -> None:
        self._all = grouping.observations
        self._attempts = attempts
        self._wholes = wholes
        self._grouping = grouping
        self._identities = Identities(self._all)
        self._gone_on_with: defaultdict[Group, set[Source | None]] = defaultdict(set)
        for group in self._grouping.groups:
            if (
                group.parent and len(group.parent.members) > 1
            ):  # else nobody asks which of its answers it was
                self._gone_on_with[group.parent].update(*group.sources.values())

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
            put_in_order([step for _, step in members])
        roots.sort(key=lambda root: (root.started_ns, root.numbers))
        return [
            Simulation(number, root, _is_large(root)) for number, root in enumerate(roots, start=1)
        ]

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
        agents = [self._identities.add(group, member) for member in group.members]
        doubts = list(group.doubts)
        whole = self._wholes.get(group.large)
        answered = self._as_answered(group, whole.received) if whole else None
        if answered is not None:
            own = [
                tuple(sorted(position for number, position in answered if number == n))
                for n in range(len(agents))
            ]
        elif self._all[group.members[0]].call.endpoint.is_initialize:
            own = [self._placed(group, member) for member in group.members]
        elif len(group.members) == 1:
            own = [positions_below(len(agents[0]))]
        else:
            lengths, doubtful = self._own_prefixes(group, agents, parent)
            own = [positions_below(length) for length in lengths]
            if doubtful:
                doubts.append(
                    f"{len(doubtful)} agents could be owned by several parts; the first was taken"
                )
        parts = tuple(
            Part(self._all[member], identities, positions)
            for member, identities, positions in zip(group.members, agents, own, strict=True)
        )
        if group.apart and not (group.confirmed or group.large):
            doubts.append(
                "its calls share no agents and nothing was gone on with together; they may be no large call"
            )
        numbers = [part.number for part in parts]
        return Step(
            parent=parent,
            index=parent.index + 1 if parent else 0,
            parts=parts,
            agents=tuple(agents[number][position] for number, position in answered or ()),
            sources=tuple(answered or ()),
            attempts=tuple(
                failed for number in numbers for failed in self._attempts.get(number, ())
            ),
            arrivals=tuple(self._all[index].call.id for index in group.arrivals),
            doubts=tuple(doubts),
            whole=whole.call.id if whole else None,
        )

    def _as_answered(self, group: Group, whole: Agents) -> list[tuple[int, int]] | None:
        """Where each agent of a large call's own answer comes from: (member, position); None if it holds others."""
        places: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
        for number, member in enumerate(group.members):
            for position, key in enumerate(_keys(self._all[member].received)):
                places[key].append((position, number))
        for found in places.values():
            found.sort(reverse=True)  # own agents stand first
        try:
            chosen = [places[key].pop() for key in _keys(whole)]
        except IndexError:
            return None
        return [(number, position) for position, number in chosen] or None

    def _own_prefixes(
        self, group: Group, agents: Sequence[tuple[int, ...]], parent: Step | None
    ) -> tuple[Sequence[int], Sequence[int]]:
        """How many agents of each part, from its first on, are its own; agents of whom that is doubtful."""
        gone_on_with = sorted(one for one in self._gone_on_with[group] if one is not None)
        least = [max(reach(member, gone_on_with), 1) for member in group.members]
        if cover_all(agents, least):
            return least, ()
        places: dict[int, Place] = {}
        for member, identities in zip(group.members, agents, strict=True):
            coordinates = self._all[member].sent.coordinates
            places.update(
                zip(identities, zip(coordinates[::4], coordinates[1::4], strict=True), strict=False)
            )
        return own_prefixes(agents, least, known_order(parent), places)

    def _placed(self, group: Group, member: int) -> tuple[int, ...]:
        """Positions of an ``initialize`` answer's agents that are this part's to give: all but the neighbours'.

        Where the client went on, what it went on with says which were dropped; else the region
        does.
        """
        observation = self._all[member]
        positions = [position for position, one in enumerate(group.sources[member]) if one is None]
        if len(group.members) == 1:
            return tuple(positions)
        gone_on_with = self._gone_on_with[group]
        if not indices_of(tuple(gone_on_with)).isdisjoint(group.members):
            return tuple(
                position for position in positions if source(member, position) in gone_on_with
            )
        return tuple(position for position in positions if _inside(observation, position))


def _keys(agents: Agents) -> list[int]:
    return [
        recurrent or state for recurrent, state in zip(agents.recurrent, agents.states, strict=True)
    ]


def _inside(observation: Observation, position: int) -> bool:
    if observation.center is None:
        return True
    x, y, *_ = observation.received.state(position)
    half = _REGION_M / 2
    return abs(x - observation.center[0]) < half and abs(y - observation.center[1]) < half


def _is_large(root: Step) -> bool:
    pending = [root]
    for step in pending:
        if len(step.parts) > 1 or step.whole is not None:
            return True
        pending.extend(step.children)
    return False
