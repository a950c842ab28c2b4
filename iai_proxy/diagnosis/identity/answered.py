"""One step's answer, as later requests are compared with it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from iai_proxy.diagnosis.identity.equality import rounded
from iai_proxy.diagnosis.step_view import StepView
from iai_proxy.diagnosis.values import NO_SIZES, Sizes, State, sizes, state


@dataclass(eq=False, slots=True)
class Answered:
    """One step's answer. All lists are of the same agents, in the client's order.

    Attributes:
        index: the step's.
        call: number of its first exchange; 0 where there is none.
        states: as JSON.
        recurrent: a fingerprint each, 0 for none.
        properties: as JSON.
        who: a number for each agent, the same at all steps.
        view: the step; only the latest is kept, so that its recurrent states can be read.
    """

    index: int
    call: int
    states: Sequence[Any]
    recurrent: Sequence[int]
    properties: Sequence[Any]
    who: Sequence[int]
    view: StepView | None
    _positions: dict[int, int] | None = field(default=None, repr=False)
    _places: dict[State, list[int]] | None = field(default=None, repr=False)

    @property
    def places(self) -> dict[State, list[int]]:
        """Positions by the state, rounded as the SDK's tool does."""
        if self._places is None:
            found: defaultdict[State, list[int]] = defaultdict(list)
            for position, value in enumerate(self.states):
                if (read := state(value)) is not None:
                    found[rounded(read)].append(position)
            self._places = dict(found)
        return self._places

    @property
    def positions(self) -> dict[int, int]:
        """The first position of each recurrent state."""
        if self._positions is None:
            self._positions = {
                mark: at for at, mark in reversed(list(enumerate(self.recurrent))) if mark
            }
        return self._positions

    def sizes(self, position: int) -> Sizes:
        """Return the sizes of one agent."""
        return sizes(self.properties[position]) if position < len(self.properties) else NO_SIZES
