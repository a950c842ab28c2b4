"""Candidate steps, and which of them turn out to be the same step."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from operator import xor

from iai_proxy.api import Endpoint
from iai_proxy.api.limits import AGENTS_PER_CALL
from iai_proxy.lineage.agents import Agents
from iai_proxy.lineage.divided import Division, Place, division_of
from iai_proxy.lineage.observe import Observation
from iai_proxy.lineage.sources import Source, Sources, index_of, position_of


@dataclass(eq=False, slots=True)
class Group:
    """A step in the making.

    Attributes:
        members: indices of its observations, in the order of their requests.
        parent: the step that it continues, or None.
        children: the steps that continue it.
        sources: for each member where each of its agents comes from.
        firsts: what each member begins with.
        inherited: how many agents come from the parent, of the member with the most.
        arrivals: indices of ``initialize`` observations that only lend newcomers to this step.
        went_on: whether a later call consumes its answers.
        confirmed: a later call took agents from several members: they are certainly parts of one
            large call.
        large: names the large call that its members say they are parts of.
        absorbed: it became part of another group, or only lends agents.
        keys: of all agents of all members; None until needed.
        size: how many agents it has; None until needed.
        towards_root: a group further up, or the one that this was merged into; see
            :meth:`Groups.root_of`.
    """

    members: list[int]
    parent: Group | None
    children: list[Group] = field(default_factory=list)
    sources: dict[int, Sources] = field(default_factory=dict)
    firsts: set[object] = field(default_factory=set)
    inherited: int = 0
    arrivals: list[int] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    went_on: bool = False
    confirmed: bool = False
    large: str | None = None
    absorbed: bool = False
    keys: set[int] | None = None
    size: int | None = None
    towards_root: Group | None = None


class Groups:
    """All groups.

    Attributes:
        made: in the order in which they were made; absorbed ones too.
        roots: those that continue nothing.
        of: the group of each observation, by index, as far as they are placed.
    """

    def __init__(self, observations: Sequence[Observation]) -> None:
        self._all = observations
        self.made: list[Group] = []
        self.roots: list[Group] = []
        self.of: list[Group] = []
        self._named: dict[str, int] = {}

    def add(self, index: int, group: Group | None, parent: Group | None, sources: Sources) -> Group:
        """Make the next observation a member of a group, or of a new child of the parent."""
        observation = self._all[index]
        if group is None:
            group = Group([index], parent, large=observation.call.large, towards_root=parent)
            self.made.append(group)
            self._siblings(group).append(group)
        else:
            group.members.append(index)
            group.size = None
            if group.keys is not None:
                group.keys |= keys_of(observation)
        group.sources[index] = sources
        group.firsts.add(first_of(observation, sources))
        group.inherited = max(group.inherited, inherited(sources))
        self.of.append(group)
        if observation.call.large is not None:
            self._named.setdefault(observation.call.large, index)
        return group

    def named(self, large: str | None) -> Group | None:
        """Return the group whose members say that they are parts of a certain large call."""
        first = None if large is None else self._named.get(large)
        return None if first is None else self.of[first]

    def adopt(self, group: Group, parent: Group) -> None:
        """Make a root the child of a step that one of its later members turns out to continue."""
        self.roots.remove(group)
        group.parent = group.towards_root = parent
        parent.children.append(group)

    def root_of(self, group: Group) -> Group:
        """Return the group that a simulation begins with, as far as it is known now."""
        passed: list[Group] = []
        while group.towards_root is not None:
            passed.append(group)
            group = group.towards_root
        for below in passed:
            below.towards_root = group
        return group

    def is_initialize(self, group: Group) -> bool:
        """Tell whether a group is of ``initialize`` exchanges."""
        return self._all[group.members[0]].call.endpoint.is_initialize

    def go_on(self, group: Group) -> None:
        """Note that a later call consumes a group's answers. It gets no new members any more."""
        group.went_on = True
        group.absorbed = False  # it has lent an agent, but begins a simulation of its own
        group.keys = None

    def keys(self, group: Group) -> set[int]:
        """Return what tells the agents apart that a group's requests are about."""
        if group.keys is not None:
            return group.keys
        keys = {key for member in group.members for key in keys_of(self._all[member])}
        if not group.went_on:
            group.keys = keys
        return keys

    def is_all_of(self, count: int, group: Group) -> bool:
        """Tell whether ``count`` agents are all that a group has."""
        if group.size is None:
            if self.is_initialize(group):
                group.size = sum(group.sources[member].count(None) for member in group.members)
            elif count >= sum(len(self._all[member].sent) for member in group.members):
                return True  # there are no more keys than agents sent
            else:
                group.size = len(self.keys(group))
        return count >= group.size

    def join_voted(
        self,
        index: int,
        candidates: Sequence[Sequence[Source]],
        joined_with_all: Callable[[Group, Group], bool],
    ) -> None:
        """Join the steps that one call takes agents from, where they can be one step.

        Each must give agents that the other can't: two runs that are equal to the last bit are
        alternatives, not parts. A recurrent state that a client has copied takes no agent along: it
        is sent with another state than it was answered with.

        Args:
            index: of the call.
            candidates: for each of its agents where it may come from.
            joined_with_all: joins steps that are parts of one only with others that it knows.
        """
        given: defaultdict[Group, set[int]] = defaultdict(set)
        copied: defaultdict[Group, set[int]] = defaultdict(set)
        states = self._all[index].sent.states
        for position, sources in enumerate(candidates):
            for source in sources:
                answered = self._all[index_of(source)].received.states[position_of(source)]
                is_as_answered = answered == states[position]
                (given if is_as_answered else copied)[self.of[index_of(source)]].add(position)
        if not given:  # a client that changes all states shows nothing by them
            given = copied
        if not given:
            return
        first, *others = sorted(given, key=lambda group: group.members[0])
        for other in others:
            if not (given[other] - given[first] and given[first] - given[other]):
                continue
            if self._can_join(first, other):
                self.make_one([first, other])
            elif not joined_with_all(first, other):
                continue
            given[first] |= given[other]

    def join(self, groups: Sequence[Group]) -> None:
        """Join steps that have a part in common, where they can be one step."""
        for other in groups[1:]:
            if self._can_join(groups[0], other):
                self.make_one([groups[0], other])

    def make_one(self, groups: Sequence[Group]) -> None:
        """Make groups one, and their parents too."""
        for other in groups[1:]:
            self._join(groups[0], other)

    def _can_join(self, group: Group, other: Group) -> bool:
        """Whether two groups may be parts of one step, and their parents too."""
        while group is not other:
            if not self.are_alike(group, other):
                return False
            are_siblings = group.parent is not None and group.parent is other.parent
            if not (are_siblings or self.is_initialize(group) or self._are_divided(group, other)):
                return False
            if group.parent is None or other.parent is None:
                return not (group.went_on and other.went_on) or self.is_initialize(group)
            group, other = group.parent, other.parent
        return True

    def are_alike(self, group: Group, other: Group) -> bool:
        """Tell whether two groups may be parts of one call by what they have in common."""
        ours, theirs = self._all[group.members[0]], self._all[other.members[0]]
        if group.large or other.large:  # they say themselves what they are parts of
            return False
        if ours.location != theirs.location or ours.call.endpoint != theirs.call.endpoint:
            return False
        if (group.parent is None) != (other.parent is None):
            return False
        if self.is_initialize(group) and not (
            self._has_regions(group) and self._has_regions(other)
        ):
            return False
        if group.firsts & (other.firsts - {None}):
            return False  # two answers for the same agent, not two parts of one call
        return ours.call.endpoint != Endpoint.DRIVE or ours.common == theirs.common

    def _has_regions(self, group: Group) -> bool:
        """Whether all members name a centre, as the regions of a large ``initialize`` do."""
        return all(self._all[member].center is not None for member in group.members)

    def _are_divided(self, group: Group, other: Group) -> bool:
        """Whether the SDK's division makes just these calls of their agents."""
        members = sorted({*group.members, *other.members})
        return division_of_calls([self._all[member].sent for member in members]) is not None

    def _join(self, group: Group, other: Group) -> None:
        """Make two groups one, and their parents too."""
        pairs: list[tuple[Group, Group]] = []
        kept: Group | None = group
        gone: Group | None = other
        while kept is not None and gone is not None and kept is not gone:
            pairs.append((kept, gone))
            kept, gone = kept.parent, gone.parent
        for pair in reversed(pairs):
            self._merge(*pair)

    def _merge(self, group: Group, gone: Group) -> None:
        group.members = sorted({*group.members, *gone.members})
        group.sources.update(gone.sources)
        group.firsts |= gone.firsts
        group.inherited = max(group.inherited, gone.inherited)
        group.arrivals += gone.arrivals
        group.doubts += gone.doubts
        group.went_on |= gone.went_on
        group.confirmed = True  # joined since one call took agents from both
        group.keys = group.size = None
        gone.absorbed = True
        gone.towards_root = group
        for member in gone.members:
            self.of[member] = group
        for child in gone.children:
            child.parent = group
        group.children += gone.children
        gone.children = []
        siblings = self._siblings(group)
        if gone in siblings:
            siblings.remove(gone)

    def _siblings(self, group: Group) -> list[Group]:
        return group.parent.children if group.parent else self.roots


