"""The steps of a recording, by what a request reveals of itself. Knows nothing of who asks.

A client that is replayed carries recorded recurrent states, so its request says which step of which
simulation it continues, whatever its seed and however its agents are ordered, left out, or divided
into parts of a large call.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from iai_proxy.api import Endpoint
from iai_proxy.lineage import Agents, Observation, Step, build


@dataclass(frozen=True, slots=True)
class Place:
    """Where a recorded exchange stands: its simulation, its step, and which of the step's parts it is."""

    number: int
    simulation: int
    step: Step
    part: int

    @property
    def agents(self) -> tuple[int, ...]:
        """Who the agents of its answer are."""
        return self.step.parts[self.part].agents


@dataclass(frozen=True, slots=True)
class Continued:
    """The step that a request continues, and its agents' identities there; None for newcomers."""

    parent: Step
    agents: tuple[int | None, ...]


class RecordedSteps:
    """All steps of a recording. Holds fingerprints and numbers, never bodies.

    Args:
        observations: of the recording, in order.

    Attributes:
        initializes: the ``initialize`` exchanges that have an answer, in order; also those that no
            step begins with, since a program may have asked for newcomers only.
    """

    def __init__(self, observations: Iterable[Observation]) -> None:
        recorded = list(observations)
        self.initializes = tuple(
            observation
            for observation in recorded
            if observation.call.endpoint is Endpoint.INITIALIZE and observation.call.succeeded
        )
        self.steps: list[Step] = []
        self._simulation_of: dict[Step, int] = {}
        self._places: dict[int, Place] = {}
        self._sent: set[int] | None = None
        for simulation in build(recorded).simulations:
            for step in simulation.steps:
                self.steps.append(step)
                self._simulation_of[step] = simulation.number
                for number, part in enumerate(step.parts):
                    self._places[part.number] = Place(part.number, simulation.number, step, number)
        self._by_recurrent = _ByFingerprint(
            self.steps, lambda observation: observation.received.recurrent
        )
        self._by_state = _ByFingerprint(self.steps, lambda observation: observation.received.states)

    def sends_alike(self, asked: Observation) -> bool:
        """Whether a recorded ``drive`` was asked with the same agents in the same order; True where none has any."""
        if self._sent is None:
            drives = (
                part.observation.sent for step in self.steps if step.parent for part in step.parts
            )
            self._sent = {_agents_key(sent) for sent in drives}
        return not len(asked.sent) or _agents_key(asked.sent) in self._sent

    def place(self, number: int) -> Place | None:
        """Return where an exchange stands, or None for one that is no part of a step."""
        return self._places.get(number)

    def simulation_of(self, step: Step) -> int:
        """Return the number of a step's simulation."""
        return self._simulation_of[step]

    def continued(
        self,
        asked: Observation,
        preference: Callable[[Step], tuple[int, bool]] = lambda _: (0, False),
    ) -> Continued | None:
        """Find the step that a request continues: the one that most of its agents come from.

        Args:
            asked: the request.
            preference: ranks steps that hold the same to the last bit.
        """
        found = []
        for recurrent, state in zip(asked.sent.recurrent, asked.sent.states, strict=True):
            if recurrent:
                found.append(self._by_recurrent.of(recurrent))
            else:
                found.append(() if asked.recurrent_given else self._by_state.of(state))
        votes = Counter(step for steps in found for step in steps)
        if not votes:
            return None
        parent = max(votes, key=lambda step: (votes[step], preference(step)))
        if asked.recurrent_given:
            known = dict(
                self._identities(parent, lambda observation: observation.received.recurrent)
            )
            return Continued(
                parent, tuple(known.get(recurrent) for recurrent in asked.sent.recurrent)
            )
        known = dict(self._identities(parent, lambda observation: observation.received.states))
        return Continued(parent, tuple(map(known.get, asked.sent.states)))

    def _identities(
        self, step: Step, side: Callable[[Observation], Iterable[int]]
    ) -> Iterable[tuple[int, int]]:
        """Yield (fingerprint, identity) of a step's agents."""
        fingerprints = [tuple(side(part.observation)) for part in step.parts]
        for agent, (part, position) in zip(step.agents, step.sources, strict=True):
            if fingerprint := fingerprints[part][position]:
                yield fingerprint, agent


def _agents_key(agents: Agents) -> int:
    return hash((agents.recurrent.tobytes(), agents.states.tobytes()))


class _ByFingerprint:
    """Which steps produced a fingerprint. Made when it is first asked: a state counts only where nothing else does.

    There are as many as agents times steps, a million in a recording of 10,000 calls, so that a
    whole answer is entered at once; nearly every fingerprint has a single producer.
    """

    def __init__(self, steps: Iterable[Step], side: Callable[[Observation], Iterable[int]]) -> None:
        self._steps = steps
        self._side = side
        self._first: dict[int, Step] | None = None
        self._others: defaultdict[int, list[Step]] = defaultdict(list)

    def of(self, fingerprint: int) -> tuple[Step, ...]:
        """Return the steps that produced a fingerprint, in recorded order."""
        if self._first is None:
            self._first = self._made()
        first = self._first.get(fingerprint)
        return (first, *self._others.get(fingerprint, ())) if first else ()

    def _made(self) -> dict[int, Step]:
        found: dict[int, Step] = {}
        for step in self._steps:
            for part in step.parts:
                produced = dict.fromkeys(self._side(part.observation), step)
                if not found.keys().isdisjoint(produced):
                    for again in found.keys() & produced.keys():
                        if found[again] is not step:
                            self._others[again].append(step)
                        del produced[again]
                found.update(produced)
        return found
