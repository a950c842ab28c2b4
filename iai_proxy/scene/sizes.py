"""What agents are and how large they are, from the bodies of a few steps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any, Final

from iai_proxy.api.fields import PROPERTIES
from iai_proxy.diagnosis.values import rows, sizes, told_kind
from iai_proxy.lineage import Step
from iai_proxy.scene.bodies import LenientBodies
from iai_proxy.scene.cast import Cast
from iai_proxy.scene.model import Agent

#: m. Nothing on the road is longer, so a longer one is a mistake and would hide everything.
_LONGEST: Final = 200.0
#: Length and width of those whose sizes are not known, m.
_TYPICAL: Final[Mapping[str, tuple[float, float]]] = {
    "car": (4.7, 1.9),
    "pedestrian": (0.7, 0.7),
    "bicycle": (1.8, 0.6),
    "motorcycle": (2.2, 0.8),
    "bus": (12.0, 2.5),
    "truck": (9.0, 2.5),
}


def agent_of(number: int, properties: Any, *, is_ego: bool = False) -> Agent:
    """Return an agent of what a body says of it: its properties, or deprecated attributes."""
    length, width, rear, kind = sizes(properties)
    typical = _TYPICAL.get(kind, _TYPICAL["car"])
    return Agent(
        number=number,
        kind=kind,
        length=_possible(length, typical[0]),
        width=_possible(width, typical[1]),
        rear_axis_offset=rear,
        is_ego=is_ego,
        told_length=length,
        told_width=width,
        told_kind=told_kind(properties),
    )


class Sizes:
    """Knows the agents of a simulation, and reads no body twice.

    Args:
        cast: who they are.
        bodies: of the recording.
    """

    def __init__(self, cast: Cast, bodies: LenientBodies) -> None:
        self._cast = cast
        self._bodies = bodies
        self._known: dict[int, Agent] = {}

    def agents(self, numbers: Iterable[int]) -> dict[int, Agent]:
        """Return agents by number."""
        wanted = sorted(set(numbers))
        unknown = [number for number in wanted if number not in self._known]
        described = self._described(unknown)
        for number in unknown:
            is_ego = number in self._cast.egos
            self._known[number] = agent_of(number, described.get(number), is_ego=is_ego)
        return {number: self._known[number] for number in wanted}

    def described(self, step: Step) -> dict[int, Any]:
        """Return by agent its properties, as the bodies of a step have them."""
        return self._properties([step])[step]

    def _described(self, unknown: Sequence[int]) -> dict[int, Any]:
        """Each agent's properties at the first step that has them."""
        found: dict[int, Any] = {}
        open_steps = {number: iter(self._cast.described[number]) for number in unknown}
        while open_steps:
            steps = {number: next(steps, None) for number, steps in open_steps.items()}
            read = self._properties({step for step in steps.values() if step is not None})
            for number, step in steps.items():
                given = read.get(step, {}).get(number) if step is not None else None
                if given:  # what is empty tells nothing
                    found.setdefault(number, given)
                if step is None or _is_complete(given):
                    del open_steps[number]
        return found

    def _properties(self, steps: Iterable[Step]) -> dict[Step, dict[int, Any]]:
        """Properties by agent at some steps."""
        ordered = sorted(steps, key=lambda step: step.earliest)
        is_asked = [step.first.call.endpoint.is_drive for step in ordered]
        requests = self._bodies.requests(_calls(ordered, is_asked, True))
        answers = self._bodies.answers(_calls(ordered, is_asked, False))
        found: dict[Step, dict[int, Any]] = {}
        for step, asked in zip(ordered, is_asked, strict=True):
            parts = islice(requests if asked else answers, len(step.parts))
            lists = [_properties(body) for body in parts]
            found[step] = {
                agent: lists[part][position]
                for agent, (part, position) in zip(self._cast.at[step], step.sources, strict=True)
                if position < len(lists[part])
            }
        return found


def _calls(steps: Sequence[Step], is_asked: Sequence[bool], asked: bool) -> list[Any]:
    return [
        part.observation.call
        for step, of_request in zip(steps, is_asked, strict=True)
        if of_request is asked
        for part in step.parts
    ]


def _properties(body: Mapping[str, Any]) -> Sequence[Any]:
    return next(filter(None, (rows(body.get(name)) for name in PROPERTIES)), ())


def _is_complete(properties: Any) -> bool:
    length, width, *_ = sizes(properties)
    return length is not None and width is not None


def _possible(size: float | None, typical: float) -> float:
    return size if size is not None and 0 < size <= _LONGEST else typical
