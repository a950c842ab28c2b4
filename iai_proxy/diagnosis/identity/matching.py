"""Which agent of an answer each agent of a request is."""

from __future__ import annotations

from collections.abc import Sequence

from iai_proxy.api.limits import REACH_M, SLACK_M, TIME_STEP_S
from iai_proxy.diagnosis.identity.answered import Answered
from iai_proxy.diagnosis.identity.equality import distance, rounded, same_sizes, same_state
from iai_proxy.diagnosis.step_view import StepView
from iai_proxy.diagnosis.values import NO_SIZES, Sizes, sizes, state


class Matching:
    """Finds the owner of each agent of a request in the answer that it continues.

    What is certain is settled first: an agent takes a position that no other can take any more.
    """

    def __init__(self, view: StepView, base: Answered) -> None:
        self._view = view
        self._base = base
        self._sent = view.sent_states
        self._properties = view.sent_properties
        self._owner: list[int | None] = [None] * len(self._sent)
        self._taken: set[int] = set()
        self._recurrent: dict[int, list[int]] = {}
        self._of: Sequence[int] = [*view.recurrent, *[0] * (len(self._sent) - len(view.recurrent))]

    def owners(self) -> list[int | None]:
        """Return for each agent of the request its position in the answer, None for a newcomer."""
        rest = [agent for agent in range(len(self._sent)) if not self._stayed(agent)]
        if not rest:
            return self._owner
        for position, mark in enumerate(self._base.recurrent):
            if mark and position not in self._taken:
                self._recurrent.setdefault(mark, []).append(position)
        found = {agent: (self._by_state(agent), self._by_recurrent(agent)) for agent in rest}
        for agent, (by_state, by_recurrent) in found.items():
            if by_state is not None and by_state == by_recurrent:
                self._take(agent, by_state)
        for agent, (by_state, by_recurrent) in found.items():
            if by_state is not None and by_recurrent is not None:
                self._take(agent, *self._likelier(agent, by_state, by_recurrent))
        for agent, (by_state, by_recurrent) in found.items():
            if by_state is not None:
                self._take(agent, by_state)
            elif by_recurrent is not None and not self._is_another(agent, by_recurrent):
                self._take(agent, by_recurrent)
        for agent in rest:
            self._take(agent, *self._nearby(agent))
        return self._owner

    def _stayed(self, agent: int) -> bool:
        """Settle an agent that stands where it stood and is as it was answered."""
        if agent >= len(self._base.states) or self._of[agent] != self._base.recurrent[agent]:
            return False
        if not same_state(self._sent[agent], self._base.states[agent]):
            return False
        self._take(agent, agent)
        return True

    def _take(self, agent: int, *positions: int) -> None:
        """Settle an agent on the first of these positions that is still free."""
        if self._owner[agent] is None:
            for position in positions:
                if position not in self._taken:
                    self._owner[agent] = position
                    self._taken.add(position)
                    return

    def _by_state(self, agent: int) -> int | None:
        read = state(self._sent[agent])
        if read is None:
            return None
        at_place = self._base.places.get(rounded(read), ())
        found = [position for position in at_place if position not in self._taken]
        if (
            not found
            and agent < len(self._base.states)
            and same_state(read, self._base.states[agent])
        ):
            found = [agent] if agent not in self._taken else []
        return agent if agent in found else next(iter(found), None)

    def _by_recurrent(self, agent: int) -> int | None:
        found = self._recurrent.get(self._of[agent], ()) if self._of[agent] else ()
        return agent if agent in found else next(iter(found), None)

    def _likelier(self, agent: int, by_state: int, by_recurrent: int) -> tuple[int, ...]:
        """Where state and recurrent state name two, the sizes decide, then the index."""
        own = self._sizes(agent)
        fits = [
            same_sizes(own, self._base.sizes(position)) for position in (by_state, by_recurrent)
        ]
        if fits == [False, True] or (fits[0] == fits[1] and by_recurrent == agent):
            return by_recurrent, by_state
        return by_state, by_recurrent

    def _is_another(self, agent: int, position: int) -> bool:
        """Tell whether an agent has a recurrent state that was copied from another."""
        far = self._distance(agent, position) > REACH_M
        return far and not same_sizes(self._sizes(agent), self._base.sizes(position))

    def _nearby(self, agent: int) -> tuple[int, ...]:
        """Of an agent with nothing known: the one at its index, or the nearest of its size."""
        if self._owner[agent] is not None:
            return ()
        if agent in self._view.egos and (egos := self._egos_before()):
            return tuple(sorted(egos, key=lambda position: self._distance(agent, position)))
        free = [agent] if agent < len(self._base.states) else []
        if len(self._sent) != len(self._base.states) or agent in self._taken:
            free += [at for at in range(len(self._base.states)) if at not in self._taken]
        if agent in self._view.egos and agent in free and agent not in self._taken:
            return (agent,)  # wherever the client puts it
        own = self._sizes(agent)
        near: list[tuple[bool, float, int]] = []
        for position in free:
            far = self._distance(agent, position)
            if far > self._reach(agent, position) and not self._unreadable(agent, position):
                continue
            other = self._base.sizes(position)
            if same_sizes(own, other) or (
                len(self._sent) == len(self._base.states)
                and not self._is_replaced(agent, position, own, other)
            ):
                near.append((position != agent, far, position))
        return tuple(position for _, _, position in sorted(near))

    def _distance(self, agent: int, position: int) -> float:
        return distance(self._sent[agent], self._base.states[position])

    def _egos_before(self) -> list[int]:
        """Where egos stood that are not settled: wherever the client puts them, they are these."""
        egos = self._base.view.egos if self._base.view else ()
        count = len(self._base.states)
        return [ego for ego in sorted(egos) if ego < count and ego not in self._taken]

    def _reach(self, agent: int, position: int) -> float:
        """How far an agent may have come, m; only its way at another index, without state."""
        if self._of[agent] or agent == position or agent in self._view.egos:
            return REACH_M
        return self._way(position)

    def _way(self, position: int) -> float:
        """How far an agent goes in a step at the speed that was answered, m, with some slack."""
        answered = state(self._base.states[position])
        return SLACK_M + abs(answered[3]) * TIME_STEP_S if answered else 0.0

    def _is_replaced(self, agent: int, position: int, own: Sizes, other: Sizes) -> bool:
        """Tell whether a newcomer of another size stands where another agent has left."""
        if NO_SIZES in (own, other):
            return False
        mark = self._of[agent]
        if not mark and any(self._of):
            return True  # zeros, while others have recurrent states: it is new
        if mark and mark not in self._base.positions:
            return False  # its own, perhaps, and changed
        return agent != position or self._distance(agent, position) > self._way(position)

    def _unreadable(self, agent: int, position: int) -> bool:
        return agent == position and state(self._sent[agent]) is None

    def _sizes(self, agent: int) -> Sizes:
        return sizes(self._properties[agent]) if agent < len(self._properties) else NO_SIZES
