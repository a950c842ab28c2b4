"""The steps of a recording, found by what a request shows of itself. Knows no clients.

A client that is replayed carries recorded recurrent states. So its request shows which step of
which simulation it continues, whatever its seed, and however its agents are ordered, left out, or
divided into the parts of a large call.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from iai_proxy.api import Endpoint
from iai_proxy.api.fingerprint import FRESH
from iai_proxy.lineage import Agents, Lineage, Observation, Step, build
from iai_proxy.lineage.fingerprint_table import FingerprintTable

_Side = Callable[[Observation], Sequence[int]]


@dataclass(frozen=True, slots=True)
class RecordedPart:
    """A recorded exchange as a part of a step. ``index`` is its position in ``step.parts``."""

    number: int
    simulation: int
    step: Step
    index: int

    @property
    def agents(self) -> tuple[int, ...]:
        """Identities of the agents of its answer."""
        return self.step.parts[self.index].agents


@dataclass(frozen=True, slots=True)
class ContinuedStep:
    """The step that a request continues, and its agents' identities there; None for newcomers."""

    parent: Step
    agents: tuple[int | None, ...]


class RecordedSteps:
    """All steps of a recording. Holds fingerprints and numbers, never bodies.

    Args:
        observations: of the recording, in order; if its lineage is known, only those of
            ``initialize`` and of calls that did not succeed are needed.
        lineage: of the recording; None to make it of the observations.

    Attributes:
        initializes: the ``initialize`` exchanges that have an answer, in order, including those
            that begin no step: a client may have asked for newcomers only.
        refused: the ``drive`` exchanges that the API refused for good, in order. They are no steps.
    """

    def __init__(self, observations: Iterable[Observation], lineage: Lineage | None = None) -> None:
        recorded = list(observations)
        self.initializes = tuple(
            observation
            for observation in recorded
            if observation.call.endpoint is Endpoint.INITIALIZE and observation.call.succeeded
        )
        self.refused = tuple(found for found in recorded if _is_refused_drive(found))
        self._places_of_refused: dict[int, ContinuedStep | None] = {}
        self.steps: list[Step] = []
        self._simulations: dict[Step, int] = {}
        self._parts: dict[int, RecordedPart] = {}

        for simulation in (lineage or build(recorded)).simulations:
            for step in simulation.steps:
                self.steps.append(step)
                self._simulations[step] = simulation.number
                for index, part in enumerate(step.parts):
                    self._parts[part.number] = RecordedPart(
                        part.number, simulation.number, step, index
                    )

        self._by_recurrent = _Producers(self.steps, _recurrent)
        self._by_state = _Producers(self.steps, _states)

    def prepare(self) -> None:
        """Make what a step is found by, which else is made when it is first asked for."""
        self._by_recurrent.of(FRESH)

    def part(self, number: int) -> RecordedPart | None:
        """Return an exchange as a part of its step; None if it belongs to no step."""
        return self._parts.get(number)

    def simulation_of(self, step: Step) -> int:
        """Return the number of a step's simulation."""
        return self._simulations[step]

    def last_index(self, simulation: int) -> int:
        """Return the index of the last step of a simulation."""
        return max(step.index for step in self.steps if self._simulations[step] == simulation)

    @property
    def drives(self) -> Iterator[Observation]:
        """The ``drive`` exchanges that belong to a step."""
        for step in self.steps:
            for part in step.parts:
                if part.observation.call.endpoint is Endpoint.DRIVE:
                    yield part.observation

    def is_answered(self, recurrent: int) -> bool:
        """Whether a fingerprint is that of a recurrent state in a recorded answer."""
        return bool(recurrent and self._by_recurrent.of(recurrent))

    def before_refused(self, number: int) -> Step | None:
        """Return the step that a refused ``drive`` continued; None for any other exchange."""
        if number not in self._places_of_refused:
            drive = next((found for found in self.refused if found.call.id == number), None)
            self._places_of_refused[number] = self.continued(drive) if drive else None
        continued = self._places_of_refused[number]
        return continued.parent if continued else None

    def continued(
        self,
        request: Observation,
        preference: Callable[[Step], tuple[int, bool]] = lambda _: (0, False),
    ) -> ContinuedStep | None:
        """Find the step that a request continues: the one that most of its agents come from.

        Args:
            request: what is known of the request.
            preference: ranks steps with exactly the same agents.
        """
        if request.recurrent_given:
            producers = map(self._by_recurrent.of, filter(None, request.sent.recurrent))
        else:
            producers = map(self._by_state.of, request.sent.states)
        votes = Counter(step for steps in producers for step in steps)
        if not votes:
            return None

        parent = max(votes, key=lambda step: (votes[step], preference(step)))
        if request.recurrent_given:
            known = dict(_identities(parent, _recurrent))
            agents = tuple(map(known.get, request.sent.recurrent))
            if all(request.sent.recurrent):
                return ContinuedStep(parent, agents)
            return ContinuedStep(parent, _known_by_state(request.sent, agents, parent))
        known = dict(_identities(parent, _states))
        return ContinuedStep(parent, tuple(map(known.get, request.sent.states)))


