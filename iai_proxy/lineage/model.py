"""What lineage yields. Simulations and branches are numbered from 1, in order of appearance."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from iai_proxy.lineage.observe import Observation


@dataclass(frozen=True, slots=True)
class Part:
    """One exchange of a step; an ordinary step has just one.

    Attributes:
        observation: the exchange.
        agents: its agents by identity, in the order of its answer.
        own: positions of the agents whose answer the client takes from this part, rising; the rest
            are there so that the own ones see their neighbours.
    """

    observation: Observation
    agents: tuple[int, ...]
    own: tuple[int, ...]

    @property
    def number(self) -> int:
        """The exchange's number in the recording."""
        return self.observation.call.id


@dataclass(eq=False, slots=True)
class Step:
    """All agents of a simulation after one ``initialize`` (step 0), ``drive`` or large call.

    Attributes:
        index: 0 for the root; else the parent's and one more.
        parts: in the order of the SDK's calls if the SDK has divided the call, else in order of
            arrival; over several connections the two may differ.
        agents: identities in the client's order.
        sources: for each agent, (position in ``parts``, position in that part's answer).
        attempts: numbers of the failed exchanges that were tried again until this step succeeded,
            in order.
        arrivals: numbers of ``initialize`` exchanges that newcomers of this step were taken from.
        given_up: of a large ``initialize``, the first failed attempt of each region that could not
            be filled.
        large_call: number of the large call, made to the proxy itself, that these are the parts of.
        doubts: where the bytes allow another reading, what was chosen and why; empty for a certain
            step.
        doubtful: agents that several parts answered differently: which of the answers the client
            took is not known.
    """

    parent: Step | None
    index: int
    parts: tuple[Part, ...]
    agents: tuple[int, ...]
    sources: tuple[tuple[int, int], ...]
    attempts: tuple[int, ...] = ()
    arrivals: tuple[int, ...] = ()
    given_up: tuple[Observation, ...] = ()
    doubts: tuple[str, ...] = ()
    doubtful: frozenset[int] = frozenset()
    large_call: int | None = None
    children: list[Step] = field(default_factory=list)

    @property
    def first(self) -> Observation:
        """The observation of its first part, whose lights and model version are the step's."""
        return self.parts[0].observation

    @property
    def numbers(self) -> tuple[int, ...]:
        """Numbers of its parts' exchanges."""
        return tuple(part.number for part in self.parts)

    @property
    def earliest(self) -> int:
        """Number of its first exchange, in order of arrival."""
        return min(self.numbers, default=0)

    @property
    def calls(self) -> tuple[int, ...]:
        """Numbers of its parts' exchanges, and of the large call that they were made for."""
        return self.numbers if self.large_call is None else (*self.numbers, self.large_call)

    @property
    def is_large(self) -> bool:
        """Whether it is a large call."""
        return len(self.parts) > 1 or self.large_call is not None

    @property
    def refused(self) -> tuple[int, ...]:
        """Numbers of the exchanges in ``given_up``."""
        return tuple(observation.call.id for observation in self.given_up)

    @property
    def started_ns(self) -> int:
        """When its first request began, in nanoseconds since the epoch."""
        return min(part.observation.call.started_ns for part in self.parts)

    @property
    def ended_ns(self) -> int:
        """When its last answer had come, in nanoseconds since the epoch."""
        return max(part.observation.call.ended_ns for part in self.parts)

    @property
    def path(self) -> list[Step]:
        """The steps from the root to this one."""
        found: list[Step] = []
        step: Step | None = self
        while step is not None:
            found.append(step)
            step = step.parent
        return found[::-1]


@dataclass(frozen=True, slots=True)
class Branch:
    """A path from the root to a leaf."""

    number: int
    steps: tuple[Step, ...]


def branches_of(paths: Iterable[Sequence[Step]]) -> list[Branch]:
    """Return paths as branches, in order of their first steps that no branch before has."""
    ordered = sorted(paths, key=lambda path: [step.earliest for step in path])
    return [Branch(number, tuple(path)) for number, path in enumerate(ordered, start=1)]


def longest(branches: Iterable[Branch]) -> Branch:
    """Return the longest branch, the first of several."""
    return max(branches, key=lambda branch: len(branch.steps))


@dataclass(frozen=True, slots=True)
class Simulation:
    """A tree of steps.

    Attributes:
        number: from 1, in order of first appearance.
        large: whether any of its steps was split into parts; all its steps then count as large
            calls.
    """

    number: int
    root: Step
    large: bool

    @property
    def location(self) -> str | None:
        """The location of its first request."""
        return self.root.first.location

    @property
    def steps(self) -> list[Step]:
        """All steps, in order of their first exchange."""
        found = [self.root]
        for step in found:
            found.extend(step.children)
        return sorted(found, key=lambda step: step.earliest)

    @property
    def branches(self) -> list[Branch]:
        """All branches, in order of their first steps that no branch before has."""
        return branches_of(step.path for step in self.steps if not step.children)

    @property
    def trunk(self) -> Branch:
        """The longest branch, the first of several."""
        return longest(self.branches)


@dataclass(frozen=True, slots=True)
class Lineage:
    """All simulations of a recording."""

    simulations: tuple[Simulation, ...]

    def places(self) -> dict[int, tuple[int, int]]:
        """Return (simulation, step) by exchange number; failed attempts have a place too."""
        return {
            number: (simulation.number, step.index)
            for simulation in self.simulations
            for step in simulation.steps
            for number in (*step.attempts, *step.arrivals, *step.refused, *step.calls)
        }
