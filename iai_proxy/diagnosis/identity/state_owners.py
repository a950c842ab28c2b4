"""Whose state each agent of a request has, where some were exchanged and some made anew."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from iai_proxy.api.limits import REACH_M
from iai_proxy.diagnosis.identity.answered import Answered
from iai_proxy.diagnosis.identity.equality import distance, rounded
from iai_proxy.diagnosis.step_view import StepView
from iai_proxy.diagnosis.values import state


def state_owners(
    view: StepView, base: Answered, owner: Sequence[int | None], changed: Sequence[int]
) -> list[int | None]:
    """Return whose state each agent has, as a position in the answer; None for no one's.

    Args:
        view: the request.
        base: the answer that it continues.
        owner: for each agent its own position there, None for a newcomer.
        changed: agents whose state is not the one at their position.
    """
    found = list(owner)
    for agent in changed:
        found[agent] = None
    sent = view.sent_states
    taken = set(found)
    free = {position for position in range(len(base.states)) if position not in taken}

    def settle(agent: int, position: int) -> None:
        found[agent] = position
        free.remove(position)

    for agent in changed:
        read = state(sent[agent])
        for position in base.places.get(rounded(read), ()) if read is not None else ():
            if position in free:
                settle(agent, position)
                break
    strangers = [agent for agent in changed if found[agent] is None]

    def own(agent: int) -> int | None:
        return owner[agent]

    def nearest(agent: int) -> int | None:
        return min(free, key=lambda position: away(agent, position), default=None)

    def away(agent: int, position: int) -> float:
        return distance(sent[agent], base.states[position])

    def settle_rest(position_of: Callable[[int], int | None], within: float = math.inf) -> None:
        for agent in strangers:
            position = position_of(agent) if found[agent] is None else None
            if position is not None and position in free and away(agent, position) <= within:
                settle(agent, position)

    # A state that was never answered is the agent's own, unless it is far off its place, and where
    # another agent is missing ...
    settle_rest(own, REACH_M)
    settle_rest(nearest, REACH_M)
    settle_rest(own)
    settle_rest(nearest)  # ... or its place is taken
    return found
