"""The values of a comparison. Agents are named by their numbers in the first run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from iai_proxy.scene import Problem


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two runs.

    Attributes:
        source: name of its file; ``location`` likewise text from outside.
        agents: how many it has in all.
        first: its first step; ``last`` its last one, included.
    """

    source: str
    simulation: int
    branch: int
    location: str
    agents: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class SetUpDifference:
    """Something that the runs were given differently: what, and both sides in words."""

    name: str
    a: str
    b: str


@dataclass(frozen=True, slots=True)
class StepApart:
    """How far the runs are apart at a step.

    Attributes:
        apart: the largest difference of any state: m, rad or m/s.
        position_m: how far the agent that is furthest from itself is, in metres.
        agent: that agent; None if there are no agents to compare.
        agents: how many are further apart than the tolerance.
        missing: agents of the first run that the second lacks at this step.
        added: agents of the second run, by its own numbers, that the first lacks.
        lights: ids of the lights that have other states.
        unplaced: agents that are somewhere in one of the runs, and in the other have a state that
            is none.
    """

    step: int
    apart: float
    position_m: float
    agent: int | None
    agents: int
    missing: tuple[int, ...] = ()
    added: tuple[int, ...] = ()
    lights: tuple[int, ...] = ()
    unplaced: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class AgentApart:
    """How an agent parts from itself.

    Attributes:
        step: the first step at which it is further apart than the tolerance.
        apart: by how much it is there: m, rad or m/s, whichever is largest.
        most_m: the furthest that it gets from itself, in metres, and when.
    """

    agent: int
    step: int
    apart: float
    most_m: float
    most_step: int


@dataclass(frozen=True, slots=True)
class Latency:
    """How long steps took, in ms; None for a run whose calls are not known."""

    median_ms: float | None
    p95_ms: float | None
    attempts: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs side by side.

    Attributes:
        tolerance: how far apart states may be that count as the same: m, rad, m/s.
        pairs: number in the second run by number in the first.
        steps: the steps that both have, in order.
        agents: those that part, the first to part first.
        new: problems that only the second run has; ``gone`` those that only the first has. Both are
            empty if one of the runs has not been checked.
        unchecked: of both runs why they have not been checked; empty if they have.
    """

    a: Side
    b: Side
    tolerance: float
    set_up: Sequence[SetUpDifference]
    pairs: Mapping[int, int]
    steps: Sequence[StepApart]
    agents: Sequence[AgentApart]
    new: Sequence[Problem]
    gone: Sequence[Problem]
    latency: tuple[Latency, Latency]
    unchecked: tuple[str, str] = ("", "")

    @property
    def parting(self) -> StepApart | None:
        """The first step at which the runs are apart; None if they never are."""
        return next((step for step in self.steps if self.is_apart(step)), None)

    @property
    def differs(self) -> bool:
        """Whether the runs are apart at any step, or one goes on where the other ends."""
        same_length = (self.a.first, self.a.last) == (self.b.first, self.b.last)
        return not same_length or not self.steps or self.parting is not None

    def is_apart(self, step: StepApart) -> bool:
        """Tell whether a step has agents or lights that are not the same."""
        return bool(step.agents or step.missing or step.added or step.lights or step.unplaced)
