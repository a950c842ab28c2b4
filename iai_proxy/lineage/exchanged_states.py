"""Whether a client has exchanged its agents' states, or their recurrent states.

Where both were answered just before, but not of the same agents, either may have moved. The order
in which the client lists its agents tells which. Where agents were exchanged that no part has
beside each other, no order is broken; then their properties tell, if they are not all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import Any

from iai_proxy.api import Endpoint
from iai_proxy.api.body import LazyBody
from iai_proxy.api.lenient_json import list_or_empty
from iai_proxy.lineage.model import Lineage, Step
from iai_proxy.lineage.observe import described_in
from iai_proxy.lineage.restoring import pairs_of

#: Given the number of an exchange, returns what describes each agent of its answer; nothing where
#: that is not known.
Described = Callable[[int], Sequence[Any]]

#: The agents of a part that were sent with another agent's state: (part, position, rank of the one
#: whose recurrent state it has, rank of the one whose state it has).
_Exchanged = tuple[int, int, int, int]


def nothing_known(_number: int) -> Sequence[Any]:
    """Describe no agent."""
    return ()


def described_agents(endpoint: Endpoint, request: bytes, answer: bytes) -> list[Any]:
    """Return what describes each agent of an answer: its properties, or attributes.

    Args:
        endpoint: of the exchange.
        request: its body; a ``drive`` says there what its agents are.
        answer: its body; an ``initialize`` is told there what its agents are.
    """
    body = LazyBody.of(answer if endpoint.is_initialize else request)
    name = described_in(body)
    return list_or_empty(body[name]) if name else []


def with_states_exchanged(lineage: Lineage, described: Described = nothing_known) -> set[int]:
    """Return numbers of exchanges whose agents were sent with one another's states.

    All their recurrent states were answered just before, and so were the states, but not of the
    same agents.

    Args:
        lineage: by recurrent states.
        described: what describes the agents of an answer; asked only where no order tells.
    """
    return {
        number
        for simulation in lineage.simulations
        for step in simulation.steps
        if step.parent is not None and _are_states_exchanged(step, step.parent, described)
        for number in step.numbers
    }


def _are_states_exchanged(step: Step, parent: Step, described: Described) -> bool:
    received = [part.observation.received for part in parent.parts]
    rank_by_recurrent = _ranks(parent, [agents.recurrent for agents in received])
    rank_by_state = _ranks(parent, [agents.states for agents in received])
    by_recurrent = by_state = 0
    exchanged: list[_Exchanged] = []
    for number, part in enumerate(step.parts):
        ranks: list[int | None] = []
        state_ranks: list[int | None] = []
        for position, (recurrent, state) in enumerate(pairs_of(part.observation.sent)):
            rank = rank_by_recurrent.get(recurrent)
            state_rank = rank_by_state.get(state, rank) if recurrent else rank
            if rank is None and state_rank is not None:
                return False
            if rank is not None and state_rank is not None and rank != state_rank:
                exchanged.append((number, position, rank, state_rank))
            ranks.append(rank)
            state_ranks.append(state_rank)
        by_recurrent += _descents(ranks)
        by_state += _descents(state_ranks)
    if by_recurrent == by_state and exchanged:
        return _are_as_remembered(step, parent, exchanged, described)
    return by_recurrent < by_state


def _are_as_remembered(
    step: Step, parent: Step, exchanged: Iterable[_Exchanged], described: Described
) -> bool:
    """Whether more agents are described like those of their recurrent states than of their states.

    Descriptions that are not the same to the last bit tell nothing.
    """
    sent = [described(number) for number in step.numbers]
    answered = [described(number) for number in parent.numbers]
    before = [_at(answered, *source) for source in parent.sources]
    votes = 0
    for part, position, rank, state_rank in exchanged:
        own = _at(sent, part, position)
        if own is not None:
            votes += (own == before[rank]) - (own == before[state_rank])
    return votes > 0


def _at(lists: Sequence[Sequence[Any]], part: int, position: int) -> Any:
    return lists[part][position] if position < len(lists[part]) else None


def _ranks(step: Step, fingerprints: Sequence[Sequence[int]]) -> dict[int, int]:
    """Each agent's place in the client's order, by its fingerprint."""
    return {
        fingerprints[part][position]: rank for rank, (part, position) in enumerate(step.sources)
    }


def _descents(ranks: Iterable[int | None]) -> int:
    """Count how often an order is broken; a part breaks it between own agents and neighbours."""
    known = [rank for rank in ranks if rank is not None]
    return sum(earlier >= later for earlier, later in pairwise(known))
