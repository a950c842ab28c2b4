"""Each step's agents in the client's order: the same all through a simulation if possible."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import accumulate, repeat

from iai_proxy.lineage.merged_order import merged_order
from iai_proxy.lineage.model import Part, Step


def put_in_order(steps: Sequence[Step]) -> None:
    """Give all steps of one simulation, each after its parent, their agents and sources."""
    order = None
    if any(len(step.parts) > 1 for step in steps):  # else every step is in its call's order
        lists = dict.fromkeys(listed for step in steps for listed in _lists(step))
        rank = {agent: place for place, agent in enumerate(_met(steps[0]))}
        if not _orders(steps[0]):
            _put_forerunners_first(rank, _forerunners(lists, rank), _given(steps[0]))
        order = merged_order(lists, rank)
    for step in steps:
        _arrange(step, order)


def known_order(step: Step | None) -> dict[int, int]:
    """Return the client's order as the nearest step before shows it that was one call."""
    while step is not None and len(step.parts) > 1 and not step.agents:
        step = step.parent
    return (
        {agent: place for place, agent in enumerate(step.agents or step.parts[0].agents)}
        if step
        else {}
    )


@lru_cache(maxsize=4096)
def positions_below(count: int) -> tuple[int, ...]:
    """Return the first positions; most steps share one tuple of them."""
    return tuple(range(count))


@lru_cache(maxsize=65536)
def _source(part: int, position: int) -> tuple[int, int]:
    return part, position


def _lists(step: Step) -> list[tuple[int, ...]]:
    """Agents that are known to stand in the client's order."""
    if step.agents:
        return [step.agents]
    return [_own_list(part) for part in step.parts] if _orders(step) else []


def _own_list(part: Part) -> tuple[int, ...]:
    if part.own == positions_below(len(part.own)):
        return part.agents[: len(part.own)]
    return tuple(part.agents[position] for position in part.own)


def _orders(step: Step) -> bool:
    """Whether a step's lists are in the client's order; a large ``initialize`` has regions."""
    return len(step.parts) == 1 or step.first.call.endpoint.is_drive


def _forerunners(lists: Iterable[Sequence[int]], rank: Mapping[int, int]) -> set[int]:
    """Agents that stand before their regions: those that ``large_initialize`` was given apart.

    The SDK puts them into regions, and first in the whole.
    """
    found: set[int] = set()
    for own in lists:
        known = [agent for agent in own if agent in rank]  # newcomers stand anywhere
        ranks = [rank[agent] for agent in known]
        lowest_after = list(accumulate(reversed(ranks), min))[::-1]
        highest_before = accumulate(ranks, max)
        ahead = [
            agent for agent, lowest in zip(known, lowest_after, strict=True) if rank[agent] > lowest
        ]
        behind = [
            agent
            for agent, highest in zip(known, highest_before, strict=True)
            if rank[agent] < highest
        ]
        if len(ahead) < len(behind):
            found.update(ahead)
    return found


def _given(step: Step) -> set[int]:
    """Agents of an ``initialize`` that it was given states for."""
    parts = step.parts
    return {
        part.agents[place]
        for part in parts
        for place in part.own
        if place < len(part.observation.sent)
    }


def _put_forerunners_first(rank: dict[int, int], forerunners: set[int], given: set[int]) -> None:
    """Of agents that were given apart, those with states come first, then those without."""
    if forerunners:
        rank.update({agent: rank[agent] - len(rank) for agent in forerunners - given})
        rank.update({agent: rank[agent] - 2 * len(rank) for agent in given})


def _met(step: Step) -> Iterable[int]:
    return dict.fromkeys(agent for part in step.parts for agent in _own_list(part))


def _arrange(step: Step, order: Sequence[int] | None) -> None:
    if step.agents:
        return  # its own answer shows them
    if step.parent and _repeats(step, step.parent):
        step.agents, step.sources = step.parent.agents, step.parent.sources
        return
    where: dict[int, tuple[int, int]] = {}
    lists = [_own_list(part) for part in step.parts]
    for number, (own, part) in enumerate(zip(lists, step.parts, strict=True)):
        where.update(zip(own, map(_source, repeat(number), part.own), strict=True))
    if len(lists) == 1:
        step.agents = lists[0]
    else:
        rank = {agent: place for place, agent in enumerate(order)} if order else {}
        if step.parent:
            before = {agent: place for place, agent in enumerate(step.parent.agents)}
            inherited = _inherited(lists, before)
            rank = before | inherited if inherited or not rank else rank
        merged = (
            merged_order(lists, rank)
            if _orders(step)
            else sorted(where, key=lambda a: rank.get(a, len(rank)))
        )
        if merged is None:
            merged = list(where)
            step.doubts += (
                "the parts' orders contradict one another; they were put one after another",
            )
        step.agents = tuple(merged)
    step.sources = tuple(map(where.__getitem__, step.agents))


def _inherited(lists: Sequence[Sequence[int]], before: Mapping[int, int]) -> dict[int, int]:
    """Give an unknown agent the place of one that is gone, if it fits between its neighbours.

    An agent is unknown to lineage where the client changes both its state and its recurrent state.
    """
    present = {agent for own in lists for agent in own}
    gone = sorted((place for agent, place in before.items() if agent not in present), reverse=True)
    found: dict[int, int] = {}
    for own in lists if gone else ():
        lowest = -1
        for at, agent in enumerate(own):
            if agent in before:
                lowest = before[agent]
                continue
            later = (before[known] for known in own[at + 1 :] if known in before)
            highest = next(later, math.inf)
            fitting = [place for place in gone if lowest < place < highest]
            if fitting:
                found[agent] = lowest = fitting[-1]
                gone.remove(lowest)
    return found


def _repeats(step: Step, parent: Step) -> bool:
    """Whether a step and its parent are one call each, with the same agents in the same order."""
    if len(step.parts) > 1 or len(parent.parts) > 1:
        return False
    (ours,), (theirs,) = step.parts, parent.parts
    return ours.agents is theirs.agents and ours.own == theirs.own
