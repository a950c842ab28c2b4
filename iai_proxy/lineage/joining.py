"""A policy for diagnosis: steps that a client's own mistakes have torn apart are joined again.

A client that sends recurrent states, and states, that were never answered continues nothing that is
known: each of its ``drive`` calls begins a simulation of its own. For a diagnosis such a call is
joined to the step that it most likely continues, by where its agents stand. Where a log lacks the
answer that it may continue, it goes on in the same simulation, and what it continues is not known.
(What states tell to the last bit is settled before, by :mod:`iai_proxy.lineage.restoring`.)
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict, deque
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final, NamedTuple

from iai_proxy.api import NOT_LOGGED
from iai_proxy.api.limits import REACH_M
from iai_proxy.lineage.build import build, restored
from iai_proxy.lineage.exchanged_states import Described, nothing_known
from iai_proxy.lineage.model import Lineage, Step
from iai_proxy.lineage.observe import Observation

#: Of the agents' states, how many must be what a step answered, or near it.
_ENOUGH: Final = 0.5
#: How many of the latest steps a torn one may continue.
_REMEMBERED: Final = 512
#: How many of them are looked at where no state is the same, or one is that of many steps: of a
#: parked car.
_LOOKED_BACK: Final = 64


@dataclass(frozen=True, slots=True)
class JoinedStep:
    """A step in the order of a diagnosis.

    Attributes:
        step: of the lineage.
        previous: the step that it continues, by lineage or else most likely; None for a beginning,
            and behind steps whose answers are missing.
        simulation: the number that lineage has given to the simulation that it then belongs to.
        index: its place there.
        follows: the step that it comes after, also behind steps whose answers are missing; None for
            a beginning.
    """

    step: Step
    previous: Step | None
    simulation: int
    index: int
    follows: Step | None = None


class _Likely(NamedTuple):
    """The step that another most likely continues, and how many steps in between have no answer."""

    step: Step
    missing: int = 0


def restored_steps(
    observations: Sequence[Observation],
    gaps: Collection[int] = (),
    lineage: Lineage | None = None,
    described: Described = nothing_known,
) -> list[JoinedStep]:
    """Return a run as a diagnosis looks at it: spoilt recurrent states restored, torn steps joined.

    Args:
        observations: all of them; those whose answers a log lacks count too.
        gaps: for each call that can't be read, the number of the call before it.
        lineage: what :func:`build` makes of the observations, if that is known.
        described: given the number of an exchange, returns what describes each agent of its answer.
    """
    found = restored(lineage or build(observations), observations, described)
    return joined(found, observations, gaps)


def joined(
    lineage: Lineage, observations: Iterable[Observation] = (), gaps: Collection[int] = ()
) -> list[JoinedStep]:
    """Return all steps of all simulations in order of their first call, torn ones joined.

    Args:
        lineage: the simulations.
        observations: that it was made from; those whose answers a log lacks count.
        gaps: for each call that can't be read, the number of the call before it.
    """
    numbered = [
        (step, simulation.number) for simulation in lineage.simulations for step in simulation.steps
    ]
    numbered.sort(key=lambda numbered_step: numbered_step[0].earliest)
    torn = any(step.parent is None and step.first.call.endpoint.is_drive for step, _ in numbered)
    lost = [
        observation
        for observation in observations
        if observation.call.failure == NOT_LOGGED and observation.call.endpoint.is_drive
    ]
    likely = _likely([step for step, _ in numbered], lost, gaps) if torn else {}
    found: dict[Step, JoinedStep] = {}
    for step, number in numbered:
        known = likely.get(step) if step.parent is None else _Likely(step.parent)
        before = found.get(known.step) if known is not None else None
        if known is None or before is None:
            found[step] = JoinedStep(step, None, number, step.index)
        else:
            previous = None if known.missing else known.step
            found[step] = JoinedStep(
                step, previous, before.simulation, before.index + known.missing + 1, known.step
            )
    return list(found.values())


def _likely(
    steps: Sequence[Step], lost: Sequence[Observation], gaps: Collection[int]
) -> dict[Step, _Likely]:
    """For each ``drive`` without a known step before it the likely one, among those before it."""
    answered: defaultdict[int, deque[Step]] = defaultdict(deque)
    before: deque[Step] = deque()
    found: dict[Step, _Likely] = {}
    for step in steps:
        if step.parent is None and step.first.call.endpoint.is_drive:
            if (likely := _by_states(step, answered)) is not None:
                found[step] = _Likely(likely)
            elif (likely := _by_connection(step, before)) is not None:
                found[step] = _Likely(likely, _missing(likely, step, lost, gaps))
        before.append(step)
        for state in _answered(step):
            answered[state].append(step)
        if len(before) > _REMEMBERED:
            for state in _answered(before.popleft()):
                answered[state].popleft()
                if not answered[state]:
                    del answered[state]
    return found


def _answered(step: Step) -> set[int]:
    return {state for part in step.parts for state in part.observation.received.states}


def _by_states(step: Step, answered: defaultdict[int, deque[Step]]) -> Step | None:
    states = [state for part in step.parts for state in part.observation.sent.states]
    votes: Counter[Step] = Counter()
    for state in states:
        votes.update(list(answered[state])[-_LOOKED_BACK:] if state in answered else ())
    here = [before for before in votes if before.first.location == step.first.location]
    likely = max(here, key=lambda before: (votes[before], before.earliest), default=None)
    return likely if likely and votes[likely] >= _ENOUGH * len(states) else None


def _by_connection(step: Step, before: Sequence[Step]) -> Step | None:
    """The latest step over the same connection with as many agents, about there.

    Without any recurrent state it is a beginning: nothing says that the client wants to go on.
    """
    if not step.first.recurrent_given:
        return None
    latest = islice(reversed(before), _LOOKED_BACK)
    for candidate in latest:
        if (
            candidate.first.call.connection == step.first.call.connection
            and candidate.first.location == step.first.location
            and len(candidate.agents) == len(step.agents)
            and _is_near(step, candidate)
        ):
            return candidate
    return None


def _missing(before: Step, step: Step, lost: Sequence[Observation], gaps: Collection[int]) -> int:
    """Count the calls between two steps whose answers are not known and may be continued."""
    between = range(max(before.numbers), min(step.numbers))
    unanswered = [
        observation.call.id
        for observation in lost
        if observation.location == step.first.location and len(observation.sent) == len(step.agents)
    ]
    return sum(number in between for number in (*unanswered, *gaps))


def _is_near(step: Step, before: Step) -> bool:
    """Whether most agents, by their place in the list, can have come there in a few steps."""
    sent, answered = step.first.sent.coordinates, before.first.received.coordinates
    distances = [
        math.dist(sent[start : start + 2], answered[start : start + 2])
        for start in range(0, min(len(sent), len(answered)), 4)
    ]
    return sum(distance <= REACH_M for distance in distances) >= _ENOUGH * len(distances)
