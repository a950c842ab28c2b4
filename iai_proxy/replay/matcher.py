"""Levels ``step`` and ``nearest``: a request is answered as the recorded step that it is, agent by agent.

At ``step`` an agent whose state the client overwrote differently than when it was recorded is a difference, not a
match, unless it is within the tolerance. ``nearest`` takes the recorded step at the same position whatever the
states, and one that stands close by where the lineage is lost.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property
from typing import Final

from iai_proxy.lineage import Observation, Step
from iai_proxy.replay.closest import ClosestSteps
from iai_proxy.replay.compare import Compared, apart, compared
from iai_proxy.replay.decisions import Assemble, Miss, MissKind
from iai_proxy.replay.question import Question
from iai_proxy.replay.sessions import Sessions
from iai_proxy.replay.steps import RecordedSteps

#: How far a step may be that is found by its states alone, where no tolerance is given: the next lane is 3 m away.
_LOST_TOLERANCE: Final = 1.0
_SHOWN: Final = 3


class StepMatcher:
    """Answers by lineage.

    Args:
        steps: of the recording.
        sessions: how far each client has come; read, never changed here.
        tolerance: how far a state may be from the recorded one (m, rad, m/s); None for not at all at ``step``, and
            for any distance at ``nearest``.
    """

    def __init__(self, steps: RecordedSteps, sessions: Sessions, tolerance: float | None = None) -> None:
        self.steps = steps
        self._sessions = sessions
        self._exact = tolerance or 0.0
        self._limit = math.inf if tolerance is None else tolerance
        self._lost = _LOST_TOLERANCE if tolerance is None else tolerance

    def answer(self, question: Question, level: str) -> Assemble | Miss | None:
        """Answer at a level, ``step`` or ``nearest``, or say why not; None for an endpoint without steps."""
        if question.endpoint == "initialize":
            return self._initialize(question, level)
        if question.endpoint == "drive":
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
            return self._elsewhere(asked, self.steps.initializes)
        alike = [one for one in here if _places_alike(asked, one)]
        by_distance = [(_given_apart(asked, one), one.call.id) for one in alike]
        limit = self._limit if level == "nearest" else self._exact
        least = min((distance for distance, _ in by_distance), default=math.inf)
        if least <= limit and by_distance:
            numbers = [number for distance, number in by_distance if distance <= max(least, self._exact)]
            number = self._sessions.next_in_turn(question.asker, numbers)
            place = self.steps.place(number)
            return Assemble((number,), (), place.step if place else None, level, whole=True)
        if alike:
            accepted = _accepted_by(least)
            nearest = min(by_distance)[1]
            return Miss(MissKind.STATE, "gives its agents other states than were recorded", nearest, accepted)
        nearest = min(here, key=lambda one: abs(_count(one) - _count(asked))).call.id
        counts = ", ".join(map(str, sorted({_count(one) for one in here})))
        if _count(asked) in {_count(one) for one in here}:
            return Miss(MissKind.REQUEST, "is not recorded like this", nearest)
        reason = f"asks for {_count(asked)} agents at {asked.location}, where {counts} were recorded"
        return Miss(MissKind.AGENTS, reason, nearest, compared=True)

    # drive

    def _drive(self, question: Question, level: str) -> Assemble | Miss | None:
        asked = question.observation
        continued = self.steps.continued(asked, lambda number: self._sessions.preferred(question.asker, number))
        if continued is None:
            return self._lost_track(question, level)
        parent = continued.parent
        if not parent.children:
            return self._ended(parent)
        found = [compared(asked, continued.agents, child, self._exact) for child in parent.children]
        if fitting := [one for one in found if one.fits]:
            return self._assemble(question, fitting, "step")
        if level == "nearest":
            known = [one for one in found if not one.unknown and one.apart <= self._limit]
            if known:
                return self._assemble(question, [min(known, key=lambda one: one.apart)], "nearest")
        best = min(found, key=lambda one: (len(one.unknown), one.apart))
        return self._differs(asked, continued.agents, parent, best)

    def _assemble(self, question: Question, fitting: Sequence[Compared], level: str) -> Assemble:
        """Take the next of the steps that fit: a forked step gives its recorded answers in order.

        Parts of one large call begin with different agents, calls of a fork with the same one.
        """
        parent = fitting[0].step.parent or fitting[0].step
        session = self._sessions.at(question.asker, self.steps.simulation_of(parent), parent)
        first = fitting[0].identities[0] if fitting[0].identities else None
        fresh = [one for one in fitting if first not in session.begun[one.step]]
        same_seed = [one for one in fresh if one.step.first.seed == question.observation.seed]
        chosen = (same_seed or fresh or fitting[-1:])[0]
        return assembled(chosen.step, chosen.identities, level)

    # Misses

    def _ended(self, parent: Step) -> Miss:
        simulation = self.steps.simulation_of(parent)
        last = max(step.index for step in self.steps.steps if self.steps.simulation_of(step) == simulation)
        where = (simulation, parent.index + 1)
        if last > parent.index:
            reason = (
                f"continues a branch of simulation {simulation} that was recorded up to step {parent.index} only "
                f"(another goes on to step {last})"
            )
            return Miss(MissKind.BRANCH_END, reason, parent.numbers[0], compared=True, where=where)
        reason = (
            f"comes after the last recorded step (simulation {simulation}, step {parent.index + 1} is not recorded)"
        )
        return Miss(MissKind.RUN_END, reason, parent.numbers[0], compared=True, where=where)

    def _differs(self, asked: Observation, agents: Sequence[int | None], parent: Step, best: Compared) -> Miss:
        where = (self.steps.simulation_of(parent), best.step.index)
        place = f"simulation {where[0]}, step {where[1]}"
        nearest = best.step.numbers[0]
        if best.unknown:
            strange = [
                f"agent {index} {'is new here' if agents[index] is None else 'had left the recorded run'}"
                for index in best.unknown
            ]
            reason = f"is {place}, but has {len(asked.sent)} agents, recorded {len(best.step.agents)}: {_few(strange)}"
            return Miss(MissKind.AGENTS, reason, nearest, compared=True, where=where)
        reason = f"differs from {place}: {_few([str(one) for one in best.differences])}"
        return Miss(MissKind.STATE, reason, nearest, _accepted_by(best.apart), compared=True, where=where)

    def _lost_track(self, question: Question, level: str) -> Assemble | Miss | None:
        """No recurrent state, or not even a state, is a recorded one."""
        asked = question.observation
        drives = [step.first for step in self.steps.steps if step.parent]
        if not drives:
            return None
        if all(one.location != asked.location for one in drives):
            return self._elsewhere(asked, drives)
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
            reason += f", where {_few([str(one) for one in best.differences])}"
        accepted = None
        if not best.unknown and best.apart < math.inf:
            accepted = "--match nearest"
            accepted += f" --tolerance {rounded_up(best.apart)}" if best.apart > _LOST_TOLERANCE else ""
        return Miss(MissKind.UNKNOWN, reason, best.step.numbers[0], accepted, compared=True, where=where)

    def _elsewhere(self, asked: Observation, recorded: Sequence[Observation]) -> Miss | None:
        places = list(dict.fromkeys(str(one.location) for one in recorded))
        if not places:
            return None
        reason = f"is for location {asked.location}; {_few(places)} was recorded"
        return Miss(MissKind.LOCATION, reason, recorded[0].call.id, compared=True)

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
        first=identities[0] if identities else None,
    )


def rounded_up(value: float) -> str:
    """Return a tolerance of two digits that is not below the one needed."""
    digits = max(0, 1 - math.floor(math.log10(value)))
    return f"{math.ceil(value * 10**digits) / 10**digits:.{digits}f}"


def _accepted_by(distance: float) -> str:
    """The flag that accepts a difference: a tolerance of more than a metre is another situation, not the same one."""
    return f"--tolerance {rounded_up(distance)}" if 0 < distance < 1 else "--match nearest"


def _places_alike(asked: Observation, recorded: Observation) -> bool:
    return (
        _count(asked) == _count(recorded) and len(asked.sent) == len(recorded.sent) and asked.center == recorded.center
    )


def _given_apart(asked: Observation, recorded: Observation) -> float:
    pairs = range(len(asked.sent))
    return max((apart(asked.sent.state(index), recorded.sent.state(index)) for index in pairs), default=0.0)


def _count(observation: Observation) -> int:
    return max(observation.asked, len(observation.sent))


def _few(texts: Sequence[str]) -> str:
    shown = ", ".join(texts[:_SHOWN])
    return f"{shown} and {len(texts) - _SHOWN} more" if len(texts) > _SHOWN else shown
