"""Each step's agents in the client's order: the same all through a simulation if possible.

Only lists that certainly stand in the client's order count. Where they leave it open, an agent
stands where it stood before; at the beginning the regions of a large ``initialize`` follow one
another. A list that does not fit says that the client has put its agents in another order since.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import repeat
from typing import Final

from iai_proxy.lineage.merged_order import merged_order
from iai_proxy.lineage.model import Step
from iai_proxy.lineage.owners import positions_below
from iai_proxy.lineage.regions import Regions, is_only_order, likely_order, order_of_regions
from iai_proxy.lineage.reordered import placed_anew, ranks_with_others

Agents = tuple[int, ...]

_PERHAPS_APART: Final = (
    "no call shows whether agents with a state were given for their regions or apart from them; "
    "some were outside of any region, so all were put first"
)
_PERHAPS_WITHIN: Final = (
    "no call shows whether agents with a state were given for their regions or apart from them; "
    "they stand by their regions"
)
_APART: Final = (
    "no call shows the whole order of the agents that were given apart from the regions; "
    "those of earlier regions were put first"
)


def put_in_order(
    steps: Sequence[Step], rising: Mapping[Step, Sequence[Agents]], given: Sequence[int] = ()
) -> None:
    """Give all steps of one simulation, each after its parent, their agents and sources.

    Args:
        steps: of the simulation.
        rising: for each step the lists that stand in the client's order.
        given: of a large ``initialize``, how many agents with a state each region was given.
    """
    if all(len(step.parts) == 1 for step in steps):  # every step is in its call's order
        for step in steps:
            _arrange(step, {})
        return
    stretch_of: dict[Step, _Stretch] = {}
    for step in steps:
        lists = [step.agents] if step.agents else list(rising[step])
        stretch = stretch_of[step.parent] if step.parent else _beginning(step, given)
        stretch_of[step] = _continued(stretch, lists, step)
    for step in steps:
        _arrange(step, stretch_of[step].rank)
        if step.parent is None and (doubt := stretch_of[step].doubt()):
            step.doubts += (doubt,)


class _Stretch:
    """Steps through which a client has kept its order.

    Args:
        rank: where each agent stands if nothing else is known.
        regions: of a large ``initialize`` that it begins with.
        before: the stretch before it.

    Attributes:
        rank: where each agent stands, as far as is known now.
    """

    def __init__(
        self,
        rank: Mapping[int, float],
        regions: Regions | None = None,
        before: _Stretch | None = None,
    ) -> None:
        self._base = rank
        self._regions = regions
        self._lists: dict[Agents, None] = {}
        self.rank: Mapping[int, float] = rank
        self.before = before

    def doubt(self) -> str | None:
        """What is doubtful about the order of agents given apart from the regions, by now."""
        if self._regions is None:
            return None
        lists = list(self._lists)
        if self.rank is not self._base:
            order = order_of_regions(self._regions, lists)
            return None if order is None or order.is_shown else _APART
        if is_only_order(self._regions, lists):
            return None
        return _PERHAPS_APART if self._regions.dropped else _PERHAPS_WITHIN

    def holds(self, lists: Sequence[Agents]) -> bool:
        """Tell whether lists stand in this order as it is."""
        return all(_rises(agents, self.rank) for agents in lists)

    def takes(self, lists: Sequence[Agents], gone: Iterable[int] = ()) -> bool:
        """Take lists into account, if there is an order for them and all before.

        Args:
            lists: in the client's order.
            gone: agents of the step before that are there no more.
        """
        new = {agents: None for agents in lists if agents not in self._lists}
        if not self.holds(list(new)):
            order = self._with_newcomers(list(new), gone) or self._ordered([*self._lists, *new])
            if order is None:
                return False
            self.rank = {agent: place for place, agent in enumerate(order)}
        self._lists |= new
        return True

    def _with_newcomers(self, lists: Sequence[Agents], gone: Iterable[int]) -> list[int] | None:
        """The order with newcomers put in, if all others stand in it as it is."""
        known = [tuple(agent for agent in agents if agent in self.rank) for agents in lists]
        if not (self.rank and self.holds(known)):
            return None
        in_order = sorted(self.rank, key=self.rank.__getitem__)
        left = {agent: self.rank[agent] for agent in gone if agent in self.rank}
        return merged_order([in_order, *lists], ranks_with_others(lists, self.rank, left))

    def _ordered(self, lists: Sequence[Agents]) -> list[int] | None:
        if self._regions:
            found = order_of_regions(self._regions, lists)
            return found.agents if found else None
        return merged_order([*lists, *([agent] for agent in self._base)], self._base)


def _beginning(root: Step, given: Sequence[int]) -> _Stretch:
    if len(root.parts) == 1 or root.agents or root.first.call.endpoint.is_drive:
        return _Stretch({})
    blocks, dropped = [], False
    for part, count in zip(root.parts, given, strict=True):
        own = _own_of(part.agents, part.own)
        # The SDK counts places before it drops agents: others come to stand at theirs.
        blocks.append((own[:count], own[count:]))
        dropped |= sum(place < len(part.observation.sent) for place in part.own) < count
    regions = Regions(blocks, root.first.seed, dropped)
    return _Stretch({agent: at for at, agent in enumerate(likely_order(regions))}, regions)


def _continued(stretch: _Stretch, lists: Sequence[Agents], step: Step) -> _Stretch:
    """The stretch that a step is of: the one of the step before if it fits, or an earlier one."""
    if stretch.takes(lists, _gone(step)):
        return stretch
    earlier = stretch.before
    while earlier is not None:
        if earlier.holds(lists):
            return earlier
        earlier = earlier.before
    anew = _Stretch(placed_anew(lists, stretch.rank), before=stretch)
    anew.takes(lists)
    return anew


def _gone(step: Step) -> Iterator[int]:
    """Agents of the step before that a step has no more."""
    present = {agent for part in step.parts for agent in part.agents}
    for part in step.parent.parts if step.parent else ():
        yield from (agent for agent in _own_of(part.agents, part.own) if agent not in present)


def _rises(agents: Agents, rank: Mapping[int, float]) -> bool:
    ranks = [rank.get(agent, -1.0) for agent in agents]
    return min(ranks, default=0) >= 0 and ranks == sorted(set(ranks))


@lru_cache(maxsize=65536)
def _source(part: int, position: int) -> tuple[int, int]:
    return part, position


def _arrange(step: Step, rank: Mapping[int, float]) -> None:
    if step.agents:
        return  # its own answer shows them
    if step.parent and _repeats(step, step.parent):
        step.agents, step.sources = step.parent.agents, step.parent.sources
        return
    where: dict[int, tuple[int, int]] = {}
    lists = []
    for number, part in enumerate(step.parts):
        own = _own_of(part.agents, part.own)
        lists.append(own)
        where.update(zip(own, map(_source, repeat(number), part.own), strict=True))
    if len(lists) == 1:
        step.agents = lists[0]
    else:
        step.agents = tuple(sorted(where, key=lambda agent: rank.get(agent, len(rank))))
    step.sources = tuple(map(where.__getitem__, step.agents))


def _own_of(agents: Agents, own: tuple[int, ...]) -> Agents:
    if own == positions_below(len(own)):
        return agents[: len(own)]
    return tuple(agents[position] for position in own)


def _repeats(step: Step, parent: Step) -> bool:
    """Whether a step and its parent are one call each, with the same agents in the same order."""
    if len(step.parts) > 1 or len(parent.parts) > 1:
        return False
    (ours,), (theirs,) = step.parts, parent.parts
    return ours.agents is theirs.agents and ours.own == theirs.own
