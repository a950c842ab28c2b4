"""What can become of a request in replay."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from iai_proxy.lineage import Step


class MissKind(StrEnum):
    """Why nothing recorded answers; each has a sentence of its own."""

    ENDPOINT = "endpoint"  #: no call of that endpoint was recorded
    LOCATION = "location"  #: another location was recorded
    AGENTS = "agents"  #: more agents than were recorded, or others
    STATE = "state"  #: the recorded step, but the client overwrote states otherwise
    FIELDS = "fields"  #: the recorded step, but something else is asked about it
    LEVEL = "level"  #: a looser level of matching would do
    FAILURE = "failure"  #: recorded only as a failure
    RUN_END = "run-end"  #: after the last recorded step
    BRANCH_END = "branch-end"  #: after the end of a branch, though another goes on
    UNKNOWN = "unknown"  #: continues no recorded step
    REQUEST = "request"  #: not recorded like this


@dataclass(frozen=True, slots=True)
class Serve:
    """Answer with the recorded exchange ``number``; with a bare 200 where it is None (a key check)."""

    number: int | None
    level: str


@dataclass(frozen=True, slots=True)
class Assemble:
    """Answer with a recorded step, put together anew.

    Attributes:
        numbers: the exchanges whose answers are needed.
        sources: for each agent of the request, (index in ``numbers``, position in that answer).
        step: the recorded step; None for an ``initialize`` that no step begins with.
        level: ``step`` or ``nearest``.
        agents: who the request's agents are there.
        whole: the one answer is served as it is, whatever the sources.
    """

    numbers: tuple[int, ...]
    sources: tuple[tuple[int, int], ...]
    step: Step | None
    level: str = "step"
    agents: tuple[int, ...] = ()
    whole: bool = False

    @property
    def used(self) -> tuple[int, ...]:
        """Numbers of the exchanges that this answer makes use of: all parts of a step, but only one beginning."""
        return self.step.numbers if self.step and not self.whole else self.numbers

    @property
    def is_one_answer_in_order(self) -> bool:
        """Whether the answer is a recorded one from its first agent on, in its order."""
        return self.whole or (
            len(self.numbers) == 1
            and [position for _, position in self.sources] == list(range(len(self.sources)))
        )


@dataclass(frozen=True, slots=True)
class Live:
    """Let the API answer: the request is beyond ``--until-step``."""


@dataclass(frozen=True, slots=True)
class Miss:
    """Nothing recorded answers.

    Attributes:
        reason: what the recording lacks, as the end of a sentence that begins with the request.
        nearest: number of the recorded exchange that comes closest, or None.
        accepted_by: the flags that would have accepted it, or None.
        compared: whether the reason says already what differs from the closest one.
        where: (simulation, step) that matching got to, or None.
    """

    kind: MissKind
    reason: str
    nearest: int | None = None
    accepted_by: str | None = None
    compared: bool = False
    where: tuple[int, int] | None = None


Decision = Serve | Assemble | Live | Miss