def _is_refused_drive(observation: Observation) -> bool:
    call = observation.call
    is_final = call.status is not None and call.status >= 200 and not call.is_repeated_by_sdk
    return call.endpoint is Endpoint.DRIVE and is_final and not call.succeeded


def _recurrent(observation: Observation) -> Sequence[int]:
    return observation.received.recurrent


def _states(observation: Observation) -> Sequence[int]:
    return observation.received.states


def _identities(step: Step, side: _Side) -> Iterator[tuple[int, int]]:
    """Yield (fingerprint, identity) of a step's agents."""
    fingerprints = [tuple(side(part.observation)) for part in step.parts]
    for agent, (part, position) in zip(step.agents, step.sources, strict=True):
        if fingerprint := fingerprints[part][position]:
            yield fingerprint, agent


def _known_by_state(
    sent: Agents, agents: Sequence[int | None], parent: Step
) -> tuple[int | None, ...]:
    """Name the agents that came without the recurrent state that the step gave them."""
    known = dict(_identities(parent, _states))
    taken = set(agents)
    return tuple(
        agent if recurrent or known.get(state) in taken else known.get(state)
        for agent, recurrent, state in zip(agents, sent.recurrent, sent.states, strict=True)
    )


class _Producers:
    """Which steps produced a fingerprint. Built when first asked: states are rarely needed.

    A recording has as many fingerprints as agents times steps, a million in 10,000 calls. Nearly
    all have a single producer; only the others get a list.
    """

    def __init__(self, steps: Sequence[Step], side: _Side) -> None:
        self._steps = steps
        self._side = side
        self._table: FingerprintTable | None = None
        self._starts: list[int] = []
        self._later: defaultdict[int, list[Step]] = defaultdict(list)

    def of(self, fingerprint: int) -> tuple[Step, ...]:
        """Return the steps that produced a fingerprint, in recorded order."""
        if self._table is None:
            self._table = self._build()
        place = self._table.place_of(fingerprint)
        if place is None:
            return ()
        return (self._step_at(place), *self._later.get(fingerprint, ()))

    def _build(self) -> FingerprintTable:
        table = FingerprintTable()
        for step in self._steps:
            self._starts.append(len(table))
            for part in step.parts:
                self._enter(table, step, self._side(part.observation))
        return table

    def _enter(self, table: FingerprintTable, step: Step, fingerprints: Sequence[int]) -> None:
        known = table.extend(fingerprints)
        begin = len(table) - len(fingerprints)
        first_of = {fingerprints[place - begin]: first for first, place in known}
        for fingerprint, first in first_of.items():
            if self._step_at(first) is not step:
                self._later[fingerprint].append(step)

    def _step_at(self, place: int) -> Step:
        return self._steps[bisect_right(self._starts, place) - 1]
