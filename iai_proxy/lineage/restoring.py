"""Lineage as it would be if each agent had been sent the recurrent state that it was answered.

Lineage goes by recurrent states. A client that sends wrong ones tears its steps apart, hangs them
on older ones, or mixes up the parts of a large call. Its states mostly are as they were answered,
though, to the last bit, and say who is who. So for a diagnosis the recurrent states that were sent
are replaced by those that the states go with; what was really sent is what the checks then look at.
"""

from __future__ import annotations

from array import array
from collections import Counter, OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final, TypeVar

from iai_proxy.lineage import Agents, Lineage, Observation, Part, Step, build
from iai_proxy.lineage.joining import Joined, joined

Kept = TypeVar("Kept")

#: So many answered agents are remembered: 640 steps of 100.
_REMEMBERED: Final = 64_000
#: A step that was torn off its simulation may have to be put back before the agents of the next can
#: be.
_ROUNDS: Final = 3


def restored(lineage: Lineage, observations: Sequence[Observation]) -> Lineage:
    """Return the simulations that exchanges make, by states where recurrent states say something else.

    Args:
        lineage: by recurrent states; it is what comes back where states say the same.
        observations: that it was built from.
    """
    if not any(_is_odd(step) for simulation in lineage.simulations for step in simulation.steps):
        return lineage
    known = observations
    for _ in range(_ROUNDS):
        better = _Restoration(lineage).of(observations)
        if all(
            one.sent.recurrent == other.sent.recurrent
            for one, other in zip(better, known, strict=True)
        ):
            break
        known, lineage = better, build(better)
    return lineage


def restored_steps(observations: Sequence[Observation]) -> list[Joined]:
    """Return all steps that exchanges make, by states where recurrent states say something else."""
    return joined(restored(build(observations), observations), observations)


def _is_odd(step: Step) -> bool:
    """Whether a step sends anything but what the step before it answered, as far as that is cheap to see."""
    if step.first.call.endpoint.is_initialize:
        return False
    if step.parent is None:
        return True
    if len(step.parts) == len(step.parent.parts) == 1:
        sent, answered = step.first.sent, step.parent.first.received
        return sent.recurrent != answered.recurrent or sent.states != answered.states
    answered_by = dict(
        pair for part in step.parent.parts for pair in _pairs(part.observation.received)
    )
    return any(
        answered_by.get(recurrent) != state
        for part in step.parts
        for recurrent, state in _own_sent(part)
    )


def _pairs(agents: Agents) -> Iterable[tuple[int, int]]:
    return zip(agents.recurrent, agents.states, strict=True)


def _own_sent(part: Part) -> Iterable[tuple[int, int]]:
    sent = part.observation.sent
    return ((sent.recurrent[place], sent.states[place]) for place in part.own if place < len(sent))


def _keep(known: OrderedDict[int, Kept], key: int, value: Kept) -> None:
    """Remember the latest."""
    known.pop(key, None)
    known[key] = value
    if len(known) > _REMEMBERED:
        known.popitem(last=False)


class _Restoration:
    """Remembers what was answered when, and gives agents back the recurrent states that go with their states."""

    def __init__(self, lineage: Lineage) -> None:
        steps = [
            (step, simulation.number)
            for simulation in lineage.simulations
            for step in simulation.steps
        ]
        self._tree = dict(steps)
        self._waiting = sorted(
            (
                (part.observation.call.ended_ns, part.number, step, part)
                for step, _ in steps
                for part in step.parts
            ),
            key=lambda one: one[:2],
            reverse=True,
        )
        self._step_of = {part.number: step for step, _ in steps for part in step.parts}
        # By state its recurrent state and where that is from, of the latest step, and of the one
        # before with that state: of an agent that stands still.
        self._with: OrderedDict[int, tuple[tuple[int, Step], ...]] = OrderedDict()
        self._of: OrderedDict[int, tuple[int, Step]] = (
            OrderedDict()
        )  # by recurrent state its state likewise
        self._ranks: OrderedDict[int, int] = (
            OrderedDict()
        )  # by recurrent state where its agent stood in the step

    def of(self, observations: Iterable[Observation]) -> list[Observation]:
        """Return exchanges in the order in which they are given."""
        meant: dict[int, array[int]] = {}
        better: Counter[Step | None] = (
            Counter()
        )  # by how much the order of what was sent is the better one
        unknown: set[Step | None] = set()
        for one in sorted(observations, key=lambda one: one.call.started_ns):
            while self._waiting and self._waiting[-1][0] <= one.call.started_ns:
                _, _, step, part = self._waiting.pop()
                self._remember(step, part)
            sent = one.sent.recurrent
            found = array("Q", map(self._meant, [one] * len(sent), sent, one.sent.states))
            if one.call.endpoint.is_drive and found != sent:
                meant[one.call.id], own = found, self._step_of.get(one.call.id)
                better[own] += self._descents(found) - self._descents(sent)
                if not all(
                    given in self._ranks
                    for given, other in zip(sent, found, strict=True)
                    if given != other
                ):
                    unknown.add(own)
        # Where all that was sent was answered once, and is in the better order than the states,
        # those were exchanged.
        exchanged = {step for step, by in better.items() if by > 0 and step is not None} - unknown
        return [
            _with(one, meant[one.call.id])
            if one.call.id in meant and self._step_of.get(one.call.id) not in exchanged
            else one
            for one in observations
        ]

    def _remember(self, step: Step, part: Part) -> None:
        received = part.observation.received
        number = step.parts.index(part)
        for recurrent, state in zip(received.recurrent, received.states, strict=True):
            _keep(
                self._of, recurrent, (state, step)
            )  # also of the buffer: who sends such a pair has mixed up nothing
        for rank, (source, place) in enumerate(step.sources):
            if source == number and place < len(received):
                recurrent, state = received.recurrent[place], received.states[place]
                before = tuple(one for one in self._with.get(state, ()) if one[1] is not step)
                _keep(self._with, state, ((recurrent, step), *before[:1]))
                _keep(self._ranks, recurrent, rank)

    def _descents(self, recurrent: Iterable[int]) -> int:
        """Count how often the client's order is broken: parts of large calls may break it once, before the buffer."""
        ranks = [self._ranks[mark] for mark in recurrent if mark in self._ranks]
        return sum(one >= other for one, other in pairwise(ranks))

    def _meant(self, one: Observation, recurrent: int, state: int) -> int:
        """Return the recurrent state that goes with a state, if that is what its client goes on from."""
        # Another part of the same large call may be answered before this one is asked for.
        own = self._step_of.get(one.call.id)
        known = next((pair for pair in self._with.get(state, ()) if pair[1] is not own), None)
        if not recurrent or known is None:
            return recurrent  # an ego, a newcomer, or a client that changes states too
        meant, step = known
        if meant == recurrent or not meant or step.first.location != one.location:
            return recurrent
        if recurrent in self._of:
            other_state, other = self._of[recurrent]
            # A pair that was answered so is one, of however old a step: the client may go back.
            if (
                other_state == state
                or self._tree[other] != self._tree[step]
                or other.started_ns > step.started_ns
            ):
                return recurrent
        return meant


def _with(one: Observation, recurrent: array[int]) -> Observation:
    """Return an exchange as if it had been sent these recurrent states."""
    sent = Agents(recurrent, one.sent.states, one.sent.coordinates)
    return replace(one, sent=sent, recurrent_given=any(recurrent))
