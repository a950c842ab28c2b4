"""The order of a large ``initialize``: agents given apart come first, then region by region.

The SDK puts agents that are given at the top level into the regions, behind those of the region
itself, and first in the whole: those with a state, then those without. In which order is shown only
by later calls. An agent that stands before one of an earlier region there, or of an earlier place
in its own, was certainly given apart. Into which region each of those without a state comes, the
SDK draws, from the seed that it sends: so that can be drawn again. Where nothing shows the order,
agents of earlier regions come first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate, pairwise
from random import Random
from typing import NamedTuple

from iai_proxy.lineage.merged_order import merged_order

#: Agents of a region in its answer's order: as many as were given with a state, and the others. An
#: agent that was dropped leaves its place to the next.
Block = tuple[tuple[int, ...], tuple[int, ...]]


class Regions(NamedTuple):
    """The regions of a large ``initialize``, in the order of their calls.

    Attributes:
        blocks: the agents of each.
        seed: that their calls send.
        dropped: whether agents that were given with a state were dropped, as they were outside of
            their region. Those given for a region are inside, says the SDK; those given apart go to
            the nearest.
    """

    blocks: Sequence[Block]
    seed: int | None = None
    dropped: bool = False


class RegionOrder(NamedTuple):
    """The client's order.

    Attributes:
        agents: all of them.
        is_shown: whether the order of those given apart is shown to the last; else some stand by
            their regions.
    """

    agents: list[int]
    is_shown: bool


def order_of_regions(regions: Regions, lists: Sequence[Sequence[int]]) -> RegionOrder | None:
    """Return the client's order; None if no agents given apart explain the lists.

    Args:
        regions: the agents of each.
        lists: each in the client's order. Newcomers may be among them.
    """
    in_calls = [agent for blocks in regions.blocks for block in blocks for agent in block]
    rank = {agent: place for place, agent in enumerate(in_calls)}
    first = _first(regions.blocks, lists, rank)
    given = {agent for blocks in regions.blocks for agent in blocks[0]}
    # A program mostly gives all agents in one way; if it did not, the lists say so. So they do if
    # a region was left out: then the SDK has drawn from more regions than made calls.
    for apart in (first | given, first) if first else (first,):
        for seed in dict.fromkeys((regions.seed, None)):
            order = _order_with(apart, Regions(regions.blocks, seed), lists)
            if order is not None:
                return order
    return None


def likely_order(regions: Regions) -> list[int]:
    """Return the client's order as long as no list says anything about it."""
    groups = zip(*regions.blocks, strict=True) if regions.dropped else regions.blocks
    return [agent for blocks in groups for block in blocks for agent in block]


def is_only_order(regions: Regions, lists: Sequence[Sequence[int]]) -> bool:
    """Tell whether lists show if agents with a state were given apart, and then in which order.

    Args:
        regions: the agents of each.
        lists: each in the client's order.
    """
    given = {agent for blocks in regions.blocks for agent in blocks[0]}
    found = [_order_with(apart, Regions(regions.blocks), lists) for apart in (set(), given)]
    orders = [order for order in found if order is not None]
    return len({tuple(order.agents) for order in orders}) == 1 and orders[0].is_shown


def _order_with(
    first: set[int], regions: Regions, lists: Sequence[Sequence[int]]
) -> RegionOrder | None:
    """The order if these agents were given apart; None where a list says otherwise."""
    apart = [
        tuple([agent for agent in block if agent in first] for block in blocks)
        for blocks in regions.blocks
    ]
    stated = [agent for with_state, _ in apart for agent in with_state]
    drawn = _drawn([without for _, without in apart], regions.seed)
    unstated = drawn or [agent for _, without in apart for agent in without]
    others = [
        agent
        for blocks in regions.blocks
        for block in blocks
        for agent in block
        if agent not in first
    ]
    chains = [*lists, *(block for blocks in apart for block in blocks), drawn, others]
    groups = (stated, unstated, others)
    places = {agent: place for place, agent in enumerate([*stated, *unstated, *others])}
    kind_of = {agent: kind for kind, group in enumerate(groups) for agent in group}
    order = merged_order([chain for chain in chains if chain], places)
    kinds = [kind_of[agent] for agent in order or () if agent in kind_of]
    if order is None or kinds != sorted(kinds):
        return None
    in_turn = [agent for agent in order if agent in first]
    return RegionOrder(order, _are_shown(in_turn, chains, kind_of))


def _drawn(apart: Sequence[Sequence[int]], seed: int | None) -> list[int]:
    """Agents without a state in the order in which the SDK draws a region for each.

    Empty where its draw would put other numbers of agents into the regions.

    Args:
        apart: those of each region, in its order.
        seed: that the SDK draws from; without one nothing is known.
    """
    if seed is None:
        return []
    draw = Random(seed)
    regions = [draw.randint(0, len(apart) - 1) for agents in apart for _ in agents]
    counts = Counter(regions)
    if any(counts[region] != len(agents) for region, agents in enumerate(apart)):
        return []
    waiting = list(map(iter, apart))
    return [next(waiting[region]) for region in regions]


def _are_shown(
    order: Sequence[int], chains: Iterable[Sequence[int]], kind_of: Mapping[int, int]
) -> bool:
    """Whether some list has each agent just before the next: then there is no other order."""
    wanted = {pair for pair in pairwise(order) if kind_of[pair[0]] == kind_of[pair[1]]}
    known = set(order)
    shown = {
        pair for chain in chains for pair in pairwise(agent for agent in chain if agent in known)
    }
    return wanted <= shown


def _ahead(agents: Sequence[int], rank: Mapping[int, int]) -> Iterable[int]:
    """Agents of a list that stand before others that come before them in the regions' order."""
    known = [agent for agent in agents if agent in rank]  # newcomers stand anywhere
    ranks = [rank[agent] for agent in known]
    lowest_after = list(accumulate(reversed(ranks), min))[::-1]
    return (
        agent for agent, lowest in zip(known, lowest_after, strict=True) if rank[agent] > lowest
    )


def _first(
    regions: Sequence[Block], lists: Sequence[Sequence[int]], rank: Mapping[int, int]
) -> set[int]:
    """All agents that were certainly given apart, from those that are ahead of others.

    With them are those before them in a list, and those behind them in their region's block.
    """
    first = {agent for agents in lists for agent in _ahead(agents, rank)}
    before = -1
    while before < len(first):
        before = len(first)
        for agents in lists:
            last = max((at for at, agent in enumerate(agents) if agent in first), default=0)
            first.update(agent for agent in agents[:last] if agent in rank)
        for block in (block for blocks in regions for block in blocks):
            at = next((at for at, agent in enumerate(block) if agent in first), len(block))
            first.update(block[at:])
    return first
