"""From observations to a :class:`~iai_proxy.lineage.model.Lineage`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

from iai_proxy.api import Call, Endpoint
from iai_proxy.lineage.attempts import attempts_of, give_up_regions
from iai_proxy.lineage.exchanged_states import Described, nothing_known, with_states_exchanged
from iai_proxy.lineage.grouping import Grouping
from iai_proxy.lineage.groups import Group, keys_of
from iai_proxy.lineage.identities import Identities
from iai_proxy.lineage.model import Lineage, Part, Simulation, Step
from iai_proxy.lineage.observe import Observation
from iai_proxy.lineage.ordering import put_in_order
from iai_proxy.lineage.owners import Owners, as_answered
from iai_proxy.lineage.restoring import is_as_answered
from iai_proxy.text import cut_list, numbered, plural, ranges

_APART = (
    "its calls share no agents and nothing was gone on with together; they may be no large call"
)


def build(observations: Iterable[Observation]) -> Lineage:
    """Return the simulations that exchanges make, in whatever order they are given.

    Args:
        observations: of one recording; those of endpoints without agents may be left out.
    """
    return _built(observations, None)


def restored(
    lineage: Lineage, observations: Iterable[Observation], described: Described = nothing_known
) -> Lineage:
    """Return the simulations that exchanges make, by states where recurrent states say otherwise.

    Args:
        lineage: by recurrent states; it is returned where states say the same.
        observations: that it was built from.
        described: given the number of an exchange, returns what describes each agent of its answer.
    """
    if is_as_answered(lineage):
        return lineage
    return _built(observations, with_states_exchanged(lineage, described))


class Growing:
    """A lineage that is made call by call, while they come in.

    Attributes:
        is_regular: whether a call has come at a place where :func:`build`, which knows what comes
            later, would have put it elsewhere; then there is no lineage.
        latest: number of the latest exchange.
    """

    def __init__(self) -> None:
        self._grouping = Grouping()
        self._stepping: list[Observation] = []
        self._large_calls: dict[str | None, Observation] = {}
        self._parts: set[str | None] = set()
        self.is_regular = True
        self.latest = 0

    def add(self, observation: Observation) -> None:
        """Take the next exchange with agents; they come in the order of their numbers."""
        call = observation.call
        self.is_regular &= call.id > self.latest
        self.latest = max(self.latest, call.id)
        if call.is_large_call:
            self.is_regular &= call.large in self._parts and call.large not in self._large_calls
            self._large_calls[call.large] = observation
            return
        self.is_regular &= call.large is None or call.large not in self._large_calls
        self._parts.add(call.large)
        self._stepping.append(observation)
        if self.is_regular and _is_step(observation):
            self._grouping.add(observation)

    def finished(self) -> Lineage | None:
        """Return what :func:`build` makes of all of them. Afterwards none can be added."""
        if not self.is_regular:
            return None
        return _finished(self._grouping, self._stepping, self._large_calls)


def _built(observations: Iterable[Observation], as_sent: Collection[int] | None) -> Lineage:
    stepping = [seen for seen in observations if seen.call.endpoint.is_stepping]
    stepping.sort(key=lambda seen: seen.call.id)
    large_calls = _large_calls(stepping)
    stepping = [seen for seen in stepping if large_calls.get(seen.call.large) is not seen]
    grouping = Grouping(as_sent)
    for seen in stepping:
        if _is_step(seen):
            grouping.add(seen)
    return _finished(grouping, stepping, large_calls)


def _is_step(seen: Observation) -> bool:
    return seen.call.succeeded and len(seen.received) > 0


def _finished(
    grouping: Grouping,
    stepping: Sequence[Observation],
    large_calls: Mapping[str | None, Observation],
) -> Lineage:
    grouping.finish()
    attempts = attempts_of(seen.call for seen in stepping)
    simulations = _Builder(grouping, attempts, large_calls).simulations()
    failed = _failed_for_good(stepping, attempts)
    for simulation in simulations:
        give_up_regions(simulation, failed)
    return Lineage(tuple(simulations))


def _large_calls(observations: Iterable[Observation]) -> dict[str | None, Observation]:
    """Large calls that were made to the proxy itself and have parts, by name.

    They are no steps: their parts are.
    """
    made, parts = {}, set()
    for observation in observations:
        if observation.call.is_large_call:
            made[observation.call.large] = observation
        else:
            parts.add(observation.call.large)
    return {name: observation for name, observation in made.items() if name in parts}


def _failed_for_good(
    observations: Iterable[Observation], attempts: Mapping[Call, Sequence[Call]]
) -> dict[int, Observation]:
    repeated = {call.id for calls in attempts.values() for call in calls}
    return {
        seen.call.id: seen
        for seen in observations
        if not seen.call.succeeded and seen.call.id not in repeated
    }


class _Builder:
    """Turns groups into steps: identities, owners, order."""

    def __init__(
        self,
        grouping: Grouping,
        attempts: Mapping[Call, Sequence[Call]],
        large_calls: Mapping[str | None, Observation],
    ) -> None:
        self._all = grouping.observations
        self._groups = grouping.groups
        self._alternatives = grouping.alternatives
        self._attempts = attempts
        self._large_calls = large_calls
        self._identities = Identities(self._all)
        self._owners = Owners(grouping)
        self._rising: dict[Step, Sequence[tuple[int, ...]]] = {}
        self._certain: set[Group] = set()
        self._given: dict[Step, Sequence[int]] = {}

    def simulations(self) -> list[Simulation]:
        """Return all simulations, numbered in order of first appearance."""
        steps: dict[Group, Step] = {}
        trees: defaultdict[Step, list[Step]] = defaultdict(list)
        root_of: dict[Step, Step] = {}
        for group in self._parents_first():
            parent = steps[group.parent] if group.parent else None
            step = steps[group] = self._step(group, parent)
            root_of[step] = root_of[parent] if parent else step
            trees[root_of[step]].append(step)
            if parent is not None:
                parent.children.append(step)
        for tree in trees.values():
            put_in_order(tree, self._rising, self._given[tree[0]])
        roots = sorted(trees, key=lambda root: root.earliest)
        for groups in self._alternatives:
            numbers = [roots.index(steps[group]) + 1 for group in groups]
            steps[groups[0]].doubts += (_fit_one_call(numbers),)
        return [
            Simulation(number, root, any(step.is_large for step in trees[root]))
            for number, root in enumerate(roots, start=1)
        ]

    def _parents_first(self) -> list[Group]:
        """All groups, each after its parent."""
        children: defaultdict[Group | None, list[Group]] = defaultdict(list)
        for group in self._groups:
            children[group.parent].append(group)
        ordered = list(children[None])
        for group in ordered:
            ordered.extend(children[group])
        return ordered

    def _step(self, group: Group, parent: Step | None) -> Step:
        identities = [self._identities.add(group, member) for member in group.members]
        doubts = list(group.doubts)
        large_call = self._large_calls.get(group.large)
        owned = self._owners.own(group, identities)
        agents, own = owned.ordered(identities), owned.ordered(owned.own)
        observations = owned.ordered([self._all[member] for member in group.members])
        sources = _answered_sources(observations, own, large_call)
        doubtful = owned.doubtful
        if sources:
            own, doubtful = _positions(sources, len(agents)), frozenset()
        elif doubtful:
            doubts.append(_owners_in_doubt(len(doubtful), observations[0].call.endpoint))
        if owned.left_out:
            doubts.append(_left_out(owned.left_out))
        if not (owned.order or self._is_certain(group) or _share_agents(observations)):
            doubts.append(_APART)
        attempts = (self._attempts.get(observation.call, ()) for observation in observations)
        step = Step(
            parent=parent,
            index=parent.index + 1 if parent else 0,
            parts=tuple(map(Part, observations, agents, own)),
            agents=tuple(agents[part][position] for part, position in sources),
            sources=sources,
            attempts=tuple(call.id for calls in attempts for call in calls),
            arrivals=tuple(self._all[index].call.id for index in group.arrivals),
            doubts=tuple(doubts),
            doubtful=doubtful,
            large_call=large_call.call.id if large_call else None,
        )
        self._rising[step] = owned.rising
        self._given[step] = owned.given
        return step

    def _is_certain(self, group: Group) -> bool:
        """Whether a step is certainly of one call, or a program makes large calls before it."""
        if group.confirmed or group.large or group.parent in self._certain:
            self._certain.add(group)
        return group in self._certain


def _share_agents(parts: Sequence[Observation]) -> bool:
    """Tell whether each part of a ``drive`` shares agents with others, and these with all."""
    if len(parts) == 1 or parts[0].call.endpoint.is_initialize:
        return True
    reached, *left = [keys_of(part) for part in parts]
    while left:
        touching = [keys for keys in left if not reached.isdisjoint(keys)]
        if not touching:
            return False
        left = [keys for keys in left if reached.isdisjoint(keys)]
        reached.update(*touching)
    return True


def _fit_one_call(numbers: Sequence[int]) -> str:
    return (
        f"simulations {cut_list(ranges(numbers))} fit the parts of one large call as well; "
        "no call takes agents from several, so they are taken as they are"
    )


def _answered_sources(
    parts: Sequence[Observation], own: Sequence[tuple[int, ...]], large_call: Observation | None
) -> tuple[tuple[int, int], ...]:
    """Where a large call's own answer has its agents from; empty without such an answer."""
    if large_call is None:
        return ()
    received = [part.received for part in parts]
    return tuple(as_answered(received, own, large_call.received) or ())


def _owners_in_doubt(count: int, endpoint: Endpoint) -> str:
    agents, taken = plural(count, "agent"), numbered(count, "it was", "each was")
    if endpoint.is_initialize:
        return f"{agents} could be of several regions; {taken} taken from the nearest"
    return (
        f"{agents} could be owned by several parts; "
        f"{taken} taken from the part whose list has it earliest"
    )


def _left_out(count: int) -> str:
    return (
        f"{plural(count, 'agent')} not gone on with may have been left out by the program, or "
        f"dropped as outside of the region; {numbered(count, 'it counts', 'they count')} as dropped"
    )


def _positions(sources: Iterable[tuple[int, int]], count: int) -> list[tuple[int, ...]]:
    """The positions of each part's own agents."""
    own: list[list[int]] = [[] for _ in range(count)]
    for part, position in sources:
        own[part].append(position)
    return [tuple(sorted(positions)) for positions in own]
