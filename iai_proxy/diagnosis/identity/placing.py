"""Whose states a request has at which index, where some were exchanged and others the client has made itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from iai_proxy.api.limits import REACH_M
from iai_proxy.diagnosis.identity.answered import Answered, apart, rounded
from iai_proxy.diagnosis.step_view import StepView
from iai_proxy.diagnosis.values import state


def placed(
    view: StepView, base: Answered, owner: Sequence[int | None], changed: Sequence[int]
) -> list[int | None]:
    """Return for each agent of a request whose state it has, as a position in the answer; None for nobody's.

    Args:
        view: the request.
        base: the answer that it continues.
        owner: for each agent its own position there, None for a newcomer.
        changed: agents whose state is not the one at their position.
    """
    found = list(owner)
    for agent in changed:
        found[agent] = None
    sent, free = (
        view.sent_states,
        set(range(len(base.states))).difference(one for one in found if one is not None),
    )

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

    def settle_rest(position_of: Callable[[int], int | None]) -> None:
        for agent in strangers:
            if (
                found[agent] is None
                and (position := position_of(agent)) in free
                and position is not None
            ):
                settle(agent, position)

    def away(agent: int, position: int) -> float:
        return apart(sent[agent], base.states[position])

    def own(agent: int) -> int | None:
        return owner[agent]

    def nearest(agent: int) -> int | None:
        return min(free, key=lambda position: away(agent, position), default=None)

    # Who is sent as nobody was answered is itself, unless it is far off its place, and where
    # another is missing ...
    settle_rest(
        lambda agent: (
            one if (one := own(agent)) is not None and away(agent, one) <= REACH_M else None
        )
    )
    settle_rest(
        lambda agent: (
            one if (one := nearest(agent)) is not None and away(agent, one) <= REACH_M else None
        )
    )
    settle_rest(own)
    settle_rest(nearest)  # ... or its place is somebody else's
    return found
