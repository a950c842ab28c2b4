"""Puts together again what a client's own mistakes have torn apart.

A client that sends recurrent states, and states, that nobody answered continues nothing that is
known: each of its ``drive`` calls begins a simulation of its own. For a diagnosis such a call is
joined to the step that it most likely continues, by where its agents stand. Where a log lacks the
answer that it may continue, it goes on in the same simulation, and what it continues is not known.
(What states tell to the last bit is settled before, :mod:`iai_proxy.lineage.restoring`.)
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict, deque
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from iai_proxy.api import NOT_LOGGED
from iai_proxy.api.limits import REACH_M
from iai_proxy.lineage.build import build, restored
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
        simulation: the number of the simulation that it belongs to then, by lineage; ``index`` its
            place there.
    """

    step: Step
    previous: Step | None
    simulation: int
    index: int


class _Likely(NamedTuple):
    """The step that another most likely continues, and how many steps in between have no answer."""

    step: Step
    missing: int = 0


def restored_steps(
    observations: Sequence[Observation], gaps: Collection[int] = ()
) -> list[JoinedStep]:
    """Return a run as a diagnosis looks at it: spoilt recurrent states restored, torn steps joined.

    Args:
        observations: all of them; those whose answers a log lacks count too.
        gaps: when calls were made of which nothing can be read, in ns since the epoch.
    """
    lineage = restored(build(observations), observations)
    return joined(lineage, observations, gaps)


def joined(
    lineage: Lineage, observations: Iterable[Observation] = (), gaps: Collection[int] = ()
) -> list[JoinedStep]:
    """Return all steps of all simulations in order of their first request, torn ones joined.

    Args:
        lineage: the simulations.
        observations: that it was made from; those whose answers a log lacks count.
        gaps: when calls were made of which nothing can be read, in ns since the epoch.
    """
    numbered = [
        (step, simulation.number) for simulation in lineage.simulations for step in simulation.steps
    ]
    numbered.sort(key=lambda one: (one[0].started_ns, one[0].numbers))
    torn = any(step.parent is None and step.first.call.endpoint.is_drive for step, _ in numbered)
    lost = [
        one for one in observations if one.call.failure == NOT_LOGGED and one.call.endpoint.is_drive
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
                step, previous, before.simulation, before.index + known.missing + 1
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
    return {one for part in step.parts for one in part.observation.received.states}


def _by_states(step: Step, answered: defaultdict[int, deque[Step]]) -> Step | None:
    states = [state for part in step.parts for state in part.observation.sent.states]
    votes: Counter[Step] = Counter()
    for state in states:
        votes.update(list(answered[state])[-_LOOKED_BACK:] if state in answered else ())
    votes = Counter(
        {one: count for one, count in votes.items() if one.first.location == step.first.location}
    )
    if not votes or max(votes.values()) < _ENOUGH * len(states):
        return None
    most = max(votes.values())
    return max(
        (one for one, count in votes.items() if count == most), key=lambda one: one.started_ns
    )


def _by_connection(step: Step, before: Sequence[Step]) -> Step | None:
    """The latest step over the same connection with as many agents, about there.

    Without any recurrent state it is a beginning: nothing says that the client wants to go on.
    """
    if not step.first.recurrent_given:
        return None
    latest = (
        before[at] for at in range(len(before) - 1, max(len(before) - 1 - _LOOKED_BACK, -1), -1)
    )
    same = (
        one
        for one in latest
        if one.first.call.connection == step.first.call.connection
        and one.first.location == step.first.location
        and len(one.agents) == len(step.agents)
        and _is_near(step, one)
    )
    return next(same, None)


def _missing(before: Step, step: Step, lost: Sequence[Observation], gaps: Collection[int]) -> int:
    """Count the calls between two steps that the second may continue, and whose answers are not known."""
    between = range(before.ended_ns, step.started_ns)
    alike = (
        one
        for one in lost
        if one.location == step.first.location and len(one.sent) == len(step.agents)
    )
    return sum(one.call.started_ns in between for one in alike) + sum(
        moment in between for moment in gaps
    )


def _is_near(step: Step, before: Step) -> bool:
    """Whether most agents, by their place in the list, are where they may have come within a step or a few."""
    sent, answered = step.first.sent.coordinates, before.first.received.coordinates
    far = [
        math.dist(sent[at : at + 2], answered[at : at + 2])
        for at in range(0, min(len(sent), len(answered)), 4)
    ]
    return sum(one <= REACH_M for one in far) >= _ENOUGH * len(far)
