"""Levels ``step`` and ``nearest``: a request is answered as the recorded step that it is, agent by agent.

At ``step`` an agent whose state the client overwrote differently than when it was recorded is a
difference, not a match, unless it is within the tolerance. ``nearest`` takes the recorded step at
the same position whatever the states, and one that stands close by where the lineage is lost.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cached_property
from heapq import nsmallest
from typing import Any, Final

from iai_proxy.api import Difference, Endpoint
from iai_proxy.lineage import Observation, Step
from iai_proxy.replay.closest import ClosestSteps
from iai_proxy.replay.compare import Compared, apart, compared
from iai_proxy.replay.decisions import Assemble, Miss, MissKind
from iai_proxy.replay.fields import fields_apart
from iai_proxy.replay.misses import elsewhere, few, flags, other_fields
from iai_proxy.replay.question import Question
from iai_proxy.replay.sessions import Session, Sessions
from iai_proxy.replay.steps import Continued, RecordedSteps

#: How far a step may be that is found by its states alone, where no tolerance is given: the next
#: lane is 3 m away.
_LOST_TOLERANCE: Final = 1.0
#: How many alternatives to one step are compared agent by agent.
_COMPARED: Final = 16


class StepMatcher:
    """Answers by lineage.

    Args:
        steps: of the recording.
        sessions: how far each client has come; read, never changed here.
        requests: returns a recorded request's JSON value by number, to see whether the same is
            asked for; None to go by the agents' states alone.
        ignored: fields of a request that make no difference.
        tolerance: how far a state may be from the recorded one (m, rad, m/s); None for not at all
            at ``step``, and for any distance at ``nearest``.
    """

    def __init__(
        self,
        steps: RecordedSteps,
        sessions: Sessions,
        tolerance: float | None = None,
        requests: Callable[[int], Mapping[str, Any]] | None = None,
        ignored: Collection[str] = (),
    ) -> None:
        self.steps = steps
        self._sessions = sessions
        self._requests = requests
        self._ignored = ignored
        self._given = tolerance
        self._exact = tolerance or 0.0
        self._limit = math.inf if tolerance is None else tolerance
        self._lost = _LOST_TOLERANCE if tolerance is None else tolerance

    def answer(self, question: Question, level: str) -> Assemble | Miss | None:
        """Answer at a level, ``step`` or ``nearest``, or say why not; None for an endpoint without steps."""
        if question.endpoint is Endpoint.INITIALIZE:
            return self._initialize(question, level)
        if question.endpoint is Endpoint.DRIVE:
            return self._drive(question, level)
        return None

    def parent(self, question: Question) -> Step | None:
        """Return the recorded step that a ``drive`` continues."""
        found = self.steps.continued(question.observation)
        return found.parent if found else None

    # initialize

    def _initialize(self, question: Question, level: str) -> Assemble | Miss | None:
        asked = question.observation
        here = [one for one in self.steps.initializes if one.location == asked.location]
        if not here:
            return elsewhere(asked, self.steps.initializes)
        alike = [one for one in here if _places_alike(asked, one)]
        found = {
            one.call.id: self._asked_otherwise(question, one.call.id, range(_count(asked)), level)
            for one in alike
        }
        alike = [one for one in alike if not found[one.call.id]]
        if found and not alike:
            number, otherwise = min(found.items(), key=lambda one: len(one[1]))
            return other_fields("is an initialize", otherwise, number, None)
        by_distance = [(_given_apart(asked, one), one.call.id) for one in alike]
        limit = self._limit if level == "nearest" else self._exact
        least = min((distance for distance, _ in by_distance), default=math.inf)
        if least <= limit and by_distance:
            numbers = [number for distance, number in by_distance if distance == least]
            number = self._sessions.next_in_turn(question.asker, numbers)
            place = self.steps.place(number)
            return Assemble((number,), (), place.step if place else None, level, whole=True)
        if alike:
            accepted = self._accepted_by(least, level)
            nearest = min(by_distance)[1]
            return Miss(
                MissKind.STATE,
                "gives its agents other states than were recorded",
                nearest,
                accepted,
            )
        nearest = min(here, key=lambda one: abs(_count(one) - _count(asked))).call.id
        counts = ", ".join(map(str, sorted({_count(one) for one in here})))
        if _count(asked) in {_count(one) for one in here}:
            return Miss(MissKind.REQUEST, "is not recorded like this", nearest)
        reason = (
            f"asks for {_count(asked)} agents at {asked.location}, where {counts} were recorded"
        )
        return Miss(MissKind.AGENTS, reason, nearest, compared=True)

    # drive

    def _drive(self, question: Question, level: str) -> Assemble | Miss | None:
        asked = question.observation
        continued = self.steps.continued(asked, lambda step: self._preferred(question, step))
        if continued is None:
            return self._lost_track(question, level)
        parent = continued.parent
        if not parent.children:
            return self._ended(parent)
        found = [
            compared(asked, continued.agents, child, self._exact)
            for child in self._likely(question, continued)
        ]
        fitting = [one for one in found if one.fits]
        chosen_level = "step"
        if not fitting and level == "nearest":
            known = [one for one in found if not one.unknown and one.apart <= self._limit]
            fitting = known
            chosen_level = "nearest"
        if fitting:
            least = min(one.apart for one in fitting)
            fitting = [one for one in fitting if one.apart == least]
            return self._assemble(question, fitting, chosen_level, level)
        best = min(found, key=lambda one: (len(one.unknown), one.apart))
        return self._differs(asked, continued.agents, parent, best, level)

    def _likely(self, question: Question, continued: Continued) -> list[Step]:
        """The steps that a request may be: of very many, those whose first agent was sent most alike."""
        children = continued.parent.children
        first = continued.agents[0]
        if len(children) <= _COMPARED or first is None:
            return children
        ours = question.observation.sent.state(0)
        simulation = self.steps.simulation_of(continued.parent)
        session = self._sessions.at(question.asker, simulation, continued.parent, lambda _: True)

        def unlike(child: Step) -> tuple[float, bool]:
            for part in child.parts:
                if first in part.agents[: len(part.observation.sent)]:
                    theirs = part.observation.sent.state(part.agents.index(first))
                    return apart(ours, theirs), child in session.reached
            return math.inf, True

        return nsmallest(_COMPARED, children, key=unlike)

    def _assemble(
        self, question: Question, fitting: Sequence[Compared], level: str, allowed: str
    ) -> Assemble | Miss:
        """Take the next of the steps that fit and are asked about alike."""
        otherwise: list[Difference] = []
        ordered = self._in_turn(question, fitting)
        for one in ordered:
            found = self._step_asked_otherwise(question, one, allowed)
            if not found:
                return assembled(one.step, one.identities, level)
            otherwise = otherwise or found
        step = ordered[0].step
        where = (self.steps.simulation_of(step), step.index)
        return other_fields(
            f"is simulation {where[0]}, step {where[1]}", otherwise, step.numbers[0], where
        )

    def _in_turn(self, question: Question, fitting: Sequence[Compared]) -> list[Compared]:
        """A forked step gives its recorded answers in order, one with the same seed first; then the last repeats."""
        parent = fitting[0].step.parent or fitting[0].step

        def fresh(session: Session) -> list[Compared]:
            return [one for one in fitting if session.is_fresh(one.step, one.identities)]

        simulation = self.steps.simulation_of(parent)
        session = self._sessions.at(
            question.asker, simulation, parent, lambda one: bool(fresh(one))
        )
        seed = question.observation.seed
        first = sorted(fresh(session), key=lambda one: one.step.first.seed != seed)
        return [*first, *(one for one in reversed(fitting) if one not in first)]

    def _preferred(self, question: Question, step: Step) -> tuple[int, bool]:
        return self._sessions.preferred(question.asker, self.steps.simulation_of(step), step)

    # What is asked for besides

    def _step_asked_otherwise(
        self, question: Question, found: Compared, level: str
    ) -> list[Difference]:
        """What a request asks for otherwise than a recorded step's, one part after another."""
        indices = {agent: index for index, agent in enumerate(found.identities)}
        otherwise: list[Difference] = []
        for part in found.step.parts:
            sent = part.agents[: len(part.observation.sent)]
            places = [
                (indices[agent], place) for place, agent in enumerate(sent) if agent in indices
            ]
            places.sort()
            if places:
                own = [index for index, _ in places]
                otherwise += self._asked_otherwise(
                    question, part.number, [place for _, place in places], level, own
                )
                if len(places) == len(indices):
                    break  # the whole request stands beside this part
        return otherwise

    def _asked_otherwise(
        self,
        question: Question,
        number: int,
        places: Sequence[int],
        level: str,
        own: Sequence[int] | None = None,
    ) -> list[Difference]:
        """What a request, or the agents ``own`` of it, ask for otherwise than a recorded one."""
        if self._requests is None or not isinstance(question.value, dict):
            return []
        return list(
            fields_apart(question.value, self._requests(number), places, self._ignored, level, own)
        )

    # Misses

    def _ended(self, parent: Step) -> Miss:
        simulation = self.steps.simulation_of(parent)
        last = max(
            step.index for step in self.steps.steps if self.steps.simulation_of(step) == simulation
        )
        where = (simulation, parent.index + 1)
        if last > parent.index:
            reason = (
                f"continues a branch of simulation {simulation} that was recorded up to step {parent.index} only "
                f"(another goes on to step {last})"
            )
            return Miss(MissKind.BRANCH_END, reason, parent.numbers[0], compared=True, where=where)
        reason = f"comes after the last recorded step (simulation {simulation}, step {parent.index + 1} is not recorded)"
        return Miss(MissKind.RUN_END, reason, parent.numbers[0], compared=True, where=where)

    def _differs(
        self,
        asked: Observation,
        agents: Sequence[int | None],
        parent: Step,
        best: Compared,
        level: str,
    ) -> Miss:
        where = (self.steps.simulation_of(parent), best.step.index)
        place = f"simulation {where[0]}, step {where[1]}"
        nearest = best.step.numbers[0]
        if best.unknown:
            strange = [
                f"agent {index} {'is new here' if agents[index] is None else 'had left the recorded run'}"
                for index in best.unknown
            ]
            reason = f"is {place}, but has {len(asked.sent)} agents, recorded {len(best.step.agents)}: {few(strange)}"
            return Miss(MissKind.AGENTS, reason, nearest, compared=True, where=where)
        reason = f"differs from {place}: {few([str(one) for one in best.differences])}"
        accepted = self._accepted_by(best.apart, level)
        return Miss(MissKind.STATE, reason, nearest, accepted, compared=True, where=where)

    def _lost_track(self, question: Question, level: str) -> Assemble | Miss | None:
        """No recurrent state, or not even a state, is a recorded one."""
        asked = question.observation
        drives = [step.first for step in self.steps.steps if step.parent]
        if not drives:
            return None
        if all(one.location != asked.location for one in drives):
            return elsewhere(asked, drives)
        best = self._closest.to(asked, self._exact)
        if best and level == "nearest" and not best.unknown and best.apart <= self._lost:
            return assembled(best.step, best.identities, "nearest")
        given = "recurrent states" if asked.recurrent_given else "states"
        reason = f"continues no recorded step: none of its agents' {given} is recorded"
        if best is None:
            return Miss(MissKind.UNKNOWN, reason)
        where = (self.steps.simulation_of(best.step), best.step.index)
        reason += f"; closest by states is simulation {where[0]}, step {where[1]}"
        if best.unknown:
            reason += f", which has {len(best.step.agents)} agents, not {len(asked.sent)}"
        elif best.differences:
            reason += f", where {few([str(one) for one in best.differences])}"
        accepted = None
        if not best.unknown and best.apart < math.inf:
            accepted = flags(level, best.apart if best.apart > self._lost else None)
        return Miss(
            MissKind.UNKNOWN, reason, best.step.numbers[0], accepted, compared=True, where=where
        )

    def _accepted_by(self, distance: float, level: str) -> str | None:
        """The flags that accept a difference: over a metre it is another situation, not the same one."""
        if 0 < distance < 1:
            return flags("nearest", distance)
        if self._given is None:
            return flags(level, None)
        return flags(level, distance) if distance < math.inf else None

    @cached_property
    def _closest(self) -> ClosestSteps:
        return ClosestSteps(self.steps.steps)


def assembled(step: Step, identities: Sequence[int], level: str) -> Assemble:
    """Return the answer that some agents of a step got, in the order asked."""
    source_of = dict(zip(step.agents, step.sources, strict=True))
    parts = sorted({source_of[agent][0] for agent in identities})
    place = {part: index for index, part in enumerate(parts)}
    return Assemble(
        numbers=tuple(step.parts[part].number for part in parts),
        sources=tuple((place[source_of[agent][0]], source_of[agent][1]) for agent in identities),
        step=step,
        level=level,
        agents=tuple(identities),
    )


def _places_alike(asked: Observation, recorded: Observation) -> bool:
    return (
        _count(asked) == _count(recorded)
        and len(asked.sent) == len(recorded.sent)
        and asked.center == recorded.center
    )


def _given_apart(asked: Observation, recorded: Observation) -> float:
    pairs = range(len(asked.sent))
    return max(
        (apart(asked.sent.state(index), recorded.sent.state(index)) for index in pairs), default=0.0
    )


def _count(observation: Observation) -> int:
    return max(observation.asked, len(observation.sent))
