"""What a check is, and what it reports."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from iai_proxy.diagnosis.step_view import RunView, StepView


class Severity(StrEnum):
    """How certain it is that a finding does harm."""

    ERROR = "error"  #: the predictions, or the run, are wrong
    WARNING = "warning"  #: likely wrong, or partly wrong
    INFO = "info"  #: costs time or money, or makes the run hard to repeat


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a client does wrong.

    Attributes:
        code: of the check.
        step: the first step that shows it, as far as is known by now.
        last_step: the last one, included.
        agents: indices in the client's order at the step of ``agents_at``; empty if it is about no
            agent.
        value: the worst value, in the unit of the check; None without one.
        message: one sentence that says what is wrong, with values.
        guess: what it looks like, as far as is known by now. The latest guess of a lasting finding
            holds.
        kind: consecutive findings of one kind become one. If empty, those whose messages differ
            only in numbers do.
        agents_at: number of the first call of the step whose agents ``agents`` are: who is not sent
            back is an agent of an earlier one. 0 for the first step that shows it.
    """

    code: int
    step: int
    last_step: int
    agents: tuple[int, ...]
    value: float | None
    message: str
    guess: str = ""
    kind: str = ""
    agents_at: int = 0

    @property
    def sentence(self) -> str:
        """The message with the guess."""
        return f"{self.message}: this looks like {self.guess}" if self.guess else self.message


class Check:
    """One diagnostic. A subclass has a module of its own; ``explain`` prints its docstring.

    After its first line the docstring has paragraphs that begin with ``Why:``, ``Example:`` and
    ``Fix:``.

    Attributes:
        code: its number: the SDK's own for what the SDK's tool reports, from 200 on for ours.
        name: short, with dashes, unique.
        severity: how certain it is that its findings do harm.
        help: what to do, on one line.
        unit: of the values of its findings: a symbol such as m/s, or a noun such as ``agent`` for
            what is counted; empty for others.
        least_is_worst: whether the smallest value is the worst.
        looks_at_refused: whether calls without an answer are checked too, each as a step of its
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
        """Rank findings of this check by their values: the higher the worse."""
        if finding.value is None or not math.isfinite(finding.value):
            return -math.inf
        return -abs(finding.value) if cls.least_is_worst else abs(finding.value)

    def step(self, view: StepView) -> Iterable[Finding]:
        """Check one step. A simulation's steps come in order, each after the one it continues."""
        return ()

    def end(self) -> Iterable[Finding]:
        """Report, after the last step, what concerns the run rather than a step."""
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
        agents_at: int | None = None,
    ) -> Finding:
        """Return a finding at a step, or since an earlier step if it took several to be sure.

        Its agents are those of the step, unless ``agents_at`` says of which step they are.
        """
        first = view.index if since is None else since
        at = view.first_call if agents_at is None else agents_at
        indices = tuple(agents)
        return Finding(self.code, first, view.index, indices, value, message, guess, kind, at)

    def run_finding(
        self, message: str, value: float | None = None, *, steps: tuple[int, int] = (0, 0)
    ) -> Finding:
        """Return a finding about the whole run."""
        return Finding(self.code, *steps, (), value, message)


@dataclass(frozen=True, slots=True)
class Located:
    """A finding, where it is, and the check that made it.

    Attributes:
        simulation: its number; None if it is about none.
        check: what made it.
        finding: what is wrong.
        call: number of the first call of the finding's first step; None for a finding about the
            whole run.
        shown: number of the first call of each step that shows it, on whatever branch; empty if it
            is about no simulation. There may be several steps of one number, and none of another.
    """

    simulation: int | None
    check: type[Check]
    finding: Finding
    call: int | None = None
    shown: tuple[int, ...] = ()

    @property
    def agents_at(self) -> int:
        """Number of the first call of the step whose agents the finding names; 0 for none."""
        return self.finding.agents_at or min(self.shown, default=0)
