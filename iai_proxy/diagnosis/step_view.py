"""What a check sees: a run, and its steps one after another.

Several checks often need the same facts about a step. :class:`PerStep` works them out once.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from iai_proxy.api import Call, Endpoint
from iai_proxy.api.fields import PROPERTIES
from iai_proxy.diagnosis.values import rows

Shared = TypeVar("Shared")
Facts = TypeVar("Facts")


@dataclass(eq=False, slots=True)
class StepView:
    """One step as checks see it.

    Attributes:
        simulation: its number.
        index: number of the step, 0 for ``initialize``.
        endpoint: ``initialize`` or ``drive``, also if the step is a large call.
        location: of the request.
        request: the request as JSON; the parts of a large call are merged. ``recurrent_states`` is
            left out where every agent has one and all are exactly those of the previous answer, in
            its order: ``recurrent`` then equals ``previous.answered_recurrent``. They are 98 % of a
            body, and are read only when a check needs them.
        answer: the answer as JSON, merged likewise.
        calls: its exchanges: one, or one for each part of a large call.
        attempts: exchanges that failed before these succeeded.
        previous: the step that it continues, whose own ``previous`` is None; None for the first.
        recurrent: fingerprints of the recurrent states sent, one for each agent; 0 for null or
            all zeros.
        answered_recurrent: the same of the answer.
        egos: indices of the agents that the client drives itself.
    """

    simulation: int
    index: int
    endpoint: Endpoint
    location: str | None
    request: Mapping[str, Any]
    answer: Mapping[str, Any]
    calls: Sequence[Call]
    attempts: Sequence[Call]
    previous: StepView | None
    recurrent: Sequence[int]
    answered_recurrent: Sequence[int]
    egos: frozenset[int] = frozenset()

    @property
    def first_call(self) -> int:
        """The number of its first exchange, which identifies the step; 0 if there is none."""
        return min((call.id for call in self.calls), default=0)

    @property
    def is_initialize(self) -> bool:
        """Whether the step starts a simulation."""
        return self.endpoint is Endpoint.INITIALIZE

    @property
    def is_divided(self) -> bool:
        """Whether it is a large call, made of several exchanges."""
        return len(self.calls) > 1

    @property
    def sent_states(self) -> Sequence[Any]:
        """The unparsed states of the request; for ``initialize`` the latest of the history."""
        if self.is_initialize:
            history = rows(self.request.get("states_history"))
            return rows(history[-1]) if history else ()
        return rows(self.request.get("agent_states"))

    @property
    def answered_states(self) -> Sequence[Any]:
        """The unparsed states of the answer."""
        return rows(self.answer.get("agent_states"))

    @property
    def sent_properties(self) -> Sequence[Any]:
        """The unparsed properties of the request, or the deprecated attributes."""
        return _properties(self.request)

    @property
    def valid_properties(self) -> Sequence[Any]:
        """The unparsed properties of the answered agents; ``drive`` does not repeat those sent."""
        return _properties(self.answer) if self.is_initialize else self.sent_properties


@dataclass(frozen=True, slots=True)
class RunView:
    """What is known about a whole run.

    Attributes:
        calls: all exchanges in order, including those that belong to no step.
        simulations: how many there are.
        maps: the recorded ``location_info`` answers by location, without their pictures.
        reasons: why the service refused a call, by the number of the call.
        cut_off: numbers of the calls that steps begin with which `iai-proxy trim` cut off.
    """

    calls: Sequence[Call]
    simulations: int
    maps: Mapping[str, Mapping[str, Any]]
    reasons: Mapping[int, str] = field(default_factory=dict)
    cut_off: Collection[int] = frozenset()
    _shared: dict[object, Any] = field(default_factory=dict, repr=False, compare=False)

    def shared(self, make: Callable[[RunView], Shared]) -> Shared:
        """Return what several checks use together; the first use creates it for this run."""
        if make not in self._shared:
            self._shared[make] = make(self)
        shared: Shared = self._shared[make]
        return shared


class PerStep(ABC, Generic[Facts]):
    """Facts about each step that several checks need. Get it by :meth:`RunView.shared`."""

    def __init__(self, run: RunView) -> None:
        self.run = run
        self._latest: tuple[StepView, Facts] | None = None

    def at(self, view: StepView) -> Facts:
        """Return the facts of a step. Every step of a run must be passed, in order."""
        if self._latest is None or self._latest[0] is not view:
            self._latest = view, self._work_out(view)
        return self._latest[1]

    @abstractmethod
    def _work_out(self, view: StepView) -> Facts: ...


def _properties(body: Mapping[str, Any]) -> Sequence[Any]:
    return next(filter(None, (rows(body.get(name)) for name in PROPERTIES)), ())
