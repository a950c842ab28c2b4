"""What replay can decide about a request."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from iai_proxy.lineage import Step


class MissKind(StrEnum):
    """Why nothing recorded answers. The sentences are in :mod:`iai_proxy.replay.misses`."""

    ENDPOINT = "endpoint"  #: no call of that endpoint was recorded
    LOCATION = "location"  #: only other locations were recorded
    REGION = "region"  #: only other regions were recorded, or with other numbers of agents
    AGENTS = "agents"  #: more agents than were recorded, or other agents
    STATE = "state"  #: the recorded step, but the client set other agent states
    FIELDS = "fields"  #: the recorded step, but other fields of the request differ
    LEVEL = "level"  #: a looser level would answer it
    FAILURE = "failure"  #: recorded only as a failure
    RUN_END = "run-end"  #: after the last recorded step
    BRANCH_END = "branch-end"  #: after the end of a branch, while another branch goes on
    UNREADABLE = "unreadable"  #: the API could not read it either
    RECURRENT = "recurrent"  #: the recorded step, but with other recurrent states
    OWNER = "owner"  #: the recorded step, but several parts answered its agents differently
    UNKNOWN = "unknown"  #: continues no recorded step
    REQUEST = "request"  #: no such request was recorded


@dataclass(frozen=True, slots=True)
class Serve:
    """Answer with a recorded exchange.

    Attributes:
        number: of the exchange; None for an empty 200 (a key check).
        level: that it was found at.
        among: all that will do, if which is best depends on their bodies (level ``location``).
    """

    number: int | None
    level: str
    among: tuple[int, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Assemble:
    """Answer with a recorded step, put together for the agents of the request.

    Attributes:
        numbers: the exchanges whose answers are needed.
        sources: for each agent of the request, (index in ``numbers``, position in that answer).
        step: the recorded step; None for an ``initialize`` that begins no step.
        level: ``step`` or ``nearest``.
        agents: identities of the request's agents in the recording.
        as_recorded: the only answer is served unchanged; ``sources`` is empty.
    """

    numbers: tuple[int, ...]
    sources: tuple[tuple[int, int], ...]
    step: Step | None
    level: str = "step"
    agents: tuple[int, ...] = ()
    as_recorded: bool = False

    @property
    def used(self) -> tuple[int, ...]:
        """The exchanges that count as used: all parts of the step, or one ``initialize``."""
        return self.step.numbers if self.step and not self.as_recorded else self.numbers

    @property
    def is_one_answer_in_order(self) -> bool:
        """Whether the answer is the beginning of one recorded answer, in its order."""
        return self.as_recorded or (
            len(self.numbers) == 1
            and [position for _, position in self.sources] == list(range(len(self.sources)))
        )


@dataclass(frozen=True, slots=True)
class Live:
    """Let the API answer: the request is beyond ``--until-step``, or continues a live answer."""


@dataclass(frozen=True, slots=True)
class Miss:
    """Nothing recorded answers.

    Attributes:
        reason: what the recording lacks. It completes a sentence that begins with the request.
        nearest: number of the closest recorded exchange, or None.
        accepted_by: the flags that would have accepted the request, or None.
        compared: whether ``reason`` already says how ``nearest`` differs.
        where: the (simulation, step) that the request was found to be, or None.
    """

    kind: MissKind
    reason: str
    nearest: int | None = None
    accepted_by: str | None = None
    compared: bool = False
    where: tuple[int, int] | None = None


Decision = Serve | Assemble | Live | Miss