def first_of(observation: Observation, sources: Sources) -> object:
    """Return what an exchange begins with; parts of one call begin differently."""
    if observation.call.endpoint.is_initialize:
        return observation.center and (observation.center, observation.call.request_hash)
    if not len(observation.sent):
        return None
    if sources and sources[0] is not None:
        return "answered", sources[0]
    return observation.sent.recurrent[0] or observation.sent.states[0]


def keys_of(observation: Observation) -> set[int]:
    """Return what tells the agents apart that a request is about."""
    sent = observation.sent
    return set(sent.states if observation.call.endpoint.is_initialize else keys_of_each(sent))


def keys_of_each(agents: Agents) -> list[int]:
    """Return what tells each agent of a request from the others; parts of a call have it alike.

    A recurrent state alone does not: two agents may have been answered the same.
    """
    return list(map(xor, agents.recurrent, agents.states))


def division_of_calls(parts: Sequence[Agents], likely: int = AGENTS_PER_CALL) -> Division | None:
    """Return how the SDK has divided a call; None if these are not all parts of such a call.

    Args:
        parts: the agents of each part's request.
        likely: the limit to try first.
    """
    places: dict[object, Place] = {}
    keys = [_told_apart(keys_of_each(sent)) for sent in parts]
    for sent, named in zip(parts, keys, strict=True):
        points = zip(sent.coordinates[::4], sent.coordinates[1::4], strict=True)
        places.update(zip(named, points, strict=True))
    return division_of(keys, places, likely) if all(keys) else None


def _told_apart(keys: Sequence[int]) -> list[object]:
    """Agents of a part; those that are equal in everything are counted."""
    if len(set(keys)) == len(keys):
        return list(keys)
    met: Counter[int] = Counter()
    found: list[object] = []
    for key in keys:
        found.append((key, met[key]) if met[key] else key)
        met[key] += 1
    return found


def inherited(sources: Sources) -> int:
    """Return how many agents are no newcomers."""
    return len(sources) if isinstance(sources, range) else len(sources) - sources.count(None)
