"""The order of a large ``initialize``: agents given apart come first, then region by region.

The SDK puts agents that are given at the top level into the regions, behind those of the region
itself, and first in the whole: those with a state, then those without. In which order is shown only
by later calls. An agent that stands before one of an earlier region there, or of an earlier place
in its own, was certainly given apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate

from iai_proxy.lineage.merged_order import merged_order

#: Agents of a region in its answer's order: those with a state given, those that it has placed.
Block = tuple[tuple[int, ...], tuple[int, ...]]


def order_of_regions(regions: Sequence[Block], lists: Sequence[Sequence[int]]) -> list[int] | None:
    """Return the client's order; None if no agents given apart explain the lists.

    Args:
        regions: the agents of each, in the order of their calls.
        lists: each in the client's order. Newcomers may be among them.
    """
    in_calls = [agent for blocks in regions for block in blocks for agent in block]
    rank = {agent: place for place, agent in enumerate(in_calls)}
    first = _first(regions, lists, rank)
    given = {agent for blocks in regions for agent in blocks[0]}
    if first:
        # A program mostly gives all agents in one way; if it did not, the lists say so.
        order = _order_with(first | given, regions, lists)
        if order is not None:
            return order
    return _order_with(first, regions, lists)


def _order_with(
    first: set[int], regions: Sequence[Block], lists: Sequence[Sequence[int]]
) -> list[int] | None:
    """The order if these agents were given apart; None where a list says otherwise."""
    groups: tuple[list[int], list[int], list[int]] = ([], [], [])
    chains = [list(agents) for agents in lists]
    for blocks in regions:
        for kind, block in enumerate(blocks):
            apart = [agent for agent in block if agent in first]
            chains.append(apart)
            groups[kind].extend(apart)
            groups[2].extend(agent for agent in block if agent not in first)
    places = {
        agent: place for place, agent in enumerate(agent for group in groups for agent in group)
    }
    kind_of = {agent: kind for kind, group in enumerate(groups) for agent in group}
    order = merged_order([chain for chain in (*chains, groups[2]) if chain], places)
    kinds = [kind_of[agent] for agent in order or () if agent in kind_of]
    return order if kinds == sorted(kinds) else None


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
