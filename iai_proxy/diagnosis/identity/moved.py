"""Agents that move in the list with all that belongs to them, which does no harm."""

from __future__ import annotations

from iai_proxy.diagnosis.identity.comparison import Comparison
from iai_proxy.diagnosis.identity.equality import same_sizes, same_state
from iai_proxy.diagnosis.identity.recall import compared
from iai_proxy.diagnosis.step_view import PerStep, RunView, StepView
from iai_proxy.diagnosis.values import sizes


class _MovedAlong(PerStep[list[int]]):
    def _work_out(self, view: StepView) -> list[int]:
        return _moved_along(compared(self.run, view))


def moved_along(run: RunView, view: StepView) -> list[int]:
    """Return agents that stand elsewhere in the list than arrivals and departures explain.

    None, if any of them left behind its recurrent state, its sizes or, unless it is an ego, its
    state.
    """
    return run.shared(_MovedAlong).at(view)


def _moved_along(comparison: Comparison) -> list[int]:
    view, base = comparison.view, comparison.base
    if base is None or comparison.in_place:
        return []
    agents = comparison.out_of_order()
    states, properties = view.sent_states, view.sent_properties
    for agent in agents:
        position = comparison.owner[agent]
        if position is None:
            return []
        recurrent = view.recurrent[agent] if agent < len(view.recurrent) else 0
        if recurrent != base.recurrent[position]:
            return []
        if agent not in view.egos and not same_state(states[agent], base.states[position]):
            return []
        if properties and base.properties:
            own = sizes(properties[agent]) if agent < len(properties) else None
            if own is None or not same_sizes(base.sizes(position), own):
                return []
    return agents
