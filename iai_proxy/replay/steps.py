"""Level ``step``: a request is answered as the recorded step that it is, agent by agent.

A client that is replayed carries recorded recurrent states, so its request says which step of which simulation it
continues, whatever its seed and however its agents are ordered, left out, or divided into parts of a large call. The
answer is put together from the recorded one. An agent whose state the client overwrote differently than when it was
recorded is a difference, not a match, unless it is within the tolerance.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from iai_proxy.lineage import Lineage, Observation, Step

_WORDS: Final = ("x", "y", "orientation", "speed")
_DIFFERENCES_KEPT: Final = 3


@dataclass(frozen=True, slots=True)
class Assemble:
    """Answer with a recorded step, put together anew.

    Attributes:
        numbers: the exchanges whose answers are needed.
        sources: for each agent of the request, (index in ``numbers``, position in that answer).
        step: all exchanges of the step; they count as used.
        where: the step in words.
        whole: the one answer is served as it is, whatever the sources.
    """

    numbers: tuple[int, ...]
    sources: tuple[tuple[int, int], ...]
    step: tuple[int, ...]
    where: str
    whole: bool = False

    @property
    def is_one_answer_as_it_is(self) -> bool:
        """Whether the answer is just a recorded one: all its agents, in its order."""
        return self.whole or (
            len(self.numbers) == 1 and [position for _, position in self.sources] == list(range(len(self.sources)))
        )


@dataclass(frozen=True, slots=True)
class NoStep:
    """No recorded step answers.

    Attributes:
        reason: why, as the end of a sentence.
        nearest: number of the recorded exchange that comes closest, or None.
        tolerance: the least tolerance that would accept it, or None.
    """

    reason: str
    nearest: int | None = None
    tolerance: float | None = None


class RecordedSteps:
    """The steps of a recording, by what a request reveals of itself.

    Args:
        lineage: of the recording.
        tolerance: how far an overwritten state may be from the recorded one: metres for x and y, radians for the
            orientation, m/s for the speed. 0 for not at all.
    """

    def __init__(self, lineage: Lineage, tolerance: float = 0.0) -> None:
        self._tolerance = tolerance
        self._by_recurrent: defaultdict[int, list[tuple[Step, int]]] = defaultdict(list)
        self._by_state: defaultdict[int, list[tuple[Step, int]]] = defaultdict(list)
        self._simulation_of: dict[Step, int] = {}
        self._sent: dict[Step, dict[int, tuple[int, int]]] = {}
        self._begun: defaultdict[tuple[str, Step], set[object]] = defaultdict(set)
        self._initializes: defaultdict[object, list[int]] = defaultdict(list)
        self._turn: Counter[tuple[str, object]] = Counter()
        for simulation in lineage.simulations:
            for step in simulation.steps:
                self._simulation_of[step] = simulation.number
                self._add(step)

    def initialize(self, asked: Observation, client: str) -> Assemble | None:
        """Return the recorded ``initialize`` with the same location, given agents and number of agents.

        Each client gets them in recorded order, and the first again after the last.
        """
        key = _initialize_key(asked)
        numbers = self._initializes.get(key)
        if not numbers:
            return None
        number = numbers[self._turn[client, key] % len(numbers)]
        self._turn[client, key] += 1
        return Assemble((number,), (), (number,), "an initialize", whole=True)

    def drive(self, asked: Observation, client: str) -> Assemble | NoStep:
        """Return the recorded step that a ``drive`` request is, or why it is none."""
        parent, agents = self._continued(asked)
        if parent is None:
            return NoStep("continues no recorded step: none of its agents' recurrent states is recorded")
        where = f"simulation {self._simulation_of[parent]}, step {parent.index + 1}"
        if not parent.children:
            return NoStep(f"comes after the last recorded step ({where} is not recorded)", parent.numbers[0])
        best: tuple[int, Step, list[str], float | None] | None = None
        fitting: list[tuple[Step, list[int]]] = []
        for child in parent.children:
            identities, differences, tolerance = self._compare(asked, agents, parent, child)
            if not differences:
                fitting.append((child, identities))
            elif best is None or len(differences) < best[0]:
                best = (len(differences), child, differences, tolerance)
        if fitting:
            return self._assemble(asked, client, fitting, where)
        if best is None:
            raise RuntimeError("a step with children has one that is nearest")
        _, child, differences, tolerance = best
        return NoStep(
            f"differs from {where}: {', '.join(differences[:_DIFFERENCES_KEPT])}", child.numbers[0], tolerance
        )

    def _add(self, step: Step) -> None:
        for agent, (part, position) in zip(step.agents, step.sources, strict=True):
            received = step.parts[part].observation.received
            if received.recurrent[position]:
                self._by_recurrent[received.recurrent[position]].append((step, agent))
            self._by_state[received.states[position]].append((step, agent))
        for one in step.parts:
            if "initialize" in one.observation.call.endpoint:
                self._initializes[_initialize_key(one.observation)].append(one.number)

    def _continued(self, asked: Observation) -> tuple[Step | None, list[int | None]]:
        """The step that a request continues, and its agents' identities there; None for newcomers."""
        candidates: list[list[tuple[Step, int]]] = []
        for recurrent, state in zip(asked.sent.recurrent, asked.sent.states, strict=True):
            if recurrent:
                candidates.append(self._by_recurrent.get(recurrent, []))
            else:
                candidates.append([] if asked.recurrent_given else self._by_state.get(state, []))
        votes = Counter(step for found in candidates for step in dict.fromkeys(step for step, _ in found))
        if not votes:
            return None, []
        most = max(votes.values())
        parent = next(step for step, count in votes.items() if count == most)
        return parent, [next((agent for step, agent in found if step is parent), None) for found in candidates]

    def _compare(
        self, asked: Observation, agents: Sequence[int | None], parent: Step, child: Step
    ) -> tuple[list[int], list[str], float | None]:
        """Match a request's agents with a recorded step's: identities, differences, tolerance that would do."""
        sent = self._sent_of(child)
        known = set(parent.agents)
        arrived = {
            child.parts[part].observation.sent.states[position]: agent
            for agent, (part, position) in sent.items()
            if agent not in known
        }
        identities: list[int] = []
        differences: list[str] = []
        needed: float | None = 0.0
        answered = set(child.agents)
        for index, continued in enumerate(agents):
            agent = arrived.get(asked.sent.states[index]) if continued is None else continued
            if agent is None or agent not in answered:
                known_to = "is new here" if agent is None else "had left the recorded run"
                differences.append(f"agent {index} {known_to}")
                needed = None
                continue
            identities.append(agent)
            part, position = sent[agent]
            recorded = child.parts[part].observation.sent.state(position)
            for word, ours, theirs, apart in _apart(asked.sent.state(index), recorded):
                if apart > self._tolerance:
                    differences.append(f"agent {index} {word} is {ours:.6g}, recorded {theirs:.6g}")
                    needed = None if needed is None else max(needed, apart)
        return identities, differences, needed

    def _sent_of(self, step: Step) -> dict[int, tuple[int, int]]:
        if step not in self._sent:
            self._sent[step] = {
                agent: (number, position)
                for number, part in enumerate(step.parts)
                for position, agent in enumerate(part.agents[: len(part.observation.sent)])
            }
        return self._sent[step]

    def _assemble(
        self, asked: Observation, client: str, fitting: Sequence[tuple[Step, list[int]]], where: str
    ) -> Assemble:
        """Take the next of the steps that fit: a forked step gives its recorded answers in order.

        Parts of one large call begin with different agents, calls of a fork with the same one.
        """
        first = fitting[0][1][0] if fitting[0][1] else None
        fresh = [one for one in fitting if first not in self._begun[client, one[0]]]
        same_seed = [one for one in fresh if one[0].first.seed == asked.seed]
        step, identities = (same_seed or fresh or fitting[-1:])[0]
        self._begun[client, step].add(first)
        source_of = dict(zip(step.agents, step.sources, strict=True))
        parts = sorted({source_of[agent][0] for agent in identities})
        place = {part: index for index, part in enumerate(parts)}
        return Assemble(
            numbers=tuple(step.parts[part].number for part in parts),
            sources=tuple((place[source_of[agent][0]], source_of[agent][1]) for agent in identities),
            step=step.numbers,
            where=where,
        )


def _initialize_key(observation: Observation) -> object:
    given = observation.sent.states.tobytes()
    return observation.location, max(observation.asked, len(observation.sent)), given, observation.center


def _apart(ours: Iterable[float], theirs: Iterable[float]) -> Iterator[tuple[str, float, float, float]]:
    for word, mine, other in zip(_WORDS, ours, theirs, strict=True):
        apart = abs(math.remainder(mine - other, math.tau)) if word == "orientation" else abs(mine - other)
        # A client may send what is no number, twice the same.
        yield word, mine, other, 0.0 if mine == other or (math.isnan(mine) and math.isnan(other)) else apart
