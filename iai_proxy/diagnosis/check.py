"""What a check sees, and what it says.

A run is walked step by step, once, for all checks together. At each step a check has the step's
request and answer and those of the previous step, already put together where the call was a large
one, and who is who by lineage.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar, Generic, TypeVar

from iai_proxy.api import Call

Shared = TypeVar("Shared")
Worked = TypeVar("Worked")


class Severity(StrEnum):
    """How surely it harms."""

    ERROR = "error"  #: the predictions, or the run, are wrong
    WARNING = "warning"  #: likely wrong, or wrong in part
    INFO = "info"  #: costs time or money, or makes the run hard to repeat


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a client does wrong.

    Attributes:
        code: of the check.
        step: the first step that it shows at, as far as is known now; ``last_step`` the last one,
            both included.
        agents: indices in the client's order at that step; empty where it is no agent's.
        value: the worst value, in the check's unit (its docstring says which); None without one.
        message: one sentence: what, with values; the check says why and how to mend it.
        guess: what it looks like, as far as is known now; of a finding that lasts the latest guess
            holds.
        kind: findings of one kind, step after step, are one. Empty where messages tell it, their
            numbers apart.
    """

    code: int
    step: int
    last_step: int
    agents: tuple[int, ...]
    value: float | None
    message: str
    guess: str = ""
    kind: str = ""

    @property
    def sentence(self) -> str:
        """All that is said."""
        return f"{self.message}: this looks like {self.guess}" if self.guess else self.message


@dataclass(eq=False, slots=True)
class StepView:
    """One step as checks see it.

    Attributes:
        simulation: its number; ``index`` the step's, 0 for the beginning.
        endpoint: ``initialize`` or ``drive``; for parts of a large call too.
        location: of the request.
        request: the request's JSON value; of a large call the whole one. ``recurrent_states`` is
            left out where there is one for each agent and all are what the previous step answered,
            in its order: ``recurrent`` then equals ``previous.answered_recurrent``. They are 98 %
            of a body, and read only if somebody looks at them.
        answer: the answer's JSON value, put together likewise.
        calls: its exchanges, one or one a part; ``attempts`` those that failed and were tried
            again.
        previous: the step that it continues, without its own previous one; None for the first.
        recurrent: for each agent of the request the fingerprint of its recurrent state, 0 for null
            or all zeros.
        answered_recurrent: the same of the answer.
        egos: indices of the agents that the client drives itself.
    """

    simulation: int
    index: int
    endpoint: str
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
        """The number of its first exchange, which no other step has; 0 where there is none."""
        return self.calls[0].id if self.calls else 0

    @property
    def answered(self) -> Sequence[Sequence[float]]:
        """The states that the answer gives."""
        return self.answer.get("agent_states") or []


@dataclass(frozen=True, slots=True)
class RunView:
    """What is known of a whole run beside its steps.

    Attributes:
        calls: all exchanges, in order, also those that are part of no step.
        simulations: how many there are.
        maps: by location, the recorded answers of ``location_info`` (parsed, without their
            pictures).
        reasons: by the number of a call that failed what the service said of it, where that is
            known.
    """

    calls: Sequence[Call]
    simulations: int
    maps: Mapping[str, Mapping[str, Any]]
    reasons: Mapping[int, str] = field(default_factory=dict)
    _shared: dict[object, Any] = field(default_factory=dict, repr=False, compare=False)

    def shared(self, make: Callable[[RunView], Shared]) -> Shared:
        """Return what several checks work out together, step by step: made at the first asking, once for the run."""
        if make not in self._shared:
            self._shared[make] = make(self)
        shared: Shared = self._shared[make]
        return shared


class PerStep(ABC, Generic[Worked]):
    """Something that several checks need to know of each step, worked out once. Get it by :meth:`RunView.shared`."""

    def __init__(self, run: RunView) -> None:
        self.run = run
        self._latest: tuple[StepView, Worked] | None = None

    def at(self, view: StepView) -> Worked:
        """Return what is so at a step. Each step of a run must be asked for, in order."""
        if self._latest is None or self._latest[0] is not view:
            self._latest = view, self._work_out(view)
        return self._latest[1]

    @abstractmethod
    def _work_out(self, view: StepView) -> Worked: ...


class Check:
    """One diagnostic. A subclass stands in a module of its own; its docstring is what ``explain`` prints.

    The docstring has, after its first line, paragraphs that begin with ``Why:``, ``Example:`` and
    ``Mend:``.

    Attributes:
        code: its number: the SDK's own for what the SDK's tool reports, from 200 on for ours.
        name: short, with dashes, unique.
        severity: how surely it harms.
        help: one line: what to do.
        unit: of its findings' values: a symbol, such as m/s, or what is counted, such as ``agent``;
            empty for others.
        least_is_worst: whether the smallest value is the worst one.
        looks_at_refused: whether it is made on calls that have no answer too, each as a step of its
            own.
    """

    code: ClassVar[int]
    name: ClassVar[str]
    severity: ClassVar[Severity]
    help: ClassVar[str]
    unit: ClassVar[str] = ""
    least_is_worst: ClassVar[bool] = False
    looks_at_refused: ClassVar[bool] = False

    def __init__(self, run: RunView) -> None:
        self.run = run

    @classmethod
    def badness(cls, finding: Finding) -> float:
        """Rank findings of this check by their values: the more the worse."""
        if finding.value is None or not math.isfinite(finding.value):
            return -math.inf
        return -abs(finding.value) if cls.least_is_worst else abs(finding.value)

    def step(self, view: StepView) -> Iterable[Finding]:
        """Look at one step. Steps of one simulation come in order, each after the one that it continues."""
        return ()

    def end(self) -> Iterable[Finding]:
        """Look back when all steps have been seen. What is no step's is reported here."""
        return ()

    def finding(
        self,
        view: StepView,
        message: str,
        agents: Iterable[int] = (),
        value: float | None = None,
        *,
        since: int | None = None,
        guess: str = "",
        kind: str = "",
    ) -> Finding:
        """Return a finding at a step; or since an earlier one, where several steps had to be seen to be sure."""
        first = view.index if since is None else since
        return Finding(self.code, first, view.index, tuple(agents), value, message, guess, kind)


@dataclass(frozen=True, slots=True)
class Located:
    """A finding with its place: the simulation, None for what belongs to none, and the check that made it."""

    simulation: int | None
    check: type[Check]
    finding: Finding
