"""Which calls stay with the steps that are to stay: all that a replay of these needs.

Calls of the steps themselves, of their large calls, and those that failed until a step succeeded,
are known by lineage. ``location_info`` stays for each location of a kept step. A call of no step
(``blame``, one that was refused for good, one that is not known) belongs to the step before it on
its connection: the client made it when it had that step.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from iai_proxy.api import Call, Endpoint
from iai_proxy.editing.chosen import KeptTree
from iai_proxy.lineage import Lineage, Step
from iai_proxy.replay.request import location_of

#: These say nothing of a run, and clients make them before all others.
_ALWAYS: Final = frozenset({Endpoint.KEY_CHECK, Endpoint.TEST})


def kept_numbers(
    calls: Sequence[Call],
    lineage: Lineage,
    trees: Iterable[KeptTree],
    before_refused: Callable[[int], Step | None] = lambda _: None,
) -> list[int]:
    """Return the numbers of the calls that stay, rising.

    Args:
        calls: all calls of the recording, in order.
        lineage: of these.
        trees: the steps that are to stay.
        before_refused: returns the step that a refused ``drive`` continues.
    """
    steps = {step for tree in trees for step in tree.steps}
    kept = {number for step in steps for number in _numbers(step)}
    placed = lineage.places().keys()
    larges = {call.large for call in calls if call.id in kept and call.large}
    others = {call.large for call in calls if call.id in placed and call.large} - larges
    locations = {part.observation.location for step in steps for part in step.parts}
    owners = _Owners(calls, lineage)

    def stays(call: Call) -> bool:
        if call.id in placed or call.large in larges or call.large in others:
            return call.id in kept or call.large in larges
        if call.endpoint in _ALWAYS:
            return True
        if call.endpoint is Endpoint.LOCATION_INFO:
            return location_of(call.target) in locations
        return (before_refused(call.id) or owners.of(call)) in steps

    return [call.id for call in calls if stays(call)]


def _numbers(step: Step) -> tuple[int, ...]:
    return (*step.attempts, *step.arrivals, *step.refused, *step.calls)


class _Owners:
    """The steps that calls of no step belong to, by their connections and order."""

    def __init__(self, calls: Sequence[Call], lineage: Lineage) -> None:
        step_of = {
            number: step
            for simulation in lineage.simulations
            for step in simulation.steps
            for number in step.calls
        }
        self._all: list[int] = []
        self._over: defaultdict[str, list[int]] = defaultdict(list)
        self._step_of = step_of
        for call in calls:
            if call.id in step_of:
                self._all.append(call.id)
                self._over[call.connection].append(call.id)

    def of(self, call: Call) -> Step | None:
        """Return the step that a call belongs to; None where there are no steps."""
        numbers = self._over.get(call.connection) or self._all
        if not numbers:
            return None
        after = bisect_left(numbers, call.id)
        if call.endpoint.is_initialize and after < len(numbers):
            following = self._step_of[numbers[after]]
            if following.parent is None:  # the beginning that was tried again
                return following
        return self._step_of[numbers[max(after - 1, 0)]]
