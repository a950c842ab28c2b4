"""What was said of agents by each step: not every body repeats it, and a client may change it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from iai_proxy.diagnosis.values import sizes, told_kind
from iai_proxy.lineage import Step

#: By agent its properties, as the bodies of a step have them.
Described = Callable[[Step], Mapping[int, Any]]


class Told(NamedTuple):
    """What was said of an agent; None for what was not.

    Attributes:
        length: m.
        width: m.
        rear_axis_offset: m, from its middle back to its rear axle.
        kind: its type.
    """

    length: float | None = None
    width: float | None = None
    rear_axis_offset: float | None = None
    kind: str | None = None

    def updated(self, properties: Any) -> Told:
        """Return what is known once these were said as well: what they leave out stays."""
        length, width, rear, _ = sizes(properties)
        return Told(
            self.length if length is None else length,
            self.width if width is None else width,
            self.rear_axis_offset if rear is None else rear,
            told_kind(properties) or self.kind,
        )


NOTHING: Final = Told()


class ToldBySteps:
    """Knows what was last said of agents by each step of a simulation; reads what it has to.

    Args:
        steps: of the simulation, in order of their first call.
        agents: by step their numbers.
        described: reads the bodies of a step.
    """

    def __init__(
        self, steps: Sequence[Step], agents: Mapping[Step, Sequence[int]], described: Described
    ) -> None:
        self._agents = agents
        self._described = described
        self._known: dict[Step, Mapping[int, Told]] = {}
        self._going_on = self._go_on(steps)

    def at(self, step: Step) -> Mapping[int, Told]:
        """Return by agent what was said by a step, for those of whom anything was."""
        while step not in self._known:
            reached, told = next(self._going_on)
            self._known[reached] = told
        return self._known[step]

    def _go_on(self, steps: Sequence[Step]) -> Iterator[tuple[Step, Mapping[int, Told]]]:
        told: dict[int, Told] = {}
        latest: tuple[Any, ...] = ()
        for step in steps:
            said = tuple(part.observation.properties for part in step.parts)
            is_drive = step.first.call.endpoint.is_drive
            key = (self._agents[step], said, is_drive)
            # Sampled agents are described in the answer alone: an `initialize` is always read.
            if not is_drive or key != latest:
                told = _updated(told, self._described(step))
            latest = key
            yield step, told


def _updated(told: dict[int, Told], described: Mapping[int, Any]) -> dict[int, Told]:
    """Return what is known with what was said last; the same value if that is nothing new."""
    both = {
        agent: told.get(agent, NOTHING).updated(properties)
        for agent, properties in described.items()
        if properties
    }
    news = {agent: now for agent, now in both.items() if now != told.get(agent)}
    return told | news if news else told
